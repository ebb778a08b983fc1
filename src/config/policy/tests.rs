use super::*;
use crate::authn::{Factor, Factors};
use crate::config::yaml;
use crate::permission::Permission;

const ROLES: &str = "roles: {verifier: [certificate:validate], monitor: [metrics:read]}\n";

fn judged(text: &str, allowed: Option<&[String]>) -> (Policy, Report) {
    let mut report = Report::default();
    let tree = yaml::parse("policy.yaml", text.as_bytes()).unwrap();
    let policy = read(&tree, allowed, &mut report);
    (policy, report)
}

fn faults(text: &str) -> Vec<String> {
    judged(text, None).1.faults.iter().map(ToString::to_string).collect()
}

fn clients(rules: &str) -> Vec<String> {
    faults(&format!("{ROLES}clients:\n{rules}"))
}

#[test]
fn reads_roles_clients_and_administrators() {
    let pin = "ab".repeat(32);
    let (policy, report) = judged(
        &format!(
            "{ROLES}clients:\n- match: {{cn: a, dns: Host.Example, uri: 'spiffe://x/y', ou: o, issuer: i, spki: 'sha256:{pin}'}}\n  client: post-7\n  roles: [verifier, monitor]\nadministrators: [{{uid: 0, roles: [monitor]}}]\n"
        ),
        None,
    );
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    assert!(report.settings.is_empty());
    let rule = &policy.clients[0];
    let Condition::All(terms) = &rule.condition else { panic!("{:?}", rule.condition) };
    assert_eq!(terms.len(), 6);
    assert!(terms.contains(&Condition::Term(Term::Dns("host.example".to_owned()))));
    assert!(terms.contains(&Condition::Term(Term::KeyPin([0xab; 32]))));
    assert_eq!(rule.client.as_str(), "post-7");
    let may = policy.roles.permissions(&rule.roles, Factors::NONE);
    assert!(may.contains(Permission::CertificateValidate) && may.contains(Permission::MetricsRead));
    assert!(!may.contains(Permission::TrustManage));
    assert_eq!(
        policy.administrators,
        [Administrator { uid: 0, roles: vec!["monitor".parse().unwrap()] }]
    );
}

#[test]
fn a_table_without_roles_is_refused() {
    for text in ["", "roles:", "roles: {}"] {
        assert!(faults(text).iter().any(|said| said.contains("without roles nobody")), "{text}");
    }
}

#[test]
fn permissions_and_names_of_roles_must_exist() {
    let said = faults("roles: {v: [certificate:valdate]}");
    assert!(said[0].ends_with("did you mean certificate:validate?"), "{said:?}");
    assert!(faults("roles: {v: []}")[0].contains("may do nothing"));
    assert!(faults("roles: {V: [audit:read]}")[0].contains("a name is 1 to 64"));
    assert!(faults("roles: {v: audit:read}")[0].contains("expected a list or a map"));
    assert!(faults("roles: {v: [1]}")[0].contains("expected a text"));
    assert!(faults(&format!("{ROLES}role: {{}}"))[0].ends_with("did you mean roles?"));
}

#[test]
fn a_role_may_demand_evidence() {
    let (policy, report) =
        judged("roles: {op: {permissions: [trust:manage], require: [mtls, token]}}", None);
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    let op = ["op".parse().unwrap()];
    let mtls = Factors::only(Factor::Mtls);
    assert!(policy.roles.permissions(&op, mtls).is_empty(), "half of it is not enough");
    let both = mtls.union(Factors::only(Factor::Token));
    assert!(policy.roles.permissions(&op, both).contains(Permission::TrustManage));
    for (text, part) in [
        ("roles: {v: {require: [mtls]}}", "may do nothing"),
        ("roles: {v: {permissions: [audit:read], require: [tokens]}}", "did you mean token?"),
        ("roles: {v: {permissions: [audit:read], require: []}}", "demands nothing"),
        ("roles: {v: {permissions: [audit:read], requires: [mtls]}}", "did you mean require?"),
        ("roles: {v: {permissions: ['*']}}", "no such name: *"),
    ] {
        assert!(faults(text).iter().any(|said| said.contains(part)), "{text}: {:?}", faults(text));
    }
}

