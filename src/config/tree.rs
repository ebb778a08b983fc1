//! A configuration as a tree whose every value knows where it was set.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Where a value was set.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Origin {
    /// Nowhere: it is built in.
    Default,
    /// In a file, by its name below the configuration's folder.
    File {
        /// The name.
        name: Arc<str>,
        /// Line and column, both from 1; none where the file as a whole is meant.
        place: Option<(u32, u32)>,
    },
    /// By an environment variable of this name.
    Variable(Arc<str>),
}

impl Origin {
    /// A file as a whole.
    #[must_use]
    pub fn file(name: &str) -> Self {
        Self::File { name: name.into(), place: None }
    }

    /// A variable.
    #[must_use]
    pub fn variable(name: &str) -> Self {
        Self::Variable(name.into())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File { name, place: None } => out.write_str(name),
            Self::File { name, place: Some((line, column)) } => {
                write!(out, "{name}:{line}:{column}")
            }
            Self::Variable(name) => write!(out, "variable {name}"),
        }
    }
}

/// One value and its origin.
///
/// It has no `Debug`: what stands in a file may be a secret in the wrong place, which must not reach a log.
#[derive(Clone)]
pub struct Node {
    /// Where it was set.
    pub origin: Origin,
    /// What was set.
    pub value: Value,
}

/// What can be set.
#[derive(Clone)]
pub enum Value {
    /// `true` or `false`.
    Flag(bool),
    /// A list.
    List(Vec<Node>),
    /// Values by their keys.
    Map(BTreeMap<String, Node>),
    /// Nothing: a key with no value.
    Nothing,
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

impl fmt::Debug for Node {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Node({} at {})", self.value.kind(), self.origin)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Value({})", self.kind())
    }
}

impl Value {
    /// What it is, for an error.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Nothing => "nothing",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
        }
    }

    /// The value on one line of YAML, as [`super::yaml::parse`] reads it again.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::List(list) => {
                out.push('[');
                for (index, node) in list.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    node.value.write(out);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push('{');
                for (index, (key, node)) in map.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    write_text(key, out);
                    out.push_str(": ");
                    node.value.write(out);
                }
                out.push('}');
            }
            Self::Nothing => out.push('~'),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => write_text(text, out),
        }
    }
}

impl Node {
    /// An empty map that nobody set.
    #[must_use]
    pub const fn empty() -> Self {
        Self { origin: Origin::Default, value: Value::Map(BTreeMap::new()) }
    }

    /// Lays `upper` over this: maps merge, and everything else replaces. A map over which nothing is laid stays, so
    /// that a section whose every line is a comment changes nothing. A secret is kept in one place: another replaces it.
    pub fn lay(&mut self, upper: Self) {
        match (&mut self.value, upper.value) {
            (Value::Map(_), Value::Nothing) => {}
            (Value::Map(own), Value::Map(other)) if !(is_place(own) && is_place(&other)) => {
                for (key, node) in other {
                    match own.get_mut(&key) {
                        Some(lower) => lower.lay(node),
                        None => {
                            own.insert(key, node);
                        }
                    }
                }
            }
            (own, other) => {
                *own = other;
                self.origin = upper.origin;
            }
        }
    }

    /// This node below the keys of `path`, the outermost first.
    #[must_use]
    pub fn below(self, path: &[&str]) -> Self {
        path.iter().rev().fold(self, |inner, key| Self {
            origin: inner.origin.clone(),
            value: Value::Map(BTreeMap::from([((*key).to_owned(), inner)])),
        })
    }
}

/// Whether `map` says where a secret is kept.
fn is_place(map: &BTreeMap<String, Node>) -> bool {
    let mut entries = map.iter();
    matches!(
        (entries.next(), entries.next()),
        (Some((kind, Node { value: Value::Text(_), .. })), None)
            if matches!(kind.as_str(), "credential" | "env" | "file" | "vault")
    )
}

/// `text` in double quotes; what is not plainly visible is escaped (YAML 1.2.2 section 5.7).
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            _ if character.is_alphanumeric() => out.push(character),
            _ => {
                let escape = format!("\\U{:08x}", u32::from(character));
                out.push_str(&escape);
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml::parse;

    fn laid(lower: &str, upper: &str) -> String {
        let mut tree = parse("lower", lower.as_bytes()).unwrap();
        tree.lay(parse("upper", upper.as_bytes()).unwrap());
        tree.value.to_yaml()
    }

    #[test]
    fn maps_merge_and_lists_replace() {
        assert_eq!(
            laid("a: {b: 1, c: [1, 2]}\nd: x", "a: {c: [3], e: true}\nd: {f: 1}"),
            r#"{"a": {"b": 1, "c": [3], "e": true}, "d": {"f": 1}}"#
        );
    }

    #[test]
    fn a_section_without_lines_changes_nothing_and_a_key_without_value_does() {
        assert_eq!(laid("a: {b: 1}\nc: 2", "a:\nc:"), r#"{"a": {"b": 1}, "c": ~}"#);
    }

    #[test]
    fn a_secret_s_place_replaces_another_and_a_section_of_the_same_name_merges() {
        assert_eq!(laid("k: {file: /a}", "k: {env: E}"), r#"{"k": {"env": "E"}}"#);
        assert_eq!(laid("vault: {a: 1}", "vault: {b: 2}"), r#"{"vault": {"a": 1, "b": 2}}"#);
    }

    #[test]
    fn every_value_says_which_layer_set_it() {
        let mut tree = parse("lower", b"a:\n  b: 1\n  c: 2").unwrap();
        tree.lay(parse("upper", b"a:\n  c: 3").unwrap());
        let Value::Map(root) = tree.value else { panic!("a map") };
        let Value::Map(a) = &root["a"].value else { panic!("a map") };
        assert_eq!(a["b"].origin.to_string(), "lower:2:3");
        assert_eq!(a["c"].origin.to_string(), "upper:2:3");
    }

    #[test]
    fn debug_output_shows_no_value_for_it_may_be_a_secret_in_the_wrong_place() {
        let tree = parse("file", b"token: hunter2").unwrap();
        assert_eq!(format!("{tree:?} {:?}", tree.value), "Node(a map at file) Value(a map)");
    }

    #[test]
    fn text_of_any_kind_is_read_again_as_it_was_written() {
        for text in ["", "plain", "\"\\", "a\nb\t\0\u{85}\u{feff}\u{2028}", "Köln ✓ 𝄞 \u{7f}"]
        {
            let value = Value::Text(text.to_owned());
            let Value::Map(map) =
                parse("f", format!("k: {}", value.to_yaml()).as_bytes()).unwrap().value
            else {
                panic!("a map")
            };
            assert!(matches!(&map["k"].value, Value::Text(again) if again == text), "{text:?}");
        }
    }
}
