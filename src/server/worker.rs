//! One epoll worker: it owns its connections, advances each as far as the bytes allow, and never blocks.
//!
//! A round: wait; take in what others have; advance what is ready; hand over the records of all that, together. The
//! batch grows with the load and is one record when there is none.

use std::sync::Arc;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use std::os::fd::OwnedFd;

use crate::api::Expired;
use crate::audit::Delivered;
use crate::metrics::labels::ConnectionState;

use super::blocking::{Done, Jobs};
use super::census::{Busy, Census};
use super::inbox::{Inbox, Mail};
use super::listener::Accepted;
use super::round::Round;
use super::session::{Session, Turn};
use super::shared::Shared;
use super::slots::{SlotId, Slots};

/// Events taken from the kernel at a time.
const EVENTS: usize = 64;

/// How often deadlines are looked at.
const SWEEP: Duration = Duration::from_millis(100);

/// The event of the inbox; no slot has this number.
const INBOX: u64 = u64::MAX;

/// A connection in its slot. Until its first byte it is its socket and its place, and nothing else.
#[derive(Debug)]
enum Held {
    Silent(Accepted),
    Open(Box<Session>),
}

/// The worker.
#[derive(Debug)]
pub struct Worker {
    set: OwnedFd,
    slots: Slots<Held>,
    round: Round,
    mail: Mail,
    /// Connections that had to let others go first.
    again: Vec<u32>,
    /// The state of trust that parked handlers last saw.
    trust_generation: u64,
    swept: Duration,
    census: Census,
}

