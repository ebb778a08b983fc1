//! Tokens of a daemon that runs: by its commands, over its keys, and after it was started again.

use std::fs;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use trust_service::authn::token::{Algorithm, IssuerSettings, KeySource, TokenSettings};

use super::http::ask;
use super::rig::Rig;
use crate::command_line::{json, run, stderr, stdout};

const JWKS: &[u8] = b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";

fn rig(name: &str) -> Rig {
    Rig::made(name, |settings| {
        settings.tokens = Some(TokenSettings {
            algorithm: Algorithm::Es256,
            algorithms: vec![Algorithm::Es256],
            ..TokenSettings::default()
        });
    })
}

fn command(rig: &Rig, words: &[&str]) -> Output {
    let state = rig.folder.join("state");
    run(&[words, &["--state", state.to_str().unwrap()]].concat())
}

/// A new token, once there is a key that signs.
fn token(rig: &Rig, words: &[&str]) -> String {
    for _ in 0..100 {
        let output = command(rig, &[&["token", "issue"], words].concat());
        if output.status.code() == Some(0) {
            return stdout(&output).trim().to_owned();
        }
        assert!(
            stderr(&output).contains("No token can be signed at present"),
            "{}",
            stderr(&output)
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no key signs");
}

fn file(rig: &Rig, text: &str) -> String {
    let path = rig.folder.join("token");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_token_is_given_out_looked_at_taken_back_and_stays_so_after_a_start() {
    let mut rig = rig("tokens");
    let text = token(&rig, &["--scope", "trust:query", "--subject", "someone"]);
    let path = file(&rig, &text);
    let looked_at = command(&rig, &["token", "inspect", &path]);
    assert_eq!(looked_at.status.code(), Some(0), "{}", stderr(&looked_at));
    let shown = stdout(&looked_at);
    for line in ["sub        someone", "scope      trust:query", "form   right", "holds  yes"] {
        assert!(shown.contains(line), "{shown}");
    }
    assert!(!shown.contains(&text));
    let whole = json(&command(&rig, &["token", "inspect", &path, "--format", "json"]));
    assert_eq!((&whole["active"], &whole["fault"]), (&Value::Bool(true), &Value::Null));

    let revoked = command(&rig, &["token", "revoke", &path]);
    assert_eq!((revoked.status.code(), stdout(&revoked).trim()), (Some(0), "taken back"));
    let gone = command(&rig, &["token", "inspect", &path]);
    assert_eq!(gone.status.code(), Some(1));
    assert!(stdout(&gone).contains("holds  no"));

    let other = token(&rig, &[]);
    let records = rig.records();
    let of = |kind: &str| records.iter().filter(|one| one["type"] == kind).collect::<Vec<_>>();
    assert_eq!((of("auth.token_issued").len(), of("auth.token_revoked").len()), (2, 1));
    assert_eq!(of("auth.token_revoked")[0]["details"]["state"][0]["name"], "jwt-revoked");
    assert_eq!(of("system.key_rotated")[0]["details"]["state"][0]["name"], "jwt-keys");
    assert!(records.iter().all(|one| !one.to_string().contains(text.rsplit_once('.').unwrap().1)));

    rig.run().unwrap();
    assert_eq!(command(&rig, &["token", "inspect", &path]).status.code(), Some(1));
    let path = file(&rig, &other);
    assert_eq!(command(&rig, &["token", "inspect", &path]).status.code(), Some(0));
}

#[test]
fn an_old_list_of_what_was_taken_back_that_is_put_back_keeps_the_daemon_from_starting() {
    let mut rig = rig("tokens-put-back");
    let (first, second) = (token(&rig, &[]), token(&rig, &[]));
    let list = rig.folder.join("state/sealed/jwt-revoked");
    command(&rig, &["token", "revoke", &file(&rig, &first)]);
    let yesterday = fs::read(&list).unwrap();
    command(&rig, &["token", "revoke", &file(&rig, &second)]);
    rig.records();
    fs::write(&list, yesterday).unwrap();
    let refused = rig.run().unwrap_err().to_string();
    assert!(
        refused.contains("jwt-revoked: generation 1 was put in the place of generation 2"),
        "{refused}"
    );
}

#[test]
fn what_may_not_be_given_out_ends_with_its_reason() {
    let rig = rig("tokens-refused");
    token(&rig, &[]);
    let long = command(&rig, &["token", "issue", "--expires-in", "12d"]);
    assert_eq!(long.status.code(), Some(64));
    assert!(stderr(&long).contains("a token lives from 1 to 3600 seconds"), "{}", stderr(&long));
    let claims = command(&rig, &["token", "issue", "--claims", r#"{"sub":"other"}"#]);
    assert!(stderr(&claims).contains("not for callers to set"), "{}", stderr(&claims));
    assert_eq!(command(&rig, &["token", "issue", "--claims", "["]).status.code(), Some(64));
    assert_eq!(command(&rig, &["token", "revoke"]).status.code(), Some(64));
    let nothing = command(&rig, &["token", "revoke", &file(&rig, "a.b.c")]);
    assert_eq!(nothing.status.code(), Some(1));
    let none = command(&rig, &["token", "inspect", &file(&rig, "a.b.c")]);
    assert_eq!(none.status.code(), Some(66));
}

#[test]
fn where_no_daemon_runs_a_token_can_be_looked_at_and_not_given_out() {
    let mut rig = rig("tokens-offline");
    let path = file(&rig, &token(&rig, &[]));
    rig.records();
    let shown = command(&rig, &["token", "inspect", &path]);
    assert_eq!(shown.status.code(), Some(0));
    assert!(stdout(&shown).contains("holds  not known"));
    assert_eq!(command(&rig, &["token", "issue"]).status.code(), Some(69));
}

#[test]
fn the_key_set_is_shown_over_the_network_and_another_issuers_file_is_read_again() {
    let mut rig = Rig::made("tokens-keys", |settings| {
        let issuer = IssuerSettings {
            issuer: "https://idp.example".into(),
            audience: "a".into(),
            algorithms: vec![Algorithm::EdDsa],
            keys: KeySource::File(settings.state.join("../idp.jwks")),
            roles_claim: "roles".into(),
            role_map: [("staff".to_owned(), "reader".parse().unwrap())].into(),
            scoped: false,
            max_lifetime: Duration::from_secs(600),
            max_stale: Duration::from_secs(600),
        };
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let set = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"k","x":"{x}"}}]}}"#);
        fs::write(settings.state.join("../idp.jwks"), set).unwrap();
        settings.tokens = Some(TokenSettings {
            algorithm: Algorithm::EdDsa,
            algorithms: vec![Algorithm::EdDsa],
            issuers: vec![issuer],
            ..TokenSettings::default()
        });
    });
    token(&rig, &[]);
    let mut tls = rig.connect(Some(&rig.client("reader")));
    let set = ask(&mut tls, JWKS).unwrap().json();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
    drop(tls);
    let records = rig.records();
    let read = records.iter().find(|one| one["resource"] == "jwt-issuer").unwrap();
    assert_eq!(
        (&read["details"]["issuer"], &read["details"]["keys"]),
        (&"https://idp.example".into(), &1.into())
    );
}
