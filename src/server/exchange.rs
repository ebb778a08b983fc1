//! One request, from its head to the answer that waits for its record.
//!
//! The steps come in one order: who is it, which route, may it, may it bring this body, do it, record it. Every early
//! exit takes the last step too.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::api::{Answer, Body, BodyRule, Expired, Handler, Parameters, Record, Route, Work};
use crate::authz::Grant;
use crate::identity::Uuid;
use crate::limit::Reading;
use crate::metrics::Metrics;
use crate::wire::Status;
use crate::wire::error::WireError;
use crate::wire::head::Head;
use crate::wire::request::{BodyKind, Method};
use crate::wire::trace::TraceId;

use super::admission::{Admitted, admit};
use super::answer::Piece;
use super::blocking::Job;
use super::handler;
use super::identity::Identity;
use super::refusal::Refusal;
use super::round::Round;
use super::sealed::Unsealed;
use super::slots::SlotId;
use super::stream::Stream;
use super::upload::{Store, Upload};

/// What is known of a request from its head on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub(super) request_id: Uuid,
    /// The id of the record that the answer waits for.
    pub(super) record_id: Uuid,
    /// Whether the client lets another request follow.
    pub(super) keep_alive: bool,
    /// Whether the answer has no body, whatever its head says of one.
    pub(super) is_head: bool,
    /// Where the request comes from; none where that is no network.
    pub(super) address: Option<IpAddr>,
    pub(super) route: Option<&'static Route>,
    /// SHA-256 of the client's certificate, where it has one.
    pub(super) certificate: Option<[u8; 32]>,
    /// How the caller stands with the limit that was asked last.
    pub(super) reading: Option<Reading>,
    /// The trace that the client says the request is part of.
    pub(super) trace: Option<TraceId>,
    /// When its head was whole, since the service began.
    pub(super) began: Duration,
}

/// An answer, for the counts of requests: taken note of once it may leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    route: Option<&'static Route>,
    status: Status,
    began: Duration,
}

impl Counted {
    pub(super) fn new(context: &Context, status: Status) -> Self {
        Self { route: context.route, status, began: context.began }
    }

    pub(super) fn count(&self, metrics: &Metrics, now: Duration) {
        let took = now.saturating_sub(self.began).as_micros();
        let route = self.route.and_then(Route::place);
        metrics.request(route, self.status.code(), u64::try_from(took).unwrap_or(u64::MAX));
    }
}

/// What a connection is to do next.
#[derive(Debug)]
pub(super) enum Step {
    /// Read a body to its end.
    Body(Box<Upload>),
    /// Read lines.
    Lines(Box<Stream>),
    /// Wait for the blocking pool.
    Work(Option<Box<Stream>>),
    /// Wait for the service to change.
    Park(Box<Parked>),
    /// Wait for the record; what is then to be counted, if this is an answer's end.
    Record(Unsealed, Next, Option<Counted>),
    /// End: nothing can be answered, since nothing can be recorded.
    Close,
}

/// What follows an answer.
#[derive(Debug)]
pub(super) enum Next {
    /// Another request.
    Request,
    /// More lines of this one.
    Lines(Box<Stream>),
    /// The end of the connection.
    Close,
}

/// A request whose handler waits for the service to change.
#[derive(Debug)]
pub(super) struct Parked {
    context: Context,
    head: Vec<u8>,
    grant: Grant,
    pub(super) until: Duration,
}

/// What the blocking pool made of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The answer.
    Answer(Context, Box<Answer>),
    /// One line for each of a group, and what is to be recorded of it.
    Lines { grant: Grant, text: Vec<u8>, records: Vec<(Uuid, Record)> },
}

/// How long a handler may wait for a change.
const PARKED: Duration = Duration::from_secs(30);

/// One connection's turn with a request.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) round: &'a mut Round,
    pub(super) id: SlotId,
    pub(super) peer: SocketAddr,
    pub(super) identity: &'a mut Identity,
}

