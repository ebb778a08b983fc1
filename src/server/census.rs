//! How many connections do what, and how many workers are at work: gauges, kept up by each worker.

use std::time::Duration;

use crate::metrics::Metrics;
use crate::metrics::cell::Gauge;
use crate::metrics::labels::ConnectionState;

/// How often a worker counts its connections.
const EVERY: Duration = Duration::from_secs(5);

const STATES: [ConnectionState; 5] = [
    ConnectionState::Silent,
    ConnectionState::Handshake,
    ConnectionState::Idle,
    ConnectionState::Active,
    ConnectionState::Closing,
];

/// A worker's part of the gauges.
#[derive(Debug, Default)]
pub(super) struct Census {
    counted: [i64; STATES.len()],
    next: Duration,
}

impl Census {
    /// Whether it is time to count again.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        now >= self.next
    }

    /// Puts in place of what this worker counted last what it has now.
    pub(super) fn take(
        &mut self,
        states: impl Iterator<Item = ConnectionState>,
        metrics: &Metrics,
        now: Duration,
    ) {
        self.next = now.saturating_add(EVERY);
        let mut counts = [0_i64; STATES.len()];
        for state in states {
            if let Some(count) = counts.get_mut(state.index()) {
                *count = count.saturating_add(1);
            }
        }
        for ((state, now), before) in STATES.into_iter().zip(counts).zip(self.counted) {
            metrics.connections(state, now.saturating_sub(before));
        }
        self.counted = counts;
    }
}

/// A worker at work, as long as this is held.
#[derive(Debug)]
pub(super) struct Busy<'a>(&'a Gauge);

impl<'a> Busy<'a> {
    pub(super) fn begin(gauge: &'a Gauge) -> Self {
        gauge.add(1);
        Self(gauge)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.add(-1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Shape;
    use crate::metrics::process::Process;
    use crate::metrics::text::Page;

    #[test]
    fn the_gauges_hold_what_is_there_now_and_nothing_of_before() {
        let metrics = Metrics::new(&Shape::default());
        let mut census = Census::default();
        let (idle, active) = (ConnectionState::Idle, ConnectionState::Active);
        census.take([idle, idle, active].into_iter(), &metrics, Duration::ZERO);
        assert!(!census.is_due(EVERY / 2) && census.is_due(EVERY));
        census.take([active, active].into_iter(), &metrics, EVERY);
        let mut page = Page::default();
        metrics.write(&mut page, &Process::read());
        let text = String::from_utf8(page.into_bytes()).unwrap();
        assert!(text.contains("server_connections{state=\"idle\"} 0\n"), "{text}");
        assert!(text.contains("server_connections{state=\"active\"} 2\n"), "{text}");
    }

    #[test]
    fn a_worker_is_busy_as_long_as_its_round_lasts() {
        let gauge = Gauge::default();
        {
            let _busy = Busy::begin(&gauge);
            assert_eq!(gauge.get(), 1);
        }
        assert_eq!(gauge.get(), 0);
    }
}
