//! The service's question: may this certificate be trusted, at this time, by this snapshot?

use std::sync::Arc;

use crate::clock::UnixTime;
use crate::encoding;

use super::algorithm::PublicKey;
use super::anchors::Anchor;
use super::certificate::Certificate;
use super::chain::{self, Issuer};
use super::check::{Code, Deviation, Findings, Outcome, Policy};
use super::kind::CertificateType;
use super::profile;
use super::revocation::{Revocation, RevocationStatus};
use super::snapshot::Snapshot;
use super::verdict::{Answer, PathElement, Verdict};

/// Which instant an answer is for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum At {
    /// The instant of the question.
    #[default]
    Now,
    /// The certificate's own notBefore: passports outlive the signer's key.
    Issuance,
    /// A given instant.
    Time(UnixTime),
}

/// What a revocation status that cannot be had comes to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OnUnknown {
    /// A warning.
    #[default]
    Warn,
    /// No certain answer.
    Indeterminate,
}

/// What is asked of a certificate.
#[derive(Clone, Debug)]
pub struct Question {
    /// The wall clock.
    pub now: UnixTime,
    /// The instant that the answer is for.
    pub at: At,
    /// The type to hold it to; none: the one it shows itself to be.
    pub kind: Option<CertificateType>,
    /// How strictly.
    pub policy: Policy,
    /// Whether to look for its revocation.
    pub check_revocation: bool,
    /// What an unknown revocation status comes to.
    pub on_unknown: OnUnknown,
    /// The State that the document is of, two letters: the certificate must be of the same.
    pub country_hint: Option<String>,
    /// The type of the document, such as `P`: the certificate must be for it.
    pub document_type: Option<String>,
}

impl Question {
    /// May it be trusted now, by the interoperable policy?
    #[must_use]
    pub fn at(now: UnixTime) -> Self {
        Self {
            now,
            at: At::Now,
            kind: None,
            policy: Policy::Interoperable,
            check_revocation: true,
            on_unknown: OnUnknown::Warn,
            country_hint: None,
            document_type: None,
        }
    }
}

/// Answers `question` about `certificate` by `snapshot`.
#[must_use]
pub fn validate(certificate: &Certificate, snapshot: &Snapshot, question: &Question) -> Verdict {
    let at = match question.at {
        At::Now => question.now,
        At::Issuance => certificate.not_before(),
        At::Time(time) => time,
    };
    let own_kind = CertificateType::of(certificate);
    let kind = question.kind.unwrap_or(own_kind);
    let mut findings = Findings::new(question.policy);
    profile::check(certificate, kind, &mut findings);
    check_request(certificate, own_kind, question, &mut findings);
    if let Some(reason) = snapshot.distrusted(certificate) {
        let detail = format!("the certificate itself is distrusted: {reason}");
        findings.deviation(&Deviation::dangerous(Code::Anchor, detail));
    }
    let issuer = chain::find_issuer(certificate, snapshot.anchors(), at);
    check_issuer(certificate, kind, &issuer, &mut findings);
    if let Issuer::Verified(anchor) = &issuer
        && let Some(at) = snapshot.revoked(anchor)
    {
        let detail = format!("the issuer's certificate was revoked at {at}");
        findings.deviation(&Deviation::dangerous(Code::Anchor, detail));
    }
    let revocation = match &issuer {
        Issuer::Verified(anchor) if question.check_revocation => {
            Revocation::of(certificate, &snapshot.crls_of(anchor), question.now)
        }
        _ => Revocation::not_checked(),
    };
    let undecided = check_revocation(&revocation, question.on_unknown, &mut findings);
    let anchor = match issuer {
        Issuer::Verified(anchor) => Some(anchor),
        Issuer::Forged { .. } | Issuer::Unknown => None,
    };
    // What depends on the instant comes last: `valid_now` asks for another one.
    let fails_at_any_time = findings.any_failed();
    // The issuer shown is the best for `at`; for now another certificate with its key may be in force.
    let issuer_now = anchor.and_then(|anchor| {
        let mut holders = snapshot.anchors().with_key_of(anchor);
        holders.find(|holder| holder.certificate.in_force(question.now)).or(Some(anchor))
    });
    let fails_now =
        not_in_force(certificate, issuer_now, question.now).any(|found| findings.fails(&found));
    findings.pass(Code::Validity);
    for deviation in not_in_force(certificate, anchor, at) {
        findings.deviation(&deviation);
    }
    let answer = match issuer {
        Issuer::Unknown => Answer::Indeterminate,
        Issuer::Verified(_) | Issuer::Forged { .. } if findings.any_failed() => Answer::Invalid,
        Issuer::Verified(_) | Issuer::Forged { .. } if undecided => Answer::Indeterminate,
        Issuer::Verified(_) | Issuer::Forged { .. } => Answer::Valid,
    };
    let cost = match &issuer {
        Issuer::Unknown => 1,
        Issuer::Verified(anchor) => anchor.certificate.key().map_or(1, PublicKey::cost),
        // Whose keys those were is not known any more: as a rule they are of the kind that the certificate's own is.
        Issuer::Forged { tried } => {
            let each = certificate.key().map_or(1, PublicKey::cost);
            u32::try_from(*tried).unwrap_or(u32::MAX).saturating_mul(each).max(1)
        }
    };
    let valid_now = anchor.is_some() && !fails_at_any_time && !undecided && !fails_now;
    Verdict {
        verdict: answer,
        kind,
        policy: question.policy,
        at,
        valid_now,
        checked_at: question.now,
        snapshot: snapshot.label(),
        subject: certificate.subject().text().to_owned(),
        issuer: certificate.issuer().text().to_owned(),
        serial: encoding::hex(certificate.serial()),
        sha256: certificate.fingerprint(),
        country: certificate.country(),
        key: certificate.key().map_or_else(|_| "unusable".to_owned(), ToString::to_string),
        signature: certificate.scheme().map_or_else(|_| "unknown".to_owned(), ToString::to_string),
        path: anchor.map(path_element).into_iter().collect(),
        revocation,
        checks: findings.into_checks(),
        cost,
        decision_id: None,
    }
}

