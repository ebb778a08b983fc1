//! From the arguments to the exit code.

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};

use crate::api;
use crate::clock::SystemClock;

use super::arguments::{self, Invocation};
use super::commands::{Action, PROGRAM};
use super::completions::Shell;
use super::exit::Exit;
use super::output::Output;
use super::session::{Failure, Session};
use super::terminal::{Style, printable};
use super::{
    audit, cert, configuration, demo, dev, help, key, man, policy, serve, status, token, trust,
};

/// Runs the command that `arguments` (the program's own name first) ask for, on the process's own streams.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let mut arguments = arguments.into_iter();
    let program = arguments.next().unwrap_or_else(|| PROGRAM.name.into());
    let mut out = Output::new(BufWriter::with_capacity(64 * 1024, io::stdout().lock()));
    let mut err = io::stderr();
    let outcome = arguments::parse(arguments).map_err(Failure::from).and_then(|invocation| {
        answer(&mut Session {
            program: program.to_string_lossy().into_owned(),
            invocation,
            clock: &SystemClock::new(),
            out: &mut out,
            err: &mut err,
            style: Style::of_stdout(),
            err_style: Style::of_stderr(),
        })
    });
    let exit = outcome.unwrap_or_else(|failure| {
        let lines: Vec<String> = failure.message.lines().map(printable).collect();
        // Where stderr is gone too, the code still says it.
        let _ = writeln!(err, "trust-service: {}", lines.join("\n"));
        failure.exit
    });
    out.finish(exit)
}

fn answer(session: &mut Session<'_>) -> Result<Exit, Failure> {
    match session.invocation.action() {
        Action::AuditVerify => audit::verify(session),
        Action::CertInspect => cert::inspect::run(session),
        Action::CertValidate => cert::validate::run(session),
        Action::CheckConfig => configuration::check(session),
        Action::Completions => print(session, |invocation| {
            invocation.operand_text(0).and_then(Shell::named).map(Shell::script).unwrap_or_default()
        }),
        Action::Demo => demo::run(session),
        Action::Dev => dev::run(session),
        Action::Help => {
            let page = help::page(session.invocation.operands(), &session.style)?;
            print(session, |_| page)
        }
        Action::KeyCreate => key::create(session),
        Action::KeyList => key::list(session),
        Action::KeyRevoke => key::revoke(session),
        Action::KeyRotate => key::rotate(session),
        Action::KeyShow => key::show(session),
        Action::Man => print(session, |_| man::page()),
        Action::Openapi => print(session, |_| openapi()),
        Action::PolicyTest => policy::test(session),
        Action::Serve => serve::run(session),
        Action::Status => status::run(session),
        Action::TokenInspect => token::inspect(session),
        Action::TokenIssue => token::issue(session),
        Action::TokenRevoke => token::revoke(session),
        Action::TrustAnchor => trust::change::anchor(session),
        Action::TrustDiff => trust::show::diff(session),
        Action::TrustDistrust => trust::change::distrust(session),
        Action::TrustImport => trust::import::run(session),
        Action::TrustList => trust::show::list(session),
        Action::TrustStatus => trust::show::status(session),
        Action::Version => print(session, |_| format!("{} {}\n", PROGRAM.name, PROGRAM.version)),
    }
}

/// The API's description, indented for people: the answer of the route is not.
fn openapi() -> String {
    let document = api::openapi();
    let value: serde_json::Value = serde_json::from_slice(&document).unwrap_or_default();
    format!("{value:#}\n")
}

fn print(
    session: &mut Session<'_>,
    text: impl FnOnce(&Invocation) -> String,
) -> Result<Exit, Failure> {
    let text = text(&session.invocation);
    session.out.write_all(text.as_bytes())?;
    Ok(Exit::Good)
}
