//! What the headers say about the message itself: where its body ends, whom it is for, what becomes of the
//! connection (RFC 9112 section 6, RFC 9110 sections 7.2, 7.6.1 and 10.1.1).

use crate::wire::Limits;
use crate::wire::error::WireError;
use crate::wire::request::{BodyKind, Headers, Version};

/// What the caller must know before it reads on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Framing {
    pub(super) body: BodyKind,
    pub(super) keep_alive: bool,
    pub(super) expect_continue: bool,
}

/// Takes in each header once. Where a header comes a second time, the second line is the error.
pub(super) fn judge(
    headers: &Headers<'_>,
    version: Version,
    limits: &Limits,
) -> Result<Framing, WireError> {
    let mut host = None;
    let mut length = None;
    let mut encoding = None;
    let mut expect = None;
    let mut close = false;
    for (name, value) in headers.iter() {
        // Most headers are none of these; comparing lengths first makes that cheap.
        match name.len() {
            4 if name.eq_ignore_ascii_case("Host") => {
                once(&mut host, value, WireError::DuplicateHost)?;
            }
            6 if name.eq_ignore_ascii_case("Expect") => {
                once(&mut expect, value, WireError::Expectation)?;
            }
            10 if name.eq_ignore_ascii_case("Connection") => close |= asks_to_close(value)?,
            14 if name.eq_ignore_ascii_case("Content-Length") => {
                once(&mut length, value, WireError::DuplicateLength)?;
            }
            17 if name.eq_ignore_ascii_case("Transfer-Encoding") => {
                once(&mut encoding, value, WireError::TransferEncoding)?;
            }
            _ => {}
        }
    }
    check_host(host, version)?;
    let body = body_kind(length, encoding, version, limits)?;
    let expects = check_expectation(expect)?;
    let http11 = version == Version::Http11;
    Ok(Framing {
        body,
        keep_alive: http11 && !close,
        // RFC 9110 section 10.1.1: not on HTTP/1.0, and needless where nothing is held back.
        expect_continue: http11 && expects && !matches!(body, BodyKind::None | BodyKind::Length(0)),
    })
}

fn once<'a>(
    place: &mut Option<&'a [u8]>,
    value: &'a [u8],
    second: WireError,
) -> Result<(), WireError> {
    if place.replace(value).is_some() { Err(second) } else { Ok(()) }
}

fn body_kind(
    length: Option<&[u8]>,
    encoding: Option<&[u8]>,
    version: Version,
    limits: &Limits,
) -> Result<BodyKind, WireError> {
    match (length, encoding) {
        (Some(_), Some(_)) => Err(WireError::LengthAndEncoding),
        (None, Some(_)) if version == Version::Http10 => Err(WireError::EncodingOnHttp10),
        (None, Some(b"chunked")) => Ok(BodyKind::Chunked),
        (None, Some(_)) => Err(WireError::TransferEncoding),
        (Some(value), None) => {
            let length = content_length(value)?;
            if length > limits.body_bytes {
                return Err(WireError::BodyTooLarge);
            }
            Ok(BodyKind::Length(length))
        }
        (None, None) => Ok(BodyKind::None),
    }
}

/// RFC 9110 section 8.6: `1*DIGIT`. A leading zero, which that allows, is octal to some.
fn content_length(value: &[u8]) -> Result<u64, WireError> {
    if value.contains(&b',') {
        return Err(WireError::LengthList);
    }
    match value {
        [] | [b'0', _, ..] => return Err(WireError::LengthNotNumber),
        _ => {}
    }
    value.iter().try_fold(0_u64, |length, byte| {
        let digit =
            byte.checked_sub(b'0').filter(|digit| *digit <= 9).ok_or(WireError::LengthNotNumber)?;
        // A number that overflows may still turn out not to be one; either way it is refused.
        length
            .checked_mul(10)
            .and_then(|length| length.checked_add(u64::from(digit)))
            .ok_or(WireError::LengthOverflow)
    })
}

fn check_host(host: Option<&[u8]>, version: Version) -> Result<(), WireError> {
    match (host, version) {
        (None, Version::Http11) => Err(WireError::MissingHost),
        (None, Version::Http10) => Ok(()),
        (Some(host), _) if is_host(host) => Ok(()),
        (Some(_), _) => Err(WireError::Host),
    }
}

/// A name of `[A-Za-z0-9._-]` or an IPv6 address in brackets, then perhaps a port.
fn is_host(host: &[u8]) -> bool {
    let (name, port) = if let [b'[', rest @ ..] = host {
        let Some(end) = rest.iter().position(|byte| *byte == b']') else { return false };
        let (address, rest) = rest.split_at_checked(end).unwrap_or_default();
        let address = str::from_utf8(address).unwrap_or_default();
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            return false;
        }
        (&b"ipv6"[..], rest.get(1..).unwrap_or_default())
    } else {
        let end = host.iter().position(|byte| *byte == b':').unwrap_or(host.len());
        host.split_at_checked(end).unwrap_or_default()
    };
    let is_name = !name.is_empty()
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let is_port = match port {
        [] => true,
        [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => {
            str::from_utf8(digits).is_ok_and(|digits| digits.parse::<u16>().is_ok())
        }
        _ => false,
    };
    is_name && is_port
}

/// RFC 9110 section 7.6.1. Any option but `close` is passed over: to be kept alive is the rule in HTTP/1.1, and a
/// connection that is asked to become another protocol stays what it is.
fn asks_to_close(value: &[u8]) -> Result<bool, WireError> {
    let mut close = false;
    for option in value.split(|byte| *byte == b',') {
        let option = option.trim_ascii();
        if !option.iter().all(|byte| is_token(*byte)) {
            return Err(WireError::ConnectionOption);
        }
        close |= option.eq_ignore_ascii_case(b"close");
    }
    Ok(close)
}

fn check_expectation(value: Option<&[u8]>) -> Result<bool, WireError> {
    match value {
        None => Ok(false),
        Some(value) if value.eq_ignore_ascii_case(b"100-continue") => Ok(true),
        Some(_) => Err(WireError::Expectation),
    }
}

/// RFC 9110 section 5.6.2.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}
