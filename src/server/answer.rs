//! From an answer to bytes and a record, handed over together.

use std::sync::Arc;

use crate::api::{Answer, Record};
use crate::audit::event::{Actor, Event, EventType, Outcome, Sealing, Severity, Source, Value};
use crate::audit::refusal_budget::Decision;
use crate::identity::Uuid;
use crate::wire::Status;
use crate::wire::problem::{MEDIA_TYPE, Problem};
use crate::wire::response::{
    AnswerBody, Field, HeaderValue, LAST_CHUNK, ResponseHead, write_chunk,
};

use super::exchange::{Context, Counted, Exchange, Next, Step};
use super::refusal::Refusal;
use super::sealed::Unsealed;
use super::stream::Stream;

/// What a refusal's record costs its source's budget, in bytes: a little more than most have.
const REFUSAL_BYTES: u32 = 1_200;

/// A piece of an answer that is given as it comes.
#[derive(Debug)]
pub(super) enum Piece {
    /// One line for each line of a group, and what is recorded of each.
    Lines(Vec<u8>, Vec<(Uuid, Record)>),
    /// The end.
    End,
}

impl Exchange<'_> {
    /// An answer that a handler gave.
    pub(super) fn answer(&mut self, context: &Context, answer: Answer) -> Step {
        let next = if context.keep_alive { Next::Request } else { Next::Close };
        let bytes = self.rendered(context, &answer);
        let Answer { record, status, .. } = answer;
        if !self.record_all(context, &[(context.record_id, record)], Some(status)) {
            return Step::Close;
        }
        let counted = Counted::new(context, status);
        Step::Record(Unsealed::new(context.record_id, bytes), next, Some(counted))
    }

    /// The bytes of an answer.
    fn rendered(&self, context: &Context, answer: &Answer) -> Vec<u8> {
        let body = answer.body.as_ref();
        let mut bytes = Vec::with_capacity(HEAD_BYTES.saturating_add(body.len()));
        let request_id = context.request_id.text();
        let record_id = context.record_id.text();
        let retry_after = answer.retry_after.map(|seconds| seconds.to_string());
        let mut fields = Fields::new();
        fields.add(Field::ContentType, answer.content_type);
        fields.add(Field::RequestId, ascii(&request_id));
        fields.add(Field::AuditId, ascii(&record_id));
        if let Some(seconds) = &retry_after {
            fields.add(Field::RetryAfter, seconds);
        }
        if let Some(allow) = answer.allow {
            fields.add(Field::Allow, allow);
        }
        if answer.status == Status::Unauthorized {
            fields.add(Field::WwwAuthenticate, "Mutual realm=\"trust-service\"");
        }
        let head = ResponseHead {
            status: answer.status,
            body: AnswerBody::Length(u64::try_from(body.len()).unwrap_or(u64::MAX)),
            keep_alive: context.keep_alive,
            date: Some(&self.round.date),
            fields: fields.as_slice(),
        };
        head.write_to(&mut bytes);
        bytes.extend_from_slice(body);
        bytes
    }

    /// A refusal: recorded and answered, as far as the budget of its source goes; above it, the connection ends.
    pub(super) fn refuse(&mut self, context: &Context, refusal: &Refusal) -> Step {
        let known = self.identity.for_record().caller.is_some();
        // A known caller's refusals are bounded by its rate; a stranger's by the bytes they cost.
        if !known && !self.may_refuse() {
            return Step::Close;
        }
        let said = refusal.said();
        let instance = context.request_id.text();
        let mut problem = Problem::new(said.code, said.status, said.detail, ascii(&instance));
        problem.retry_after = said.retry_after;
        let outcome = match said.kind {
            EventType::AuthzDenied => Outcome::Denied,
            EventType::Error => Outcome::Error,
            _ => Outcome::Failure,
        };
        let record = Record {
            kind: said.kind,
            severity: said.severity,
            outcome,
            action: "request",
            resource: context.route.map_or("", |route| route.path).into(),
            decision: vec![("code", Value::from(said.code.name()))],
            details: vec![("rule", Value::from(refusal.rule()))],
        };
        let answer = Answer {
            status: said.status,
            content_type: MEDIA_TYPE,
            body: problem.to_json().into(),
            retry_after: said.retry_after,
            allow: if let Refusal::Method(allow) = refusal { Some(allow) } else { None },
            record,
        };
        let context = Context { keep_alive: context.keep_alive && !said.closes, ..*context };
        self.answer(&context, answer)
    }

    fn may_refuse(&self) -> bool {
        let shared = &self.round.shared;
        match shared.refusals.admit(self.peer.ip(), REFUSAL_BYTES, self.round.now) {
            Decision::Record => true,
            Decision::Suppress => {
                shared.counters.suppressed.one();
                false
            }
        }
    }

    /// The next piece of an answer that is given as it comes.
    pub(super) fn piece(&mut self, mut stream: Box<Stream>, piece: Piece) -> Step {
        let context = stream.context;
        let mut bytes = Vec::new();
        let mut records = Vec::new();
        if stream.begins() {
            self.stream_head(&context, &mut bytes);
            records.push((context.record_id, stream_record("begun", 0)));
        }
        let is_end = matches!(piece, Piece::End);
        let counted = is_end.then(|| Counted::new(&context, Status::Ok));
        let next = match piece {
            // A group without its records is no answer: the stream is cut.
            Piece::Lines(_, own) if own.is_empty() => return Step::Close,
            Piece::Lines(text, own) => {
                write_chunk(&mut bytes, &text);
                records.extend(own);
                Next::Lines(stream)
            }
            Piece::End => {
                bytes.extend_from_slice(LAST_CHUNK);
                let Ok(id) = self.round.uuid() else { return Step::Close };
                records.push((id, stream_record("ended", stream.answered)));
                if context.keep_alive { Next::Request } else { Next::Close }
            }
        };
        let Some((first, _)) = records.first() else { return Step::Close };
        let first = *first;
        if self.record_all(&context, &records, None) {
            Step::Record(Unsealed::new(first, bytes), next, counted)
        } else {
            Step::Close
        }
    }

    fn stream_head(&self, context: &Context, bytes: &mut Vec<u8>) {
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
            date: Some(&self.round.date),
            fields: fields.as_slice(),
        }
        .write_to(bytes);
    }

    /// Puts records of this request into the round's batch, all under one receipt. Whether that could be done.
    fn record_all(
        &mut self,
        context: &Context,
        records: &[(Uuid, Record)],
        status: Option<Status>,
    ) -> bool {
        let Self { round, id, peer, identity } = self;
        let known = identity.for_record();
        let address = peer.to_string();
        let sealed = [
            ("peer_addr", address.as_str()),
            ("subject", known.subject.unwrap_or_default()),
            ("serial", known.serial.unwrap_or_default()),
        ];
        let fields = if known.subject.is_some() { &sealed[..] } else { &sealed[..1] };
        let shared = Arc::clone(&round.shared);
        let stranger;
        let key = if let Some(key) = known.key {
            Some(&**key)
        } else {
            stranger = shared.subjects.of_strangers(round.wall(), &*shared.entropy).ok();
            stranger.as_deref()
        };
        let actor = known.caller.map(|caller| Actor {
            client: caller.principal().client().as_str(),
            subject: known.key.map_or("", |key| key.pseudonym()),
            method: caller.principal().method().as_str(),
            roles: caller.principal().roles(),
        });
        let ticket = round.ticket(*id);
        let mut submission = round.batch.begin(ticket);
        for (id, record) in records {
            let mut details = Vec::with_capacity(record.details.len().saturating_add(2));
            details.extend(record.details.iter().cloned());
            if let Some(status) = status {
                details.push(("status", Value::from(u64::from(status.code()))));
            }
            if let Some(route) = context.route {
                details.push(("route", Value::from(route.path)));
            }
            let event = Event {
                id: *id,
                time: round.stamp,
                kind: record.kind,
                severity: record.severity,
                outcome: record.outcome,
                action: record.action,
                resource: &record.resource,
                actor,
                source: Some(Source { peer: peer.ip(), client: None }),
                request_id: Some(context.request_id),
                correlation_id: None,
                decision: &record.decision,
                details: &details,
                sealed: key.map(|key| Sealing { key, fields, entropy: &*shared.entropy }),
            };
            if submission.add(&event).is_err() {
                return false;
            }
            round
                .shared
                .services
                .metrics
                .audit_events
                .add(event.kind.place(), event.severity.place());
        }
        submission.finish().is_ok()
    }
}

/// Room for the head of most answers, in bytes.
const HEAD_BYTES: usize = 900;

/// The media type of a stream of lines.
const NDJSON: &str = "application/x-ndjson";

/// The record of a stream's beginning or end.
fn stream_record(what: &'static str, lines: u64) -> Record {
    Record {
        kind: EventType::DataAccessed,
        severity: Severity::Low,
        outcome: Outcome::Success,
        action: "stream",
        resource: what.into(),
        decision: Vec::new(),
        details: vec![("lines", Value::from(lines))],
    }
}

/// Header fields of an answer, without a heap.
#[derive(Debug)]
struct Fields<'a> {
    all: [(Field, HeaderValue<'a>); 6],
    count: usize,
}

impl<'a> Fields<'a> {
    fn new() -> Self {
        Self { all: [(Field::ContentType, HeaderValue::EMPTY); 6], count: 0 }
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
