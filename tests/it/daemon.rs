//! The daemon over real TLS: who gets in, what is answered, and what is recorded of it.

mod commands;
mod credentials;
mod gate;
mod generations;
pub(crate) mod http;
mod issuers;
mod keys;
mod local;
mod matrix;
pub(crate) mod rig;
mod tokens;

use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use trust_service::clock::{Clock, SystemClock};
use trust_service::demo::tls::{Purpose, TlsAuthority};
use trust_service::encoding;
use trust_service::server::Deadlines;

use http::{answer, ask, post};
use rig::{LOOPBACK, Rig};

const STATUS: &[u8] = b"GET /v1/trust/status HTTP/1.1\r\nHost: x\r\n\r\n";
const DER: &str = "application/pkix-cert";

#[test]
fn verdicts_come_over_tls_and_each_has_its_record() {
    let mut rig = Rig::start("verdicts");
    let mut tls = rig.connect(Some(&rig.client("demo")));
    let mut ids = Vec::new();
    for (certificate, verdict) in [
        (&rig.material.valid, "valid"),
        (&rig.material.revoked, "invalid"),
        (&rig.material.forged, "invalid"),
        (&rig.material.unknown, "indeterminate"),
        (&rig.material.brainpool, "valid"),
    ] {
        let answer = ask(&mut tls, &post("/v1/certificates/validate", DER, certificate)).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.head);
        let json = answer.json();
        assert_eq!(json["verdict"], verdict, "{json}");
        assert_eq!(json["decision_id"], answer.header("Audit-Id").unwrap());
        ids.push((answer.header("Audit-Id").unwrap().to_owned(), verdict));
    }
    let text = encoding::base64(&rig.material.valid);
    let json = format!("{{\"certificate\":\"{text}\",\"policy\":\"strict\",\"at\":\"issuance\"}}");
    let answer =
        ask(&mut tls, &post("/v1/certificates/validate", "application/json", json.as_bytes()))
            .unwrap();
    assert_eq!(answer.json()["policy"], "strict");
    let echoed = b"{\"certificate\":\"AA\",\"include_chain\":\"secret-word\"}";
    let answer =
        ask(&mut tls, &post("/v1/certificates/validate", "application/json", echoed)).unwrap();
    assert_eq!(answer.status, 400);
    assert!(!answer.json().to_string().contains("secret-word"), "a value is echoed");
    let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
    for (media, status) in [(DER, 422), ("application/x-pem-file", 200)] {
        let answer = ask(&mut tls, &post("/v1/certificates/validate", media, pem.as_bytes()));
        assert_eq!(answer.unwrap().status, status, "{media}");
    }
    let records = rig.records();
    for (id, verdict) in ids {
        let record = records.iter().find(|record| record["id"] == *id).unwrap();
        assert_eq!(record["decision"]["verdict"], verdict);
        assert_eq!(record["actor"]["client"], "demo");
        assert!(!record.to_string().contains("CN=demo"), "the subject stands in clear");
    }
    assert_eq!(records.last().unwrap()["type"], "system.shutdown");
}

#[test]
fn a_batch_is_answered_line_by_line_in_order_each_with_its_record() {
    let mut rig = Rig::start("batch");
    let mut tls = rig.connect(Some(&rig.client("demo")));
    let kinds = [
        (&rig.material.valid, "valid"),
        (&rig.material.revoked, "invalid"),
        (&rig.material.unknown, "indeterminate"),
    ];
    let mut lines = String::new();
    for at in 0..200 {
        lines.extend(["\"", &encoding::base64(kinds[at % 3].0), "\"\n"]);
    }
    lines.push_str("{\"certificate\":\"AAAA\"}\nnonsense");
    let answer = ask(
        &mut tls,
        &post("/v1/certificates/validate-batch", "application/x-ndjson", lines.as_bytes()),
    )
    .unwrap();
    assert_eq!(answer.status, 200);
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let results: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(results.len(), 202);
    for (at, result) in results[..200].iter().enumerate() {
        assert_eq!(result["verdict"], kinds[at % 3].1, "line {at}");
    }
    assert_eq!(results[200]["type"], "urn:trust-service:problem:malformed-certificate");
    assert_eq!(results[201]["type"], "urn:trust-service:problem:malformed-request");
    assert_eq!(ask(&mut tls, STATUS).unwrap().status, 200, "the connection goes on");
    let first = answer.header("Audit-Id").unwrap().to_owned();
    let records = rig.records();
    let known: Vec<&str> = records.iter().filter_map(|record| record["id"].as_str()).collect();
    for result in &results {
        assert!(known.contains(&result["decision_id"].as_str().unwrap()), "{result}");
    }
    assert!(known.contains(&&*first));
}

