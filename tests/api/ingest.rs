use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use serde_json::json;

use trust_service::api::{Answer, TrustView, Verb};
use trust_service::audit::event::{EventType, Outcome, Severity, Value};
use trust_service::encoding;
use trust_service::state::TrustStore;
use trust_service::trust::snapshot::Snapshot;

use super::rig::{RECORD, Rig, json, problem, sha256};

fn put(rig: &Rig, rest: &str, body: &[u8]) -> Answer {
    let target = format!("/v1/trust/sources/{rest}");
    rig.ask(Verb::Put, &target, "application/octet-stream", body)
}

/// What is trusted in memory and on disk, which must be the same.
fn current(rig: &Rig) -> String {
    let held = rig.services.trust().snapshot.label().to_string();
    let stored = TrustStore::new(&rig.folder).current().unwrap().label().to_string();
    assert_eq!(held, stored);
    held
}

#[test]
fn a_list_of_an_anchors_signer_is_taken_up_and_recorded_before_it_is() {
    let rig = Rig::new("list");
    let before = current(&rig);
    let answer = put(&rig, "ut", &rig.material.master_list);
    let done = json(&answer);
    assert_eq!((&done["committed"], &done["dry_run"]), (&json!(true), &json!(false)));
    assert_eq!(done["sources"][0]["source"], "ut");
    assert_eq!(done["sources"][0]["cscas"], 1);
    assert_eq!(done["decision_id"], RECORD);
    assert_eq!(done["snapshot"], current(&rig));
    assert_ne!(current(&rig), before);
    let records = rig.journal.records.lock().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].kind, records[0].severity), (EventType::TrustChanged, Severity::High));
    assert_eq!(records[0].resource, "source:ut");
    assert!(records[0].details.contains(&("from", Value::from(before))));
    assert_eq!(answer.record.kind, EventType::CertImported);
    assert_eq!(answer.record.decision, [("code", Value::from("committed"))]);
    drop(records);
    let sources = json(&rig.get("/v1/trust/sources"));
    assert_eq!(sources["sources"][0]["name"], "ut");
    assert_eq!(sources["sources"][0]["kind"], "master_list");
    assert_eq!(sources["sources"][0]["age_seconds"], 3_600);
    assert_eq!(sources["sources"][0]["signer_csca"], sha256(&rig.material.csca));
}

#[test]
fn the_same_list_again_changes_nothing() {
    let rig = Rig::new("again");
    put(&rig, "ut", &rig.material.master_list);
    let before = current(&rig);
    let answer = put(&rig, "ut", &rig.material.master_list);
    assert_eq!(json(&answer)["committed"], false);
    assert_eq!(json(&answer)["sources"][0]["unchanged"], true);
    assert_eq!(answer.record.decision, [("code", Value::from("unchanged"))]);
    assert_eq!(current(&rig), before);
    assert_eq!(rig.journal.records.lock().unwrap().len(), 1);
}

#[test]
fn a_dry_run_shows_the_difference_and_changes_nothing() {
    let rig = Rig::new("dry");
    let before = current(&rig);
    let answer = put(&rig, "signers?dry_run=true", &rig.material.valid);
    let done = json(&answer);
    assert_eq!((&done["committed"], &done["dry_run"]), (&json!(false), &json!(true)));
    assert_eq!(done["difference"]["sources"], json!({"signers": "added"}));
    assert_ne!(done["snapshot"], before);
    assert_eq!(current(&rig), before);
    assert!(rig.journal.records.lock().unwrap().is_empty());
    assert_eq!(answer.record.kind, EventType::DataAccessed);
}

