//! The certificates that are trusted to issue, and how to find one.
//!
//! Certificates are told apart by SHA-256, and keys by value: one key stands in a State's root, in the link
//! to it and in re-issues of both, and a signature is verified once for all of them.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use crate::clock::UnixTime;

use super::algorithm::PublicKey;
use super::certificate::Certificate;
use super::fingerprint::Fingerprint;
use super::kind::CertificateType;

/// The most keys that are tried for one signature.
pub const MAX_CANDIDATES: usize = 32;

/// A certificate that is, or was, trusted to issue.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// [`CertificateType::Csca`] or [`CertificateType::Link`].
    pub kind: CertificateType,
    /// Whether an operator vouched for it.
    pub by_operator: bool,
    /// The names of the sources that vouch for it.
    pub sources: Vec<Arc<str>>,
    /// Why it is distrusted, itself or by its key.
    pub distrusted: Option<Arc<str>>,
    key: usize,
    family: usize,
}

/// Whether an anchor is of use.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnchorStatus {
    /// In force, the newest of its CSCA.
    Trusted,
    /// In force, with a newer key of the same CSCA beside it. It still verifies what it signed.
    Superseded,
    /// No longer in force. It still verifies what it signed.
    Expired,
    /// Verifies nothing any more, by an operator's word.
    Distrusted,
}

impl AnchorStatus {
    /// The name in the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Superseded => "superseded",
            Self::Expired => "expired",
            Self::Distrusted => "distrusted",
        }
    }
}

/// All anchors of a snapshot, ready for use.
#[derive(Debug, Default)]
pub struct Anchors {
    all: Vec<Anchor>,
    /// For each different key, the anchors that hold it.
    keys: Vec<Vec<usize>>,
    by_fingerprint: HashMap<Fingerprint, usize>,
    keys_by_name: HashMap<Box<[u8]>, Vec<usize>>,
    keys_by_id: HashMap<Box<[u8]>, Vec<usize>>,
    /// For each family, its anchors.
    families: Vec<Vec<usize>>,
}

/// One anchor to be, before keys and families are known.
#[derive(Debug)]
pub struct Candidate {
    /// As in [`Anchor`].
    pub certificate: Arc<Certificate>,
    /// As in [`Anchor`].
    pub kind: CertificateType,
    /// As in [`Anchor`].
    pub by_operator: bool,
    /// As in [`Anchor`].
    pub sources: Vec<Arc<str>>,
    /// Why this very certificate is distrusted.
    pub distrusted: Option<Arc<str>>,
}

