use serde_json::json;

use trust_service::api::{Expired, TrustView, Verb};

use super::rig::{Rig, json, problem, sha256};

fn import(rig: &Rig, name: &str, body: &[u8]) {
    let target = format!("/v1/trust/sources/{name}");
    let answer = rig.ask(Verb::Put, &target, "application/octet-stream", body);
    assert_eq!(json(&answer)["committed"], true, "{}", json(&answer));
}

#[test]
fn who_knows_the_current_snapshot_waits_until_there_is_another() {
    let rig = Rig::new("wait");
    let since = rig.services.trust().snapshot.label();
    let path = format!("/v1/trust/changes?since={since}");
    assert!(rig.poll(&path, Expired::No).is_none());
    let expired = json(&rig.poll(&path, Expired::Yes).unwrap());
    assert_eq!((&expired["changed"], &expired["changes"]), (&json!(false), &json!([])));
    let generation = rig.services.trust_generation();
    import(&rig, "signers", &rig.material.valid);
    assert_ne!(rig.services.trust_generation(), generation, "who waits must be woken");
    let answer = json(&rig.poll(&path, Expired::No).unwrap());
    assert_eq!(answer["changed"], true);
    assert_eq!(answer["snapshot"], &*rig.services.trust().snapshot.label());
    assert_eq!(answer["changes"][0]["sources"], json!({"signers": "added"}));
    assert_eq!(answer["changes"][0]["candidates"], 1);
}

#[test]
fn who_comes_late_has_every_change_in_between_in_order() {
    let rig = Rig::new("late");
    let first = rig.services.trust().snapshot.id();
    import(&rig, "one", &rig.material.valid);
    let second = rig.services.trust().snapshot.id();
    import(&rig, "two", &rig.material.unknown);
    let changes = |since: &str| {
        let answer = json(&rig.get(&format!("/v1/trust/changes?since={since}")));
        answer["changes"].as_array().map(Vec::len)
    };
    assert_eq!(changes(&first.to_string()), Some(2));
    assert_eq!(changes(&format!("sha256:{second}")), Some(1));
    assert_eq!(changes(&sha256(b"never")), None, "read everything anew");
    let answer = json(&rig.get(&format!("/v1/trust/changes?since={first}")));
    assert_eq!(answer["changes"][0]["to"], answer["changes"][1]["from"]);
}

#[test]
fn a_change_that_nobody_described_is_not_told_as_none() {
    let rig = Rig::new("untold");
    let first = rig.services.trust().snapshot.id();
    import(&rig, "one", &rig.material.valid);
    rig.services.replace_trust(TrustView::new(trust_service::trust::snapshot::Snapshot::empty()));
    let answer = json(&rig.get(&format!("/v1/trust/changes?since={first}")));
    assert_eq!((&answer["changed"], &answer["changes"]), (&json!(true), &json!(null)));
}

#[test]
fn many_changes_are_kept_only_so_far_back() {
    let rig = Rig::new("many");
    let first = rig.services.trust().snapshot.id();
    let mut known = first;
    for at in 0..40 {
        let der = if at % 2 == 0 { &rig.material.valid } else { &rig.material.unknown };
        if at == 8 {
            known = rig.services.trust().snapshot.id();
        }
        import(&rig, &format!("s{at}"), der);
    }
    let changes =
        |since| json(&rig.get(&format!("/v1/trust/changes?since={since}")))["changes"].clone();
    assert_eq!(changes(first), json!(null));
    assert_eq!(changes(known).as_array().unwrap().len(), 32);
}

#[test]
fn since_must_be_a_snapshot() {
    let rig = Rig::new("since");
    for query in ["", "?", "?since=", "?since=abc", "?since=now", "?until=x"] {
        let answer = rig.poll(&format!("/v1/trust/changes{query}"), Expired::No).unwrap();
        assert_eq!(answer.status.code(), 400, "{query}");
        assert_ne!(problem(&answer).2, "");
    }
}