impl Worker {
    /// Worker number `port`, with its inbox.
    ///
    /// # Errors
    ///
    /// Where the kernel gives no epoll set.
    pub(super) fn new(
        shared: Arc<Shared>,
        inbox: Arc<Inbox>,
        jobs: Jobs,
        port: u16,
    ) -> Result<Self, Errno> {
        let set = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&set, &*inbox, epoll::EventData::new_u64(INBOX), epoll::EventFlags::IN)?;
        let trust_generation = shared.services.trust_generation();
        Ok(Self {
            set,
            slots: Slots::new(),
            round: Round::new(shared, inbox, jobs, port),
            mail: Mail::default(),
            again: Vec::new(),
            trust_generation,
            swept: Duration::ZERO,
            census: Census::default(),
        })
    }

    /// Works until `stop` says so; the body of a `worker-N` thread. `beat` is called once a round.
    pub fn run(mut self, stop: impl Fn() -> bool, beat: impl Fn()) {
        let mut events: Vec<epoll::Event> = Vec::with_capacity(EVENTS);
        let look = Timespec { tv_sec: 0, tv_nsec: SWEEP.subsec_nanos().into() };
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        while !stop() {
            beat();
            events.clear();
            let wait = if self.again.is_empty() { &look } else { &at_once };
            // A signal is no reason to stop; everything else that can fail here would be a mistake of ours, and the
            // sweep below still goes on.
            let _ = epoll::wait(&self.set, spare_capacity(&mut events), Some(wait));
            let shared = Arc::clone(&self.round.shared);
            let _busy = Busy::begin(&shared.services.metrics.workers_busy);
            self.round.begin();
            if events.iter().any(|event| event.data.u64() == INBOX) {
                self.open_mail();
            }
            for event in &events {
                if let Ok(number) = u32::try_from(event.data.u64()) {
                    self.ready(number);
                }
            }
            for number in std::mem::take(&mut self.again) {
                self.advance(number);
            }
            if self.round.now.saturating_sub(self.swept) >= SWEEP {
                self.sweep();
            }
            self.hand_over();
        }
        self.end();
    }

    /// Receipts first: they let clients go.
    fn open_mail(&mut self) {
        let mut mail = std::mem::take(&mut self.mail);
        let inbox = Arc::clone(&self.round.inbox);
        inbox.take(&mut mail);
        for delivered in mail.delivered.drain(..) {
            self.delivered(delivered);
        }
        for done in mail.done.drain(..) {
            self.done(done);
        }
        for accepted in mail.accepted.drain(..) {
            self.accepted(accepted);
        }
        self.mail = mail;
    }

    fn delivered(&mut self, delivered: Delivered) {
        match delivered {
            Delivered::Receipt(receipt) => {
                let ticket = receipt.ticket();
                let id = SlotId { number: ticket.slot, generation: ticket.generation };
                let Some(Held::Open(session)) = self.slots.same(id) else { return };
                if session.receipt(&self.round, receipt) {
                    self.advance(id.number);
                } else {
                    self.close(id.number);
                }
            }
            Delivered::Refused(ticket) => {
                let id = SlotId { number: ticket.slot, generation: ticket.generation };
                if self.slots.same(id).is_some() {
                    self.round.shared.counters.unrecorded.one();
                    self.close(id.number);
                }
            }
        }
    }

    fn done(&mut self, done: Done) {
        let Some(Held::Open(session)) = self.slots.same(done.slot) else { return };
        session.done(&mut self.round, done.slot, done.outcome);
        self.advance(done.slot.number);
    }

    fn accepted(&mut self, mut accepted: Accepted) {
        let due = self.round.now.saturating_add(self.round.shared.settings.deadlines.handshake);
        accepted.due = due;
        let Some(id) = self.slots.insert(Held::Silent(accepted)) else { return };
        self.slots.due(id.number, due);
        let Some((_, Held::Silent(held))) = self.slots.get(id.number) else { return };
        // Only what comes in: asking for room to write would bring an event at once, and cost the silent their TLS.
        let flags = epoll::EventFlags::IN | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
        let data = epoll::EventData::new_u64(u64::from(id.number));
        if epoll::add(&self.set, &held.socket, data, flags).is_err() {
            self.slots.remove(id.number);
        }
    }

    /// The kernel says that something happened to a connection.
    fn ready(&mut self, number: u32) {
        let round = &self.round;
        // The first byte, or the end without one, makes the TLS.
        let there = self.slots.turn_into(number, |held| match held {
            Held::Silent(accepted) => {
                Session::new(accepted, round).map(|session| Held::Open(Box::new(session)))
            }
            Held::Open(mut session) => {
                session.readable();
                Some(Held::Open(session))
            }
        });
        if there {
            self.advance(number);
        }
    }

    fn advance(&mut self, number: u32) {
        let Some((id, Held::Open(session))) = self.slots.get(number) else { return };
        let turn = session.advance(&mut self.round, id);
        self.turn(number, turn);
    }

    fn turn(&mut self, number: u32, turn: Turn) {
        let Some((_, Held::Open(session))) = self.slots.get(number) else { return };
        let due = session.due;
        match turn {
            Turn::Close => return self.close(number),
            Turn::Again => self.again.push(number),
            Turn::Blocked => {
                // Edge-triggered: asking raises the edge again if there is room by now.
                let flags = epoll::EventFlags::IN
                    | epoll::EventFlags::OUT
                    | epoll::EventFlags::RDHUP
                    | epoll::EventFlags::ET;
                let data = epoll::EventData::new_u64(u64::from(number));
                if epoll::modify(&self.set, session.socket(), data, flags).is_err() {
                    return self.close(number);
                }
            }
            Turn::Wait => {}
        }
        self.slots.due(number, due);
    }

    /// Closing the socket takes it out of the set.
    fn close(&mut self, number: u32) {
        self.slots.remove(number);
    }

    fn sweep(&mut self) {
        self.swept = self.round.now;
        let mut numbers = Vec::new();
        self.slots.overdue(self.round.now, &mut numbers);
        for number in numbers.drain(..) {
            match self.slots.get(number) {
                Some((id, Held::Open(session))) => {
                    let turn = session.overdue(&mut self.round, id);
                    self.turn(number, turn);
                    self.advance(number);
                }
                Some((_, Held::Silent(_))) => {
                    self.round.shared.counters.slow_handshake.one();
                    self.close(number);
                }
                None => {}
            }
        }
        if self.census.is_due(self.round.now) {
            let states = self.slots.all().map(|held| match held {
                Held::Silent(_) => ConnectionState::Silent,
                Held::Open(session) => session.state(),
            });
            self.census.take(states, &self.round.shared.services.metrics, self.round.now);
        }
        let generation = self.round.shared.services.trust_generation();
        let changed = generation != std::mem::replace(&mut self.trust_generation, generation);
        if changed || self.round.shared.draining.is_set() {
            self.slots.numbers(&mut numbers);
            for number in numbers {
                self.look_again(number);
            }
        }
    }

    /// What the service's state means for a connection: a handler that waits is asked, an idle one ends on the drain.
    fn look_again(&mut self, number: u32) {
        let draining = self.round.shared.draining.is_set();
        match self.slots.get(number) {
            Some((id, Held::Open(session))) => {
                if session.is_parked() {
                    let expired = if draining { Expired::Yes } else { Expired::No };
                    session.ask_again(&mut self.round, id, expired);
                }
                self.advance(number);
            }
            Some((_, Held::Silent(_))) if draining => self.close(number),
            Some((_, Held::Silent(_))) | None => {}
        }
    }

    fn hand_over(&mut self) {
        if self.round.batch.is_empty() {
            return;
        }
        if self.round.shared.recorder.submit(&mut self.round.batch).is_err() {
            let refused: Vec<_> = self.round.batch.tickets().collect();
            self.round.batch.clear();
            for ticket in refused {
                self.delivered(Delivered::Refused(ticket));
            }
        }
    }

    /// The service stops: what is recorded by now still goes out, and each client is told that this is the end.
    fn end(&mut self) {
        self.round.begin();
        self.open_mail();
        let mut numbers = Vec::new();
        self.slots.numbers(&mut numbers);
        for number in numbers {
            if let Some((_, Held::Open(session))) = self.slots.get(number) {
                session.stop();
            }
            self.close(number);
        }
    }
}