#[test]
fn a_record_carries_the_trace_that_the_client_names_and_no_other() {
    let mut rig = Rig::start("trace");
    let mut tls = rig.connect(Some(&rig.client("reader")));
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let good = format!("traceparent: 00-{trace}-00f067aa0ba902b7-01\r\n");
    let bad = "traceparent: 00-nothing\r\n".to_owned();
    let ids = [&good, &bad, &format!("{good}{good}")].map(|header| {
        let request = format!("GET /v1/trust/status HTTP/1.1\r\nHost: x\r\n{header}\r\n");
        let answer = ask(&mut tls, request.as_bytes()).unwrap();
        assert_eq!(answer.status, 200);
        answer.header("Audit-Id").unwrap().to_owned()
    });
    let records = rig.records();
    let said = ids.map(|id| {
        let record = records.iter().find(|record| record["id"] == *id).unwrap();
        record["correlation_id"].clone()
    });
    assert_eq!(said, [Value::from(trace), Value::Null, Value::Null]);
}

#[test]
fn who_may_not_is_told_so_and_recorded() {
    let mut rig = Rig::start("refused");
    let mut reader = rig.connect(Some(&rig.client("reader")));
    let answer =
        ask(&mut reader, &post("/v1/certificates/validate", DER, &rig.material.valid)).unwrap();
    assert_eq!(
        (answer.status, answer.json()["type"].clone()),
        (403, "urn:trust-service:problem:permission-denied".into())
    );
    let mut reader = rig.connect(Some(&rig.client("reader")));
    assert_eq!(ask(&mut reader, STATUS).unwrap().status, 200);
    let mut nobody = rig.connect(Some(&rig.client("stranger")));
    let answer = ask(&mut nobody, STATUS).unwrap();
    assert_eq!(answer.status, 401);
    assert!(answer.header("WWW-Authenticate").is_some());
    let foreign = TlsAuthority::make("test CA", SystemClock::new().wall()).unwrap();
    for (why, pair) in [
        ("no certificate", None),
        ("revoked", Some(rig.authority.issue("demo", 66, Purpose::Client).unwrap())),
        ("expired", Some(rig.authority.issue("demo", 11, Purpose::ExpiredClient).unwrap())),
        (
            "of the wrong purpose",
            Some(rig.authority.issue("demo", 12, Purpose::Server(LOOPBACK)).unwrap()),
        ),
        ("foreign", Some(foreign.issue("demo", 13, Purpose::Client).unwrap())),
    ] {
        let mut tls = rig.connect(pair.as_ref());
        assert!(ask(&mut tls, STATUS).is_err(), "{why}: got in");
    }
    let records = rig.records();
    let count = |kind: &str, action: &str| {
        records.iter().filter(|record| record["type"] == kind && record["action"] == action).count()
    };
    assert_eq!(count("auth.failure", "handshake"), 5);
    assert_eq!(count("auth.failure", "request"), 1);
    assert_eq!(count("authz.denied", "request"), 1);
}

/// Open connections do not outlive what let them in: each request looks again.
#[test]
fn a_certificate_that_is_revoked_later_is_refused_on_the_connection_that_it_opened() {
    let mut rig = Rig::start("revoked-later");
    let mut tls = rig.connect(Some(&rig.client("demo")));
    assert_eq!(ask(&mut tls, STATUS).unwrap().status, 200);
    let crl = rig.authority.revocation_list(&[10]).unwrap();
    fs::write(rig.folder.join("clients.crl"), crl).unwrap();
    rig.daemon.as_ref().unwrap().reloader().reload("a test").unwrap();
    assert_eq!(ask(&mut tls, STATUS).unwrap().status, 401);
    let records = rig.records();
    let reloads = records.iter().filter(|record| record["type"] == "system.reload");
    assert_eq!(reloads.map(|record| &record["outcome"]).collect::<Vec<_>>(), ["success"]);
    let refused = records.iter().find(|record| record["details"]["status"] == 401).unwrap();
    assert!(refused["details"]["rule"].as_str().unwrap().contains("since the connection began"));
}

#[test]
fn a_reload_that_fails_changes_nothing_and_is_recorded() {
    let mut rig = Rig::start("reload-fails");
    let mut tls = rig.connect(Some(&rig.client("demo")));
    fs::write(rig.folder.join("clients.crl"), "no list").unwrap();
    let fault = rig.daemon.as_ref().unwrap().reloader().reload("a test").unwrap_err();
    assert!(fault.contains("clients.crl"), "{fault}");
    assert_eq!(ask(&mut tls, STATUS).unwrap().status, 200);
    assert_eq!(ask(&mut rig.connect(Some(&rig.client("demo"))), STATUS).unwrap().status, 200);
    let records = rig.records();
    let failed = records.iter().find(|record| record["type"] == "system.reload").unwrap();
    assert_eq!((&failed["outcome"], &failed["severity"]), (&"error".into(), &"high".into()));
    assert!(failed["details"]["fault"].as_str().unwrap().contains("clients.crl"));
}

#[test]
fn requests_that_come_together_are_answered_in_their_order() {
    let rig = Rig::start("pipeline");
    let mut tls = rig.connect(Some(&rig.client("demo")));
    let one = post("/v1/certificates/validate", DER, &rig.material.valid);
    let two = post("/v1/certificates/validate", DER, &rig.material.unknown);
    tls.write_all(&[&one[..], STATUS, &two[..], STATUS].concat()).unwrap();
    let answers: Vec<Value> = (0..4).map(|_| answer(&mut tls).unwrap().json()).collect();
    assert_eq!(answers[0]["verdict"], "valid");
    assert!(answers[1]["countries"].is_number());
    assert_eq!(answers[2]["verdict"], "indeterminate");
    assert!(answers[3]["countries"].is_number());
}

