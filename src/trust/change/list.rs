//! Who may sign a master list: somebody certified by the CSCA that the source is pinned to.
//!
//! The chain of trust begins with an operator: an anchor by an operator's word, or a fingerprint that an operator
//! accepts for this source. From there it goes over verified links to the CSCA's newer keys. An anchor that only a
//! list vouches for certifies no signer of lists: one State's list must not make another State's signer.

use std::fmt;

use crate::clock::UnixTime;

use super::super::certificate::Certificate;
use super::super::check::{Findings, Policy};
use super::super::fingerprint::Fingerprint;
use super::super::kind::{self, CertificateType};
use super::super::masterlist::MasterList;
use super::super::profile;
use super::super::revocation::{Revocation, RevocationStatus};
use super::super::snapshot::{Content, ListSigner, Object, Snapshot, Source};
use super::{ImportOptions, is_distrusted};

/// How far ahead of the wall clock a signing time may be, in seconds.
const CLOCK_SKEW: i64 = 300;
/// How many links are followed from the pinned CSCA.
const MAX_LINKS: usize = 8;

/// Why a list's signer may not make anchors.
#[derive(Debug)]
pub enum SignerError {
    /// The certificate named by `--accept-signer` did not issue the signer's.
    AcceptedIsNotTheIssuer(Fingerprint),
    /// The signer, or the CSCA above it, is distrusted.
    Distrusted(Fingerprint),
    /// The list is signed in the future.
    Future(UnixTime),
    /// The CSCA above the signer is known, and no operator vouched for it.
    NotPinned {
        /// Its fingerprint.
        csca: Fingerprint,
        /// Its subject.
        subject: String,
        /// The CSCA that the source is pinned to, if it is.
        pinned: Option<Fingerprint>,
    },
    /// The signer's certificate is not one of a master list signer.
    Profile(String),
    /// The signer's certificate is revoked.
    Revoked(String),
    /// No CSCA is held that issued the signer's certificate.
    Unknown {
        /// Who did, by the certificate's word.
        issuer: String,
    },
    /// The signer's certificate was not in force when the list was signed.
    NotInForce {
        /// When the list was signed.
        signed_at: UnixTime,
    },
}

impl fmt::Display for SignerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AcceptedIsNotTheIssuer(csca) => {
                write!(
                    out,
                    "--accept-signer {csca}: no certificate with this fingerprint issued the list's signer"
                )
            }
            Self::Distrusted(which) => {
                write!(out, "the list's signer, or the CSCA above it, is distrusted: {which}")
            }
            Self::Future(time) => write!(out, "the list is signed in the future: {time}"),
            Self::NotPinned { csca, subject, pinned } => {
                write!(out, "the list's signer was certified by {subject}, SHA-256 {csca}, ")?;
                match pinned {
                    None => out.write_str("for which no operator vouched; ")?,
                    Some(pinned) => write!(out, "and the source is pinned to {pinned}; ")?,
                }
                write!(
                    out,
                    "compare the fingerprint with one from that State, then --accept-signer {csca}"
                )
            }
            Self::Profile(detail) => {
                write!(out, "the list's signer is no master list signer: {detail}")
            }
            Self::Revoked(detail) => write!(out, "the list's signer is revoked: {detail}"),
            Self::Unknown { issuer } => write!(
                out,
                "no CSCA is held that certified the list's signer (issuer {issuer}); install it with: trust anchor FILE"
            ),
            Self::NotInForce { signed_at } => {
                write!(
                    out,
                    "the list's signer was not in force when the list was signed, {signed_at}"
                )
            }
        }
    }
}

impl std::error::Error for SignerError {}

/// Finds the CSCA that lets `list` make anchors, and holds it in `content`'s certificates by way of the result.
pub(super) fn authorise(
    list: &MasterList,
    held: Option<&Source>,
    base: &Snapshot,
    content: &mut Content,
    options: &ImportOptions,
    now: UnixTime,
) -> Result<ListSigner, SignerError> {
    let signer = &list.signer;
    check_signer(list, now)?;
    let csca = find_csca(list, held, content, options)?;
    for certificate in [signer, &csca] {
        if is_distrusted(content, base.anchors(), certificate) {
            return Err(SignerError::Distrusted(certificate.fingerprint()));
        }
    }
    if let Some(anchor) =
        base.anchors().all().iter().find(|anchor| anchor.certificate.key() == csca.key())
    {
        let revocation = Revocation::of(signer, &base.crls_of(anchor), now);
        if revocation.status == RevocationStatus::Revoked {
            return Err(SignerError::Revoked(revocation.reason));
        }
    }
    let fingerprint = csca.fingerprint();
    content
        .certificates
        .entry(fingerprint)
        .or_insert_with(|| Object::new(CertificateType::of(&csca), csca.der().clone()));
    Ok(ListSigner {
        csca: fingerprint,
        certificate: signer.fingerprint(),
        signed_at: list.signing_time.to_string(),
    })
}

