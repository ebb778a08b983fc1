//! Reads one section: every key by its name, with its type, bounds and default.
//!
//! Invariant: a key that is never asked for is unknown, so no key can be taken and passed over. A fault does not end the
//! reading: the default stands in, and the fault forbids to start.

mod maps;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use crate::nearest::nearest;

use super::fault::{Fault, Report, Setting};
use super::retired;
use super::secret_source::SecretSource;
use super::tree::{Node, Origin, Value};
use super::value::{self, AbsolutePath, PATH, Plain, Wrong, from_variable, parsed};

/// A map of the configuration that is being read.
#[derive(Debug)]
pub(super) struct Section<'t, 'r> {
    path: String,
    entries: Option<&'t BTreeMap<String, Node>>,
    asked: Vec<&'static str>,
    report: &'r mut Report,
}

impl<'t, 'r> Section<'t, 'r> {
    /// The whole of `node`.
    pub(super) fn root(node: &'t Node, prefix: &str, report: &'r mut Report) -> Self {
        let entries = match &node.value {
            Value::Map(map) => Some(map),
            _ => None,
        };
        Self { path: prefix.to_owned(), entries, asked: Vec::new(), report }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        self.value(
            key,
            default,
            |flag| Value::Flag(*flag),
            |node| match &node.value {
                Value::Flag(flag) => Ok(*flag),
                Value::Text(text) if from_variable(node) && text.eq_ignore_ascii_case("true") => {
                    Ok(true)
                }
                Value::Text(text) if from_variable(node) && text.eq_ignore_ascii_case("false") => {
                    Ok(false)
                }
                other => Err(Wrong::expected("true or false", other)),
            },
        )
    }

    /// A whole number within `bounds`.
    pub(super) fn number<T>(
        &mut self,
        key: &'static str,
        default: T,
        bounds: RangeInclusive<T>,
    ) -> T
    where
        T: Copy + Display + PartialOrd + TryFrom<i64> + TryInto<i64>,
    {
        let show = |number: &T| Value::Number((*number).try_into().unwrap_or(i64::MAX));
        self.value(key, default, show, |node| {
            let number = match &node.value {
                Value::Number(number) => Some(*number),
                Value::Text(text) if from_variable(node) => text.parse().ok(),
                _ => None,
            };
            let Some(number) = number else {
                return Err(Wrong::expected("a whole number", &node.value));
            };
            T::try_from(number).ok().filter(|number| bounds.contains(number)).ok_or_else(|| {
                Wrong::rule(format!(
                    "{number} is not within {} to {}",
                    bounds.start(),
                    bounds.end()
                ))
            })
        })
    }

    /// A text that is a `T`; `what` says in words what that is.
    pub(super) fn parsed<T: FromStr + Display>(
        &mut self,
        key: &'static str,
        default: T,
        what: &str,
    ) -> T {
        self.value(key, default, |value| Value::Text(value.to_string()), |node| parsed(node, what))
    }

    /// A text that is a `T`, or none.
    pub(super) fn optional<T: FromStr + Display>(
        &mut self,
        key: &'static str,
        what: &str,
    ) -> Option<T> {
        let show = |value: &Option<T>| {
            value.as_ref().map_or(Value::Nothing, |value| Value::Text(value.to_string()))
        };
        self.value(key, None, show, |node| parsed(node, what).map(Some))
    }

    /// A list of texts that are each a `T`; one text stands for a list of one.
    pub(super) fn list<T: FromStr + Display>(
        &mut self,
        key: &'static str,
        default: Option<Vec<T>>,
        what: &str,
    ) -> Option<Vec<T>> {
        self.value(
            key,
            default,
            |list| value::show_list(list.as_deref()),
            |node| {
                let nodes = match &node.value {
                    Value::List(nodes) => nodes.as_slice(),
                    Value::Text(_) => std::slice::from_ref(node),
                    other => return Err(Wrong::expected(&format!("a list, each {what}"), other)),
                };
                nodes
                    .iter()
                    .map(|node| parsed(node, what))
                    .collect::<Result<Vec<T>, Wrong>>()
                    .map(Some)
            },
        )
    }

    /// One of the names in `options`.
    pub(super) fn choice<T: Copy + PartialEq>(
        &mut self,
        key: &'static str,
        default: T,
        options: &[(&str, T)],
    ) -> T {
        let name = |value: &T| options.iter().find(|(_, one)| one == value).map(|(name, _)| *name);
        let show = |value: &T| Value::Text(name(value).unwrap_or_default().to_owned());
        self.value(key, default, show, |node| {
            let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
            let Value::Text(text) = &node.value else {
                return Err(Wrong::expected(&format!("one of {}", names.join(", ")), &node.value));
            };
            options.iter().find(|(name, _)| name == text).map(|(_, value)| *value).ok_or_else(
                || {
                    let hint = nearest(text, names.iter().copied());
                    Wrong {
                        rule: format!("not one of {}", names.join(", ")),
                        hint: hint.map(|name| format!("did you mean {name}?")).unwrap_or_default(),
                    }
                },
            )
        })
    }

    /// A path from the root of the file system.
    pub(super) fn path(&mut self, key: &'static str, default: &str) -> PathBuf {
        PathBuf::from(self.parsed(key, AbsolutePath(default.to_owned()), PATH).0)
    }