/// Whether the certificate is what was asked for.
fn check_request(
    certificate: &Certificate,
    own_kind: CertificateType,
    question: &Question,
    findings: &mut Findings,
) {
    if question.kind.is_some_and(|wanted| wanted.is_authority() && wanted != own_kind) {
        // The two differ in whose key signed, which no extension shows.
        let detail = format!("the certificate is of type {own_kind}");
        findings.deviation(&Deviation::dangerous(Code::BasicConstraints, detail));
    }
    if let Some(hint) = &question.country_hint
        && !certificate.country().is_some_and(|country| hint.eq_ignore_ascii_case(&country))
    {
        let country = certificate.country().unwrap_or_else(|| "no State".to_owned());
        let detail = format!("the document is of {hint}, the certificate of {country}");
        findings.deviation(&Deviation::dangerous(Code::Country, detail));
    }
    let Some(wanted) = &question.document_type else { return };
    match &certificate.extensions().document_types {
        None => findings.note(
            Code::DocumentType,
            Outcome::Warn,
            "the certificate names no document types",
        ),
        // A single letter covers all types that begin with it.
        Some(types)
            if types
                .iter()
                .any(|own| **own == **wanted || (own.len() == 1 && wanted.starts_with(&**own))) =>
        {
            findings.pass(Code::DocumentType);
        }
        Some(types) => {
            let detail = format!(
                "the certificate is for documents of type {}, not {wanted}",
                types.join(", ")
            );
            findings.deviation(&Deviation::dangerous(Code::DocumentType, detail));
        }
    }
}

fn check_issuer(
    certificate: &Certificate,
    kind: CertificateType,
    issuer: &Issuer<'_>,
    findings: &mut Findings,
) {
    match issuer {
        Issuer::Unknown => {
            let key_id = certificate.extensions().authority_key_id.as_deref();
            let detail = format!(
                "no anchor is held for issuer {}{}",
                certificate.issuer().text(),
                key_id
                    .map(|id| format!(" with key identifier {}", encoding::hex(id)))
                    .unwrap_or_default()
            );
            findings.note(Code::Issuer, Outcome::Skipped, detail);
        }
        Issuer::Forged { tried } => {
            findings.pass(Code::Issuer);
            let detail = match certificate.scheme() {
                Ok(scheme) => format!(
                    "the signature ({scheme}) verifies under no key of the issuer; {tried} tried"
                ),
                Err(error) => error.to_string(),
            };
            findings.deviation(&Deviation::dangerous(Code::Signature, detail));
        }
        Issuer::Verified(anchor) => {
            findings.pass(Code::Signature);
            findings.pass(Code::Issuer);
            findings.pass(Code::Anchor);
            check_anchor(certificate, kind, anchor, findings);
        }
    }
}

