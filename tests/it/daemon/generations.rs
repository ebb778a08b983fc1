//! Yesterday's files put back, and trust that was changed while nobody looked: noticed at the start, and on record.

use std::fs;
use std::path::Path;

use serde_json::Value;
use trust_service::app::StartError;
use trust_service::audit::verify;
use trust_service::state::PutBack;

use super::http::ask;
use super::rig::Rig;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn put_back(from: &Path, to: &Path) {
    fs::remove_dir_all(to).unwrap();
    copy(from, to);
}

fn records(rig: &Rig) -> Vec<Value> {
    let mut all = Vec::new();
    verify::walk(&rig.folder.join("state/audit/spool"), |_, record| {
        all.push(record.json().unwrap());
    })
    .unwrap();
    all
}

/// Takes in the demo's master list, which changes what is trusted.
fn import(rig: &Rig) {
    let body = &rig.material.master_list;
    let head = format!(
        "PUT /v1/trust/sources/utopia HTTP/1.1\r\nHost: x\r\nContent-Type: application/cms\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut tls = rig.connect(Some(&rig.client("demo")));
    let answer = ask(&mut tls, &[head.as_bytes(), body].concat()).unwrap();
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.json()["committed"], true);
}

#[test]
fn yesterdays_files_are_refused_once_and_that_is_on_record() {
    let mut rig = Rig::start("put-back");
    let (state, aside) = (rig.folder.join("state"), rig.folder.join("aside"));
    copy(&state.join("sealed"), &aside.join("sealed"));
    copy(&state.join("trust"), &aside.join("trust"));
    import(&rig);
    rig.records();
    for folder in ["sealed", "trust"] {
        put_back(&aside.join(folder), &state.join(folder));
    }
    let refused = rig.run().unwrap_err();
    let StartError::PutBack(found) = &refused else { panic!("{refused}") };
    assert!(matches!(found[..], [PutBack::Older { recorded: 2, found: 1, .. }]), "{refused}");
    assert!(refused.to_string().contains("start again to go on"), "{refused}");
    let last = records(&rig).pop().unwrap();
    assert_eq!(last["type"], "security.tamper_detected");
    assert_eq!(last["severity"], "critical");
    // Whoever starts again knows it.
    rig.run().unwrap();
    import(&rig);
    rig.records();
    rig.run().unwrap();
}

#[test]
fn a_sealed_file_that_is_gone_or_garbled_is_noticed() {
    let mut rig = Rig::start("gone");
    rig.records();
    let file = rig.folder.join("state/sealed/trust");
    let good = fs::read(&file).unwrap();
    let mut garbled = good.clone();
    *garbled.last_mut().unwrap() ^= 1;
    fs::write(&file, garbled).unwrap();
    assert!(matches!(rig.run().unwrap_err(), StartError::Sealed(_)));
    fs::remove_file(&file).unwrap();
    let StartError::PutBack(found) = rig.run().unwrap_err() else { panic!("not noticed") };
    assert!(matches!(found[..], [PutBack::Missing { .. }]));
    rig.run().unwrap();
}

#[test]
fn trust_that_was_changed_while_the_service_did_not_run_is_on_record() {
    let mut rig = Rig::start("offline");
    let (trust, aside) = (rig.folder.join("state/trust"), rig.folder.join("aside"));
    copy(&trust, &aside);
    import(&rig);
    rig.records();
    // The seal is of today, what is in force is of yesterday: as a command of the operator leaves it, or an attacker.
    put_back(&aside, &trust);
    rig.run().unwrap();
    let records = rig.records();
    let changed = records.iter().find(|record| record["action"] == "found changed").unwrap();
    assert_eq!(changed["type"], "cert.trust_changed");
    assert_ne!(changed["details"]["from"], changed["details"]["to"]);
}
