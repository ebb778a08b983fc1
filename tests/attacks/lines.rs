//! Lines: CRLF and nothing else, one header each, three words in the first.

use trust_service::wire::Status;
use trust_service::wire::error::WireError;

use crate::{refused, refused_with, status};

/// RFC 9112 section 2.2: a recipient may take LF alone for a line's end. One that does not sees another message.
#[test]
fn a_line_that_ends_in_lf_alone_is_refused() {
    assert_eq!(refused("GET / HTTP/1.1\nHost: a\r\n\r\n"), WireError::BareLf);
    assert_eq!(refused("GET / HTTP/1.1\r\nHost: a\n\r\n"), WireError::BareLf);
    assert_eq!(refused("GET / HTTP/1.1\r\nHost: a\r\n\n"), WireError::BareLf);
    assert_eq!(refused_with("X: a\nTransfer-Encoding: chunked\r\n"), WireError::BareLf);
}

/// RFC 9112 section 2.2: CR without LF makes an element invalid.
#[test]
fn a_bare_cr_is_refused() {
    assert_eq!(refused("GET / HTTP/1.1\rHost: a\r\n\r\n"), WireError::BareCr);
    assert_eq!(refused("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"), WireError::BareCr);
    assert_eq!(refused_with("X: a\rContent-Length: 5\r\n"), WireError::BareCr);
    assert_eq!(refused_with("X: a\r\r\n"), WireError::BareCr);
}

/// RFC 9112 section 5.2: a server refuses a folded line with 400, or replaces the fold; we refuse.
#[test]
fn a_folded_line_is_refused() {
    for fold in [" chunked", "\tchunked", " ", "\t", " X: y"] {
        let error = refused_with(&format!("Transfer-Encoding:\r\n{fold}\r\n"));
        assert_eq!(error, WireError::ObsoleteFold, "{fold:?}");
    }
}

/// RFC 9112 section 2.2: white space between the request line and the first header is refused, or passed over.
#[test]
fn white_space_before_the_first_header_is_refused() {
    let bytes = "GET / HTTP/1.1\r\n Host: a\r\nHost: b\r\n\r\n";
    assert_eq!(refused(bytes), WireError::ObsoleteFold);
}

/// RFC 9110 section 5.5: CR, LF and NUL in a value are dangerous; other controls are invalid too.
#[test]
fn nul_and_control_characters_in_values_are_refused() {
    for byte in (0_u8..=0x1F).chain([0x7F]).filter(|byte| !b"\t\r\n".contains(byte)) {
        let error = refused_with(&format!("X: a{}b\r\n", char::from(byte)));
        assert_eq!(error, WireError::ControlCharacter, "{byte:#x}");
    }
}

/// RFC 9112 section 2.2: a server ought to pass over one empty line before a request. Nobody sends it any more.
#[test]
fn an_empty_line_before_the_request_is_refused() {
    assert_eq!(refused("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), WireError::EmptyLineFirst);
    assert_eq!(refused("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), WireError::BareLf);
}

/// RFC 9112 section 3: three words with one space between; other white space may be taken for one, but not by us.
#[test]
fn a_request_line_is_three_words() {
    for line in [
        "GET /",
        "GET",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        " GET / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET / a HTTP/1.1",
        "GET\t/\tHTTP/1.1",
        " ",
    ] {
        let error = refused(format!("{line}\r\nHost: a\r\n\r\n"));
        assert_eq!(error, WireError::RequestLine, "{line}");
    }
}

/// RFC 9110 section 9.1: a method is a token, and differs by case.
#[test]
fn a_method_is_capital_letters() {
    for method in ["get", "GEt", "G(T", "GET:", "\"GET\"", "\t", "É", &"A".repeat(33)] {
        let error = refused(format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(error, WireError::Method, "{method}");
    }
}

/// RFC 9112 section 2.3: `HTTP/`, in capitals, a digit, a dot and a digit.
#[test]
fn something_else_than_a_version_is_refused() {
    for version in ["http/1.1", "HTTP/1", "HTTP/1.", "HTTP/1.10", "HTTP/11", "HTTP/+1.1", "ICY/1.1"]
    {
        let error = refused(format!("GET / {version}\r\nHost: a\r\n\r\n"));
        assert_eq!(error, WireError::Version, "{version}");
    }
}

/// RFC 9110 section 15.6.6: a major version that is not supported is answered with 505.
#[test]
fn other_versions_are_refused_as_such() {
    for version in ["HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3.0"] {
        let error = refused(format!("GET / {version}\r\nHost: a\r\n\r\n"));
        assert_eq!(error, WireError::UnsupportedVersion, "{version}");
    }
    assert_eq!(status(WireError::UnsupportedVersion).0, Status::VersionNotSupported);
}
