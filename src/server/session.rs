//! One connection after its first byte: handshake, head, body, answer, and again.
//!
//! [`Session::advance`] goes as far as the bytes allow and lets go. Each phase has an absolute deadline, set when the
//! phase begins and never moved by a byte in time. One request at a time: bytes behind it wait.

mod phases;

use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use crate::api::Expired;
use crate::limit::Place;
use crate::metrics::labels::ConnectionState;
use crate::wire::error::WireError;
use crate::wire::head;

use super::channel::{Channel, Filled, Flushed};
use super::exchange::{Counted, Exchange, Next, Outcome, Parked};
use super::identity::Identity;
use super::listener::Accepted;
use super::refusal;
use super::round::Round;
use super::sealed::Unsealed;
use super::slots::SlotId;
use super::stream::Stream;
use super::upload::Upload;

/// Reads of the socket before others have their turn.
const READS_A_TURN: u32 = 16;

/// A connection.
#[derive(Debug)]
pub(super) struct Session {
    channel: Channel,
    pub(super) peer: SocketAddr,
    identity: Box<Identity>,
    phase: Phase,
    /// Plaintext that is not taken yet: a part of a head, or what came behind the request in flight.
    input: Vec<u8>,
    /// Whether `input` was looked at and is no whole head.
    partial: bool,
    /// When the phase must be over, since the service began.
    pub(super) due: Duration,
    _place: Place,
}

/// Where a connection is.
#[derive(Debug)]
enum Phase {
    Handshake,
    /// Between requests, or in a head.
    Head,
    /// In a body that is taken whole.
    Body(Box<Upload>),
    /// In a body that is answered line by line.
    Lines(Box<Stream>),
    /// A handler has it, in the blocking pool.
    Working(Option<Box<Stream>>),
    /// A handler waits for the service to change.
    Parked(Box<Parked>),
    /// The answer waits for its record.
    Recording(Unsealed, Next, Option<Counted>),
    /// The answer is on its way out.
    Sending(Next),
    /// The last answer is out; so many bytes more are read and forgotten.
    Lingering(usize),
}

/// What the worker is to do with a connection next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Turn {
    /// Come back when something happens.
    Wait,
    /// Come back when the client takes more.
    Blocked,
    /// Come back after the others.
    Again,
    /// End it.
    Close,
}

