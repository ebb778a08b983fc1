//! API keys from the command line to the trail: made, shown, replaced, withdrawn, and the same after a start.

use std::fs;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;
use trust_service::app::StartError;
use trust_service::audit::verify;
use trust_service::authn::api_key::ApiKeyError;
use trust_service::authn::local::{Administrator, Administrators};
use trust_service::authz::Permission;
use trust_service::clock::{Clock, SystemClock};

use super::rig::Rig;
use crate::command_line::{json, run, stderr, stdout};

fn command(rig: &Rig, words: &[&str]) -> Output {
    let state = rig.folder.join("state");
    run(&[&["key"][..], words, &["--state", state.to_str().unwrap()]].concat())
}

const CREATE: &[&str] = &[
    "create",
    "--name",
    "border post 7",
    "--owner",
    "border-post-7",
    "--permission",
    "trust:query",
    "--permission",
    "certificate:validate",
];

fn done(rig: &Rig, words: &[&str]) -> Value {
    let output = command(rig, &[words, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    json(&output)
}

/// The key, and its id.
fn create(rig: &Rig) -> (String, String) {
    let made = done(rig, CREATE);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made["key"]), text(&made["api_key"]["id"]))
}

/// What comes of showing the key from the network.
fn shown(rig: &Rig, key: &str) -> Result<(), ApiKeyError> {
    let services = &rig.daemon.as_ref().unwrap().shared().services;
    let keys = services.api_keys.as_ref().unwrap();
    keys.authenticate(key, "192.0.2.77".parse().unwrap(), SystemClock::new().wall()).map(drop)
}

#[test]
fn the_first_key_is_made_on_this_machine_by_whom_the_policy_names_and_is_kept() {
    let mut rig = Rig::start("key-first");
    let output = command(&rig, CREATE);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("the only time"));
    let key = text.lines().next().unwrap().strip_prefix("key           ").unwrap().to_owned();
    assert!(text.contains("\nowner         border-post-7\n"), "{text}");
    assert!(text.contains("\npermissions   certificate:validate, trust:query\n"), "{text}");
    assert_eq!(shown(&rig, &key), Ok(()));
    let listed = command(&rig, &["list"]);
    let listed = stdout(&listed);
    let id = &key[4..16];
    let row = listed.lines().find(|line| line.starts_with(id)).unwrap();
    assert!(row.contains(" active ") && row.contains(" 192.0.2.0/24 "), "{listed}");
    assert!(listed.ends_with("1 key\n") && !listed.contains(&key[17..40]), "{listed}");
    let records = rig.records();
    let secret = &key[17..60];
    assert!(records.iter().all(|record| !record.to_string().contains(secret)));
    let made: Vec<&Value> = records.iter().filter(|r| r["type"] == "auth.key_created").collect();
    assert_eq!(made.len(), 2, "begun and committed");
    assert_eq!(made[1]["details"]["state"][0]["name"], "api-keys");
    assert_eq!(made[1]["actor"]["method"], "local");
    // Its use was written at the end, and that is on record, so that the next start has nothing to say.
    let written = records.iter().find(|r| r["type"] == "data.modified").unwrap();
    assert_eq!(written["details"]["state"][0]["name"], "api-key-use");
    rig.run().unwrap();
    let again = done(&rig, &["show", id]);
    assert_eq!(
        (&again["uses"], &again["last_use"]["network"]),
        (&1.into(), &"192.0.2.0/24".into())
    );
    assert_eq!(shown(&rig, &key), Ok(()));
    assert!(!rig.records().iter().any(|record| record["action"] == "compare"));
}

