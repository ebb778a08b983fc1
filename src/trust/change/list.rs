//! Who may sign a master list: somebody certified by the CSCA that the source is pinned to.
//!
//! The chain of trust begins with an operator: an anchor by an operator's word, or a fingerprint that an operator
//! accepts for this source. From there it goes over verified links to the CSCA's newer keys. An anchor that only a
//! list vouches for certifies no signer of lists: one State's list must not make another State's signer.

use std::collections::BTreeSet;
use std::fmt;

use crate::clock::UnixTime;

use super::super::anchors::MAX_CANDIDATES;
use super::super::certificate::Certificate;
use super::super::check::{Findings, Policy};
use super::super::fingerprint::Fingerprint;
use super::super::kind::{self, CertificateType};
use super::super::masterlist::MasterList;
use super::super::profile;
use super::super::revocation::{Revocation, RevocationStatus};
use super::super::snapshot::{Content, ListSigner, Object, Source};
use super::{Draft, ImportOptions};

/// How far ahead of the wall clock a signing time may be, in seconds.
const CLOCK_SKEW: i64 = 300;
/// How many links are followed from the pinned CSCA, and how many certificates are tried as such: whoever writes a
/// list may fill it with thousands that look like links.
const MAX_LINKS: usize = 8;
const MAX_LINK_CANDIDATES: usize = 256;

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

/// Finds the CSCA that lets `list` make anchors, and has the draft hold it.
pub(super) fn authorise(
    draft: &mut Draft<'_>,
    list: &MasterList,
    held: Option<&Source>,
    options: &ImportOptions,
) -> Result<ListSigner, SignerError> {
    check_signer(list, draft.now)?;
    let csca = find_csca(draft, list, held, options)?;
    for certificate in [&list.signer, &csca] {
        if is_distrusted(draft, certificate) {
            return Err(SignerError::Distrusted(certificate.fingerprint()));
        }
    }
    check_revocation(draft, &list.signer, &csca)?;
    let fingerprint = csca.fingerprint();
    // The signer's is held for its signed part and its key, by which distrust knows it again.
    for certificate in [&csca, &list.signer] {
        draft.content.certificates.entry(certificate.fingerprint()).or_insert_with(|| {
            Object::new(CertificateType::of(certificate), certificate.der().clone())
        });
    }
    Ok(ListSigner {
        csca: fingerprint,
        certificate: list.signer.fingerprint(),
        signed_at: list.signing_time.to_string(),
    })
}

/// Looks for the signer in the CRLs that are held, and in those that came before the list.
fn check_revocation(
    draft: &Draft<'_>,
    signer: &Certificate,
    csca: &Certificate,
) -> Result<(), SignerError> {
    let anchors = draft.base.anchors().all();
    let anchor = anchors.iter().find(|anchor| {
        anchor.certificate.key() == csca.key() && anchor.certificate.subject() == csca.subject()
    });
    let held = anchor.map(|anchor| draft.base.crls_of(anchor)).into_iter().flatten();
    let came = draft.crls.iter().map(|(_, crl)| crl).filter(|crl| {
        crl.issuer() == csca.subject() && csca.key().is_ok_and(|key| crl.is_signed_by(key))
    });
    let revocation = Revocation::of(signer, &held.chain(came), draft.now);
    match revocation.status {
        RevocationStatus::Revoked => Err(SignerError::Revoked(revocation.reason.into_owned())),
        _ => Ok(()),
    }
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
    draft: &Draft<'_>,
    list: &MasterList,
    held: Option<&Source>,
    options: &ImportOptions,
) -> Result<Certificate, SignerError> {
    let content = &draft.content;
    let pinned = held.and_then(|source| source.signer.as_ref()).map(|signer| signer.csca);
    let roots: Vec<Fingerprint> = match pinned {
        Some(pinned) => vec![pinned],
        None => content.operator_anchors.keys().copied().collect(),
    };
    let certified = |csca: &Certificate| {
        csca.subject() == list.signer.issuer()
            && csca.key().is_ok_and(|key| list.signer.is_signed_by(key))
    };
    let at_hand = authorities_at_hand(list, content);
    let accepted = at_hand
        .iter()
        .find(|one| options.accept_signers.contains(&one.fingerprint()) && certified(one));
    let roots = roots.iter().filter_map(|root| super::held(content, root)).collect();
    let csca = match accepted {
        Some(csca) => Certificate::parse(csca.der().clone()).ok(),
        None => follow_links(draft, roots, &at_hand, list, certified),
    };
    if let Some(csca) = csca {
        return Ok(csca);
    }
    // Only to name it: who did certify the signer?
    let named = at_hand.iter().filter(|one| one.subject() == list.signer.issuer());
    let known = named.take(MAX_CANDIDATES).filter(|one| certified(one)).min_by_key(|one| {
        (!kind::is_self_signed(one), std::cmp::Reverse(one.not_before()), one.fingerprint())
    });
    Err(match known {
        Some(csca) if is_distrusted(draft, csca) => SignerError::Distrusted(csca.fingerprint()),
        Some(csca) => SignerError::NotPinned {
            csca: csca.fingerprint(),
            subject: csca.subject().text().to_owned(),
            pinned,
        },
        None => match options.accept_signers.as_slice() {
            [accepted, ..] => SignerError::AcceptedIsNotTheIssuer(*accepted),
            [] => SignerError::Unknown { issuer: list.signer.issuer().text().to_owned() },
        },
    })
}

