//! Everything that is trusted, at one moment, as one immutable value with a fingerprint.
//!
//! A verdict names the snapshot that it was given by. The file is the value: its fingerprint is SHA-256 over
//! all its bytes, so that what was trusted when can be shown later.
//!
//! Format 1: the line `trust-snapshot 1`, eight octets of length (big-endian), as many octets of JSON (the
//! [`Content`] without bytes), then the bytes of the certificates and of the CRLs in the order of the JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::UnixTime;

use super::anchors::{Anchor, Anchors, Candidate};
use super::bytes::Bytes;
use super::certificate::{Certificate, CertificateError};
use super::crl::{Crl, CrlError};
use super::fingerprint::Fingerprint;
use super::kind::CertificateType;

/// What a snapshot holds, as plain data.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Where anchors and candidates come from, by name.
    pub sources: BTreeMap<String, Source>,
    /// Anchors that an operator vouched for, and when.
    pub operator_anchors: BTreeMap<Fingerprint, String>,
    /// Certificates that an operator distrusts, whatever the sources say.
    pub distrusted: BTreeMap<Fingerprint, Distrust>,
    /// Pairs of anchors: the one under whose key a link to the second one's key verifies, and the second.
    pub links: Vec<(Fingerprint, Fingerprint)>,
    /// Every certificate that any of the above names, or that a bundle brought.
    pub certificates: BTreeMap<Fingerprint, Object<CertificateType>>,
    /// Revocation lists, each with the anchor whose key verifies it.
    pub crls: BTreeMap<Fingerprint, Object<Fingerprint>>,
}

/// Where certificates came from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// SHA-256 of the list or file.
    pub sha256: Fingerprint,
    /// When it was imported, RFC 3339.
    pub imported_at: String,
    /// Of a master list, who signed it; a source without a signer brings candidates only.
    pub signer: Option<ListSigner>,
    /// The certificates that it holds.
    pub entries: Vec<Fingerprint>,
}

/// Who signed a master list.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListSigner {
    /// The country signing CA above the signer: the source's next list must come from it as well.
    pub csca: Fingerprint,
    /// The signer's certificate.
    pub certificate: Fingerprint,
    /// When the list was signed, RFC 3339.
    pub signed_at: String,
}

/// An operator's word against a certificate.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Distrust {
    /// Why.
    pub reason: String,
    /// Since when, RFC 3339.
    pub since: String,
}

/// Bytes with one fact about them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Object<T> {
    /// The fact: a certificate's type, or the anchor that signed a CRL.
    pub about: T,
    /// How many bytes there are; in the file they stand behind the JSON.
    length: usize,
    #[serde(skip)]
    bytes: Option<Bytes>,
}

impl<T> Object<T> {
    /// `bytes` with a fact about them.
    #[must_use]
    pub fn new(about: T, bytes: Bytes) -> Self {
        Self { about, length: bytes.len(), bytes: Some(bytes) }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone().unwrap_or_else(|| Bytes::from(Vec::new()))
    }
}

/// A [`Content`] with its fingerprint and its indexes: what validation works on.
#[derive(Debug)]
pub struct Snapshot {
    id: Fingerprint,
    label: Arc<str>,
    content: Content,
    anchors: Anchors,
    /// SHA-256 over the signed parts of the distrusted certificates that are held, and their fingerprints: the rest
    /// of a certificate can be written anew by anybody.
    distrusted_parts: BTreeMap<Fingerprint, Fingerprint>,
    /// For each family of anchors, its lists.
    crls: BTreeMap<usize, Vec<Crl>>,
}

/// Why bytes are not a snapshot.
#[derive(Debug)]
pub enum SnapshotError {
    /// A certificate in it cannot be read.
    Certificate(Fingerprint, CertificateError),
    /// A CRL in it cannot be read.
    Crl(Fingerprint, CrlError),
    /// It ends too early, or too late.
    Length,
    /// Its JSON is not that of this format.
    Manifest(serde_json::Error),
    /// Another format, or something else altogether.
    NotASnapshot,
    /// A part of it does not have the fingerprint that it is named by.
    WrongFingerprint(Fingerprint),
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(which, error) => write!(out, "certificate {which} in it: {error}"),
            Self::Crl(which, error) => write!(out, "CRL {which} in it: {error}"),
            Self::Length => out.write_str("it is not as long as it says"),
            Self::Manifest(error) => write!(out, "its manifest cannot be read: {error}"),
            Self::NotASnapshot => out.write_str("not a trust snapshot of format 1"),
            Self::WrongFingerprint(which) => {
                write!(out, "a part of it does not have its fingerprint {which}")
            }
        }
    }
}

