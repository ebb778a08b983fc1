//! The gate of a daemon that runs: a proxy asks, with the credentials of somebody else.

use serde_json::json;
use trust_service::authn::{Factor, Factors};
use trust_service::gate::{GateSettings, Rule, Rules};

use super::http::{Answer, ask, post};
use super::rig::{Rig, Tls};

fn rig(name: &str) -> Rig {
    Rig::made(name, |settings| {
        let rule = Rule {
            host: "shop.example".parse().unwrap(),
            methods: vec!["GET".into()],
            path: "/orders/**".parse().unwrap(),
            require: Factors::only(Factor::ApiKey),
            permission: None,
            roles: Vec::new(),
        };
        settings.gate = Some(GateSettings {
            trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
            rules: Rules::new(vec![rule]),
            audience: None,
            issuer: "trust-service".into(),
            lifetime: std::time::Duration::from_secs(30),
        });
    })
}

/// What a proxy as nginx asks on `method` and `target`, with `more` of the client's headers.
fn authorize(tls: &mut Tls, method: &str, target: &str, more: &str) -> Answer {
    let request = format!(
        "GET /v1/gate/authorize?proxy=nginx HTTP/1.1\r\nHost: gate\r\nX-Original-Method: {method}\r\n\
         X-Original-URI: {target}\r\nX-Forwarded-Host: shop.example\r\nX-Forwarded-Proto: https\r\n\
         X-Forwarded-For: 192.0.2.7\r\n{more}\r\n"
    );
    ask(tls, request.as_bytes()).unwrap()
}

#[test]
fn a_proxy_is_told_by_the_credentials_of_whom_it_asks_about() {
    let mut rig = rig("gate");
    let (demo, reader) = (rig.client("demo"), rig.client("reader"));
    let body = json!({
        "name": "shop", "owner": "customer-3", "permissions": ["trust:query"],
        "expires": super::credentials::soon(),
    });
    let made = post("/v1/api-keys", "application/json", body.to_string().as_bytes());
    let made = ask(&mut rig.connect(Some(&demo)), &made).unwrap().json();
    let key = format!("X-API-Key: {}\r\n", made["key"].as_str().unwrap());
    let asked = |method: &str, target: &str, more: &str| {
        authorize(&mut rig.connect(Some(&demo)), method, target, more)
    };
    let passed = asked("GET", "/orders/7?page=2", &key);
    assert_eq!(passed.status, 200, "{}", passed.head);
    assert_eq!(passed.header("X-Auth-Client"), Some("customer-3"));
    assert_eq!(passed.header("X-Gate-Decision").unwrap().split('.').count(), 3);
    for (method, target, more, error) in [
        ("GET", "/orders/7", "", "401"),
        ("GET", "/orders/7", "X-API-Key: tsk_x\r\n", "401"),
        ("POST", "/orders/7", key.as_str(), "403"),
        ("GET", "/other", key.as_str(), "403"),
        ("GET", "/orders/%2e%2e/other", key.as_str(), "400"),
        ("GET", "/orders//7", key.as_str(), "400"),
    ] {
        let refused = asked(method, target, more);
        assert!(matches!(refused.status, 401 | 403), "{method} {target}: {}", refused.status);
        let said = refused.header("X-Error-Status").unwrap_or(&refused.head[9..12]);
        assert_eq!(said, error, "{method} {target}");
        assert_eq!(refused.header("X-Gate-Decision"), None);
    }
    // Whoever may not decide is no proxy, whatever it carries.
    let stranger = authorize(&mut rig.connect(Some(&reader)), "GET", "/orders/7", &key);
    assert_eq!(stranger.status, 403);
    let records = rig.records();
    let of = |kind: &str| records.iter().filter(|one| one["type"] == kind).count();
    assert_eq!(of("authz.granted"), 1);
    assert!(of("authz.denied") >= 3, "{records:?}");
    let secret = &made["key"].as_str().unwrap()[17..60];
    assert!(records.iter().all(|one| !one.to_string().contains(secret)));
}
