//! Names that pass for others, and the one header that every request must have.

use trust_service::wire::error::WireError;

use crate::{accepted, refused, refused_with};

/// RFC 9112 section 5.1: white space between name and colon is refused with 400; it has led to smuggling.
#[test]
fn white_space_before_the_colon_is_refused() {
    for line in ["Content-Length : 5", "Transfer-Encoding\t: chunked", "X  : y"] {
        assert_eq!(refused_with(&format!("{line}\r\n")), WireError::SpaceBeforeColon, "{line}");
    }
}

/// RFC 9112 section 5: a header line has a name.
#[test]
fn a_header_without_a_name_is_refused() {
    assert_eq!(refused_with(": chunked\r\n"), WireError::EmptyHeaderName);
    assert_eq!(refused_with(":\r\n"), WireError::EmptyHeaderName);
}

/// RFC 9112 section 5: a header line has a colon.
#[test]
fn a_line_without_a_colon_is_refused() {
    assert_eq!(refused_with("Transfer-Encoding\r\n"), WireError::HeaderLine);
    assert_eq!(refused_with("GET / HTTP/1.1\r\n"), WireError::HeaderLine);
}

/// RFC 9110 section 5.1: a name is a token. CGI maps `_` and `-` to one, so one passed for the other behind a gate.
#[test]
fn names_that_others_read_as_another_name_are_refused() {
    for name in [
        "X_API_Key",
        "X.API.Key",
        "Transfer_Encoding",
        "Content Length",
        "Content-Length\0",
        "X(y)",
        "X/Y",
        "\"X\"",
        "Ünï",
        "X~",
        "X+Y",
        "X!",
        "X'",
        "X|",
    ] {
        let error = refused_with(&format!("{name}: a\r\n"));
        let wanted =
            if name.ends_with('\0') { WireError::ControlCharacter } else { WireError::HeaderName };
        assert_eq!(error, wanted, "{name}");
    }
    let head = b"GET / HTTP/1.1\r\nHost: a\r\nX\xFFY: a\r\n\r\n";
    assert_eq!(refused(head), WireError::HeaderName);
}

/// RFC 9112 section 3.2: a request of HTTP/1.1 without `Host` is answered with 400.
#[test]
fn a_missing_host_is_refused_on_http_1_1_alone() {
    assert_eq!(refused("GET / HTTP/1.1\r\n\r\n"), WireError::MissingHost);
    assert!(accepted(b"GET / HTTP/1.0\r\n\r\n").headers.is_empty());
}

/// RFC 9112 section 3.2: more than one `Host` is answered with 400.
#[test]
fn a_second_host_is_refused_even_if_equal() {
    for version in ["HTTP/1.0", "HTTP/1.1"] {
        let error = refused(format!("GET / {version}\r\nHost: a\r\nhOST: a\r\n\r\n"));
        assert_eq!(error, WireError::DuplicateHost);
    }
}

/// RFC 9112 section 3.2: an invalid `Host` is answered with 400. It ends up in links and cache keys.
#[test]
fn a_host_that_is_no_name_or_address_is_refused() {
    for host in [
        "",
        "a b",
        "a/b",
        "a@b",
        "user@a:1",
        "a?b",
        "a#b",
        "a,b",
        "a:",
        "a:b",
        "a:-1",
        "a:+1",
        "a:65536",
        "a:1:2",
        ":80",
        "[::1",
        "::1",
        "[]",
        "[a]",
        "[::1]x",
        "[::1]:x",
        "[::1%eth0]",
        "a%2fb",
        "<a>",
        "é",
        "a\tb",
        "http://a",
    ] {
        let error = refused(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(error, WireError::Host, "{host}");
    }
    for host in ["a", "A.b-c_d:8443", "127.0.0.1", "[::1]", "[2001:db8::1]:65535", "a:0"] {
        accepted(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
    }
}

/// RFC 9110 section 5.3: a header that is no list stands there once. Of two keys, a gate may have checked the other.
#[test]
fn a_second_credential_is_refused_when_it_is_asked_for() {
    let head = accepted(b"GET / HTTP/1.1\r\nHost: a\r\nX-API-Key: a\r\nx-api-key: a\r\n\r\n");
    assert_eq!(head.headers.get("X-Api-Key"), Err(WireError::DuplicateHeader));
}
