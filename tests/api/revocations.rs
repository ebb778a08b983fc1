use serde_json::{Value, json};

use trust_service::api::{Answer, TrustView, Verb};
use trust_service::audit::event::EventType;
use trust_service::clock::DAY;
use trust_service::demo::certificate::{CertificateSpec, Validity};
use trust_service::demo::crl::{CrlSpec, Revoked};
use trust_service::demo::curve::Curve;
use trust_service::demo::extension::Extension;
use trust_service::demo::key::{KeyPair, Params};
use trust_service::demo::state::{Authority, State};
use trust_service::demo::writer;
use trust_service::encoding;
use trust_service::trust::bundle;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{Draft, ImportOptions};
use trust_service::trust::der::{self, Reader};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::snapshot::Snapshot;

use super::rig::{NOW, Rig, json, problem, sha256};

fn ask(rig: &Rig, question: &Value) -> Answer {
    let body = question.to_string();
    rig.ask(Verb::Post, "/v1/revocations/check", "application/json", body.as_bytes())
}

/// The DER of a certificate's issuer, in base64.
fn issuer(der: &[u8]) -> String {
    let mut signed = Reader::new(der).inside(der::SEQUENCE).unwrap().inside(der::SEQUENCE).unwrap();
    signed.optional(der::context(0)).unwrap();
    signed.take(der::INTEGER).unwrap();
    signed.take(der::SEQUENCE).unwrap();
    encoding::base64(signed.take(der::SEQUENCE).unwrap().whole)
}

fn numbered(rig: &Rig, serial: &str) -> Value {
    json(&ask(rig, &json!({"issuer": issuer(&rig.material.valid), "serial": serial})))
}

#[test]
fn a_number_is_good_or_revoked_by_the_lists_of_its_issuer() {
    let rig = Rig::new("number");
    assert_eq!(numbered(&rig, "03")["status"], "good");
    assert_eq!(numbered(&rig, "ff")["status"], "good");
    for form in ["04", "0004", "000004"] {
        let answer = numbered(&rig, form);
        assert_eq!(answer["status"], "revoked", "{form}");
        assert_eq!(answer["crl"]["reason"], 1);
        assert_eq!(answer["crl"]["sha256"], sha256(&rig.material.crl));
    }
    let question = json!({"issuer": issuer(&rig.material.valid), "serial": "04"});
    assert_eq!(ask(&rig, &question).record.kind, EventType::CertRevokedSeen);
}

#[test]
fn who_has_no_list_is_unknown_and_so_is_a_stale_one() {
    let mut rig = Rig::new("stale");
    let brainpool = json!({"issuer": issuer(&rig.material.brainpool), "serial": "08"});
    let answer = json(&ask(&rig, &brainpool));
    assert_eq!((&answer["status"], answer.get("crl")), (&json!("unknown"), None));
    let elsewhere = json!({"issuer": issuer(&rig.material.unknown), "serial": "05"});
    assert_eq!(json(&ask(&rig, &elsewhere))["status"], "unknown");
    rig.now = rig.now.plus(91 * DAY);
    assert_eq!(numbered(&rig, "03")["status"], "unknown");
    assert_eq!(numbered(&rig, "04")["status"], "revoked", "nobody unrevokes");
    rig.now = rig.now.plus(-92 * DAY);
    assert_eq!(numbered(&rig, "03")["status"], "unknown", "a list of the future");
}

#[test]
fn a_certificate_that_is_held_is_asked_for_by_its_fingerprint() {
    let rig = Rig::new("held");
    let trust = rig.services.trust();
    let mut draft = Draft::new(&trust.snapshot, rig.now);
    let all = [&rig.material.valid[..], &rig.material.revoked, &rig.material.unknown].concat();
    let items = bundle::read(&all).unwrap();
    draft.import("held", Fingerprint::of(&all), &items, &ImportOptions::default()).unwrap();
    rig.services.replace_trust(TrustView::new(draft.finish().unwrap().0));
    for (der, status) in [
        (&rig.material.valid, "good"),
        (&rig.material.revoked, "revoked"),
        (&rig.material.unknown, "unknown"),
        (&rig.material.csca, "good"),
    ] {
        let answer = json(&ask(&rig, &json!({"sha256": sha256(der)})));
        assert_eq!(answer["status"], status);
        let certificate = Certificate::parse(der.clone()).unwrap();
        assert_eq!(answer["serial"], encoding::hex(certificate.serial()));
    }
    let answer = ask(&rig, &json!({"sha256": sha256(&rig.material.forged)}));
    assert_eq!(problem(&answer), (404, "not-found".to_owned(), String::new()));
}

