//! A change of what is trusted: worked out over what is trusted now, then taken up whole or not at all.
//!
//! One change at a time. It is on record before it is made: a change of which nobody could know cannot happen. What
//! happens on disk comes before what happens in memory, so that a crash in between leaves one or the other.

mod refusal;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use serde::Serialize;

use crate::audit::AuditUnavailable;
use crate::audit::event::{EventType, Outcome, Pair, Severity, Value};
use crate::audit::stamps;
use crate::authz::Grant;
use crate::state::{FolderLock, Stamp, TrustSeal, TrustStore};
use crate::trust::change::{ChangeError, Draft, SourceReport};
use crate::trust::diff::Difference;
use crate::trust::snapshot::Snapshot;

use super::services::Step;
use super::view::TrustView;
use super::{Answer, Call, Record, Services};

pub(super) use refusal::Refused;

/// Where a change is recorded before it is made.
pub trait Journal: Send + Sync + fmt::Debug {
    /// Records; durable when this returns.
    ///
    /// # Errors
    ///
    /// Where that cannot be done; then nothing may be changed.
    fn record(&self, record: Record) -> Result<(), AuditUnavailable>;
}

/// What changes trust by a request.
#[derive(Debug)]
pub struct Ingest {
    writer: Mutex<Writer>,
    journal: Box<dyn Journal>,
}

#[derive(Debug)]
struct Writer {
    store: TrustStore,
    seal: TrustSeal,
    lock: Arc<FolderLock>,
}

impl Ingest {
    /// Changes what `store` holds, under the `lock` of its folder, each change first recorded in `journal` and then
    /// named in `seal`.
    #[must_use]
    pub fn new(
        store: TrustStore,
        seal: TrustSeal,
        lock: Arc<FolderLock>,
        journal: Box<dyn Journal>,
    ) -> Self {
        Self { writer: Mutex::new(Writer { store, seal, lock }), journal }
    }

    /// The one place at which trust may be changed; none while another change is under way.
    fn writer(&self) -> Option<MutexGuard<'_, Writer>> {
        match self.writer.try_lock() {
            Ok(writer) => Some(writer),
            // A change that panicked left nothing half done: memory changes last, and as a whole.
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Change {
    /// What was done, for the record.
    pub(super) action: &'static str,
    /// To what.
    pub(super) resource: Cow<'static, str>,
    /// The type of its record.
    pub(super) kind: EventType,
    /// Whether only to show what would change.
    pub(super) dry_run: bool,
}

/// What a change tells of itself, beside what is different.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// For the records.
    pub(super) facts: Vec<Pair<'static>>,
    /// For whoever asked.
    pub(super) notes: Vec<String>,
}

/// What a change came to.
#[derive(Debug, Serialize)]
struct Done {
    snapshot: Arc<str>,
    committed: bool,
    dry_run: bool,
    sources: Vec<SourceReport>,
    difference: Difference,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    decision_id: String,
}

/// Makes a change that `fill` puts into a draft.
pub(super) fn make(
    services: &Services,
    grant: &Grant,
    call: &Call<'_>,
    change: &Change,
    fill: impl FnOnce(&mut Draft<'_>, &Snapshot) -> Result<Told, Refused>,
) -> Result<Answer, Refused> {
    let ingest = services.ingest.as_ref().ok_or(Refused::ReadOnly)?;
    let writer = ingest.writer().ok_or(Refused::Busy)?;
    let base = services.trust();
    let mut draft = Draft::new(&base.snapshot, call.now);
    let told = fill(&mut draft, &base.snapshot)?;
    let (snapshot, bytes, sources) = draft.finish()?;
    let difference = Difference::between(&base.snapshot, &snapshot);
    let committed = !change.dry_run && !difference.is_empty();
    let label = snapshot.label();
    let mut facts = facts(grant, told.facts, &sources, &difference);
    if committed {
        ingest.journal.record(intent(call, change, &facts)).map_err(|_| Refused::Unrecorded)?;
        let step = Step {
            from: base.snapshot.id(),
            difference: serde_json::to_vec(&difference).unwrap_or_default().into(),
        };
        let stamp = writer.put(services, snapshot, &bytes, step)?;
        facts.push(stamps::pair(&[stamp]));
    }
    let record = record(change, committed, facts);
    let done = Done {
        snapshot: label,
        committed,
        dry_run: change.dry_run,
        sources,
        difference,
        notes: told.notes,
        decision_id: call.record_id.to_string(),
    };
    Ok(Answer::json(call, &done, record))
}

impl Writer {
    fn put(
        &self,
        services: &Services,
        snapshot: Snapshot,
        bytes: &[u8],
        step: Step,
    ) -> Result<Stamp, Refused> {
        // Were the power lost here, the next start would find another snapshot than the seal names, and say so.
        let stamp = self.seal.write(&self.lock, snapshot.id()).map_err(Refused::Seal)?;
        self.store.commit(&self.lock, snapshot.id(), bytes).map_err(Refused::State)?;
        services.replace(TrustView::new(snapshot), Some(step));
        Ok(stamp)
    }
}

/// What both records of a change say of it; `own` is what this kind of change has to say.
fn facts(
    grant: &Grant,
    own: Vec<Pair<'static>>,
    sources: &[SourceReport],
    difference: &Difference,
) -> Vec<Pair<'static>> {
    let refused = sources.iter().map(|report| report.refused.len()).fold(0, usize::saturating_add);
    let names = sources.iter().map(|report| Value::from(report.source.clone()));
    let mut facts = vec![
        ("client", grant.client().map(|client| client.as_str().to_owned()).into()),
        ("from", Value::from(format!("sha256:{}", difference.from))),
        ("to", Value::from(format!("sha256:{}", difference.to))),
        ("sources", Value::List(names.collect())),
        ("anchors_added", Value::from(difference.added.len())),
        ("anchors_removed", Value::from(difference.removed.len())),
        ("anchors_distrusted", Value::from(difference.distrusted.len())),
        ("crls_added", Value::from(difference.crls_added.len())),
        ("refused", Value::from(refused)),
    ];
    facts.extend(own);
    facts
}

/// The record before the change: that it is about to be made.
fn intent(call: &Call<'_>, change: &Change, facts: &[Pair<'static>]) -> Record {
    let mut details = facts.to_vec();
    details.push(("request_id", Value::from(call.request_id.to_string())));
    details.push(("decision_id", Value::from(call.record_id.to_string())));
    Record {
        cost: 0,
        kind: EventType::TrustChanged,
        severity: Severity::High,
        outcome: Outcome::Success,
        action: "trust:commit",
        resource: change.resource.clone(),
        decision: vec![("code", Value::from("begun"))],
        details,
    }
}

/// The record that the answer waits for: what became of it.
fn record(change: &Change, committed: bool, details: Vec<Pair<'static>>) -> Record {
    let code = match (change.dry_run, committed) {
        (true, _) => "dry_run",
        (false, true) => "committed",
        (false, false) => "unchanged",
    };
    Record {
        cost: 0,
        kind: if change.dry_run { EventType::DataAccessed } else { change.kind },
        severity: if committed { Severity::High } else { Severity::Low },
        outcome: Outcome::Success,
        action: change.action,
        resource: change.resource.clone(),
        decision: vec![("code", Value::from(code))],
        details,
    }
}

impl From<ChangeError> for Refused {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}
