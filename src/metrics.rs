//! What happened how often, and how long it took, for a Prometheus scraper.
//!
//! Every series stands there at 0 from the start, so that its first rise is seen. Labels are of fixed sets: none is
//! what a caller sends. To count costs one relaxed atomic addition, two for a duration; no lock, no allocation.
//!
//! The tables are made for a [`Shape`], since what routes and events there are is known further up.

pub mod cell;
pub mod histogram;
pub mod labels;
pub mod process;
pub mod text;

use cell::{Gauge, Table};
use histogram::Histogram;
use labels::{
    AuthMethod, AuthResult, CertificateUse, ConnectionState, CrlFetch, HandshakeResult, TlsVersion,
};
use process::Process;
use text::{Kind, Number, Page};

/// The label values that other modules know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape<'a> {
    /// The path of each route, in the order of the route table. A path may stand there twice, for two methods.
    pub routes: &'a [&'static str],
    /// Every status that is answered with.
    pub statuses: &'a [u16],
    /// The types of audit events, in the order that [`Metrics::audit_events`] is told them.
    pub event_types: &'a [&'static str],
    /// The severities of audit events, likewise.
    pub severities: &'a [&'static str],
    /// The types of certificates, likewise for [`Metrics::validations`].
    pub certificate_types: &'a [&'static str],
    /// The verdicts, likewise.
    pub verdicts: &'a [&'static str],
    /// What can be wrong with a certificate, likewise for [`Metrics::certificate_errors`].
    pub error_types: &'a [&'static str],
    /// The version of this program.
    pub version: &'static str,
    /// The commit that it was built from.
    pub commit: &'static str,
}

/// All counts of this process.
#[derive(Debug)]
pub struct Metrics {
    /// Attempts to authenticate, by [`AuthMethod`] and [`AuthResult`].
    pub auth_attempts: Table,
    /// Verdicts, by the certificate's type and the verdict, as [`Shape`] has them.
    pub validations: Table,
    /// Certificates that did not come out `valid`, by what decided it, as [`Shape`] has them.
    pub certificate_errors: Table,
    /// Audit events, by type and severity, as [`Shape`] has them.
    pub audit_events: Table,
    /// Records that the spool did not take.
    pub spool_errors: Table,
    /// How long it took to write and sync a batch of records.
    pub audit_commit: Histogram,
    /// Handshakes, by [`TlsVersion`] and [`HandshakeResult`].
    pub handshakes: Table,
    /// Revocation lists of clients that were fetched, by [`CrlFetch`].
    pub crl_fetches: Table,
    /// Epoll workers that are at work, not waiting.
    pub workers_busy: Gauge,
    connections: Vec<Gauge>,
    certificate_expiry: Vec<Gauge>,
    requests: Table,
    durations: Histogram,
    /// For each route its row in `requests` and `durations`: routes of one path share one.
    rows: Vec<usize>,
    /// For each status from 0 to 599 its column in `requests`.
    columns: Vec<usize>,
    build: [(&'static str, &'static str); 2],
}

/// The `route` of a request that no route takes.
pub const NO_ROUTE: &str = "none";

/// Upper bounds of the requests' durations, in microseconds.
const REQUEST_BOUNDS: &[u64] = &[
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 10_000_000, 30_000_000,
];
/// Upper bounds of the audit commits' durations, in microseconds.
const COMMIT_BOUNDS: &[u64] = &[
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    5_000_000,
];

impl Metrics {
    /// All counts, at 0.
    #[must_use]
    pub fn new(shape: &Shape<'_>) -> Self {
        let mut paths: Vec<&'static str> = Vec::new();
        let mut rows = Vec::with_capacity(shape.routes.len().saturating_add(1));
        for path in shape.routes.iter().chain([&NO_ROUTE]) {
            let row = paths.iter().position(|known| known == path).unwrap_or(paths.len());
            if row == paths.len() {
                paths.push(path);
            }
            rows.push(row);
        }
        let mut columns = vec![usize::MAX; 600];
        for (column, status) in shape.statuses.iter().enumerate() {
            if let Some(place) = columns.get_mut(usize::from(*status)) {
                *place = column;
            }
        }
        let statuses: Vec<String> = shape.statuses.iter().map(u16::to_string).collect();
        Self {
            auth_attempts: Table::new(&AuthMethod::NAMES, &AuthResult::NAMES),
            validations: Table::new(shape.certificate_types, shape.verdicts),
            certificate_errors: Table::new(shape.error_types, &[""]),
            audit_events: Table::new(shape.event_types, shape.severities),
            spool_errors: Table::new(&["spool"], &[""]),
            audit_commit: Histogram::new(&[""], COMMIT_BOUNDS),
            handshakes: Table::new(&TlsVersion::NAMES, &HandshakeResult::NAMES),
            crl_fetches: Table::new(&CrlFetch::NAMES, &[""]),
            workers_busy: Gauge::default(),
            connections: ConnectionState::NAMES.iter().map(|_| Gauge::default()).collect(),
            certificate_expiry: CertificateUse::NAMES.iter().map(|_| Gauge::default()).collect(),
            requests: Table::new(&paths, &statuses),
            durations: Histogram::new(&paths, REQUEST_BOUNDS),
            rows,
            columns,
            build: [("version", shape.version), ("commit", shape.commit)],
        }
    }

