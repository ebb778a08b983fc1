//! The gate by its route: what a proxy is told of a request, and what is recorded of it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json as object};

use trust_service::api::{self, Answer, Body, Call, Found, Gate, Handler, Originals, Verb};
use trust_service::audit::event::{EventType, Outcome};
use trust_service::authn::local::{Administrator, Administrators, LocalPeer};
use trust_service::authn::{AuthnError, Factor, Factors};
use trust_service::authz::{Caller, Grant, Permission, Roles};
use trust_service::clock::UnixTime;
use trust_service::encoding;
use trust_service::entropy::SystemEntropy;
use trust_service::gate::{DecisionSigner, GateSettings, Rule, Rules};
use trust_service::guard::{Credential, Known};
use trust_service::state::FolderLock;
use trust_service::wire::{Limits, head};

use super::rig::{NOW, RECORD, REQUEST, Rig, json, problem};
use super::schema;

const PROXY: &str = "10.0.0.2";
const LIMITS: Limits =
    Limits { head_bytes: 16_384, headers: 64, target_bytes: 8_192, body_bytes: 0 };

const NGINX: &str = "/v1/gate/authorize?proxy=nginx";
const HEADERS: &str = "Host: us\r\nX-Original-Method: PUT\r\nX-Original-URI: /orders/7?secret=hunter2\r\n\
    X-Forwarded-Host: api.example.org\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.77\r\n";
const BEARER: &str = "Authorization: Bearer good.token.here\r\n";

/// Knows one bearer token, and lets so many requests through.
#[derive(Debug)]
struct One {
    left: Arc<AtomicU64>,
}

impl Originals for One {
    fn authenticate(
        &self,
        address: IpAddr,
        credential: Credential<'_>,
        _: UnixTime,
    ) -> Result<Arc<Known>, AuthnError> {
        assert_eq!(address.to_string(), "192.0.2.77", "not the original client's address");
        if credential != Credential::Bearer("good.token.here") {
            return Err(AuthnError::MalformedCredential);
        }
        let peer = LocalPeer::of(&UnixStream::pair().unwrap().0).unwrap();
        let one = Administrator { uid: peer.uid(), roles: vec!["reader".parse().unwrap()] };
        let roles: Roles =
            [("reader".parse().unwrap(), [Permission::TrustQuery].into_iter().collect())]
                .into_iter()
                .collect();
        let principal = Administrators::new(vec![one]).authenticate(&peer).unwrap();
        Ok(Arc::new(Known::new(Caller::new(principal, &roles))))
    }

    fn limit(&self, address: IpAddr, known: Option<&Known>, _: UnixTime) -> Result<(), Duration> {
        assert_eq!(address.to_string(), "192.0.2.77");
        let take = |left: u64| left.checked_sub(u64::from(known.is_some()));
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken.map(|_| ()).map_err(|_| Duration::from_millis(1_200))
    }
}

fn rule(path: &str) -> Rule {
    Rule {
        host: "*.example.org".parse().unwrap(),
        methods: vec!["GET".into(), "PUT".into()],
        path: path.parse().unwrap(),
        require: Factors::NONE,
        permission: None,
        roles: Vec::new(),
    }
}

fn rules() -> Vec<Rule> {
    vec![
        Rule { require: Factors::only(Factor::Token), ..rule("/with-token") },
        Rule { permission: Some(Permission::TrustManage), ..rule("/managed/**") },
        Rule { roles: vec!["writer".parse().unwrap()], ..rule("/written/*") },
        Rule {
            permission: Some(Permission::TrustQuery),
            roles: vec!["reader".parse().unwrap()],
            ..rule("/orders/**")
        },
    ]
}

struct Site {
    rig: Rig,
    left: Arc<AtomicU64>,
    jwk: Value,
}

fn site(name: &str) -> Site {
    let mut rig = Rig::new(name);
    let lock = FolderLock::take(&rig.folder.join("gate")).unwrap();
    let (signer, _) = DecisionSigner::open(&rig.sealed, &lock, &SystemEntropy::new()).unwrap();
    let settings = GateSettings {
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        rules: Rules::new(rules()),
        audience: None,
        issuer: "trust-service".to_owned(),
        lifetime: Duration::from_secs(20),
    };
    let left = Arc::new(AtomicU64::new(1_000));
    let jwk = signer.jwk();
    let originals = Box::new(One { left: Arc::clone(&left) });
    rig.services.gate = Some(Arc::new(Gate::new(settings, signer, originals)));
    Site { rig, left, jwk }
}

