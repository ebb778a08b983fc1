//! HTTP/1.1 on the server's side, as a pure codec: received bytes in, a request or the rule it broke out; an answer in,
//! bytes to send out.
//!
//! Threat: request smuggling. Whatever a proxy before us could read in another way is refused, even where RFC 9112
//! lets a recipient repair it. After any [`WireError`] the connection must be closed: where the next request begins
//! is then nobody's knowledge.
//!
//! No socket, no clock, no thread. The caller owns a buffer that grows with what it receives, up to
//! [`Limits::head_bytes`]: [`head::parse`] says whether a whole head is in it, and a [`body::Decoder`] takes the bytes
//! behind the head, in any cuts, and stops at the end of the body. What is then left begins the next request.

pub mod body;
pub mod date;
pub mod error;
pub mod head;
pub mod problem;
pub mod request;
pub mod response;
pub mod status;
pub mod target;
pub mod trace;

pub use error::WireError;
pub use status::Status;

/// What a request may cost before it is understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of the request line and the header lines, with the empty line that ends them; above, `431`.
    pub head_bytes: usize,
    /// Header lines, at most [`head::MAX_HEADERS`] whatever stands here; above, `431`.
    pub headers: usize,
    /// Bytes of the request target; above, `414`.
    pub target_bytes: usize,
    /// Bytes of the body that any route takes; above, `413`. A route's own bound goes to [`body::Decoder::new`].
    pub body_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 8 * 1024,
            headers: head::MAX_HEADERS,
            target_bytes: 4 * 1024,
            body_bytes: 10 * 1024 * 1024,
        }
    }
}
