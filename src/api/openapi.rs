//! `GET /v1/openapi.json`: the API's description (`OpenAPI` 3.1), made from the table of routes.
//!
//! What a route takes and answers by the table stands here as the table has it; what its documents look like stands in
//! `openapi/schemas.json`, to which the tests hold real answers.

use serde_json::{Map, Value, json};

use crate::authz::Grant;
use crate::wire::Status;
use crate::wire::problem::MEDIA_TYPE as PROBLEM;

use super::answer::Content;
use super::docs::Parameter;
use super::route::{Route, Verb};
use super::{Answer, BodyRule, Call, ROUTES, Record, Services, query};

const SCHEMAS: &str = include_str!("openapi/schemas.json");

/// The problems that every route may answer with.
const ALWAYS: &[Status] = &[
    Status::BadRequest,
    Status::Unauthorized,
    Status::RequestTimeout,
    Status::TooManyRequests,
    Status::Internal,
    Status::Unavailable,
];

/// `GET /v1/openapi.json`.
pub(super) fn openapi(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    if let Err(error) = query::none(call.query) {
        return Answer::malformed(call, &[error]);
    }
    let record = Record::read("openapi:read", "openapi");
    Answer::ok(Content::Shared(services.openapi.clone()), record)
}

/// The description, the same for the same program.
#[must_use]
pub fn document() -> Vec<u8> {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path.to_owned()).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(method(route.method).to_owned(), operation(route));
        }
    }
    let schemas: Value = serde_json::from_str(SCHEMAS).unwrap_or_default();
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "trust-service",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "May this ePassport certificate be trusted, and why?",
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"mutualTLS": {"type": "mutualTLS"}},
        },
        "security": [{"mutualTLS": []}],
    });
    document.to_string().into_bytes()
}

const fn method(verb: Verb) -> &'static str {
    match verb {
        // A description has no word for every method.
        Verb::Get | Verb::Any => "get",
        Verb::Post => "post",
        Verb::Put => "put",
        Verb::Delete => "delete",
        Verb::Other => "trace",
    }
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "summary": route.summary,
        "operationId": operation_id(route),
        "responses": responses(route),
    });
    let Some(members) = operation.as_object_mut() else { return operation };
    let parameters: Vec<Value> = in_path(route.path)
        .map(|name| {
            let schema = reference(match name {
                "id" => "KeyId",
                "sha256" => "Fingerprint",
                "target" => "Text",
                _ => "SourceName",
            });
            json!({"name": name, "in": "path", "required": true, "schema": schema})
        })
        .chain(route.docs.query.iter().map(in_query))
        .collect();
    if !parameters.is_empty() {
        members.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if let Some(body) = body(route) {
        members.insert("requestBody".to_owned(), body);
    }
    if let Some(permission) = route.permission {
        members.insert("x-permission".to_owned(), json!(permission.as_str()));
    }
    operation
}

/// `get_v1_trust_anchors_sha256` for `GET /v1/trust/anchors/{sha256}`.
fn operation_id(route: &Route) -> String {
    let words = route.path.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .fold(method(route.method).to_owned(), |id, word| format!("{id}_{word}"))
}

/// The names in braces of a path.
fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn in_query(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.about,
        "schema": reference(parameter.schema),
    })
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn body(route: &Route) -> Option<Value> {
    let (types, about) = match &route.body {
        BodyRule::None => return None,
        BodyRule::Memory { types, most } | BodyRule::Disk { types, most } => {
            (*types, format!("At most {most} bytes."))
        }
        BodyRule::Lines { types, line_most } => {
            (*types, format!("Lines of at most {line_most} bytes each."))
        }
    };
    let content: Map<String, Value> = types
        .iter()
        .map(|media| {
            let described = route.docs.body.filter(|_| media.contains("json"));
            (
                (*media).to_owned(),
                described.map_or(json!({}), |name| json!({"schema": reference(name)})),
            )
        })
        .collect();
    Some(json!({"required": true, "description": about, "content": content}))
}

fn responses(route: &Route) -> Value {
    let mut all = Map::new();
    let reply = &route.docs.reply;
    let content = json!({reply.media: {"schema": reference(reply.schema)}});
    let description = "As asked. `Audit-Id` names the record of it.";
    let success = if route.docs.creates { Status::Created } else { Status::Ok };
    all.insert(success.code().to_string(), json!({"description": description, "content": content}));
    let with_body = !matches!(route.body, BodyRule::None);
    let sized = [Status::PayloadTooLarge, Status::UnsupportedMediaType];
    let statuses = ALWAYS
        .iter()
        .chain(route.permission.is_some().then_some(&Status::Forbidden))
        .chain(sized.iter().filter(|_| with_body))
        .chain(route.docs.problems);
    for status in statuses {
        let content = json!({PROBLEM: {"schema": reference("Problem")}});
        let described = json!({"description": status.text(), "content": content});
        all.insert(status.code().to_string(), described);
    }
    Value::Object(all)
}
