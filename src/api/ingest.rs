//! `PUT /v1/trust/sources/{name}`: a new list, bundle or CRL for a source, taken up whole or not at all.
//!
//! One change at a time. It is on record before it is made: a change of which nobody could know cannot happen. What
//! happens on disk comes before what happens in memory, so that a crash in between leaves one or the other.

mod refusal;

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use serde::Serialize;

use crate::audit::AuditUnavailable;
use crate::audit::event::{EventType, Outcome, Pair, Severity, Value};
use crate::authz::Grant;
use crate::state::{FolderLock, TrustStore};
use crate::trust::bundle::{self, MAX_FILE_BYTES};
use crate::trust::change::{ChangeError, Draft, ImportOptions, SourceReport};
use crate::trust::diff::Difference;
use crate::trust::fingerprint::Fingerprint;
use crate::trust::snapshot::Snapshot;
use crate::wire::problem::FieldError;

use super::query::{Query, wrong};
use super::services::Step;
use super::view::TrustView;
use super::{Answer, Body, Call, Record, Services};

use refusal::Refused;

/// The types that a source's file may come as. What it is, its bytes say.
pub(super) const TYPES: &[&str] = &[
    "application/octet-stream",
    "application/cms",
    "application/pkcs7-mime",
    "application/pkix-cert",
    "application/pkix-crl",
    "application/x-pem-file",
    "application/ldif",
    "text/ldif",
];

/// Fingerprints that `accept_signer` may name.
const MAX_ACCEPTED: usize = 8;

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
    lock: Arc<FolderLock>,
}