fn check_signer(list: &MasterList, now: UnixTime) -> Result<(), SignerError> {
    let mut findings = Findings::new(Policy::Interoperable);
    profile::check(&list.signer, CertificateType::MasterListSigner, &mut findings);
    if let Some(check) = findings.first_failed() {
        return Err(SignerError::Profile(format!("{}: {}", check.code.name(), check.detail)));
    }
    if list.signing_time > now.plus(CLOCK_SKEW) {
        return Err(SignerError::Future(list.signing_time));
    }
    if !list.signer.in_force(list.signing_time) {
        return Err(SignerError::NotInForce { signed_at: list.signing_time });
    }
    Ok(())
}

/// The certificate, among those that an operator's word reaches, whose key certified the signer.
fn find_csca(
    list: &MasterList,
    held: Option<&Source>,
    content: &Content,
    options: &ImportOptions,
) -> Result<Certificate, SignerError> {
    let pinned = held.and_then(|source| source.signer.as_ref()).map(|signer| signer.csca);
    let roots: Vec<Fingerprint> = match pinned {
        Some(pinned) => vec![pinned],
        None => content.operator_anchors.keys().copied().collect(),
    };
    let certified = |csca: &Certificate| {
        csca.subject() == list.signer.issuer()
            && csca.key().is_ok_and(|key| list.signer.is_signed_by(key))
    };
    for accepted in &options.accept_signers {
        if let Some(csca) = everything(list, content).find(|one| one.fingerprint() == *accepted)
            && certified(&csca)
        {
            return Ok(csca);
        }
    }
    let roots = roots.iter().filter_map(|root| super::held(content, root)).collect();
    if let Some(csca) = follow_links(roots, list, content, certified) {
        return Ok(csca);
    }
    if let [accepted, ..] = options.accept_signers.as_slice() {
        return Err(SignerError::AcceptedIsNotTheIssuer(*accepted));
    }
    let known = everything(list, content)
        .filter(|one| kind::says_authority(one) && certified(one))
        .min_by_key(|one| {
            (!kind::is_self_signed(one), std::cmp::Reverse(one.not_before()), one.fingerprint())
        });
    Err(match known {
        Some(csca) => SignerError::NotPinned {
            csca: csca.fingerprint(),
            subject: csca.subject().text().to_owned(),
            pinned,
        },
        None => SignerError::Unknown { issuer: list.signer.issuer().text().to_owned() },
    })
}

/// The first certificate that `certified` accepts, among `reached` and what verified links make of it.
///
/// Each step takes a link whose signature verifies under a key already reached, so the link's own provenance does
/// not matter: it may come from the list that is being looked at.
fn follow_links(
    mut reached: Vec<Certificate>,
    list: &MasterList,
    content: &Content,
    certified: impl Fn(&Certificate) -> bool,
) -> Option<Certificate> {
    let mut links: Vec<Certificate> = everything(list, content)
        .filter(|one| {
            kind::says_authority(one) && one.issuer().country() == list.signer.issuer().country()
        })
        .filter(|one| !kind::is_self_signed(one) && super::fit(one).is_ok())
        .collect();
    for _ in 0..=MAX_LINKS {
        reached.retain(|one| !content.distrusted.contains_key(&one.fingerprint()));
        if let Some(at) = reached.iter().position(&certified) {
            return Some(reached.swap_remove(at));
        }
        let follows = |link: &Certificate| {
            reached.iter().any(|old| {
                old.subject() == link.issuer() && old.key().is_ok_and(|key| link.is_signed_by(key))
            })
        };
        let (next, rest): (Vec<_>, Vec<_>) = links.into_iter().partition(follows);
        if next.is_empty() {
            return None;
        }
        reached = next;
        links = rest;
    }
    None
}

/// Every certificate at hand: those held, those beside the list's signature, and those in the list.
fn everything<'a>(
    list: &'a MasterList,
    content: &'a Content,
) -> impl Iterator<Item = Certificate> + 'a {
    let held = content
        .certificates
        .values()
        .filter(|object| object.about.is_authority())
        .map(Object::bytes);
    let beside = list.beside.iter().map(|certificate| certificate.der().clone());
    held.chain(beside)
        .chain(list.entries.iter().cloned())
        .filter_map(|bytes| Certificate::parse(bytes).ok())
}