impl Exchange<'_> {
    /// The head of a request is whole; `raw` are its bytes.
    pub(super) fn begin(&mut self, head: &Head<'_>, raw: &[u8]) -> Step {
        let Some(mut context) = self.context(head.keep_alive) else { return Step::Close };
        context.is_head = head.method == Method::Head;
        context.trace = TraceId::of(&head.headers);
        match admit(self.round, self.identity, self.peer.ip(), head, &mut context) {
            Err(refusal) => {
                // Where the body of what is refused would be in the way of the next request, there is none.
                let bare = matches!(head.body, BodyKind::None | BodyKind::Length(0));
                context.keep_alive &= bare;
                self.refuse(&context, &refusal)
            }
            Ok(Admitted { route, parameters, grant, decoder: None }) => {
                self.without_body(context, route, parameters, grant, head, raw)
            }
            Ok(Admitted { route, grant, decoder: Some(decoder), .. }) => match &route.body {
                BodyRule::Lines { line_most, .. } => {
                    let asks = head.expect_continue;
                    let stream = Stream::new(context, grant, raw, decoder, *line_most, asks);
                    Step::Lines(Box::new(stream))
                }
                BodyRule::Disk { most, .. } => match self.round.shared.services.incoming() {
                    Ok(file) => {
                        self.upload(context, grant, head, raw, Store::File(file), decoder, *most)
                    }
                    Err(_) => self.refuse(&context, &Refusal::NoRoom),
                },
                BodyRule::Memory { most, .. } => self.upload(
                    context,
                    grant,
                    head,
                    raw,
                    Store::Memory(Vec::new()),
                    decoder,
                    *most,
                ),
                BodyRule::None => self.refuse(&context, &Refusal::UnwantedBody),
            },
        }
    }

    /// Identifiers for a request. None where there are none to be had, or nothing can be recorded.
    fn context(&self, keep_alive: bool) -> Option<Context> {
        if !self.round.shared.recorder.healthy() {
            self.round.shared.counters.unrecorded.one();
            return None;
        }
        Some(Context {
            request_id: self.round.uuid().ok()?,
            record_id: self.round.uuid().ok()?,
            keep_alive: keep_alive && !self.round.shared.draining.is_set(),
            is_head: false,
            address: Some(self.peer.ip().to_canonical()),
            route: None,
            certificate: self.identity.certificate(),
            reading: None,
            trace: None,
            began: self.round.now,
        })
    }

    fn without_body(
        &mut self,
        context: Context,
        route: &'static Route,
        parameters: Parameters<'_>,
        grant: Grant,
        head: &Head<'_>,
        raw: &[u8],
    ) -> Step {
        match (&route.handler, route.work) {
            (Handler::Call(handler), Work::Inline) => {
                let call = handler::call(head, parameters, Body::None, &context, self.round.wall());
                let answer = handler::run(&self.round.shared.services, *handler, &grant, &call);
                self.answer(&context, answer)
            }
            (Handler::Call(_), Work::Blocking) => {
                let upload = Upload::empty(context, grant, raw);
                self.give_upload(upload)
            }
            (Handler::Poll(_), _) => {
                let until = self.round.now.saturating_add(PARKED);
                let parked = Parked { context, head: raw.to_vec(), grant, until };
                self.ask(Box::new(parked), Expired::No)
            }
            (Handler::Lines(_), _) => self.refuse(&context, &Refusal::NoBody),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one request")]
    fn upload(
        &mut self,
        context: Context,
        grant: Grant,
        head: &Head<'_>,
        raw: &[u8],
        store: Store,
        decoder: crate::wire::body::Decoder,
        most: u64,
    ) -> Step {
        let asks = head.expect_continue;
        let upload = Upload::new(context, grant, raw, store, decoder, most, asks);
        if upload.is_whole() { self.whole(upload) } else { Step::Body(Box::new(upload)) }
    }

    /// The body of a request is whole.
    pub(super) fn whole(&mut self, upload: Upload) -> Step {
        if upload.failure().is_some() {
            return self.refuse(&upload.context, &Refusal::NoRoom);
        }
        match upload.context.route.map(|route| route.work) {
            Some(Work::Inline) => {
                let context = upload.context;
                let answer =
                    handler::whole(&self.round.shared.services, &upload, self.round.wall());
                self.answer(&context, answer)
            }
            Some(Work::Blocking) => self.give_upload(upload),
            None => Step::Close,
        }
    }

    fn give_upload(&mut self, upload: Upload) -> Step {
        let context = upload.context;
        let services = Arc::clone(&self.round.shared.services);
        let now = self.round.wall();
        let work =
            move || Outcome::Answer(context, Box::new(handler::whole(&services, &upload, now)));
        self.give(&context, Box::new(work), None)
    }

    fn give(
        &mut self,
        context: &Context,
        work: Box<dyn FnOnce() -> Outcome + Send>,
        stream: Option<Box<Stream>>,
    ) -> Step {
        let job = Job { to: Arc::clone(&self.round.inbox), slot: self.id, work };
        match self.round.jobs.give(job) {
            Ok(()) => Step::Work(stream),
            Err(_) if stream.is_some_and(|stream| stream.has_answered()) => Step::Close,
            Err(_) => self.refuse(context, &Refusal::Busy),
        }
    }

    /// Lines of a stream are there, or its end is.
    pub(super) fn lines(&mut self, mut stream: Box<Stream>) -> Step {
        if !self.round.shared.recorder.healthy() {
            return Step::Close;
        }
        let context = stream.context;
        let Some(group) = stream.next_group() else { return self.piece(stream, Piece::End) };
        let Some(grant) = stream.grant.take() else { return Step::Close };
        let ids: Result<Vec<Uuid>, _> = (0..group.lines).map(|_| self.round.uuid()).collect();
        let Ok(ids) = ids else { return Step::Close };
        let services = Arc::clone(&self.round.shared.services);
        let head = stream.head.clone();
        let now = self.round.wall();
        let work = move || handler::lines(&services, grant, &context, &head, &group, &ids, now);
        self.give(&context, Box::new(work), Some(stream))
    }

    /// The pool is done with the request.
    pub(super) fn done(&mut self, outcome: Outcome, stream: Option<Box<Stream>>) -> Step {
        match (outcome, stream) {
            (Outcome::Answer(context, answer), _) => self.answer(&context, *answer),
            (Outcome::Lines { grant, text, records }, Some(mut stream)) => {
                stream.grant = Some(grant);
                self.piece(stream, Piece::Lines(text, records))
            }
            (Outcome::Lines { .. }, None) => Step::Close,
        }
    }

    /// Asks a handler that waits for a change.
    pub(super) fn ask(&mut self, parked: Box<Parked>, expired: Expired) -> Step {
        let context = parked.context;
        let services = &self.round.shared.services;
        match handler::poll(
            services,
            &parked.grant,
            &parked.head,
            &context,
            self.round.wall(),
            expired,
        ) {
            Some(answer) => self.answer(&context, answer),
            None => Step::Park(parked),
        }
    }

    /// The bytes are no request.
    pub(super) fn refuse_bytes(&mut self, error: WireError) -> Step {
        match self.context(false) {
            Some(context) => self.refuse(&context, &Refusal::Wire(error)),
            None => Step::Close,
        }
    }

    /// The request does not come to an end.
    pub(super) fn too_slow(&mut self) -> Step {
        match self.context(false) {
            Some(context) => self.refuse(&context, &Refusal::TooSlow),
            None => Step::Close,
        }
    }
}
