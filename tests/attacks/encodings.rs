//! `Transfer-Encoding`: `chunked`, once, on HTTP/1.1.

use trust_service::wire::Status;
use trust_service::wire::error::WireError;
use trust_service::wire::request::BodyKind;

use crate::{accepted, refused, refused_with, status};

/// RFC 9112 section 6.1: a coding that the server does not understand is answered with 501.
#[test]
fn a_coding_other_than_chunked_is_refused() {
    for value in [
        "",
        "gzip",
        "identity",
        "gzip, chunked",
        "chunked, gzip",
        "xchunked",
        "chunkedx",
        "chunked;q=1",
        "\"chunked\"",
        "chunked,",
        ",chunked",
        "chunked identity",
        "'chunked'",
    ] {
        let error = refused_with(&format!("Transfer-Encoding: {value}\r\n"));
        assert_eq!(error, WireError::TransferEncoding, "{value}");
    }
    assert_eq!(status(WireError::TransferEncoding), (Status::NotImplemented, "malformed-request"));
}

/// RFC 9112 section 7: names of codings do not differ by case. Every client writes it low, and proxies differ.
#[test]
fn chunked_in_another_case_is_refused() {
    for value in ["Chunked", "CHUNKED", "chunKed"] {
        let error = refused_with(&format!("Transfer-Encoding: {value}\r\n"));
        assert_eq!(error, WireError::TransferEncoding);
    }
}

/// RFC 9112 section 6.1: a sender must not apply the chunked coding more than once.
#[test]
fn chunked_twice_is_refused_in_one_line_or_two() {
    for lines in [
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-encoding: identity\r\n",
    ] {
        assert_eq!(refused_with(lines), WireError::TransferEncoding);
    }
}

/// RFC 9112 section 6.1: a transfer coding in HTTP/1.0 is a faulty message, and its connection closes.
#[test]
fn chunked_on_http_1_0_is_refused() {
    let bytes = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(refused(bytes), WireError::EncodingOnHttp10);
}

/// RFC 9112 section 5.1 allows white space around a value, but no other character; vertical tab hid it from some.
#[test]
fn chunked_behind_a_hidden_character_is_refused() {
    assert_eq!(refused_with("Transfer-Encoding:\x0bchunked\r\n"), WireError::ControlCharacter);
    assert_eq!(refused_with("Transfer-Encoding: \u{a0}chunked\r\n"), WireError::TransferEncoding);
    let head = accepted(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\t chunked \t\r\n\r\n");
    assert_eq!(head.body, BodyKind::Chunked);
}