impl Anchors {
    /// Makes the index. `links` are pairs of anchors that a verified link joins, old and new. Anchors are of one
    /// family, which is one CSCA through its generations, where they share a name or are joined by a link. A
    /// distrusted certificate takes all others with its key with it.
    ///
    /// A candidate whose key cannot be used is left out: it could not verify anything.
    #[must_use]
    pub fn new(candidates: Vec<Candidate>, links: &[(Fingerprint, Fingerprint)]) -> Self {
        let mut anchors = Self::default();
        let certificates: Vec<Arc<Certificate>> =
            candidates.iter().map(|candidate| Arc::clone(&candidate.certificate)).collect();
        #[expect(
            clippy::mutable_key_type,
            reason = "a key compares by value, whatever is prepared in it"
        )]
        let mut known: HashMap<&PublicKey, usize> = HashMap::with_capacity(certificates.len());
        for (candidate, certificate) in candidates.into_iter().zip(&certificates) {
            let Ok(public_key) = certificate.key() else { continue };
            let key = *known.entry(public_key).or_insert(anchors.keys.len());
            if key == anchors.keys.len() {
                anchors.keys.push(Vec::new());
            }
            anchors.add(candidate, key);
        }
        anchors.spread_distrust();
        anchors.join_families(links);
        anchors
    }

    fn add(&mut self, candidate: Candidate, key: usize) {
        let at = self.all.len();
        let certificate = candidate.certificate;
        if let Some(holders) = self.keys.get_mut(key) {
            holders.push(at);
        }
        self.by_fingerprint.insert(certificate.fingerprint(), at);
        push_new(self.keys_by_name.entry(certificate.subject().normal().into()).or_default(), key);
        if let Some(id) = &certificate.extensions().subject_key_id {
            push_new(self.keys_by_id.entry(id.clone()).or_default(), key);
        }
        self.all.push(Anchor {
            certificate,
            kind: candidate.kind,
            by_operator: candidate.by_operator,
            sources: candidate.sources,
            distrusted: candidate.distrusted,
            key,
            family: at,
        });
    }

    fn spread_distrust(&mut self) {
        for holders in &self.keys {
            let reason = holders.iter().find_map(|at| self.all.get(*at)?.distrusted.clone());
            let Some(reason) = reason else { continue };
            for at in holders {
                if let Some(anchor) = self.all.get_mut(*at) {
                    anchor.distrusted.get_or_insert_with(|| Arc::clone(&reason));
                }
            }
        }
    }

    /// Joins what shares a name or is linked. A shared key joins nothing: whoever issues a certificate may write any
    /// public key into it.
    fn join_families(&mut self, links: &[(Fingerprint, Fingerprint)]) {
        let mut parents: Vec<usize> = (0..self.all.len()).collect();
        let mut first_of_name: HashMap<&[u8], usize> = HashMap::with_capacity(self.all.len());
        for (at, anchor) in self.all.iter().enumerate() {
            let first = *first_of_name.entry(anchor.certificate.subject().normal()).or_insert(at);
            join(&mut parents, first, at);
        }
        for (old, new) in links {
            if let (Some(old), Some(new)) =
                (self.by_fingerprint.get(old), self.by_fingerprint.get(new))
            {
                join(&mut parents, *old, *new);
            }
        }
        self.families = vec![Vec::new(); self.all.len()];
        for (at, anchor) in self.all.iter_mut().enumerate() {
            anchor.family = root(&parents, at);
            if let Some(family) = self.families.get_mut(anchor.family) {
                family.push(at);
            }
        }
    }

    /// All anchors.
    #[must_use]
    pub fn all(&self) -> &[Anchor] {
        &self.all
    }

    /// The anchor with this fingerprint.
    #[must_use]
    pub fn get(&self, fingerprint: &Fingerprint) -> Option<&Anchor> {
        self.all.get(*self.by_fingerprint.get(fingerprint)?)
    }

    /// The anchors of the same CSCA, through all its generations.
    pub fn family<'a>(&'a self, anchor: &Anchor) -> impl Iterator<Item = &'a Anchor> + use<'a> {
        let members = self.families.get(anchor.family).map(Vec::as_slice).unwrap_or_default();
        members.iter().filter_map(|at| self.all.get(*at))
    }

    /// The number of the family, the same for all its anchors.
    #[must_use]
    pub const fn family_of(anchor: &Anchor) -> usize {
        anchor.family
    }

    /// The anchors that hold one key.
    pub fn holders(&self, key: KeyIndex) -> impl Iterator<Item = &Anchor> {
        let holders = self.keys.get(key.0).map(Vec::as_slice).unwrap_or_default();
        holders.iter().filter_map(|at| self.all.get(*at))
    }

    /// The anchors that hold the key of `anchor`, itself among them.
    pub fn with_key_of(&self, anchor: &Anchor) -> impl Iterator<Item = &Anchor> {
        self.holders(KeyIndex(anchor.key))
    }

    /// The key itself.
    #[must_use]
    pub fn key(&self, key: KeyIndex) -> Option<&PublicKey> {
        self.holders(key).next()?.certificate.key().ok()
    }

    /// The keys that may have signed what names `issuer` and `key_id`: first those that have both, then those
    /// with the name, then those with the identifier; at most [`MAX_CANDIDATES`].
    #[must_use]
    pub fn candidates(&self, issuer: &[u8], key_id: Option<&[u8]>) -> Vec<KeyIndex> {
        let named = self.keys_by_name.get(issuer).map(Vec::as_slice).unwrap_or_default();
        let identified =
            key_id.and_then(|id| self.keys_by_id.get(id)).map(Vec::as_slice).unwrap_or_default();
        let both = named.iter().filter(|key| identified.contains(key));
        let only_named = named.iter().filter(|key| !identified.contains(key));
        let only_identified = identified.iter().filter(|key| !named.contains(key));
        both.chain(only_named)
            .chain(only_identified)
            .take(MAX_CANDIDATES)
            .map(|key| KeyIndex(*key))
            .collect()
    }

    /// Whether a CSCA of this name is known and, where `key_id` is given, one of this name with this identifier.
    #[must_use]
    pub fn knows(&self, issuer: &[u8], key_id: Option<&[u8]>) -> bool {
        let Some(named) = self.keys_by_name.get(issuer) else { return false };
        let Some(id) = key_id else { return true };
        named.iter().any(|key| {
            self.holders(KeyIndex(*key)).any(|anchor| {
                anchor.certificate.extensions().subject_key_id.as_deref() == Some(id)
                    && anchor.certificate.subject().normal() == issuer
            })
        })
    }

    /// Whether `anchor` is of use at `now`.
    #[must_use]
    pub fn status(&self, anchor: &Anchor, now: UnixTime) -> AnchorStatus {
        if anchor.distrusted.is_some() {
            AnchorStatus::Distrusted
        } else if anchor.certificate.not_after() < now {
            AnchorStatus::Expired
        } else if self.family(anchor).any(|other| {
            other.key != anchor.key
                && other.distrusted.is_none()
                && other.certificate.in_force(now)
                && other.certificate.not_before() > anchor.certificate.not_before()
        }) {
            AnchorStatus::Superseded
        } else {
            AnchorStatus::Trusted
        }
    }
}

/// One of the different keys of [`Anchors`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyIndex(usize);

fn push_new(into: &mut Vec<usize>, key: usize) {
    if !into.contains(&key) {
        into.push(key);
    }
}

fn root(parents: &[usize], mut at: usize) -> usize {
    while let Some(parent) = parents.get(at).filter(|parent| **parent != at) {
        at = *parent;
    }
    at
}

fn join(parents: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(parents, one), root(parents, other));
    if let Some(parent) = parents.get_mut(one.max(other)) {
        *parent = one.min(other);
    }
}
