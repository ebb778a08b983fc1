//! What revocation lists say of a certificate.
//!
//! Stale is unknown, never good; a hit is a hit, whatever the time: a signing time is the attacker's to choose.

use std::borrow::Cow;

use serde::Serialize;

use crate::clock::UnixTime;
use crate::encoding;

use super::certificate::Certificate;
use super::crl::{Crl, Entry};
use super::fingerprint::Fingerprint;
use super::time;

/// What is known of a certificate's revocation.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Revocation {
    /// The answer.
    pub status: RevocationStatus,
    /// The list that gives it, or that comes nearest to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crl: Option<CrlSummary>,
    /// Why the answer is no better.
    #[serde(skip)]
    pub reason: Cow<'static, str>,
}

/// Whether a certificate is revoked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationStatus {
    /// A fresh list of its CSCA does not have it.
    Good,
    /// A list of its CSCA has it.
    Revoked,
    /// There is no list that can tell.
    Unknown,
    /// It was not asked.
    NotChecked,
}

/// What to know of the list behind an answer.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields of RFC 5280 section 5")]
pub struct CrlSummary {
    pub sha256: Fingerprint,
    pub issuer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(serialize_with = "time::serialize")]
    pub this_update: UnixTime,
    #[serde(serialize_with = "time::serialize", skip_serializing_if = "Option::is_none")]
    pub next_update: Option<UnixTime>,
    #[serde(serialize_with = "time::serialize", skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<UnixTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<u8>,
}

impl CrlSummary {
    fn new(crl: &Crl, entry: Option<&Entry>) -> Self {
        Self {
            sha256: crl.fingerprint(),
            issuer: crl.issuer().text().to_owned(),
            number: crl.number().map(encoding::hex),
            this_update: crl.this_update(),
            next_update: crl.next_update(),
            revoked_at: entry.map(|entry| entry.at),
            reason: entry.and_then(|entry| entry.reason),
        }
    }
}

impl Revocation {
    /// Nobody asked.
    #[must_use]
    pub const fn not_checked() -> Self {
        Self { status: RevocationStatus::NotChecked, crl: None, reason: Cow::Borrowed("") }
    }

    /// What `crls`, all of them lists of the certificate's own CSCA, say of `certificate` at `now`.
    ///
    /// A hit in any of them counts, stale or not: nobody unrevokes. A certificate is good only by a list that is
    /// fresh and that speaks of it.
    #[must_use]
    pub fn of<'a>(
        certificate: &Certificate,
        crls: &(impl Iterator<Item = &'a Crl> + Clone),
        now: UnixTime,
    ) -> Self {
        let hit =
            crls.clone().find_map(|crl| crl.entry(certificate.serial()).map(|entry| (crl, entry)));
        if let Some((crl, entry)) = hit {
            return Self {
                status: RevocationStatus::Revoked,
                crl: Some(CrlSummary::new(crl, Some(entry))),
                reason: format!("revoked at {}", entry.at).into(),
            };
        }
        let newest = crls.clone().max_by_key(|crl| crl.this_update());
        let good = crls.clone().find(|crl| why_not_good(crl, certificate, now).is_none());
        match (good, newest) {
            (Some(crl), _) => Self {
                status: RevocationStatus::Good,
                crl: Some(CrlSummary::new(crl, None)),
                reason: "".into(),
            },
            (None, Some(crl)) => Self {
                status: RevocationStatus::Unknown,
                crl: Some(CrlSummary::new(crl, None)),
                reason: why_not_good(crl, certificate, now).unwrap_or_default(),
            },
            (None, None) => Self {
                status: RevocationStatus::Unknown,
                crl: None,
                reason: "no CRL of the certificate's CSCA is held".into(),
            },
        }
    }
}

/// Why a list without the certificate cannot call it good at `now`, if it cannot.
fn why_not_good(crl: &Crl, certificate: &Certificate, now: UnixTime) -> Option<Cow<'static, str>> {
    match crl.next_update() {
        None => Some("the CRL does not say when the next one comes".into()),
        Some(next) if next < now => {
            Some(format!("the CRL is stale: its next update was due {next}").into())
        }
        Some(_) if crl.this_update() > now => {
            Some(format!("the CRL is of the future: issued {}", crl.this_update()).into())
        }
        Some(_) if !crl.covers(certificate) => {
            Some("the certificate is outside the CRL's issuing distribution point".into())
        }
        Some(_) => None,
    }
}
