//! What may stand in a decision or in details.

use std::borrow::Cow;

use super::json::Writer;

/// A name and what it is.
pub type Pair<'a> = (&'static str, Value<'a>);

/// A value of a decision or of details.
///
/// There is none for secrets: a `Secret` has no way into it but by an `expose` that a reviewer sees.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Yes or no.
    Flag(bool),
    /// Several, of any kind.
    List(Vec<Value<'a>>),
    /// Several, each with its name.
    Map(Vec<Pair<'a>>),
    /// Known to be nothing.
    Null,
    /// A count.
    Number(u64),
    /// A difference.
    Signed(i64),
    /// A text.
    Text(Cow<'a, str>),
    /// Several texts, such as codes.
    Texts(&'a [&'a str]),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value<'_> {
    fn from(number: usize) -> Self {
        Self::Number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Value<'_> {
    fn write(&self, json: &mut Writer<'_>, field: &str) {
        match self {
            Self::Flag(flag) => json.raw(if *flag { "true" } else { "false" }),
            Self::List(values) => {
                list(json, field, values, |json, value| value.write(json, field));
            }
            Self::Map(pairs) => {
                json.raw("{");
                write_pairs(json, pairs);
                json.raw("}");
            }
            Self::Null => json.raw("null"),
            Self::Number(number) => json.number(*number),
            Self::Signed(number) => json.signed(*number),
            Self::Text(text) => json.text(field, text),
            Self::Texts(texts) => list(json, field, texts, |json, text| json.text(field, text)),
        }
    }
}

fn list<T>(json: &mut Writer<'_>, field: &str, values: &[T], write: impl Fn(&mut Writer<'_>, &T)) {
    let most = json.list_cap();
    if values.len() > most {
        json.note(field, "items", values.len());
    }
    json.raw("[");
    for (index, value) in values.iter().take(most).enumerate() {
        json.raw(if index == 0 { "" } else { "," });
        write(json, value);
    }
    json.raw("]");
}

/// Writes the pairs that are in an object, without its braces.
pub(super) fn write_pairs<'a>(
    json: &mut Writer<'_>,
    pairs: impl IntoIterator<Item = &'a Pair<'a>>,
) {
    for (index, (key, value)) in pairs.into_iter().enumerate() {
        json.raw(if index == 0 { "" } else { "," });
        json.key(key);
        value.write(json, key);
    }
}

/// Writes the details with a note of all that was cut before and in them; nothing where there is nothing to say.
pub(super) fn write_details<'a>(
    json: &mut Writer<'_>,
    details: &'a [Pair<'a>],
    context: &'a [Pair<'a>],
) {
    let is_empty = details.is_empty() && context.is_empty();
    if is_empty && !json.has_cuts() {
        return;
    }
    json.raw(",\"details\":{");
    write_pairs(json, details.iter().chain(context));
    if json.has_cuts() {
        json.raw(if is_empty { "" } else { "," });
        json.raw("\"truncated\":[");
        for (index, cut) in json.take_cuts().iter().enumerate() {
            json.raw(if index == 0 { "" } else { "," });
            json.raw("{\"field\":");
            json.text("field", &cut.field);
            json.raw(",\"");
            json.raw(cut.unit);
            json.raw("\":");
            json.number(u64::try_from(cut.size).unwrap_or(u64::MAX));
            json.raw("}");
        }
        json.raw("]");
    }
    json.raw("}");
}
