//! Which rule of HTTP/1.1 the bytes of a request broke, and what the caller is told.
//!
//! The variant goes to the records in full; the answer shows no more than its status and problem code.

use std::fmt;

use super::problem::Code;
use super::status::Status;

/// Why bytes are refused. The connection that they came on must be closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WireError {
    /// A target in absolute form, which is for proxies (RFC 9112 section 3.2.2).
    AbsoluteTarget,
    /// `*` as target, which asks after the server as a whole (RFC 9112 section 3.2.4).
    AsteriskTarget,
    /// A target that does not begin with `/`, as that of `CONNECT` (RFC 9112 section 3.2.3).
    AuthorityTarget,
    /// A CR without LF behind it (RFC 9112 section 2.2).
    BareCr,
    /// A line that ends in LF alone. RFC 9112 section 2.2 allows a server to take it; proxies differ over that.
    BareLf,
    /// A body above what the route takes (RFC 9110 section 15.5.14).
    BodyTooLarge,
    /// Chunk data without CRLF behind it (RFC 9112 section 7.1).
    ChunkEnd,
    /// A chunk extension, which nobody uses and parsers read differently (RFC 9112 section 7.1.1).
    ChunkExtension,
    /// A line of the chunked coding that does not end in CRLF (RFC 9112 section 7.1).
    ChunkLineEnd,
    /// A chunk size that is not one to eight hexadecimal digits (RFC 9112 section 7.1).
    ChunkSize,
    /// A `Connection` option that is no token (RFC 9110 section 7.6.1).
    ConnectionOption,
    /// A control character, NUL among them, in the head (RFC 9110 section 5.5).
    ControlCharacter,
    /// A second line of a header that has one value (RFC 9110 section 5.3).
    DuplicateHeader,
    /// A second `Host` (RFC 9112 section 3.2).
    DuplicateHost,
    /// A second `Content-Length`, even if equal; RFC 9110 section 8.6 lets equal ones pass.
    DuplicateLength,
    /// A header line that begins with the colon (RFC 9112 section 5).
    EmptyHeaderName,
    /// An empty line before the request line. RFC 9112 section 2.2 has servers pass over one; old clients sent it.
    EmptyLineFirst,
    /// `Transfer-Encoding` on HTTP/1.0, which does not have it (RFC 9112 section 6.1).
    EncodingOnHttp10,
    /// An `Expect` other than `100-continue` (RFC 9110 section 10.1.1).
    Expectation,
    /// `#` in the target: a fragment stays with the client (RFC 9110 section 4.2.5).
    FragmentInTarget,
    /// A header line without a colon (RFC 9112 section 5).
    HeaderLine,
    /// A header name outside `[A-Za-z0-9-]`. RFC 9110 section 5.1 allows more; `_` and `.` are how gateways let one
    /// header pass for another.
    HeaderName,
    /// A header of which text is wanted has bytes outside ASCII (RFC 9110 section 5.5).
    HeaderNotText,
    /// A head above [`Limits::head_bytes`](super::Limits) (RFC 6585 section 5).
    HeadTooLarge,
    /// A `Host` that is no name or address with a port (RFC 9112 section 3.2, RFC 3986 section 3.2.2).
    Host,
    /// The bytes with which HTTP/2 begins (RFC 9113 section 3.4).
    Http2Preface,
    /// `Content-Length` beside `Transfer-Encoding`. RFC 9112 section 6.3 lets the second override the first: two
    /// readings are how requests are smuggled.
    LengthAndEncoding,
    /// A list as `Content-Length`, even of equal numbers (RFC 9112 section 6.3).
    LengthList,
    /// A `Content-Length` that is not all digits, without a leading zero (RFC 9110 section 8.6).
    LengthNotNumber,
    /// A `Content-Length` above 64 bits (RFC 9110 section 8.6).
    LengthOverflow,
    /// A method that is not 1 to 32 of `[A-Z-]`. RFC 9110 section 9.1 allows any token.
    Method,
    /// No `Host` on HTTP/1.1 (RFC 9112 section 3.2).
    MissingHost,
    /// A header line that goes on on the next one (RFC 9112 section 5.2).
    ObsoleteFold,
    /// `%` in the target without two hexadecimal digits (RFC 3986 section 2.1).
    PercentEncoding,
    /// A request line that is not three words with one space between them (RFC 9112 section 3).
    RequestLine,
    /// A path segment that is `.` or `..`, or that decodes to something with `/`, `\` or a control character in it,
    /// or to no UTF-8 (RFC 3986 sections 3.3 and 7.3).
    Segment,
    /// White space between a header name and its colon (RFC 9112 section 5.1).
    SpaceBeforeColon,
    /// Something that our rules passed and `httparse` did not.
    Syntax,
    /// A character that has no place in a target (RFC 3986 section 3.3).
    TargetCharacter,
    /// A byte outside ASCII in the target (RFC 3986 section 2).
    TargetNotAscii,
    /// A target above [`Limits::target_bytes`](super::Limits) (RFC 9110 section 15.5.15).
    TargetTooLong,
    /// A TLS `ClientHello` where HTTP belongs (RFC 8446 section 5.1).
    TlsClientHello,
    /// More header lines than [`Limits::headers`](super::Limits) (RFC 6585 section 5).
    TooManyHeaders,
    /// A trailer section, which may be dropped (RFC 9112 section 7.1.2), so here nobody can depend on one.
    Trailer,
    /// `Transfer-Encoding` other than `chunked`, once and in lower case (RFC 9112 section 6.1).
    TransferEncoding,
    /// A version of HTTP other than 1.0 and 1.1 (RFC 9110 section 15.6.6).
    UnsupportedVersion,
    /// A version that is not `HTTP/`, a digit, `.` and a digit (RFC 9112 section 2.3).
    Version,
}

