//! What changes from one snapshot to another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::snapshot::Snapshot;

/// The difference between two snapshots, from old to new.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Difference {
    /// The old snapshot.
    pub from: Fingerprint,
    /// The new snapshot.
    pub to: Fingerprint,
    /// Anchors that were not there, or not trusted.
    pub added: Vec<AnchorLine>,
    /// Anchors that are not there any more.
    pub removed: Vec<AnchorLine>,
    /// Anchors that are distrusted now.
    pub distrusted: Vec<AnchorLine>,
    /// Sources by name: what happened to them.
    pub sources: BTreeMap<String, Happened>,
    /// Revocation lists that were not there.
    pub crls_added: Vec<String>,
    /// Revocation lists that are not there any more.
    pub crls_removed: Vec<String>,
    /// How many more certificates are held that are no anchors; negative for fewer.
    pub candidates: i64,
}

/// One anchor of a difference.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct AnchorLine {
    /// Its fingerprint.
    pub sha256: Fingerprint,
    /// Its State.
    pub country: Option<String>,
    /// Its subject.
    pub subject: String,
}

/// What happened to a source.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It is new.
    Added,
    /// It holds another list or file.
    Replaced,
    /// It is gone.
    Removed,
}

impl Difference {
    /// What changes from `old` to `new`.
    #[must_use]
    pub fn between(old: &Snapshot, new: &Snapshot) -> Self {
        let (before, after) = (lines(old), lines(new));
        let distrusted = |snapshot: &Snapshot, which: &Fingerprint| {
            snapshot.anchors().get(which).is_some_and(|anchor| anchor.distrusted.is_some())
        };
        let missing = |from: &BTreeMap<Fingerprint, AnchorLine>,
                       other: &BTreeMap<Fingerprint, AnchorLine>| {
            from.iter()
                .filter(|(which, _)| !other.contains_key(which))
                .map(|(_, line)| line.clone())
                .collect()
        };
        Self {
            from: old.id(),
            to: new.id(),
            added: missing(&after, &before),
            removed: missing(&before, &after),
            distrusted: after
                .iter()
                .filter(|(which, _)| distrusted(new, which) && !distrusted(old, which))
                .map(|(_, line)| line.clone())
                .collect(),
            sources: sources(old, new),
            crls_added: crls_only_in(new, old),
            crls_removed: crls_only_in(old, new),
            candidates: candidates(new).saturating_sub(candidates(old)),
        }
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from == self.to
    }
}

fn lines(snapshot: &Snapshot) -> BTreeMap<Fingerprint, AnchorLine> {
    let line = |certificate: &super::certificate::Certificate| AnchorLine {
        sha256: certificate.fingerprint(),
        country: certificate.country(),
        subject: certificate.subject().text().to_owned(),
    };
    snapshot
        .anchors()
        .all()
        .iter()
        .map(|anchor| (anchor.certificate.fingerprint(), line(&anchor.certificate)))
        .collect()
}

fn sources(old: &Snapshot, new: &Snapshot) -> BTreeMap<String, Happened> {
    let (before, after) = (&old.content().sources, &new.content().sources);
    let gone = before
        .keys()
        .filter(|name| !after.contains_key(*name))
        .map(|name| (name.clone(), Happened::Removed));
    let changed = after.iter().filter_map(|(name, source)| match before.get(name) {
        None => Some((name.clone(), Happened::Added)),
        Some(held) if held.sha256 != source.sha256 => Some((name.clone(), Happened::Replaced)),
        Some(_) => None,
    });
    gone.chain(changed).collect()
}

fn crls_only_in(here: &Snapshot, there: &Snapshot) -> Vec<String> {
    here.crls()
        .filter(|crl| !there.content().crls.contains_key(&crl.fingerprint()))
        .map(|crl| format!("{}, issued {}", crl.issuer().text(), crl.this_update()))
        .collect()
}

fn candidates(snapshot: &Snapshot) -> i64 {
    let held = snapshot.content().certificates.len().saturating_sub(snapshot.anchors().all().len());
    i64::try_from(held).unwrap_or(i64::MAX)
}