impl std::error::Error for SnapshotError {}

const HEADING: &[u8] = b"trust-snapshot 1\n";

impl Snapshot {
    /// Nothing is trusted.
    #[must_use]
    pub fn empty() -> Self {
        let content = Content::default();
        let id = Fingerprint::of(&encode(&content).unwrap_or_default());
        Self {
            id,
            label: label(id),
            content,
            anchors: Anchors::default(),
            distrusted_parts: BTreeMap::new(),
            crls: BTreeMap::new(),
        }
    }

    /// The snapshot of `content`, and the bytes of its file.
    ///
    /// # Errors
    ///
    /// Where an anchor or CRL in it cannot be read.
    pub fn of(content: Content) -> Result<(Self, Vec<u8>), SnapshotError> {
        let bytes = encode(&content).map_err(SnapshotError::Manifest)?;
        Ok((Self::index(Fingerprint::of(&bytes), content)?, bytes))
    }

    /// Reads a snapshot's file.
    ///
    /// # Errors
    ///
    /// As [`SnapshotError`]. Whether it is the one that was meant, its fingerprint tells.
    pub fn decode(file: Vec<u8>) -> Result<Self, SnapshotError> {
        let id = Fingerprint::of(&file);
        let file = Bytes::from(file);
        let rest = file.strip_prefix(HEADING).ok_or(SnapshotError::NotASnapshot)?;
        let (length, rest) = rest.split_first_chunk::<8>().ok_or(SnapshotError::Length)?;
        let length =
            usize::try_from(u64::from_be_bytes(*length)).map_err(|_| SnapshotError::Length)?;
        let (manifest, objects) = rest.split_at_checked(length).ok_or(SnapshotError::Length)?;
        let mut content: Content =
            serde_json::from_slice(manifest).map_err(SnapshotError::Manifest)?;
        let mut at = file.len().saturating_sub(objects.len());
        let mut next = |length: usize| {
            let end = at.checked_add(length).ok_or(SnapshotError::Length)?;
            let bytes = file.slice(at..end).ok_or(SnapshotError::Length)?;
            at = end;
            Ok(bytes)
        };
        for object in content.certificates.values_mut() {
            object.bytes = Some(next(object.length)?);
        }
        for object in content.crls.values_mut() {
            object.bytes = Some(next(object.length)?);
        }
        if at != file.len() {
            return Err(SnapshotError::Length);
        }
        Self::index(id, content)
    }