#[test]
fn a_key_is_replaced_and_withdrawn_from_the_command_line() {
    let rig = Rig::start("key-life");
    let (old, id) = create(&rig);
    shown(&rig, &old).unwrap();
    let output = command(&rig, &["rotate", &id, "--grace", "8h"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(text.contains(&format!("\nprevious      {id}, taken until ")), "{text}");
    assert!(text.contains("\nits last use  20") && text.contains(" from 192.0.2.0/24\n"), "{text}");
    let new = text.lines().next().unwrap().rsplit_once(' ').unwrap().1.to_owned();
    assert_eq!((shown(&rig, &old), shown(&rig, &new)), (Ok(()), Ok(())));
    let again = command(&rig, &["rotate", &id]);
    assert_eq!(again.status.code(), Some(1), "another takes its place already");
    let newer = &new[4..16];
    let rotated = done(&rig, &["rotate", newer, "--grace", "0s"]);
    assert_eq!(shown(&rig, &new).unwrap_err().code(), "key_rotated");
    let last = rotated["key"].as_str().unwrap();
    assert_eq!(done(&rig, &["revoke", &last[4..16]])["changed"], true);
    assert_eq!(shown(&rig, last).unwrap_err().code(), "key_revoked");
    let output = command(&rig, &["revoke", &last[4..16]]);
    assert!(stderr(&output).contains("revoked before"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(done(&rig, &["list"])["api_keys"].as_array().unwrap().len(), 3);
}

#[test]
fn what_is_refused_ends_with_a_code_that_says_why() {
    let rig = Rig::start("key-refused");
    let (key, _) = create(&rig);
    for (words, code, said) in [
        (&["show", "000000000000"][..], 1, "no API key of this id"),
        (&["revoke", "000000000000"], 1, "no API key of this id"),
        (&["show", "x"], 64, "12 digits and letters"),
        (&["rotate", "000000000000", "--grace", "1"], 64, "a time with its unit"),
        (&["create", "--name", "a", "--owner", "A", "--permission", "trust:query"], 64, "--owner"),
        (&["create", "--name", "a", "--owner", "a", "--permission", "all"], 64, "--permission"),
        (&["create", "--name", "a", "--owner", "a"], 64, "--permission"),
        (&[CREATE, &["--expires-in", "3650d"]].concat(), 64, "expires: a key ends after now"),
        (&[CREATE, &["--burst", "5"]].concat(), 64, "--requests-per-minute"),
        (&[CREATE, &["--network", "10.0.0.1/8"]].concat(), 64, "--network"),
    ] {
        let output = command(&rig, words);
        assert_eq!(output.status.code(), Some(code), "{words:?} {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{words:?} {}", stderr(&output));
    }
    let output = command(&rig, &["revoke", &key]);
    assert_eq!(output.status.code(), Some(64));
    assert!(!stderr(&output).contains(&key[16..]), "{}", stderr(&output));
    assert_eq!(done(&rig, &["list"])["api_keys"].as_array().unwrap().len(), 1);
}

#[test]
fn an_administrator_gives_no_more_than_their_role_and_nothing_without_a_role_for_it() {
    let uid = rustix::process::geteuid().as_raw();
    let mut rig = Rig::made("key-role", |settings| {
        let role = "keys".parse().unwrap();
        let held = [Permission::ApiKeyManage, Permission::ApiKeyRead].into_iter().collect();
        settings.policy.roles = [(role, held)].into_iter().collect();
        let roles = vec!["keys".parse().unwrap()];
        settings.administrators = Administrators::new(vec![Administrator { uid, roles }]);
    });
    let output = command(&rig, CREATE);
    assert_eq!(output.status.code(), Some(77), "{}", stderr(&output));
    let records = rig.records();
    let denied = records.iter().find(|record| record["type"] == "authz.denied").unwrap();
    assert_eq!(denied["decision"]["code"], "permissions_not_held");
    assert!(denied["details"]["cause"].as_str().unwrap().contains("trust:query"));
    let rig = Rig::made("key-no-role", |settings| {
        let role = "reader".parse().unwrap();
        settings.administrators =
            Administrators::new(vec![Administrator { uid, roles: vec![role] }]);
    });
    assert_eq!(command(&rig, CREATE).status.code(), Some(77));
    assert_eq!(command(&rig, &["list"]).status.code(), Some(77));
}

#[test]
fn a_revoked_key_does_not_come_back_with_yesterdays_file() {
    let mut rig = Rig::start("key-yesterday");
    let (key, id) = create(&rig);
    let path = rig.folder.join("state/sealed/api-keys");
    let yesterday = fs::read(&path).unwrap();
    done(&rig, &["revoke", &id]);
    rig.records();
    let today = fs::read(&path).unwrap();
    fs::write(&path, yesterday).unwrap();
    let refused = rig.run().unwrap_err();
    assert!(matches!(refused, StartError::PutBack { .. }), "{refused}");
    assert!(refused.to_string().contains("api-keys: generation 1 was put in the place of"));
    fs::write(&path, today).unwrap();
    rig.run().unwrap();
    assert_eq!(shown(&rig, &key).unwrap_err().code(), "key_revoked");
}

#[test]
fn a_key_that_is_too_old_is_on_record_at_the_start_and_not_once_it_is_replaced() {
    let mut rig = Rig::made("key-due", |settings| settings.api_keys.rotation = Duration::ZERO);
    let (_, id) = create(&rig);
    assert_eq!(done(&rig, &["show", &id])["rotation_due"], true);
    assert!(stdout(&command(&rig, &["list"])).contains("active, due"));
    assert!(!rig.records().iter().any(|record| record["type"] == "auth.key_due"), "none was there");
    rig.run().unwrap();
    let clock = SystemClock::new();
    let due = loop {
        let found = records(&rig).into_iter().find(|record| record["type"] == "auth.key_due");
        if let Some(record) = found {
            break record;
        }
        assert!(clock.uptime() < Duration::from_secs(20), "nobody was reminded");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(due["details"]["count"], 1);
    assert_eq!(due["details"]["keys"][0]["key"], id.as_str());
    assert_eq!(due["details"]["keys"][0]["owner"], "border-post-7");
    done(&rig, &["revoke", &id]);
    rig.records();
    rig.run().unwrap();
    let reminders = rig.records();
    assert_eq!(reminders.iter().filter(|record| record["type"] == "auth.key_due").count(), 1);
}

/// The records so far, of a daemon that runs.
fn records(rig: &Rig) -> Vec<Value> {
    let mut all = Vec::new();
    verify::walk(&rig.folder.join("state/audit/spool"), |_, record| {
        all.push(record.json().unwrap());
    })
    .unwrap();
    all
}

#[test]
fn without_a_service_there_are_no_keys_to_manage_and_a_service_may_be_without_keys() {
    let mut rig = Rig::made("key-off", |settings| settings.api_keys.enabled = false);
    let output = command(&rig, &["list"]);
    assert!(stderr(&output).contains("api_keys.enabled"), "{}", stderr(&output));
    rig.records();
    let output = command(&rig, &["list"]);
    assert_eq!(output.status.code(), Some(69));
    assert!(stderr(&output).contains("no running service"), "{}", stderr(&output));
}
