//! `gate`: what stands there, and what may not.

use std::time::Duration;

use super::*;

const PROXIES: &str = "trusted_proxies: [10.0.0.0/8]";

fn section(yaml: &str) -> sections::gate::GateSection {
    Site::new(&format!("gate: {yaml}")).loaded().configuration.gate
}

fn faults(rules: &str) -> Vec<String> {
    Site::new(&format!("gate: {{enabled: true, {PROXIES}, rules: [{rules}]}}")).faults()
}

#[test]
fn the_gate_is_off_by_default_and_lets_nothing_pass() {
    let gate = Site::new("").loaded().configuration.gate;
    assert!(!gate.enabled && gate.settings.rules.is_empty());
    assert_eq!(gate.settings.lifetime, Duration::from_secs(30));
    for (yaml, key) in [
        (
            "{enabled: true, rules: [{host: a.org, methods: [GET], path: /}]}",
            "gate.trusted_proxies",
        ),
        (&*format!("{{enabled: true, {PROXIES}}}"), "gate.rules"),
        ("{decision_seconds: 31}", "gate.decision_seconds"),
        ("{decision_seconds: 0}", "gate.decision_seconds"),
    ] {
        let faults = Site::new(&format!("gate: {yaml}")).faults();
        assert!(faults.iter().any(|fault| fault.contains(key)), "{yaml}: {faults:?}");
    }
}

#[test]
fn rules_are_read_in_their_order_and_decisions_are_in_the_name_of_the_issuer_of_tokens() {
    let gate = Site::new(&format!(
        "jwt: {{issuer: us}}\ngate: {{enabled: true, {PROXIES}, audience: orders, rules: [\
         {{host: api.example.org, methods: [GET], path: /a/*, require: [token], permission: trust:query}}, \
         {{host: '*.example.org', methods: [GET, PUT], path: /**, roles: [reader]}}]}}"
    ));
    let settings = gate.loaded().configuration.gate.settings;
    assert_eq!((settings.issuer.as_str(), settings.audience.as_deref()), ("us", Some("orders")));
    assert_eq!(settings.rules.len(), 2);
    assert!(section("{rules: []}").settings.rules.is_empty());
}

#[test]
fn a_rule_that_could_be_read_in_two_ways_or_never_decides_is_a_fault() {
    let whole = "{host: a.org, methods: [GET], path: /a/**}";
    assert_eq!(faults(whole).len(), 0);
    for (rules, key) in [
        ("{methods: [GET], path: /}", "gate.rules[0].host"),
        ("{host: a.org, path: /}", "gate.rules[0].methods"),
        ("{host: a.org, methods: [], path: /}", "gate.rules[0].methods"),
        ("{host: a.org, methods: [GET]}", "gate.rules[0].path"),
        ("{host: A.org, methods: [GET], path: /}", "gate.rules[0].host"),
        ("{host: 'a.org:80', methods: [GET], path: /}", "gate.rules[0].host"),
        ("{host: a.org, methods: [get], path: /}", "gate.rules[0].methods"),
        ("{host: a.org, methods: ['*'], path: /}", "gate.rules[0].methods"),
        ("{host: a.org, methods: [GET], path: /a/../b}", "gate.rules[0].path"),
        ("{host: a.org, methods: [GET], path: /a%20b}", "gate.rules[0].path"),
        ("{host: a.org, methods: [GET], path: '/a*'}", "gate.rules[0].path"),
        ("{host: a.org, methods: [GET], path: /, require: [mtls]}", "gate.rules[0].require"),
        ("{host: a.org, methods: [GET], path: /, require: [none]}", "gate.rules[0].require"),
        ("{host: a.org, methods: [GET], path: /, permission: all}", "gate.rules[0].permission"),
        ("{host: a.org, methods: [GET], path: /, roles: [A]}", "gate.rules[0].roles"),
        ("{host: a.org, methods: [GET], path: /, allow: true}", "gate.rules[0].allow"),
        (&*format!("{whole}, {{host: a.org, methods: [GET], path: /a/b}}"), "gate.rules[1]"),
    ] {
        let faults = faults(rules);
        assert!(faults.iter().any(|fault| fault.contains(key)), "{rules}: {faults:?}");
    }
}