impl WireError {
    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::BodyTooLarge => Status::PayloadTooLarge,
            Self::TargetTooLong => Status::UriTooLong,
            Self::Expectation => Status::ExpectationFailed,
            Self::HeadTooLarge | Self::TooManyHeaders => Status::HeadTooLarge,
            Self::TransferEncoding => Status::NotImplemented,
            Self::Http2Preface | Self::UnsupportedVersion => Status::VersionNotSupported,
            Self::AbsoluteTarget
            | Self::AsteriskTarget
            | Self::AuthorityTarget
            | Self::BareCr
            | Self::BareLf
            | Self::ChunkEnd
            | Self::ChunkExtension
            | Self::ChunkLineEnd
            | Self::ChunkSize
            | Self::ConnectionOption
            | Self::ControlCharacter
            | Self::DuplicateHeader
            | Self::DuplicateHost
            | Self::DuplicateLength
            | Self::EmptyHeaderName
            | Self::EmptyLineFirst
            | Self::EncodingOnHttp10
            | Self::FragmentInTarget
            | Self::HeaderLine
            | Self::HeaderName
            | Self::HeaderNotText
            | Self::Host
            | Self::LengthAndEncoding
            | Self::LengthList
            | Self::LengthNotNumber
            | Self::LengthOverflow
            | Self::Method
            | Self::MissingHost
            | Self::ObsoleteFold
            | Self::PercentEncoding
            | Self::RequestLine
            | Self::Segment
            | Self::SpaceBeforeColon
            | Self::Syntax
            | Self::TargetCharacter
            | Self::TargetNotAscii
            | Self::TlsClientHello
            | Self::Trailer
            | Self::Version => Status::BadRequest,
        }
    }

    /// The problem code of the answer.
    #[must_use]
    pub const fn problem(self) -> Code {
        match self {
            Self::BodyTooLarge => Code::PayloadTooLarge,
            _ => Code::MalformedRequest,
        }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::AbsoluteTarget => "a target in absolute form",
            Self::AsteriskTarget => "* as target",
            Self::AuthorityTarget => "a target that does not begin with /",
            Self::BareCr => "CR without LF",
            Self::BareLf => "LF without CR",
            Self::BodyTooLarge => "a body above the limit",
            Self::ChunkEnd => "chunk data without CRLF behind it",
            Self::ChunkExtension => "a chunk extension",
            Self::ChunkLineEnd => "a line of the chunked coding without CRLF",
            Self::ChunkSize => "a chunk size that is not one to eight hexadecimal digits",
            Self::ConnectionOption => "a Connection option that is no token",
            Self::ControlCharacter => "a control character in the head",
            Self::DuplicateHeader => "a second line of a header that has one value",
            Self::DuplicateHost => "a second Host",
            Self::DuplicateLength => "a second Content-Length",
            Self::EmptyHeaderName => "a header without a name",
            Self::EmptyLineFirst => "an empty line before the request",
            Self::EncodingOnHttp10 => "Transfer-Encoding on HTTP/1.0",
            Self::Expectation => "an expectation other than 100-continue",
            Self::FragmentInTarget => "a fragment in the target",
            Self::HeaderLine => "a header line without a colon",
            Self::HeaderName => "a header name outside [A-Za-z0-9-]",
            Self::HeaderNotText => "a header that is not ASCII",
            Self::HeadTooLarge => "a head above the limit",
            Self::Host => "a Host that is no name or address",
            Self::Http2Preface => "HTTP/2 where HTTP/1.1 belongs",
            Self::LengthAndEncoding => "Content-Length beside Transfer-Encoding",
            Self::LengthList => "a list as Content-Length",
            Self::LengthNotNumber => "a Content-Length that is no number",
            Self::LengthOverflow => "a Content-Length above 64 bits",
            Self::Method => "a method that is not 1 to 32 of [A-Z-]",
            Self::MissingHost => "no Host",
            Self::ObsoleteFold => "a header line that goes on on the next",
            Self::PercentEncoding => "% without two hexadecimal digits in the target",
            Self::RequestLine => "a request line that is not three words",
            Self::Segment => "a path segment that could lead elsewhere",
            Self::SpaceBeforeColon => "white space before a header's colon",
            Self::Syntax => "not HTTP",
            Self::TargetCharacter => "a character that has no place in a target",
            Self::TargetNotAscii => "a target that is not ASCII",
            Self::TargetTooLong => "a target above the limit",
            Self::TlsClientHello => "TLS where HTTP belongs",
            Self::TooManyHeaders => "more header lines than the limit",
            Self::Trailer => "a trailer section",
            Self::TransferEncoding => "a transfer coding other than chunked",
            Self::UnsupportedVersion => "a version of HTTP other than 1.0 and 1.1",
            Self::Version => "no version of HTTP",
        })
    }
}

impl std::error::Error for WireError {}