    /// A path from the root of the file system, or none.
    pub(super) fn optional_path(&mut self, key: &'static str) -> Option<PathBuf> {
        self.optional::<AbsolutePath>(key, PATH).map(|path| path.0.into())
    }

    /// A text of one line, not empty; `what` says in words what it is.
    pub(super) fn plain(&mut self, key: &'static str, default: &str, what: &str) -> String {
        self.parsed(key, Plain(default.to_owned()), what).0
    }

    /// A text of one line, or none.
    pub(super) fn optional_plain(&mut self, key: &'static str, what: &str) -> Option<String> {
        self.optional::<Plain>(key, what).map(|text| text.0)
    }

    /// A list of texts of one line.
    pub(super) fn plain_list(
        &mut self,
        key: &'static str,
        default: Option<&[&str]>,
        what: &str,
    ) -> Option<Vec<String>> {
        let plain = |list: &[&str]| list.iter().map(|text| Plain((*text).to_owned())).collect();
        let list = self.list::<Plain>(key, default.map(plain), what)?;
        Some(list.into_iter().map(|text| text.0).collect())
    }

    /// Paths from the root of the file system.
    pub(super) fn paths(&mut self, key: &'static str) -> Vec<PathBuf> {
        let paths: Option<Vec<AbsolutePath>> = self.list(key, Some(Vec::new()), PATH);
        paths.unwrap_or_default().into_iter().map(|path| path.0.into()).collect()
    }

    /// Where a secret is kept. The secret itself is refused, and not shown.
    pub(super) fn secret(&mut self, key: &'static str) -> Option<SecretSource> {
        let show = |source: &Option<SecretSource>| {
            source.as_ref().map_or(Value::Nothing, SecretSource::to_value)
        };
        let source = self.value(key, None, show, |node| value::secret(&node.value).map(Some));
        if let Some(source) = &source {
            self.report.secrets.push((self.below(key), source.clone()));
        }
        source
    }

    /// Whether any key stands here.
    pub(super) fn is_set(&self) -> bool {
        self.entries.is_some_and(|entries| !entries.is_empty())
    }

    /// Whether the key stands here.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.is_some_and(|entries| entries.contains_key(key))
    }

    /// Notes a fault of the key `key`, which breaks a rule beyond its own value.
    pub(super) fn fault(&mut self, key: &str, rule: impl Into<String>, hint: impl Into<String>) {
        let path = self.below(key);
        let origin = self.entries.and_then(|entries| entries.get(key)).map(|node| &node.origin);
        let origin = origin.or_else(|| {
            self.entries.and_then(|entries| entries.values().map(|node| &node.origin).min())
        });
        let origin = origin.cloned().unwrap_or(Origin::Default);
        self.report.faults.push(Fault::new(path, origin, rule, hint));
    }

    /// Notes a fault of what stands at `origin`.
    pub(super) fn fault_at_origin(
        &mut self,
        key: &str,
        origin: &Origin,
        rule: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let path = self.below(key);
        self.report.faults.push(Fault::new(path, origin.clone(), rule, hint));
    }

    /// Notes a warning of the key `key`.
    pub(super) fn warn(&mut self, key: &str, rule: impl Into<String>, hint: impl Into<String>) {
        let path = self.below(key);
        self.report.warn(&path, rule, hint);
    }

    /// Refuses what was not asked for.
    pub(super) fn finish(self) {
        for (key, node) in self.entries.into_iter().flatten() {
            if self.asked.iter().any(|known| known == key) {
                continue;
            }
            let path = self.below(key);
            let hint = retired::hint(&path).map(str::to_owned).or_else(|| {
                nearest(key, self.asked.iter().copied()).map(|name| format!("did you mean {name}?"))
            });
            let hint = hint.unwrap_or_else(|| format!("known here: {}", self.asked.join(", ")));
            let path = path.escape_debug().to_string();
            self.report.faults.push(Fault::new(path, node.origin.clone(), "unknown key", hint));
        }
    }

    fn below(&self, key: &str) -> String {
        if key.is_empty() {
            self.path.clone()
        } else if self.path.is_empty() || self.path.ends_with(':') {
            format!("{}{key}", self.path)
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn take(&mut self, key: &'static str) -> Option<&'t Node> {
        self.asked.push(key);
        self.entries?.get(key)
    }

    fn value<T>(
        &mut self,
        key: &'static str,
        default: T,
        show: impl FnOnce(&T) -> Value,
        read: impl FnOnce(&Node) -> Result<T, Wrong>,
    ) -> T {
        let path = self.below(key);
        let (value, origin) = match self.take(key) {
            None => (default, Origin::Default),
            Some(Node { origin, value: Value::Nothing }) => {
                let hint = "remove the key, or give it one".to_owned();
                let wrong = Wrong { rule: "no value is given".to_owned(), hint };
                self.fault_at(path.clone(), origin.clone(), wrong);
                (default, Origin::Default)
            }
            Some(node) => match read(node) {
                Ok(value) => (value, node.origin.clone()),
                Err(wrong) => {
                    self.fault_at(path.clone(), node.origin.clone(), wrong);
                    (default, Origin::Default)
                }
            },
        };
        let yaml = show(&value).to_yaml();
        self.report.settings.push(Setting { path, yaml, origin });
        value
    }

    fn fault_at(&mut self, path: String, origin: Origin, wrong: Wrong) {
        self.report.faults.push(Fault::new(path, origin, wrong.rule, wrong.hint));
    }
}

#[cfg(test)]
mod tests;