#[test]
fn entries_that_cannot_be_used_are_listed_with_the_reason() {
    let rig = Rig::new("entries");
    // A CRL that no anchor verifies, beside a certificate that can be held.
    let other = Rig::new("entriesother");
    let bundle = [&rig.material.valid[..], &other.material.crl].concat();
    let done = json(&put(&rig, "mixed", &bundle));
    assert_eq!(done["committed"], true);
    assert_eq!(done["sources"][0]["candidates"], 1);
    assert_eq!(done["sources"][0]["refused"][0]["sha256"], sha256(&other.material.crl));
    assert!(!done["sources"][0]["refused"][0]["reason"].as_str().unwrap().is_empty());
}

#[test]
fn bundles_make_no_anchors() {
    let rig = Rig::new("noanchors");
    let other = Rig::new("noanchorsother");
    let pem = |der: &[u8]| {
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            encoding::base64(der)
        )
    };
    let done = json(&put(&rig, "wild", pem(&other.material.csca).as_bytes()));
    assert_eq!(done["committed"], true);
    assert_eq!(done["difference"]["added"], json!([]));
}

#[test]
fn a_file_that_cannot_be_read_changes_nothing() {
    let rig = Rig::new("unreadable");
    let before = current(&rig);
    let list = &rig.material.master_list;
    let mut broken = list.clone();
    *broken.last_mut().unwrap() ^= 1;
    for body in [b"".as_slice(), b"hello", &list[..list.len() - 1], &[0x30, 0], &broken] {
        let answer = put(&rig, "x", body);
        assert_eq!(problem(&answer), (422, "malformed-certificate".to_owned(), String::new()));
        assert_eq!(answer.record.action, "trust:ingest");
        assert_eq!(answer.record.resource, "source:x");
        assert_eq!(current(&rig), before);
    }
}

#[test]
fn a_signer_that_no_operator_vouched_for_makes_no_anchors_until_one_does() {
    let rig = Rig::new("signer");
    let other = Rig::new("signerother");
    let before = current(&rig);
    let csca = sha256(&other.material.csca);
    let answer = put(&rig, "other", &other.material.master_list);
    assert_eq!(problem(&answer), (409, "conflict".to_owned(), String::new()));
    let detail = json(&answer)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(&format!("accept_signer={csca}")), "{detail}");
    assert!(!detail.contains("--"), "the command line's words do not belong here: {detail}");
    let wrong =
        put(&rig, &format!("other?accept_signer={}", sha256(b"x")), &other.material.master_list);
    assert_eq!(problem(&wrong).0, 409);
    assert_eq!(current(&rig), before);
    let accepted = put(&rig, &format!("other?accept_signer={csca}"), &other.material.master_list);
    assert_eq!(json(&accepted)["difference"]["added"][0]["sha256"], csca);
    let accepted_signers = ("accepted_signers", Value::List(vec![Value::from(csca)]));
    assert!(accepted.record.details.contains(&accepted_signers));
}

#[test]
fn a_bundle_does_not_take_the_place_of_a_signed_list() {
    let rig = Rig::new("place");
    put(&rig, "ut", &rig.material.master_list);
    let before = current(&rig);
    assert_eq!(problem(&put(&rig, "ut", &rig.material.valid)).0, 409);
    assert_eq!(current(&rig), before);
}

#[test]
fn what_cannot_be_recorded_is_not_done() {
    let rig = Rig::new("unrecorded");
    let before = current(&rig);
    rig.journal.refuses.store(true, Ordering::Relaxed);
    let answer = put(&rig, "ut", &rig.material.master_list);
    assert_eq!(problem(&answer), (503, "audit-unavailable".to_owned(), String::new()));
    assert_eq!(
        (answer.record.severity, answer.record.outcome),
        (Severity::Critical, Outcome::Error)
    );
    assert_eq!(current(&rig), before);
}