    /// Counts a request that `route` took, by its place in the table, or none; answered after `micros`.
    pub fn request(&self, route: Option<usize>, status: u16, micros: u64) {
        let place = route.unwrap_or(self.rows.len().saturating_sub(1));
        let row = self.rows.get(place).copied().unwrap_or(usize::MAX);
        let column = self.columns.get(usize::from(status)).copied().unwrap_or(usize::MAX);
        self.requests.add(row, column);
        self.durations.observe(row, micros);
    }

    /// Says that there are `by` more connections in a state, or fewer where it is negative.
    pub fn connections(&self, state: ConnectionState, by: i64) {
        if let Some(gauge) = self.connections.get(state.index()) {
            gauge.add(by);
        }
    }

    /// Says when the certificate in use ends, in seconds since the epoch. Not shown before it is said.
    pub fn certificate_ends(&self, of: CertificateUse, at: i64) {
        if let Some(gauge) = self.certificate_expiry.get(of.index()) {
            gauge.set(at);
        }
    }

    /// Writes every family to `page`.
    pub fn write(&self, page: &mut Page, process: &Process) {
        self.write_security(page);
        self.write_server(page);
        process.write(page);
        page.family("build_info", "The program that runs.", Kind::Gauge);
        page.sample("build_info", &self.build, Number::Whole(1));
    }

    fn write_security(&self, page: &mut Page) {
        for (table, name, help, labels) in [
            (
                &self.auth_attempts,
                "security_auth_attempts_total",
                "Attempts to authenticate.",
                ["method", "result"].as_slice(),
            ),
            (
                &self.validations,
                "security_certificate_validations_total",
                "Verdicts on certificates.",
                &["type", "result"],
            ),
            (
                &self.certificate_errors,
                "security_certificate_errors_total",
                "Certificates that are not valid, by the check that decided it.",
                &["error_type"],
            ),
            (
                &self.audit_events,
                "security_audit_events_total",
                "Audit events.",
                &["event_type", "severity"],
            ),
            (
                &self.spool_errors,
                "security_audit_log_errors_total",
                "Audit records that a destination did not take.",
                &["destination"],
            ),
            (
                &self.handshakes,
                "security_tls_handshakes_total",
                "TLS handshakes.",
                &["version", "result"],
            ),
            (
                &self.crl_fetches,
                "security_revocation_list_fetches_total",
                "Revocation lists of clients that were fetched.",
                &["result"],
            ),
        ] {
            page.family(name, help, Kind::Counter);
            table.write(page, name, labels);
        }
        let name = "security_audit_commit_seconds";
        page.family(
            name,
            "What it took to write and sync a batch of audit records.",
            Kind::Histogram,
        );
        self.audit_commit.write(page, name, &[]);
        let name = "security_certificate_expiry_timestamp_seconds";
        page.family(name, "When the certificate in use ends.", Kind::Gauge);
        for (of, gauge) in CertificateUse::NAMES.iter().zip(&self.certificate_expiry) {
            if gauge.get() != 0 {
                page.sample(name, &[("use", of)], Number::Signed(gauge.get()));
            }
        }
    }

    fn write_server(&self, page: &mut Page) {
        let name = "http_requests_total";
        page.family(name, "Requests answered.", Kind::Counter);
        self.requests.write(page, name, &["route", "status"]);
        let name = "http_request_duration_seconds";
        page.family(
            name,
            "From a request's head to its answer, its record included.",
            Kind::Histogram,
        );
        self.durations.write(page, name, &["route"]);
        let name = "server_connections";
        page.family(name, "Connections, by what they do.", Kind::Gauge);
        for (state, gauge) in ConnectionState::NAMES.iter().zip(&self.connections) {
            page.sample(name, &[("state", state)], Number::Signed(gauge.get()));
        }
        let name = "server_worker_busy";
        page.family(name, "Workers that are at work, not waiting.", Kind::Gauge);
        page.sample(name, &[], Number::Signed(self.workers_busy.get()));
    }
}

#[cfg(test)]
mod tests;
