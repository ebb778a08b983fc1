use super::*;
use std::collections::{BTreeMap, HashSet};

const SHAPE: Shape<'_> = Shape {
    routes: &["/a", "/b/{x}", "/a"],
    statuses: &[200, 404],
    event_types: &["auth.success", "cert.validated"],
    severities: &["low", "high"],
    certificate_types: &["csca", "dsc"],
    verdicts: &["valid", "invalid"],
    error_types: &["parse", "signature"],
    version: "1.2.3",
    commit: "abc",
};

fn page(metrics: &Metrics) -> String {
    let mut page = Page::default();
    metrics.write(&mut page, &Process::read());
    String::from_utf8(page.into_bytes()).unwrap()
}

fn samples(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let mut all = BTreeMap::new();
    for line in lines {
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(all.insert(series, value).is_none(), "{series} stands there twice");
    }
    all
}

#[test]
fn every_series_is_there_at_zero_from_the_start() {
    let text = page(&Metrics::new(&SHAPE));
    let samples = samples(&text);
    for series in [
        r#"security_auth_attempts_total{method="mtls",result="failure"}"#,
        r#"security_certificate_validations_total{type="dsc",result="valid"}"#,
        r#"security_certificate_errors_total{error_type="signature"}"#,
        r#"security_audit_events_total{event_type="cert.validated",severity="high"}"#,
        r#"security_audit_log_errors_total{destination="spool"}"#,
        r#"security_audit_commit_seconds_bucket{le="0.00005"}"#,
        "security_audit_commit_seconds_count",
        r#"security_tls_handshakes_total{version="1.3",result="success"}"#,
        r#"security_revocation_list_fetches_total{result="refused"}"#,
        r#"http_requests_total{route="/b/{x}",status="404"}"#,
        r#"http_request_duration_seconds_bucket{route="none",le="+Inf"}"#,
        r#"server_connections{state="idle"}"#,
        "server_worker_busy",
    ] {
        assert_eq!(samples.get(series), Some(&"0"), "{series}");
    }
    assert_eq!(samples.get(r#"build_info{version="1.2.3",commit="abc"}"#), Some(&"1"));
    // An end in 1970 would be an alarm.
    assert!(!text.contains("expiry_timestamp_seconds{"));
}

#[test]
fn every_family_says_what_it_is_once_and_before_its_samples() {
    let text = page(&Metrics::new(&SHAPE));
    let mut families = HashSet::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let (name, _) = line.strip_prefix("# HELP ").unwrap().split_once(' ').unwrap();
        assert!(families.insert(name.to_owned()), "{name}");
        let kind = lines.next().unwrap().strip_prefix(&format!("# TYPE {name} ")).unwrap();
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        while let Some(sample) = lines.next_if(|line| !line.starts_with('#')) {
            assert!(sample.starts_with(name), "{sample} under {name}");
        }
    }
}

#[test]
fn counts_where_it_is_told_to() {
    let metrics = Metrics::new(&SHAPE);
    metrics.request(Some(0), 200, 99);
    metrics.request(Some(2), 200, 100);
    metrics.request(Some(1), 404, 101);
    metrics.request(None, 404, 60_000_000);
    metrics.auth_attempts.add(AuthMethod::Jwt.index(), AuthResult::Failure.index());
    metrics.audit_commit.observe(0, 1_500);
    metrics.connections(ConnectionState::Idle, 2);
    metrics.connections(ConnectionState::Idle, -1);
    metrics.certificate_ends(CertificateUse::Server, 1_795_478_400);
    let text = page(&metrics);
    let samples = samples(&text);
    for (series, value) in [
        // Two methods of one path are one row.
        (r#"http_requests_total{route="/a",status="200"}"#, "2"),
        (r#"http_requests_total{route="/b/{x}",status="404"}"#, "1"),
        (r#"http_requests_total{route="none",status="404"}"#, "1"),
        // A bound is within its bucket.
        (r#"http_request_duration_seconds_bucket{route="/a",le="0.0001"}"#, "2"),
        (r#"http_request_duration_seconds_bucket{route="/b/{x}",le="0.0001"}"#, "0"),
        (r#"http_request_duration_seconds_bucket{route="/b/{x}",le="0.00025"}"#, "1"),
        (r#"http_request_duration_seconds_bucket{route="none",le="30"}"#, "0"),
        (r#"http_request_duration_seconds_bucket{route="none",le="+Inf"}"#, "1"),
        (r#"http_request_duration_seconds_sum{route="/a"}"#, "0.000199"),
        (r#"http_request_duration_seconds_sum{route="none"}"#, "60"),
        (r#"http_request_duration_seconds_count{route="/a"}"#, "2"),
        (r#"security_auth_attempts_total{method="jwt",result="failure"}"#, "1"),
        ("security_audit_commit_seconds_sum", "0.0015"),
        (r#"server_connections{state="idle"}"#, "1"),
        (r#"security_certificate_expiry_timestamp_seconds{use="server"}"#, "1795478400"),
    ] {
        assert_eq!(samples.get(series), Some(&value), "{series}");
    }
}

#[test]
fn what_is_outside_the_tables_is_let_go_and_moves_no_neighbour() {
    let metrics = Metrics::new(&SHAPE);
    let before = page(&metrics);
    let counts = |text: &str| {
        text.lines()
            .filter(|line| !line.contains("process_"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    metrics.validations.add(0, 2);
    metrics.validations.add(2, 0);
    metrics.validations.add(usize::MAX, usize::MAX);
    metrics.audit_commit.observe(1, 1);
    metrics.request(Some(9), 999, 1);
    metrics.request(Some(usize::MAX), 200, 1);
    assert_eq!(counts(&page(&metrics)), counts(&before));
}

#[test]
fn a_label_value_cannot_end_its_line() {
    let mut page = Page::default();
    page.sample("x", &[("source", "a\"} 1\n\\y")], Number::Signed(-1));
    let text = String::from_utf8(page.into_bytes()).unwrap();
    assert_eq!(text, "x{source=\"a\\\"} 1\\n\\\\y\"} -1\n");
}

#[test]
fn seconds_are_written_without_needless_zeros() {
    for (micros, text) in
        [(0, "0"), (1, "0.000001"), (100, "0.0001"), (1_500_000, "1.5"), (30_000_000, "30")]
    {
        assert_eq!(histogram::seconds(micros), text);
    }
}
