use std::net::IpAddr;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use trust_service::api::{Answer, Verb};
use trust_service::audit::event::{EventType, Outcome, Value as Told};
use trust_service::authn::api_key::{ApiKeyError, PresentedKey};
use trust_service::authz::Permission;

use super::rig::{Rig, json, problem};

const JSON: &str = "application/json";
const PATH: &str = "/v1/api-keys";

fn rig(name: &str) -> Rig {
    let mut rig = Rig::new(name);
    rig.become_manager(&Permission::ALL);
    rig
}

fn asked() -> Value {
    json!({
        "name": "border post 7",
        "owner": "border-post-7",
        "permissions": ["certificate:validate", "trust:query"],
        "expires": "2027-02-01T00:00:00Z",
        "networks": ["192.0.2.0/24"],
        "limit": {"requests_per_minute": 600, "burst": 50},
    })
}

fn post(rig: &Rig, path: &str, body: &Value) -> Answer {
    rig.ask(Verb::Post, path, JSON, body.to_string().as_bytes())
}

fn with(member: &str, value: Value) -> Value {
    let mut asked = asked();
    asked[member] = value;
    asked
}

/// The key, and its id.
fn create(rig: &Rig) -> (String, String) {
    let made = post(rig, PATH, &asked());
    assert_eq!(made.status.code(), 201, "{}", json(&made));
    let made = json(&made);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made["key"]), text(&made["api_key"]["id"]))
}

fn rotate(rig: &Rig, id: &str, grace: u64) -> Answer {
    post(rig, &format!("{PATH}/{id}/rotate"), &json!({"grace_seconds": grace}))
}

fn revoke(rig: &Rig, id: &str) -> Answer {
    rig.ask(Verb::Delete, &format!("{PATH}/{id}"), "", b"")
}

fn show(rig: &Rig, id: &str) -> Value {
    json(&rig.get(&format!("{PATH}/{id}")))
}

/// What comes of showing the key.
fn shown(rig: &Rig, key: &str) -> Result<(), ApiKeyError> {
    let from: IpAddr = "192.0.2.77".parse().unwrap();
    let keys = rig.services.api_keys.as_ref().unwrap();
    keys.authenticate(key, from, rig.now).map(drop)
}

fn told<'a>(details: &'a [(&'static str, Told<'static>)], name: &str) -> &'a Told<'static> {
    &details.iter().find(|(own, _)| *own == name).unwrap().1
}

#[test]
fn a_key_is_shown_when_it_is_made_and_never_again() {
    let rig = rig("key-create");
    let made = post(&rig, PATH, &asked());
    assert_eq!(made.status.code(), 201);
    let body = json(&made);
    let key = body["key"].as_str().unwrap().to_owned();
    assert!(PresentedKey::parse(&key).is_ok() && shown(&rig, &key).is_ok());
    let about = &body["api_key"];
    for (member, value) in asked().as_object().unwrap() {
        assert_eq!(&about[member], value);
    }
    assert_eq!(about["state"], "active");
    assert_eq!(about["created"], "2026-11-24T00:00:00Z");
    assert_eq!((&about["uses"], &about["last_use"]), (&json!(0), &json!(null)));
    let id = about["id"].as_str().unwrap();
    let again = show(&rig, id);
    assert_eq!(again["uses"], 1);
    assert_eq!(again["last_use"], json!({"at": "2026-11-24T00:00:00Z", "network": "192.0.2.0/24"}));
    let secret = &key[17..60];
    assert!(!again.to_string().contains(secret));
    assert!(!json(&rig.get(PATH)).to_string().contains(secret));
    let records = rig.journal.records.lock().unwrap();
    assert!(!format!("{records:?} {:?} {:?}", made.record, rig.services).contains(secret));
}

#[test]
fn a_change_is_on_record_before_it_is_made_and_its_answer_names_the_file_that_it_left() {
    let rig = rig("key-records");
    let (key, id) = create(&rig);
    let rotated = rotate(&rig, &id, 60);
    let new = json(&rotated)["api_key"]["id"].as_str().unwrap().to_owned();
    let revoked = revoke(&rig, &new);
    assert_eq!((rotated.status.code(), revoked.status.code()), (201, 200));
    let records = rig.journal.records.lock().unwrap();
    let kinds: Vec<EventType> = records.iter().map(|record| record.kind).collect();
    assert_eq!(kinds, [EventType::KeyCreated, EventType::KeyRotated, EventType::KeyRevoked]);
    for (record, key) in records.iter().zip([&id, &new, &new]) {
        assert_eq!(record.decision, [("code", Told::from("begun"))]);
        assert_eq!(record.resource, format!("key:{key}"));
        assert_eq!(told(&record.details, "key"), &Told::from(key.clone()));
        assert_eq!(told(&record.details, "owner"), &Told::from("border-post-7"));
        let Told::Text(client) = told(&record.details, "client") else { panic!() };
        assert!(client.starts_with("uid:"));
    }
    assert_eq!(told(&records[1].details, "previous"), &Told::from(id.clone()));
    let generation = |answer: &Answer| {
        assert_eq!(answer.record.decision, [("code", Told::from("committed"))]);
        let Told::List(stamps) = told(&answer.record.details, "state") else { panic!() };
        let [Told::Map(stamp)] = &stamps[..] else { panic!("one file") };
        assert_eq!(told(stamp, "name"), &Told::from("api-keys".to_owned()));
        let Told::Number(generation) = told(stamp, "generation") else { panic!() };
        *generation
    };
    assert_eq!((generation(&rotated), generation(&revoked)), (2, 3));
    assert_eq!(rig.sealed.stamps().last().unwrap().generation, 3);
    assert!(shown(&rig, &key).is_ok(), "within the grace");
}

