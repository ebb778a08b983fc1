//! `policy test`: the shipped policy is held against cases, right ones and wrong ones.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::command_line::{json, stderr, stdout};

fn test(name: &str, cases: &str, more: &[&str]) -> Output {
    let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config");
    let file = std::env::temp_dir().join(format!("ts-cases-{name}-{}.yaml", std::process::id()));
    fs::write(&file, cases).unwrap();
    let words =
        [&["policy", "test", file.to_str().unwrap(), "--config", shipped.to_str().unwrap()], more];
    let output = Command::new(env!("CARGO_BIN_EXE_trust-service"))
        .args(words.concat())
        .env_clear()
        .env("ENVIRONMENT", "testing")
        .output()
        .unwrap();
    fs::remove_file(&file).unwrap();
    output
}

#[test]
fn a_policy_that_does_what_the_cases_say_is_good() {
    let output = test(
        "good",
        "cases:\n\
         - {client: trust-service-client, method: GET, path: /v1/trust/status, expect: allow}\n\
         - {client: trust-service-client, method: PUT, path: '/v1/trust/sources/{name}', expect: deny}\n\
         - {name: a narrow token, roles: [verifier], show: [mtls, token], scope: [certificate:validate],\n   \
            method: GET, path: /v1/trust/status, expect: deny}\n\
         - {roles: [monitoring], method: GET, path: /metrics, expect: allow}\n",
        &[],
    );
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", stderr(&output));
    assert!(text.ends_with("4 cases, 0 not as expected\n"), "{text}");
    assert!(text.contains("the token's scope has no permission trust:query"), "{text}");
}

#[test]
fn a_case_that_does_not_hold_is_named_with_its_reason() {
    let cases = "cases: [{name: may ingest, roles: [verifier], method: PUT, path: '/v1/trust/sources/{name}', expect: allow}]";
    let output = test("bad", cases, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let document = json(&output);
    assert_eq!(document["failed"], 1);
    assert_eq!(document["cases"][0]["name"], "may ingest");
    let reason = "none of the caller's roles has the permission trust:ingest";
    assert_eq!(document["cases"][0]["reason"], reason);
}

#[test]
fn a_file_of_cases_that_cannot_be_read_says_every_fault() {
    for (cases, part) in [
        ("", "there are no cases"),
        ("cases: [{client: nobody, method: GET, path: /metrics, expect: allow}]", "not who asks"),
        ("cases: [{roles: [root], method: GET, path: /metrics, expect: allow}]", "not who asks"),
        (
            "cases: [{roles: [verifier], method: GET, path: /metric, expect: allow}]",
            "GET /metrics?",
        ),
        ("cases: [{roles: [verifier], method: GET, path: /metrics}]", "add expect"),
        ("cases: [{roles: [verifier], method: GET, path: /metrics, expect: yes}]", "allow, deny"),
        (
            "cases: [{roles: [verifier], method: GET, path: /metrics, expects: deny}]",
            "mean expect?",
        ),
    ] {
        let output = test("faults", cases, &[]);
        assert_eq!(output.status.code(), Some(66), "{cases}");
        assert!(stderr(&output).contains(part), "{cases}: {}", stderr(&output));
    }
}
