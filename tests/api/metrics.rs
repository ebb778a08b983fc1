use std::io::Write;
use std::process::{Command, Stdio};

use trust_service::api::{Answer, Verb};

use super::rig::Rig;

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.as_ref().to_vec()).unwrap()
}

fn value<'a>(page: &'a str, series: &str) -> &'a str {
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{series} is not in\n{page}"))
}

fn validate(rig: &Rig, der: &[u8]) {
    rig.ask(Verb::Post, "/v1/certificates/validate", "application/pkix-cert", der);
}

#[test]
fn verdicts_are_counted_by_type_answer_and_reason() {
    let rig = Rig::new("counts");
    for der in [
        &rig.material.valid,
        &rig.material.valid,
        &rig.material.revoked,
        &rig.material.forged,
        &rig.material.unknown,
        &vec![0_u8],
    ] {
        validate(&rig, der);
    }
    rig.lines(None, &[br#"{"certificate":"AAAA"}"#]);
    let page = text(&rig.get("/metrics"));
    for (series, count) in [
        (r#"security_certificate_validations_total{type="dsc",result="valid"}"#, "2"),
        (r#"security_certificate_validations_total{type="dsc",result="invalid"}"#, "2"),
        (r#"security_certificate_validations_total{type="dsc",result="indeterminate"}"#, "1"),
        (r#"security_certificate_validations_total{type="csca",result="valid"}"#, "0"),
        (r#"security_certificate_errors_total{error_type="parse"}"#, "2"),
        (r#"security_certificate_errors_total{error_type="revocation"}"#, "1"),
        (r#"security_certificate_errors_total{error_type="signature"}"#, "1"),
        (r#"security_certificate_errors_total{error_type="issuer"}"#, "1"),
        (r#"trust_anchors{country="UT",status="trusted"}"#, "2"),
        (r#"trust_anchors{country="UT",status="expired"}"#, "0"),
    ] {
        assert_eq!(value(&page, series), count, "{series}");
    }
}

#[test]
fn the_server_counts_by_the_place_of_a_route_in_the_table() {
    let rig = Rig::new("routes");
    let place = |path: &str| trust_service::api::ROUTES.iter().position(|route| route.path == path);
    rig.services.metrics.request(place("/v1/trust/status"), 200, 80);
    rig.services.metrics.request(None, 404, 80);
    let page = text(&rig.get("/metrics"));
    let series = r#"http_requests_total{route="/v1/trust/status",status="200"}"#;
    assert_eq!(value(&page, series), "1");
    assert_eq!(value(&page, r#"http_requests_total{route="none",status="404"}"#), "1");
}

#[test]
fn a_sources_age_is_that_of_its_list() {
    let rig = Rig::new("age");
    let put = |name: &str, body: &[u8]| {
        let target = format!("/v1/trust/sources/{name}");
        rig.ask(Verb::Put, &target, "application/octet-stream", body)
    };
    put("ut", &rig.material.master_list);
    put("signers", &rig.material.valid);
    let page = text(&rig.get("/metrics"));
    assert_eq!(value(&page, r#"trust_source_age_seconds{source="ut"}"#), "3600");
    assert_eq!(value(&page, r#"trust_source_age_seconds{source="signers"}"#), "0");
}

#[test]
fn promtool_has_nothing_to_say_where_it_is_installed() {
    let rig = Rig::new("promtool");
    validate(&rig, &rig.material.valid);
    let page = text(&rig.get("/metrics"));
    let started = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else { return };
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
}
