//! Why nothing is shown or changed, as an answer.

use crate::audit::event::{EventType, Outcome, Severity, Value};
use crate::authn::api_key::change::ChangeError;
use crate::authn::api_key::store::KeyStoreError;
use crate::wire::Status;
use crate::wire::problem::{Code, FieldError};

use super::super::change;
use super::super::query::wrong;
use super::super::{Answer, Call};

/// Why nothing is shown or changed.
#[derive(Debug)]
pub(super) enum Refused {
    /// What is asked for may not be.
    Change(ChangeError),
    /// The request does not say what it should.
    Field(FieldError),
    /// This service has no API keys.
    Off,
    /// The change cannot be saved.
    Store(KeyStoreError),
    /// There is no such key.
    Unknown,
    /// The change cannot be recorded.
    Unrecorded,
}

impl From<FieldError> for Refused {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl From<ChangeError> for Refused {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Unknown => Self::Unknown,
            other => Self::Change(other),
        }
    }
}

impl Refused {
    pub(super) fn answer(&self, call: &Call<'_>) -> Answer {
        match self {
            Self::Change(error) => change(call, *error),
            Self::Field(error) => Answer::malformed(call, std::slice::from_ref(error)),
            Self::Off => Answer::unavailable(
                call,
                "This service has no API keys; api_keys.enabled switches them on.",
            ),
            Self::Store(error) => {
                let detail = "The change cannot be saved. Nothing was changed.";
                let mut answer = Answer::unavailable(call, detail);
                answer.record.details.push(("cause", Value::from(error.to_string())));
                answer
            }
            Self::Unknown => {
                let detail = "There is no API key of this id.";
                Answer::problem(call, Code::NotFound, Status::NotFound, detail, &[])
            }
            Self::Unrecorded => change::Refused::Unrecorded.answer(call),
        }
    }
}

fn change(call: &Call<'_>, error: ChangeError) -> Answer {
    let field = |name: &str| Answer::malformed(call, &[wrong(name, error.to_string())]);
    let mut answer = match error {
        ChangeError::Grace => field("grace_seconds"),
        ChangeError::Lifetime => field("expires"),
        ChangeError::Networks => field("networks"),
        ChangeError::NoPermissions => field("permissions"),
        ChangeError::Full | ChangeError::NotInUse(_) => {
            let detail = format!("It cannot be done: {error}. Nothing was changed.");
            Answer::problem(call, Code::Conflict, Status::Conflict, &detail, &[])
        }
        ChangeError::NotHeld(_) => {
            let detail = "Nobody gives a key what they do not hold themselves.";
            let (code, status) = (Code::PermissionDenied, Status::Forbidden);
            let mut answer = Answer::problem(call, code, status, detail, &[]);
            answer.record.kind = EventType::AuthzDenied;
            answer.record.severity = Severity::High;
            answer.record.outcome = Outcome::Denied;
            answer
        }
        ChangeError::Unknown => return Refused::Unknown.answer(call),
        ChangeError::Entropy | ChangeError::Pepper => {
            Answer::unavailable(call, "No key can be made at present. Nothing was changed.")
        }
    };
    answer.record.decision = vec![("code", Value::from(error.code()))];
    answer.record.details.push(("cause", Value::from(error.to_string())));
    answer
}