impl Site {
    fn ask(&self, method: &str, target: &str, headers: &str) -> Answer {
        self.ask_from(Some(PROXY.parse().unwrap()), method, target, headers)
    }

    fn ask_from(
        &self,
        address: Option<IpAddr>,
        method: &str,
        target: &str,
        headers: &str,
    ) -> Answer {
        let bytes = format!("{method} {target} HTTP/1.1\r\n{headers}\r\n");
        let (head, _) = head::parse(bytes.as_bytes(), &LIMITS).unwrap().unwrap();
        let Found::Route(route, parameters) = api::find(Verb::of(head.method), &head.target) else {
            panic!("{target} is no route")
        };
        assert_eq!(route.permission, Some(Permission::GateDecide));
        let call = Call {
            parameters,
            query: head.target.query(),
            content_type: None,
            accept: None,
            body: Body::None,
            head: Some(&head),
            address,
            peer: None,
            now: UnixTime::from_seconds(NOW),
            record_id: RECORD.parse().unwrap(),
            request_id: REQUEST.parse().unwrap(),
        };
        let Handler::Call(handler) = &route.handler else { panic!() };
        let answer = handler(&self.rig.services, &Grant::public(), &call);
        let allowed = answer.status.code() == 200;
        assert_eq!(allowed, field(&answer, "X-Gate-Decision").is_some());
        assert_eq!(allowed, answer.record.kind == EventType::AuthzGranted, "{:?}", answer.record);
        schema::hold(if allowed { "GateDecision" } else { "Problem" }, &json(&answer));
        let recorded = format!("{:?}", answer.record);
        for secret in ["hunter2", "good.token", "tsk_"] {
            assert!(!recorded.contains(secret), "{recorded}");
        }
        answer
    }

    fn nginx(&self, headers: &str) -> Answer {
        self.ask("GET", NGINX, headers)
    }
}

fn field<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.fields.iter().find(|(field, _)| field.name() == name).map(|(_, value)| &**value)
}

/// What the record says was decided: its code, the rule's place and what was missing.
fn decided(answer: &Answer) -> (String, String, String) {
    let found: BTreeMap<_, _> =
        answer.record.decision.iter().map(|(name, value)| (*name, format!("{value:?}"))).collect();
    let one = |name| found.get(name).cloned().unwrap_or_default();
    (one("code"), one("rule"), one("missing"))
}

fn code(answer: &Answer) -> String {
    decided(answer).0
}

#[test]
fn a_request_that_may_pass_has_its_sender_and_a_signed_decision() {
    let site = site("gate-passes");
    let answer = site.nginx(&format!("{HEADERS}{BEARER}"));
    assert_eq!(answer.status.code(), 200);
    let client = field(&answer, "X-Auth-Client").unwrap();
    assert!(client.starts_with("uid:"));
    assert_eq!(field(&answer, "X-Auth-Subject"), Some(client));
    assert_eq!(field(&answer, "X-Auth-Roles"), Some("reader"));
    assert_eq!(field(&answer, "X-Auth-Method"), Some("local"));
    let decision = field(&answer, "X-Gate-Decision").unwrap();
    let (message, signature) = decision.rsplit_once('.').unwrap();
    let decoded = |text: &str| encoding::from_base64url(text.as_bytes()).unwrap();
    UnparsedPublicKey::new(&ED25519, decoded(site.jwk["x"].as_str().unwrap()))
        .verify(message.as_bytes(), &decoded(signature))
        .unwrap();
    let claims: Value =
        serde_json::from_slice(&decoded(message.split('.').nth(1).unwrap())).unwrap();
    let hash = digest(&SHA256, b"/orders/7?secret=hunter2");
    let wanted = object!({
        "iss": "trust-service", "aud": "api.example.org", "iat": NOW, "exp": NOW + 20, "jti": RECORD,
        "sub": client, "client": client, "roles": ["reader"], "method": "local", "htm": "PUT",
        "host": "api.example.org", "htu": encoding::base64url(hash.as_ref()),
    });
    assert_eq!(claims, wanted);
    assert_eq!(json(&answer), object!({"decision_id": RECORD}));
    let record = format!("{:?}", answer.record);
    for part in ["granted", "Number(3)", "api.example.org", "PUT", "192.0.2.0/24", "nginx"] {
        assert!(record.contains(part), "{part}: {record}");
    }
}

