//! What a worker lends to a connection while it advances it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::audit::event::{Event, EventType, Outcome, Prefixes, Sealing, Severity, Source, Value};
use crate::audit::refusal_budget::Decision;
use crate::audit::{Batch, Ticket};
use crate::clock::{Timestamp, UnixTime};
use crate::entropy::NoEntropy;
use crate::identity::Uuid;
use crate::wire::Limits;
use crate::wire::date::HttpDate;

use super::blocking::Jobs;
use super::inbox::Inbox;
use super::shared::{Access, Shared};
use super::slots::SlotId;

/// One round of a worker: the time it has, what it fills, and where its records and jobs go.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) shared: Arc<Shared>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) jobs: Jobs,
    /// This worker's number among those that receipts go to.
    pub(super) port: u16,
    pub(super) access: Arc<Access>,
    pub(super) access_generation: u64,
    /// What a head may cost. Of bodies, each route has its own bound, and a stream of lines has none.
    pub(super) limits: Limits,
    /// Since the service began.
    pub(super) now: Duration,
    pub(super) stamp: Timestamp,
    pub(super) date: HttpDate,
    /// The records of this round, which are handed over together.
    pub(super) batch: Batch,
    /// Plaintext as it comes out of TLS.
    pub(super) plaintext: Vec<u8>,
}

impl Round {
    pub(super) fn new(shared: Arc<Shared>, inbox: Arc<Inbox>, jobs: Jobs, port: u16) -> Self {
        let (access_generation, access) = shared.access.get();
        let stamp = shared.clock.stamp();
        Self {
            limits: Limits { body_bytes: u64::MAX, ..shared.settings.limits },
            now: shared.clock.uptime(),
            date: HttpDate::from(stamp.seconds()),
            stamp,
            inbox,
            jobs,
            port,
            access,
            access_generation,
            batch: Batch::new(Prefixes::from(&shared.audit)),
            plaintext: Vec::new(),
            shared,
        }
    }

    /// Takes the time, and the state of access if it is another.
    pub(super) fn begin(&mut self) {
        self.now = self.shared.clock.uptime();
        let before = self.stamp.seconds();
        self.stamp = self.shared.clock.stamp();
        if self.stamp.seconds() != before {
            self.date = HttpDate::from(self.stamp.seconds());
        }
        if self.shared.access.generation() != self.access_generation {
            (self.access_generation, self.access) = self.shared.access.get();
        }
    }

    /// The wall clock's time in this round.
    pub(super) fn wall(&self) -> UnixTime {
        self.stamp.seconds()
    }

    /// A new identifier.
    pub(super) fn uuid(&self) -> Result<Uuid, NoEntropy> {
        Uuid::new(self.stamp, &*self.shared.entropy)
    }

    /// Where a receipt for the connection `id` goes.
    pub(super) fn ticket(&self, id: SlotId) -> Ticket {
        Ticket { port: self.port, slot: id.number, generation: id.generation }
    }

    /// Records a handshake that did not come to its end because of the certificate, as far as its source's budget
    /// goes. Nobody waits for this record.
    pub(super) fn record_handshake(&mut self, peer: SocketAddr, rule: &str) {
        let admitted = self.shared.refusals.admit(peer.ip(), HANDSHAKE_BYTES, self.now);
        if matches!(admitted, Decision::Suppress) {
            self.shared.counters.suppressed.one();
            return;
        }
        let Ok(id) = self.uuid() else { return };
        let shared = Arc::clone(&self.shared);
        let key = shared.subjects.of_strangers(self.wall(), &*shared.entropy).ok();
        let address = peer.to_string();
        let fields = [("peer_addr", address.as_str())];
        let event = Event {
            severity: Severity::High,
            outcome: Outcome::Failure,
            source: Some(Source { peer: peer.ip(), client: None }),
            decision: &[("code", Value::from("certificate"))],
            details: &[("rule", Value::from(rule))],
            sealed: key.as_deref().map(|key| Sealing {
                key,
                fields: &fields,
                entropy: &*shared.entropy,
            }),
            ..Event::of(id, self.stamp, EventType::AuthFailure, "handshake", "tls")
        };
        // Without it the connection ends all the same.
        if self.batch.push(Ticket::NOBODY, &event).is_ok() {
            let events = &self.shared.services.metrics.audit_events;
            events.add(event.kind.place(), event.severity.place());
        }
    }
}

/// What the record of a failed handshake costs its source's budget, in bytes.
const HANDSHAKE_BYTES: u32 = 800;
