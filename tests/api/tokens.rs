//! Tokens by their routes: what is given out and to whom, what is said of one, and what is taken back.

use std::os::unix::net::UnixStream;
use std::sync::Arc;

use serde_json::{Value, json};

use trust_service::api::{Answer, Verb};
use trust_service::audit::event::{EventType, Outcome};
use trust_service::authn::local::{Administrator, Administrators, LocalPeer};
use trust_service::authn::token::{Algorithm, TokenSettings, TokenStore, Tokens};
use trust_service::authz::{Caller, Permission, Roles};
use trust_service::clock::UnixTime;
use trust_service::encoding;
use trust_service::entropy::SystemEntropy;
use trust_service::secret::Secret;
use trust_service::state::{FolderLock, SealedFolder};

use super::rig::{Rig, json, problem};
use super::schema;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const HELD: [Permission; 4] = [
    Permission::TokenIssue,
    Permission::TokenIntrospect,
    Permission::TokenRevoke,
    Permission::TrustQuery,
];

/// A user of this machine who holds these permissions.
fn caller(held: &[Permission]) -> Caller {
    let peer = LocalPeer::of(&UnixStream::pair().unwrap().0).unwrap();
    let one = Administrator { uid: peer.uid(), roles: vec!["reader".parse().unwrap()] };
    let roles: Roles =
        [("reader".parse().unwrap(), held.iter().copied().collect())].into_iter().collect();
    Caller::new(Administrators::new(vec![one]).authenticate(&peer).unwrap(), &roles)
}

/// A service with tokens, kept beside its own state, and a caller who may do all that is to be done with them.
fn rig(name: &str) -> Rig {
    rig_with(name, |_| {})
}

fn rig_with(name: &str, change: impl FnOnce(&mut TokenSettings)) -> Rig {
    let mut rig = Rig::new(name);
    let mut settings = TokenSettings {
        algorithm: Algorithm::Es256,
        algorithms: vec![Algorithm::Es256],
        ..TokenSettings::default()
    };
    change(&mut settings);
    let state = rig.folder.join("tokens");
    let lock = Arc::new(FolderLock::take(&state).unwrap());
    let key = Secret::new([6; 32]);
    let folder =
        SealedFolder::open(&state, "sealed", &key, Arc::new(SystemEntropy::new())).unwrap();
    let tokens = Tokens::open(settings, TokenStore::new(Arc::new(folder), lock)).unwrap();
    tokens.tend(rig.now, &SystemEntropy::new(), drop).unwrap();
    rig.services.tokens = Some(Arc::new(tokens));
    rig.caller = Some(caller(&HELD));
    rig
}

fn post(rig: &Rig, path: &str, body: &Value) -> Answer {
    rig.ask(Verb::Post, path, JSON, body.to_string().as_bytes())
}

fn issue(rig: &Rig, body: &Value) -> Answer {
    post(rig, "/v1/tokens", body)
}

fn token(rig: &Rig, body: &Value) -> String {
    json(&issue(rig, body))["access_token"].as_str().unwrap().to_owned()
}

fn state(rig: &Rig, token: &str) -> Value {
    json(&post(rig, "/v1/tokens/introspect", &json!({"token": token})))
}

fn detail<'a>(answer: &'a Answer, name: &str) -> &'a trust_service::audit::event::Value<'static> {
    &answer.record.details.iter().find(|(own, _)| *own == name).unwrap().1
}

#[test]
fn a_token_is_given_out_and_its_text_is_in_the_answer_alone() {
    let rig = rig("issue");
    let answer = issue(&rig, &json!({}));
    let given = json(&answer);
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(3_600)));
    assert_eq!(given["scope"], "token:introspect token:issue token:revoke trust:query");
    assert_eq!(
        (&given["bound"], given["decision_id"].as_str()),
        (&json!(false), Some(super::rig::RECORD))
    );
    assert_eq!(answer.record.kind, EventType::TokenIssued);
    assert_eq!(answer.record.resource, format!("token:{}", given["token_id"].as_str().unwrap()));
    let text = given["access_token"].as_str().unwrap();
    let signature = text.rsplit_once('.').unwrap().1;
    assert!(!format!("{:?}", answer.record).contains(signature));
    let shown = state(&rig, text);
    assert_eq!((&shown["active"], &shown["jti"]), (&json!(true), &given["token_id"]));
    assert_eq!(shown["roles"], json!(["reader"]));
}

