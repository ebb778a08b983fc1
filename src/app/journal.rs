//! The daemon's records of itself, and of changes before they are made.

use std::sync::Arc;

use crate::api::{self, Record};
use crate::audit::event::{Event, EventType, Outcome, Pair, Prefixes, Severity, Value};
use crate::audit::spool::Torn;
use crate::audit::{AuditSettings, AuditUnavailable, Recorder, stamps};
use crate::authn::api_key::View;
use crate::authn::token::{JwksTaken, KeyChange, KeyEvent, KeyId};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::identity::Uuid;
use crate::metrics::Metrics;
use crate::state::Stamp;

use super::generations::Found;

/// Keys that one record names.
const MOST_NAMED: usize = 32;

/// Records what happens outside of requests. Each record is on disk when the call returns.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    recorder: Recorder,
    prefixes: Prefixes,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Journal {
    pub(super) fn new(
        recorder: Recorder,
        settings: &AuditSettings,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { recorder, prefixes: Prefixes::from(settings), metrics, clock, entropy }
    }

    /// What is not as the trail left it. The files that are there are not listed: this record accepts none of them.
    pub(super) fn put_back(&self, found: &Found) -> Result<(), AuditUnavailable> {
        let said = found.tampered.iter().map(|one| Value::from(one.clone())).collect();
        self.record(&Record {
            severity: Severity::Critical,
            outcome: Outcome::Denied,
            details: vec![
                ("found", Value::List(said)),
                ("name", Value::from(found.name.to_string())),
            ],
            ..of(EventType::TamperDetected, "start", "state")
        })
    }

    /// The start, and what it found.
    pub(super) fn started(
        &self,
        torn: Option<&Torn>,
        found: &Found,
    ) -> Result<(), AuditUnavailable> {
        if let Some(torn) = torn {
            log::warn!(target: "audit", "{}: the last write was cut short at byte {}; kept as {}", torn.segment, torn.offset, torn.kept_as);
            let text = |text: &str| Value::from(text.to_owned());
            let details = vec![
                ("segment", text(&torn.segment)),
                ("offset", Value::from(torn.offset)),
                ("torn_bytes", Value::from(torn.bytes)),
                ("sha256", text(&torn.sha256)),
                ("kept_as", text(&torn.kept_as)),
            ];
            self.record(&Record {
                severity: Severity::High,
                outcome: Outcome::Error,
                details,
                ..of(EventType::Error, "repair", "audit/spool")
            })?;
        }
        for one in &found.noted {
            log::warn!(target: "app", "state/{one}");
            self.record(&Record {
                outcome: Outcome::Error,
                severity: Severity::High,
                details: vec![("found", Value::from(one.clone()))],
                ..of(EventType::Error, "compare", "state")
            })?;
        }
        if let Some(from) = found.changed_from {
            let to = found.snapshot;
            log::warn!(target: "app", "what is trusted was changed while the service did not run: from sha256:{from} to sha256:{to}");
            let name = |snapshot| Value::from(format!("sha256:{snapshot}"));
            self.record(&Record {
                severity: Severity::High,
                details: vec![("from", name(from)), ("to", name(to))],
                ..of(EventType::TrustChanged, "found changed", "snapshot")
            })?;
        }
        let version = ("version", Value::from(env!("CARGO_PKG_VERSION")));
        self.record(&Record {
            details: vec![version, stamps::pair(&found.stamps)],
            ..of(EventType::Startup, "start", "daemon")
        })
    }

    /// The end, in order.
    pub(super) fn stopped(&self) {
        if self.record(&of(EventType::Shutdown, "stop", "daemon")).is_err() {
            log::error!(target: "audit", "the end of the service could not be recorded");
        }
    }

    /// What strangers were turned away for, and how often.
    pub(super) fn turned_away(&self, counts: Vec<Pair<'static>>) -> Result<(), AuditUnavailable> {
        self.record(&Record {
            outcome: Outcome::Denied,
            details: counts,
            ..of(EventType::Suspicious, "turn away", "connections")
        })
    }

    /// That it is on disk now how keys were used; which state of that, is in the stamp.
    pub(super) fn key_uses(&self, stamp: &Stamp) -> Result<(), AuditUnavailable> {
        self.record(&Record {
            severity: Severity::Low,
            details: vec![stamps::pair(std::slice::from_ref(stamp))],
            ..of(EventType::DataModified, "write", "api-key-use")
        })
    }

    /// Keys that should be rotated, oldest first; as many of them are named as one record can take.
    pub(super) fn keys_due(&self, due: &[View]) -> Result<(), AuditUnavailable> {
        let one = |view: &View| {
            Value::Map(vec![
                ("key", Value::from(view.record.id.to_string())),
                ("owner", Value::from(view.record.owner.to_string())),
                ("created", Value::from(view.record.created.to_string())),
                ("expires", Value::from(view.ends.to_string())),
            ])
        };
        let named = due.iter().take(MOST_NAMED).map(one);
        self.record(&Record {
            details: vec![
                ("count", Value::from(due.len())),
                ("keys", Value::List(named.collect())),
            ],
            ..of(EventType::KeyDue, "remind", "api-keys")
        })
    }

    /// That settings were read again, for this cause; `later` are the sections that wait for a start.
    pub(super) fn reloaded(
        &self,
        cause: &'static str,
        later: &[&'static str],
    ) -> Result<(), AuditUnavailable> {
        let later = later.iter().map(|section| Value::from(*section)).collect();
        self.record(&Record {
            details: vec![("cause", Value::from(cause)), ("needs_restart", Value::List(later))],
            ..of(EventType::Reload, "reload", "settings")
        })
    }

    /// That they could not be, and why.
    pub(super) fn reload_failed(
        &self,
        cause: &'static str,
        fault: &str,
    ) -> Result<(), AuditUnavailable> {
        self.record(&Record {
            severity: Severity::High,
            outcome: Outcome::Error,
            details: vec![("cause", Value::from(cause)), ("fault", Value::from(fault.to_owned()))],
            ..of(EventType::Reload, "reload", "settings")
        })
    }

    /// That the revocation list of `url` cannot be renewed, and why. What was held still is.
    pub(super) fn list_failed(&self, url: &str, fault: &str) -> Result<(), AuditUnavailable> {
        let text = |text: &str| Value::from(text.to_owned());
        self.record(&Record {
            severity: Severity::High,
            outcome: Outcome::Error,
            details: vec![("url", text(url)), ("fault", text(fault))],
            ..of(EventType::Error, "fetch", "revocation list")
        })
    }

    /// That it can be again.
    pub(super) fn list_recovered(&self, url: &str) -> Result<(), AuditUnavailable> {
        self.record(&Record {
            details: vec![("url", Value::from(url.to_owned()))],
            ..of(EventType::Reload, "fetch", "revocation list")
        })
    }

    /// That the key that signs the gate's decisions was made.
    pub(super) fn gate_key(&self, stamp: Stamp) -> Result<(), AuditUnavailable> {
        self.record(&Record {
            details: vec![stamps::pair(&[stamp])],
            ..of(EventType::SystemKeyRotated, "make key", "gate-key")
        })
    }

    /// A change of the keys that sign tokens.
    pub(super) fn keys_changed(&self, change: &KeyChange) -> Result<(), AuditUnavailable> {
        let event = |(event, id): &(KeyEvent, KeyId)| {
            Value::Map(vec![
                ("event", Value::from(event.as_str())),
                ("key_id", Value::from(id.to_string())),
            ])
        };
        let mut details = vec![("keys", Value::List(change.events.iter().map(event).collect()))];
        details.extend(change.stamp.clone().map(|stamp| stamps::pair(&[stamp])));
        self.record(&Record {
            details,
            ..of(EventType::SystemKeyRotated, "change keys", "jwt-keys")
        })
    }

    /// That the keys of another issuer are others now, or cannot be read, and why.
    pub(super) fn issuer_keys(
        &self,
        issuer: &str,
        taken: Result<JwksTaken, &str>,
    ) -> Result<(), AuditUnavailable> {
        let name = ("issuer", Value::from(issuer.to_owned()));
        let (severity, outcome, details) = match taken {
            Ok(JwksTaken { keys, skipped, .. }) => {
                let counts = vec![name, ("keys", keys.into()), ("skipped", skipped.into())];
                (Severity::Medium, Outcome::Success, counts)
            }
            Err(fault) => {
                let fault = ("fault", Value::from(fault.to_owned()));
                (Severity::High, Outcome::Error, vec![name, fault])
            }
        };
        self.record(&Record {
            severity,
            outcome,
            details,
            ..of(EventType::Reload, "read keys", "jwt-issuer")
        })
    }

    /// Records `record`; it is on disk when this returns.
    pub(super) fn record(&self, record: &Record) -> Result<(), AuditUnavailable> {
        let time = self.clock.stamp();
        let id = Uuid::new(time, &*self.entropy).map_err(|_| AuditUnavailable)?;
        let event = Event {
            severity: record.severity,
            outcome: record.outcome,
            decision: &record.decision,
            details: &record.details,
            ..Event::of(id, time, record.kind, record.action, &record.resource)
        };
        // What the receipt proves is all that matters here.
        let _receipt = self.recorder.record(&event, self.prefixes)?;
        self.metrics.audit_events.add(record.kind.place(), record.severity.place());
        Ok(())
    }
}

impl api::Journal for Journal {
    fn record(&self, record: Record) -> Result<(), AuditUnavailable> {
        Self::record(self, &record)
    }
}

/// That the daemon did `action` to `resource`: of medium severity, and well.
pub(super) fn of(kind: EventType, action: &'static str, resource: &'static str) -> Record {
    Record { kind, severity: Severity::Medium, ..Record::read(action, resource) }
}
