//! `trust status`, `trust list` and `trust diff`: what is trusted, as a person or a machine reads it.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use serde::Serialize;

use crate::clock::UnixTime;
use crate::state::TrustStore;
use crate::trust::anchors::AnchorStatus;
use crate::trust::diff::Difference;
use crate::trust::fingerprint::Fingerprint;
use crate::trust::kind::CertificateType;
use crate::trust::snapshot::Snapshot;

use super::super::exit::Exit;
use super::super::session::{Failure, Session};
use super::super::terminal::{Cell, Table, Tint};
use super::super::usage_error::UsageError;
use super::print_difference;

#[derive(Serialize)]
struct Status {
    snapshot: Arc<str>,
    anchors: BTreeMap<&'static str, usize>,
    countries: usize,
    other_certificates: usize,
    distrusted: usize,
    sources: Vec<SourceLine>,
    crls: Vec<CrlLine>,
}

#[derive(Serialize)]
struct SourceLine {
    name: String,
    kind: &'static str,
    entries: usize,
    imported_at: String,
    signed_at: Option<String>,
    signer_csca: Option<Fingerprint>,
    age_days: i64,
}

#[derive(Serialize)]
struct CrlLine {
    sha256: Fingerprint,
    issuer: String,
    this_update: String,
    next_update: Option<String>,
    entries: usize,
    fresh: bool,
}

/// Counts, sources with their age, and revocation lists with their freshness.
pub(in crate::cli) fn status(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let snapshot = session.store().current()?;
    let status = Status::of(&snapshot, session.now());
    if session.wants_json() {
        session.print_json(&status)?;
        return Ok(Exit::Good);
    }
    let style = session.style;
    let out = &mut session.out;
    writeln!(out, "snapshot     {}", status.snapshot)?;
    let all = snapshot.anchors().all().len();
    let by_status: Vec<String> =
        status.anchors.iter().map(|(name, count)| format!("{count} {name}")).collect();
    writeln!(out, "anchors      {all} of {} States: {}", status.countries, by_status.join(", "))?;
    writeln!(
        out,
        "other        {} certificates; {} distrusted",
        status.other_certificates, status.distrusted
    )?;
    let mut table = Table::new(["SOURCE", "KIND", "ENTRIES", "SIGNED", "AGE", "CSCA"])
        .number("ENTRIES")
        .number("AGE");
    for source in &status.sources {
        table.row([
            source.name.as_str().into(),
            source.kind.into(),
            source.entries.to_string().into(),
            source.signed_at.clone().unwrap_or_default().into(),
            format!("{} d", source.age_days).into(),
            source.signer_csca.map(|csca| csca.to_string()).unwrap_or_default().into(),
        ]);
    }
    table.print(*out, &style)?;
    let mut table = Table::new(["CRL", "ISSUED", "NEXT DUE", "REVOKED", "STATE"]).number("REVOKED");
    for crl in &status.crls {
        table.row([
            crl.issuer.as_str().into(),
            crl.this_update.as_str().into(),
            crl.next_update.clone().unwrap_or_default().into(),
            crl.entries.to_string().into(),
            if crl.fresh {
                Cell::tinted("fresh", Tint::Good)
            } else {
                Cell::tinted("stale", Tint::Doubt)
            },
        ]);
    }
    table.print(*out, &style)?;
    Ok(Exit::Good)
}

impl Status {
    fn of(snapshot: &Snapshot, now: UnixTime) -> Self {
        let (anchors, content) = (snapshot.anchors(), snapshot.content());
        let mut by_status: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut countries: Vec<String> = Vec::new();
        for anchor in anchors.all() {
            let count = by_status.entry(anchors.status(anchor, now).name()).or_default();
            *count = count.saturating_add(1);
            countries.extend(anchor.certificate.country());
        }
        countries.sort_unstable();
        countries.dedup();
        let sources = content.sources.iter().map(|(name, source)| {
            let signed_at = source.signer.as_ref().map(|signer| signer.signed_at.clone());
            let since: Option<UnixTime> =
                signed_at.as_ref().unwrap_or(&source.imported_at).parse().ok();
            let age = since.map_or(0, |since| now.seconds().saturating_sub(since.seconds()));
            SourceLine {
                name: name.clone(),
                kind: if source.signer.is_some() { "master list" } else { "bundle" },
                entries: source.entries.len(),
                imported_at: source.imported_at.clone(),
                signed_at,
                signer_csca: source.signer.as_ref().map(|signer| signer.csca),
                age_days: age.div_euclid(86_400),
            }
        });
        let crls = snapshot.crls().map(|crl| CrlLine {
            sha256: crl.fingerprint(),
            issuer: crl.issuer().text().to_owned(),
            this_update: crl.this_update().to_string(),
            next_update: crl.next_update().map(|time| time.to_string()),
            entries: crl.entries().len(),
            fresh: crl.this_update() <= now && crl.next_update().is_some_and(|next| next >= now),
        });
        Self {
            snapshot: snapshot.label(),
            anchors: by_status,
            countries: countries.len(),
            other_certificates: content.certificates.len().saturating_sub(anchors.all().len()),
            distrusted: content.distrusted.len(),
            sources: sources.collect(),
            crls: crls.collect(),
        }
    }
}

