//! `POST /v1/revocations/check`: is a certificate revoked, by its fingerprint or by who issued it and its number.
//!
//! By issuer and number alone, a list can say `revoked`. It can say `good` only where it speaks of every certificate of
//! its issuer: which part of a divided list a certificate belongs to, only the certificate tells.

mod by_number;

use serde::{Deserialize, Serialize};

use crate::audit::event::{EventType, Outcome, Severity, Value};
use crate::authz::Grant;
use crate::clock::UnixTime;
use crate::encoding;
use crate::trust::certificate::Certificate;
use crate::trust::chain::{self, Issuer};
use crate::trust::fingerprint::Fingerprint;
use crate::trust::name::Name;
use crate::trust::revocation::{Revocation, RevocationStatus};
use crate::trust::snapshot::Snapshot;
use crate::wire::Status;
use crate::wire::problem::{Code, FieldError};

use super::answer::json_fault;
use super::query::{self, wrong};
use super::{Answer, Call, Record, Services};

/// Bytes of a question.
pub(super) const MOST: u64 = 64 * 1024;

/// Octets of a serial number that is asked for.
const MAX_SERIAL: usize = 64;

const ACTION: &str = "revocation:check";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    sha256: Option<String>,
    issuer: Option<String>,
    serial: Option<String>,
}

/// Which certificate is asked about.
enum Which {
    Held(Fingerprint),
    Numbered { issuer: Name, serial: Vec<u8> },
}

/// What is known of it.
struct Found {
    sha256: Option<Fingerprint>,
    issuer: String,
    serial: String,
    revocation: Revocation,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    revocation: &'a Revocation,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    sha256: Option<Fingerprint>,
    issuer: &'a str,
    serial: &'a str,
    snapshot: &'a str,
    checked_at: String,
    decision_id: String,
}

/// `POST /v1/revocations/check`.
pub(super) fn check(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    let which = match Asked::of(call).and_then(|asked| asked.which()) {
        Ok(which) => which,
        Err(error) => return Answer::malformed(call, &[error]).recorded_as(ACTION, ""),
    };
    let trust = services.trust();
    let found = match which {
        Which::Held(sha256) => held(&trust.snapshot, sha256, call.now),
        Which::Numbered { issuer, serial } => Some(Found {
            sha256: None,
            revocation: by_number::revocation(&trust.snapshot, &issuer, &serial, call.now),
            issuer: issuer.text().to_owned(),
            serial: encoding::hex(&serial),
        }),
    };
    let Some(mut found) = found else {
        let detail = "No certificate with this fingerprint is held; ask by issuer and serial.";
        return Answer::problem(call, Code::NotFound, Status::NotFound, detail, &[])
            .recorded_as(ACTION, "");
    };
    if found.revocation.status == RevocationStatus::Good
        && services.clock_is_wrong(&trust, call.now)
    {
        found.revocation.status = RevocationStatus::Unknown;
        found.revocation.reason = super::certificates::CLOCK.into();
    }
    let label = trust.snapshot.label();
    let document = Document {
        revocation: &found.revocation,
        detail: &found.revocation.reason,
        sha256: found.sha256,
        issuer: &found.issuer,
        serial: &found.serial,
        snapshot: &label,
        checked_at: call.now.to_string(),
        decision_id: call.record_id.to_string(),
    };
    Answer::json(call, &document, found.record(&label))
}

impl Asked {
    fn of(call: &Call<'_>) -> Result<Self, FieldError> {
        query::none(call.query)?;
        serde_json::from_slice(call.body.bytes()).map_err(|error| json_fault(&error))
    }

    fn which(&self) -> Result<Which, FieldError> {
        match (&self.sha256, &self.issuer, &self.serial) {
            (Some(sha256), None, None) => {
                let sha256 = sha256.parse();
                sha256.map(Which::Held).map_err(|_| wrong("sha256", "not 64 hexadecimal digits"))
            }
            (None, Some(issuer), Some(serial)) => {
                let issuer = encoding::from_base64(issuer.as_bytes())
                    .and_then(|der| Name::parse(&der).ok())
                    .ok_or_else(|| wrong("issuer", "not a DER name in base64"))?;
                let serial = encoding::from_hex(serial)
                    .filter(|octets| (1..=MAX_SERIAL).contains(&octets.len()))
                    .ok_or_else(|| wrong("serial", "not 1 to 64 octets in hexadecimal"))?;
                Ok(Which::Numbered { issuer, serial })
            }
            (None, Some(_), None) => Err(wrong("serial", "is missing beside issuer")),
            (None, None, Some(_)) => Err(wrong("issuer", "is missing beside serial")),
            (None, None, None) => Err(wrong("sha256", "is missing, and so are issuer and serial")),
            (Some(_), _, _) => Err(wrong("sha256", "stands beside issuer or serial")),
        }
    }
}

/// What the lists say of a certificate that is held; none where it is not.
fn held(snapshot: &Snapshot, sha256: Fingerprint, now: UnixTime) -> Option<Found> {
    let held = snapshot.content().certificates.get(&sha256)?;
    let certificate = Certificate::parse(held.bytes()).ok()?;
    let revocation = match chain::find_issuer(&certificate, snapshot.anchors(), now) {
        Issuer::Verified(anchor) => Revocation::of(&certificate, &snapshot.crls_of(anchor), now),
        Issuer::Forged { .. } | Issuer::Unknown => Revocation {
            status: RevocationStatus::Unknown,
            crl: None,
            reason: "no anchor is held that issued the certificate".into(),
        },
    };
    Some(Found {
        sha256: Some(sha256),
        issuer: certificate.issuer().text().to_owned(),
        serial: encoding::hex(certificate.serial()),
        revocation,
    })
}

impl Found {
    fn record(&self, snapshot: &str) -> Record {
        let (kind, severity, outcome, code) = match self.revocation.status {
            RevocationStatus::Good => {
                (EventType::DataAccessed, Severity::Low, Outcome::Success, "good")
            }
            RevocationStatus::Revoked => {
                (EventType::CertRevokedSeen, Severity::High, Outcome::Denied, "revoked")
            }
            RevocationStatus::Unknown | RevocationStatus::NotChecked => {
                (EventType::DataAccessed, Severity::Low, Outcome::Failure, "unknown")
            }
        };
        Record {
            cost: 0,
            kind,
            severity,
            outcome,
            action: ACTION,
            resource: match &self.sha256 {
                Some(sha256) => format!("sha256:{sha256}").into(),
                None => format!("serial:{}", self.serial).into(),
            },
            decision: vec![("code", Value::from(code))],
            details: vec![
                ("issuer", Value::from(self.issuer.clone())),
                ("snapshot", Value::from(snapshot.to_owned())),
            ],
        }
    }
}
