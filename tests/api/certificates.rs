use serde_json::{Value, json};

use trust_service::api::{Answer, Verb};
use trust_service::audit::event::{EventType, Outcome, Severity, Value as Recorded};
use trust_service::clock::{DAY, UnixTime};
use trust_service::encoding;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::validate::{self, Question};

use super::rig::{NOW, RECORD, Rig, id, json, problem, sha256};

const DER: &str = "application/pkix-cert";
const PEM: &str = "application/x-pem-file";
const JSON: &str = "application/json";
const PATH: &str = "/v1/certificates/validate";

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", encoding::base64(der))
}

fn code(answer: &Answer) -> Option<&Recorded<'static>> {
    answer.record.decision.iter().find(|(name, _)| *name == "code").map(|(_, value)| value)
}

#[test]
fn the_verdict_is_the_one_that_the_command_line_gives() {
    let rig = Rig::new("verdict");
    let trust = rig.services.trust();
    for (der, verdict) in [
        (&rig.material.valid, "valid"),
        (&rig.material.brainpool, "valid"),
        (&rig.material.revoked, "invalid"),
        (&rig.material.forged, "invalid"),
        (&rig.material.unknown, "indeterminate"),
    ] {
        let answer = rig.ask(Verb::Post, PATH, DER, der);
        let certificate = Certificate::parse(der.clone()).unwrap();
        let own = validate::validate(&certificate, &trust.snapshot, &Question::at(rig.now));
        let mut expected = serde_json::to_value(&own).unwrap();
        expected["decision_id"] = json!(RECORD);
        assert_eq!(answer.status.code(), 200);
        assert_eq!(json(&answer), expected);
        assert_eq!(json(&answer)["verdict"], verdict);
        assert_eq!(answer.record.resource, format!("sha256:{}", sha256(der)));
    }
}

#[test]
fn der_pem_and_json_ask_the_same() {
    let rig = Rig::new("forms");
    let der = &rig.material.valid;
    let expected = json(&rig.ask(Verb::Post, PATH, DER, der));
    let inner = json!({"certificate": encoding::base64(der)}).to_string();
    let wrapped = json!({"certificate": pem(der)}).to_string();
    for (media, body) in [
        (PEM, pem(der)),
        (JSON, inner.clone()),
        (JSON, wrapped),
        ("application/json; charset=utf-8", inner),
    ] {
        assert_eq!(json(&rig.ask(Verb::Post, PATH, media, body.as_bytes())), expected, "{media}");
    }
}

#[test]
fn options_stand_in_the_query_or_in_the_body_and_the_body_comes_first() {
    let rig = Rig::new("options");
    let certificate = encoding::base64(&rig.material.valid);
    let ask = |query: &str, members: Value| {
        let mut body = members;
        body["certificate"] = json!(certificate);
        let target = format!("{PATH}{query}");
        json(&rig.ask(Verb::Post, &target, JSON, body.to_string().as_bytes()))
    };
    assert_eq!(ask("?policy=strict", json!({}))["policy"], "strict");
    assert_eq!(
        ask("?policy=strict", json!({"policy": "interoperable"}))["policy"],
        "interoperable"
    );
    assert_eq!(ask("", json!({"include_chain": false}))["path"], json!([]));
    assert_eq!(ask("?check_revocation=false", json!({}))["revocation"]["status"], "not_checked");
    assert_eq!(ask("", json!({"type": "csca"}))["verdict"], "invalid");
    assert_eq!(ask("", json!({"country_hint": "DEU"}))["verdict"], "invalid");
    assert_eq!(ask("?country_hint=ut", json!({}))["verdict"], "valid");
    assert_eq!(ask("", json!({"document_type": "V"}))["verdict"], "invalid");
    assert_eq!(ask("", json!({"document_type": "P<"}))["verdict"], "valid");
    let at = ask("", json!({"at": "2020-01-01T00:00:00Z"}));
    assert_eq!((&at["verdict"], &at["valid_now"]), (&json!("invalid"), &json!(true)));
}

