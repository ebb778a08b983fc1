//! `cert inspect`: what a certificate says of itself, and where that departs from the profile. Nothing is verified.

use std::io::Write;

use serde::Serialize;

use crate::clock::UnixTime;
use crate::encoding;
use crate::trust::certificate::Certificate;
use crate::trust::check::{Check, Code, Deviation, Findings, Outcome, Policy};
use crate::trust::fingerprint::Fingerprint;
use crate::trust::kind::CertificateType;
use crate::trust::spki::Parameters;
use crate::trust::validate::At;
use crate::trust::{oid, profile};

use super::super::exit::Exit;
use super::super::session::{Failure, Session};
use super::super::terminal::{Tint, printable};
use super::{Found, Place, Unreadable};

/// What a certificate says of itself.
#[derive(Debug, Serialize)]
struct Inspection {
    input: Place,
    #[serde(rename = "type")]
    kind: CertificateType,
    subject: String,
    issuer: String,
    serial: String,
    version: u32,
    country: Option<String>,
    not_before: String,
    not_after: String,
    sha256: Fingerprint,
    key: String,
    curve: Option<&'static str>,
    signature: String,
    subject_key_id: Option<String>,
    authority_key_id: Option<String>,
    key_usage: Option<String>,
    extended_key_usage: Vec<String>,
    private_key_usage: Option<(Option<String>, Option<String>)>,
    document_types: Option<Vec<Box<str>>>,
    distribution_points: Vec<Box<str>>,
    extensions: Vec<Extension>,
    /// Only what departs from the profile.
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Extension {
    name: &'static str,
    critical: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum JsonLine {
    Inspection(Box<Inspection>),
    Unreadable(Unreadable),
}

#[derive(Serialize)]
struct Document {
    results: Vec<JsonLine>,
}

/// Shows the certificates of the files that the command was given.
pub(in crate::cli) fn run(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let (at, kind, policy, now) = (session.at()?, session.kind(), session.policy(), session.now());
    let results: Vec<JsonLine> = super::certificates(session)
        .into_iter()
        .map(|Found { input, bytes }| {
            match bytes
                .and_then(|bytes| Certificate::parse(bytes).map_err(|error| error.to_string()))
            {
                Ok(certificate) => {
                    let at = match at {
                        At::Now => now,
                        At::Issuance => certificate.not_before(),
                        At::Time(time) => time,
                    };
                    JsonLine::Inspection(Box::new(Inspection::of(
                        input,
                        &certificate,
                        kind,
                        policy,
                        at,
                    )))
                }
                Err(fault) => JsonLine::Unreadable(Unreadable::new(input, fault)),
            }
        })
        .collect();
    let readable = results.iter().all(|result| matches!(result, JsonLine::Inspection(_)));
    if session.wants_json() {
        session.print_json(&Document { results })?;
    } else {
        for result in &results {
            match result {
                JsonLine::Inspection(inspection) => print(session, inspection)?,
                JsonLine::Unreadable(Unreadable { input, error }) => {
                    let line = format!("{} [{}]: {}", input.file, input.index, error.detail);
                    writeln!(session.err, "trust-service: {}", printable(&line))?;
                }
            }
        }
    }
    Ok(if readable { Exit::Good } else { Exit::Unreadable })
}

impl Inspection {
    fn of(
        input: Place,
        certificate: &Certificate,
        kind: Option<CertificateType>,
        policy: Policy,
        at: UnixTime,
    ) -> Self {
        let kind = kind.unwrap_or_else(|| CertificateType::of(certificate));
        let mut findings = Findings::new(policy);
        profile::check(certificate, kind, &mut findings);
        if !certificate.in_force(at) {
            findings
                .deviation(&Deviation::dangerous(Code::Validity, format!("not in force at {at}")));
        }
        let extensions = certificate.extensions();
        let checks =
            findings.into_checks().into_iter().filter(|check| check.outcome >= Outcome::Warn);
        let time = |time: Option<UnixTime>| time.map(|time| time.to_string());
        Self {
            input,
            kind,
            subject: certificate.subject().text().to_owned(),
            issuer: certificate.issuer().text().to_owned(),
            serial: encoding::hex(certificate.serial()),
            version: certificate.version(),
            country: certificate.country(),
            not_before: certificate.not_before().to_string(),
            not_after: certificate.not_after().to_string(),
            sha256: certificate.fingerprint(),
            key: certificate
                .key()
                .map_or_else(|error| format!("unusable: {error}"), ToString::to_string),
            curve: certificate.key_parameters().and_then(Parameters::name),
            signature: certificate
                .scheme()
                .map_or_else(|error| format!("unknown: {error}"), ToString::to_string),
            subject_key_id: extensions.subject_key_id.as_deref().map(encoding::hex),
            authority_key_id: extensions.authority_key_id.as_deref().map(encoding::hex),
            key_usage: extensions.key_usage.map(|usage| usage.to_string()),
            extended_key_usage: extensions
                .extended_key_usage
                .iter()
                .flatten()
                .map(|purpose| oid::dotted(purpose))
                .collect(),
            private_key_usage: extensions
                .private_key_usage
                .map(|(from, to)| (time(from), time(to))),
            document_types: extensions.document_types.clone(),
            distribution_points: extensions.distribution_points.clone(),
            extensions: extensions
                .present()
                .iter()
                .map(|(kind, critical)| Extension { name: kind.name(), critical: *critical })
                .collect(),
            checks: checks.collect(),
        }
    }
}

fn print(session: &mut Session<'_>, inspection: &Inspection) -> Result<(), Failure> {
    let Inspection { input, .. } = inspection;
    let style = session.style;
    let out = &mut session.out;
    writeln!(out, "{}", style.paint(Tint::Strong, &inspection.subject))?;
    let listed = |items: &[Box<str>]| items.join(", ");
    let extensions: Vec<String> = inspection
        .extensions
        .iter()
        .map(|extension| {
            format!("{}{}", extension.name, if extension.critical { " (critical)" } else { "" })
        })
        .collect();
    let period = inspection.private_key_usage.as_ref().map(|(from, to)| {
        format!("{} to {}", from.as_deref().unwrap_or("-"), to.as_deref().unwrap_or("-"))
    });
    let curve = inspection.curve.map(|curve| format!(", curve {curve}")).unwrap_or_default();
    for (label, value) in [
        ("file", format!("{} [{}]", input.file, input.index)),
        ("type", inspection.kind.to_string()),
        ("issuer", inspection.issuer.clone()),
        ("serial", inspection.serial.clone()),
        ("sha256", inspection.sha256.to_string()),
        ("in force", format!("{} to {}", inspection.not_before, inspection.not_after)),
        ("key", format!("{}{curve}", inspection.key)),
        ("key used", period.unwrap_or_default()),
        ("signature", inspection.signature.clone()),
        ("subject key id", inspection.subject_key_id.clone().unwrap_or_default()),
        ("authority key id", inspection.authority_key_id.clone().unwrap_or_default()),
        ("key usage", inspection.key_usage.clone().unwrap_or_default()),
        ("purposes", inspection.extended_key_usage.join(", ")),
        ("documents", inspection.document_types.as_deref().map(listed).unwrap_or_default()),
        ("CRLs at", listed(&inspection.distribution_points)),
        ("extensions", extensions.join(", ")),
    ] {
        if !value.is_empty() {
            writeln!(out, "  {label:<18}{}", printable(&value))?;
        }
    }
    for check in &inspection.checks {
        let (word, tint) = if check.outcome == Outcome::Fail {
            ("fail", Tint::Bad)
        } else {
            ("warn", Tint::Doubt)
        };
        let text = format!("{}: {}", check.code.name(), check.detail);
        writeln!(out, "  {}  {}", style.paint(tint, word), printable(&text))?;
    }
    writeln!(out)?;
    Ok(())
}