#[test]
fn a_token_permits_no_more_than_is_held_and_asked() {
    let rig = rig("scope");
    let narrow = json(&issue(
        &rig,
        &json!({"scope": "trust:query", "expires_in": 60, "subject": "someone"}),
    ));
    assert_eq!((&narrow["scope"], &narrow["expires_in"]), (&json!("trust:query"), &json!(60)));
    let shown = state(&rig, narrow["access_token"].as_str().unwrap());
    assert_eq!((&shown["sub"], &shown["scope"]), (&json!("someone"), &json!("trust:query")));
    let more = issue(&rig, &json!({"scope": "trust:query trust:manage"}));
    assert_eq!(problem(&more), (403, "permission-denied".into(), String::new()));
    assert_eq!((more.record.kind, more.record.outcome), (EventType::AuthzDenied, Outcome::Denied));
    assert!(format!("{:?}", detail(&more, "reason")).contains("trust:manage"));
    // The caller is not told what is missing.
    assert!(!String::from_utf8_lossy(more.body.as_ref()).contains("trust:manage"));
}

#[test]
fn what_cannot_be_asked_for_is_refused_by_the_member_at_fault() {
    let rig = rig("malformed");
    for (body, pointer) in [
        (json!({"scope": "trust:query  token:issue"}), "/scope"),
        (json!({"scope": "trust:*"}), "/scope"),
        (json!({"scope": ""}), "/scope"),
        (json!({"expires_in": 0}), "/expires_in"),
        (json!({"expires_in": 3_601}), "/expires_in"),
        (json!({"expires_in": -1}), "/"),
        (json!({"expires_in": "60"}), "/"),
        (json!({"subject": ""}), "/subject"),
        (json!({"subject": "a\nb"}), "/subject"),
        (json!({"claims": {"sub": "other"}}), "/claims"),
        (json!({"claims": {"roles": ["administrator"]}}), "/claims"),
        (json!({"claims": []}), "/"),
        (json!({"roles": ["administrator"]}), "/"),
        (json!([]), "/"),
    ] {
        let (status, code, found) = problem(&issue(&rig, &body));
        assert_eq!((status, code.as_str()), (400, "malformed-request"), "{body}");
        assert_eq!(found.trim_end_matches('/'), pointer.trim_end_matches('/'), "{body}");
    }
}

#[test]
fn a_token_is_bound_to_the_certificate_of_its_connection_unless_the_configuration_permits_otherwise()
 {
    let mut rig = rig("bound");
    rig.peer = Some([9; 32]);
    let given = json(&issue(&rig, &json!({})));
    assert_eq!(given["bound"], true);
    let shown = state(&rig, given["access_token"].as_str().unwrap());
    assert_eq!(shown["cnf"]["x5t#S256"], encoding::base64url(&[9; 32]));
    assert_eq!(problem(&issue(&rig, &json!({"unbound": true}))).2, "/unbound");
    let mut rig = rig_with("unbound", |settings| settings.allow_unbound = true);
    rig.peer = Some([9; 32]);
    let answer = issue(&rig, &json!({"unbound": true}));
    assert_eq!(json(&answer)["bound"], false);
    assert_eq!(detail(&answer, "unbound_asked"), &true.into());
}

#[test]
fn a_token_does_not_beget_tokens() {
    let mut rig = rig("beget");
    let text = token(&rig, &json!({}));
    let verified = rig.services.tokens.as_ref().unwrap().verify(&text, rig.now).unwrap();
    let roles: Roles =
        [("reader".parse().unwrap(), HELD.into_iter().collect())].into_iter().collect();
    rig.caller = Some(Caller::new(verified.principal(), &roles));
    assert_eq!(problem(&issue(&rig, &json!({}))).0, 403);
}

#[test]
fn whatever_is_wrong_with_a_token_it_is_not_active_and_the_record_alone_says_why() {
    let mut rig = rig("introspect");
    let good = token(&rig, &json!({"expires_in": 60}));
    let (signed, _) = good.rsplit_once('.').unwrap();
    let other = format!("{signed}.{}", encoding::base64url(&[1; 64]));
    for (text, code) in [
        (other.as_str(), "signature"),
        ("", "not_three_parts"),
        ("a.b.c", "not_base64url"),
        (&"a".repeat(17 * 1_024), "too_long"),
    ] {
        let answer = post(&rig, "/v1/tokens/introspect", &json!({"token": text}));
        assert_eq!(json(&answer), json!({"active": false}), "{code}");
        assert_eq!(answer.record.decision, [("code", code.into())]);
    }
    rig.now = UnixTime::from_seconds(super::rig::NOW + 90);
    assert_eq!(state(&rig, &good), json!({"active": false}));
}

