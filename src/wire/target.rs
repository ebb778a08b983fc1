//! The target of a request: a path and a query, in origin form (RFC 9112 section 3.2.1) and nothing else.
//!
//! Threat: a path that a gate in front reads in one way and a router in another. The target is kept as it came.
//! A path is only ever decoded one segment at a time, so that no decoded character can pass for a separator.

use std::borrow::Cow;

use super::error::WireError;

/// A target in origin form.
///
/// Every `%` in it has its two hexadecimal digits, and every other character is one that RFC 3986 allows there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Target<'a> {
    text: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// The target that `text` is.
    ///
    /// # Errors
    ///
    /// The form it has instead, or what has no place in it.
    pub fn parse(text: &'a str) -> Result<Self, WireError> {
        check_form(text)?;
        check_characters(text.as_bytes())?;
        Ok(match text.split_once('?') {
            Some((path, query)) => Self { text, path, query: Some(query) },
            None => Self { text, path: text, query: None },
        })
    }

    /// All of it, as it came.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// The path as it came, percent encoding and all. It begins with `/`.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.path
    }

    /// What stands behind the first `?`, as it came.
    #[must_use]
    pub const fn query(&self) -> Option<&'a str> {
        self.query
    }

    /// The segments of the path, decoded. `/a/` has two, of which the second is empty; so has `//`.
    ///
    /// Each is [`WireError::Segment`] where it could lead elsewhere than it seems: `.` and `..`, and whatever decodes
    /// to `/`, `\`, a control character, or bytes that are no UTF-8.
    pub fn segments(&self) -> impl Iterator<Item = Result<Cow<'a, str>, WireError>> + use<'a> {
        self.path.split('/').skip(1).map(segment)
    }
}

fn check_form(text: &str) -> Result<(), WireError> {
    if text.starts_with('/') {
        Ok(())
    } else if text == "*" {
        Err(WireError::AsteriskTarget)
    } else if text.contains("://") {
        Err(WireError::AbsoluteTarget)
    } else {
        Err(WireError::AuthorityTarget)
    }
}

fn check_characters(mut rest: &[u8]) -> Result<(), WireError> {
    // Most targets have nothing that needs a second look.
    if rest.iter().all(|byte| PLAIN.get(usize::from(*byte)).is_some_and(|plain| *plain)) {
        return Ok(());
    }
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (b'%', [high, low, after @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                after
            }
            (b'%', _) => return Err(WireError::PercentEncoding),
            (b'#', _) => return Err(WireError::FragmentInTarget),
            (0x80.., _) => return Err(WireError::TargetNotAscii),
            (byte, after) if is_path_or_query(*byte) => after,
            _ => return Err(WireError::TargetCharacter),
        };
    }
    Ok(())
}

/// `pchar` without `pct-encoded`, `/` and `?` (RFC 3986 sections 3.3 and 3.4).
/// [`is_path_or_query`] for each byte, as a table.
static PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut rest: &mut [bool] = &mut table;
    let mut byte = 0_u8;
    while let Some((first, after)) = rest.split_first_mut() {
        *first = is_path_or_query(byte);
        byte = byte.wrapping_add(1);
        rest = after;
    }
    table
};

const fn is_path_or_query(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
                | b'/'
                | b'?'
        )
}

fn segment(raw: &str) -> Result<Cow<'_, str>, WireError> {
    let text = if raw.contains('%') {
        Cow::Owned(String::from_utf8(decode(raw)).map_err(|_| WireError::Segment)?)
    } else {
        Cow::Borrowed(raw)
    };
    let leads_elsewhere = matches!(&*text, "." | "..")
        || text.chars().any(|c| matches!(c, '/' | '\\') || c.is_control());
    if leads_elsewhere { Err(WireError::Segment) } else { Ok(text) }
}

/// The bytes that `raw`, whose percent encoding is valid, stands for.
fn decode(raw: &str) -> Vec<u8> {
    let mut bytes = raw.bytes();
    let mut decoded = Vec::with_capacity(raw.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()) << 4 | hex(bytes.next()),
            other => other,
        });
    }
    decoded
}

fn hex(digit: Option<u8>) -> u8 {
    let value = digit.and_then(|digit| char::from(digit).to_digit(16));
    value.and_then(|value| u8::try_from(value).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(text: &str) -> Vec<Result<String, WireError>> {
        Target::parse(text).unwrap().segments().map(|one| one.map(Cow::into_owned)).collect()
    }

    fn fine(parts: &[&str]) -> Vec<Result<String, WireError>> {
        parts.iter().map(|part| Ok((*part).to_owned())).collect()
    }

    #[test]
    fn parts_a_path_from_its_query_at_the_first_question_mark() {
        let target = Target::parse("/v1/x?at=now?&a=%2F").unwrap();
        assert_eq!((target.path(), target.query()), ("/v1/x", Some("at=now?&a=%2F")));
        assert_eq!(Target::parse("/").unwrap().query(), None);
        assert_eq!(Target::parse("/?").unwrap().query(), Some(""));
    }

    #[test]
    fn decodes_each_segment_by_itself() {
        assert_eq!(segments("/v1/keys/a%20b/"), fine(&["v1", "keys", "a b", ""]));
        assert_eq!(segments("/"), fine(&[""]));
        assert_eq!(segments("//x"), fine(&["", "x"]));
        assert_eq!(segments("/%C3%A9/%252F"), fine(&["é", "%2F"]));
        assert_eq!(segments("/.../.a?/.."), fine(&["...", ".a"]));
    }

    #[test]
    fn a_segment_cannot_lead_elsewhere() {
        for bad in [
            ".",
            "..",
            "%2e",
            "%2E%2e",
            ".%2E",
            "a%2fb",
            "a%2Fb",
            "a%5cb",
            "%00",
            "a%0Ab",
            "%7f",
            "%C2%85",
            "%FF",
            "%C0%AF",
            "%E0%80%AF",
        ] {
            assert_eq!(segments(&format!("/a/{bad}"))[1], Err(WireError::Segment), "{bad}");
        }
    }

    #[test]
    fn a_byte_has_a_place_in_a_target_or_its_own_refusal() {
        for byte in 0x00..0x7F_u8 {
            let text = format!("/{}", char::from(byte));
            let wanted = match byte {
                b'%' => Err(WireError::PercentEncoding),
                b'#' => Err(WireError::FragmentInTarget),
                0..=0x20
                | b'"'
                | b'<'
                | b'>'
                | b'['
                | b'\\'
                | b']'
                | b'^'
                | b'`'
                | b'{'
                | b'|'
                | b'}' => Err(WireError::TargetCharacter),
                _ => Ok(()),
            };
            assert_eq!(Target::parse(&text).map(|_| ()), wanted, "{text:?}");
        }
    }
}