/// The first certificate that `certified` accepts, among `reached` and what verified links make of it.
///
/// Each step takes a link whose signature verifies under a key already reached, so the link's own provenance does
/// not matter: it may come from the list that is being looked at.
fn follow_links(
    draft: &Draft<'_>,
    mut reached: Vec<Certificate>,
    at_hand: &[Certificate],
    list: &MasterList,
    certified: impl Fn(&Certificate) -> bool,
) -> Option<Certificate> {
    let mut links: Vec<&Certificate> = at_hand
        .iter()
        .filter(|one| one.issuer().is_of_country_of(list.signer.issuer()))
        .filter(|one| !is_revoked(draft, one))
        .take(MAX_LINK_CANDIDATES)
        .collect();
    for _ in 0..=MAX_LINKS {
        reached.retain(|one| !is_distrusted(draft, one));
        if let Some(at) = reached.iter().position(&certified) {
            return Some(reached.swap_remove(at));
        }
        let follows = |link: &&Certificate| {
            reached.iter().any(|old| {
                old.subject() == link.issuer() && old.key().is_ok_and(|key| link.is_signed_by(key))
            })
        };
        let (next, rest): (Vec<_>, Vec<_>) = links.into_iter().partition(follows);
        let usable = next.into_iter().filter(|link| super::fit(link).is_ok());
        reached = usable.filter_map(|link| Certificate::parse(link.der().clone()).ok()).collect();
        if reached.is_empty() {
            return None;
        }
        links = rest;
    }
    None
}

/// Every CA's certificate at hand, once: those held, those beside the list's signature, those in the list.
fn authorities_at_hand(list: &MasterList, content: &Content) -> Vec<Certificate> {
    let held = content
        .certificates
        .values()
        .filter(|object| object.about.is_authority())
        .map(Object::bytes);
    let beside = list.beside.iter().map(|certificate| certificate.der().clone());
    let mut seen = BTreeSet::new();
    held.chain(beside)
        .chain(list.entries.iter().cloned())
        .filter_map(|bytes| Certificate::parse(bytes).ok())
        .filter(|one| kind::says_authority(one) && seen.insert(one.fingerprint()))
        .collect()
}

/// Whether a list that is held, of the link's own issuer, revokes the link.
fn is_revoked(draft: &Draft<'_>, link: &Certificate) -> bool {
    let mut lists = draft.base.crls().filter(|crl| crl.issuer() == link.issuer());
    lists.any(|crl| crl.entry(link.serial()).is_some())
}

/// Whether a certificate, or any with its key, is distrusted.
fn is_distrusted(draft: &Draft<'_>, certificate: &Certificate) -> bool {
    let distrusted = &draft.content.distrusted;
    distrusted.contains_key(&certificate.fingerprint())
        || distrusted.keys().filter_map(|one| super::held(&draft.content, one)).any(|one| {
            one.signed_part() == certificate.signed_part()
                || one.key().is_ok_and(|key| certificate.key() == Ok(key))
        })
}
