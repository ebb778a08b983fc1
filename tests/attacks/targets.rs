//! Targets: an origin-form path and query, that a gate cannot read in another way.

use trust_service::wire::error::WireError;

use crate::{accepted, refused};

fn refused_target(target: &str) -> WireError {
    refused(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"))
}

/// RFC 9112 section 3.2.2: the absolute form is for proxies, and its authority overrides `Host`.
#[test]
fn the_absolute_form_is_refused() {
    for target in ["http://b/", "https://b:1/v1", "HTTP://b"] {
        assert_eq!(refused_target(target), WireError::AbsoluteTarget, "{target}");
    }
}

/// RFC 9112 section 3.2.3: the authority form is for `CONNECT`, which we do not have.
#[test]
fn the_authority_form_is_refused() {
    assert_eq!(refused("CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\n"), WireError::AuthorityTarget);
    for target in ["b:443", "v1/trust", "@b", "?x", "\\v1", "%2Fv1", "#x"] {
        assert_eq!(refused_target(target), WireError::AuthorityTarget, "{target}");
    }
}

/// RFC 9112 section 3.2.4: the asterisk form is for `OPTIONS` of the whole server.
#[test]
fn the_asterisk_form_is_refused() {
    assert_eq!(refused_target("*"), WireError::AsteriskTarget);
    assert_eq!(refused("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), WireError::AsteriskTarget);
}

/// RFC 9110 section 4.2.5: a fragment is not sent. Who cuts it off sees another path than who does not.
#[test]
fn a_fragment_is_refused() {
    for target in ["/#", "/v1#/../x", "/?a#b"] {
        assert_eq!(refused_target(target), WireError::FragmentInTarget, "{target}");
    }
}

/// RFC 3986 section 2.1: `%` and two hexadecimal digits.
#[test]
fn invalid_percent_encoding_is_refused() {
    for target in ["/%", "/%2", "/%zz", "/%2g", "/%%41", "/%u0041", "/?a=%"] {
        assert_eq!(refused_target(target), WireError::PercentEncoding, "{target}");
    }
}

/// RFC 3986 section 2: a URI is ASCII; the rest is percent-encoded.
#[test]
fn a_target_that_is_not_ascii_is_refused() {
    assert_eq!(refused_target("/é"), WireError::TargetNotAscii);
    assert_eq!(refused(b"GET /\xFF HTTP/1.1\r\n"), WireError::TargetNotAscii);
}

/// RFC 3986 section 3.3: what is no `pchar` has no place in a path. Browsers read `\` as `/`.
#[test]
fn characters_without_a_place_in_a_target_are_refused() {
    for target in ["/a\\..\\b", "/<x>", "/\"", "/{x}", "/a|b", "/^", "/`", "/[x]", "/a\tb"] {
        assert_eq!(refused_target(target), WireError::TargetCharacter, "{target}");
    }
}

/// RFC 3986 section 5.2.4: dot segments climb. Whoever normalises first sees another resource.
#[test]
fn a_path_that_climbs_is_refused_however_it_is_written() {
    for path in [
        "/v1/../admin",
        "/v1/%2e%2e/admin",
        "/v1/.%2E/admin",
        "/v1/./x",
        "/v1/..%2fadmin",
        "/v1/..%5cadmin",
        "/v1/%2e%2e%2fadmin",
        "/v1/x%00.json",
        "/v1/%c0%ae%c0%ae/admin",
        "/v1/a%0d%0aX:%20y",
    ] {
        let bytes = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        let head = accepted(bytes.as_bytes());
        let decoded: Result<Vec<_>, _> = head.target.segments().collect();
        assert_eq!(decoded, Err(WireError::Segment), "{path}");
    }
}

/// RFC 3986 section 2.4: decoded once and never again.
#[test]
fn a_segment_is_decoded_once() {
    let head = accepted(b"GET /%252e%252e/%252F HTTP/1.1\r\nHost: a\r\n\r\n");
    let decoded: Result<Vec<_>, _> = head.target.segments().collect();
    assert_eq!(decoded.unwrap(), ["%2e%2e", "%2F"]);
}
