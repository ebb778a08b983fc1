//! Requests that are too large: refused before they have cost more than their limit.

use trust_service::wire::Status;
use trust_service::wire::error::WireError;

use crate::{refused, refused_with, status};

/// RFC 6585 section 5: 431 where header lines are too many.
#[test]
fn too_many_headers_are_refused() {
    assert_eq!(refused_with(&"A: b\r\n".repeat(64)), WireError::TooManyHeaders);
    assert_eq!(status(WireError::TooManyHeaders), (Status::HeadTooLarge, "malformed-request"));
}

/// RFC 6585 section 5: 431 where header lines are too large in all, ended or not.
#[test]
fn a_head_that_is_too_large_is_refused() {
    let value = "a".repeat(8 * 1024);
    assert_eq!(refused_with(&format!("A: {value}\r\n")), WireError::HeadTooLarge);
    assert_eq!(refused("A".repeat(8 * 1024)), WireError::HeadTooLarge);
    assert_eq!(status(WireError::HeadTooLarge).0, Status::HeadTooLarge);
}

/// RFC 9110 section 15.5.15: 414 where the target is too long.
#[test]
fn a_target_that_is_too_long_is_refused() {
    let target = "a".repeat(4096);
    assert_eq!(refused(format!("GET /{target} HTTP/1.1\r\n")), WireError::TargetTooLong);
    assert_eq!(refused(format!("GET /{target}")), WireError::TargetTooLong);
    assert_eq!(status(WireError::TargetTooLong), (Status::UriTooLong, "malformed-request"));
}

/// RFC 9110 section 15.5.14: 413 where the body is too large, told from the head alone.
#[test]
fn a_body_that_will_be_too_large_is_refused_before_a_byte_of_it_is_there() {
    assert_eq!(refused_with("Content-Length: 10485761\r\n"), WireError::BodyTooLarge);
    let error = refused_with("Content-Length: 10485761\r\nExpect: 100-continue\r\n");
    assert_eq!(error, WireError::BodyTooLarge);
    assert_eq!(status(WireError::BodyTooLarge), (Status::PayloadTooLarge, "payload-too-large"));
}