impl Ingest {
    /// Changes what `store` holds, under the `lock` of its folder, each change first recorded in `journal`.
    #[must_use]
    pub fn new(store: TrustStore, lock: Arc<FolderLock>, journal: Box<dyn Journal>) -> Self {
        Self { writer: Mutex::new(Writer { store, lock }), journal }
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

/// What a change came to.
#[derive(Debug, Serialize)]
struct Done {
    snapshot: Arc<str>,
    committed: bool,
    dry_run: bool,
    sources: Vec<SourceReport>,
    difference: Difference,
    decision_id: String,
}

/// What the query asks for.
#[derive(Debug)]
struct Asked {
    options: ImportOptions,
    dry_run: bool,
}

impl Asked {
    fn of(query: Option<&str>) -> Result<Self, FieldError> {
        let query = Query::parse(query, &["accept_signer", "allow_older", "dry_run"])?;
        let mut accept_signers = Vec::new();
        for text in query.get("accept_signer").into_iter().flat_map(|text| text.split(',')) {
            let signer = text.parse().map_err(|_| {
                wrong("accept_signer", "not SHA-256 fingerprints of 64 digits, parted by commas")
            })?;
            accept_signers.push(signer);
        }
        if accept_signers.len() > MAX_ACCEPTED {
            return Err(wrong("accept_signer", "names more than 8"));
        }
        Ok(Self {
            options: ImportOptions {
                accept_signers,
                allow_older: query.flag("allow_older")?.unwrap_or(false),
            },
            dry_run: query.flag("dry_run")?.unwrap_or(false),
        })
    }
}

/// `PUT /v1/trust/sources/{name}`.
pub(super) fn source(services: &Services, grant: &Grant, call: &Call<'_>) -> Answer {
    let resource = format!("source:{}", call.parameters.only());
    match Asked::of(call.query) {
        Err(error) => Answer::malformed(call, &[error]).recorded_as(ACTION, resource),
        Ok(asked) => taken(services, grant, call, &asked)
            .unwrap_or_else(|refused| refused.answer(call).recorded_as(ACTION, resource)),
    }
}

const ACTION: &str = "trust:ingest";

fn taken(
    services: &Services,
    grant: &Grant,
    call: &Call<'_>,
    asked: &Asked,
) -> Result<Answer, Refused> {
    let ingest = services.ingest.as_ref().ok_or(Refused::ReadOnly)?;
    let writer = ingest.writer().ok_or(Refused::Busy)?;
    let bytes = whole(&call.body).map_err(Refused::Unreadable)?;
    let sha256 = Fingerprint::of(&bytes);
    let items = bundle::read(&bytes).map_err(Refused::Bundle)?;
    drop(bytes);
    let base = services.trust();
    let mut draft = Draft::new(&base.snapshot, call.now);
    draft.import(call.parameters.only(), sha256, &items, &asked.options)?;
    drop(items);
    let (snapshot, file, sources) = draft.finish()?;
    let difference = Difference::between(&base.snapshot, &snapshot);
    let committed = !asked.dry_run && !difference.is_empty();
    let label = snapshot.label();
    let facts = facts(grant, sha256, asked, &sources, &difference);
    if committed {
        ingest.journal.record(intent(call, &facts)).map_err(|_| Refused::Unrecorded)?;
        let step = Step {
            from: base.snapshot.id(),
            difference: serde_json::to_vec(&difference).unwrap_or_default().into(),
        };
        writer.put(services, snapshot, &file, step)?;
    }
    let record = record(call, asked, committed, facts);
    let done = Done {
        snapshot: label,
        committed,
        dry_run: asked.dry_run,
        sources,
        difference,
        decision_id: call.record_id.to_string(),
    };
    Ok(Answer::json(call, &done, record))
}

impl Writer {
    fn put(
        &self,
        services: &Services,
        snapshot: Snapshot,
        file: &[u8],
        step: Step,
    ) -> Result<(), Refused> {
        self.store.commit(&self.lock, snapshot.id(), file).map_err(Refused::State)?;
        services.replace(TrustView::new(snapshot), Some(step));
        Ok(())
    }
}

/// The body's bytes, within the bound of what a source may hold.
fn whole(body: &Body<'_>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match body {
        Body::None => {}
        Body::Memory(held) => bytes.extend_from_slice(held),
        Body::File(file) => {
            let mut file: &File = file;
            file.seek(SeekFrom::Start(0))?;
            let most = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
            file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        }
    }
    Ok(bytes)
}

/// What both records of a change say of it.
fn facts(
    grant: &Grant,
    sha256: Fingerprint,
    asked: &Asked,
    sources: &[SourceReport],
    difference: &Difference,
) -> Vec<Pair<'static>> {
    let accepted = asked.options.accept_signers.iter();
    let refused = sources.iter().map(|report| report.refused.len()).fold(0, usize::saturating_add);
    let names = sources.iter().map(|report| Value::from(report.source.clone()));
    vec![
        ("client", grant.client().map(|client| client.as_str().to_owned()).into()),
        ("sha256", Value::from(sha256.to_string())),
        ("from", Value::from(format!("sha256:{}", difference.from))),
        ("to", Value::from(format!("sha256:{}", difference.to))),
        ("sources", Value::List(names.collect())),
        ("anchors_added", Value::from(difference.added.len())),
        ("anchors_removed", Value::from(difference.removed.len())),
        ("crls_added", Value::from(difference.crls_added.len())),
        ("refused", Value::from(refused)),
        ("accepted_signers", Value::List(accepted.map(|one| one.to_string().into()).collect())),
        ("allow_older", Value::from(asked.options.allow_older)),
    ]
}

/// The record before the change: that it is about to be made.
fn intent(call: &Call<'_>, facts: &[Pair<'static>]) -> Record {
    let mut details = facts.to_vec();
    details.push(("request_id", Value::from(call.request_id.to_string())));
    details.push(("decision_id", Value::from(call.record_id.to_string())));
    Record {
        kind: EventType::TrustChanged,
        severity: Severity::High,
        outcome: Outcome::Success,
        action: "trust:commit",
        resource: format!("source:{}", call.parameters.only()).into(),
        decision: vec![("code", Value::from("begun"))],
        details,
    }
}

/// The record that the answer waits for: what became of it.
fn record(call: &Call<'_>, asked: &Asked, committed: bool, details: Vec<Pair<'static>>) -> Record {
    let code = match (asked.dry_run, committed) {
        (true, _) => "dry_run",
        (false, true) => "committed",
        (false, false) => "unchanged",
    };
    Record {
        kind: if asked.dry_run { EventType::DataAccessed } else { EventType::CertImported },
        severity: if committed { Severity::High } else { Severity::Low },
        outcome: Outcome::Success,
        action: ACTION,
        resource: format!("source:{}", call.parameters.only()).into(),
        decision: vec![("code", Value::from(code))],
        details,
    }
}

impl From<ChangeError> for Refused {
    fn from(error: ChangeError) -> Self {
        Self::Change(error)
    }
}
