//! The head of a request: everything up to the empty line, read in one piece and judged before a byte of the body is.
//!
//! Two passes over the bytes, of which the second is `httparse`'s. The first, `lines.rs`, is ours, stricter, and runs
//! on each piece that comes in; a stranger who sends a byte at a time makes it run over at most
//! [`Limits::head_bytes`] each time.

mod framing;
mod lines;

use lines::Found;

use super::Limits;
use super::error::WireError;
use super::request::{BodyKind, Headers, Method, Version};
use super::target::Target;

/// The most header lines that a [`Head`] has room for.
pub const MAX_HEADERS: usize = 64;

/// A head that every rule holds for. It borrows from the buffer that it was read from: where that must grow before
/// the body is there, read the same bytes again: they give the same head.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head<'a> {
    /// What is asked for.
    pub method: Method<'a>,
    /// Of what.
    pub target: Target<'a>,
    /// In which version.
    pub version: Version,
    /// The header lines.
    pub headers: Headers<'a>,
    /// How the end of the body is found. At most [`Limits::body_bytes`] where it is said in advance.
    pub body: BodyKind,
    /// Whether the connection may carry another request after the answer. Never on HTTP/1.0.
    pub keep_alive: bool,
    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 section 10.1.1).
    pub expect_continue: bool,
}

impl Head<'_> {
    /// Appends the head as a client would send it.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let line =
            [self.method.as_str(), " ", self.target.as_str(), " ", self.version.as_str(), "\r\n"];
        for part in line {
            out.extend_from_slice(part.as_bytes());
        }
        for (name, value) in self.headers.iter() {
            for part in [name.as_bytes(), b": ", value, b"\r\n"] {
                out.extend_from_slice(part);
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// The head at the front of `buffer` and its length in bytes, or none while it is not all there.
///
/// What is refused in part of a head is refused for the same reason in all of it.
///
/// # Errors
///
/// The rule that the head breaks; [`WireError::HeadTooLarge`] and its like above `limits`;
/// [`WireError::BodyTooLarge`] where the head announces such a body.
pub fn parse<'a>(
    buffer: &'a [u8],
    limits: &Limits,
) -> Result<Option<(Head<'a>, usize)>, WireError> {
    let Some(found) = lines::end_of_head(buffer, limits)? else { return Ok(None) };
    let Found { end, method, target, version } = found;
    let bytes = buffer.get(..end).ok_or(WireError::Syntax)?;
    let mut fields = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(used)) if used == end => {}
        // Our pass came first, so none of these is reached; were the two to differ, the answer is no.
        _ => return Err(WireError::Syntax),
    }
    let same = request.method == Some(method.as_str())
        && request.path == Some(target.as_str())
        && request.version == Some(version.minor());
    if !same {
        return Err(WireError::Syntax);
    }
    let count = request.headers.len();
    let headers = Headers { lines: fields, count };
    let framing = framing::judge(&headers, version, limits)?;
    let head = Head {
        method,
        target,
        version,
        headers,
        body: framing.body,
        keep_alive: framing.keep_alive,
        expect_continue: framing.expect_continue,
    };
    Ok(Some((head, end)))
}

#[cfg(test)]
mod tests;