/// What the issuer's own certificate has to do with this one.
fn check_anchor(
    certificate: &Certificate,
    kind: CertificateType,
    anchor: &Anchor,
    findings: &mut Findings,
) {
    let issuer = &anchor.certificate;
    let extensions = issuer.extensions();
    if let Some(reason) = &anchor.distrusted {
        let detail = format!("the issuer is distrusted: {reason}");
        findings.deviation(&Deviation::dangerous(Code::Anchor, detail));
    }
    if let Some(weakness) = issuer.key().ok().and_then(profile::weakness) {
        findings
            .deviation(&Deviation::dangerous(Code::KeyStrength, format!("issuer's {weakness}")));
    }
    if issuer.subject() != certificate.issuer() {
        let detail =
            format!("the issuer's certificate has another name: {}", issuer.subject().text());
        findings.deviation(&Deviation::dangerous(Code::Name, detail));
    }
    if let (Some(named), Some(own)) =
        (&certificate.extensions().authority_key_id, &extensions.subject_key_id)
        && named != own
    {
        let detail = "the issuer's key identifier is not the one named";
        findings.deviation(&Deviation::tolerated(Code::KeyIdentifiers, detail));
    }
    if !issuer.in_force(certificate.not_before()) {
        let detail = "issued outside the validity of the issuer's certificate";
        findings.deviation(&match kind {
            // RFC 5280 section 6.1 asks for both to be in force at the instant in question, no more.
            CertificateType::Other => Deviation::advisory(Code::Validity, detail),
            _ => Deviation::tolerated(Code::Validity, detail),
        });
    }
    if let Some((from, to)) = extensions.private_key_usage {
        let began = certificate.not_before();
        if from.is_some_and(|from| began < from) || to.is_some_and(|to| began > to) {
            let detail = "issued outside the issuer's private key usage period";
            findings.deviation(&Deviation::tolerated(Code::PrivateKeyUsagePeriod, detail));
        }
    }
    if extensions.key_usage.is_some_and(|usage| !usage.key_cert_sign()) {
        let detail = "the issuer's keyUsage lacks keyCertSign";
        findings.deviation(&Deviation::tolerated(Code::KeyUsage, detail));
    }
    if !extensions.basic_constraints.is_some_and(|constraints| constraints.ca) {
        let detail = "the issuer's basicConstraints do not make it a CA";
        findings.deviation(&Deviation::tolerated(Code::BasicConstraints, detail));
    }
}

/// What keeps `certificate`, or the anchor above it, from being in force at `at`.
fn not_in_force(
    certificate: &Certificate,
    anchor: Option<&Anchor>,
    at: UnixTime,
) -> impl Iterator<Item = Deviation> + use<> {
    let (from, to) = (certificate.not_before(), certificate.not_after());
    let own = if from > to {
        Some(format!("never in force: from {from} to {to}"))
    } else if at < from {
        Some(format!("not yet in force: from {from}"))
    } else if at > to {
        Some(format!("expired {to}"))
    } else {
        None
    };
    let above = anchor.map(|anchor| &anchor.certificate).filter(|issuer| !issuer.in_force(at)).map(
        |issuer| {
            format!(
                "the issuer's certificate is in force {} to {}",
                issuer.not_before(),
                issuer.not_after()
            )
        },
    );
    own.map(|detail| Deviation::dangerous(Code::Validity, detail))
        .into_iter()
        .chain(above.map(|detail| Deviation::tolerated(Code::Anchor, detail)))
}

/// Notes the revocation status; whether it leaves the answer open.
fn check_revocation(
    revocation: &Revocation,
    on_unknown: OnUnknown,
    findings: &mut Findings,
) -> bool {
    match (revocation.status, on_unknown) {
        (RevocationStatus::NotChecked, _) => {}
        (RevocationStatus::Good, _) => findings.pass(Code::Revocation),
        (RevocationStatus::Revoked, _) => {
            findings.deviation(&Deviation::dangerous(Code::Revocation, revocation.reason.clone()));
        }
        (RevocationStatus::Unknown, OnUnknown::Warn) => {
            findings.note(Code::Revocation, Outcome::Warn, revocation.reason.clone());
        }
        (RevocationStatus::Unknown, OnUnknown::Indeterminate) => {
            findings.note(Code::Revocation, Outcome::Warn, revocation.reason.clone());
            return true;
        }
    }
    false
}

fn path_element(anchor: &Anchor) -> PathElement {
    let mut sources: Vec<Arc<str>> = Vec::with_capacity(anchor.sources.len().saturating_add(1));
    if anchor.by_operator {
        sources.push("operator".into());
    }
    sources.extend(anchor.sources.iter().cloned());
    PathElement {
        sha256: anchor.certificate.fingerprint(),
        subject: anchor.certificate.subject().text().to_owned(),
        role: anchor.kind,
        sources,
    }
}
