//! What environment variables set: the named ones, and `TRUST_SERVICE__SECTION__KEY`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::fault::{Fault, Report};
use super::tree::{Node, Origin, Value};
use super::yaml;

/// What a variable's value is.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    /// A path; with `_FILE`, just the same.
    Path,
    /// A plain setting; with `_FILE`, the content of that file.
    Plain,
    /// A plain setting that has no `_FILE`.
    PlainOnly,
    /// A secret: the setting is where it is kept, never the value.
    Secret,
}

const NAMED: [(&str, &[&str], Kind); 11] = [
    ("VAULT_ADDR", &["vault", "url"], Kind::Plain),
    ("VAULT_TOKEN", &["vault", "token"], Kind::Secret),
    ("VAULT_ROLE_ID", &["vault", "role_id"], Kind::Secret),
    ("VAULT_SECRET_ID", &["vault", "secret_id"], Kind::Secret),
    ("VAULT_NAMESPACE", &["vault", "namespace"], Kind::Plain),
    ("VAULT_CACERT", &["vault", "ca_cert"], Kind::Path),
    ("MTLS_ENABLED", &["mtls", "enabled"], Kind::PlainOnly),
    ("AUDIT_LOGGING_ENABLED", &["audit_logging", "enabled"], Kind::PlainOnly),
    ("DB_SSL_MODE", &["database_security", "ssl_mode"], Kind::PlainOnly),
    (
        "DB_CREDENTIAL_ROTATION",
        &["database_security", "credential_rotation_enabled"],
        Kind::PlainOnly,
    ),
    ("LOG_LEVEL", &["logging", "level"], Kind::PlainOnly),
];

const PREFIX: &str = "TRUST_SERVICE__";

/// Lays over `tree` what `environment` sets.
pub(super) fn lay(tree: &mut Node, environment: &BTreeMap<String, String>, report: &mut Report) {
    for (name, path, kind) in NAMED {
        let file = format!("{name}_FILE");
        let direct = environment.get(name).filter(|value| !value.is_empty());
        let by_file = match kind {
            Kind::PlainOnly => None,
            Kind::Path | Kind::Plain | Kind::Secret => {
                environment.get(&file).filter(|value| !value.is_empty())
            }
        };
        let set = match (direct, by_file) {
            (None, None) => continue,
            (Some(_), Some(_)) => {
                let rule = format!("{name} and {file} are both set");
                report.faults.push(Fault::new(
                    path.join("."),
                    Origin::variable(name),
                    rule,
                    "unset one",
                ));
                continue;
            }
            (Some(value), None) => Ok(match kind {
                Kind::Secret => place(name, "env", name),
                Kind::Path | Kind::Plain | Kind::PlainOnly => text(name, value),
            }),
            (None, Some(value)) => match kind {
                Kind::Secret => Ok(place(&file, "file", value)),
                Kind::Plain => content(value).map(|content| text(&file, &content)),
                Kind::Path | Kind::PlainOnly => Ok(text(&file, value)),
            },
        };
        match set {
            Ok(node) => tree.lay(node.below(path)),
            Err(rule) => {
                let origin = Origin::variable(&file);
                report.faults.push(Fault::new(
                    path.join("."),
                    origin,
                    rule,
                    "see that the file is there and is text",
                ));
            }
        }
    }
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let lower = rest.to_ascii_lowercase();
        let path: Vec<&str> = lower.split("__").collect();
        if path.len() > yaml::MAX_DEPTH || path.iter().any(|key| key.is_empty()) {
            let rule = "expected TRUST_SERVICE__SECTION__KEY";
            report.faults.push(Fault::new("", Origin::variable(name), rule, "rename or unset it"));
            continue;
        }
        match flow(name, value) {
            Ok(node) => tree.lay(node.below(&path)),
            Err(error) => {
                let origin = Origin::variable(name);
                let hint = "a list is written as [\"a\", \"b\"]";
                report.faults.push(Fault::new(path.join("."), origin, error.rule, hint));
            }
        }
    }
}

fn text(name: &str, value: &str) -> Node {
    Node { origin: Origin::variable(name), value: Value::Text(value.to_owned()) }
}

fn place(name: &str, kind: &str, value: &str) -> Node {
    text(name, value).below(&[kind])
}

/// A list or a map in YAML; anything else is the text that it is, whatever YAML would take it for.
fn flow(name: &str, value: &str) -> Result<Node, yaml::YamlError> {
    if !value.starts_with(['[', '{']) {
        return Ok(text(name, value));
    }
    let node = yaml::parse(name, format!("value: {value}").as_bytes())?;
    let mut node = match node.value {
        Value::Map(mut map) if map.len() == 1 => map.remove("value").unwrap_or_else(Node::empty),
        _ => {
            let rule = "expected one list or one map".to_owned();
            return Err(yaml::YamlError { place: None, rule });
        }
    };
    set_origin(&mut node, &Origin::variable(name));
    Ok(node)
}

fn set_origin(node: &mut Node, origin: &Origin) {
    node.origin = origin.clone();
    match &mut node.value {
        Value::List(list) => list.iter_mut().for_each(|node| set_origin(node, origin)),
        Value::Map(map) => map.values_mut().for_each(|node| set_origin(node, origin)),
        Value::Flag(_) | Value::Nothing | Value::Number(_) | Value::Text(_) => {}
    }
}

/// The one line of a small file.
fn content(path: &str) -> Result<String, String> {
    let wrong = |what: &str| format!("{}: {what}", path.escape_debug());
    let metadata = fs::metadata(path).map_err(|error| wrong(&error.to_string()))?;
    if !metadata.is_file() || metadata.len() > 4_096 {
        return Err(wrong("not a file of one line"));
    }
    let text = fs::read_to_string(Path::new(path)).map_err(|error| wrong(&error.to_string()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
