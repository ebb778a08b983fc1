//! Once a minute: what strangers were turned away for, in one record; what API keys were used for; and the spool's next
//! segment.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::audit::event::{Pair, Value};
use crate::audit::spool::Preparer;
use crate::runtime::supervisor::Life;
use crate::server::{Shared, Turned};

use super::journal::Journal;
use super::keys::KeyKeeper;

const MINUTE: Duration = Duration::from_secs(60);

/// How often the next segment is looked for: a full one must not be waited for.
const SEGMENT: Duration = Duration::from_millis(200);

/// The thread's own.
#[derive(Debug)]
pub(super) struct Minute {
    shared: Arc<Shared>,
    journal: Journal,
    turned: Arc<Turned>,
    preparer: Preparer,
}

/// Names of the counts, as the record has them.
const NAMES: [&str; 12] = [
    "at_cap",
    "at_cap_of_address",
    "at_limit_of_address",
    "no_descriptor",
    "not_tls",
    "certificate_refused",
    "handshake_cut",
    "handshake_slow",
    "request_slow",
    "answer_not_taken",
    "refusals_suppressed",
    "answers_unrecorded",
];

impl Minute {
    pub(super) fn new(
        shared: Arc<Shared>,
        journal: Journal,
        turned: Arc<Turned>,
        preparer: Preparer,
    ) -> Self {
        Self { shared, journal, turned, preparer }
    }

    pub(super) fn run(&self, life: &Life) {
        let mut before = self.counts();
        let mut summed = self.shared.clock.uptime();
        let mut could = true;
        let mut keys = KeyKeeper::of(&self.shared, &self.journal);
        if let Some(keys) = &mut keys {
            keys.look(self.shared.clock.wall(), summed, false);
        }
        loop {
            life.pulse.beat();
            let prepared = self.preparer.prepare_next();
            if let (Err(error), true) = (&prepared, could) {
                log::error!(target: "audit", "the next segment of the spool cannot be prepared: {error}");
            }
            could = prepared.is_ok();
            self.shared.services.clock_is_past(self.shared.clock.wall());
            let stop = life.stop.wait(SEGMENT);
            let now = self.shared.clock.uptime();
            if stop || now.saturating_sub(summed) >= MINUTE {
                summed = now;
                self.sum_up(&mut before);
                if let Some(keys) = &mut keys {
                    keys.look(self.shared.clock.wall(), now, stop);
                }
            }
            if stop {
                return;
            }
        }
    }

    fn counts(&self) -> [u64; NAMES.len()] {
        let counters = &self.shared.counters;
        [
            self.turned.all.load(Ordering::Relaxed),
            self.turned.address.load(Ordering::Relaxed),
            self.turned.rate.load(Ordering::Relaxed),
            self.turned.exhausted.load(Ordering::Relaxed),
            counters.not_tls.get(),
            counters.certificate.get(),
            counters.cut.get(),
            counters.slow_handshake.get(),
            counters.slow_request.get(),
            counters.slow_answer.get(),
            counters.suppressed.get(),
            counters.unrecorded.get(),
        ]
    }

    /// One record for all that happened since the last one; none where nothing did.
    fn sum_up(&self, before: &mut [u64; NAMES.len()]) {
        let now = self.counts();
        let details: Vec<Pair<'static>> = NAMES
            .into_iter()
            .zip(now.iter().zip(before.iter()))
            .map(|(name, (now, before))| (name, now.saturating_sub(*before)))
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| (name, Value::from(count)))
            .collect();
        if details.is_empty() {
            return;
        }
        if self.journal.turned_away(details).is_ok() {
            // What could not be recorded is summed up again.
            *before = now;
        }
    }
}