#[test]
fn what_is_no_certificate_is_said_to_be_none() {
    let rig = Rig::new("malformed");
    let two = pem(&rig.material.valid).repeat(2);
    let key = pem(&[0x30, 0]).replace("CERTIFICATE", "PRIVATE KEY");
    let cut = &rig.material.valid[..rig.material.valid.len() - 1];
    let longer = [&rig.material.valid[..], &[0]].concat();
    let text = pem(&rig.material.valid);
    for (media, body) in [
        (DER, b"".as_slice()),
        (DER, b"x"),
        (DER, cut),
        (DER, &longer),
        // A type that is not what it says decides nothing by its bytes.
        (DER, text.as_bytes()),
        (PEM, &rig.material.valid),
        (PEM, two.as_bytes()),
        (PEM, key.as_bytes()),
        (PEM, b"-----BEGIN CERTIFICATE-----\nAAAA"),
        (JSON, br#"{"certificate": "AAAA"}"#),
        (DER, &vec![0x30; 64 * 1024 + 1]),
    ] {
        let answer = rig.ask(Verb::Post, PATH, media, body);
        assert_eq!(problem(&answer), (422, "malformed-certificate".to_owned(), String::new()));
        assert_eq!(answer.record.kind, EventType::MalformedRequest);
        assert_eq!(answer.record.action, "certificate:validate");
        assert_eq!(code(&answer), Some(&"malformed-certificate".into()));
    }
}

#[test]
fn a_question_without_sense_names_what_is_wrong_with_it() {
    let rig = Rig::new("nonsense");
    let good = encoding::base64(&rig.material.valid);
    let with = |members: &str| format!("{{\"certificate\":\"{good}\"{members}}}");
    for (query, body, pointer) in [
        ("", "{}".to_owned(), "/certificate"),
        ("", r#"{"certificate": "*"}"#.to_owned(), "/certificate"),
        ("", with(r#", "at": "then""#), "/at"),
        ("", with(r#", "type": "dcs""#), "/type"),
        ("", with(r#", "policy": """#), "/policy"),
        ("", with(r#", "country_hint": "DEUX""#), "/country_hint"),
        ("", with(r#", "document_type": "PPP""#), "/document_type"),
        ("", with(r#", "certificates": []"#), ""),
        ("", with(r#", "at": "now", "at": "now""#), ""),
        ("", with(r#", "check_revocation": "yes""#), ""),
        ("", with("}"), ""),
        ("", "[]".to_owned(), ""),
        ("", String::new(), ""),
        ("", "[".repeat(200_000), ""),
        ("?polcy=strict", with(""), "/polcy"),
        ("?at=now&at=now", with(""), "/at"),
        ("?certificate=AA", with(""), "/certificate"),
    ] {
        let answer = rig.ask(Verb::Post, &format!("{PATH}{query}"), JSON, body.as_bytes());
        let expected = (400, "malformed-request".to_owned(), pointer.to_owned());
        assert_eq!(problem(&answer), expected, "{query} {}", body.get(..80).unwrap_or(&body));
    }
}

#[test]
fn a_value_of_the_callers_document_is_not_shown_back_nor_recorded() {
    let rig = Rig::new("values");
    let body = r#"{"certificate": "AA==", "check_revocation": "L898902C3 ERIKSSON"}"#;
    let answer = rig.ask(Verb::Post, PATH, JSON, body.as_bytes());
    assert_eq!(answer.status.code(), 400);
    assert!(!json(&answer).to_string().contains("ERIKSSON"));
    assert!(!format!("{:?}", answer.record).contains("ERIKSSON"));
    let long = format!("{{\"{}\": 1}}", "x".repeat(100_000));
    let answer = rig.ask(Verb::Post, PATH, JSON, long.as_bytes());
    assert!(answer.body.as_ref().len() < 1_000, "a long name is cut");
}

#[test]
fn a_revoked_certificate_is_an_event_of_its_own() {
    let rig = Rig::new("revoked");
    let record = rig.ask(Verb::Post, PATH, DER, &rig.material.revoked).record;
    assert_eq!(record.kind, EventType::CertRevokedSeen);
    assert_eq!((record.severity, record.outcome), (Severity::High, Outcome::Denied));
    let record = rig.ask(Verb::Post, PATH, DER, &rig.material.valid).record;
    assert_eq!((record.kind, record.outcome), (EventType::CertValidated, Outcome::Success));
}

#[test]
fn a_clock_that_is_behind_what_was_seen_makes_nothing_certain() {
    let rig = Rig::new("clock");
    let verdict = |rig: &Rig| json(&rig.ask(Verb::Post, PATH, DER, &rig.material.valid));
    rig.services.clock_is_past(rig.now);
    assert_eq!(verdict(&rig)["verdict"], "valid");
    rig.services.clock_is_past(UnixTime::from_seconds(NOW + 301));
    // What was seen is not unseen.
    rig.services.clock_is_past(UnixTime::from_seconds(NOW - DAY));
    let verdict = verdict(&rig);
    assert_eq!(verdict["verdict"], "indeterminate");
    assert_eq!(verdict["valid_now"], false);
    assert!(verdict.to_string().contains("clock"));
}

#[test]
fn a_batch_has_a_line_and_a_record_for_each_line_in_order() {
    let rig = Rig::new("batch");
    let valid = encoding::base64(&rig.material.valid);
    let lines = [
        format!("\"{valid}\""),
        json!({"certificate": valid, "policy": "strict"}).to_string(),
        json!({"certificate": pem(&rig.material.revoked)}).to_string(),
        r#"{"certificate": "AAAA"}"#.to_owned(),
        String::new(),
        "{".to_owned(),
        format!("{{\"certificate\":\"{valid}\",\"polcy\":\"strict\"}}"),
        format!(" \"{}\" \r", encoding::base64(&rig.material.unknown)),
    ];
    let bytes: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let (answers, records) = rig.lines(Some("include_chain=false"), &bytes);
    let said: Vec<&str> = answers
        .iter()
        .map(|answer| answer["verdict"].as_str().or(answer["type"].as_str()).unwrap())
        .collect();
    assert_eq!(
        said,
        [
            "valid",
            "valid",
            "invalid",
            "urn:trust-service:problem:malformed-certificate",
            "urn:trust-service:problem:malformed-request",
            "urn:trust-service:problem:malformed-request",
            "urn:trust-service:problem:malformed-request",
            "indeterminate",
        ]
    );
    assert_eq!(records.len(), lines.len());
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(answer["decision_id"], id(at).to_string());
    }
    assert!(answers[6]["errors"][0]["detail"].as_str().unwrap().contains("polcy"));
    assert_eq!(answers[1]["policy"], "strict");
    assert_eq!(answers[0]["path"], json!([]));
}

#[test]
fn a_batch_whose_query_makes_no_sense_says_so_on_each_line() {
    let rig = Rig::new("batchquery");
    let line = format!("\"{}\"", encoding::base64(&rig.material.valid));
    let (answers, _) = rig.lines(Some("policy=lax"), &[line.as_bytes(), line.as_bytes()]);
    for answer in answers {
        assert_eq!(answer["errors"][0]["pointer"], "/policy");
    }
}
