//! As much of JSON Schema as the description of the API uses.

use std::sync::OnceLock;

use serde_json::Value;

use trust_service::api;

/// The description of the API.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_slice(&api::openapi()).unwrap())
}

/// Fails unless `value` is as the schema `name` says.
pub(crate) fn hold(name: &str, value: &Value) {
    if let Err(fault) = check(&document()["components"]["schemas"][name], value, name) {
        panic!("{fault}\n{value:#}");
    }
}

fn check(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    assert!(schema.is_object(), "{at}: there is no such schema");
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/components/schemas/").unwrap();
        return check(&document()["components"]["schemas"][name], value, &format!("{at}:{name}"));
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fitting = choices.iter().filter(|choice| check(choice, value, at).is_ok()).count();
        return if fitting == 1 { Ok(()) } else { Err(format!("{at}: fits {fitting} of oneOf")) };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let own = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.is_empty() && !types.contains(&own) {
        return Err(format!("{at}: is of type {own}, not {types:?}"));
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        return Err(format!("{at}: {value} is none of {values:?}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(&schema["items"], item, &format!("{at}/{index}"))?;
    }
    let Some(members) = value.as_object() else { return Ok(()) };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !members.contains_key(name.as_str().unwrap()) {
            return Err(format!("{at}: lacks {name}"));
        }
    }
    for (name, member) in members {
        let at = format!("{at}/{name}");
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, Value::Bool(false)) => return Err(format!("{at}: does not belong")),
            (Value::Null, Value::Null) => {}
            (Value::Null, schema) | (schema, _) => check(schema, member, &at)?,
        }
    }
    Ok(())
}
