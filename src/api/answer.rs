//! What a handler answers.

use std::sync::Arc;

use serde::Serialize;

use crate::audit::event::{EventType, Outcome, Severity, Value};
use crate::identity::Uuid;
use crate::wire::Status;
use crate::wire::problem::{Code, FieldError, MEDIA_TYPE, Problem};
use crate::wire::response::Field;

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
    /// Further fields of its head, each once; one whose value could end its line is left out.
    pub fields: Vec<(Field, String)>,
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
            fields: Vec::new(),
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
        Self::problem_for(call, code, status, detail, errors, None)
    }

    /// The same, of something that may have gone after so many seconds.
    pub(super) fn problem_for(
        call: &Call<'_>,
        code: Code,
        status: Status,
        detail: &str,
        errors: &[FieldError],
        retry_after: Option<u32>,
    ) -> Self {
        let instance = call.request_id.to_string();
        let mut problem = Problem::new(code, status, detail, &instance);
        problem.errors = errors;
        problem.retry_after = retry_after;
        let failed =
            |error: &FieldError| Value::from(format!("{}: {}", error.pointer, error.detail));
        let record = Record {
            cost: 0,
            kind: match code {
                Code::NotFound | Code::Conflict => EventType::DataAccessed,
                _ => EventType::MalformedRequest,
            },
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
            retry_after,
            allow: None,
            fields: Vec::new(),
            record,
        }
    }

    /// `400`, with what is wrong of members or parameters.
    pub(super) fn malformed(call: &Call<'_>, errors: &[FieldError]) -> Self {
        let detail =
            "The request asks for something that cannot be asked; `errors` says which part.";
        Self::problem(call, Code::MalformedRequest, Status::BadRequest, detail, errors)
    }

    /// `503`: something that this service needs is out of reach.
    pub(super) fn unavailable(call: &Call<'_>, detail: &str) -> Self {
        let mut answer =
            Self::problem(call, Code::DependencyUnavailable, Status::Unavailable, detail, &[]);
        answer.record.kind = EventType::Error;
        answer.record.severity = Severity::High;
        answer.record.outcome = Outcome::Error;
        answer
    }

    /// The same, of which the record says that it was `action` on `resource`.
    #[must_use]
    pub(super) fn recorded_as(
        mut self,
        action: &'static str,
        resource: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Self {
        self.record.action = action;
        self.record.resource = resource.into();
        self
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
            cost: 0,
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
            fields: Vec::new(),
            record,
        }
    }
}

/// Characters of what the JSON reader says that are shown back.
const LONGEST_FAULT: usize = 200;

/// What is wrong with JSON that a caller sent: names of members and positions in it, and no value of it.
pub(super) fn json_fault(error: &serde_json::Error) -> FieldError {
    let text = error.to_string();
    let names_members = text.starts_with("unknown field")
        || text.starts_with("duplicate field")
        || text.starts_with("missing field");
    let detail = if names_members {
        text.chars().take(LONGEST_FAULT).collect()
    } else {
        let what = if error.is_data() { "not of the type that belongs there" } else { "not JSON" };
        format!("{what}, at line {} column {}", error.line(), error.column())
    };
    FieldError { pointer: String::new(), detail }
}
