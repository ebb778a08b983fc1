//! JSON as tokens may have it: no member twice at any level, 8 levels at most, 64 members an object at most.
//!
//! Threat: two programs that read one text differently. Of a member that stands twice, some take the first and some
//! the last; of numbers, some round. So neither is passed on: whole numbers are kept, of others only that they were
//! numbers.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Levels, the outermost object being the first.
const LEVELS: u8 = 8;

/// Members of an object.
const MEMBERS: usize = 64;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json<'t> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number that is not negative, and fits.
    Whole(u64),
    /// Any other number.
    Number,
    /// A text.
    Text(Cow<'t, str>),
    /// A list.
    List(Vec<Json<'t>>),
    /// An object.
    Map(Members<'t>),
}

/// The members of an object, in order, no name twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Members<'t>(Vec<(Cow<'t, str>, Json<'t>)>);

/// Why a text is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// It is no JSON object.
    Malformed,
    /// A name stands twice in an object.
    Duplicate,
    /// There are more levels.
    Deep,
    /// There are more members.
    Many,
}

impl<'t> Members<'t> {
    /// The members of the object that `bytes` are.
    ///
    /// # Errors
    ///
    /// [`Fault`], whichever comes first in the text.
    pub(super) fn read(bytes: &'t [u8]) -> Result<Self, Fault> {
        let text = str::from_utf8(bytes).map_err(|_| Fault::Malformed)?;
        let fault = Cell::new(Fault::Malformed);
        let mut reader = serde_json::Deserializer::from_str(text);
        let value = Seed { left: LEVELS, fault: &fault }.deserialize(&mut reader);
        match (value, reader.end()) {
            (Ok(Json::Map(members)), Ok(())) => Ok(members),
            (Err(_), _) => Err(fault.get()),
            _ => Err(Fault::Malformed),
        }
    }

    /// The member of this name.
    pub(super) fn get(&self, name: &str) -> Option<&Json<'t>> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// Every member, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Json<'t>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }
}

impl Json<'_> {
    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The one text that this is, or those of the list that this is, up to `most`.
    pub(super) fn texts(&self, most: usize) -> Option<Vec<&str>> {
        match self {
            Self::Text(text) => Some(vec![text]),
            Self::List(list) if list.len() <= most => list.iter().map(Json::text).collect(),
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
struct Seed<'f> {
    /// Levels that may still begin.
    left: u8,
    fault: &'f Cell<Fault>,
}

impl Seed<'_> {
    fn refuse<E: Error>(self, fault: Fault) -> E {
        self.fault.set(fault);
        E::custom("refused")
    }

    fn below<E: Error>(self) -> Result<Self, E> {
        let left = self.left.checked_sub(1).ok_or_else(|| self.refuse(Fault::Deep))?;
        Ok(Self { left, ..self })
    }
}

impl<'t> DeserializeSeed<'t> for Seed<'_> {
    type Value = Json<'t>;

    fn deserialize<D: Deserializer<'t>>(self, reader: D) -> Result<Json<'t>, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for Seed<'_> {
    type Value = Json<'t>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'t>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Json<'t>, E> {
        Ok(Json::Bool)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json<'t>, E> {
        Ok(Json::Whole(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json<'t>, E> {
        Ok(u64::try_from(value).map_or(Json::Number, Json::Whole))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json<'t>, E> {
        Ok(Json::Number)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'t str) -> Result<Json<'t>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'t>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<Json<'t>, A::Error> {
        let below = self.below()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut entries: A) -> Result<Json<'t>, A::Error> {
        let below = self.below()?;
        let mut members: Vec<(Cow<'t, str>, Json<'t>)> = Vec::with_capacity(16);
        while let Some(name) = entries.next_key_seed(Name)? {
            if members.iter().any(|(own, _)| *own == name) {
                return Err(self.refuse(Fault::Duplicate));
            }
            if members.len() == MEMBERS {
                return Err(self.refuse(Fault::Many));
            }
            members.push((name, entries.next_value_seed(below)?));
        }
        Ok(Json::Map(Members(members)))
    }
}

/// The name of a member, borrowed where it has no escapes.
struct Name;

impl<'t> DeserializeSeed<'t> for Name {
    type Value = Cow<'t, str>;

    fn deserialize<D: Deserializer<'t>>(self, reader: D) -> Result<Cow<'t, str>, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'t> Visitor<'t> for Name {
    type Value = Cow<'t, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'t str) -> Result<Cow<'t, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'t, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Members<'_>, Fault> {
        Members::read(text.as_bytes())
    }

    #[test]
    fn a_member_that_stands_twice_is_refused_at_every_level_and_in_every_spelling() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
        ] {
            assert_eq!(read(text), Err(Fault::Duplicate), "{text}");
        }
        assert!(read(r#"{"a":1,"A":1,"x":{"a":1}}"#).is_ok());
    }

    #[test]
    fn eight_levels_are_read_and_ten_thousand_are_refused_at_the_ninth() {
        let nested = |levels: usize| {
            format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
        };
        assert!(read(&nested(8)).is_ok());
        assert_eq!(read(&nested(9)), Err(Fault::Deep));
        assert_eq!(read(&nested(10_000)), Err(Fault::Deep));
        assert_eq!(read(&"{\"a\":".repeat(10_000)), Err(Fault::Deep));
    }

    #[test]
    fn an_object_has_at_most_64_members() {
        let wide = |members: usize| {
            let each: Vec<String> = (0..members).map(|one| format!("\"{one}\":0")).collect();
            format!("{{{}}}", each.join(","))
        };
        assert!(read(&wide(64)).is_ok());
        assert_eq!(read(&wide(65)), Err(Fault::Many));
    }

    #[test]
    fn only_whole_numbers_keep_their_value() {
        let members =
            read(r#"{"a":9,"b":-1,"c":1.0,"d":1e3,"e":18446744073709551616,"f":-0}"#).unwrap();
        assert_eq!(members.get("a"), Some(&Json::Whole(9)));
        for name in ["b", "c", "d", "e", "f"] {
            assert_eq!(members.get(name), Some(&Json::Number), "{name}");
        }
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        for text in [
            "",
            "[]",
            "1",
            "\"a\"",
            "{",
            "{}x",
            "{} {}",
            "{\"a\":NaN}",
            "{a:1}",
            "{\"a\":1,}",
            "\u{feff}{}",
        ] {
            assert_eq!(read(text), Err(Fault::Malformed), "{text:?}");
        }
        assert_eq!(Members::read(b"{\"a\":\"\xFF\"}"), Err(Fault::Malformed));
        assert!(read(" { } ").is_ok());
    }
}
