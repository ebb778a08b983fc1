//! Who issued a certificate: of all keys that may have, the one under which its signature verifies.
//!
//! Names and key identifiers only say where to look. They repeat, and they are the attacker's to write; the
//! signature decides. A path has exactly one certificate under an anchor: links are never in between.

use std::cmp::Reverse;

use crate::clock::UnixTime;

use super::anchors::{Anchor, Anchors, MAX_CANDIDATES};
use super::certificate::Certificate;
use super::kind::CertificateType;

/// The outcome of the search for an issuer.
#[derive(Debug)]
pub enum Issuer<'a> {
    /// This anchor's key verifies the signature.
    Verified(&'a Anchor),
    /// The issuer is known by name and key identifier, and no key of it verifies the signature.
    Forged {
        /// How many keys were tried.
        tried: usize,
    },
    /// No anchor has the name, or none of that name has the key identifier.
    Unknown,
}

/// Looks for the anchor that issued `certificate`.
///
/// Of several anchors with the key that verifies, the one shown is, in this order: one of the issuer's name, in
/// force at `at`, self-signed, of the latest notBefore, of the lowest SHA-256.
#[must_use]
pub fn find_issuer<'a>(
    certificate: &Certificate,
    anchors: &'a Anchors,
    at: UnixTime,
) -> Issuer<'a> {
    let issuer = certificate.issuer().normal();
    let key_id = certificate.extensions().authority_key_id.as_deref();
    let candidates = anchors.candidates(issuer, key_id);
    let verifying = candidates.iter().find(|key| {
        anchors.key(**key).is_some_and(|public_key| certificate.is_signed_by(public_key))
    });
    let shown = verifying.and_then(|key| {
        anchors.holders(*key).min_by_key(|anchor| {
            let holder = &anchor.certificate;
            (
                holder.subject().normal() != issuer,
                !holder.in_force(at),
                anchor.kind != CertificateType::Csca,
                Reverse(holder.not_before()),
                holder.fingerprint(),
            )
        })
    });
    match shown {
        Some(anchor) => Issuer::Verified(anchor),
        // Where not all keys could be tried, nobody can say that none verifies.
        None if candidates.len() < MAX_CANDIDATES && anchors.knows(issuer, key_id) => {
            Issuer::Forged { tried: candidates.len() }
        }
        None => Issuer::Unknown,
    }
}