#[test]
fn a_route_may_demand_evidence() {
    let text = format!(
        "{ROLES}demands: [{{method: PUT, path: '/v1/trust/sources/{{name}}', require: [mtls, token]}}]"
    );
    let (policy, report) = judged(&text, None);
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    let demanded: Vec<_> = crate::api::ROUTES
        .iter()
        .filter(|route| !policy.demands.of(route.place()).is_empty())
        .map(|route| route.path)
        .collect();
    assert_eq!(demanded, ["/v1/trust/sources/{name}"]);
    for (demand, part) in [
        ("{method: PUT, path: /v1/trust/sources, require: [mtls]}", "no such route"),
        ("{path: /v1/trust/status, require: [mtls]}", "no such route"),
        ("{method: GET, path: /v1/trust/status}", "demands nothing"),
        ("{method: GET, path: /v1/trust/status, require: [password]}", "known: mtls"),
        ("{method: GET, path: /v1/openapi.json, require: [token]}", "anybody may"),
        (
            "{method: GET, path: /v1/trust/status, require: [mtls]}, \
             {method: GET, path: /v1/trust/status, require: [token]}",
            "stands here twice",
        ),
    ] {
        let said = faults(&format!("{ROLES}demands: [{demand}]"));
        assert!(said.iter().any(|said| said.contains(part)), "{demand}: {said:?}");
    }
}

#[test]
fn a_rule_must_say_whom_it_means_and_what_for() {
    for (rule, part) in [
        ("- {match: {}, client: a, roles: [verifier]}", "without terms"),
        ("- {client: a, roles: [verifier]}", "without terms"),
        ("- {match: {cn: a}, roles: [verifier]}", "says not who"),
        ("- {match: {cn: a}, client: a, roles: []}", "without roles allows nothing"),
        ("- {match: {cn: a}, client: a, roles: [verifer]}", "did you mean verifier?"),
        ("- {match: {cname: a}, client: a, roles: [verifier]}", "unknown key"),
        ("- {match: {cn: ''}, client: a, roles: [verifier]}", "a text, compared exactly"),
        ("- {match: {cn: a, spki: abcd}, client: a, roles: [verifier]}", "64 hexadecimal digits"),
        ("- {match: {cn: a}, client: A B, roles: [verifier]}", "1 to 64 characters"),
        ("- text", "expected a map"),
    ] {
        let said = clients(rule);
        assert!(said.iter().any(|said| said.contains(part)), "{rule}: {said:?}");
    }
}

#[test]
fn a_rule_that_another_hides_is_refused_and_one_that_is_narrower_and_first_is_not() {
    let narrow = "- {match: {cn: a, ou: o}, client: n, roles: [verifier]}\n";
    let wide = "- {match: {cn: a}, client: w, roles: [verifier]}\n";
    assert!(clients(&format!("{narrow}{wide}")).is_empty());
    let said = clients(&format!("{wide}{narrow}"));
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("policy:clients[1]: never reached: clients[0]"), "{said:?}");
    assert_eq!(clients(&format!("{wide}{wide}")).len(), 1);
    let other = "- {match: {cn: b}, client: w, roles: [verifier]}\n";
    assert!(clients(&format!("{wide}{other}")).is_empty());
    let hosts = "- {match: {dns: H}, client: a, roles: [verifier]}\n- {match: {dns: h}, client: b, roles: [verifier]}\n";
    assert_eq!(clients(hosts).len(), 1, "DNS names are compared in any case");
}

#[test]
fn an_administrator_is_one_user() {
    for (text, part) in [
        ("[{uid: 0, roles: [monitor]}, {uid: 0, roles: [verifier]}]", "stands here twice"),
        ("[{roles: [monitor]}]", "which user"),
        ("[{uid: -1, roles: [monitor]}]", "not within 0 to 4294967294"),
        ("[{uid: 4294967295, roles: [monitor]}]", "not within 0 to 4294967294"),
        ("[{uid: root, roles: [monitor]}]", "a whole number"),
        ("[{uid: 0, roles: [root]}]", "no role root"),
        ("[{uid: 0}]", "gives no roles"),
    ] {
        let said = faults(&format!("{ROLES}administrators: {text}"));
        assert!(said.iter().any(|said| said.contains(part)), "{text}: {said:?}");
    }
}

#[test]
fn a_rule_for_a_name_that_may_not_connect_is_worth_a_warning() {
    let text = format!("{ROLES}clients: [{{match: {{cn: a}}, client: a, roles: [verifier]}}]");
    assert!(judged(&text, Some(&["a".to_owned()])).1.warnings.is_empty());
    assert_eq!(judged(&text, Some(&["b".to_owned()])).1.warnings.len(), 1);
    assert!(judged(&text, None).1.warnings.is_empty());
}

