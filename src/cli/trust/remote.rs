//! A change that goes to the daemon which holds the state, with the same outcome and the same exit codes as one that
//! is made here.

use serde::Deserialize;

use crate::state::{FolderLock, StateError};

use super::super::daemon::{Holder, Question, Reply};
use super::super::exit::Exit;
use super::super::session::{Failure, Session};
use super::Outcome;

/// Who makes a change.
#[derive(Debug)]
pub(super) enum Maker {
    /// This process, under the lock.
    Here(FolderLock),
    /// The daemon that has the lock.
    Daemon(Holder),
}

impl Maker {
    /// This process where it gets the lock, else the daemon that has it.
    pub(super) fn of(session: &Session<'_>) -> Result<Self, Failure> {
        let state = session.state_folder();
        let error = match FolderLock::take(&state) {
            Ok(lock) => return Ok(Self::Here(lock)),
            Err(error) => error,
        };
        // Who may not open the lock cannot see whether it is held, and could change nothing here.
        let elsewhere = match &error {
            StateError::Locked(_) => true,
            StateError::Write(_, cause) => cause.kind() == std::io::ErrorKind::PermissionDenied,
            _ => false,
        };
        match if elsewhere { Holder::of(&state)? } else { None } {
            Some(holder) => Ok(Self::Daemon(holder)),
            None => Err(error.into()),
        }
    }
}

/// Why the daemon did not make a change.
#[derive(Debug)]
pub(in crate::cli) struct Refused {
    /// As of a change made here.
    pub(in crate::cli) failure: Failure,
    /// Which of the sources is at fault, if it is one of them.
    pub(super) source: Option<usize>,
}

/// Sends a change.
pub(super) fn send(holder: &Holder, question: &Question<'_>) -> Result<Outcome, Refused> {
    let plain = |failure| Refused { failure, source: None };
    let reply = holder.ask(question).map_err(plain)?;
    if reply.status != 200 {
        return Err(refused(&reply));
    }
    serde_json::from_slice(&reply.body).map_err(|error| {
        let message =
            format!("the daemon's answer is not understood ({error}); is it of another version?");
        plain(Failure::new(Exit::Internal, message))
    })
}

/// As much of a problem (RFC 9457) as is of use here.
#[derive(Default, Deserialize)]
struct Problem {
    detail: Option<String>,
    retry_after: Option<u32>,
    #[serde(default)]
    errors: Vec<At>,
}

#[derive(Deserialize)]
struct At {
    pointer: String,
}

/// What a refusal comes to.
pub(in crate::cli) fn refused(reply: &Reply) -> Refused {
    let Problem { detail, retry_after, errors } = reply.read().unwrap_or_default();
    // Something that passes is no answer to the question.
    let exit = match (reply.status, retry_after) {
        (409, Some(_)) => Exit::Unavailable,
        (status, _) => exit_of(status),
    };
    let place = |at: &At| at.pointer.strip_prefix("/sources/")?.parse().ok();
    let detail = detail.unwrap_or_else(|| "the daemon gives no reason".to_owned());
    Refused { failure: Failure::new(exit, detail), source: errors.first().and_then(place) }
}

const fn exit_of(status: u16) -> Exit {
    match status {
        400 => Exit::Usage,
        403 => Exit::Permission,
        // It does not know the route, or had no time.
        404 | 405 | 408 => Exit::Unavailable,
        409 => Exit::No,
        413 | 415 | 422 => Exit::Unreadable,
        // Neither the record nor the state was written.
        503 => Exit::WriteFailed,
        _ => Exit::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Refused {
        refused(&Reply { status, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn a_refusal_ends_as_the_same_refusal_here_would() {
        let no = of(409, r#"{"detail":"older"}"#);
        assert_eq!((no.failure.exit, &*no.failure.message), (Exit::No, "older"));
        assert_eq!(of(409, r#"{"detail":"busy","retry_after":5}"#).failure.exit, Exit::Unavailable);
        assert_eq!(of(422, "{}").failure.exit, Exit::Unreadable);
        assert_eq!(of(403, "").failure.exit, Exit::Permission);
        assert_eq!(of(503, "{}").failure.exit, Exit::WriteFailed);
        assert_eq!(of(500, "{}").failure.exit, Exit::Internal);
    }

    #[test]
    fn the_source_at_fault_is_known_by_its_place() {
        assert_eq!(of(422, r#"{"errors":[{"pointer":"/sources/3"}]}"#).source, Some(3));
        assert_eq!(of(422, r#"{"errors":[{"pointer":"/reason"}]}"#).source, None);
    }
}