/// RFC 9112 section 6.3: whoever asked with HEAD takes what follows the head for the next answer.
#[test]
fn an_answer_to_head_has_no_body_whatever_it_is() {
    let rig = Rig::start("head");
    let mut tls = rig.connect(Some(&rig.client("demo")));
    let request = b"HEAD /v1/trust/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    tls.write_all(request).unwrap();
    tls.flush().unwrap();
    let mut answer = Vec::new();
    tls.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n") && !answer.contains("Content-Length: 0"), "{answer}");
}

/// One thread and one place before it: of many requests at once some are told to come again, each is answered, and each
/// is on record.
#[test]
fn what_the_pool_has_no_room_for_is_told_to_come_again() {
    let mut rig = Rig::made("full", |settings| {
        settings.server.blocking_threads = 1;
        settings.server.blocking_queue = 1;
    });
    let client = rig.client("demo");
    let mut connections: Vec<_> = (0..40).map(|_| rig.connect(Some(&client))).collect();
    for tls in &mut connections {
        assert_eq!(
            ask(tls, b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n").unwrap().status,
            200
        );
    }
    let request = post("/v1/certificates/validate", DER, &rig.material.brainpool);
    for tls in &mut connections {
        tls.write_all(&request).unwrap();
        tls.flush().unwrap();
    }
    let mut refused = 0;
    for tls in &mut connections {
        let answer = answer(tls).unwrap();
        match answer.status {
            200 => assert_eq!(answer.json()["verdict"], "valid"),
            503 => {
                assert_eq!(answer.header("Retry-After"), Some("1"));
                refused += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!((1..40).contains(&refused), "{refused}");
    let of = |records: &[Value], status: u64| {
        records.iter().filter(|record| record["details"]["status"] == status).count()
    };
    let records = rig.records();
    assert_eq!((of(&records, 503), of(&records, 200)), (refused, 80 - refused));
}

#[test]
fn what_can_be_read_in_two_ways_is_refused_and_ends_the_connection() {
    let mut rig = Rig::start("framing");
    let client = rig.client("demo");
    let cases: &[(&[u8], u16)] = &[
        (b"POST /v1/certificates/validate HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET /v1/trust/status HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET /v1/trust/status HTTP/1.1\nHost: x\n\n", 400),
        (b"GET http://x/v1/trust/status HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /v1/trust/status HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"PATCH /v1/trust/status HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"POST /v1/certificates/validate HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx", 415),
        (b"POST /v1/certificates/validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/pkix-cert\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST /v1/certificates/validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/pkix-cert\r\nContent-Length: 1\r\n\r\nx", 422),
    ];
    for (request, status) in cases {
        let mut tls = rig.connect(Some(&client));
        let answer = ask(&mut tls, request).unwrap();
        let text = String::from_utf8_lossy(request).into_owned();
        assert_eq!(answer.status, *status, "{text}");
        assert!(answer.header("Audit-Id").is_some(), "{text}");
        assert!(answer.json()["type"].as_str().unwrap().starts_with("urn:trust-service:problem:"));
        if *status != 422 {
            assert_eq!(answer.header("Connection"), Some("close"), "{text}");
            assert_eq!(tls.read(&mut [0]).unwrap_or(0), 0, "{text}: the connection goes on");
        }
    }
    let records = rig.records();
    let malformed =
        records.iter().filter(|record| record["type"] == "security.malformed_request").count();
    assert_eq!(malformed, cases.len());
}

#[test]
fn who_takes_too_long_is_told_so_and_a_silent_connection_ends() {
    let deadlines = Deadlines {
        handshake: Duration::from_millis(300),
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        idle: Duration::from_millis(300),
        ..Deadlines::default()
    };
    let mut rig = Rig::with("slow", deadlines);
    let client = rig.client("demo");
    let mut head = rig.connect(Some(&client));
    assert_eq!(ask(&mut head, b"GET /v1/tr").unwrap().status, 408);
    let mut body = rig.connect(Some(&client));
    let request = post("/v1/certificates/validate", DER, &rig.material.valid);
    assert_eq!(ask(&mut body, &request[..request.len() - 1]).unwrap().status, 408);
    let mut idle = rig.connect(Some(&client));
    assert_eq!(ask(&mut idle, STATUS).unwrap().status, 200);
    assert_eq!(idle.read(&mut [0]).unwrap(), 0, "an idle connection ends with close_notify");
    let address = rig.daemon.as_ref().unwrap().address();
    let mut silent = TcpStream::connect(address).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert_eq!(silent.read(&mut [0]).unwrap_or(0), 0);
    let records = rig.records();
    assert_eq!(records.iter().filter(|record| record["details"]["status"] == 408).count(), 2);
    let summed = records.iter().find(|record| record["action"] == "turn away").unwrap();
    assert_eq!(summed["details"]["handshake_slow"], 1);
}
