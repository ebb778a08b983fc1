//! `audit verify`: is the audit trail what was written?

use std::path::PathBuf;

use serde_json::json;

use crate::audit::verify::{self, Report, VerifyError};

use super::exit::Exit;
use super::session::{Failure, Session};
use super::terminal::{Tint, printable};

/// Verifies the spool, or the segment that is named.
pub(super) fn verify(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let path = match session.invocation.operands().first() {
        Some(path) => PathBuf::from(path),
        None => session.state_folder().join("audit").join("spool"),
    };
    match verify::verify(&path) {
        Ok(report) => good(session, &report),
        Err(VerifyError::Bad(bad)) => {
            if session.wants_json() {
                session.print_json(&json!({
                    "verified": false,
                    "first_bad": {
                        "segment": bad.segment,
                        "seq": bad.seq,
                        "offset": bad.offset,
                        "rule": bad.rule.to_string(),
                    },
                }))?;
            } else {
                let word = session.style.paint(Tint::Bad, "BROKEN");
                writeln!(session.out, "{word}  {}", printable(&bad.to_string()))?;
            }
            Ok(Exit::No)
        }
        Err(VerifyError::Spool(error)) => Err(Failure::new(Exit::Unreadable, error.to_string())),
    }
}

fn good(session: &mut Session<'_>, report: &Report) -> Result<Exit, Failure> {
    if session.wants_json() {
        session.print_json(&json!({"verified": true, "report": report}))?;
        return Ok(Exit::Good);
    }
    let word = session.style.paint(Tint::Good, "good");
    let (Some(first), Some(last)) = (report.first_seq, report.last_seq) else {
        writeln!(session.out, "{word}  no records yet")?;
        return Ok(Exit::Good);
    };
    let text = |value: &Option<String>| value.as_deref().unwrap_or_default().to_owned();
    writeln!(session.out, "{word}  {} records in {} segments", report.records, report.segments)?;
    writeln!(
        session.out,
        "      {first} to {last}, {} to {}",
        text(&report.from),
        text(&report.to)
    )?;
    writeln!(session.out, "      last hash {}", text(&report.last_hash))?;
    if first > 1 {
        writeln!(session.out, "      records before {first} are not in this folder")?;
    }
    Ok(Exit::Good)
}