#[test]
fn what_cannot_be_recorded_is_not_done() {
    let rig = rig("key-unrecorded");
    let (key, id) = create(&rig);
    rig.journal.refuses.store(true, Ordering::Relaxed);
    for answer in [post(&rig, PATH, &asked()), rotate(&rig, &id, 0), revoke(&rig, &id)] {
        let (status, code, _) = problem(&answer);
        assert_eq!((status, code.as_str()), (503, "audit-unavailable"));
        assert_eq!(answer.record.outcome, Outcome::Error);
    }
    assert!(shown(&rig, &key).is_ok());
    assert_eq!(json(&rig.get(PATH))["api_keys"].as_array().unwrap().len(), 1);
    assert_eq!(rig.sealed.read("api-keys").unwrap().unwrap().stamp.generation, 1);
}

#[test]
fn nobody_gives_a_key_what_they_do_not_hold_and_is_told_no_more() {
    let mut rig = rig("key-held");
    let (_, id) = create(&rig);
    let own = [Permission::ApiKeyManage, Permission::ApiKeyRead, Permission::TrustQuery];
    rig.become_manager(&own);
    for answer in [post(&rig, PATH, &asked()), rotate(&rig, &id, 60)] {
        let (status, code, pointer) = problem(&answer);
        assert_eq!((status, code.as_str(), pointer.as_str()), (403, "permission-denied", ""));
        assert!(!json(&answer).to_string().contains("certificate:validate"));
        let record = &answer.record;
        assert_eq!((record.kind, record.outcome), (EventType::AuthzDenied, Outcome::Denied));
        let Told::Text(cause) = told(&record.details, "cause") else { panic!() };
        assert!(cause.ends_with(": certificate:validate"), "{cause}");
    }
    // To withdraw takes no more than to manage.
    assert_eq!(revoke(&rig, &id).status.code(), 200);
    assert_eq!(post(&rig, PATH, &with("permissions", json!(["trust:query"]))).status.code(), 201);
}

#[test]
fn the_old_key_is_shown_with_its_last_use_when_another_takes_its_place() {
    let mut rig = rig("key-rotate");
    let (key, id) = create(&rig);
    shown(&rig, &key).unwrap();
    let answer = json(&rotate(&rig, &id, 3_600));
    let (new, previous) = (&answer["api_key"], &answer["previous"]);
    assert_eq!((&previous["id"], &previous["state"]), (&json!(id), &json!("rotating")));
    assert_eq!(previous["taken_until"], "2026-11-24T01:00:00Z");
    assert_eq!(previous["last_use"]["network"], "192.0.2.0/24");
    assert_eq!((&new["predecessor"], &previous["successor"]), (&json!(id), &new["id"]));
    assert_eq!(new["permissions"], previous["permissions"]);
    let replacement = answer["key"].as_str().unwrap().to_owned();
    assert!(shown(&rig, &key).is_ok() && shown(&rig, &replacement).is_ok());
    let (status, code, _) = problem(&rotate(&rig, &id, 0));
    assert_eq!((status, code.as_str()), (409, "conflict"));
    rig.now = rig.now.plus(3_600);
    assert_eq!(shown(&rig, &key).unwrap_err().code(), "key_rotated");
    assert!(shown(&rig, &replacement).is_ok());
    assert_eq!(show(&rig, &id)["state"], "rotated");
}

#[test]
fn a_key_is_withdrawn_at_once_and_to_ask_again_changes_nothing() {
    let mut rig = rig("key-revoke");
    let (key, id) = create(&rig);
    let first = json(&revoke(&rig, &id));
    assert_eq!((&first["changed"], &first["api_key"]["state"]), (&json!(true), &json!("revoked")));
    assert_eq!(shown(&rig, &key).unwrap_err().code(), "key_revoked");
    rig.now = rig.now.plus(60);
    let again = revoke(&rig, &id);
    assert_eq!(json(&again)["changed"], false);
    assert_eq!(json(&again)["api_key"]["revoked"]["at"], "2026-11-24T00:00:00Z");
    assert_eq!(again.record.kind, EventType::DataAccessed);
    assert_eq!(rig.journal.records.lock().unwrap().len(), 2, "made and withdrawn");
}

