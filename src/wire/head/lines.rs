//! The raw bytes of a head, line by line, before `httparse` sees them.
//!
//! `httparse` takes LF for CRLF, passes over empty lines before the request, and allows more in names than we do.
//! Here each byte is looked at in the order it came in, so that a head is refused as soon as it cannot become right,
//! and for the same reason however it was cut.

use crate::encoding::scan;
use crate::wire::Limits;
use crate::wire::error::WireError;
use crate::wire::request::{Method, Version};
use crate::wire::target::Target;

use super::MAX_HEADERS;

/// A head that is whole: what its first line says, and its length with the empty line that ends it.
pub(super) struct Found<'a> {
    pub(super) end: usize,
    pub(super) method: Method<'a>,
    pub(super) target: Target<'a>,
    pub(super) version: Version,
}

/// The head at the front of `bytes`, if all of it is there.
///
/// # Errors
///
/// The first thing that cannot be in a head.
pub(super) fn end_of_head<'a>(
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<Option<Found<'a>>, WireError> {
    if let [0x16, rest @ ..] = bytes {
        match rest {
            [] => return Ok(None),
            [0x03, ..] => return Err(WireError::TlsClientHello),
            _ => {}
        }
    }
    let bounded = bytes.get(..limits.head_bytes).unwrap_or(bytes);
    match walk(bounded, limits)? {
        None if bytes.len() >= limits.head_bytes => Err(WireError::HeadTooLarge),
        found => Ok(found),
    }
}

fn walk<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Option<Found<'a>>, WireError> {
    let most = limits.headers.min(MAX_HEADERS);
    let (line, mut rest) = match take(bytes) {
        Ok(Some(Taken { line, rest })) => (line, rest),
        other => {
            // An endless target is refused before its line has an end.
            // What stands behind a byte that ends it is none of it.
            let line = bytes.split(|byte| is_control(*byte)).next().unwrap_or_default();
            check_target_length(line, limits)?;
            return other.map(|_| None);
        }
    };
    let (method, target, version) = request_line(line, limits)?;
    let mut headers = 0_usize;
    while let Some(Taken { line, rest: after }) = take(rest)? {
        rest = after;
        if line.is_empty() {
            let end = bytes.len().saturating_sub(rest.len());
            return Ok(Some(Found { end, method, target, version }));
        }
        headers = headers.saturating_add(1);
        if headers > most {
            return Err(WireError::TooManyHeaders);
        }
        check_header_line(line)?;
    }
    Ok(None)
}

const fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

/// One line, without its CRLF, and what stands behind it.
struct Taken<'a> {
    line: &'a [u8],
    rest: &'a [u8],
}

/// The line at the front of `bytes`, without its CRLF, and what stands behind it; none while its end is not there.
fn take(bytes: &[u8]) -> Result<Option<Taken<'_>>, WireError> {
    let may = |word| scan::has_below(word, 0x20) || scan::has(word, 0x7F);
    let Some(at) = scan::position(bytes, may, is_control) else {
        return Ok(None);
    };
    let Some((line, rest)) = bytes.split_at_checked(at) else { return Ok(None) };
    match rest {
        [b'\r', b'\n', rest @ ..] => Ok(Some(Taken { line, rest })),
        [b'\r'] => Ok(None),
        [b'\r', ..] => Err(WireError::BareCr),
        [b'\n', ..] => Err(WireError::BareLf),
        _ => Err(WireError::ControlCharacter),
    }
}

/// Counts the bytes between the first space and the next one, or the end of what there is.
fn check_target_length(bytes: &[u8], limits: &Limits) -> Result<(), WireError> {
    let mut words = bytes.split(|byte| *byte == b' ' || byte.is_ascii_control());
    let length = words.nth(1).map_or(0, <[u8]>::len);
    if length > limits.target_bytes { Err(WireError::TargetTooLong) } else { Ok(()) }
}

/// RFC 9112 section 3: `method SP request-target SP HTTP-version`.
fn request_line<'a>(
    line: &'a [u8],
    limits: &Limits,
) -> Result<(Method<'a>, Target<'a>, Version), WireError> {
    if line.is_empty() {
        return Err(WireError::EmptyLineFirst);
    }
    if line == b"PRI * HTTP/2.0" {
        return Err(WireError::Http2Preface);
    }
    check_target_length(line, limits)?;
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(WireError::RequestLine);
    };
    if method.is_empty() || target.is_empty() || version.is_empty() {
        return Err(WireError::RequestLine);
    }
    let method = Method::parse(str::from_utf8(method).map_err(|_| WireError::Method)?)?;
    if !target.is_ascii() {
        return Err(WireError::TargetNotAscii);
    }
    let target = Target::parse(str::from_utf8(target).map_err(|_| WireError::TargetNotAscii)?)?;
    Ok((method, target, Version::parse(version)?))
}

/// RFC 9112 section 5: `field-name ":" OWS field-value OWS`. The value is in [`take`]'s care.
fn check_header_line(line: &[u8]) -> Result<(), WireError> {
    if let [b' ' | b'\t', ..] = line {
        return Err(WireError::ObsoleteFold);
    }
    let mut parts = line.splitn(2, |byte| *byte == b':');
    let (Some(name), Some(_value)) = (parts.next(), parts.next()) else {
        return Err(WireError::HeaderLine);
    };
    match name {
        [] => Err(WireError::EmptyHeaderName),
        [.., b' ' | b'\t'] => Err(WireError::SpaceBeforeColon),
        name if name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') => Ok(()),
        _ => Err(WireError::HeaderName),
    }
}