#[derive(Serialize)]
struct AnchorLine<'a> {
    sha256: Fingerprint,
    country: Option<String>,
    status: AnchorStatus,
    #[serde(rename = "type")]
    kind: CertificateType,
    subject: &'a str,
    not_before: String,
    not_after: String,
    key: String,
    operator: bool,
    sources: &'a [Arc<str>],
    distrusted: Option<&'a str>,
}

/// The anchors, by State, newest first.
pub(in crate::cli) fn list(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let snapshot = session.store().current()?;
    let (anchors, now) = (snapshot.anchors(), session.now());
    let wanted = session.invocation.text("country").map(str::to_ascii_uppercase);
    let mut lines: Vec<AnchorLine<'_>> = anchors
        .all()
        .iter()
        .map(|anchor| AnchorLine {
            sha256: anchor.certificate.fingerprint(),
            country: anchor.certificate.country(),
            status: anchors.status(anchor, now),
            kind: anchor.kind,
            subject: anchor.certificate.subject().text(),
            not_before: anchor.certificate.not_before().to_string(),
            not_after: anchor.certificate.not_after().to_string(),
            key: anchor.certificate.key().map_or_else(|_| String::new(), ToString::to_string),
            operator: anchor.by_operator,
            sources: &anchor.sources,
            distrusted: anchor.distrusted.as_deref(),
        })
        .filter(|line| wanted.is_none() || line.country == wanted)
        .collect();
    lines.sort_by(|one, other| {
        (&one.country, &other.not_before, one.sha256).cmp(&(
            &other.country,
            &one.not_before,
            other.sha256,
        ))
    });
    if session.wants_json() {
        session.print_json(&lines)?;
        return Ok(Exit::Good);
    }
    let mut table =
        Table::new(["COUNTRY", "STATUS", "TYPE", "SUBJECT", "UNTIL", "KEY", "SOURCES", "SHA-256"]);
    for line in &lines {
        let tint = match line.status {
            AnchorStatus::Trusted => Tint::Good,
            AnchorStatus::Superseded | AnchorStatus::Expired => Tint::Faint,
            AnchorStatus::Distrusted => Tint::Bad,
        };
        let mut sources: Vec<&str> = line.sources.iter().map(AsRef::as_ref).collect();
        if line.operator {
            sources.insert(0, "operator");
        }
        table.row([
            line.country.clone().unwrap_or_default().into(),
            Cell::tinted(line.status.name(), tint),
            line.kind.name().into(),
            line.subject.into(),
            line.not_after.get(..10).unwrap_or_default().into(),
            line.key.as_str().into(),
            sources.join(",").into(),
            line.sha256.to_string().into(),
        ]);
    }
    let style = session.style;
    table.print(session.out, &style)?;
    let plural = if lines.len() == 1 { "" } else { "s" };
    writeln!(session.out, "{} anchor{plural}", lines.len())?;
    Ok(Exit::Good)
}

/// What changed between two kept snapshots; of the current one against the one before it by default.
pub(in crate::cli) fn diff(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let store = session.store();
    let named = |place: usize| {
        session.invocation.operand_text(place).map(|text| snapshot_named(&store, text)).transpose()
    };
    let (old, new) = match (named(0)?, named(1)?) {
        (Some(old), Some(new)) => (old, new),
        (Some(old), None) => (old, store.current()?),
        (None, _) => match store.history()?.get(1) {
            Some(before) => (store.load(*before)?, store.current()?),
            None => (Snapshot::empty(), store.current()?),
        },
    };
    let difference = Difference::between(&old, &new);
    if session.wants_json() {
        session.print_json(&difference)?;
    } else {
        let style = session.style;
        writeln!(session.out, "from {} to {}", old.label(), new.label())?;
        print_difference(session.out, &style, &difference)?;
    }
    Ok(Exit::Good)
}

/// The kept snapshot whose fingerprint is, or begins with, `text`.
fn snapshot_named(store: &TrustStore, text: &str) -> Result<Snapshot, Failure> {
    let wanted = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    let history = store.history()?;
    let mut matching: Vec<&Fingerprint> = history
        .iter()
        .filter(|id| wanted.len() >= 6 && id.to_string().starts_with(&wanted))
        .collect();
    matching.sort_unstable();
    matching.dedup();
    if let [one] = matching.as_slice() {
        return Ok(store.load(**one)?);
    }
    let expected = "at least six digits that only one kept snapshot begins with";
    Err(UsageError::Malformed { argument: "SNAPSHOT", value: text.into(), expected }.into())
}
