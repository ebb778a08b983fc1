//! `check-config`: what is shipped loads, and what is wrong is said all at once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::command_line::{json, stderr, stdout};

/// A folder of a test's own, gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("ts-check-config-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("conf.d")).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// `check-config` on `folder`, with these variables and no others.
fn check(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trust-service"))
        .args(["check-config", "--config", folder.to_str().unwrap()])
        .args(words)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config")
}

#[test]
fn the_shipped_files_are_good_in_every_environment() {
    let folder = Folder::new();
    let key = folder.write("server.key", "k");
    for environment in ["development", "testing", "staging"] {
        let output = check(&shipped(), &[], &[("ENVIRONMENT", environment)]);
        assert_eq!(output.status.code(), Some(0), "{environment}: {}", stdout(&output));
        assert_eq!(stderr(&output), "");
        assert!(stdout(&output).ends_with("the configuration is good\n"));
    }
    let production = [
        ("TRUST_SERVICE__MTLS__SERVER_KEY_PATH", key.as_str()),
        ("TRUST_SERVICE__SECURITY_MONITORING__ENABLED", "true"),
    ];
    let output = check(&shipped(), &[], &production[..1]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    // What is switched on and not there is no small thing in production.
    let output = check(&shipped(), &[], &production);
    assert_eq!(output.status.code(), Some(78));
    let text = stdout(&output);
    assert!(
        text.contains("security_monitoring.enabled") && text.contains("not part of this build")
    );
    assert!(text.ends_with("the configuration has 1 fault\n"), "{text}");
}

#[test]
fn every_fault_is_shown_at_once_with_its_key_and_its_place() {
    let folder = Folder::new();
    folder.write(
        "security.yaml",
        "server:\n  workers: 0\n  listenn: 127.0.0.1:1\nmtls:\n  verify_client_cert: false\n\
         vault: {token: hunter2}\n",
    );
    folder.write("conf.d/10-log.yaml", "logging:\n  level: loud\n");
    folder.write("conf.d/20-twice.yaml", "ops: {}\nops: {}\n");
    folder.write("policy.yaml", "roles:\n  verifier: [certificate:valdate]\n");
    let variables = [
        ("ENVIRONMENT", "testing"),
        ("MTLS_ENABLED", "perhaps"),
        ("TRUST_SERVICE__SERVER__MAX_CONNECTIONS", "many"),
    ];
    let output = check(&folder.0, &[], &variables);
    assert_eq!(output.status.code(), Some(78));
    let text = stdout(&output);
    for (key, place, word) in [
        ("server.workers", "security.yaml:2:3", "0 is not within"),
        ("server.listenn", "security.yaml:3:3", "did you mean listen?"),
        ("mtls.verify_client_cert", "security.yaml:5:3", "always verified"),
        ("vault.token", "security.yaml:6:9", "never written here"),
        ("logging.level", "conf.d/10-log.yaml:2:3", "a level"),
        ("-", "conf.d/20-twice.yaml:2:1", "stands twice"),
        ("policy:roles.verifier.permissions[0]", "policy.yaml:2:14", "certificate:validate"),
        ("mtls.enabled", "variable MTLS_ENABLED", "true or false"),
        (
            "server.max_connections",
            "variable TRUST_SERVICE__SERVER__MAX_CONNECTIONS",
            "a whole number",
        ),
        ("encryption.master_key", "default", "needs a key"),
    ] {
        let found = text
            .lines()
            .filter(|line| line.split_whitespace().nth(1) == Some(key))
            .any(|line| line.contains(place) && line.contains(word));
        assert!(found, "{key} {place} {word}: {text}");
    }
    assert!(text.ends_with("the configuration has 10 faults\n"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");

    let document = json(&check(&folder.0, &["--format", "json"], &variables));
    assert_eq!(document["good"], false);
    assert_eq!(document["faults"].as_array().unwrap().len(), 10);
    assert!(document.get("effective").is_none());
}

#[test]
fn a_folder_that_is_not_there_is_told_what_it_lacks() {
    let folder = Folder::new();
    let output = check(&folder.0.join("none"), &[], &[]);
    assert_eq!(output.status.code(), Some(78));
    let text = stdout(&output);
    assert!(text.contains("none/security.yaml") && text.contains("none/policy.yaml"), "{text}");
    assert!(text.contains("name the folder with --config"));
}

#[test]
fn what_is_in_force_is_shown_with_where_it_comes_from_and_is_a_configuration() {
    let variables = [("ENVIRONMENT", "development"), ("LOG_LEVEL", "vault=debug")];
    let output = check(&shipped(), &["--effective"], &variables);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let text = stdout(&output);
    for (setting, origin) in [
        ("listen: \"127.0.0.1:8443\"", "security-development.yaml:"),
        ("max_connections: 10000", "security.yaml:"),
        ("blocking_queue: 256", "default"),
        ("level: \"info,vault=debug\"", "variable LOG_LEVEL"),
        ("master_key: {\"credential\": \"master-key\"}", "security.yaml:"),
    ] {
        let line = text.lines().find(|line| line.trim_start().starts_with(setting));
        assert!(
            line.is_some_and(|line| line.contains(&format!("# {origin}"))),
            "{setting}: {text}"
        );
    }
    let document = json(&check(&shipped(), &["--effective", "--format", "json"], &variables));
    let effective = document["effective"].as_array().unwrap();
    let level = effective.iter().find(|one| one["path"] == "logging.level").unwrap();
    assert_eq!(level["origin"], "variable LOG_LEVEL");

    let folder = Folder::new();
    folder.write("security.yaml", &text);
    fs::copy(shipped().join("policy.yaml"), folder.0.join("policy.yaml")).unwrap();
    let again = check(&folder.0, &["--effective", "--format", "json"], &variables[..1]);
    assert_eq!(again.status.code(), Some(0), "{}", stdout(&again));
    let values = |document: &serde_json::Value| -> Vec<(String, String)> {
        let all = document["effective"].as_array().unwrap();
        all.iter().map(|one| (one["path"].to_string(), one["value"].to_string())).collect()
    };
    assert_eq!(values(&json(&again)), values(&document));
}
