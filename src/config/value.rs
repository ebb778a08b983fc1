//! Values of one key: what a text, a path and a place of a secret must look like.

use std::fmt::{self, Display};
use std::path::Path;
use std::str::FromStr;

use super::secret_source::SecretSource;
use super::tree::{Node, Origin, Value};

/// What is wrong with one value, and what to do.
pub(super) struct Wrong {
    pub(super) rule: String,
    pub(super) hint: String,
}

impl Wrong {
    pub(super) fn expected(what: &str, found: &Value) -> Self {
        Self { rule: format!("expected {what}, found {}", found.kind()), hint: String::new() }
    }

    pub(super) fn rule(rule: impl Into<String>) -> Self {
        Self { rule: rule.into(), hint: String::new() }
    }
}

pub(super) const PATH: &str = "a path that begins with '/'";

/// A path that does not depend on where the service was started.
pub(super) struct AbsolutePath(pub(super) String);

impl FromStr for AbsolutePath {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let fits = Path::new(text).is_absolute() && !text.contains(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

impl Display for AbsolutePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A text of one line: 1 to 256 characters, none of them a control character.
pub(super) struct Plain(pub(super) String);

impl FromStr for Plain {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let fits = (1..=256).contains(&text.chars().count())
            && text.trim() == text
            && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

impl Display for Plain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A variable's value is a text whatever it means; a file's value has its type.
pub(super) fn from_variable(node: &Node) -> bool {
    matches!(node.origin, Origin::Variable(_))
}

pub(super) fn parsed<T: FromStr>(node: &Node, what: &str) -> Result<T, Wrong> {
    let Value::Text(text) = &node.value else { return Err(Wrong::expected(what, &node.value)) };
    // The text is not repeated: it may be a secret in the wrong place.
    text.parse().map_err(|_| Wrong::rule(format!("expected {what}")))
}

pub(super) fn show_list<T: Display>(list: Option<&[T]>) -> Value {
    let Some(list) = list else { return Value::Nothing };
    let node = |item: &T| Node { origin: Origin::Default, value: Value::Text(item.to_string()) };
    Value::List(list.iter().map(node).collect())
}

pub(super) fn secret(value: &Value) -> Result<SecretSource, Wrong> {
    const HINT: &str =
        "write {file: PATH}, {credential: NAME}, {env: NAME} or {vault: \"mount/path#field\"}";
    let wrong = |rule: &str| Wrong { rule: rule.to_owned(), hint: HINT.to_owned() };
    let Value::Map(map) = value else {
        return Err(wrong("a secret is never written here, only where it is kept"));
    };
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((kind, Node { value: Value::Text(text), .. })), None) => {
            SecretSource::parse(kind, text).map_err(wrong)
        }
        (Some(_), Some(_)) => Err(wrong("a secret is kept in one place, and here are several")),
        _ => Err(wrong("expected one of file, credential, env, vault with a text")),
    }
}
