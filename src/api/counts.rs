//! `GET /metrics`, and which counts belong to which answers.

use std::collections::BTreeMap;

use crate::audit::event::{EventType, Severity};
use crate::authz::Grant;
use crate::clock::UnixTime;
use crate::guard::Guard;
use crate::limit::Scope;
use crate::metrics::process::Process;
use crate::metrics::text::{Kind, MEDIA_TYPE, Number, Page};
use crate::metrics::{Metrics, Shape};
use crate::trust::check::Code;
use crate::trust::kind::CertificateType;
use crate::trust::verdict::{Answer as Answered, Verdict};
use crate::wire::Status;

use super::view::{STATUSES, TrustView};
use super::{Answer, Call, LOCAL_ROUTES, ROUTES, Record, Services, query};

/// The verdicts, in the order of their counts.
const VERDICTS: [Answered; 3] = [Answered::Valid, Answered::Invalid, Answered::Indeterminate];

/// The counts of a service with these routes and events, at 0.
pub(super) fn metrics() -> Metrics {
    let names = |all: &[EventType]| all.iter().map(|one| one.as_str()).collect::<Vec<_>>();
    let severities: Vec<_> = Severity::ALL.iter().map(|one| one.as_str()).collect();
    let routes: Vec<_> = ROUTES.iter().chain(LOCAL_ROUTES).map(|route| route.path).collect();
    let statuses: Vec<_> = Status::ALL.iter().map(|status| status.code()).collect();
    Metrics::new(&Shape {
        routes: &routes,
        statuses: &statuses,
        event_types: &names(EventType::ALL),
        severities: &severities,
        certificate_types: &CertificateType::ALL.map(CertificateType::name),
        verdicts: &VERDICTS.map(Answered::name),
        error_types: &Code::ALL.map(Code::name),
        version: env!("CARGO_PKG_VERSION"),
        commit: option_env!("TRUST_SERVICE_COMMIT").unwrap_or("unknown"),
    })
}

/// Counts a verdict and, where it is not `valid`, the check that decided it.
pub(super) fn verdict(metrics: &Metrics, verdict: &Verdict) {
    let place = |found: Option<usize>| found.unwrap_or(usize::MAX);
    let kind = place(CertificateType::ALL.iter().position(|kind| *kind == verdict.kind));
    let answer = place(VERDICTS.iter().position(|answer| *answer == verdict.verdict));
    metrics.validations.add(kind, answer);
    if verdict.verdict != Answered::Valid
        && let Some(reason) = verdict.reason()
    {
        error(metrics, reason.code);
    }
}

/// Counts bytes that are no certificate.
pub(super) fn malformed(metrics: &Metrics) {
    error(metrics, Code::Parse);
}

fn error(metrics: &Metrics, code: Code) {
    let place = Code::ALL.iter().position(|one| *one == code);
    metrics.certificate_errors.add(place.unwrap_or(usize::MAX), 0);
}

/// `GET /metrics`.
pub(super) fn page(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    if let Err(error) = query::none(call.query) {
        return Answer::malformed(call, &[error]);
    }
    let mut page = Page::default();
    write(services, call.now, &mut page);
    Answer {
        content_type: MEDIA_TYPE,
        ..Answer::ok(page.into_bytes().into(), Record::read("metrics:read", "metrics"))
    }
}

/// Writes all there is to count or to measure at `now`; what the kernel knows of the process as well.
pub fn write(services: &Services, now: UnixTime, page: &mut Page) {
    services.metrics.write(page, &Process::read());
    write_limits(services.guard.as_deref(), page);
    write_trust(&services.trust(), now, page);
}

fn write_limits(guard: Option<&Guard>, page: &mut Page) {
    let name = "security_rate_limit_exceeded_total";
    page.family(name, "Requests and connections above a limit.", Kind::Counter);
    for scope in Scope::ALL {
        let count = guard.map_or(0, |guard| guard.limits().refused(scope));
        page.sample(name, &[("client_type", scope.as_str())], Number::Whole(count));
    }
}

fn write_trust(trust: &TrustView, now: UnixTime, page: &mut Page) {
    let mut anchors: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    for (_, anchor) in trust.from(0, now) {
        let counts = anchors.entry(anchor.country().unwrap_or_default()).or_default();
        let place = STATUSES.iter().position(|status| *status == anchor.status);
        if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
            *count = count.saturating_add(1);
        }
    }
    let name = "trust_anchors";
    page.family(name, "Anchors, by State and by whether they are of use.", Kind::Gauge);
    for (country, counts) in anchors {
        for (status, count) in STATUSES.iter().zip(counts) {
            let labels = [("country", country), ("status", status.name())];
            page.sample(name, &labels, Number::Whole(count));
        }
    }
    let name = "trust_source_age_seconds";
    page.family(name, "Since a source's list was signed, or its file taken in.", Kind::Gauge);
    for (source, held) in &trust.snapshot.content().sources {
        if let Some(age) = super::status::age(held, now) {
            page.sample(name, &[("source", source)], Number::Signed(age));
        }
    }
}
