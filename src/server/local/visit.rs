//! One connection of the admin socket: a request, its record, its answer, the end.
//!
//! The steps are those of a request from the network, and so is the last one: what is sent is sealed with the receipt
//! of its record, refusals too. A change is recorded once more before it is made, by whatever makes it.

use std::fs::File;
use std::io::Write;

use crate::api::{self, Answer, Body, BodyRule, Expired, Found, Handler, Verb};
use crate::audit::Prefixes;
use crate::audit::event::{Actor, Event, Value};
use crate::authn::local::LocalPeer;
use crate::authn::{AuthnError, Factors};
use crate::authz::Caller;
use crate::identity::Uuid;
use crate::metrics::labels::{AuthMethod, AuthResult};
use crate::wire::Limits;
use crate::wire::body::Decoder;
use crate::wire::date::HttpDate;
use crate::wire::head::{self, Head};

use super::super::admission;
use super::super::exchange::{Context, Counted};
use super::super::handler;
use super::super::refusal::Refusal;
use super::super::render;
use super::super::sealed::Unsealed;
use super::super::shared::Shared;
use super::timed::{Cut, Timed};

/// How many times the deadline of a request an upload may take.
const UPLOAD: u32 = 12;

/// Bytes that are read at a time.
const PIECE: usize = 64 * 1024;

/// One client, once.
pub(super) struct Visit<'a> {
    pub(super) shared: &'a Shared,
    pub(super) stream: Timed<'a>,
    pub(super) peer: LocalPeer,
    pub(super) caller: Result<Caller, AuthnError>,
}

/// Why a request goes no further.
enum Stop {
    /// There is nobody to be told.
    Gone,
    /// It is refused.
    Refused(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Cut> for Stop {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Gone => Self::Gone,
            Cut::Late => Self::Refused(Refusal::TooSlow),
        }
    }
}

