//! `status --explain-client`: what the configuration makes of a certificate, without a daemon.

use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, Output, Stdio};

use trust_service::clock::{Clock, SystemClock};
use trust_service::demo::tls::{Purpose, TlsAuthority};
use trust_service::encoding;

use crate::command_line::{json, stderr, stdout};
use crate::serve::Host;

const POLICY: &str = "roles: {reader: [trust:query], verifier: [certificate:validate]}\n\
    clients:\n\
    - {match: {cn: post-1}, client: first, roles: [verifier]}\n\
    - {match: {issuer: test CA, any: [{uri: 'spiffe://dev.test/other'}, {uri: 'spiffe://dev.test/demo'}]}, client: demo, roles: [reader]}\n";

fn host(name: &str) -> Host {
    let host = Host::new(&format!("explain-{name}"));
    host.write("config/policy.yaml", POLICY);
    host
}

fn explain(host: &Host, certificate: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trust-service"))
        .args(["status", "--config"])
        .arg(host.folder.join("config"))
        .arg("--explain-client")
        .arg(host.folder.join(certificate))
        .args(more)
        .env_clear()
        .env("ENVIRONMENT", "testing")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn a_client_that_would_be_taken_is_shown_with_every_rule_and_what_it_may() {
    let host = host("taken");
    let pair = host.authority.issue("demo", 10, Purpose::Client).unwrap();
    host.write("client.pem", &pair.certificate);
    let told = explain(&host, "client.pem", &[]);
    assert_eq!(told.status.code(), Some(0), "{}", stderr(&told));
    let text = stdout(&told);
    for line in [
        "would be     taken as demo",
        "roles        reader",
        "may          trust:query",
        "uri      spiffe://dev.test/demo",
        "issuer   test CA",
        "clients[0]  first   cn: post-1                        no     -",
        "clients[1]  demo    all of                            yes    yes",
        "clients[1]  demo      issuer: test CA                 yes    -",
        "clients[1]  demo      any of                          yes    -",
        "clients[1]  demo        uri: spiffe://dev.test/other  no     -",
        "clients[1]  demo        uri: spiffe://dev.test/demo   yes    -",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    // The pin is as policy.yaml takes it.
    let answer = json(&explain(&host, "client.pem", &["--format", "json"]));
    let pin = answer["names"]["spki"].as_str().unwrap();
    assert_eq!((answer["taken"].as_bool(), answer["client"].as_str()), (Some(true), Some("demo")));
    assert_eq!(answer["rules"][1]["decides"], true);
    host.write(
        "config/policy.yaml",
        &format!("roles: {{r: [trust:query]}}\nclients: [{{match: {{spki: '{pin}'}}, client: pinned, roles: [r]}}]\n"),
    );
    assert_eq!(json(&explain(&host, "client.pem", &["--format", "json"]))["client"], "pinned");
    // The same in DER.
    let base64: String = pair.certificate.lines().filter(|line| !line.starts_with('-')).collect();
    std::fs::write(
        host.folder.join("client.der"),
        encoding::from_base64(base64.as_bytes()).unwrap(),
    )
    .unwrap();
    assert_eq!(explain(&host, "client.der", &[]).status.code(), Some(0));
}

#[test]
fn each_way_of_being_refused_is_told_with_its_reason() {
    let host = host("refused");
    let foreign = TlsAuthority::make("test CA", SystemClock::new().wall()).unwrap();
    let server = Purpose::Server(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let own = &host.authority;
    for (pair, reason) in [
        (own.issue("demo", 66, Purpose::Client), "Revoked"),
        (own.issue("demo", 3, Purpose::ExpiredClient), "expired"),
        (own.issue("demo", 4, server), "extended key usage"),
        (foreign.issue("demo", 5, Purpose::Client), "BadSignature"),
        (own.issue("stranger", 6, Purpose::Client), "no client rule"),
    ] {
        host.write("client.pem", &pair.unwrap().certificate);
        let told = explain(&host, "client.pem", &[]);
        assert_eq!(told.status.code(), Some(1), "{reason}: {}", stderr(&told));
        let text = stdout(&told);
        let said = text.lines().find(|line| line.starts_with("would be     refused: ")).unwrap();
        assert!(said.contains(reason), "{reason}: {text}");
        let answer = json(&explain(&host, "client.pem", &["--format", "json"]));
        assert_eq!(answer["taken"], false);
    }
    std::fs::create_dir(host.folder.join("config/conf.d")).unwrap();
    host.write("config/conf.d/x.yaml", "mtls: {allowed_clients: [post-1]}\n");
    host.write("client.pem", &own.issue("demo", 7, Purpose::Client).unwrap().certificate);
    let told = explain(&host, "client.pem", &[]);
    assert_eq!(told.status.code(), Some(1));
    assert!(stdout(&told).contains("mtls.allowed_clients has no such common name"));
}

#[test]
fn what_cannot_be_read_or_is_no_configuration_is_no_answer() {
    let host = host("faults");
    host.write("client.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    host.write("empty", "");
    for file in ["client.pem", "empty", "missing", "config"] {
        let told = explain(&host, file, &[]);
        assert_eq!(told.status.code(), Some(66), "{file}: {}", stderr(&told));
        assert!(stderr(&told).contains(file) && stdout(&told).is_empty());
    }
    assert_eq!(explain(&host, "empty", &["--check", "live"]).status.code(), Some(64));
    host.write("ca.pem", "no CA");
    host.write(
        "client.pem",
        &host.authority.issue("demo", 7, Purpose::Client).unwrap().certificate,
    );
    assert_eq!(explain(&host, "client.pem", &[]).status.code(), Some(78));
    host.write("config/policy.yaml", "roles: {}\n");
    let told = explain(&host, "client.pem", &[]);
    assert_eq!(told.status.code(), Some(78));
    assert!(stderr(&told).contains("without roles nobody"));
}
