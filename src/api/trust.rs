//! `/v1/trust/…`: what is trusted, and when it changes.

use std::collections::BTreeMap;

use serde_json::json;

use crate::audit::event::Value;
use crate::authz::Grant;
use crate::wire::Status;
use crate::wire::problem::{Code, FieldError};

use super::answer::Content;
use super::query::{once, pairs, wrong};
use super::{Answer, Call, Expired, Record, Services};

/// Anchors on a page, by default and at most.
const PAGE: usize = 100;
const MOST_ON_A_PAGE: usize = 1_000;

/// `GET /v1/trust/anchors/{sha256}`.
pub(super) fn anchor(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    let Ok(sha256) = call.parameters.only().parse() else {
        return Answer::problem(
            call,
            Code::MalformedRequest,
            Status::BadRequest,
            "An anchor is named by its SHA-256, in 64 hexadecimal digits.",
            &[],
        );
    };
    match services.trust().anchor_json(&sha256, call.now) {
        Some(json) => {
            let mut record = Record::read("trust:query", "anchor");
            record.details.push(("anchor", Value::from(call.parameters.only().to_owned())));
            Answer::ok(json.into(), record)
        }
        None => Answer::problem(
            call,
            Code::NotFound,
            Status::NotFound,
            "No anchor has this fingerprint.",
            &[],
        ),
    }
}

/// `GET /v1/trust/status`.
pub(super) fn status(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    let trust = services.trust();
    let snapshot = &trust.snapshot;
    let anchors = snapshot.anchors();
    let mut by_status: BTreeMap<&str, u64> = BTreeMap::new();
    let mut countries: Vec<_> = Vec::new();
    for anchor in anchors.all() {
        let count = by_status.entry(anchors.status(anchor, call.now).name()).or_default();
        *count = count.saturating_add(1);
        countries.extend(anchor.certificate.country());
    }
    countries.sort_unstable();
    countries.dedup();
    let sources: Vec<_> = snapshot
        .content()
        .sources
        .iter()
        .map(|(name, source)| {
            json!({
                "name": name,
                "sha256": source.sha256,
                "imported_at": source.imported_at,
                "signed_at": source.signer.as_ref().map(|signer| &signer.signed_at),
                "entries": source.entries.len(),
            })
        })
        .collect();
    let crls: Vec<_> = snapshot
        .crls()
        .map(|crl| {
            json!({
                "issuer": crl.issuer().text(),
                "this_update": crl.this_update().to_string(),
                "next_update": crl.next_update().map(|time| time.to_string()),
                "entries": crl.entries().len(),
            })
        })
        .collect();
    let document = json!({
        "snapshot": snapshot.label(),
        "anchors": by_status,
        "countries": countries.len(),
        "sources": sources,
        "crls": crls,
        "checked_at": call.now.to_string(),
    });
    Answer::json(call, &document, Record::read("trust:query", "status"))
}

/// `GET /v1/trust/anchors`.
pub(super) fn anchors(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    let page = match Page::of(call.query) {
        Ok(page) => page,
        Err(error) => return malformed(call, error),
    };
    let size = page.size.unwrap_or(PAGE);
    let trust = services.trust();
    let label = trust.snapshot.label();
    let start = match page.token.as_deref().map(|token| token.rsplit_once('.')) {
        None => 0,
        Some(Some((snapshot, start))) if *label == *snapshot => start.parse().unwrap_or(usize::MAX),
        Some(_) => {
            return Answer::problem(
                call,
                Code::Conflict,
                Status::Conflict,
                "What is trusted has changed since the first page; begin again without a page_token.",
                &[],
            );
        }
    };
    let all = trust.snapshot.anchors();
    let wanted = all.all().iter().filter(|anchor| {
        let country = anchor.certificate.country();
        let status = all.status(anchor, call.now).name();
        page.country.as_deref().is_none_or(|own| country.as_deref() == Some(own))
            && page.status.as_deref().is_none_or(|own| status == own)
    });
    let mut found = wanted.skip(start);
    let mut json = b"{\"anchors\":[".to_vec();
    for (index, anchor) in found.by_ref().take(size).enumerate() {
        if index > 0 {
            json.push(b',');
        }
        json.extend_from_slice(&trust.rendered(anchor, call.now));
    }
    let next = found.next().map(|_| format!("{label}.{}", start.saturating_add(size)));
    let tail = json!({"snapshot": label, "next_page_token": next}).to_string();
    json.extend_from_slice(b"],");
    json.extend_from_slice(tail.get(1..).unwrap_or_default().as_bytes());
    Answer::ok(Content::Owned(json), Record::read("trust:query", "anchors"))
}

/// Which of the anchors are asked for.
struct Page {
    country: Option<String>,
    status: Option<String>,
    size: Option<usize>,
    token: Option<String>,
}

impl Page {
    fn of(query: Option<&str>) -> Result<Self, FieldError> {
        let mut page = Self { country: None, status: None, size: None, token: None };
        for pair in pairs(query) {
            let (name, value) = pair?;
            match name {
                "country" => once(&mut page.country, name, value)?,
                "status" => once(&mut page.status, name, value)?,
                "page_token" => once(&mut page.token, name, value)?,
                "page_size" => match value.parse() {
                    Ok(size @ 1..=MOST_ON_A_PAGE) => once(&mut page.size, name, size)?,
                    _ => return Err(wrong(name, "not 1 to 1000")),
                },
                other => return Err(wrong(other, "no such parameter")),
            }
        }
        Ok(page)
    }
}

/// `GET /v1/trust/changes?since=`: answers at once where the snapshot is another than `since`, else when it is.
pub(super) fn changes(
    services: &Services,
    _: &Grant,
    call: &Call<'_>,
    expired: Expired,
) -> Option<Answer> {
    let since = match since(call.query) {
        Ok(since) => since,
        Err(error) => return Some(malformed(call, error)),
    };
    let label = services.trust().snapshot.label();
    let changed = *label != *since;
    if !changed && expired == Expired::No {
        return None;
    }
    let document = json!({"snapshot": label, "since": since, "changed": changed});
    Some(Answer::json(call, &document, Record::read("trust:query", "changes")))
}

fn since(query: Option<&str>) -> Result<String, FieldError> {
    let mut since = None;
    for pair in pairs(query) {
        match pair? {
            ("since", value) => once(&mut since, "since", value)?,
            (other, _) => return Err(wrong(other, "no such parameter")),
        }
    }
    since
        .ok_or_else(|| wrong("since", "is missing: the name of a snapshot, as the status gives it"))
}

fn malformed(call: &Call<'_>, error: FieldError) -> Answer {
    let detail = "The query asks for something that cannot be asked.";
    Answer::problem(call, Code::MalformedRequest, Status::BadRequest, detail, &[error])
}
