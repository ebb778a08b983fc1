//! `/v1/trust/status` and `/v1/trust/sources`: how much is trusted, where it comes from, and how fresh that is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::authz::Grant;
use crate::clock::UnixTime;
use crate::trust::fingerprint::Fingerprint;
use crate::trust::snapshot::{Snapshot, Source};

use super::view::STATUSES;
use super::{Answer, Call, Record, Services, query};

#[derive(Serialize)]
struct Status<'a> {
    snapshot: Arc<str>,
    checked_at: String,
    anchors: BTreeMap<&'static str, usize>,
    countries: usize,
    other_certificates: usize,
    distrusted: usize,
    sources: Vec<SourceLine<'a>>,
    crls: Vec<CrlLine<'a>>,
}

#[derive(Serialize)]
struct SourceLine<'a> {
    name: &'a str,
    kind: &'static str,
    sha256: Fingerprint,
    entries: usize,
    imported_at: &'a str,
    signed_at: Option<&'a str>,
    signer_csca: Option<Fingerprint>,
    age_seconds: Option<i64>,
}

#[derive(Serialize)]
struct CrlLine<'a> {
    sha256: Fingerprint,
    issuer: &'a str,
    this_update: String,
    next_update: Option<String>,
    entries: usize,
    fresh: bool,
}

#[derive(Serialize)]
struct SourceList<'a> {
    snapshot: Arc<str>,
    checked_at: String,
    sources: Vec<SourceLine<'a>>,
}

/// `GET /v1/trust/status`.
pub(super) fn status(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    if let Err(error) = query::none(call.query) {
        return Answer::malformed(call, &[error]);
    }
    let trust = services.trust();
    let snapshot = &trust.snapshot;
    let mut anchors: BTreeMap<&str, usize> =
        STATUSES.iter().map(|status| (status.name(), 0)).collect();
    let mut countries = BTreeSet::new();
    for (_, anchor) in trust.from(0, call.now) {
        let count = anchors.entry(anchor.status.name()).or_default();
        *count = count.saturating_add(1);
        countries.extend(anchor.country());
    }
    let all = snapshot.anchors().all().len();
    let document = Status {
        snapshot: snapshot.label(),
        checked_at: call.now.to_string(),
        anchors,
        countries: countries.len(),
        other_certificates: snapshot.content().certificates.len().saturating_sub(all),
        distrusted: snapshot.content().distrusted.len(),
        sources: source_lines(snapshot, call.now),
        crls: crl_lines(snapshot, call.now),
    };
    Answer::json(call, &document, Record::read("trust:query", "status"))
}

/// `GET /v1/trust/sources`.
pub(super) fn sources(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    if let Err(error) = query::none(call.query) {
        return Answer::malformed(call, &[error]);
    }
    let trust = services.trust();
    let document = SourceList {
        snapshot: trust.snapshot.label(),
        checked_at: call.now.to_string(),
        sources: source_lines(&trust.snapshot, call.now),
    };
    Answer::json(call, &document, Record::read("trust:query", "sources"))
}

fn source_lines(snapshot: &Snapshot, now: UnixTime) -> Vec<SourceLine<'_>> {
    let sources = snapshot.content().sources.iter();
    sources
        .map(|(name, source)| SourceLine {
            name,
            kind: if source.signer.is_some() { "master_list" } else { "bundle" },
            sha256: source.sha256,
            entries: source.entries.len(),
            imported_at: &source.imported_at,
            signed_at: source.signer.as_ref().map(|signer| &*signer.signed_at),
            signer_csca: source.signer.as_ref().map(|signer| signer.csca),
            age_seconds: age(source, now),
        })
        .collect()
}

fn crl_lines(snapshot: &Snapshot, now: UnixTime) -> Vec<CrlLine<'_>> {
    let crls = snapshot.crls();
    crls.map(|crl| CrlLine {
        sha256: crl.fingerprint(),
        issuer: crl.issuer().text(),
        this_update: crl.this_update().to_string(),
        next_update: crl.next_update().map(|time| time.to_string()),
        entries: crl.entries().len(),
        fresh: crl.this_update() <= now && crl.next_update().is_some_and(|next| next >= now),
    })
    .collect()
}

/// Seconds at `now` since the source's list was signed or, of a bundle, since its file was taken in.
pub(super) fn age(source: &Source, now: UnixTime) -> Option<i64> {
    let signed = source.signer.as_ref().map(|signer| &signer.signed_at);
    let since: UnixTime = signed.unwrap_or(&source.imported_at).parse().ok()?;
    Some(now.seconds().saturating_sub(since.seconds()))
}
