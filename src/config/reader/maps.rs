//! Maps within maps, lists of maps, and maps whose keys are the operator's to choose.

use std::collections::BTreeMap;

use crate::config::tree::{Node, Origin, Value};
use crate::config::value::Wrong;

use super::Section;

/// One entry of a map whose keys are the operator's to choose.
#[derive(Debug)]
pub(in crate::config) struct Row {
    /// The key.
    pub(in crate::config) name: String,
    /// Where it stands.
    pub(in crate::config) origin: Origin,
    /// The texts of its list, each with its place.
    pub(in crate::config) texts: Vec<(String, Origin)>,
}

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

    /// The lists of texts in the map `key`, whose own keys are the operator's to choose.
    pub(in crate::config) fn table(&mut self, key: &'static str) -> Vec<Row> {
        let path = self.below(key);
        let Some(entries) = self.take(key).and_then(|node| self.map(&path, node)) else {
            return Vec::new();
        };
        let mut table = Vec::new();
        for (name, node) in entries {
            let mut texts = Vec::new();
            match &node.value {
                Value::List(list) => {
                    for (index, item) in list.iter().enumerate() {
                        match &item.value {
                            Value::Text(text) => texts.push((text.clone(), item.origin.clone())),
                            other => self.fault_at(
                                format!("{path}.{name}[{index}]"),
                                item.origin.clone(),
                                Wrong::expected("a text", other),
                            ),
                        }
                    }
                }
                other => self.fault_at(
                    format!("{path}.{name}"),
                    node.origin.clone(),
                    Wrong::expected("a list of texts", other),
                ),
            }
            table.push(Row { name: name.clone(), origin: node.origin.clone(), texts });
        }
        table
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