#[test]
fn forms_are_taken_as_the_rfcs_have_them() {
    let rig = rig("forms");
    let text = token(&rig, &json!({}));
    let form = |path: &str, body: String| rig.ask(Verb::Post, path, FORM, body.as_bytes());
    let asked = format!("token={text}&token_type_hint=access_token");
    assert_eq!(json(&form("/v1/tokens/introspect", asked.clone()))["active"], true);
    assert_eq!(json(&form("/v1/tokens/revoke", asked))["revoked"], true);
    assert_eq!(state(&rig, &text)["active"], false);
    for bad in ["", "token_type_hint=a", "token=a&token=b", "tok%65n=a", "token=%FF"] {
        for path in ["/v1/tokens/introspect", "/v1/tokens/revoke"] {
            assert_eq!(problem(&form(path, bad.to_owned())).0, 400, "{path} {bad}");
        }
    }
}

#[test]
fn taking_back_is_recorded_with_its_stamp_and_leaves_others_alone() {
    let rig = rig("revoke");
    let (one, other) = (token(&rig, &json!({})), token(&rig, &json!({"subject": "other"})));
    let revoke = |body: Value| post(&rig, "/v1/tokens/revoke", &body);
    let answer = revoke(json!({"token": one}));
    assert_eq!(json(&answer)["revoked"], true);
    assert_eq!(answer.record.kind, EventType::TokenRevoked);
    assert!(format!("{:?}", detail(&answer, "state")).contains("jwt-revoked"));
    assert!(!format!("{:?}", answer.record).contains(one.rsplit_once('.').unwrap().1));
    assert_eq!(
        (state(&rig, &one)["active"].clone(), state(&rig, &other)["active"].clone()),
        (json!(false), json!(true))
    );
    // What is no token, or was never one of ours, is nothing to take back, and no failure.
    let nothing = revoke(json!({"token": "a.b.c"}));
    assert_eq!((nothing.status.code(), json(&nothing)["revoked"].clone()), (200, json!(false)));
    let subject = revoke(json!({"subject": "other"}));
    assert_eq!(detail(&subject, "what"), &"subject".into());
    assert_eq!(state(&rig, &other)["active"], false);
    for bad in [
        json!({}),
        json!({"token": "a", "subject": "b"}),
        json!({"token": "a", "issuer": "b"}),
        json!({"subject": ""}),
        json!({"subject": "a", "issuer": "nobody"}),
    ] {
        assert_eq!(problem(&revoke(bad.clone())).0, 400, "{bad}");
    }
    let client = revoke(json!({"client": "post-7"}));
    assert_eq!(detail(&client, "client"), &Some("post-7".to_owned()).into());
}

#[test]
fn who_was_taken_everything_back_gets_a_new_token_a_second_later() {
    let mut rig = rig("again");
    let client = json!({"client": state(&rig, &token(&rig, &json!({})))["client_id"]});
    post(&rig, "/v1/tokens/revoke", &client);
    let (status, code, _) = problem(&issue(&rig, &json!({})));
    assert_eq!((status, code.as_str()), (409, "conflict"));
    rig.now = rig.now.plus(1);
    assert_eq!(state(&rig, &token(&rig, &json!({})))["active"], true);
}

#[test]
fn the_key_set_shows_public_halves_and_the_key_that_comes_next() {
    let rig = rig("jwks");
    let answer = rig.get("/.well-known/jwks.json");
    let set = json(&answer);
    schema::hold("KeySet", &set);
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
    assert_eq!(answer.content_type, "application/jwk-set+json");
    let text = token(&rig, &json!({}));
    let header = encoding::from_base64url(text.split('.').next().unwrap().as_bytes()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!((&header["kid"], &header["typ"]), (&set["keys"][0]["kid"], &json!("at+jwt")));
}

#[test]
fn where_tokens_are_not_enabled_there_are_none() {
    let mut rig = Rig::new("disabled");
    rig.caller = Some(caller(&HELD));
    for answer in [
        issue(&rig, &json!({})),
        post(&rig, "/v1/tokens/introspect", &json!({"token": "a.b.c"})),
        post(&rig, "/v1/tokens/revoke", &json!({"token": "a.b.c"})),
        rig.get("/.well-known/jwks.json"),
    ] {
        assert_eq!(problem(&answer), (404, "not-found".into(), String::new()));
    }
}