fn condition(text: &str) -> Condition {
    let (policy, report) =
        judged(&format!("{ROLES}clients: [{{match: {text}, client: a, roles: [verifier]}}]"), None);
    assert!(report.faults.is_empty(), "{text}: {:?}", report.faults);
    policy.clients[0].condition.clone()
}

#[test]
fn terms_are_combined_by_all_and_any_and_a_map_holds_where_all_of_it_does() {
    let cn = |name: &str| Condition::Term(Term::CommonName(name.to_owned()));
    let ou = |name: &str| Condition::Term(Term::OrganisationalUnit(name.to_owned()));
    assert_eq!(condition("{cn: a}"), cn("a"));
    assert_eq!(
        condition("{any: [{cn: a}, {cn: b, ou: o}]}"),
        Condition::Any(vec![cn("a"), Condition::All(vec![cn("b"), ou("o")])])
    );
    assert_eq!(
        condition("{ou: o, any: [{cn: a}, {cn: b}], all: [{ou: p}, {ou: q}]}"),
        Condition::All(vec![
            ou("o"),
            Condition::All(vec![ou("p"), ou("q")]),
            Condition::Any(vec![cn("a"), cn("b")]),
        ])
    );
}

#[test]
fn a_combination_is_bounded_and_has_no_hole_that_lets_everybody_in() {
    let nested = |deep: usize| format!("{}{{cn: a}}{}", "{any: [".repeat(deep), "]}".repeat(deep));
    let many = |count: usize| {
        let terms: Vec<String> = (0..count).map(|at| format!("{{cn: n{at}}}")).collect();
        format!("{{any: [{}]}}", terms.join(", "))
    };
    condition(&nested(4));
    condition(&many(64));
    for (rule, part) in [
        (nested(5).as_str(), "more than 4 deep"),
        (many(65).as_str(), "65 terms"),
        ("{any: []}", "a combination of nothing"),
        ("{cn: a, all: []}", "a combination of nothing"),
        ("{any: [{cn: a}, {}]}", "any[1]: a rule without terms"),
        ("{any: {cn: a}}", "expected a list of maps"),
        ("{any: [cn]}", "expected a map"),
        ("{all: [{cname: a}]}", "unknown key"),
        ("{all: [{cn: a, client: b}]}", "unknown key"),
        ("{cn: \"a\\0b\"}", "a text, compared exactly"),
        ("{cn: \"a\\nb\"}", "a text, compared exactly"),
    ] {
        let said = clients(&format!("- {{match: {rule}, client: a, roles: [verifier]}}"));
        assert!(said.iter().any(|said| said.contains(part)), "{rule}: {said:?}");
    }
}

#[test]
fn a_combined_rule_hides_what_it_is_seen_to_hold_for_and_nothing_else() {
    let rule = |text: &str| format!("- {{match: {text}, client: a, roles: [verifier]}}\n");
    for (earlier, later, is_hidden) in [
        ("{any: [{cn: a}, {cn: b}]}", "{cn: a}", true),
        ("{any: [{cn: a}, {cn: b}]}", "{cn: b, ou: o}", true),
        ("{any: [{cn: a}, {cn: b}]}", "{any: [{cn: b}, {cn: a}]}", true),
        ("{cn: a}", "{all: [{cn: a}, {ou: o}]}", true),
        ("{cn: a}", "{any: [{cn: a}, {cn: b}]}", false),
        ("{any: [{cn: a}, {cn: b}]}", "{any: [{cn: a}, {cn: c}]}", false),
        ("{all: [{cn: a}, {ou: o}]}", "{cn: a}", false),
        ("{any: [{cn: a, ou: o}]}", "{any: [{cn: a}, {ou: o}]}", false),
    ] {
        let said = clients(&format!("{}{}", rule(earlier), rule(later)));
        assert_eq!(said.len(), usize::from(is_hidden), "{earlier} {later}: {said:?}");
    }
}

#[test]
fn only_a_combination_that_can_never_hold_is_worth_a_warning() {
    for (rule, warnings) in [
        ("{any: [{cn: a}, {cn: b}]}", 0),
        ("{any: [{cn: b}, {cn: c}]}", 1),
        ("{any: [{cn: b}, {ou: o}]}", 0),
        ("{ou: o, any: [{cn: b}]}", 1),
    ] {
        let text = format!("{ROLES}clients: [{{match: {rule}, client: a, roles: [verifier]}}]");
        let warned = judged(&text, Some(&["a".to_owned()])).1.warnings.len();
        assert_eq!(warned, warnings, "{rule}");
    }
}