impl Visit<'_> {
    /// Takes the request, does it, records it, answers it.
    pub(super) fn run(mut self) {
        let mut input = Vec::new();
        let read = self.head(&mut input);
        if matches!(read, Err(Stop::Gone)) {
            return;
        }
        let Some(mut context) = self.context() else { return self.unrecorded() };
        let answered = read.and_then(|length| {
            let (raw, rest) = input.split_at_checked(length).ok_or(Stop::Gone)?;
            match head::parse(raw, &self.limits()) {
                Ok(Some((head, _))) => self.answer(&head, raw, rest, &mut context),
                _ => Err(Stop::Gone),
            }
        });
        match answered {
            Ok(answer) => self.send(&context, answer),
            Err(Stop::Refused(refusal)) => self.send(&context, render::refused(&context, &refusal)),
            Err(Stop::Gone) => {}
        }
    }

    /// What a head may cost; of bodies, each route has its own bound.
    fn limits(&self) -> Limits {
        Limits { body_bytes: u64::MAX, ..self.shared.settings.limits }
    }

    /// Reads a whole head into `input`, and perhaps a part of what follows it; its length.
    fn head(&mut self, input: &mut Vec<u8>) -> Result<usize, Stop> {
        let limits = self.limits();
        let mut piece = [0; 4096];
        loop {
            if let Some((_, length)) = head::parse(input, &limits).map_err(Refusal::Wire)? {
                return Ok(length);
            }
            let count = self.stream.read(&mut piece)?;
            input.extend_from_slice(piece.get(..count).unwrap_or_default());
        }
    }

    /// Identifiers for the request. None where there are none to be had, or nothing can be recorded.
    fn context(&self) -> Option<Context> {
        if !self.shared.recorder.healthy() {
            return None;
        }
        let id = || Uuid::new(self.shared.clock.stamp(), &*self.shared.entropy).ok();
        Some(Context {
            request_id: id()?,
            record_id: id()?,
            keep_alive: false,
            is_head: false,
            address: None,
            route: None,
            certificate: None,
            reading: None,
            trace: None,
            began: self.shared.clock.uptime(),
        })
    }

    /// Who is it, which route, may it, may it bring this body, do it.
    fn answer(
        &mut self,
        head: &Head<'_>,
        raw: &[u8],
        rest: &[u8],
        context: &mut Context,
    ) -> Result<Answer, Stop> {
        let result = if self.caller.is_ok() { AuthResult::Success } else { AuthResult::Failure };
        let attempts = &self.shared.services.metrics.auth_attempts;
        attempts.add(AuthMethod::Local.index(), result.index());
        let caller = self.caller.as_ref().map_err(|_| Refusal::NotAnAdministrator)?;
        let (route, parameters) = match api::find_local(Verb::of(head.method), &head.target) {
            // Here is no way to answer before a body is whole.
            Found::Route(route, _) if matches!(route.handler, Handler::Lines(_)) => {
                return Err(Refusal::NotFound.into());
            }
            Found::Route(route, parameters) => (route, parameters),
            Found::MethodNotAllowed(allow) => return Err(Refusal::Method(allow).into()),
            Found::NotFound => return Err(Refusal::NotFound.into()),
        };
        context.route = Some(route);
        let grant = caller.grant(route.permission, Factors::NONE).map_err(Refusal::Denied)?;
        let store = match admission::body(&route.body, head)? {
            None => Store::None,
            Some(decoder) => self.body(&route.body, decoder, head.expect_continue, rest)?,
        };
        let (services, now) = (&self.shared.services, self.shared.clock.wall());
        let call = handler::call(head, parameters, store.body(), context, now);
        Ok(match &route.handler {
            Handler::Call(handler) => {
                // It may take its time, and the thread is no worse for it.
                let _busy = self.stream.busy();
                handler::run(services, *handler, &grant, &call)
            }
            // Others wait for this thread, so nobody waits here for a change.
            Handler::Poll(_) => handler::poll(services, &grant, raw, context, now, Expired::Yes)
                .unwrap_or_else(|| Answer::internal(&call)),
            Handler::Lines(_) => Answer::internal(&call),
        })
    }

    /// Reads a whole body; `rest` is what came of it with the head.
    fn body(
        &mut self,
        rule: &BodyRule,
        mut decoder: Decoder,
        expects_continue: bool,
        rest: &[u8],
    ) -> Result<Store, Stop> {
        let mut store = Store::Memory(Vec::new());
        if let BodyRule::Disk { .. } = rule {
            store = Store::File(self.shared.services.incoming().map_err(|_| Refusal::NoRoom)?);
            let longer = self.shared.settings.deadlines.head.saturating_mul(UPLOAD);
            self.stream.due = self.shared.clock.uptime().saturating_add(longer);
        }
        if expects_continue && rest.is_empty() && !decoder.is_done() {
            self.stream.proceed()?;
        }
        let mut failed = false;
        let mut take = |decoder: &mut Decoder, bytes: &[u8]| {
            let taken = decoder.decode(bytes, &mut |piece| failed |= store.take(piece).is_err());
            taken.map_err(Refusal::Wire)
        };
        take(&mut decoder, rest)?;
        let mut piece = vec![0; PIECE];
        while !decoder.is_done() {
            let count = self.stream.read(&mut piece)?;
            take(&mut decoder, piece.get(..count).unwrap_or_default())?;
        }
        if failed { Err(Refusal::NoRoom.into()) } else { Ok(store) }
    }

    /// Records, and sends what the receipt seals.
    fn send(mut self, context: &Context, answer: Answer) {
        let shared = self.shared;
        let time = shared.clock.stamp();
        let bytes = render::answer(context, &answer, &HttpDate::from(time.seconds()));
        let Answer { record, status, .. } = answer;
        let mut details = record.details;
        details.push(("status", Value::from(u64::from(status.code()))));
        if let Some(route) = context.route {
            details.push(("route", Value::from(route.path)));
        }
        let roles = self.caller.as_ref().map_or(&[][..], |caller| caller.principal().roles());
        let actor = Actor {
            client: self.peer.client().as_str(),
            subject: "",
            method: crate::authn::Method::Local.as_str(),
            roles,
        };
        let event = Event {
            severity: record.severity,
            outcome: record.outcome,
            actor: Some(actor),
            request_id: Some(context.request_id),
            decision: &record.decision,
            details: &details,
            ..Event::of(context.record_id, time, record.kind, record.action, &record.resource)
        };
        let recorded = shared.recorder.record(&event, Prefixes::from(&shared.audit));
        let Ok(receipt) = recorded else { return self.unrecorded() };
        let metrics = &shared.services.metrics;
        metrics.audit_events.add(record.kind.place(), record.severity.place());
        let Ok(sealed) = Unsealed::new(context.record_id, bytes).seal(receipt) else { return };
        let now = shared.clock.uptime();
        Counted::new(context, status).count(metrics, now);
        self.stream.due = now.saturating_add(shared.settings.deadlines.head);
        if self.stream.send(&sealed).is_ok() {
            self.stream.finish();
        }
    }

    /// Nothing is answered of which there is no record.
    fn unrecorded(self) {
        self.shared.counters.unrecorded.one();
    }
}

/// A body that is whole.
enum Store {
    None,
    Memory(Vec<u8>),
    File(File),
}

impl Store {
    fn take(&mut self, piece: &[u8]) -> std::io::Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Memory(body) => {
                body.extend_from_slice(piece);
                Ok(())
            }
            Self::File(file) => file.write_all(piece),
        }
    }

    fn body(&self) -> Body<'_> {
        match self {
            Self::None => Body::None,
            Self::Memory(bytes) => Body::Memory(bytes),
            Self::File(file) => Body::File(file),
        }
    }
}
