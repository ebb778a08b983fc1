//! What scanners of secrets are told to look for finds keys, and what is almost one not. `grep` does the looking.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use trust_service::authn::api_key::PresentedKey;
use trust_service::entropy::SystemEntropy;

fn shipped(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/deploy/secret-scanning");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The expression of the rule.
fn expression() -> String {
    let rule = shipped("gitleaks.toml");
    let (_, rest) = rule.split_once("regex = '''").unwrap();
    rest.split_once("'''").unwrap().0.to_owned()
}

/// What `grep` finds in `text`.
fn found(text: &str) -> Option<String> {
    let mut grep = Command::new("grep")
        .args(["-E", "-o", "-e", &expression()])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    grep.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = grep.wait_with_output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "grep cannot read the expression");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().next().map(str::to_owned)
}

fn key(bytes: u8) -> String {
    PresentedKey::make(bytes, &SystemEntropy::new()).unwrap().expose().to_owned()
}

#[test]
fn a_key_is_found_wherever_it_stands() {
    for bytes in [32, 33, 48, 63, 64] {
        let key = key(bytes);
        for (before, after) in [
            ("", ""),
            ("X-API-Key: ", "\r\n"),
            ("{\"key\":\"", "\"}"),
            ("export TS_KEY=", " # not in here"),
            ("https://host/?k=", "&x=1"),
            ("old_", "_backup"),
        ] {
            let line = format!("{before}{key}{after}\n");
            let found = found(&line).unwrap_or_else(|| panic!("not found: {line}"));
            assert!(found.starts_with(&key), "{line}");
        }
    }
}

#[test]
fn what_is_almost_a_key_is_not_found() {
    let good = key(32);
    for near in [
        good.replacen("tsk_", "tsk-", 1),
        good.replacen("tsk_", "TSK_", 1),
        good.replacen("tsk_", "tsk_0", 1),
        good.replace('_', ""),
        good[..good.len() - 1].to_owned(),
        format!("{good}0"),
        format!("{}{}", &good[..40], &good[41..]),
        format!("{}-{}", &good[..40], &good[41..]),
        format!("{}{}{}", &good[..40], "0".repeat(44), &good[40..]),
        "tsk_<id>_<secret>_<check>".to_owned(),
    ] {
        assert_eq!(found(&near), None, "{near}");
    }
}

#[test]
fn the_manual_and_the_rule_have_the_same_expression() {
    let manual = shipped("README.md");
    let lines: Vec<&str> = manual.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    assert_eq!(lines, [expression()]);
}