#[test]
fn each_kind_of_proxy_is_answered_whatever_its_method() {
    let site = site("gate-kinds");
    let traefik = HEADERS.replace("X-Original-Method", "X-Forwarded-Method");
    let traefik = traefik.replace("X-Original-URI", "X-Forwarded-Uri");
    let traefik = format!("{traefik}{BEARER}");
    let answer = site.ask("GET", "/v1/gate/authorize?proxy=traefik", &traefik);
    assert_eq!(answer.status.code(), 200);
    let envoy =
        "Host: api.example.org\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.77\r\n";
    let envoy = format!("{envoy}{BEARER}");
    for (method, status) in [("PUT", 200), ("GET", 200), ("DELETE", 403), ("PATCH", 403)] {
        let answer = site.ask(method, "/v1/gate/authorize/orders/7?a=b", &envoy);
        assert_eq!(answer.status.code(), status, "{method}");
    }
    // What is a parameter of the gate's own address elsewhere is here one of the original request.
    let answer = site.ask("GET", "/v1/gate/authorize/orders/7?proxy=nginx", &envoy);
    assert_eq!(answer.status.code(), 200);
    let answer = site.ask("GET", "/v1/gate/authorize/?proxy=nginx", &envoy);
    assert_eq!((answer.status.code(), code(&answer).contains("no_rule")), (403, true));
}

#[test]
fn nobody_but_a_trusted_proxy_is_decided_for() {
    let site = site("gate-strangers");
    let headers = format!("{HEADERS}{BEARER}");
    for address in [Some("192.0.2.77"), Some("11.0.0.1"), Some("::1"), None] {
        let address = address.map(|text| text.parse().unwrap());
        let answer = site.ask_from(address, "GET", NGINX, &headers);
        assert_eq!((answer.status.code(), code(&answer).contains("untrusted_proxy")), (403, true));
    }
    let mapped = Some("::ffff:10.0.0.2".parse().unwrap());
    assert_eq!(site.ask_from(mapped, "GET", NGINX, &headers).status.code(), 200);
}

#[test]
fn a_request_without_a_credential_that_holds_is_nobodys() {
    let site = site("gate-nobody");
    for (credential, reason) in [
        ("", "no_credential"),
        ("Authorization: Bearer wrong.token\r\n", "malformed_credential"),
        ("Authorization: Basic Zm9v\r\n", "unknown_scheme"),
        ("X-API-Key: tsk_wrong\r\n", "malformed_credential"),
        ("Authorization: Bearer good.token.here\r\nX-API-Key: tsk_x\r\n", "two_credentials"),
    ] {
        let answer = site.nginx(&format!("{HEADERS}{credential}"));
        assert_eq!(answer.status.code(), 401, "{credential}");
        assert!(code(&answer).contains(reason), "{:?}", decided(&answer));
        assert_eq!(field(&answer, "X-Error-Status"), Some("401"));
        assert_eq!(answer.record.outcome, Outcome::Denied);
        let said = String::from_utf8(answer.body.as_ref().to_vec()).unwrap();
        assert!(!said.contains(reason), "{said}");
    }
    let twice = site.nginx(&format!("{HEADERS}{BEARER}{BEARER}"));
    assert!(code(&twice).contains("ambiguous_header"), "{:?}", decided(&twice));
}

