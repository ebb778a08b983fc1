//! `token issue`, `token inspect`, `token revoke`.

mod inspect;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::authn::token::TOKEN_MOST;
use crate::config::span::{SPAN, Span};

use super::daemon::{Holder, Question, Reply};
use super::exit::Exit;
use super::inputs;
use super::session::{Failure, Session};
use super::terminal::printable;
use super::trust::remote;
use super::usage_error::UsageError;

pub(super) use inspect::inspect;

/// What the service answers to who asks for a token.
#[derive(Deserialize, Serialize)]
struct Issued {
    access_token: String,
    token_type: String,
    expires_in: u64,
    scope: String,
    token_id: String,
    subject: String,
    bound: bool,
    decision_id: String,
}

/// Asks the daemon for a token.
pub(super) fn issue(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let mut body = Map::new();
    for name in ["scope", "subject"] {
        if let Some(text) = session.invocation.text(name) {
            body.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(text) = session.invocation.text("expires-in") {
        let lives: Span = text.parse().map_err(|_| malformed("--expires-in", text, SPAN))?;
        body.insert("expires_in".to_owned(), json!(lives.duration().as_secs()));
    }
    if let Some(text) = session.invocation.text("claims") {
        let claims: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| malformed("--claims", text, "a JSON object"))?;
        body.insert("claims".to_owned(), Value::Object(claims));
    }
    let reply = ask(&holder(session)?, "/v1/tokens", &Value::Object(body))?;
    let issued: Issued = understood(&reply)?;
    if session.wants_json() {
        session.print_json(&issued)?;
    } else {
        writeln!(session.out, "{}", printable(&issued.access_token))?;
        let Issued { token_id, scope, expires_in, .. } = &issued;
        let line = format!("token {token_id}: {scope}; for {expires_in} s");
        writeln!(session.err, "trust-service: {}", printable(&line))?;
    }
    Ok(Exit::Good)
}

/// What the service answers to who takes something back.
#[derive(Deserialize, Serialize)]
struct Revoked {
    revoked: bool,
    decision_id: String,
}

/// Takes something back, by the daemon.
pub(super) fn revoke(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let mut body = Map::new();
    for (option, member) in [("id", "token_id"), ("subject", "subject"), ("client", "client")] {
        if let Some(text) = session.invocation.text(option) {
            body.insert(member.to_owned(), json!(text));
        }
    }
    if !session.invocation.operands().is_empty() {
        body.insert("token".to_owned(), json!(token(session)?));
    }
    if body.len() != 1 {
        let message = "name one thing to take back: a FILE, --id, --subject or --client";
        return Err(Failure::new(Exit::Usage, message));
    }
    if let Some(issuer) = session.invocation.text("issuer") {
        body.insert("issuer".to_owned(), json!(issuer));
    }
    let reply = ask(&holder(session)?, "/v1/tokens/revoke", &Value::Object(body))?;
    let revoked: Revoked = understood(&reply)?;
    if session.wants_json() {
        session.print_json(&revoked)?;
    } else {
        let text = if revoked.revoked { "taken back" } else { "there was nothing to take back" };
        writeln!(session.out, "{text}")?;
    }
    Ok(if revoked.revoked { Exit::Good } else { Exit::No })
}

/// The token in the file that was named.
fn token(session: &Session<'_>) -> Result<String, Failure> {
    let unreadable = |detail: String| Failure::new(Exit::Unreadable, detail);
    let mut inputs = inputs::read(session.invocation.operands());
    let (Some(input), None) = (inputs.next(), inputs.next()) else {
        return Err(unreadable("one file with one token is wanted".to_owned()));
    };
    let path = printable(&input.path.display().to_string());
    let bytes = input.bytes.map_err(|detail| unreadable(format!("{path}: {detail}")))?;
    let text = str::from_utf8(&bytes).map(str::trim_ascii).unwrap_or_default();
    if text.is_empty() || text.len() > TOKEN_MOST {
        return Err(unreadable(format!("{path}: no token of up to {TOKEN_MOST} bytes")));
    }
    Ok(text.to_owned())
}

/// The daemon that holds the state.
fn holder(session: &Session<'_>) -> Result<Holder, Failure> {
    let state = session.state_folder();
    Holder::of(&state)?.ok_or_else(|| {
        let state = printable(&state.display().to_string());
        let message = format!(
            "{state}: no service holds this state, and only a service has the keys of tokens"
        );
        Failure::new(Exit::Unavailable, message)
    })
}

fn ask(holder: &Holder, target: &str, body: &Value) -> Result<Reply, Failure> {
    let body = body.to_string();
    let media = "application/json";
    holder.ask(&Question { method: "POST", target, media, body: &[body.as_bytes()] })
}

/// What is at fault, as the service says.
#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    errors: Vec<At>,
}

#[derive(Deserialize)]
struct At {
    detail: String,
}

/// The answer, or why there is none.
fn understood<T: serde::de::DeserializeOwned>(reply: &Reply) -> Result<T, Failure> {
    if reply.status != 200 {
        let mut failure = remote::refused(reply).failure;
        let problem: Problem = reply.read().unwrap_or_default();
        let details: Vec<String> = problem.errors.into_iter().map(|at| at.detail).collect();
        if !details.is_empty() {
            failure.message = details.join("\n");
        }
        return Err(failure);
    }
    reply.read().ok_or_else(|| {
        Failure::new(
            Exit::Internal,
            "the service's answer is not understood; is it of another version?",
        )
    })
}

fn malformed(argument: &'static str, value: &str, expected: &'static str) -> Failure {
    UsageError::Malformed { argument, value: value.into(), expected }.into()
}
