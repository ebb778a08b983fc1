//! From an answer to bytes and a record, handed over together.

use std::sync::Arc;

use crate::api::{Answer, Record};
use crate::audit::event::{Actor, Event, EventType, Outcome, Sealing, Severity, Source, Value};
use crate::audit::refusal_budget::Decision;
use crate::identity::Uuid;
use crate::wire::Status;
use crate::wire::response::{LAST_CHUNK, write_chunk};
use crate::wire::trace::TraceId;

use super::exchange::{Context, Counted, Exchange, Next, Step};
use super::refusal::Refusal;
use super::render;
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
        let bytes = render::answer(context, &answer, &self.round.date);
        let Answer { record, status, .. } = answer;
        if !self.record_all(context, &[(context.record_id, record)], Some(status)) {
            return Step::Close;
        }
        let counted = Counted::new(context, status);
        Step::Record(Unsealed::new(context.record_id, bytes), next, Some(counted))
    }

    /// A refusal: recorded and answered, as far as the budget of its source goes; above it, the connection ends.
    pub(super) fn refuse(&mut self, context: &Context, refusal: &Refusal) -> Step {
        // The first refusal of a limit is recorded, further ones as far as the budget goes, whoever it is.
        let again = matches!(refusal, Refusal::Limited(rejected) if !rejected.first);
        let known = self.identity.is_known() && !again;
        // A known caller's refusals are bounded by its rate; a stranger's by the bytes they cost.
        if !known && !self.may_refuse() {
            return Step::Close;
        }
        let answer = render::refused(context, refusal);
        let closes = refusal.said().closes;
        let context = Context { keep_alive: context.keep_alive && !closes, ..*context };
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
            render::stream_head(&context, &self.round.date, &mut bytes);
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

    /// Puts records of this request into the round's batch, all under one receipt. Whether that could be done.
    fn record_all(
        &mut self,
        context: &Context,
        records: &[(Uuid, Record)],
        status: Option<Status>,
    ) -> bool {
        let Self { round, id, peer, identity } = self;
        let cost = records.iter().fold(0, |sum: u32, (_, record)| sum.saturating_add(record.cost));
        if let (Some(caller), true) = (identity.known(), cost > 0) {
            round.shared.guard.charge(caller, cost, round.now);
        }
        let known = identity.for_record(*peer);
        let sealed = [
            ("peer_addr", known.address),
            ("subject", known.subject.unwrap_or_default()),
            ("serial", known.serial.unwrap_or_default()),
        ];
        let [address, subject, _] = &sealed;
        let without_certificate = [*address, *subject];
        let fields = match (known.subject, known.serial) {
            (_, Some(_)) => &sealed[..],
            (Some(_), None) => &without_certificate[..],
            (None, None) => std::slice::from_ref(address),
        };
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
        let status = status.map(|status| ("status", Value::from(u64::from(status.code()))));
        let route = context.route.map(|route| ("route", Value::from(route.path)));
        let both;
        let known_besides = match (&status, &route) {
            (Some(status), Some(route)) => {
                both = [status.clone(), route.clone()];
                &both[..]
            }
            (Some(one), None) | (None, Some(one)) => std::slice::from_ref(one),
            (None, None) => &[],
        };
        let ticket = round.ticket(*id);
        let mut submission = round.batch.begin(ticket);
        for (id, record) in records {
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
                correlation_id: context.trace.as_ref().map(TraceId::as_str),
                decision: &record.decision,
                details: &record.details,
                context: known_besides,
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

/// The record of a stream's beginning or end.
fn stream_record(what: &'static str, lines: u64) -> Record {
    Record {
        cost: 0,
        kind: EventType::DataAccessed,
        severity: Severity::Low,
        outcome: Outcome::Success,
        action: "stream",
        resource: what.into(),
        decision: Vec::new(),
        details: vec![("lines", Value::from(lines))],
    }
}
