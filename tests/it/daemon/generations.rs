//! Yesterday's files put back, and trust that was changed while nobody looked: noticed at the start, and on record.

use std::fs;
use std::path::Path;

use serde_json::Value;
use trust_service::app::StartError;
use trust_service::audit::verify;
use trust_service::clock::{Clock, SystemClock};
use trust_service::state::{FolderLock, TrustStore};
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::Draft;
use trust_service::trust::fingerprint::Fingerprint;

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

/// What was found, and the name that accepts it.
fn refused(rig: &mut Rig) -> (String, Fingerprint) {
    let refused = rig.run().unwrap_err();
    let StartError::PutBack { name, .. } = &refused else { panic!("{refused}") };
    (refused.to_string(), *name)
}

#[test]
fn yesterdays_files_are_refused_until_an_operator_names_them() {
    let mut rig = Rig::start("put-back");
    let (state, aside) = (rig.folder.join("state"), rig.folder.join("aside"));
    copy(&state.join("sealed"), &aside.join("sealed"));
    copy(&state.join("trust"), &aside.join("trust"));
    import(&rig);
    rig.records();
    for folder in ["sealed", "trust"] {
        put_back(&aside.join(folder), &state.join(folder));
    }
    // However often it is tried.
    for _ in 0..3 {
        let (said, name) = refused(&mut rig);
        assert!(said.contains("generation 1 was put in the place of generation 2"), "{said}");
        assert!(said.contains(&format!("server.accept_state: {name}")), "{said}");
        let last = records(&rig).pop().unwrap();
        assert_eq!(last["type"], "security.tamper_detected");
        assert_eq!(
            (&last["severity"], &last["details"]["name"]),
            (&"critical".into(), &name.to_string().into())
        );
    }
    // The name of something else accepts nothing.
    rig.settings.accept_state = Some(Fingerprint::of(b"another"));
    let (_, name) = refused(&mut rig);
    rig.settings.accept_state = Some(name);
    rig.run().unwrap();
    import(&rig);
    rig.records();
    // It is of no use a second time.
    rig.run().unwrap();
    rig.records();
    for folder in ["sealed", "trust"] {
        put_back(&aside.join(folder), &state.join(folder));
    }
    refused(&mut rig);
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
    let (said, name) = refused(&mut rig);
    assert!(said.contains("no file is there"), "{said}");
    rig.settings.accept_state = Some(name);
    rig.run().unwrap();
}

/// The seal is left as it is, and only what is in force is of yesterday.
#[test]
fn yesterdays_trust_alone_is_refused_too() {
    let mut rig = Rig::start("trust-alone");
    let (trust, aside) = (rig.folder.join("state/trust"), rig.folder.join("aside"));
    copy(&trust, &aside);
    import(&rig);
    rig.records();
    put_back(&aside, &trust);
    let (said, _) = refused(&mut rig);
    assert!(said.contains("did not come of"), "{said}");
}

/// As a command of the operator leaves it: the snapshot before it is in the history.
#[test]
fn trust_that_an_operator_changed_while_the_service_did_not_run_is_on_record() {
    let mut rig = Rig::start("offline");
    rig.records();
    let state = rig.folder.join("state");
    let store = TrustStore::new(&state);
    let base = store.current().unwrap();
    let mut draft = Draft::new(&base, SystemClock::new().wall());
    let csca = Certificate::parse(rig.material.csca.clone()).unwrap();
    draft.distrust(csca.fingerprint(), "lost key");
    let (snapshot, bytes, _) = draft.finish().unwrap();
    store.commit(&FolderLock::take(&state).unwrap(), snapshot.id(), &bytes).unwrap();
    rig.run().unwrap();
    let records = rig.records();
    let changed = records.iter().find(|record| record["action"] == "found changed").unwrap();
    assert_eq!(changed["type"], "cert.trust_changed");
    assert_eq!(changed["details"]["from"], format!("sha256:{}", base.id()));
    assert_eq!(changed["details"]["to"], format!("sha256:{}", snapshot.id()));
}
