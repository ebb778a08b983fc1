//! The answer's head and the chunks of a streamed one, appended to a buffer that the caller uses again and again.
//!
//! Threat: response splitting. What is written is fixed text, a number, or a [`HeaderValue`], which cannot hold a line
//! end; a header's name is one of a [`Field`], so none can be made up, nor can one that frames the message.

use std::io::Write;

use super::date::HttpDate;
use super::status::Status;

/// Sent before a body is read from a client that waits for it (RFC 9110 section 15.2.1).
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What ends a body in the chunked coding. A stream that failed must close without it.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Stands in every answer, whatever it is.
pub const SECURITY_HEADERS: &str = "Cache-Control: no-store\r\n\
    Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
    Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n\
    Referrer-Policy: no-referrer\r\n\
    Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n\
    X-Content-Type-Options: nosniff\r\n\
    X-Frame-Options: DENY\r\n";

/// A header that an answer may carry beside the fixed ones.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Field {
    /// `Allow` (RFC 9110 section 10.2.1).
    Allow,
    /// `Audit-Id`, the id of the record.
    AuditId,
    /// `X-Auth-Client`: who sent the request that may pass.
    AuthClient,
    /// `X-Auth-Method`: how that is known.
    AuthMethod,
    /// `X-Auth-Roles`, parted by commas.
    AuthRoles,
    /// `X-Auth-Subject`, percent-encoded.
    AuthSubject,
    /// `Content-Type`.
    ContentType,
    /// `X-Error-Status`: what the client is to be told, where the proxy takes no such status.
    ErrorStatus,
    /// `X-Gate-Decision`: the signed decision.
    GateDecision,
    /// `Location` (RFC 9110 section 10.2.2).
    Location,
    /// `RateLimit`.
    RateLimit,
    /// `RateLimit-Policy`.
    RateLimitPolicy,
    /// `X-Request-Id`.
    RequestId,
    /// `Retry-After` (RFC 9110 section 10.2.3).
    RetryAfter,
    /// `WWW-Authenticate` (RFC 9110 section 11.6.1).
    WwwAuthenticate,
}

impl Field {
    /// The name as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::AuditId => "Audit-Id",
            Self::AuthClient => "X-Auth-Client",
            Self::AuthMethod => "X-Auth-Method",
            Self::AuthRoles => "X-Auth-Roles",
            Self::AuthSubject => "X-Auth-Subject",
            Self::ContentType => "Content-Type",
            Self::ErrorStatus => "X-Error-Status",
            Self::GateDecision => "X-Gate-Decision",
            Self::Location => "Location",
            Self::RateLimit => "RateLimit",
            Self::RateLimitPolicy => "RateLimit-Policy",
            Self::RequestId => "X-Request-Id",
            Self::RetryAfter => "Retry-After",
            Self::WwwAuthenticate => "WWW-Authenticate",
        }
    }
}

/// A text without a control character but for the tab, all ASCII, without white space around it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HeaderValue<'a>(&'a str);

impl HeaderValue<'_> {
    /// Nothing.
    pub const EMPTY: Self = Self("");
}

/// The text is no [`HeaderValue`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HeaderValueError;

impl std::fmt::Display for HeaderValueError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a header value that is not printable ASCII")
    }
}

impl std::error::Error for HeaderValueError {}

impl<'a> TryFrom<&'a str> for HeaderValue<'a> {
    type Error = HeaderValueError;

    fn try_from(text: &'a str) -> Result<Self, HeaderValueError> {
        let printable = text.bytes().all(|byte| matches!(byte, b'\t' | 0x20..=0x7E));
        if printable && text.trim_ascii().len() == text.len() {
            Ok(Self(text))
        } else {
            Err(HeaderValueError)
        }
    }
}

/// How the client finds the end of the answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnswerBody {
    /// So many bytes. In the answer to `HEAD`, what `GET` would have had.
    Length(u64),
    /// Chunks, then [`LAST_CHUNK`]. Not for HTTP/1.0.
    Chunked,
    /// None, nor a `Content-Length`: for `204` (RFC 9110 section 8.6).
    None,
}

/// The head of an answer.
#[derive(Clone, Copy, Debug)]
pub struct ResponseHead<'a> {
    /// The status.
    pub status: Status,
    /// How the body ends.
    pub body: AnswerBody,
    /// Whether another request may follow; if not, `Connection: close`.
    pub keep_alive: bool,
    /// When it was made, if that is to be said.
    pub date: Option<&'a HttpDate>,
    /// What else it carries.
    pub fields: &'a [(Field, HeaderValue<'a>)],
}