#[test]
fn what_the_disk_does_not_take_is_not_in_force_either_and_says_nothing_of_this_machine() {
    let rig = Rig::new("disk");
    let before = current(&rig);
    // A folder in the way of the new history: root may write anywhere, so that modes alone stop nobody.
    fs::create_dir(rig.folder.join("trust/.history.new")).unwrap();
    fs::set_permissions(rig.folder.join("trust"), fs::Permissions::from_mode(0o700)).unwrap();
    let answer = put(&rig, "ut", &rig.material.master_list);
    assert_eq!(problem(&answer), (503, "dependency-unavailable".to_owned(), String::new()));
    let folder = rig.folder.display().to_string();
    assert!(!json(&answer).to_string().contains(&folder));
    assert!(format!("{:?}", answer.record).contains(&folder), "the record has the cause");
    assert_eq!(current(&rig), before);
    fs::remove_dir(rig.folder.join("trust/.history.new")).unwrap();
    assert_eq!(json(&put(&rig, "ut", &rig.material.master_list))["committed"], true);
}

#[test]
fn an_instance_that_does_not_change_trust_says_so() {
    let mut rig = Rig::new("readonly");
    rig.services.ingest = None;
    let answer = put(&rig, "ut", &rig.material.master_list);
    assert_eq!(problem(&answer), (503, "dependency-unavailable".to_owned(), String::new()));
}

#[test]
fn while_one_change_is_under_way_another_is_told_to_come_back() {
    let rig = Rig::new("busy");
    let (reached, arrivals) = mpsc::channel();
    let (lets_through, through) = mpsc::channel();
    *rig.journal.gate.lock().unwrap() = Some((reached, through));
    let first = thread::scope(|scope| {
        let first = scope.spawn(|| put(&rig, "ut", &rig.material.master_list));
        arrivals.recv().unwrap();
        let second = put(&rig, "signers", &rig.material.valid);
        assert_eq!(problem(&second), (409, "conflict".to_owned(), String::new()));
        assert_eq!(second.retry_after, Some(5));
        assert_eq!(json(&second)["retry_after"], 5);
        lets_through.send(()).unwrap();
        first.join().unwrap()
    });
    assert_eq!(json(&first)["committed"], true);
    *rig.journal.gate.lock().unwrap() = None;
    assert_eq!(json(&put(&rig, "signers", &rig.material.valid))["committed"], true);
}

#[test]
fn a_request_without_sense_is_refused_by_name() {
    let rig = Rig::new("senseless");
    let nine = vec![sha256(b"x"); 9].join(",");
    let long = "n".repeat(65);
    for (rest, pointer) in [
        ("ut?accept_signer=", "/accept_signer"),
        ("ut?accept_signer=ab", "/accept_signer"),
        (&format!("ut?accept_signer={nine}"), "/accept_signer"),
        ("ut?allow_older=1", "/allow_older"),
        ("ut?dry_run=yes", "/dry_run"),
        ("ut?dry_run=true&dry_run=false", "/dry_run"),
        ("ut?dryrun=true", "/dryrun"),
        (&long, "/name"),
    ] {
        let answer = put(&rig, rest, &rig.material.valid);
        let expected = (400, "malformed-request".to_owned(), pointer.to_owned());
        assert_eq!(problem(&answer), expected, "{rest}");
    }
    assert!(rig.journal.records.lock().unwrap().is_empty());
}

#[test]
fn a_newest_list_of_the_future_shows_that_the_clock_is_wrong() {
    let mut rig = Rig::new("future");
    put(&rig, "ut", &rig.material.master_list);
    let verdict = |rig: &Rig| {
        let path = "/v1/certificates/validate?at=2026-11-24T00:00:00Z";
        json(&rig.ask(Verb::Post, path, "application/pkix-cert", &rig.material.valid))["verdict"]
            .clone()
    };
    // The list was signed an hour ago; five minutes are let pass.
    rig.now = rig.now.plus(-3_600 - 300);
    assert_eq!(verdict(&rig), "valid");
    rig.now = rig.now.plus(-1);
    assert_eq!(verdict(&rig), "indeterminate");
    rig.services.replace_trust(TrustView::new(Snapshot::empty()));
}
