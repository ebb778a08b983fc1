//! What the lists of an issuer say of a serial number.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::clock::UnixTime;
use crate::encoding;
use crate::trust::anchors::Anchors;
use crate::trust::crl::{Crl, Entry};
use crate::trust::der::{self, DerError, Reader};
use crate::trust::name::Name;
use crate::trust::revocation::{CrlSummary, Revocation, RevocationStatus};
use crate::trust::snapshot::Snapshot;

/// `issuingDistributionPoint` (RFC 5280 section 5.2.5).
const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1D, 0x1C];

/// What the lists of the CSCA named `issuer`, through its generations, say of `serial` at `now`.
///
/// As for a whole certificate, a hit in any list counts, stale or not.
pub(super) fn revocation(
    snapshot: &Snapshot,
    issuer: &Name,
    serial: &[u8],
    now: UnixTime,
) -> Revocation {
    let anchors = snapshot.anchors().all().iter();
    let named = anchors.filter(|anchor| anchor.certificate.subject() == issuer);
    let families: BTreeMap<usize, _> =
        named.map(|anchor| (Anchors::family_of(anchor), anchor)).collect();
    if families.is_empty() {
        return unknown(None, "no CSCA of this name is held");
    }
    let crls = || families.values().flat_map(|anchor| snapshot.crls_of(anchor));
    if let Some((crl, entry)) = crls().find_map(|crl| Some((crl, crl.entry(serial)?))) {
        return Revocation {
            status: RevocationStatus::Revoked,
            crl: Some(summary(crl, Some(entry))),
            reason: format!("revoked at {}", entry.at).into(),
        };
    }
    // Which of several CSCAs of one name signed the certificate is not known: each must have a list in force.
    let in_force: Option<Vec<_>> = families
        .values()
        .map(|anchor| snapshot.crls_of(anchor).find(|crl| why_not_good(crl, now).is_none()))
        .collect();
    match in_force.and_then(|lists| lists.into_iter().max_by_key(|crl| crl.this_update())) {
        Some(crl) => Revocation {
            status: RevocationStatus::Good,
            crl: Some(summary(crl, None)),
            reason: Cow::Borrowed(""),
        },
        None => match crls().max_by_key(|crl| crl.this_update()) {
            Some(newest) => {
                let other =
                    "several CSCAs have this name, and not each of them has a list in force";
                unknown(Some(newest), why_not_good(newest, now).unwrap_or(other.into()))
            }
            None => unknown(None, "no CRL of this issuer is held"),
        },
    }
}

fn unknown(crl: Option<&Crl>, reason: impl Into<Cow<'static, str>>) -> Revocation {
    let crl = crl.map(|crl| summary(crl, None));
    Revocation { status: RevocationStatus::Unknown, crl, reason: reason.into() }
}

/// Why a list that does not have the number cannot call it good at `now`, if it cannot.
fn why_not_good(crl: &Crl, now: UnixTime) -> Option<Cow<'static, str>> {
    match crl.next_update() {
        None => Some("the CRL does not say when the next one comes".into()),
        Some(next) if next < now => {
            Some(format!("the CRL is stale: its next update was due {next}").into())
        }
        Some(_) if crl.this_update() > now => {
            Some(format!("the CRL is of the future: issued {}", crl.this_update()).into())
        }
        Some(_) if is_divided(crl.der()).unwrap_or(true) => Some(
            "the CRL speaks of a part of the certificates only; ask with the certificate".into(),
        ),
        Some(_) => None,
    }
}

/// Whether a list says that it speaks of some of its issuer's certificates only.
fn is_divided(crl: &[u8]) -> Result<bool, DerError> {
    let mut signed = Reader::new(crl).inside(der::SEQUENCE)?.inside(der::SEQUENCE)?;
    // What stands before the extensions: version, algorithm, issuer, times, entries.
    while signed.peek().is_some_and(|tag| tag != der::context(0)) {
        signed.element()?;
    }
    if signed.is_empty() {
        return Ok(false);
    }
    let mut extensions = signed.inside(der::context(0))?.inside(der::SEQUENCE)?;
    while !extensions.is_empty() {
        let kind = extensions.inside(der::SEQUENCE)?.take(der::OID)?.content;
        if kind == ISSUING_DISTRIBUTION_POINT {
            return Ok(true);
        }
    }
    Ok(false)
}

fn summary(crl: &Crl, entry: Option<&Entry>) -> CrlSummary {
    CrlSummary {
        sha256: crl.fingerprint(),
        issuer: crl.issuer().text().to_owned(),
        number: crl.number().map(encoding::hex),
        this_update: crl.this_update(),
        next_update: crl.next_update(),
        revoked_at: entry.map(|entry| entry.at),
        reason: entry.and_then(|entry| entry.reason),
    }
}
