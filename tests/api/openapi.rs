use std::collections::BTreeSet;

use serde_json::Value;

use trust_service::api::{self, BodyRule, ROUTES, Verb};
use trust_service::authz::Permission;

use super::rig::{Rig, json};
use super::schema::document;

const fn method(verb: Verb) -> &'static str {
    match verb {
        Verb::Get | Verb::Any => "get",
        Verb::Post => "post",
        Verb::Put => "put",
        Verb::Delete => "delete",
        Verb::Other => "other",
    }
}

fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let paths = document()["paths"].as_object().unwrap();
    let described: usize = paths.values().map(|methods| methods.as_object().unwrap().len()).sum();
    assert_eq!(described, ROUTES.len());
    let mut ids = BTreeSet::new();
    for route in ROUTES {
        let operation = &paths[route.path][method(route.method)];
        assert_eq!(operation["summary"], route.summary);
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{}", route.path);
        let permission = route.permission.map(Permission::as_str);
        assert_eq!(operation["x-permission"].as_str(), permission);
        let takes = !matches!(route.body, BodyRule::None);
        assert_eq!(operation.get("requestBody").is_some(), takes, "{}", route.path);
        let success = if route.docs.creates { "201" } else { "200" };
        assert!(operation["responses"][success].is_object());
        let in_path = route.path.matches('{').count();
        let parameters = operation["parameters"].as_array().map_or(0, Vec::len);
        assert_eq!(parameters, in_path + route.docs.query.len(), "{}", route.path);
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_in_use() {
    let mut found = BTreeSet::new();
    references(document(), &mut found);
    let schemas = document()["components"]["schemas"].as_object().unwrap();
    let names: BTreeSet<String> =
        schemas.keys().map(|name| format!("#/components/schemas/{name}")).collect();
    assert_eq!(found.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), names);
}

#[test]
fn every_problem_that_a_route_answers_with_is_described() {
    for route in ROUTES {
        let responses = &document()["paths"][route.path][method(route.method)]["responses"];
        for status in route.docs.problems {
            assert!(responses[status.code().to_string()].is_object(), "{}", route.path);
        }
        let guarded = responses.get("403").is_some();
        assert_eq!(guarded, route.permission.is_some(), "{}", route.path);
    }
}

#[test]
fn the_description_is_the_same_each_time_and_is_what_is_answered() {
    assert_eq!(api::openapi(), api::openapi());
    let rig = Rig::new("openapi");
    assert_eq!(&json(&rig.get("/v1/openapi.json")), document());
}

#[test]
fn every_parameter_that_is_described_is_known() {
    let rig = Rig::new("parameters");
    for route in ROUTES.iter().filter(|route| !matches!(route.body, BodyRule::Lines { .. })) {
        let path = route.path.replace("{sha256}", "00").replace("{name}", "x").replace("{id}", "0");
        let media = match &route.body {
            BodyRule::None | BodyRule::Lines { .. } => "",
            BodyRule::Memory { types, .. } | BodyRule::Disk { types, .. } => types[0],
        };
        for parameter in route.docs.query {
            let target = format!("{path}?{}=", parameter.name);
            let answer = rig.ask(route.method, &target, media, b"");
            assert!(!json(&answer).to_string().contains("no such parameter"), "{target}");
        }
    }
}
