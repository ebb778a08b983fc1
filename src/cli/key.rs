//! `key`: API keys, by way of the daemon that holds the state.
//!
//! Threat: a key that is left where others read it. It is written to standard output once, and to nothing else.

mod shown;

use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::authn::api_key::{KeyId, KeyName};
use crate::config::span::{SPAN, Span};
use crate::identity::ClientId;
use crate::identity::cidr::{CIDR, CidrBlock};
use crate::permission::Permission;

use super::daemon::{Holder, Question, Reply};
use super::exit::Exit;
use super::session::{Failure, Session};
use super::trust::remote;
use super::usage_error::UsageError;

use shown::{Key, New, Revoked};

const PATH: &str = "/v1/api-keys";

/// Keys asked for at once.
const PAGE: usize = 1_000;

/// `key create`.
pub(super) fn create(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let lives = i64::try_from(span(session, "expires-in")?.duration().as_secs());
    let expires = session.now().plus(lives.unwrap_or(i64::MAX));
    let asked = json!({
        "name": all::<KeyName>(session, "name", "--name", "1 to 64 printable ASCII characters")?.pop(),
        "owner": all::<ClientId>(session, "owner", "--owner", CLIENT)?.pop(),
        "permissions": all::<Permission>(session, "permission", "--permission", PERMISSION)?,
        "expires": expires.to_string(),
        "networks": all::<CidrBlock>(session, "network", "--network", CIDR)?,
        "limit": limit(session)?,
    });
    let reply = ask(session, "POST", PATH, Some(&asked))?;
    new(session, &reply)
}

const CLIENT: &str = "the name of a client: 1 to 64 of a-z, 0-9, '.' and '-'";
const PERMISSION: &str = "a permission as the policy file names it: trust:query";

/// Every value of an option, each of which is a `T` as the service reads it.
fn all<T: FromStr>(
    session: &Session<'_>,
    name: &str,
    argument: &'static str,
    expected: &'static str,
) -> Result<Vec<String>, UsageError> {
    let texts = session.invocation.values(name).map(|value| {
        let text = value.to_str().filter(|text| text.parse::<T>().is_ok());
        text.map(str::to_owned).ok_or_else(|| {
            let value = value.to_owned();
            UsageError::Malformed { argument, value, expected }
        })
    });
    texts.collect()
}

/// `key rotate`.
pub(super) fn rotate(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let seconds = span(session, "grace")?.duration().as_secs();
    let path = format!("{PATH}/{}/rotate", id(session)?);
    let reply = ask(session, "POST", &path, Some(&json!({"grace_seconds": seconds})))?;
    new(session, &reply)
}

/// `key show`.
pub(super) fn show(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let reply = ask(session, "GET", &format!("{PATH}/{}", id(session)?), None)?;
    let document: Value = read(&reply)?;
    if session.wants_json() {
        session.print_json(&document)?;
    } else {
        read::<Key>(&reply)?.print(session)?;
    }
    Ok(Exit::Good)
}

/// `key revoke`.
pub(super) fn revoke(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let reply = ask(session, "DELETE", &format!("{PATH}/{}", id(session)?), None)?;
    if session.wants_json() {
        session.print_json(&read::<Value>(&reply)?)?;
        return Ok(Exit::Good);
    }
    let Revoked { api_key, changed } = read(&reply)?;
    if !changed {
        writeln!(session.err, "it was revoked before; nothing was changed")?;
    }
    api_key.print(session)?;
    Ok(Exit::Good)
}

/// `key list`.
pub(super) fn list(session: &mut Session<'_>) -> Result<Exit, Failure> {
    #[derive(Deserialize, Serialize)]
    struct Page {
        api_keys: Vec<Value>,
        #[serde(skip_serializing)]
        next_page_token: Option<KeyToken>,
        checked_at: String,
    }
    let holder = holder(session)?;
    let mut all: Option<Page> = None;
    let mut target = format!("{PATH}?page_size={PAGE}");
    loop {
        let reply = holder.ask(&Question::get(&target))?;
        let page: Page = read(&good(reply)?)?;
        let next = page.next_page_token.as_ref().map(|token| token.0);
        match &mut all {
            None => all = Some(page),
            Some(all) => all.api_keys.extend(page.api_keys),
        }
        let Some(next) = next else { break };
        target = format!("{PATH}?page_size={PAGE}&page_token={next}");
    }
    let Some(mut all) = all else { return Ok(Exit::Good) };
    // Of one second, the id decides: the same list each time.
    let text = |key: &Value, name| key.get(name).map(ToString::to_string);
    all.api_keys.sort_by_cached_key(|key| (text(key, "created"), text(key, "id")));
    if session.wants_json() {
        session.print_json(&all)?;
    } else {
        let keys: Result<Vec<Key>, _> =
            all.api_keys.into_iter().map(serde_json::from_value).collect();
        shown::print_list(session, &keys.map_err(not_understood)?)?;
    }
    Ok(Exit::Good)
}

