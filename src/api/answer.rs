//! What a handler answers.

use std::sync::Arc;

use serde::Serialize;

use crate::audit::event::{EventType, Outcome, Severity, Value};
use crate::identity::Uuid;
use crate::wire::Status;
use crate::wire::problem::{Code, FieldError, MEDIA_TYPE, Problem};

use super::{Call, Record};

/// The media type of most answers.
pub(super) const JSON: &str = "application/json";

/// An answer that waits to be recorded.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: Status,
    /// The body's type.
    pub content_type: &'static str,
    /// The body.
    pub body: Content,
    /// Seconds after which another attempt makes sense.
    pub retry_after: Option<u32>,
    /// The methods that the path has, where it was asked for another.
    pub allow: Option<&'static str>,
    /// What is to be recorded.
    pub record: Record,
}

/// A body, its own or one that many answers share.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    /// Made for this answer.
    Owned(Vec<u8>),
    /// Made once.
    Shared(Arc<[u8]>),
}

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Owned(bytes)
    }
}

impl Answer {
    /// `200` with `value` as JSON.
    pub(super) fn json(call: &Call<'_>, value: &impl Serialize, record: Record) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::ok(bytes.into(), record),
            Err(_) => Self::internal(call),
        }
    }

    /// `200` with JSON that is there already.
    pub(super) fn ok(body: Content, record: Record) -> Self {
        Self {
            status: Status::Ok,
            content_type: JSON,
            body,
            retry_after: None,
            allow: None,
            record,
        }
    }

    /// A request whose caller may ask, but not this.
    pub(super) fn problem(
        call: &Call<'_>,
        code: Code,
        status: Status,
        detail: &str,
        errors: &[FieldError],
    ) -> Self {
        let instance = call.request_id.to_string();
        let mut problem = Problem::new(code, status, detail, &instance);
        problem.errors = errors;
        let failed =
            |error: &FieldError| Value::from(format!("{}: {}", error.pointer, error.detail));
        let record = Record {
            kind: EventType::MalformedRequest,
            severity: Severity::Low,
            outcome: Outcome::Failure,
            action: "request",
            resource: "".into(),
            decision: vec![("code", Value::from(code.name()))],
            details: vec![
                ("rule", Value::from(detail.to_owned())),
                ("errors", Value::List(errors.iter().map(failed).collect())),
            ],
        };
        Self {
            status,
            content_type: MEDIA_TYPE,
            body: problem.to_json().into(),
            retry_after: None,
            allow: None,
            record,
        }
    }

    /// A mistake of ours.
    #[must_use]
    pub fn internal(call: &Call<'_>) -> Self {
        Self::internal_of(call.request_id)
    }

    /// A mistake of ours in the request with this id.
    #[must_use]
    pub fn internal_of(request_id: Uuid) -> Self {
        let instance = request_id.to_string();
        let detail = "The service made a mistake; it is recorded under the id of this request.";
        let problem = Problem::new(Code::Internal, Status::Internal, detail, &instance);
        let record = Record {
            kind: EventType::Error,
            severity: Severity::Critical,
            outcome: Outcome::Error,
            action: "request",
            resource: "".into(),
            decision: vec![("code", Value::from(Code::Internal.name()))],
            details: Vec::new(),
        };
        Self {
            status: Status::Internal,
            content_type: MEDIA_TYPE,
            body: problem.to_json().into(),
            retry_after: None,
            allow: None,
            record,
        }
    }
}
