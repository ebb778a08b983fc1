//! Other protocols on our port, and what a client may ask of the connection.

use trust_service::wire::Status;
use trust_service::wire::error::WireError;

use crate::{accepted, refused, refused_with, status};

fn keeps_alive(lines: &str) -> bool {
    accepted(format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n").as_bytes()).keep_alive
}

/// RFC 9113 section 3.4: HTTP/2 begins with a request that no HTTP/1.1 server takes.
#[test]
fn the_preface_of_http_2_is_named() {
    assert_eq!(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), WireError::Http2Preface);
    assert_eq!(status(WireError::Http2Preface).0, Status::VersionNotSupported);
}

/// RFC 8446 section 5.1: a TLS record of the type handshake begins with 22 and 3.
#[test]
fn a_client_hello_is_named() {
    assert_eq!(refused([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]), WireError::TlsClientHello);
    assert_eq!(refused([0x16, b'G']), WireError::ControlCharacter);
}

/// RFC 9110 section 10.1.1: an expectation that cannot be met is answered with 417.
#[test]
fn an_unknown_expectation_is_refused() {
    for lines in [
        "Expect: 200-ok\r\n",
        "Expect:\r\n",
        "Expect: 100-continue, x\r\n",
        "Expect: 100-continue\r\nExpect: 100-continue\r\n",
    ] {
        assert_eq!(refused_with(lines), WireError::Expectation);
    }
    assert_eq!(status(WireError::Expectation), (Status::ExpectationFailed, "malformed-request"));
}

/// RFC 9110 section 7.6.1: `Connection` is a list, over all its lines; its options do not differ by case.
#[test]
fn close_is_found_wherever_it_stands_in_the_list() {
    for lines in [
        "Connection: close\r\n",
        "connection: CLOSE\r\n",
        "Connection: keep-alive, close\r\n",
        "Connection: ,\tx ,close,\r\n",
        "Connection: keep-alive\r\nConnection: close\r\n",
    ] {
        assert!(!keeps_alive(lines), "{lines}");
    }
    for lines in ["", "Connection: keep-alive\r\n", "Connection: closed\r\n", "Connection:\r\n"] {
        assert!(keeps_alive(lines), "{lines}");
    }
}

/// RFC 9110 section 7.6.1: each option is a token.
#[test]
fn an_option_that_is_no_token_is_refused() {
    for value in ["clo se", "\"close\"", "close;x", "clos\u{e9}"] {
        let error = refused_with(&format!("Connection: {value}\r\n"));
        assert_eq!(error, WireError::ConnectionOption, "{value}");
    }
}

/// RFC 9110 section 7.8: a server may ignore `Upgrade`. Behind a proxy that did not, "h2c" tunnelled past its rules.
#[test]
fn an_upgrade_is_passed_over() {
    assert!(keeps_alive("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"));
}

/// RFC 9112 section 9.3: with HTTP/1.0 a connection closes, unless `keep-alive` is honoured, which we do not.
#[test]
fn http_1_0_closes_even_where_it_asks_for_more() {
    assert!(!accepted(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}
