//! `status`: whether the daemon on this machine lives and is ready; and what it would make of a client.

mod explain;
mod limits;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::server::local::{ADMIN_SOCKET, GROUP, PROBE_SOCKET};

use super::daemon::{self, About, Question, Reply, Unanswered};
use super::exit::Exit;
use super::session::{Failure, Session};
use super::terminal::{Tint, printable};

#[derive(Serialize)]
struct Status {
    live: bool,
    /// Not asked with `--check live`.
    ready: Option<bool>,
    not_ready: Vec<String>,
    /// What works on what it holds.
    degraded: Vec<String>,
    /// What happened and what to do, by name.
    details: BTreeMap<String, String>,
    socket: String,
    /// What the admin socket says; nothing where this user may not ask it.
    daemon: Option<About>,
}

/// What `/readyz` answers, as far as it is of use here.
#[derive(Default, Deserialize)]
struct Readiness {
    not_ready: Vec<String>,
    degraded: Vec<String>,
    details: BTreeMap<String, String>,
}

/// Asks the probe socket and, for what a person wants to know beside, the admin socket.
pub(super) fn run(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let check = session.invocation.text("check");
    if let Some(file) = session.invocation.value("explain-client").map(PathBuf::from) {
        if check.is_some() {
            let text = "--check asks the service, and --explain-client the configuration: ask one";
            return Err(Failure::new(Exit::Usage, text));
        }
        return explain::run(session, &file);
    }
    if session.invocation.flag("limits") {
        if check.is_some() {
            return Err(Failure::new(
                Exit::Usage,
                "--check and --limits are two questions: ask one",
            ));
        }
        return limits::run(session);
    }
    let path = if check == Some("live") { "/healthz" } else { "/readyz" };
    let (folder, reply) = probe(&session.state_folder(), path)?;
    let mut status = Status {
        live: true,
        ready: None,
        not_ready: Vec::new(),
        degraded: Vec::new(),
        details: BTreeMap::new(),
        socket: folder.join(PROBE_SOCKET).display().to_string(),
        daemon: None,
    };
    if check != Some("live") {
        let said = reply.read::<Readiness>().unwrap_or_default();
        (status.not_ready, status.degraded) = (said.not_ready, said.degraded);
        status.details = said.details;
        status.ready = Some(reply.status == 200);
    }
    if check.is_none() {
        let asked = daemon::ask(&folder.join(ADMIN_SOCKET), &About::QUESTION).ok();
        status.daemon = asked.filter(|reply| reply.status == 200).and_then(|reply| reply.read());
    }
    let exit = if status.ready == Some(false) { Exit::No } else { Exit::Good };
    if session.wants_json() {
        session.print_json(&status)?;
    } else {
        print(session, &status)?;
    }
    Ok(exit)
}

/// The folder in which somebody answers, and the answer.
fn probe(state: &Path, path: &str) -> Result<(PathBuf, Reply), Failure> {
    let mut why = Vec::new();
    for folder in daemon::run_folders(state) {
        let socket = folder.join(PROBE_SOCKET);
        match daemon::ask(&socket, &Question::get(path)) {
            Ok(reply) if matches!(reply.status, 200 | 503) => return Ok((folder, reply)),
            Ok(reply) => why.push(format!("{}: answers {}", socket.display(), reply.status)),
            Err(Unanswered::Denied) => why.push(format!(
                "{}: this user may not connect; become a member of the group {GROUP}",
                socket.display()
            )),
            Err(Unanswered::Nobody) => why.push(format!("{}: nobody answers", socket.display())),
            Err(Unanswered::Cut(error)) => why.push(format!("{}: {error}", socket.display())),
        }
    }
    Err(Failure::new(Exit::Unavailable, why.join("\n")))
}

fn print(session: &mut Session<'_>, status: &Status) -> Result<(), Failure> {
    let style = session.style;
    let out = &mut session.out;
    let word = match status.ready {
        None => style.paint(Tint::Good, "live"),
        Some(true) => style.paint(Tint::Good, "ready"),
        Some(false) => {
            format!(
                "{}: {}",
                style.paint(Tint::Bad, "not ready"),
                printable(&status.not_ready.join(", "))
            )
        }
    };
    writeln!(out, "service      {word}")?;
    if !status.degraded.is_empty() {
        let names = printable(&status.degraded.join(", "));
        writeln!(out, "degraded     {}", style.paint(Tint::Doubt, &names))?;
    }
    for (name, detail) in &status.details {
        writeln!(out, "  {}: {}", printable(name), printable(detail))?;
    }
    writeln!(out, "socket       {}", printable(&status.socket))?;
    let Some(about) = &status.daemon else { return Ok(()) };
    let About { version, pid, uptime_seconds, connections, snapshot, state } = about;
    writeln!(out, "version      {}, process {pid}", printable(version))?;
    writeln!(out, "running for  {}", span(*uptime_seconds))?;
    writeln!(out, "connections  {connections}")?;
    writeln!(out, "snapshot     {}", printable(snapshot))?;
    writeln!(out, "state        {}", printable(state))?;
    Ok(())
}

/// Seconds in the two largest units that they fill.
fn span(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units {
        let count = rest.checked_div(size).unwrap_or_default();
        rest = rest.checked_rem(size).unwrap_or_default();
        if (count > 0 || unit == "s" && parts.is_empty()) && parts.len() < 2 {
            parts.push(format!("{count} {unit}"));
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_its_two_largest_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_661, "1 h 1 min"),
            (90_061, "1 d 1 h"),
            (86_400, "1 d"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }
}
