//! YAML as a configuration may use it: maps with text keys, lists, texts, whole numbers, `true` and `false`.
//!
//! Threat: one file that two readers understand in two ways, or that grows when it is read. Anchors, aliases, merge
//! keys, tags, duplicate keys and several documents are refused, and size and depth are bounded. The only file that
//! knows `serde_yaml`.
//!
//! `serde_yaml` tells a place only for errors. So each key and each scalar is first kept and then answered with an
//! error, whose place is read; the parser has by then moved past the value, and goes on. Places that do not grow show
//! an alias, whose content stands further up; an anchor of a map or a list that no alias uses changes nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::str::Chars;
use std::sync::Arc;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::tree::{Node, Origin, Value};

/// Bytes of one file.
pub const MAX_BYTES: usize = 1 << 20;
/// Maps and lists within one another.
pub const MAX_DEPTH: usize = 32;
/// Characters of one key.
pub const MAX_KEY: usize = 128;

/// Why a file is not taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct YamlError {
    /// Line and column, from 1, where they are known.
    pub place: Option<(u32, u32)>,
    /// The rule that it breaks.
    pub rule: String,
}

impl fmt::Display for YamlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(out, "line {line}, column {column}: {}", self.rule),
            None => out.write_str(&self.rule),
        }
    }
}

impl std::error::Error for YamlError {}

fn refusal(rule: &str) -> YamlError {
    YamlError { place: None, rule: rule.to_owned() }
}

/// Reads `bytes`, the content of the file `name`, as one map. An empty file is an empty map.
///
/// # Errors
///
/// [`YamlError`], with the first rule that the text breaks.
pub fn parse(name: &str, bytes: &[u8]) -> Result<Node, YamlError> {
    if bytes.len() > MAX_BYTES {
        return Err(refusal("a configuration file has at most 1 MiB"));
    }
    let text = str::from_utf8(bytes).map_err(|_| refusal("the file is not UTF-8 text"))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{FEFF}', '\0']) {
        return Err(refusal(
            "the file has a line separator or mark that not all readers see alike",
        ));
    }
    nesting(text)?;
    let reading = RefCell::new(Reading {
        file: name.into(),
        cursor: Cursor { rest: text.chars(), line: 1, column: 1, after_return: false },
        last: (0, 0),
        refused: None,
    });
    let mut root = None;
    for (number, document) in serde_yaml::Deserializer::from_str(text).enumerate() {
        if number > 0 {
            return Err(refusal("one file holds one document: remove what follows '---'"));
        }
        let mut found = None;
        let seed = NodeSeed { depth: 0, found: &mut found, reading: &reading };
        match seed.deserialize(document) {
            Ok(()) => {}
            Err(error) => match reading.borrow_mut().refused.take() {
                Some(refused) => return Err(refused),
                None if matches!(found, Some(Value::Nothing)) => {}
                None if found.is_some() => return Err(refusal(ROOT)),
                None => return Err(syntax(&error)),
            },
        }
        root = found;
    }
    let origin = Origin::File { name: name.into(), place: None };
    match root {
        None | Some(Value::Nothing) => Ok(Node { origin, ..Node::empty() }),
        Some(value @ Value::Map(_)) => Ok(Node { origin, value }),
        Some(_) => Err(refusal(ROOT)),
    }
}

const ROOT: &str = "the file must hold sections: 'server:' and so on";

/// Brackets within brackets, whatever they stand in: libyaml takes a time that grows with their square.
fn nesting(text: &str) -> Result<(), YamlError> {
    let mut open = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open = open.saturating_add(1),
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > MAX_BRACKETS {
            return Err(refusal("too many brackets are open at once"));
        }
    }
    Ok(())
}

const MAX_BRACKETS: usize = 1_000;

fn syntax(error: &serde_yaml::Error) -> YamlError {
    let place = error
        .location()
        .and_then(|at| Some((u32::try_from(at.line()).ok()?, u32::try_from(at.column()).ok()?)));
    let text = error.to_string();
    let rule = text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before);
    YamlError { place, rule: format!("not YAML: {}", rule.escape_debug()) }
}

/// The place in an error's text: ` at line L column C` at its end, nothing for the file's first character.
fn place_in(error: &str) -> Option<(u32, u32)> {
    let Some((_, place)) = error.rsplit_once(" at line ") else { return Some((1, 1)) };
    let (line, column) = place.split_once(" column ")?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// What the parts of one file share while it is read.
struct Reading<'t> {
    file: Arc<str>,
    cursor: Cursor<'t>,
    last: (u32, u32),
    refused: Option<YamlError>,
}

impl Reading<'_> {
    /// Notes that a key or a scalar stands where `error` says, and gives its origin.
    fn place(&mut self, error: &impl fmt::Display) -> Result<Origin, YamlError> {
        let place = place_in(&error.to_string());
        if let Some(here) = place {
            let refused = |rule: &str| Err(YamlError { place, rule: rule.to_owned() });
            if here <= self.last {
                return refused("an alias stands below: write the values out");
            }
            self.last = here;
            match self.cursor.at(here) {
                Some('&') => {
                    return refused("anchors are not taken: quote a text that begins with '&'");
                }
                Some('!') => {
                    return refused("tags are not taken: quote a text that begins with '!'");
                }
                _ => {}
            }
        }
        Ok(Origin::File { name: Arc::clone(&self.file), place })
    }

    fn refuse<E: de::Error>(&mut self, refused: YamlError) -> E {
        let error = E::custom(&refused.rule);
        self.refused.get_or_insert(refused);
        error
    }
}

/// The character at a line and a column, for places that only grow.
struct Cursor<'t> {
    rest: Chars<'t>,
    line: u32,
    column: u32,
    after_return: bool,
}

