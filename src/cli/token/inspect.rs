//! `token inspect`: what a token says of itself, and whether it holds.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::authn::token::Unverified;
use crate::clock::UnixTime;

use super::super::daemon::Holder;
use super::super::exit::Exit;
use super::super::session::{Failure, Session};
use super::super::terminal::{Tint, printable};

#[derive(Serialize)]
struct Inspection {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    /// The rule of form that it breaks.
    fault: Option<String>,
    /// What the service says; nothing where there is none to ask.
    active: Option<bool>,
}

/// Shows the token in the file that the command was given.
pub(in crate::cli) fn inspect(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let text = super::token(session)?;
    let token = Unverified::read(&text)
        .map_err(|error| Failure::new(Exit::Unreadable, format!("no token: {error}")))?;
    let members = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or_default();
    let inspection = Inspection {
        header: members(token.header()),
        claims: members(token.claims()),
        fault: token.rules().err().map(|error| error.to_string()),
        active: active(session, &text),
    };
    let holds = inspection.active.unwrap_or(inspection.fault.is_none());
    if session.wants_json() {
        session.print_json(&inspection)?;
    } else {
        print(session, &inspection)?;
    }
    Ok(if holds { Exit::Good } else { Exit::No })
}

/// What the service says of it; nothing where there is none to ask, or this user may not.
fn active(session: &Session<'_>, text: &str) -> Option<bool> {
    let holder = Holder::of(&session.state_folder()).ok()??;
    let reply = super::ask(&holder, "/v1/tokens/introspect", &json!({"token": text})).ok()?;
    let state: Value = reply.read().filter(|_| reply.status == 200)?;
    state.get("active")?.as_bool()
}

fn print(session: &mut Session<'_>, inspection: &Inspection) -> Result<(), Failure> {
    let style = session.style;
    let Inspection { header, claims, fault, active } = inspection;
    let width = header
        .keys()
        .chain(claims.keys())
        .map(|name| name.chars().count())
        .max()
        .unwrap_or_default();
    for (name, value) in header.iter().chain(claims) {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let time = value.as_i64().filter(|_| matches!(name.as_str(), "exp" | "nbf" | "iat"));
        let time = time.map_or_else(String::new, |at| format!("  {}", UnixTime::from_seconds(at)));
        writeln!(session.out, "{:width$}  {}{time}", printable(name), printable(&text))?;
    }
    let form = match fault {
        None => style.paint(Tint::Good, "right"),
        Some(fault) => style.paint(Tint::Bad, &printable(fault)),
    };
    let holds = match active {
        None => style.paint(Tint::Doubt, "not known: no service to ask"),
        Some(true) => style.paint(Tint::Good, "yes"),
        Some(false) => style.paint(Tint::Bad, "no"),
    };
    writeln!(session.out, "\nform   {form}")?;
    writeln!(session.out, "holds  {holds}")?;
    Ok(())
}
