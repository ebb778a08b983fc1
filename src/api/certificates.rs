//! `/v1/certificates/…`: verdicts, one at a time or as a stream of lines.

use crate::audit::event::{EventType, Outcome, Severity, Value};
use crate::authz::Grant;
use crate::clock::UnixTime;
use crate::encoding;
use crate::identity::Uuid;
use crate::trust::certificate::Certificate;
use crate::trust::check::{Code as CheckCode, Outcome as CheckOutcome};
use crate::trust::revocation::RevocationStatus;
use crate::trust::validate;
use crate::trust::verdict::{Answer as Answered, Verdict};
use crate::wire::Status;
use crate::wire::problem::{Code, FieldError, Problem};

use super::answer::{JSON, json_fault};
use super::options::Options;
use super::query::wrong;
use super::{Answer, Call, Lines, Record, Services, TrustView, counts};

/// The types that a certificate may come as.
pub(super) const TYPES: &[&str] = &[DER, PEM, JSON];
const DER: &str = "application/pkix-cert";
const PEM: &str = "application/x-pem-file";

/// Bytes of a request with one certificate, which has 64 KiB at most: in base64, and as JSON escapes it.
pub(super) const MOST: u64 = 256 * 1024;

/// What is said where the clock is known to be wrong.
pub(super) const CLOCK: &str =
    "this service's clock is behind what it has seen of the time, so it cannot be certain";

const ACTION: &str = "certificate:validate";

/// `POST /v1/certificates/validate`.
pub(super) fn validate(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    match judged(services, call) {
        Ok((verdict, record)) => Answer::json(call, &verdict, record),
        Err(Fault::Certificate(detail)) => {
            counts::malformed(&services.metrics);
            Answer::problem(call, Code::MalformedCertificate, Status::Unprocessable, &detail, &[])
                .recorded_as(ACTION, "")
        }
        Err(Fault::Request(errors)) => Answer::malformed(call, &errors).recorded_as(ACTION, ""),
    }
}

/// Why there is no verdict.
enum Fault {
    /// The bytes are no certificate; why.
    Certificate(String),
    /// The question makes no sense.
    Request(Vec<FieldError>),
}

impl From<FieldError> for Fault {
    fn from(error: FieldError) -> Self {
        Self::Request(vec![error])
    }
}

fn judged(services: &Services, call: &Call<'_>) -> Result<(Verdict, Record), Fault> {
    let query = Options::of_query(call.query)?;
    let body = call.body.bytes();
    let media = call.content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let is = |media_type: &str| media.trim_ascii().eq_ignore_ascii_case(media_type);
    // The type decides, not the bytes: a certificate may have text in it that looks like another one.
    let (der, options) = if is(JSON) {
        let options: Options = serde_json::from_slice(body).map_err(|error| json_fault(&error))?;
        (certificate_text(options.certificate.as_deref())?, options.or(query))
    } else if is(PEM) {
        (pem(body)?, query)
    } else {
        (body.to_vec(), query)
    };
    verdict(services, &services.trust(), der, &options, call.record_id, call.now)
}

fn verdict(
    services: &Services,
    trust: &TrustView,
    der: Vec<u8>,
    options: &Options,
    record_id: Uuid,
    now: UnixTime,
) -> Result<(Verdict, Record), Fault> {
    let question = options.question(now, services.on_unknown)?;
    let certificate =
        Certificate::parse(der).map_err(|error| Fault::Certificate(error.to_string()))?;
    let mut verdict = validate::validate(&certificate, &trust.snapshot, &question);
    if services.clock_is_wrong(trust, now) {
        make_uncertain(&mut verdict);
    }
    counts::verdict(&services.metrics, &verdict);
    verdict.decision_id = Some(record_id.to_string());
    if !options.include_chain() {
        verdict.path.clear();
    }
    let record = record(&verdict);
    Ok((verdict, record))
}

/// A verdict of a clock that is known to be wrong: what depends on the time is not known, and so nothing is certain.
fn make_uncertain(verdict: &mut Verdict) {
    verdict.verdict = Answered::Indeterminate;
    verdict.valid_now = false;
    let validity = verdict.checks.iter_mut().find(|check| check.code == CheckCode::Validity);
    if let Some(check) = validity {
        check.outcome = CheckOutcome::Skipped;
        check.detail = CLOCK.into();
    }
}