impl Cursor<'_> {
    fn at(&mut self, place: (u32, u32)) -> Option<char> {
        while (self.line, self.column) < place {
            let next = self.rest.next()?;
            let ended = matches!(next, '\r' | '\n');
            if next == '\n' && self.after_return {
                // The second half of one line end.
            } else if ended {
                (self.line, self.column) = (self.line.saturating_add(1), 1);
            } else {
                self.column = self.column.saturating_add(1);
            }
            self.after_return = next == '\r';
        }
        let mut rest = self.rest.clone();
        match rest.next() {
            Some('\n') if self.after_return => rest.next(),
            other => other,
        }
    }
}

/// Reads one value. A scalar is put in `found` and then answered with an error that has its place; a map or a list is
/// put there without one.
struct NodeSeed<'s, 't> {
    depth: usize,
    found: &'s mut Option<Value>,
    reading: &'s RefCell<Reading<'t>>,
}

impl NodeSeed<'_, '_> {
    fn keep<E: de::Error>(self, value: Value) -> Result<(), E> {
        *self.found = Some(value);
        Err(E::custom("kept"))
    }

    /// The value that `result` and `found` come to, with its origin.
    fn settle<E: de::Error>(
        reading: &RefCell<Reading<'_>>,
        result: Result<(), E>,
        found: Option<Value>,
        otherwise: &Origin,
    ) -> Result<Node, E> {
        let mut reading = reading.borrow_mut();
        match (result, found) {
            (Ok(()), Some(value)) => Ok(Node { origin: otherwise.clone(), value }),
            (Err(error), Some(value)) if reading.refused.is_none() => match reading.place(&error) {
                Ok(origin) => Ok(Node { origin, value }),
                Err(refused) => Err(reading.refuse(refused)),
            },
            (Err(error), _) => Err(error),
            (Ok(()), None) => Err(E::custom("a value without content")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for NodeSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a setting")
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<(), E> {
        self.keep(Value::Flag(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.keep(Value::Number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        // No setting is larger, and every bound is far below: the largest is as much out of them.
        self.keep(Value::Number(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Err(self.reading.borrow_mut().refuse(refusal(
            "no setting is a decimal or so large a number: quote it if it is a text",
        )))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.keep(Value::Text(text.to_owned()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.keep(Value::Nothing)
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.keep(Value::Nothing)
    }

    fn visit_enum<A: de::EnumAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.reading.borrow_mut().refuse(refusal("tags are not taken")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let depth = deeper(self.depth, self.reading)?;
        let mut list = Vec::new();
        loop {
            let mut found = None;
            let origin =
                Origin::File { name: Arc::clone(&self.reading.borrow().file), place: None };
            let seed = NodeSeed { depth, found: &mut found, reading: self.reading };
            let result = match items.next_element_seed(seed) {
                Ok(None) => break,
                Ok(Some(())) => Ok(()),
                Err(error) => Err(error),
            };
            let mut node = NodeSeed::settle(self.reading, result, found, &origin)?;
            // A map in a list stands where its first key does.
            if let Value::Map(map) = &node.value
                && let Some(first) = map.values().map(|value| &value.origin).min()
            {
                node.origin = first.clone();
            }
            list.push(node);
        }
        *self.found = Some(Value::List(list));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let depth = deeper(self.depth, self.reading)?;
        let mut map = BTreeMap::new();
        loop {
            let mut found = None;
            let seed = NodeSeed { depth, found: &mut found, reading: self.reading };
            let result = match entries.next_key_seed(seed) {
                Ok(None) => break,
                Ok(Some(())) => Ok(()),
                Err(error) => Err(error),
            };
            let key = NodeSeed::settle(self.reading, result, found, &Origin::Default)?;
            let name = key_name(&key, &map)
                .map_err(|refused| self.reading.borrow_mut().refuse::<A::Error>(refused))?;
            let mut found = None;
            let seed = NodeSeed { depth, found: &mut found, reading: self.reading };
            let result = entries.next_value_seed(seed);
            let value = NodeSeed::settle(self.reading, result, found, &key.origin)?.value;
            map.insert(name, Node { origin: key.origin, value });
        }
        *self.found = Some(Value::Map(map));
        Ok(())
    }
}

fn deeper<E: de::Error>(depth: usize, reading: &RefCell<Reading<'_>>) -> Result<usize, E> {
    let depth = depth.saturating_add(1);
    if depth > MAX_DEPTH {
        let mut reading = reading.borrow_mut();
        let place = Some(reading.last).filter(|place| *place != (0, 0));
        let rule = format!("maps and lists stand at most {MAX_DEPTH} deep in one another");
        return Err(reading.refuse(YamlError { place, rule }));
    }
    Ok(depth)
}

fn key_name(key: &Node, map: &BTreeMap<String, Node>) -> Result<String, YamlError> {
    let place = match key.origin {
        Origin::File { place, .. } => place,
        Origin::Default | Origin::Variable(_) => None,
    };
    let refused = |rule: String| Err(YamlError { place, rule });
    match &key.value {
        Value::Text(name) if name == "<<" => {
            refused("merge keys are not taken: write the values out".to_owned())
        }
        Value::Text(name) if name.chars().count() > MAX_KEY => {
            refused(format!("a key has at most {MAX_KEY} characters"))
        }
        Value::Text(name) if map.contains_key(name) => {
            refused(format!("the key {name:?} stands twice in one map"))
        }
        Value::Text(name) => Ok(name.clone()),
        other => refused(format!("a key is a text, and here is {}: quote it", other.kind())),
    }
}

#[cfg(test)]
mod tests;