impl ResponseHead<'_> {
    /// Appends the head, with the empty line that ends it.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let mut put = |parts: &[&str]| {
            for part in parts {
                out.extend_from_slice(part.as_bytes());
            }
        };
        put(&["HTTP/1.1 ", self.status.text(), "\r\n", SECURITY_HEADERS]);
        if let Some(date) = self.date {
            put(&["Date: ", date.as_str(), "\r\n"]);
        }
        for (field, value) in self.fields {
            put(&[field.name(), ": ", value.0, "\r\n"]);
        }
        put(&["Connection: ", if self.keep_alive { "keep-alive" } else { "close" }, "\r\n"]);
        match self.body {
            // A vector takes everything.
            AnswerBody::Length(length) => {
                let _ = write!(out, "Content-Length: {length}\r\n\r\n");
            }
            AnswerBody::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n"),
            AnswerBody::None => out.extend_from_slice(b"\r\n"),
        }
    }
}

/// Appends `data` as one chunk; nothing for no data, since an empty chunk would end the body.
pub fn write_chunk(out: &mut Vec<u8>, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    // A vector takes everything.
    let _ = write!(out, "{:x}\r\n", data.len());
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> HeaderValue<'_> {
        HeaderValue::try_from(text).unwrap()
    }

    fn written(head: &ResponseHead<'_>) -> String {
        let mut out = Vec::new();
        head.write_to(&mut out);
        String::from_utf8(out).unwrap()
    }

    const PLAIN: ResponseHead<'_> = ResponseHead {
        status: Status::Ok,
        body: AnswerBody::Length(2),
        keep_alive: true,
        date: None,
        fields: &[],
    };

    #[test]
    fn a_value_cannot_end_its_line() {
        for bad in ["a\r\nSet-Cookie: x", "a\n", "\r", "a\0b", "\x7F", "é", " a", "a\t"] {
            assert_eq!(HeaderValue::try_from(bad), Err(HeaderValueError), "{bad:?}");
        }
        assert!(HeaderValue::try_from("").is_ok());
        assert!(HeaderValue::try_from("Bearer realm=\"x\", error=\"y\"").is_ok());
    }

    #[test]
    fn writes_the_status_the_fixed_headers_the_others_and_the_length() {
        let date =
            HttpDate::from("1994-11-06T08:49:37Z".parse::<crate::clock::UnixTime>().unwrap());
        let head = ResponseHead {
            status: Status::TooManyRequests,
            keep_alive: false,
            date: Some(&date),
            fields: &[(Field::RequestId, value("0192")), (Field::RetryAfter, value("3"))],
            ..PLAIN
        };
        assert_eq!(
            written(&head),
            format!(
                "HTTP/1.1 429 Too Many Requests\r\n{SECURITY_HEADERS}\
                 Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Request-Id: 0192\r\nRetry-After: 3\r\n\
                 Connection: close\r\nContent-Length: 2\r\n\r\n"
            )
        );
    }

    #[test]
    fn every_security_header_of_the_contract_is_there_once() {
        let text = written(&PLAIN);
        for name in [
            "Strict-Transport-Security",
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "X-Frame-Options",
            "Referrer-Policy",
            "Permissions-Policy",
            "Cache-Control",
            "Connection: keep-alive",
        ] {
            assert_eq!(text.matches(&format!("\r\n{name}")).count(), 1, "{name}");
        }
    }

    #[test]
    fn no_answer_says_its_length_in_two_ways() {
        let none = written(&ResponseHead { body: AnswerBody::None, ..PLAIN });
        assert!(!none.contains("Content-Length") && !none.contains("Transfer-Encoding"));
        let chunked = written(&ResponseHead { body: AnswerBody::Chunked, ..PLAIN });
        assert!(!chunked.contains("Content-Length") && chunked.contains("Transfer-Encoding"));
    }

    #[test]
    fn what_is_written_is_a_response_to_httparse() {
        for status in Status::ALL {
            let text = written(&ResponseHead { status, ..PLAIN });
            let mut lines = [httparse::EMPTY_HEADER; 16];
            let mut response = httparse::Response::new(&mut lines);
            let parsed = response.parse(text.as_bytes());
            assert_eq!(parsed, Ok(httparse::Status::Complete(text.len())));
            assert_eq!(response.code, Some(status.code()));
        }
    }

    #[test]
    fn an_empty_chunk_is_not_written_since_it_would_end_the_body() {
        let mut out = Vec::new();
        write_chunk(&mut out, b"");
        assert!(out.is_empty());
        write_chunk(&mut out, &[b'x'; 26]);
        assert_eq!(out, [&b"1a\r\n"[..], &[b'x'; 26], b"\r\n"].concat());
    }
}