/// What the record of a verdict says: enough to see later what was decided about which certificate, and why.
fn record(verdict: &Verdict) -> Record {
    let revoked = verdict.revocation.status == RevocationStatus::Revoked;
    let outcome = match verdict.verdict {
        Answered::Valid => Outcome::Success,
        Answered::Invalid => Outcome::Denied,
        Answered::Indeterminate => Outcome::Failure,
    };
    let mut decision = vec![
        ("verdict", Value::from(verdict.verdict.name())),
        ("policy", Value::from(verdict.policy.name())),
    ];
    if let Some(reason) = verdict.reason() {
        decision.push(("code", Value::from(reason.code.name())));
    }
    Record {
        kind: if revoked { EventType::CertRevokedSeen } else { EventType::CertValidated },
        severity: if revoked { Severity::High } else { Severity::Low },
        outcome,
        action: ACTION,
        resource: format!("sha256:{}", verdict.sha256).into(),
        decision,
        details: vec![
            ("type", Value::from(verdict.kind.name())),
            ("at", Value::from(verdict.at.to_string())),
            ("snapshot", Value::from(verdict.snapshot.to_string())),
        ],
        cost: verdict.cost,
    }
}

/// A certificate in a JSON string: PEM, or DER in base64.
fn certificate_text(text: Option<&str>) -> Result<Vec<u8>, Fault> {
    let text = text.ok_or_else(|| wrong("certificate", "is missing"))?;
    if encoding::is_pem(text.as_bytes()) {
        return pem(text.as_bytes());
    }
    let bytes = encoding::from_base64(text.as_bytes());
    Ok(bytes.ok_or_else(|| wrong("certificate", "neither PEM nor base64"))?)
}

/// The one certificate of a PEM text.
fn pem(text: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut blocks = encoding::pem_blocks(text);
    let malformed = |detail: &str| Fault::Certificate(detail.to_owned());
    match (blocks.next(), blocks.next()) {
        (Some(Ok(block)), None) if block.label == "CERTIFICATE" => Ok(block.bytes),
        (Some(Ok(_)), None) => Err(malformed("The PEM block is not a CERTIFICATE.")),
        (Some(Ok(_)), Some(_)) => {
            Err(malformed("There is more than one PEM block; the batch route takes many."))
        }
        (Some(Err(error)), _) => Err(Fault::Certificate(error.to_string())),
        (None, _) => Err(malformed("There is no PEM block.")),
    }
}

/// `POST /v1/certificates/validate-batch`, a group of lines at a time.
pub(super) fn validate_lines(
    services: &Services,
    _: &Grant,
    group: &Lines<'_>,
    out: &mut Vec<u8>,
) -> Vec<Record> {
    let trust = services.trust();
    let query = Options::of_query(group.query);
    let lines = group.lines.iter().zip(group.record_ids);
    lines
        .map(|(line, id)| {
            let judged = match &query {
                Ok(query) => line_verdict(services, &trust, line, query, *id, group.now),
                Err(error) => Err(Fault::from(error.clone())),
            };
            match judged {
                Ok((verdict, record)) if serde_json::to_writer(&mut *out, &verdict).is_ok() => {
                    out.push(b'\n');
                    record
                }
                Ok(_) => malformed_line(group, *id, Fault::Request(Vec::new()), out),
                Err(fault) => {
                    if matches!(fault, Fault::Certificate(_)) {
                        counts::malformed(&services.metrics);
                    }
                    malformed_line(group, *id, fault, out)
                }
            }
        })
        .collect()
}

/// One line of a batch: the options with their certificate, or the certificate alone as a string.
fn line_verdict(
    services: &Services,
    trust: &TrustView,
    line: &[u8],
    query: &Options,
    id: Uuid,
    now: UnixTime,
) -> Result<(Verdict, Record), Fault> {
    let mut options = Options::default();
    if line.trim_ascii_start().first() == Some(&b'"') {
        let text = serde_json::from_slice(line).map_err(|error| json_fault(&error))?;
        options.certificate = Some(text);
    } else {
        options = serde_json::from_slice(line).map_err(|error| json_fault(&error))?;
    }
    let certificate = certificate_text(options.certificate.as_deref())?;
    verdict(services, trust, certificate, &options.or(query.clone()), id, now)
}

fn malformed_line(group: &Lines<'_>, id: Uuid, fault: Fault, out: &mut Vec<u8>) -> Record {
    let instance = group.request_id.to_string();
    let (code, status, detail, errors) = match fault {
        Fault::Certificate(detail) => {
            (Code::MalformedCertificate, Status::Unprocessable, detail, Vec::new())
        }
        Fault::Request(errors) => (
            Code::MalformedRequest,
            Status::BadRequest,
            "The line is no question.".to_owned(),
            errors,
        ),
    };
    let mut problem = Problem::new(code, status, &detail, &instance);
    problem.errors = &errors;
    let mut json = problem.to_json();
    if json.pop() == Some(b'}') {
        json.extend_from_slice(format!(",\"decision_id\":\"{id}\"}}\n").as_bytes());
    }
    out.extend_from_slice(&json);
    Record {
        cost: 0,
        kind: EventType::MalformedRequest,
        severity: Severity::Low,
        outcome: Outcome::Failure,
        action: ACTION,
        resource: "".into(),
        decision: vec![("code", Value::from(code.name()))],
        details: vec![("rule", Value::from(detail))],
    }
}
