//! Which targets have one reading, and patterns of paths.
//!
//! A path is compared as it came, so a character that could stand in a pattern must not come in another spelling: a
//! service that decodes first would see a path that a stricter rule is for. Patterns are of unreserved characters
//! (RFC 3986 section 2.3) and `/`; those are refused where they come percent-encoded, and so is whatever moves the end
//! of a segment, of the path, or is decoded twice.

use std::fmt;
use std::str::FromStr;

use crate::wire::error::WireError;
use crate::wire::target::Target;

/// Why a target is not let through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TargetError {
    /// A segment `.` or `..`.
    DotSegment,
    /// `//`: an empty segment that is not the last.
    EmptySegment,
    /// A control character, percent-encoded.
    EncodedControl,
    /// A character that needs no encoding, percent-encoded: `%2e`, `%61`.
    EncodedPlain,
    /// `/`, `\`, `?`, `#`, `;` or `%`, percent-encoded: whoever decodes first sees other segments.
    EncodedSeparator,
    /// Bytes that are no UTF-8, percent-encoded.
    EncodedText,
    /// `;`: some take what follows for parameters of the segment and drop it.
    Parameters,
    /// It is no target in origin form.
    Wire(WireError),
}

impl TargetError {
    /// A short code for records.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DotSegment => "dot_segment",
            Self::EmptySegment => "empty_segment",
            Self::EncodedControl => "encoded_control",
            Self::EncodedPlain => "encoded_plain",
            Self::EncodedSeparator => "encoded_separator",
            Self::EncodedText => "encoded_text",
            Self::Parameters => "path_parameters",
            Self::Wire(_) => "malformed_target",
        }
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::DotSegment => "the path has a segment . or ..",
            Self::EmptySegment => "the path has //",
            Self::EncodedControl => "the path has an encoded control character",
            Self::EncodedPlain => "the path has a character encoded that needs no encoding",
            Self::EncodedSeparator => "the path has an encoded separator",
            Self::EncodedText => "the path has encoded bytes that are no UTF-8",
            Self::Parameters => "the path has a ;",
            Self::Wire(error) => return error.fmt(out),
        })
    }
}

impl std::error::Error for TargetError {}

/// The target that `text` is, where its path has one reading. The query is not looked at: it decides nothing here.
///
/// # Errors
///
/// [`TargetError`].
pub fn check_target(text: &str) -> Result<Target<'_>, TargetError> {
    let target = Target::parse(text).map_err(TargetError::Wire)?;
    let mut segments = target.path().split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        match segment {
            "" if segments.peek().is_some() => return Err(TargetError::EmptySegment),
            "." | ".." => return Err(TargetError::DotSegment),
            _ if segment.contains(';') => return Err(TargetError::Parameters),
            _ => check_encoding(segment)?,
        }
    }
    Ok(target)
}

/// Every `%` in `segment` has its two digits: the target was parsed.
fn check_encoding(segment: &str) -> Result<(), TargetError> {
    let mut bytes = segment.bytes();
    let mut decoded = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let byte = digit(bytes.next()) << 4 | digit(bytes.next());
        match byte {
            0..=0x1F | 0x7F => return Err(TargetError::EncodedControl),
            b'/' | b'\\' | b'?' | b'#' | b';' | b'%' => return Err(TargetError::EncodedSeparator),
            _ if is_unreserved(byte) => return Err(TargetError::EncodedPlain),
            _ => decoded.push(byte),
        }
    }
    let text = str::from_utf8(&decoded).map_err(|_| TargetError::EncodedText)?;
    if text.chars().any(char::is_control) { Err(TargetError::EncodedControl) } else { Ok(()) }
}

fn digit(digit: Option<u8>) -> u8 {
    let value = digit.and_then(|digit| char::from(digit).to_digit(16));
    value.and_then(|value| u8::try_from(value).ok()).unwrap_or_default()
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// A pattern of paths: one path as it is; `/a/*`, that is `/a/` and one more segment; or `/a/**`, that is `/a`, `/a/`
/// and everything below. Letters differ by case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathPattern {
    /// The path, or what stands before the last `/`.
    base: Box<str>,
    reach: Reach,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reach {
    Exact,
    One,
    All,
}

impl PathPattern {
    /// Whether `path`, which [`check_target`] let through, is one of these.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let below = || path.strip_prefix(&*self.base)?.strip_prefix('/');
        match self.reach {
            Reach::Exact => path == &*self.base,
            Reach::One => below().is_some_and(|rest| !rest.is_empty() && !rest.contains('/')),
            Reach::All => path == &*self.base || below().is_some(),
        }
    }

    /// Whether every path of `other` is one of these.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self.reach, other.reach) {
            (_, Reach::Exact) => self.matches(&other.base),
            (Reach::Exact, _) | (Reach::One, Reach::All) => false,
            (Reach::One, Reach::One) => self.base == other.base,
            // All that is below a path that is below the base is below the base.
            (Reach::All, _) => self.matches(&other.base) || self.base == other.base,
        }
    }
}

