//! What a request says about itself: method, version, headers, and how its body is framed.

use std::fmt;

use super::error::WireError;
use super::head::MAX_HEADERS;

/// What is asked for (RFC 9110 section 9). Methods differ by case: `get` is not `GET`, and refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method<'a> {
    /// `DELETE`.
    Delete,
    /// `GET`.
    Get,
    /// `HEAD`: the answer is that of `GET` without its body.
    Head,
    /// `OPTIONS`.
    Options,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// Another one, of 1 to 32 of `[A-Z-]`.
    Other(&'a str),
}

impl<'a> Method<'a> {
    /// The method that `text` is.
    ///
    /// # Errors
    ///
    /// [`WireError::Method`].
    pub fn parse(text: &'a str) -> Result<Self, WireError> {
        Ok(match text {
            "DELETE" => Self::Delete,
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "OPTIONS" => Self::Options,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            other => {
                let plain = other.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
                if !plain || other.is_empty() || other.len() > 32 {
                    return Err(WireError::Method);
                }
                Self::Other(other)
            }
        })
    }

    /// The method as it is written.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Other(text) => text,
        }
    }
}

/// The version of a request; whatever it is, the answer is HTTP/1.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Version {
    /// HTTP/1.0: no chunked body either way, and the connection closes after the answer.
    Http10,
    /// HTTP/1.1.
    Http11,
}

impl Version {
    /// What stands behind `HTTP/1.`.
    pub(super) const fn minor(self) -> u8 {
        match self {
            Self::Http10 => 0,
            Self::Http11 => 1,
        }
    }

    pub(super) fn parse(text: &[u8]) -> Result<Self, WireError> {
        match text {
            b"HTTP/1.0" => Ok(Self::Http10),
            b"HTTP/1.1" => Ok(Self::Http11),
            [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
                if major.is_ascii_digit() && minor.is_ascii_digit() =>
            {
                Err(WireError::UnsupportedVersion)
            }
            _ => Err(WireError::Version),
        }
    }

    /// The version as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }
}

/// How the end of a body is found (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BodyKind {
    /// There is no body: neither `Content-Length` nor `Transfer-Encoding`.
    None,
    /// So many bytes.
    Length(u64),
    /// In the chunked coding.
    Chunked,
}

/// The header lines, in the order they came in. Names are `[A-Za-z0-9-]`, values are without control characters but
/// for the tab, and without white space around them.
#[derive(Clone, Copy)]
pub struct Headers<'a> {
    pub(super) lines: [httparse::Header<'a>; MAX_HEADERS],
    pub(super) count: usize,
}

impl<'a> Headers<'a> {
    /// How many lines there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Every line: the name as it came, and the value.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + '_ {
        self.lines.iter().take(self.count).map(|line| (line.name, line.value.trim_ascii()))
    }

    /// Every value of the header `name`, in any case: for those that are lists.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The text of the header `name`, in any case, which may stand there once.
    ///
    /// # Errors
    ///
    /// [`WireError::DuplicateHeader`] where it stands there twice, since which of the two counts is anybody's guess;
    /// [`WireError::HeaderNotText`] where it has bytes outside ASCII.
    pub fn get(&self, name: &str) -> Result<Option<&'a str>, WireError> {
        let mut values = self.all(name);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(WireError::DuplicateHeader);
        }
        if !value.is_ascii() {
            return Err(WireError::HeaderNotText);
        }
        str::from_utf8(value).map(Some).map_err(|_| WireError::HeaderNotText)
    }
}

impl PartialEq for Headers<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Headers<'_> {}

/// Names only: a value may be a credential.
impl fmt::Debug for Headers<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}
