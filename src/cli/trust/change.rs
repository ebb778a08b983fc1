//! `trust anchor` and `trust distrust`: an operator's own word.

use std::io::{self, BufRead, IsTerminal};

use crate::trust::bundle::{self, ItemKind};
use crate::trust::certificate::Certificate;
use crate::trust::change::notes_on_distrust;

use super::super::exit::Exit;
use super::super::inputs;
use super::super::local::Question;
use super::super::session::{Failure, Session, fingerprint};
use super::super::terminal::printable;
use super::remote::{self, Maker};
use super::{Outcome, commit, print_outcome};

/// Makes a certificate an anchor, after its fingerprint was compared.
pub(in crate::cli) fn anchor(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let certificate = only_certificate(session)?;
    let found = certificate.fingerprint();
    let wanted = session.invocation.value("sha256");
    match wanted.map(|value| fingerprint("--sha256", value)).transpose()? {
        Some(wanted) if wanted != found => {
            let message =
                format!("the certificate's SHA-256 is {found}, not {wanted}; nothing was changed");
            return Err(Failure::new(Exit::No, message));
        }
        Some(_) => {}
        None => confirm(session, &certificate)?,
    }
    let outcome = match Maker::of(session)? {
        Maker::Here(lock) => {
            commit(session, Some(&lock), |draft, _| Ok(draft.anchor(&certificate)?))?
        }
        Maker::Daemon(holder) => {
            let question = Question {
                method: "POST",
                target: &format!("/v1/trust/anchors?sha256={found}"),
                media: "application/pkix-cert",
                body: &[certificate.der()],
            };
            remote::send(&holder, &question).map_err(|refused| refused.failure)?
        }
    };
    if session.wants_json() {
        session.print_json(&outcome)?;
    } else {
        print_outcome(session, &outcome, false)?;
    }
    Ok(Exit::Good)
}

fn only_certificate(session: &Session<'_>) -> Result<Certificate, Failure> {
    let unreadable =
        |path: &str, detail: String| Failure::new(Exit::Unreadable, format!("{path}: {detail}"));
    let mut inputs = inputs::read(session.invocation.operands());
    let (Some(input), None) = (inputs.next(), inputs.next()) else {
        return Err(Failure::new(
            Exit::Unreadable,
            "trust anchor takes one file with one certificate",
        ));
    };
    let path = printable(&input.path.display().to_string());
    let bytes = input.bytes.map_err(|detail| unreadable(&path, detail))?;
    let items = bundle::read(&bytes).map_err(|error| unreadable(&path, error.to_string()))?;
    match items.as_slice() {
        [item] if item.kind == ItemKind::Certificate => Certificate::parse(item.bytes.clone())
            .map_err(|error| unreadable(&path, error.to_string())),
        _ => Err(unreadable(
            &path,
            format!("{} objects, where one certificate belongs", items.len()),
        )),
    }
}

/// Shows what would be trusted, and asks.
fn confirm(session: &mut Session<'_>, certificate: &Certificate) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        let message = format!(
            "the fingerprint must be compared with one from the State itself, and there is nobody to ask; \
             if it is {}, give it with --sha256",
            certificate.fingerprint()
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    writeln!(session.err, "subject      {}", printable(certificate.subject().text()))?;
    writeln!(
        session.err,
        "in force     {} to {}",
        certificate.not_before(),
        certificate.not_after()
    )?;
    writeln!(session.err, "SHA-256      {}", certificate.fingerprint())?;
    write!(
        session.err,
        "Is this the fingerprint that the State published? Type 'yes' to trust it: "
    )?;
    session.err.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| {
        Failure::new(Exit::Unreadable, format!("the answer cannot be read: {error}"))
    })?;
    if answer.trim() == "yes" {
        Ok(())
    } else {
        Err(Failure::new(Exit::No, "not confirmed; nothing was changed"))
    }
}

/// Distrusts a certificate, and every anchor with its key.
pub(in crate::cli) fn distrust(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let operand = session.invocation.operands().first().cloned().unwrap_or_default();
    let certificate = fingerprint("SHA256", &operand)?;
    let reason = session.invocation.text("reason").unwrap_or_default().to_owned();
    let mut outcome = match Maker::of(session)? {
        Maker::Here(lock) => {
            let mut notes = Vec::new();
            let outcome = commit(session, Some(&lock), |draft, base| {
                notes = notes_on_distrust(base, &certificate);
                draft.distrust(certificate, &reason);
                Ok(())
            })?;
            Outcome { notes, ..outcome }
        }
        Maker::Daemon(holder) => {
            let body = serde_json::json!({"sha256": certificate, "reason": reason}).to_string();
            let question = Question {
                method: "POST",
                target: "/v1/trust/distrust",
                media: "application/json",
                body: &[body.as_bytes()],
            };
            remote::send(&holder, &question).map_err(|refused| refused.failure)?
        }
    };
    for note in outcome.notes.drain(..) {
        writeln!(session.err, "trust-service: {}", printable(&note))?;
    }
    if session.wants_json() {
        session.print_json(&outcome)?;
    } else {
        print_outcome(session, &outcome, false)?;
    }
    Ok(Exit::Good)
}