impl Session {
    /// A connection whose first bytes are there. None where TLS cannot begin.
    pub(super) fn new(accepted: Accepted, round: &Round) -> Option<Self> {
        let Accepted { socket, peer, place, due } = accepted;
        let tls = round.access.acceptor.accept().ok()?;
        Some(Self {
            channel: Channel::new(socket, tls),
            peer,
            identity: Box::default(),
            phase: Phase::Handshake,
            input: Vec::new(),
            partial: false,
            due,
            _place: place,
        })
    }

    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.channel.socket()
    }

    /// Takes note that the socket may have bytes.
    pub(super) fn readable(&mut self) {
        self.channel.readable = true;
    }

    /// Goes as far as the bytes allow.
    pub(super) fn advance(&mut self, round: &mut Round, id: SlotId) -> Turn {
        let mut reads = READS_A_TURN;
        loop {
            match self.channel.flush() {
                Ok(Flushed::Done) => {}
                Ok(Flushed::Blocked) => return Turn::Blocked,
                Err(_) => return Turn::Close,
            }
            match &mut self.phase {
                Phase::Sending(_) => {
                    self.sent(round);
                    continue;
                }
                Phase::Working(_) | Phase::Parked(_) | Phase::Recording(..) => return Turn::Wait,
                Phase::Lingering(left) => {
                    let done = self.channel.discard(&mut round.plaintext, left);
                    return if done { Turn::Close } else { Turn::Wait };
                }
                Phase::Handshake | Phase::Head | Phase::Body(_) | Phase::Lines(_) => {}
            }
            if matches!(&self.phase, Phase::Lines(stream) if stream.wants_its_turn()) {
                self.group(round, id);
                continue;
            }
            if self.resume(round, id) {
                continue;
            }
            if !self.channel.readable {
                if self.group(round, id) {
                    continue;
                }
                return self.rest(round);
            }
            let Some(left) = reads.checked_sub(1) else { return Turn::Again };
            reads = left;
            if let Some(turn) = self.fill(round, id) {
                return turn;
            }
        }
    }

    /// What to do where nothing more can be done: a service on its way to the end waits for no new request.
    fn rest(&self, round: &Round) -> Turn {
        let idle = matches!(self.phase, Phase::Head) && self.input.is_empty();
        if idle && round.shared.draining.is_set() { Turn::Close } else { Turn::Wait }
    }

    /// Reads once. Some turn where that ends this one.
    fn fill(&mut self, round: &mut Round, id: SlotId) -> Option<Turn> {
        let count = match self.channel.fill() {
            Filled::Nothing => return None,
            Filled::Plaintext(count) => count,
            Filled::Closed | Filled::Cut => {
                if matches!(self.phase, Phase::Handshake) {
                    round.shared.counters.cut.one();
                    refusal::failed_handshake(round);
                }
                return Some(Turn::Close);
            }
            Filled::Broken(error) => {
                refusal::broken(round, self.peer, &error, matches!(self.phase, Phase::Handshake));
                return Some(Turn::Close);
            }
        };
        if matches!(self.phase, Phase::Handshake) && !self.channel.tls().is_handshaking() {
            // Plaintext may have come with the client's last flight: who it is must be known first.
            if !self.identity.establish(self.channel.tls(), round, self.peer) {
                let _ = self.channel.flush();
                self.channel.finish();
                return Some(Turn::Close);
            }
            self.phase = Phase::Head;
            self.due = round.now.saturating_add(round.shared.settings.deadlines.idle);
        }
        if count > 0 && !self.receive(round, id, count) {
            return Some(Turn::Close);
        }
        None
    }

    /// Takes `count` bytes of plaintext out of TLS and as much of them as the phase allows.
    fn receive(&mut self, round: &mut Round, id: SlotId, count: usize) -> bool {
        if !self.input.is_empty() {
            self.partial = false;
            return self.channel.read(count, &mut self.input).is_ok();
        }
        // The common case is a whole request in one record: it is read where it lies, and nothing is kept.
        let mut bytes = std::mem::take(&mut round.plaintext);
        bytes.clear();
        let read = self.channel.read(count, &mut bytes).is_ok();
        if read {
            let used = self.take(round, id, &bytes);
            self.input.extend_from_slice(bytes.get(used..).unwrap_or_default());
        }
        round.plaintext = bytes;
        read
    }

    /// Goes on with bytes that came before. Whether that got anywhere.
    fn resume(&mut self, round: &mut Round, id: SlotId) -> bool {
        if self.input.is_empty() || self.partial {
            return false;
        }
        let mut bytes = std::mem::take(&mut self.input);
        let used = self.take(round, id, &bytes);
        bytes.drain(..used.min(bytes.len()));
        // An idle connection keeps no buffer.
        self.input = if bytes.is_empty() { Vec::new() } else { bytes };
        used > 0
    }

    /// Takes from the front of `bytes` what the phases from here on want. How much that was.
    fn take(&mut self, round: &mut Round, id: SlotId, bytes: &[u8]) -> usize {
        let mut used = 0_usize;
        loop {
            let rest = bytes.get(used..).unwrap_or_default();
            if rest.is_empty() {
                return used;
            }
            let taken = match &mut self.phase {
                Phase::Head => match head::parse(rest, &round.limits) {
                    Ok(Some((head, length))) => {
                        let raw = rest.get(..length).unwrap_or_default();
                        let mut exchange =
                            Exchange { round, id, peer: self.peer, identity: &mut self.identity };
                        let step = exchange.begin(&head, raw);
                        self.step(round, step);
                        Some(length)
                    }
                    Ok(None) => {
                        self.head_began(round);
                        None
                    }
                    Err(error) => {
                        self.refuse(round, id, error);
                        None
                    }
                },
                Phase::Body(upload) => match upload.take(rest) {
                    Ok(progress) => {
                        if progress.done {
                            self.whole(round, id);
                        }
                        Some(progress.used)
                    }
                    Err(error) => {
                        self.refuse(round, id, error);
                        None
                    }
                },
                Phase::Lines(stream) => match stream.take(rest) {
                    Ok(taken) => {
                        if stream.wants_its_turn() {
                            self.group(round, id);
                        }
                        Some(taken)
                    }
                    Err(error) => {
                        self.refuse(round, id, error);
                        None
                    }
                },
                Phase::Handshake
                | Phase::Working(_)
                | Phase::Parked(_)
                | Phase::Recording(..)
                | Phase::Sending(_)
                | Phase::Lingering(_) => None,
            };
            match taken {
                Some(taken) => used = used.saturating_add(taken),
                None => return used,
            }
        }
    }

    /// Part of a head is there. The first byte starts its clock; further ones do not move it.
    fn head_began(&mut self, round: &Round) {
        if self.input.is_empty() && !self.partial {
            self.due = round.now.saturating_add(round.shared.settings.deadlines.head);
        }
        self.partial = true;
    }

    fn refuse(&mut self, round: &mut Round, id: SlotId, error: WireError) {
        if let Phase::Lines(stream) = &self.phase
            && stream.has_answered()
        {
            // Half an answer is out: all that is left is not to end it well.
            self.finish(round);
            return;
        }
        let step = self.exchange(round, id).refuse_bytes(error);
        self.step(round, step);
    }

    /// The body is whole.
    fn whole(&mut self, round: &mut Round, id: SlotId) {
        if let Phase::Body(upload) = std::mem::replace(&mut self.phase, Phase::Head) {
            let step = self.exchange(round, id).whole(*upload);
            self.step(round, step);
        }
    }

    /// Gives the lines that are there to the pool. Whether there were any.
    fn group(&mut self, round: &mut Round, id: SlotId) -> bool {
        let Phase::Lines(stream) = &mut self.phase else { return false };
        if !stream.has_work() {
            return false;
        }
        if let Phase::Lines(stream) = std::mem::replace(&mut self.phase, Phase::Head) {
            let step = self.exchange(round, id).lines(stream);
            self.step(round, step);
        }
        true
    }

    /// What the pool made of the request.
    pub(super) fn done(&mut self, round: &mut Round, id: SlotId, outcome: Outcome) {
        if let Phase::Working(stream) = std::mem::replace(&mut self.phase, Phase::Head) {
            let step = self.exchange(round, id).done(outcome, stream);
            self.step(round, step);
        }
    }

    /// Asks a handler that waits for a change once more.
    pub(super) fn ask_again(&mut self, round: &mut Round, id: SlotId, expired: Expired) {
        if let Phase::Parked(parked) = std::mem::replace(&mut self.phase, Phase::Head) {
            let step = self.exchange(round, id).ask(parked, expired);
            self.step(round, step);
        }
    }

    /// Whether a handler of this connection waits for a change.
    pub(super) fn is_parked(&self) -> bool {
        matches!(self.phase, Phase::Parked(_))
    }

    /// What the connection does, for the counts.
    pub(super) fn state(&self) -> ConnectionState {
        match &self.phase {
            Phase::Handshake => ConnectionState::Handshake,
            Phase::Head if self.input.is_empty() => ConnectionState::Idle,
            Phase::Lingering(_) => ConnectionState::Closing,
            _ => ConnectionState::Active,
        }
    }

    fn exchange<'a>(&'a mut self, round: &'a mut Round, id: SlotId) -> Exchange<'a> {
        Exchange { round, id, peer: self.peer, identity: &mut self.identity }
    }
}
