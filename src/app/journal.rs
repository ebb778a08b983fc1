//! The daemon's records of itself.

use std::sync::Arc;

use crate::audit::event::{Event, EventType, Outcome, Pair, Prefixes, Severity, Value};
use crate::audit::spool::Torn;
use crate::audit::{AuditSettings, AuditUnavailable, Recorder};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::identity::Uuid;

/// Records what the daemon does without being asked.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    recorder: Recorder,
    prefixes: Prefixes,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Journal {
    pub(super) fn new(
        recorder: Recorder,
        settings: &AuditSettings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { recorder, prefixes: Prefixes::from(settings), clock, entropy }
    }

    /// The start, and what it found.
    pub(super) fn started(&self, torn: Option<&Torn>) -> Result<(), AuditUnavailable> {
        if let Some(torn) = torn {
            log::warn!(target: "audit", "{}: the last write was cut short at byte {}; kept as {}", torn.segment, torn.offset, torn.kept_as);
            let details = [
                ("segment", Value::from(torn.segment.as_str())),
                ("offset", Value::from(torn.offset)),
                ("torn_bytes", Value::from(torn.bytes)),
                ("sha256", Value::from(torn.sha256.as_str())),
                ("kept_as", Value::from(torn.kept_as.as_str())),
            ];
            self.record(
                EventType::Error,
                Severity::High,
                Outcome::Error,
                "repair",
                "audit/spool",
                &details,
            )?;
        }
        let details = [("version", Value::from(env!("CARGO_PKG_VERSION")))];
        self.record(
            EventType::Startup,
            Severity::Medium,
            Outcome::Success,
            "start",
            "daemon",
            &details,
        )
    }

    /// The end, in order.
    pub(super) fn stopped(&self) {
        let stopped = self.record(
            EventType::Shutdown,
            Severity::Medium,
            Outcome::Success,
            "stop",
            "daemon",
            &[],
        );
        if stopped.is_err() {
            log::error!(target: "audit", "the end of the service could not be recorded");
        }
    }

    /// Something, on disk when this returns.
    pub(super) fn record(
        &self,
        kind: EventType,
        severity: Severity,
        outcome: Outcome,
        action: &str,
        resource: &str,
        details: &[Pair<'_>],
    ) -> Result<(), AuditUnavailable> {
        let time = self.clock.stamp();
        let id = Uuid::new(time, &*self.entropy).map_err(|_| AuditUnavailable)?;
        let event =
            Event { severity, outcome, details, ..Event::of(id, time, kind, action, resource) };
        // What the receipt proves is all that matters here.
        self.recorder.record(&event, self.prefixes).map(|_receipt| ())
    }
}
