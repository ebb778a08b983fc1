//! `policy test`: the policy, held against cases.

use std::path::PathBuf;

use serde_json::json;

use crate::config::policy::cases::{self, Finding};

use super::configuration;
use super::exit::Exit;
use super::session::{Failure, Session};
use super::terminal::{Cell, Table, Tint, printable};

pub(super) fn test(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let folder = configuration::folder(session);
    let loaded = configuration::load(&folder, &configuration::variables())
        .map_err(|faults| Failure::new(Exit::Configuration, faults.to_string()))?;
    let file = session.invocation.operands().first().map(PathBuf::from).unwrap_or_default();
    let cases = cases::read(&file, &loaded.policy).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::new(Exit::Unreadable, lines.join("\n"))
    })?;
    let findings: Vec<Finding> = cases.iter().map(|case| case.judge(&loaded.policy)).collect();
    let failed = findings.iter().filter(|one| !one.holds).count();
    if session.wants_json() {
        let rows: Vec<_> = findings.iter().map(row).collect();
        session.print_json(&json!({ "cases": rows, "failed": failed }))?;
    } else {
        print(session, &findings)?;
        let count = findings.len();
        writeln!(session.out, "{count} cases, {failed} not as expected")?;
    }
    Ok(if failed == 0 { Exit::Good } else { Exit::No })
}

fn row(finding: &Finding) -> serde_json::Value {
    json!({
        "name": finding.name,
        "holds": finding.holds,
        "allowed": finding.allowed,
        "reason": finding.reason.map(|reason| reason.to_string()),
    })
}

fn print(session: &mut Session<'_>, findings: &[Finding]) -> Result<(), Failure> {
    let mut table = Table::new(["CASE", "IS", "REASON"]);
    for one in findings {
        let word = if one.allowed { "allowed" } else { "denied" };
        let (word, tint) = if one.holds {
            (word.to_owned(), Tint::Good)
        } else {
            (format!("{word}, NOT AS EXPECTED"), Tint::Bad)
        };
        let reason = one.reason.map(|reason| reason.to_string()).unwrap_or_default();
        table.row([printable(&one.name).into(), Cell::tinted(word, tint), reason.into()]);
    }
    let style = session.style;
    Ok(table.print(session.out, &style)?)
}