/// What the daemon gives to go on from: what may stand in a query as it is.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct KeyToken(KeyId);

impl TryFrom<String> for KeyToken {
    type Error = crate::authn::api_key::format::KeyIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

/// Shows a key that was made.
fn new(session: &mut Session<'_>, reply: &Reply) -> Result<Exit, Failure> {
    if session.wants_json() {
        session.print_json(&read::<Value>(reply)?)?;
    } else {
        read::<New>(reply)?.print(session)?;
    }
    writeln!(session.err, "this is the only time that the key is shown")?;
    Ok(Exit::Good)
}

fn holder(session: &Session<'_>) -> Result<Holder, Failure> {
    let state = session.state_folder();
    Holder::of(&state)?.ok_or_else(|| {
        let message = format!(
            "{}: no running service holds it, and API keys are made and kept by one; start it, or name its state \
             folder by --state",
            state.display()
        );
        Failure::new(Exit::Unavailable, message)
    })
}

fn ask(
    session: &Session<'_>,
    method: &'static str,
    target: &str,
    body: Option<&Value>,
) -> Result<Reply, Failure> {
    let body = body.map(ToString::to_string).unwrap_or_default();
    let question = Question { method, target, media: "application/json", body: &[body.as_bytes()] };
    good(holder(session)?.ask(&question)?)
}

/// The answer, where it is none of a refusal.
fn good(reply: Reply) -> Result<Reply, Failure> {
    match reply.status {
        200 | 201 => Ok(reply),
        status => {
            let mut failure = remote::refused(&reply).failure;
            if status == 404 {
                failure.exit = Exit::No;
            }
            // Which part is wrong, and why: the rest says only that one is.
            if let Some(error) =
                reply.read::<Problem>().and_then(|one| one.errors.into_iter().next())
            {
                failure.message =
                    format!("{}: {}", error.pointer.trim_start_matches('/'), error.detail);
            }
            Err(failure)
        }
    }
}

/// As much of a problem (RFC 9457) as is of use here.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    pointer: String,
    detail: String,
}

fn read<T: DeserializeOwned>(reply: &Reply) -> Result<T, Failure> {
    serde_json::from_slice(&reply.body).map_err(not_understood)
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over")]
fn not_understood(error: serde_json::Error) -> Failure {
    let message =
        format!("the daemon's answer is not understood ({error}); is it of another version?");
    Failure::new(Exit::Internal, message)
}

fn id(session: &Session<'_>) -> Result<KeyId, UsageError> {
    let text = session.invocation.operand_text(0).unwrap_or_default();
    text.parse().map_err(|_| UsageError::Malformed {
        argument: "ID",
        // Whoever takes the key for its id must not find it in a log.
        value: text.chars().take(ID_SHOWN).collect::<String>().into(),
        expected: "the id of a key, 12 digits and letters, as `key list` shows it",
    })
}

/// Characters of a wrong id that are shown back: no more than belong to no secret.
const ID_SHOWN: usize = 16;

fn span(session: &Session<'_>, name: &'static str) -> Result<Span, UsageError> {
    let text = session.invocation.text(name).unwrap_or_default();
    let argument = if name == "grace" { "--grace" } else { "--expires-in" };
    text.parse().map_err(|_| UsageError::Malformed { argument, value: text.into(), expected: SPAN })
}

/// A limit of the key's own: both numbers or neither.
fn limit(session: &Session<'_>) -> Result<Option<Value>, UsageError> {
    let number = |argument: &'static str, name: &str| {
        let Some(text) = session.invocation.text(name) else { return Ok(None) };
        let number: Option<std::num::NonZeroU32> = text.parse().ok();
        let expected = "a whole number from 1 up";
        let wrong = || UsageError::Malformed { argument, value: text.into(), expected };
        number.map(Some).ok_or_else(wrong)
    };
    let rate = number("--requests-per-minute", "requests-per-minute")?;
    let burst = number("--burst", "burst")?;
    match (rate, burst) {
        (None, None) => Ok(None),
        (Some(rate), Some(burst)) => Ok(Some(json!({"requests_per_minute": rate, "burst": burst}))),
        (rate, _) => Err(UsageError::Malformed {
            argument: if rate.is_some() { "--burst" } else { "--requests-per-minute" },
            value: "".into(),
            expected: "a number too: a limit has a rate and a burst",
        }),
    }
}
