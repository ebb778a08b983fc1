//! The commands beside a daemon that holds the state: what they change goes through it, and ends as it would without.

use serde_json::Value;
use std::fs;
use std::process::Output;
use trust_service::trust::fingerprint::Fingerprint;

use super::http::ask;
use super::rig::Rig;
use crate::command_line::{json, run, stderr, stdout};

const STATUS: &[u8] = b"GET /v1/trust/status HTTP/1.1\r\nHost: x\r\n\r\n";

fn command(rig: &Rig, words: &[&str]) -> Output {
    let state = rig.folder.join("state");
    run(&[words, &["--state", state.to_str().unwrap()]].concat())
}

fn file(rig: &Rig, name: &str, bytes: &[u8]) -> String {
    let path = rig.folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn client() -> String {
    format!("uid:{}", rustix::process::geteuid().as_raw())
}

#[test]
fn an_import_goes_through_the_daemon_and_is_in_force_recorded_and_the_trail_verifies() {
    let mut rig = Rig::start("cli-import");
    let (valid, revoked) =
        (file(&rig, "a.cer", &rig.material.valid), file(&rig, "b.cer", &rig.material.revoked));
    let dry = command(&rig, &["trust", "import", &valid, "--dry-run"]);
    assert!(stdout(&dry).contains("dry run"), "{}", stderr(&dry));
    let output = command(&rig, &["trust", "import", &valid, &revoked]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for line in ["a: 1 certificates (no anchors)", "+ source a added", "+ source b added"] {
        assert!(text.contains(line), "{text}");
    }
    assert!(text.contains("is current"), "{text}");
    let mut tls = rig.connect(Some(&rig.client("demo")));
    let served = ask(&mut tls, STATUS).unwrap().json();
    let names: Vec<&str> =
        served["sources"].as_array().unwrap().iter().filter_map(|s| s["name"].as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let words = ["trust", "import", &valid, &revoked, "--source", "both", "--format", "json"];
    let both = json(&command(&rig, &words));
    assert_eq!((&both["committed"], &both["sources"][0]["candidates"]), (&true.into(), &2.into()));
    assert_eq!(ask(&mut tls, STATUS).unwrap().json()["snapshot"], both["snapshot"]);
    drop(tls);
    let records = rig.records();
    let done: Vec<&Value> = records.iter().filter(|r| r["type"] == "cert.imported").collect();
    assert_eq!(done.len(), 2);
    assert_eq!(done[0]["actor"]["client"], client());
    let verified = command(&rig, &["audit", "verify"]);
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
}

#[test]
fn what_the_daemon_refuses_ends_as_what_is_refused_here() {
    let rig = Rig::start("cli-refused");
    let before = json(&command(&rig, &["trust", "status", "--format", "json"]))["snapshot"].clone();
    let valid = file(&rig, "valid.cer", &rig.material.valid);
    let sha256 = Fingerprint::of(&rig.material.valid).to_string();
    let anchor = command(&rig, &["trust", "anchor", &valid, "--sha256", &sha256]);
    assert_eq!(anchor.status.code(), Some(1));
    assert!(stderr(&anchor).contains("not a CA's certificate"), "{}", stderr(&anchor));
    let broken = file(&rig, "broken.ldif", b"dn: c=UT\nuserCertificate;binary:: MIIB");
    let import = command(&rig, &["trust", "import", &valid, &broken]);
    assert_eq!(import.status.code(), Some(66));
    assert!(stderr(&import).contains("broken.ldif: LDIF line 2"), "{}", stderr(&import));
    let named = command(&rig, &["trust", "import", &valid, "--source", "no name"]);
    assert_eq!(named.status.code(), Some(64));
    let text = stderr(&named);
    assert!(text.contains("valid.cer: ") && text.contains("; nothing was changed"), "{text}");
    let after = json(&command(&rig, &["trust", "status", "--format", "json"]))["snapshot"].clone();
    assert_eq!(before, after);
}

#[test]
fn an_anchor_and_distrust_go_through_the_daemon_with_their_notes() {
    let mut rig = Rig::start("cli-anchor");
    let csca = file(&rig, "csca.cer", &rig.material.csca);
    let sha256 = Fingerprint::of(&rig.material.csca).to_string();
    let anchor =
        command(&rig, &["trust", "anchor", &csca, "--sha256", &sha256, "--format", "json"]);
    assert_eq!(anchor.status.code(), Some(0), "{}", stderr(&anchor));
    assert_eq!(json(&anchor)["committed"], false, "it is one already");
    let unknown = "0".repeat(64);
    let distrust = command(&rig, &["trust", "distrust", &unknown, "--reason", "key lost"]);
    assert_eq!(distrust.status.code(), Some(0), "{}", stderr(&distrust));
    assert!(stderr(&distrust).contains("no certificate with this fingerprint is held"));
    let distrust = command(&rig, &["trust", "distrust", &sha256, "--reason", "key lost"]);
    assert!(stdout(&distrust).contains("1 distrusted"), "{}", stdout(&distrust));
    let records = rig.records();
    let reason = records.iter().find(|record| record["details"]["reason"] == "key lost").unwrap();
    assert_eq!(reason["type"], "cert.trust_changed");
}

#[test]
fn a_user_who_is_no_administrator_is_told_so() {
    let rig = Rig::administered("cli-unlisted", Vec::new());
    let output = command(&rig, &["trust", "distrust", &"0".repeat(64), "--reason", "x"]);
    assert_eq!(output.status.code(), Some(77));
    assert!(stderr(&output).contains("none of its administrators"), "{}", stderr(&output));
}

/// A change must not reach the daemon of another state folder, though it is in the place where one is looked for.
#[test]
fn a_daemon_that_holds_another_state_is_not_asked() {
    let mut rig = Rig::start("cli-other");
    let other = rig.folder.join("other");
    fs::create_dir(&other).unwrap();
    let lock = fs::File::create(other.join("lock")).unwrap();
    lock.lock().unwrap();
    let words = ["trust", "distrust", &"0".repeat(64), "--reason", "x", "--state"];
    let output = run(&[&words[..], &[other.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(69));
    assert!(stderr(&output).contains("another process holds the lock"), "{}", stderr(&output));
    let records = rig.records();
    assert!(!records.iter().any(|record| record["type"] == "cert.trust_changed"));
}

#[test]
fn status_says_ready_not_ready_or_that_nobody_answers() {
    let mut rig = Rig::start("cli-status");
    let output = command(&rig, &["status"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.starts_with("service      ready\n") && text.contains("snapshot     sha256:"),
        "{text}"
    );
    let document = json(&command(&rig, &["status", "--format", "json"]));
    assert_eq!(document["ready"], true);
    assert_eq!(document["daemon"]["pid"], std::process::id());
    assert_eq!(command(&rig, &["status", "--check", "ready"]).status.code(), Some(0));
    let services = &rig.daemon.as_ref().unwrap().shared().services;
    services.clock_is_past("2199-01-01T00:00:00Z".parse().unwrap());
    for words in [&["status"][..], &["status", "--check", "ready"]] {
        let output = command(&rig, words);
        assert_eq!(output.status.code(), Some(1));
        assert!(stdout(&output).starts_with("service      not ready: clock\n"));
    }
    let live = command(&rig, &["status", "--check", "live"]);
    assert_eq!(
        (live.status.code(), stdout(&live).starts_with("service      live\n")),
        (Some(0), true)
    );
    rig.records();
    let gone = command(&rig, &["status"]);
    assert_eq!(gone.status.code(), Some(69));
    assert!(stderr(&gone).contains("nobody answers"), "{}", stderr(&gone));
}
