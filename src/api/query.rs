//! The query of a request: names with values, each once, none that the route does not know.
//!
//! A value is read in one way (RFC 3986): `%` and two digits is a byte, and `+` is a plus.

use std::borrow::Cow;

use crate::wire::problem::FieldError;

/// The parameters that a query holds.
#[derive(Debug)]
pub(super) struct Query<'a>(Vec<(&'static str, Cow<'a, str>)>);

/// What is wrong with the member or parameter `name`.
pub(super) fn wrong(name: &str, detail: impl Into<String>) -> FieldError {
    let name: String = name.chars().take(LONGEST_NAME).collect();
    FieldError { pointer: format!("/{name}"), detail: detail.into() }
}

/// Characters of a name that is shown back to whoever sent it.
const LONGEST_NAME: usize = 64;

impl<'a> Query<'a> {
    /// The parameters of `query`, which may be those that `known` names.
    pub(super) fn parse(
        query: Option<&'a str>,
        known: &[&'static str],
    ) -> Result<Self, FieldError> {
        let mut pairs: Vec<(&'static str, Cow<'a, str>)> = Vec::new();
        let query = query.filter(|query| !query.is_empty());
        for pair in query.into_iter().flat_map(|query| query.split('&')) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = known.iter().find(|one| **one == name) else {
                return Err(wrong(name, "no such parameter"));
            };
            if pair.len() == name.len() {
                return Err(wrong(name, "has no value"));
            }
            if pairs.iter().any(|(other, _)| other == name) {
                return Err(wrong(name, "stands there twice"));
            }
            pairs.push((name, decoded(name, value)?));
        }
        Ok(Self(pairs))
    }

    /// The value of `name`, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| *own == name).map(|(_, value)| &**value)
    }

    /// The value of `name`, which is `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, FieldError> {
        let flag = self.get(name).map(str::parse);
        flag.transpose().map_err(|_| wrong(name, "neither true nor false"))
    }
}

/// Refuses any parameter. Costs nothing where there is none.
pub(super) fn none(query: Option<&str>) -> Result<(), FieldError> {
    Query::parse(query, &[]).map(|_| ())
}

fn decoded<'a>(name: &str, value: &'a str) -> Result<Cow<'a, str>, FieldError> {
    let text = if value.contains('%') {
        let mut bytes = Vec::with_capacity(value.len());
        let mut rest = value.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(if byte == b'%' {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let pair = digit().zip(digit());
                let value = pair.and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
                value.ok_or_else(|| wrong(name, "percent encoding without two digits"))?
            } else {
                byte
            });
        }
        Cow::Owned(String::from_utf8(bytes).map_err(|_| wrong(name, "not UTF-8"))?)
    } else {
        Cow::Borrowed(value)
    };
    if text.chars().any(char::is_control) {
        return Err(wrong(name, "has a control character"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Query<'_>, FieldError> {
        Query::parse(Some(query), &["at", "country"])
    }

    #[test]
    fn a_value_is_what_its_percent_encoding_stands_for_and_a_plus_is_a_plus() {
        let query = read("at=2026-01-31T12%3a00%3A00Z&country=%C3%A9+%3D=").unwrap();
        assert_eq!(query.get("at"), Some("2026-01-31T12:00:00Z"));
        assert_eq!(query.get("country"), Some("é+=="));
        assert_eq!(query.get("policy"), None);
        assert_eq!(read("at=").unwrap().get("at"), Some(""));
    }

    #[test]
    fn no_query_has_no_parameters() {
        for query in [None, Some("")] {
            assert!(Query::parse(query, &["at"]).unwrap().get("at").is_none());
            assert!(none(query).is_ok());
        }
        assert_eq!(none(Some("at=now")).unwrap_err().pointer, "/at");
    }

    #[test]
    fn whatever_could_be_read_in_two_ways_is_refused_by_name() {
        for (query, pointer) in [
            ("at=1&at=1", "/at"),
            ("at=1&country=DE&at=2", "/at"),
            ("at", "/at"),
            ("at=now&", "/"),
            ("&at=now", "/"),
            ("at=1&&country=DE", "/"),
            ("=1", "/"),
            ("%61t=1", "/%61t"),
            ("AT=1", "/AT"),
            ("at;country=1", "/at;country"),
            ("at=%", "/at"),
            ("at=%4", "/at"),
            ("at=%+1", "/at"),
            ("at=%FF", "/at"),
            ("at=%0a", "/at"),
            ("at=%C2%85", "/at"),
        ] {
            assert_eq!(read(query).unwrap_err().pointer, pointer, "{query}");
        }
    }

    #[test]
    fn a_name_that_is_shown_back_is_cut() {
        let long = "x".repeat(65);
        assert_eq!(read(&long).unwrap_err().pointer.len(), 65);
    }
}
