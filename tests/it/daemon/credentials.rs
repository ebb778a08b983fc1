//! What callers show beside their certificates, over the network: tokens and keys, good ones and others, and how much
//! may be asked.

use std::num::NonZeroU32;

use serde_json::{Value, json};
use trust_service::authn::token::{Algorithm, TokenSettings};
use trust_service::authn::{Factor, Factors};
use trust_service::authz::{Demands, Permission, Role, Roles};
use trust_service::clock::{Clock, SystemClock};
use trust_service::limit::{LimitSettings, Quota};

use super::http::{Answer, ask, post};
use super::rig::{Rig, Tls};

fn rig(name: &str, change: impl FnOnce(&mut trust_service::app::Settings)) -> Rig {
    Rig::made(name, |settings| {
        settings.tokens = Some(TokenSettings {
            algorithm: Algorithm::Es256,
            algorithms: vec![Algorithm::Es256],
            allow_unbound: true,
            ..TokenSettings::default()
        });
        change(settings);
    })
}

fn get(tls: &mut Tls, headers: &str) -> std::io::Result<Answer> {
    ask(tls, format!("GET /v1/trust/status HTTP/1.1\r\nHost: x\r\n{headers}\r\n").as_bytes())
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// A token for whoever is at the other end, once there is a key that signs.
fn token(tls: &mut impl FnMut() -> Tls, request: &Value) -> String {
    for _ in 0..100 {
        let answer = ask(
            &mut tls(),
            &post("/v1/tokens", "application/json", request.to_string().as_bytes()),
        )
        .unwrap();
        if answer.status == 200 {
            return answer.json()["access_token"].as_str().unwrap().to_owned();
        }
        assert_eq!(answer.status, 503, "{}", answer.json());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("no key signs");
}

/// A month from now.
pub(super) fn soon() -> String {
    SystemClock::new().wall().plus(30 * 86_400).to_string()
}

fn key(tls: &mut Tls, networks: &[&str]) -> String {
    let request = json!({
        "name": "test", "owner": "post-7", "permissions": ["trust:query"],
        "expires": soon(), "networks": networks,
    });
    let answer =
        ask(tls, &post("/v1/api-keys", "application/json", request.to_string().as_bytes()))
            .unwrap();
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.json()["key"].as_str().unwrap().to_owned()
}

/// The reasons of the refusals on record, in their order.
fn reasons(records: &[Value]) -> Vec<&str> {
    records.iter().filter_map(|record| record["decision"]["reason"].as_str()).collect()
}

#[test]
fn a_token_permits_what_its_scope_says_over_the_certificate_that_it_is_bound_to_alone() {
    let mut rig = rig("cred-token", |_| {});
    let (demo, reader) = (rig.client("demo"), rig.client("reader"));
    let mut connect = || rig.connect(Some(&demo));
    let narrow = token(&mut connect, &json!({"scope": "metrics:read"}));
    let wide = token(&mut connect, &json!({"scope": "trust:query", "subject": "someone"}));
    let free = token(&mut connect, &json!({"scope": "trust:query", "unbound": true}));
    let mut tls = rig.connect(Some(&demo));
    assert_eq!(get(&mut tls, &bearer(&wide)).unwrap().status, 200);
    assert_eq!(get(&mut tls, "").unwrap().status, 200, "the certificate alone still does");
    assert_eq!(get(&mut tls, &bearer(&narrow)).unwrap().status, 403, "though the caller could");
    // Another client's certificate: only what was asked for unbound is of use to it.
    let answer = get(&mut rig.connect(Some(&reader)), &bearer(&wide)).unwrap();
    assert_eq!(answer.status, 401);
    let challenge = answer.header("WWW-Authenticate").unwrap();
    assert_eq!(challenge, "Mutual realm=\"trust-service\", Bearer realm=\"trust-service\"");
    assert!(!answer.json()["detail"].as_str().unwrap().contains("certificate"), "no detail");
    assert_eq!(get(&mut rig.connect(Some(&reader)), &bearer(&free)).unwrap().status, 200);

    let records = rig.records();
    assert_eq!(reasons(&records), ["insufficient_scope", "certificate_other"]);
    let used = records.iter().find(|one| one["actor"]["method"] == "jwt").unwrap();
    assert_eq!(used["actor"]["client"], "demo");
    let denied = records.iter().find(|one| one["type"] == "authz.denied").unwrap();
    assert_eq!(denied["decision"]["permission"], "trust:query");
    for text in [&narrow, &wide, &free] {
        let signature = text.rsplit_once('.').unwrap().1;
        assert!(records.iter().all(|one| !one.to_string().contains(signature)));
    }
}

#[test]
fn a_token_that_is_taken_back_ends_with_the_next_request_of_an_open_connection_and_no_other_does() {
    let rig = rig("cred-revoked", |_| {});
    let demo = rig.client("demo");
    let mut connect = || rig.connect(Some(&demo));
    let request = json!({"scope": "trust:query"});
    let (first, second) = (token(&mut connect, &request), token(&mut connect, &request));
    let (mut one, mut other) = (rig.connect(Some(&demo)), rig.connect(Some(&demo)));
    for _ in 0..2 {
        assert_eq!(get(&mut one, &bearer(&first)).unwrap().status, 200);
        assert_eq!(get(&mut other, &bearer(&second)).unwrap().status, 200);
    }
    let body = json!({"token": first}).to_string();
    let path = "/v1/tokens/revoke";
    let done = ask(&mut connect(), &post(path, "application/json", body.as_bytes())).unwrap();
    assert_eq!(done.status, 200, "{}", done.json());
    let refused = get(&mut one, &bearer(&first)).unwrap();
    assert_eq!((refused.status, refused.header("Connection")), (401, Some("close")));
    assert_eq!(get(&mut other, &bearer(&second)).unwrap().status, 200);
}

#[test]
fn a_key_serves_without_a_certificate_where_that_is_allowed_and_from_its_networks_alone() {
    let mut rig = rig("cred-key", |settings| settings.tls.require_client_certificate = false);
    let demo = rig.client("demo");
    let good = key(&mut rig.connect(Some(&demo)), &[]);
    let elsewhere = key(&mut rig.connect(Some(&demo)), &["192.0.2.0/24"]);
    let shown = |headers: &str| get(&mut rig.connect(None), headers).unwrap().status;
    assert_eq!(shown(""), 401);
    assert_eq!(shown(&format!("X-API-Key: {good}\r\n")), 200);
    assert_eq!(shown(&format!("X-API-Key: {elsewhere}\r\n")), 401);
    let mut slip = good.clone();
    slip.replace_range(20..21, if &good[20..21] == "a" { "b" } else { "a" });
    assert_eq!(shown(&format!("X-API-Key: {slip}\r\n")), 401);
    assert_eq!(shown(&format!("X-API-Key: {good}\r\nX-API-Key: {good}\r\n")), 400);
    let both = format!("{}X-API-Key: {good}\r\n", bearer("a.b.c"));
    assert_eq!(shown(&both), 401);
    assert_eq!(shown("Authorization: Basic dXNlcjpwYXNz\r\n"), 401);
    let subjects = std::sync::Arc::clone(&rig.daemon.as_ref().unwrap().shared().subjects);
    let records = rig.records();
    let expected =
        ["no_credential", "key_network", "key_check", "two_credentials", "unknown_scheme"];
    assert_eq!(reasons(&records), expected);
    let used = records.iter().find(|one| one["actor"]["method"] == "api_key").unwrap();
    assert_eq!(used["actor"]["client"], "post-7");
    let id = used["id"].as_str().unwrap().parse().unwrap();
    let sealed = subjects.open_sealed(&id, &used["enc"]).unwrap();
    assert_eq!(sealed["subject"], format!("key:{}", &good[4..16]));
    assert!(sealed.contains_key("peer_addr") && !sealed.contains_key("serial"), "{sealed:?}");
}

#[test]
fn a_certificate_of_nobody_is_refused_whatever_else_is_shown() {
    let mut rig = rig("cred-nobody", |_| {});
    let (demo, stranger) = (rig.client("demo"), rig.client("stranger"));
    let good = key(&mut rig.connect(Some(&demo)), &[]);
    let header = format!("X-API-Key: {good}\r\n");
    assert_eq!(get(&mut rig.connect(Some(&demo)), &header).unwrap().status, 200);
    assert_eq!(get(&mut rig.connect(Some(&stranger)), &header).unwrap().status, 401);
    assert_eq!(reasons(&rig.records()), ["not_on_the_list"]);
}

#[test]
fn a_route_and_a_role_can_demand_a_token_beside_the_certificate() {
    let both: Factors = [Factor::Mtls, Factor::Token].into_iter().collect();
    let mut rig = rig("cred-demand", |settings| {
        let status = trust_service::api::ROUTES
            .iter()
            .position(|route| route.path == "/v1/trust/status")
            .unwrap();
        settings.policy.demands = Demands::new(vec![(status, both)]);
        let all = |require| Role { permissions: Permission::ALL.into_iter().collect(), require };
        settings.policy.roles = Roles::new(
            [
                ("operator".parse().unwrap(), all(Factors::NONE)),
                ("reader".parse().unwrap(), all(both)),
            ]
            .into(),
        );
    });
    let (demo, reader) = (rig.client("demo"), rig.client("reader"));
    let mut connect = || rig.connect(Some(&demo));
    let shown = token(&mut connect, &json!({"scope": "trust:query"}));
    assert_eq!(get(&mut connect(), "").unwrap().status, 403);
    assert_eq!(get(&mut connect(), &bearer(&shown)).unwrap().status, 200);
    // What the role demands was not shown, so that it permits nothing.
    let sources = b"GET /v1/trust/sources HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_eq!(ask(&mut rig.connect(Some(&reader)), sources).unwrap().status, 403);
    assert_eq!(reasons(&rig.records()), ["missing_evidence", "missing_permission"]);
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

#[test]
fn who_asks_too_much_is_told_when_to_come_back_and_others_are_served() {
    let quota = |burst| Some(Quota::new(number(60), number(burst)));
    let mut rig = rig("cred-limit", |settings| {
        settings.limits =
            LimitSettings { address: quota(1_000), user: quota(3), ..LimitSettings::default() };
    });
    let (demo, reader) = (rig.client("demo"), rig.client("reader"));
    let mut tls = rig.connect(Some(&reader));
    for left in [2, 1, 0] {
        let answer = get(&mut tls, "").unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("RateLimit-Policy"), Some("\"user\";q=3;w=3"));
        let said = answer.header("RateLimit").unwrap();
        assert!(said.starts_with(&format!("\"user\";r={left};t=")), "{said}");
    }
    let refused = get(&mut tls, "").unwrap();
    assert_eq!((refused.status, refused.header("Retry-After")), (429, Some("1")));
    assert_eq!(refused.json()["type"], "urn:trust-service:problem:rate-limit-exceeded");
    assert_eq!(refused.json()["retry_after"], 1);
    // The connection lives on, and another client has its own.
    assert_eq!(get(&mut tls, "").unwrap().status, 429);
    assert_eq!(get(&mut rig.connect(Some(&demo)), "").unwrap().status, 200);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(get(&mut tls, "").unwrap().status, 200);
    let records = rig.records();
    let limited: Vec<&Value> =
        records.iter().filter(|one| one["type"] == "security.rate_limited").collect();
    assert_eq!(limited.len(), 2);
    assert_eq!(limited[0]["decision"]["scope"], "user");
    assert_eq!(limited[0]["actor"]["client"], "reader");
}

#[test]
fn a_verdict_is_charged_by_what_it_cost() {
    let mut rig = rig("cred-cost", |settings| {
        let quota = Some(Quota::new(number(60), number(40)));
        settings.limits = LimitSettings { user: quota, ..LimitSettings::default() };
    });
    let demo = rig.client("demo");
    let mut tls = rig.connect(Some(&demo));
    let mut left = |der: &[u8]| {
        let path = "/v1/certificates/validate";
        ask(&mut tls, &post(path, "application/pkix-cert", der)).unwrap();
        let said = get(&mut tls, "").unwrap().header("RateLimit").unwrap().to_owned();
        said.split(['=', ';']).nth(2).unwrap().parse::<u32>().unwrap()
    };
    let (plain, brainpool) = (rig.material.valid.clone(), rig.material.brainpool.clone());
    let (first, second) = (left(&plain), left(&brainpool));
    // Two requests, and 3 for a signature of brainpoolP256r1.
    assert!(first.saturating_sub(second) >= 4, "{first} {second}");
    rig.records();
}

#[test]
fn ten_wrong_secrets_shut_the_address_out_of_that_key_alone() {
    let mut rig = rig("cred-lockout", |settings| {
        settings.limits = LimitSettings {
            address: Some(Quota::new(number(60_000), number(60_000))),
            ..LimitSettings::default()
        };
    });
    let demo = rig.client("demo");
    let (good, other) = (
        key(&mut rig.connect(Some(&demo)), &[]),
        key(&mut rig.connect(Some(&demo)), &["192.0.2.0/24"]),
    );
    let shown = |key: &str| {
        get(&mut rig.connect(Some(&demo)), &format!("X-API-Key: {key}\r\n")).unwrap().status
    };
    for _ in 0..10 {
        assert_eq!(shown(&other), 401);
    }
    assert_eq!(shown(&other), 401);
    assert_eq!(shown(&good), 200, "of another key nothing is held against it");
    let records = rig.records();
    let reasons = reasons(&records);
    assert_eq!(reasons.iter().filter(|one| **one == "key_network").count(), 10);
    assert_eq!(reasons.last(), Some(&"locked_out"));
    assert_eq!(records.iter().filter(|one| one["type"] == "auth.lockout").count(), 1);
}