#[test]
fn a_clock_that_is_wrong_calls_nothing_good() {
    let rig = Rig::new("goodclock");
    rig.services.clock_is_past(rig.now.plus(301));
    assert_eq!(numbered(&rig, "03")["status"], "unknown");
    assert_eq!(numbered(&rig, "04")["status"], "revoked");
}

#[test]
fn a_question_without_sense_names_what_is_wrong_with_it() {
    let rig = Rig::new("revsense");
    let name = issuer(&rig.material.valid);
    let long = "00".repeat(65);
    for (question, pointer) in [
        (json!({}), "/sha256"),
        (json!({"sha256": "ab"}), "/sha256"),
        (json!({"sha256": sha256(b"x"), "serial": "01"}), "/sha256"),
        (json!({"issuer": name}), "/serial"),
        (json!({"serial": "01"}), "/issuer"),
        (json!({"issuer": "AAAA", "serial": "01"}), "/issuer"),
        (json!({"issuer": "*", "serial": "01"}), "/issuer"),
        (json!({"issuer": name, "serial": ""}), "/serial"),
        (json!({"issuer": name, "serial": "1"}), "/serial"),
        (json!({"issuer": name, "serial": "0x01"}), "/serial"),
        (json!({"issuer": name, "serial": long}), "/serial"),
        (json!({"sha256": 1}), ""),
        (json!({"sha": sha256(b"x")}), ""),
        (json!([]), ""),
    ] {
        let answer = ask(&rig, &question);
        let expected = (400, "malformed-request".to_owned(), pointer.to_owned());
        assert_eq!(problem(&answer), expected, "{question}");
    }
    let target = "/v1/revocations/check?sha256=x";
    assert_eq!(problem(&rig.ask(Verb::Post, target, "application/json", b"{}")).2, "/sha256");
}

#[test]
fn a_divided_list_calls_no_number_good() {
    let rig = Rig::new("divided");
    let key = KeyPair::generate(Curve::P256).unwrap();
    let own = Authority::new(State::new("XD", "XDD"), "CSCA Divided", key);
    let validity = Validity::years(NOW - DAY, 10);
    let spec = CertificateSpec::csca(&own, 1, validity).unwrap();
    let csca = spec.issue(&own.key.spki(Params::Explicit).unwrap(), &own.key).unwrap();
    let point = |fields: &[Vec<u8>]| Extension::critical("2.5.29.28", writer::sequence(fields));
    let users = writer::implicit(1, &writer::boolean(true));
    for (fields, good) in [(None, "good"), (Some(vec![users]), "unknown")] {
        let mut list = CrlSpec::new(&own, 1, NOW - 60, NOW + DAY);
        list.revoked.push(Revoked::new(&[7], NOW - 60));
        if let Some(fields) = fields {
            list = list.with(point(&fields));
        }
        let crl = list.issue(&own.key).unwrap();
        let empty = Snapshot::empty();
        let mut draft = Draft::new(&empty, rig.now);
        draft.anchor(&Certificate::parse(csca.clone()).unwrap()).unwrap();
        let items = bundle::read(&crl).unwrap();
        draft.import("crl", Fingerprint::of(&crl), &items, &ImportOptions::default()).unwrap();
        rig.services.replace_trust(TrustView::new(draft.finish().unwrap().0));
        let ask = |serial: &str| {
            json(&ask(&rig, &json!({"issuer": issuer(&csca), "serial": serial})))["status"].clone()
        };
        assert_eq!((ask("08"), ask("07")), (json!(good), json!("revoked")));
    }
}
