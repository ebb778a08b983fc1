//! What an operator may ask by the admin socket, and nobody over the network: anchors, distrust, whole imports, a
//! reload, and how the daemon is.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::audit::event::{EventType, Outcome, Severity, Value};
use crate::authz::Grant;
use crate::trust::bundle::{self, ItemKind};
use crate::trust::certificate::Certificate;
use crate::trust::change::{ImportOptions, notes_on_distrust};
use crate::trust::fingerprint::Fingerprint;
use crate::wire::Status;
use crate::wire::problem::{Code, FieldError};

use super::answer::json_fault;
use super::change::{self, Change, Refused, Told};
use super::ingest;
use super::manifest::Manifest;
use super::query::{Query, none, wrong};
use super::{Answer, Call, Record, Services};

/// The daemon as a whole, for those who operate it.
pub trait Operator: Send + Sync + fmt::Debug {
    /// How it is.
    fn state(&self) -> DaemonState;

    /// Records that `client` asks for it, then reads settings, credentials and lists again, whole or not at all.
    ///
    /// # Errors
    ///
    /// As [`NotReloaded`]; everything is then as it was.
    fn reload(&self, client: &str) -> Result<(), NotReloaded>;
}

/// How the daemon is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DaemonState {
    /// The names of what keeps it from being ready.
    pub not_ready: Vec<&'static str>,
    /// Since it began.
    pub uptime: Duration,
    /// Connections from the network.
    pub connections: u32,
    /// The folder of everything that is kept.
    pub state: String,
}

/// Why nothing was read again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NotReloaded {
    /// What there is to read has this fault.
    Faulty(String),
    /// This daemon has nothing that it could read again.
    Nothing,
    /// It cannot be recorded.
    Unrecorded,
}

/// Bytes of a certificate, in PEM.
pub(super) const CERTIFICATE: u64 = 128 * 1024;

/// Bytes of what `distrust` is told.
pub(super) const DISTRUST: u64 = 16 * 1024;

/// Characters of a reason.
const REASON: usize = 1_000;

const TRUST_MANAGE: &str = "trust:manage";

/// `POST /v1/trust/anchors?sha256=`: an operator's anchor.
pub(super) fn anchor(services: &Services, grant: &Grant, call: &Call<'_>) -> Answer {
    let wanted = Query::parse(call.query, &["sha256"]).and_then(|query| {
        let text = query.get("sha256").ok_or_else(|| wrong("sha256", "is missing"))?;
        text.parse::<Fingerprint>().map_err(|_| wrong("sha256", "not a fingerprint of 64 digits"))
    });
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(error) => return Answer::malformed(call, &[error]).recorded_as(TRUST_MANAGE, "anchor"),
    };
    let resource = format!("anchor:{wanted}");
    let change = Change {
        action: TRUST_MANAGE,
        resource: resource.clone().into(),
        kind: EventType::TrustChanged,
        dry_run: false,
    };
    let made = only_certificate(call).and_then(|certificate| {
        let found = certificate.fingerprint();
        if found != wanted {
            return Err(Refused::Other { found, wanted });
        }
        change::make(services, grant, call, &change, |draft, _| {
            draft.anchor(&certificate)?;
            Ok(Told { facts: vec![("sha256", found.to_string().into())], ..Told::default() })
        })
    });
    made.unwrap_or_else(|refused| {
        refused.to_operator(call, &[]).recorded_as(TRUST_MANAGE, resource)
    })
}