impl FromStr for PathPattern {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let (base, reach) = if let Some(base) = text.strip_suffix("/**") {
            (base, Reach::All)
        } else if let Some(base) = text.strip_suffix("/*") {
            (base, Reach::One)
        } else {
            (text, Reach::Exact)
        };
        let whole = if base.is_empty() && reach != Reach::Exact { "/" } else { base };
        check_target(whole)?;
        if !whole.bytes().all(|byte| byte == b'/' || is_unreserved(byte)) {
            return Err(TargetError::Wire(WireError::TargetCharacter));
        }
        if reach != Reach::Exact && base.ends_with('/') {
            return Err(TargetError::EmptySegment);
        }
        Ok(Self { base: base.into(), reach })
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.reach {
            Reach::Exact => "",
            Reach::One => "/*",
            Reach::All => "/**",
        };
        write!(out, "{}{end}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_with_one_reading_is_let_through_as_it_came() {
        for good in [
            "/",
            "/a",
            "/a/",
            "/a/b?c=%2F..%00;//",
            "/a?",
            "/...",
            "/a..b",
            "/%C3%A9/%20",
            "/a%3Ab@c",
        ] {
            assert_eq!(check_target(good).map(|target| target.as_str()), Ok(good));
        }
    }

    #[test]
    fn whatever_has_a_second_reading_is_refused_with_its_reason() {
        use TargetError::{
            DotSegment, EmptySegment, EncodedControl, EncodedPlain, EncodedSeparator, EncodedText,
            Parameters, Wire,
        };
        for (bad, reason) in [
            ("//", EmptySegment),
            ("//evil.org/x", EmptySegment),
            ("/a//b", EmptySegment),
            ("/a//", EmptySegment),
            ("/.", DotSegment),
            ("/a/../b", DotSegment),
            ("/a/..", DotSegment),
            ("/a/./b", DotSegment),
            ("/a/%2e%2e/b", EncodedPlain),
            ("/a/.%2E/b", EncodedPlain),
            ("/%61", EncodedPlain),
            ("/%7euser", EncodedPlain),
            ("/a%2fb", EncodedSeparator),
            ("/a%2Fb", EncodedSeparator),
            ("/a%5cb", EncodedSeparator),
            ("/a%3Bb", EncodedSeparator),
            ("/a%3fb", EncodedSeparator),
            ("/a%23b", EncodedSeparator),
            ("/a%252e", EncodedSeparator),
            ("/a%00", EncodedControl),
            ("/a%0d%0aX:y", EncodedControl),
            ("/a%7f", EncodedControl),
            ("/a%C2%85", EncodedControl),
            ("/a%FF", EncodedText),
            ("/a%C0%AF", EncodedText),
            ("/a;b=c", Parameters),
            ("/a;/../b", Parameters),
            ("/a\\b", Wire(WireError::TargetCharacter)),
            ("/a\0", Wire(WireError::TargetCharacter)),
            ("/a b", Wire(WireError::TargetCharacter)),
            ("/a#b", Wire(WireError::FragmentInTarget)),
            ("/é", Wire(WireError::TargetNotAscii)),
            ("/%zz", Wire(WireError::PercentEncoding)),
            ("/%2", Wire(WireError::PercentEncoding)),
            ("http://evil.org/", Wire(WireError::AbsoluteTarget)),
            ("*", Wire(WireError::AsteriskTarget)),
            ("a", Wire(WireError::AuthorityTarget)),
            ("", Wire(WireError::AuthorityTarget)),
        ] {
            assert_eq!(check_target(bad).map(|_| ()), Err(reason), "{bad}");
        }
    }

    #[test]
    fn a_pattern_is_one_path_one_segment_or_everything_below() {
        let matches =
            |pattern: &str, path: &str| pattern.parse::<PathPattern>().unwrap().matches(path);
        for (path, exact, one, all) in [
            ("/a", true, false, true),
            ("/a/", false, false, true),
            ("/a/b", false, true, true),
            ("/a/b/", false, false, true),
            ("/a/b/c", false, false, true),
            ("/ab", false, false, false),
            ("/A", false, false, false),
            ("/", false, false, false),
        ] {
            let found = (matches("/a", path), matches("/a/*", path), matches("/a/**", path));
            assert_eq!(found, (exact, one, all), "{path}");
        }
        assert!(matches("/**", "/") && matches("/**", "/a/b") && matches("/*", "/a"));
        assert!(!matches("/*", "/") && matches("/", "/") && !matches("/", "/a"));
    }

    #[test]
    fn a_pattern_has_no_second_spelling() {
        for bad in [
            "", "a", "*", "**", "/a*", "/a/*b", "/*/a", "/a//**", "//**", "/a/../**", "/a;b",
            "/%20", "/a@b", "/a?b", "/a/***",
        ] {
            assert!(bad.parse::<PathPattern>().is_err(), "{bad}");
        }
        for good in ["/", "/*", "/**", "/a", "/a/", "/a/*", "/a/**", "/v1/a-b_c.d~"] {
            assert_eq!(good.parse::<PathPattern>().unwrap().to_string(), good);
        }
    }

    #[test]
    fn what_a_pattern_covers_it_matches() {
        let covers = |one: &str, other: &str| {
            one.parse::<PathPattern>().unwrap().covers(&other.parse().unwrap())
        };
        for (one, other, wanted) in [
            ("/a", "/a", true),
            ("/a", "/a/*", false),
            ("/a/*", "/a/b", true),
            ("/a/*", "/a/*", true),
            ("/a/*", "/a/**", false),
            ("/a/*", "/a", false),
            ("/a/**", "/a", true),
            ("/a/**", "/a/*", true),
            ("/a/**", "/a/b/**", true),
            ("/a/**", "/ab/**", false),
            ("/a/b/**", "/a/**", false),
            ("/**", "/**", true),
            ("/**", "/a/*", true),
            ("/**", "/*", true),
            ("/**", "/", true),
            ("/*", "/**", false),
        ] {
            assert_eq!(covers(one, other), wanted, "{one} {other}");
        }
    }
}
