//! Maps within maps, lists of maps, and maps whose keys are the operator's to choose.

use std::collections::BTreeMap;

use crate::config::tree::{Node, Origin, Value};
use crate::config::value::Wrong;
use crate::nearest::nearest;

use super::Section;

impl<'t> Section<'t, '_> {
    /// A map within this one.
    pub(in crate::config) fn section<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'_, '_>) -> T,
    ) -> T {
        let path = self.below(key);
        let node = self.take(key);
        let entries = node.and_then(|node| self.map(&path, node));
        let mut section = Section { path, entries, asked: Vec::new(), report: &mut *self.report };
        let value = read(&mut section);
        section.finish();
        value
    }

    /// A list of maps; the reader is told where each stands.
    pub(in crate::config) fn sections<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Section<'_, '_>, &Origin) -> T,
    ) -> Vec<T> {
        let path = self.below(key);
        let Some(node) = self.take(key) else { return Vec::new() };
        let Value::List(nodes) = &node.value else {
            self.fault_at(
                path,
                node.origin.clone(),
                Wrong::expected("a list of maps", &node.value),
            );
            return Vec::new();
        };
        let mut values = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let Some(entries) = self.map(&path, node) else { continue };
            let mut section = Section {
                path,
                entries: Some(entries),
                asked: Vec::new(),
                report: &mut *self.report,
            };
            values.push(read(&mut section, &node.origin));
            section.finish();
        }
        values
    }

    /// The entries of the map `key`, whose own keys are the operator's to choose. An entry that is a list stands for a
    /// map with that list as its `short`. The reader is told the name of each, and where it stands.
    pub(in crate::config) fn table<T>(
        &mut self,
        key: &'static str,
        short: &'static str,
        mut read: impl FnMut(&str, &mut Section<'_, '_>, &Origin) -> T,
    ) -> Vec<T> {
        let path = self.below(key);
        let Some(entries) = self.take(key).and_then(|node| self.map(&path, node)) else {
            return Vec::new();
        };
        let mut table = Vec::new();
        for (name, node) in entries {
            let path = format!("{path}.{name}");
            let long;
            let entries = match &node.value {
                Value::Map(map) => Some(map),
                Value::List(_) => {
                    long = BTreeMap::from([(short.to_owned(), node.clone())]);
                    Some(&long)
                }
                other => {
                    let wrong = Wrong::expected("a list or a map", other);
                    self.fault_at(path.clone(), node.origin.clone(), wrong);
                    None
                }
            };
            let mut section =
                Section { path, entries, asked: Vec::new(), report: &mut *self.report };
            table.push(read(name, &mut section, &node.origin));
            section.finish();
        }
        table
    }

    /// The texts of the list `key`, each one of the names in `options`, or none where it is no such name, which is a
    /// fault. No list where there is no such key.
    pub(in crate::config) fn choices<T: Copy>(
        &mut self,
        key: &'static str,
        options: &[(&str, T)],
    ) -> Option<Vec<Option<T>>> {
        let path = self.below(key);
        let node = self.take(key)?;
        let Value::List(items) = &node.value else {
            let wrong = Wrong::expected("a list of texts", &node.value);
            self.fault_at(path, node.origin.clone(), wrong);
            return Some(Vec::new());
        };
        let mut chosen = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let names = || options.iter().map(|(name, _)| *name);
            let wrong = match &item.value {
                Value::Text(text) => match options.iter().find(|(name, _)| name == text) {
                    Some((_, value)) => {
                        chosen.push(Some(*value));
                        continue;
                    }
                    None => Wrong {
                        rule: format!("no such name: {}", text.escape_debug()),
                        hint: nearest(text, names()).map_or_else(
                            || format!("known: {}", names().collect::<Vec<_>>().join(", ")),
                            |name| format!("did you mean {name}?"),
                        ),
                    },
                },
                other => Wrong::expected("a text", other),
            };
            self.fault_at(format!("{path}[{index}]"), item.origin.clone(), wrong);
            chosen.push(None);
        }
        Some(chosen)
    }

    /// The texts in the map `key`, whose own keys are the operator's to choose: each key, its text, and its place.
    pub(in crate::config) fn texts(&mut self, key: &'static str) -> Vec<(String, String, Origin)> {
        let path = self.below(key);
        let Some(entries) = self.take(key).and_then(|node| self.map(&path, node)) else {
            return Vec::new();
        };
        let mut texts = Vec::new();
        for (name, node) in entries {
            match &node.value {
                Value::Text(text) => texts.push((name.clone(), text.clone(), node.origin.clone())),
                other => self.fault_at(
                    format!("{path}.{name}"),
                    node.origin.clone(),
                    Wrong::expected("a text", other),
                ),
            }
        }
        texts
    }

    fn map(&mut self, path: &str, node: &'t Node) -> Option<&'t BTreeMap<String, Node>> {
        match &node.value {
            Value::Map(map) => Some(map),
            Value::Nothing => None,
            other => {
                self.fault_at(
                    path.to_owned(),
                    node.origin.clone(),
                    Wrong::expected("a map", other),
                );
                None
            }
        }
    }
}