fn only_certificate(call: &Call<'_>) -> Result<Certificate, Refused> {
    let items = bundle::read(call.body.bytes()).map_err(Refused::Bundle)?;
    match items.as_slice() {
        [item] if item.kind == ItemKind::Certificate => {
            Certificate::parse(item.bytes.clone()).map_err(Refused::Certificate)
        }
        others => Err(Refused::NotOne(others.len())),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Distrust {
    sha256: Fingerprint,
    reason: String,
}

impl Distrust {
    fn of(call: &Call<'_>) -> Result<Self, FieldError> {
        none(call.query)?;
        let asked: Self =
            serde_json::from_slice(call.body.bytes()).map_err(|error| json_fault(&error))?;
        let length = asked.reason.chars().count();
        if !(1..=REASON).contains(&length) || asked.reason.chars().any(char::is_control) {
            return Err(wrong("reason", "not a line of 1 to 1000 characters"));
        }
        Ok(asked)
    }
}

/// `POST /v1/trust/distrust`: from now on, whatever lists say.
pub(super) fn distrust(services: &Services, grant: &Grant, call: &Call<'_>) -> Answer {
    let Distrust { sha256, reason } = match Distrust::of(call) {
        Ok(asked) => asked,
        Err(error) => {
            return Answer::malformed(call, &[error]).recorded_as(TRUST_MANAGE, "distrust");
        }
    };
    let resource = format!("distrust:{sha256}");
    let change = Change {
        action: TRUST_MANAGE,
        resource: resource.clone().into(),
        kind: EventType::TrustChanged,
        dry_run: false,
    };
    let made = change::make(services, grant, call, &change, |draft, base| {
        draft.distrust(sha256, &reason);
        Ok(Told {
            facts: vec![("sha256", sha256.to_string().into()), ("reason", reason.into())],
            notes: notes_on_distrust(base, &sha256),
        })
    });
    made.unwrap_or_else(|refused| {
        refused.to_operator(call, &[]).recorded_as(TRUST_MANAGE, resource)
    })
}

/// `POST /v1/trust/import`: several sources as one change.
pub(super) fn import(services: &Services, grant: &Grant, call: &Call<'_>) -> Answer {
    if let Err(error) = none(call.query) {
        return Answer::malformed(call, &[error]).recorded_as(ingest::ACTION, "sources");
    }
    let change = Change {
        action: ingest::ACTION,
        resource: "sources".into(),
        kind: EventType::CertImported,
        dry_run: false,
    };
    // Which of the sources is at fault.
    let mut at = None;
    let made = change::make(services, grant, call, &change, |draft, _| {
        let bytes = ingest::whole(&call.body).map_err(Refused::Unreadable)?;
        let import = Manifest::read(&bytes).map_err(|_| Refused::Manifest)?;
        let options = ImportOptions {
            accept_signers: import.manifest.accept_signers,
            allow_older: import.manifest.allow_older,
        };
        let mut names = Vec::with_capacity(import.files.len());
        for (place, (part, files)) in import.manifest.sources.iter().zip(&import.files).enumerate()
        {
            at = Some(place);
            let mut items = Vec::new();
            for file in files {
                items.extend(bundle::read(file).map_err(Refused::Bundle)?);
            }
            let sha256 = Fingerprint::of_files(files).ok_or(Refused::Manifest)?;
            draft.import(&part.name, sha256, &items, &options)?;
            names.push(sha256);
        }
        at = None;
        Ok(Told { facts: ingest::facts(&names, &options), ..Told::default() })
    });
    made.unwrap_or_else(|refused| {
        let place = |at: usize| FieldError {
            pointer: format!("/sources/{at}"),
            detail: "this source is at fault".to_owned(),
        };
        let errors: Vec<FieldError> = at.into_iter().map(place).collect();
        refused.to_operator(call, &errors).recorded_as(ingest::ACTION, "sources")
    })
}

/// `POST /v1/admin/reload`.
pub(super) fn reload(services: &Services, grant: &Grant, call: &Call<'_>) -> Answer {
    let recorded = |answer: Answer| answer.recorded_as("service:reload", "daemon");
    if let Err(error) = none(call.query) {
        return recorded(Answer::malformed(call, &[error]));
    }
    let client = grant.client().map_or("", |client| client.as_str());
    let done = services.operator.get().map_or(Err(NotReloaded::Nothing), |one| one.reload(client));
    recorded(match done {
        Ok(()) => {
            let record = Record {
                kind: EventType::Reload,
                severity: Severity::Medium,
                ..Record::read("", "")
            };
            Answer::json(call, &json!({"reloaded": true}), record)
        }
        Err(NotReloaded::Nothing) => {
            Answer::unavailable(call, "This daemon has nothing that it could read again.")
        }
        Err(NotReloaded::Unrecorded) => Refused::Unrecorded.answer(call),
        Err(NotReloaded::Faulty(fault)) => {
            let detail = format!("{fault}; everything is as it was");
            let status = Status::Conflict;
            let mut answer = Answer::problem(call, Code::Conflict, status, &detail, &[]);
            answer.record.kind = EventType::Reload;
            answer.record.severity = Severity::High;
            answer.record.outcome = Outcome::Failure;
            answer
        }
    })
}

/// `GET /v1/admin/status`.
pub(super) fn status(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    if let Err(error) = none(call.query) {
        return Answer::malformed(call, &[error]);
    }
    let Some(operator) = services.operator.get() else {
        return Answer::unavailable(call, "This daemon does not say how it is.");
    };
    let DaemonState { not_ready, uptime, connections, state } = operator.state();
    let ready = not_ready.is_empty();
    let document = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "uptime_seconds": uptime.as_secs(),
        "ready": ready,
        "not_ready": not_ready,
        "connections": connections,
        "snapshot": services.trust().snapshot.label(),
        "state": state,
        "checked_at": call.now.to_string(),
    });
    let mut record = Record::read("service:status", "daemon");
    record.details.push(("ready", Value::from(ready)));
    Answer::json(call, &document, record)
}