    fn index(id: Fingerprint, content: Content) -> Result<Self, SnapshotError> {
        let mut vouching: BTreeMap<Fingerprint, Vec<Arc<str>>> = BTreeMap::new();
        for (name, source) in content.sources.iter().filter(|(_, source)| source.signer.is_some()) {
            let name: Arc<str> = name.as_str().into();
            for entry in &source.entries {
                vouching.entry(*entry).or_default().push(Arc::clone(&name));
            }
        }
        let mut candidates = Vec::new();
        for (fingerprint, object) in &content.certificates {
            let by_operator = content.operator_anchors.contains_key(fingerprint);
            let sources = vouching.remove(fingerprint).unwrap_or_default();
            let distrust = content.distrusted.get(fingerprint);
            let is_anchor = by_operator || !sources.is_empty();
            if !object.about.is_authority() || !(is_anchor || distrust.is_some()) {
                continue;
            }
            let certificate = Certificate::parse(object.bytes())
                .map_err(|error| SnapshotError::Certificate(*fingerprint, error))?;
            if certificate.fingerprint() != *fingerprint {
                return Err(SnapshotError::WrongFingerprint(*fingerprint));
            }
            candidates.push(Candidate {
                certificate: Arc::new(certificate),
                kind: object.about,
                by_operator,
                sources,
                distrusted: distrust.map(|distrust| distrust.reason.as_str().into()),
            });
        }
        let anchors = Anchors::new(candidates, &content.links);
        let mut crls: BTreeMap<usize, Vec<Crl>> = BTreeMap::new();
        for (fingerprint, object) in &content.crls {
            let crl = Crl::parse(object.bytes())
                .map_err(|error| SnapshotError::Crl(*fingerprint, error))?;
            if crl.fingerprint() != *fingerprint {
                return Err(SnapshotError::WrongFingerprint(*fingerprint));
            }
            if let Some(signer) =
                anchors.get(&object.about).filter(|signer| signer.distrusted.is_none())
            {
                crls.entry(Anchors::family_of(signer)).or_default().push(crl);
            }
        }
        let distrusted_parts = content
            .distrusted
            .keys()
            .filter_map(|fingerprint| {
                let held = content.certificates.get(fingerprint)?;
                let certificate = Certificate::parse(held.bytes()).ok()?;
                Some((Fingerprint::of(certificate.signed_part()), *fingerprint))
            })
            .collect();
        Ok(Self { id, label: label(id), content, anchors, distrusted_parts, crls })
    }

    /// SHA-256 over the snapshot's file.
    #[must_use]
    pub const fn id(&self) -> Fingerprint {
        self.id
    }

    /// `sha256:` and the fingerprint, as verdicts name it.
    #[must_use]
    pub fn label(&self) -> Arc<str> {
        Arc::clone(&self.label)
    }

    /// What it holds, as plain data.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// The certificates that are trusted to issue.
    #[must_use]
    pub const fn anchors(&self) -> &Anchors {
        &self.anchors
    }

    /// The revocation lists of the CSCA that `anchor` is a generation of.
    pub fn crls_of(&self, anchor: &Anchor) -> impl Iterator<Item = &Crl> + Clone {
        self.crls.get(&Anchors::family_of(anchor)).into_iter().flatten()
    }

    /// When the issuer of `anchor` revoked it, if it did.
    #[must_use]
    pub fn revoked(&self, anchor: &Anchor) -> Option<UnixTime> {
        let certificate = &anchor.certificate;
        self.crls_of(anchor)
            .filter(|crl| crl.issuer() == certificate.issuer())
            .find_map(|crl| crl.entry(certificate.serial()))
            .map(|entry| entry.at)
    }

    /// All revocation lists in use.
    pub fn crls(&self) -> impl Iterator<Item = &Crl> {
        self.crls.values().flatten()
    }

    /// Why this very certificate is distrusted, if it is: by its fingerprint or, where the distrusted one is held, by
    /// its signed part.
    #[must_use]
    pub fn distrusted(&self, certificate: &Certificate) -> Option<&str> {
        let all = &self.content.distrusted;
        if all.is_empty() {
            return None;
        }
        let by_part = || self.distrusted_parts.get(&Fingerprint::of(certificate.signed_part()));
        all.get(&certificate.fingerprint())
            .or_else(|| all.get(by_part()?))
            .map(|distrust| distrust.reason.as_str())
    }
}

fn label(id: Fingerprint) -> Arc<str> {
    format!("sha256:{id}").into()
}

fn encode(content: &Content) -> Result<Vec<u8>, serde_json::Error> {
    let manifest = serde_json::to_vec(content)?;
    let objects = || {
        let certificates = content.certificates.values().map(|object| object.bytes.as_ref());
        certificates.chain(content.crls.values().map(|object| object.bytes.as_ref())).flatten()
    };
    let length = objects().map(|bytes| bytes.len()).fold(manifest.len(), usize::saturating_add);
    let mut file = Vec::with_capacity(length.saturating_add(32));
    file.extend_from_slice(HEADING);
    file.extend_from_slice(&u64::try_from(manifest.len()).unwrap_or(u64::MAX).to_be_bytes());
    file.extend_from_slice(&manifest);
    for bytes in objects() {
        file.extend_from_slice(bytes);
    }
    Ok(file)
}