#[test]
fn what_no_rule_lets_through_is_refused_and_the_record_says_what_was_missing() {
    let site = site("gate-rules");
    for (path, code, rule, missing) in [
        ("/with-token", "missing_evidence", "Number(0)", "token"),
        ("/managed", "missing_permission", "Number(1)", "trust:manage"),
        ("/managed/a/b", "missing_permission", "Number(1)", "trust:manage"),
        ("/written/a", "missing_role", "Number(2)", ""),
        ("/written/a/b", "no_rule", "Null", ""),
        ("/", "no_rule", "Null", ""),
        ("/Orders/7", "no_rule", "Null", ""),
    ] {
        let headers = HEADERS.replace("/orders/7", path);
        let answer = site.nginx(&format!("{headers}{BEARER}"));
        let (found, place, lacks) = decided(&answer);
        assert_eq!(answer.status.code(), 403, "{path}");
        assert!(found.contains(code) && lacks.contains(missing), "{path}: {found} {lacks}");
        assert_eq!(place, rule, "{path}");
        // Of all of these the client is told the same.
        assert_eq!(json(&answer)["detail"], "The original request is not permitted.");
    }
    let headers = HEADERS.replace("PUT", "POST");
    assert_eq!(site.nginx(&format!("{headers}{BEARER}")).status.code(), 403);
    let headers = HEADERS.replace("api.example.org", "example.org");
    assert_eq!(site.nginx(&format!("{headers}{BEARER}")).status.code(), 403);
}

#[test]
fn a_request_with_two_readings_is_refused_before_anyone_is_asked_who_sends_it() {
    let site = site("gate-readings");
    site.left.store(0, Ordering::Relaxed);
    for (path, reason) in [
        ("/orders/%2e%2e/managed", "encoded_plain"),
        ("/orders/../managed", "dot_segment"),
        ("/orders%2f7", "encoded_separator"),
        ("/orders//7", "empty_segment"),
        ("/orders;/7", "path_parameters"),
        ("/orders/%00", "encoded_control"),
    ] {
        let headers = HEADERS.replace("/orders/7", path);
        let answer = site.nginx(&format!("{headers}{BEARER}"));
        assert!(code(&answer).contains(reason), "{path}: {:?}", decided(&answer));
        // nginx would make 500 of 400.
        assert_eq!((answer.status.code(), field(&answer, "X-Error-Status")), (403, Some("400")));
        let envoy =
            "Host: api.example.org\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.77\r\n";
        let target = format!("/v1/gate/authorize{path}");
        let answer = site.ask("PUT", &target, &format!("{envoy}{BEARER}"));
        assert_eq!((answer.status.code(), field(&answer, "X-Error-Status")), (400, None));
    }
}

#[test]
fn who_asks_too_often_is_told_when_to_ask_again_in_a_way_that_the_proxy_takes() {
    let site = site("gate-limit");
    site.left.store(1, Ordering::Relaxed);
    let headers = format!("{HEADERS}{BEARER}");
    assert_eq!(site.nginx(&headers).status.code(), 200);
    let answer = site.nginx(&headers);
    assert_eq!((answer.status.code(), field(&answer, "X-Error-Status")), (403, Some("429")));
    assert_eq!(answer.retry_after, Some(2));
    assert!(code(&answer).contains("rate_limit_exceeded"));
    let traefik = headers.replace("X-Original-Method", "X-Forwarded-Method");
    let traefik = traefik.replace("X-Original-URI", "X-Forwarded-Uri");
    let answer = site.ask("GET", "/v1/gate/authorize?proxy=traefik", &traefik);
    assert_eq!((answer.status.code(), answer.retry_after), (429, Some(2)));
}

#[test]
fn a_proxy_says_which_kind_it_is() {
    let site = site("gate-kind");
    let headers = format!("{HEADERS}{BEARER}");
    for query in
        ["", "?", "?proxy=", "?proxy=envoy", "?proxy=Nginx", "?proxy=nginx&proxy=nginx", "?x=y"]
    {
        let answer = site.ask("GET", &format!("/v1/gate/authorize{query}"), &headers);
        assert_eq!(problem(&answer).0, 400, "{query}");
    }
}

#[test]
fn the_key_of_decisions_is_among_the_published_ones() {
    let site = site("gate-keys");
    let answer = site.rig.get("/.well-known/jwks.json");
    assert_eq!(json(&answer)["keys"], object!([site.jwk]));
    schema::hold("KeySet", &json(&answer));
}

#[test]
fn where_there_is_no_gate_nothing_passes() {
    let mut site = site("gate-none");
    site.rig.services.gate = None;
    let answer = site.nginx(&format!("{HEADERS}{BEARER}"));
    assert_eq!(answer.status.code(), 404);
}
