use super::*;
use crate::config::Configuration;
use crate::config::environment::Environment;
use crate::config::tree::{Node, Origin};
use crate::config::yaml;

fn interpreted(text: &str) -> Report {
    let mut report = Report::default();
    let tree = yaml::parse("security.yaml", text.as_bytes()).unwrap();
    Configuration::interpret(&tree, Environment::Testing, "host-1", &mut report);
    report
}

fn check(report: &Report) -> Check {
    Check::new(Err(&Faults(Box::new(report.clone()))))
}

impl Check {
    /// The document as it is written.
    pub(in crate::config) fn json(&self, effective: bool) -> String {
        serde_json::to_string(&self.document(effective)).unwrap()
    }
}

#[test]
fn what_is_printed_as_effective_loads_to_the_same_settings() {
    for text in [
        "",
        "mtls: {allowed_clients: ['ä \"b\"', '#c'], client_crl_paths: [/a, /b]}\nvault: {token: {env: T}, url: 'https://v'}\naudit_logging: {syslog: {format: cef}}\nauthorization: {max_stale: 90s}",
    ] {
        let first = interpreted(text);
        assert!(first.faults.is_empty(), "{:?}", first.faults);
        let printed = check(&first).text(true);
        let second = interpreted(&printed);
        assert!(second.faults.is_empty(), "{:?} in\n{printed}", second.faults);
        let values = |report: &Report| -> Vec<(String, String)> {
            report.settings.iter().map(|one| (one.path.clone(), one.yaml.clone())).collect()
        };
        assert_eq!(values(&first), values(&second));
    }
}

#[test]
fn every_setting_is_shown_with_its_origin() {
    let text =
        check(&interpreted("mtls:\n  enabled: false\nvault:\n  token: {env: T}\n")).text(true);
    let line = |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap();
    assert!(line("  enabled: false ").ends_with("# security.yaml:2:3"), "{text}");
    assert!(line("  server_key_path: ").ends_with("# default"), "{text}");
    assert!(line("  token: {\"env\": \"T\"} ").ends_with("# security.yaml:4:3"), "{text}");
    assert!(line("  # namespace:").ends_with("# not set"), "{text}");
}

#[test]
fn findings_stand_in_columns_and_on_one_line_each_whatever_a_key_holds() {
    let mut report = Report::default();
    let fault =
        |path: &str, rule: &str| Fault::new(path, Origin::file("security.yaml"), rule, "do this");
    report.faults.push(fault("a", "one"));
    report.faults.push(fault("long\nname\u{1b}[31m", "two"));
    report.faults.push(fault("", "three"));
    assert_eq!(
        check(&report).text(false),
        "fault: a                            security.yaml  one  do this\nfault: long\\u{a}name\\u{1b}[31m  security.yaml  two  do this\nfault: -                            security.yaml  three  do this\nthe configuration has 3 faults\n"
            .replace("a                            s", "a                        s")
            .replace("-                            s", "-                        s")
    );
}

#[test]
fn the_document_for_programs_is_one_and_complete() {
    let report = interpreted("mtls: {enabld: true}");
    let json: serde_json::Value = serde_json::from_str(&check(&report).json(true)).unwrap();
    assert_eq!(json["good"], false);
    assert_eq!(json["faults"][0]["path"], "mtls.enabld");
    assert_eq!(json["faults"][0]["origin"], "security.yaml:1:8");
    assert_eq!(json["faults"][0]["hint"], "did you mean enabled?");
    assert!(json["effective"].as_array().unwrap().len() > 80);
    let short: serde_json::Value = serde_json::from_str(&check(&report).json(false)).unwrap();
    assert!(short.get("effective").is_none());
}

#[test]
fn the_defaults_are_without_fault_outside_production() {
    let mut report = Report::default();
    Configuration::interpret(&Node::empty(), Environment::Testing, "host-1", &mut report);
    assert!(report.faults.is_empty());
    assert!(check(&report).is_good());
}
