//! Holds `API.md` to the description of the API. `UPDATE_REFERENCE=1 cargo test --test api reference` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::schema::document;

const INTRODUCTION: &str = "\
# The HTTP API

Made from the table of routes; `trust-service openapi` prints the same as OpenAPI 3.1, with the schema of every document.

HTTPS with TLS 1.3 or 1.2. A caller shows a client certificate and, as the policy has it, beside it or instead
`Authorization: Bearer TOKEN` or `X-API-Key: KEY`, never both. Errors are `application/problem+json` (RFC 9457). Each answer
carries `X-Request-Id`, and `Audit-Id` where it has a record of its own; 429 and 503 carry `Retry-After`.
";

/// Problems that every route may answer with: named once, not at each.
const EVERYWHERE: [&str; 6] = ["400", "401", "408", "429", "500", "503"];

#[test]
fn the_reference_says_what_the_description_says() {
    let made = page(document());
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write("API.md", &made).unwrap();
    }
    let kept = fs::read_to_string("API.md").unwrap_or_default();
    assert!(kept == made, "API.md is stale: UPDATE_REFERENCE=1 cargo test --test api reference");
}

fn page(document: &Value) -> String {
    let mut out = INTRODUCTION.to_owned();
    let everywhere: Vec<String> = EVERYWHERE.iter().map(|status| format!("`{status}`")).collect();
    let _ = writeln!(out, "\nAny route may answer {}.\n", everywhere.join(", "));
    out.push_str("| route | permission | |\n|---|---|---|\n");
    let mut routes: BTreeMap<&str, Vec<(&str, &Value)>> = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            routes.entry(path).or_default().push((method, operation));
            let line = operation["summary"].as_str().unwrap();
            let _ = writeln!(
                out,
                "| `{} {path}` | {} | {line} |",
                method.to_uppercase(),
                permission(operation)
            );
        }
    }
    for (path, operations) in routes {
        for (method, operation) in operations {
            section(&mut out, path, method, operation);
        }
    }
    out
}

fn permission(operation: &Value) -> String {
    operation["x-permission"].as_str().map_or("none".to_owned(), |name| format!("`{name}`"))
}

fn section(out: &mut String, path: &str, method: &str, operation: &Value) {
    let summary = operation["summary"].as_str().unwrap();
    let _ = writeln!(out, "\n## {} {path}\n\n{summary}.\n", method.to_uppercase());
    let _ = writeln!(out, "- permission: {}", permission(operation));
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default();
        let about = text("description").trim_end_matches('.');
        let needed = if parameter["required"] == true { ", required" } else { "" };
        let about = if about.is_empty() { String::new() } else { format!(": {about}") };
        let _ = writeln!(out, "- `{}` in the {}{needed}{about}", text("name"), text("in"));
    }
    if let Some(body) = operation.get("requestBody") {
        let types: Vec<String> = body["content"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(media, content)| format!("`{media}`{}", of(&content["schema"])))
            .collect();
        let bound = body["description"].as_str().unwrap();
        let _ = writeln!(out, "- body: {}. {bound}", types.join(", "));
    }
    for (status, response) in operation["responses"].as_object().unwrap() {
        if EVERYWHERE.contains(&status.as_str()) {
            continue;
        }
        let (media, content) = response["content"].as_object().unwrap().iter().next().unwrap();
        let _ = match status.strip_prefix('2') {
            Some(_) => writeln!(out, "- answers {status}: `{media}`{}", of(&content["schema"])),
            None => writeln!(out, "- or {}", response["description"].as_str().unwrap()),
        };
    }
}

/// ` (Name)` of a schema that is one of the document's own.
fn of(schema: &Value) -> String {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    name.map_or(String::new(), |name| format!(" ({name})"))
}
