//! `/v1/trust/anchors`: one anchor, or all that are asked for, a page at a time.

use serde_json::json;

use crate::authz::Grant;
use crate::trust::anchors::AnchorStatus;
use crate::trust::fingerprint::Fingerprint;
use crate::wire::Status;
use crate::wire::problem::{Code, FieldError};

use super::answer::Content;
use super::query::{self, Query, wrong};
use super::view::{STATUSES, TrustView, sha256};
use super::{Answer, Call, Record, Services};

/// Anchors on a page, by default and at most.
const PAGE: usize = 100;
const MOST_ON_A_PAGE: usize = 1_000;

/// `GET /v1/trust/anchors/{sha256}`.
pub(super) fn one(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    if let Err(error) = query::none(call.query) {
        return Answer::malformed(call, &[error]);
    }
    let digits = call.parameters.only();
    let trust = services.trust();
    let Some(anchor) = trust.anchor(digits, call.now) else {
        if sha256(digits).is_none() {
            let error = wrong("sha256", "not 64 hexadecimal digits");
            return Answer::malformed(call, &[error]);
        }
        let detail = "No anchor has this fingerprint.";
        return Answer::problem(call, Code::NotFound, Status::NotFound, detail, &[])
            .recorded_as("trust:query", "anchor");
    };
    match anchor.json() {
        Some(json) => {
            let record = Record::read("trust:query", anchor.name().to_owned());
            Answer::ok(Content::Shared(json.clone()), record)
        }
        None => Answer::internal(call),
    }
}

/// `GET /v1/trust/anchors`.
pub(super) fn page(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    let page = match Page::of(call.query) {
        Ok(page) => page,
        Err(error) => return Answer::malformed(call, &[error]),
    };
    let trust = services.trust();
    match page.start(&trust) {
        Ok(start) => {
            let json = page.json(&trust, start, call);
            Answer::ok(json.into(), Record::read("trust:query", "anchors"))
        }
        Err(Stale::Filter) => {
            let error = wrong("page_token", "is of a list that was asked for in another way");
            Answer::malformed(call, &[error])
        }
        Err(Stale::Snapshot) => {
            let detail = "What is trusted has changed since the first page; begin again without a page_token.";
            Answer::problem(call, Code::Conflict, Status::Conflict, detail, &[])
        }
    }
}

/// Which of the anchors are asked for.
struct Page {
    country: Option<String>,
    status: Option<AnchorStatus>,
    size: usize,
    token: Option<Token>,
}

/// Why a page cannot be continued.
enum Stale {
    /// Its first page was asked for with another `country` or `status`.
    Filter,
    /// Its first page was of another snapshot.
    Snapshot,
}

/// Where a page begins: a place in the list of all anchors, and what that list was.
struct Token {
    snapshot: String,
    filter: String,
    place: usize,
}

/// Hexadecimal digits of a token's parts: enough to tell snapshots and filters apart that meet.
const SNAPSHOT_DIGITS: usize = 32;
const FILTER_DIGITS: usize = 8;

impl Page {
    fn of(query: Option<&str>) -> Result<Self, FieldError> {
        let query = Query::parse(query, &["country", "status", "page_size", "page_token"])?;
        let country = query.get("country").map(|text| {
            let fits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
            let upper = fits.then(|| text.to_ascii_uppercase());
            upper.ok_or_else(|| wrong("country", "not two letters"))
        });
        let status = query.get("status").map(|text| {
            let status = STATUSES.into_iter().find(|status| status.name() == text);
            status.ok_or_else(|| {
                wrong("status", "neither trusted, superseded, expired nor distrusted")
            })
        });
        let size = query.get("page_size").map(|text| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let size =
                text.parse().ok().filter(|size| digits && (1..=MOST_ON_A_PAGE).contains(size));
            size.ok_or_else(|| wrong("page_size", "not 1 to 1000"))
        });
        let token = query.get("page_token").map(|text| {
            Token::parse(text).ok_or_else(|| wrong("page_token", "none that a page ended with"))
        });
        Ok(Self {
            country: country.transpose()?,
            status: status.transpose()?,
            size: size.transpose()?.unwrap_or(PAGE),
            token: token.transpose()?,
        })
    }

    /// Where the page begins.
    fn start(&self, trust: &TrustView) -> Result<usize, Stale> {
        match &self.token {
            None => Ok(0),
            Some(token) if token.snapshot != snapshot_digits(trust) => Err(Stale::Snapshot),
            Some(token) if token.filter != self.filter_digits() => Err(Stale::Filter),
            Some(token) => Ok(token.place),
        }
    }

    fn filter_digits(&self) -> String {
        let status = self.status.map_or("", AnchorStatus::name);
        let filter = format!("{}|{status}", self.country.as_deref().unwrap_or_default());
        let mut digits = Fingerprint::of(filter.as_bytes()).to_string();
        digits.truncate(FILTER_DIGITS);
        digits
    }

    fn json(&self, trust: &TrustView, start: usize, call: &Call<'_>) -> Vec<u8> {
        let mut wanted = trust.from(start, call.now).filter(|(_, anchor)| {
            self.country.as_deref().is_none_or(|country| anchor.country() == Some(country))
                && self.status.is_none_or(|status| anchor.status == status)
        });
        let mut json = b"{\"anchors\":[".to_vec();
        let mut before: &[u8] = b"";
        for (_, anchor) in wanted.by_ref().take(self.size) {
            json.extend_from_slice(before);
            json.extend_from_slice(anchor.json().map_or(b"null", |json| json));
            before = b",";
        }
        let next = wanted.next().map(|(place, _)| {
            format!("{}-{}-{place}", snapshot_digits(trust), self.filter_digits())
        });
        let rest = json!({"snapshot": trust.snapshot.label(), "next_page_token": next}).to_string();
        json.extend_from_slice(b"],");
        json.extend_from_slice(rest.as_bytes().get(1..).unwrap_or_default());
        json
    }
}

impl Token {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (snapshot, filter, place) = (parts.next()?, parts.next()?, parts.next()?);
        let number = place.bytes().all(|byte| byte.is_ascii_digit());
        let whole = parts.next().is_none()
            && snapshot.len() == SNAPSHOT_DIGITS
            && filter.len() == FILTER_DIGITS
            && number;
        let place = place.parse().ok().filter(|_| whole)?;
        Some(Self { snapshot: snapshot.to_owned(), filter: filter.to_owned(), place })
    }
}

fn snapshot_digits(trust: &TrustView) -> String {
    let mut digits = trust.snapshot.id().to_string();
    digits.truncate(SNAPSHOT_DIGITS);
    digits
}
