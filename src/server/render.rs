//! An answer as bytes, and a refusal as an answer.

use crate::api::{Answer, Record};
use crate::audit::event::{EventType, Outcome, Value};
use crate::limit::header;
use crate::wire::Status;
use crate::wire::date::HttpDate;
use crate::wire::problem::{MEDIA_TYPE, Problem};
use crate::wire::response::{AnswerBody, Field, HeaderValue, ResponseHead};

use super::exchange::Context;
use super::refusal::Refusal;

/// The bytes of an answer.
pub(super) fn answer(context: &Context, answer: &Answer, date: &HttpDate) -> Vec<u8> {
    let body = answer.body.as_ref();
    let mut bytes = Vec::with_capacity(HEAD_BYTES.saturating_add(body.len()));
    let request_id = context.request_id.text();
    let record_id = context.record_id.text();
    let retry_after = answer.retry_after.map(|seconds| seconds.to_string());
    let mut limits = String::new();
    let policy = context.reading.as_ref().map_or(0, |reading| {
        limits.reserve(LIMIT_BYTES);
        header::policy([reading], &mut limits);
        let policy = limits.len();
        header::limit([reading], &mut limits);
        policy
    });
    let mut fields = Fields::new();
    fields.add(Field::ContentType, answer.content_type);
    fields.add(Field::RequestId, ascii(&request_id));
    fields.add(Field::AuditId, ascii(&record_id));
    if let Some(seconds) = &retry_after {
        fields.add(Field::RetryAfter, seconds);
    }
    if let Some((policy, limit)) = limits.split_at_checked(policy).filter(|_| policy > 0) {
        fields.add(Field::RateLimitPolicy, policy);
        fields.add(Field::RateLimit, limit);
    }
    if let Some(allow) = answer.allow {
        fields.add(Field::Allow, allow);
    }
    for (field, value) in &answer.fields {
        fields.add(*field, value);
    }
    if answer.status == Status::Unauthorized {
        fields.add(Field::WwwAuthenticate, CHALLENGE);
    }
    let head = ResponseHead {
        status: answer.status,
        body: AnswerBody::Length(u64::try_from(body.len()).unwrap_or(u64::MAX)),
        keep_alive: context.keep_alive,
        date: Some(date),
        fields: fields.as_slice(),
    };
    head.write_to(&mut bytes);
    // What follows the head of an answer to HEAD would pass for the next answer (RFC 9112 section 6.3).
    if !context.is_head {
        bytes.extend_from_slice(body);
    }
    bytes
}

/// Appends the head of an answer that is given as it comes.
pub(super) fn stream_head(context: &Context, date: &HttpDate, bytes: &mut Vec<u8>) {
    let request_id = context.request_id.text();
    let record_id = context.record_id.text();
    let mut fields = Fields::new();
    fields.add(Field::ContentType, NDJSON);
    fields.add(Field::RequestId, ascii(&request_id));
    fields.add(Field::AuditId, ascii(&record_id));
    ResponseHead {
        status: Status::Ok,
        body: AnswerBody::Chunked,
        keep_alive: context.keep_alive,
        date: Some(date),
        fields: fields.as_slice(),
    }
    .write_to(bytes);
}

/// What is answered to a request that goes no further, and what is recorded of it.
pub(super) fn refused(context: &Context, refusal: &Refusal) -> Answer {
    let said = refusal.said();
    let instance = context.request_id.text();
    let mut problem = Problem::new(said.code, said.status, said.detail, ascii(&instance));
    problem.retry_after = said.retry_after;
    let outcome = match said.kind {
        EventType::AuthzDenied => Outcome::Denied,
        EventType::Error => Outcome::Error,
        _ => Outcome::Failure,
    };
    let mut decision = vec![("code", Value::from(said.code.name()))];
    decision.extend(refusal.reason());
    let record = Record {
        cost: 0,
        kind: said.kind,
        severity: said.severity,
        outcome,
        action: "request",
        resource: context.route.map_or("", |route| route.path).into(),
        decision,
        details: vec![("rule", Value::from(refusal.rule()))],
    };
    Answer {
        status: said.status,
        content_type: MEDIA_TYPE,
        body: problem.to_json().into(),
        retry_after: said.retry_after,
        allow: if let Refusal::Method(allow) = refusal { Some(allow) } else { None },
        fields: Vec::new(),
        record,
    }
}

/// Room for both headers of a limit.
const LIMIT_BYTES: usize = 96;

/// What a caller who is nobody may show.
const CHALLENGE: &str = "Mutual realm=\"trust-service\", Bearer realm=\"trust-service\"";

/// Room for the head of most answers, in bytes.
const HEAD_BYTES: usize = 900;

/// Most header fields of an answer beside those that every answer has.
const MOST_FIELDS: usize = 12;

/// The media type of a stream of lines.
const NDJSON: &str = "application/x-ndjson";

/// Header fields of an answer, without a heap.
#[derive(Debug)]
struct Fields<'a> {
    all: [(Field, HeaderValue<'a>); MOST_FIELDS],
    count: usize,
}

impl<'a> Fields<'a> {
    fn new() -> Self {
        Self { all: [(Field::ContentType, HeaderValue::EMPTY); MOST_FIELDS], count: 0 }
    }

    /// Adds a field; one whose value could end its line is left out.
    fn add(&mut self, field: Field, value: &'a str) {
        if let (Some(place), Ok(value)) =
            (self.all.get_mut(self.count), HeaderValue::try_from(value))
        {
            *place = (field, value);
            self.count = self.count.saturating_add(1);
        }
    }

    fn as_slice(&self) -> &[(Field, HeaderValue<'a>)] {
        self.all.get(..self.count).unwrap_or_default()
    }
}

fn ascii(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_default()
}