#[test]
fn what_is_asked_wrongly_is_refused_by_name() {
    let rig = rig("key-asked");
    for (member, value) in [
        ("name", json!("")),
        ("name", json!("a\nb")),
        ("name", json!(" a")),
        ("name", json!("ä")),
        ("name", json!("x".repeat(65))),
        ("owner", json!("Border Post")),
        ("owner", json!("uid:0")),
        ("permissions", json!([])),
        ("permissions", json!(["trust:*"])),
        ("permissions", json!(["trust:query", "all"])),
        ("expires", json!("tomorrow")),
        ("expires", json!("2026-11-24T00:00:00Z")),
        ("expires", json!("2027-11-24T00:00:01Z")),
        ("networks", json!(["10.0.0.1/8"])),
        ("networks", json!(["everywhere"])),
        ("networks", json!(vec!["10.0.0.0/8"; 9])),
    ] {
        let refused = problem(&post(&rig, PATH, &with(member, value.clone())));
        let expected = (400, "malformed-request".to_owned(), format!("/{member}"));
        assert_eq!(refused, expected, "{member} {value}");
    }
    for (member, value) in [
        ("limit", json!({"requests_per_minute": 0, "burst": 1})),
        ("limit", json!({"requests_per_minute": 1})),
        ("secret", json!("mine")),
        ("owner", json!(null)),
    ] {
        let (status, ..) = problem(&post(&rig, PATH, &with(member, value)));
        assert_eq!(status, 400, "{member}");
    }
    for body in [&b""[..], b"{}", b"[]", b"{\"name\":\"a\",\"name\":\"b\"}"] {
        assert_eq!(rig.ask(Verb::Post, PATH, JSON, body).status.code(), 400);
    }
    assert_eq!(problem(&post(&rig, "/v1/api-keys?x=1", &asked())).2, "/x");
    let (_, id) = create(&rig);
    for body in [json!({}), json!({"grace_seconds": -1}), json!({"grace_seconds": "1"})] {
        assert_eq!(post(&rig, &format!("{PATH}/{id}/rotate"), &body).status.code(), 400);
    }
    assert_eq!(problem(&rotate(&rig, &id, 30 * 86_400 + 1)).2, "/grace_seconds");
    assert_eq!(json(&rig.get(PATH))["api_keys"].as_array().unwrap().len(), 1);
}

#[test]
fn a_key_that_is_not_there_is_not_found_and_what_names_none_is_malformed() {
    let rig = rig("key-unknown");
    let none = "000000000000";
    let answers =
        |id: &str| [rig.get(&format!("{PATH}/{id}")), rotate(&rig, id, 0), revoke(&rig, id)];
    for answer in answers(none) {
        assert_eq!(problem(&answer).0, 404);
        assert_eq!(answer.record.resource, format!("key:{none}"));
    }
    for answer in answers("x") {
        assert_eq!(problem(&answer).2, "/id");
    }
}

#[test]
fn keys_are_listed_a_page_at_a_time_each_once() {
    let rig = rig("key-pages");
    let mut made: Vec<String> = (0..5).map(|_| create(&rig).1).collect();
    made.sort();
    let mut found = Vec::new();
    let mut target = format!("{PATH}?page_size=2");
    loop {
        let page = json(&rig.get(&target));
        let keys = page["api_keys"].as_array().unwrap();
        assert!(keys.len() <= 2);
        found.extend(keys.iter().map(|key| key["id"].as_str().unwrap().to_owned()));
        let Some(token) = page["next_page_token"].as_str() else { break };
        target = format!("{PATH}?page_size=2&page_token={token}");
    }
    assert_eq!(found, made);
    for (query, pointer) in [
        ("page_size=0", "/page_size"),
        ("page_size=1001", "/page_size"),
        ("page_token=x", "/page_token"),
        ("state=active", "/state"),
    ] {
        assert_eq!(problem(&rig.get(&format!("{PATH}?{query}"))).2, pointer);
    }
}

#[test]
fn a_service_without_keys_says_so() {
    let mut rig = rig("key-off");
    rig.services.api_keys = None;
    rig.services.key_desk = None;
    let id = "000000000000";
    let one = rig.get(&format!("{PATH}/{id}"));
    for answer in
        [one, rig.get(PATH), post(&rig, PATH, &asked()), rotate(&rig, id, 0), revoke(&rig, id)]
    {
        let (status, code, _) = problem(&answer);
        assert_eq!((status, code.as_str()), (503, "dependency-unavailable"));
    }
}
