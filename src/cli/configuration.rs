//! The configuration as this process finds it, and `check-config`.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use crate::config::check_config::Check;
use crate::config::fault::Faults;
use crate::config::{Configuration, Loaded};
use crate::runtime::host;

use super::exit::Exit;
use super::session::{Failure, Session};
use super::terminal::{Tint, printable};

/// Says all that is wrong with the configuration, and with `--effective` what is in force.
pub(super) fn check(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let loaded = load(&folder(session), &variables());
    let check = Check::new(loaded.as_ref());
    let effective = session.invocation.flag("effective");
    if session.wants_json() {
        session.print_json(&check.document(effective))?;
    } else {
        for line in check.text(effective).lines() {
            let line = tinted(session, &printable(line));
            writeln!(session.out, "{line}")?;
        }
    }
    Ok(if check.is_good() { Exit::Good } else { Exit::Configuration })
}

/// The folder of `--config`.
pub(super) fn folder(session: &Session<'_>) -> PathBuf {
    session.invocation.value("config").map(PathBuf::from).unwrap_or_default()
}

/// The configuration in `folder`, under `variables`.
pub(super) fn load(folder: &Path, variables: &BTreeMap<String, String>) -> Result<Loaded, Faults> {
    Configuration::load(folder, variables, &host::name())
}

/// The variables of this process. What is not UTF-8 is kept, with a mark: it is then refused and not passed over.
pub(super) fn variables() -> BTreeMap<String, String> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}

/// `line` with its first word in the colour of what it says.
fn tinted(session: &Session<'_>, line: &str) -> String {
    let tints = [("fault: ", Tint::Bad), ("warning: ", Tint::Doubt), ("notice: ", Tint::Faint)];
    let found = tints.iter().find_map(|(word, tint)| {
        line.trim_start_matches("# ").strip_prefix(word).map(|rest| (word, rest, tint))
    });
    match found {
        Some((word, rest, tint)) => {
            let mark = if line.starts_with("# ") { "# " } else { "" };
            format!("{mark}{}{rest}", session.style.paint(*tint, word))
        }
        None => line.to_owned(),
    }
}
