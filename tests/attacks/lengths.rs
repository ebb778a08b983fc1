//! `Content-Length`: one number, said once, and nothing beside it.

use trust_service::wire::error::WireError;
use trust_service::wire::request::BodyKind;

use crate::{accepted, refused_with};

/// RFC 9112 section 6.3: a message with both is perhaps an attempt at smuggling and ought to be handled as an error.
#[test]
fn a_length_beside_a_transfer_encoding_is_refused_in_either_order() {
    for lines in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
    ] {
        assert_eq!(refused_with(lines), WireError::LengthAndEncoding);
    }
}

/// RFC 9112 section 6.3: lengths that differ cannot be recovered from. Equal ones may be taken as one; we do not.
#[test]
fn a_second_length_is_refused_even_if_equal() {
    for (first, second) in [("5", "6"), ("5", "5")] {
        let lines = format!("Content-Length: {first}\r\ncontent-length: {second}\r\n");
        assert_eq!(refused_with(&lines), WireError::DuplicateLength);
    }
}

/// RFC 9112 section 6.3: a list of one number again and again may be taken as one; we do not.
#[test]
fn a_list_of_lengths_is_refused_even_if_equal() {
    for value in ["5, 5", "5,6", "5,", ","] {
        assert_eq!(refused_with(&format!("Content-Length: {value}\r\n")), WireError::LengthList);
    }
}

/// RFC 9110 section 8.6: a length is decimal digits and nothing else.
#[test]
fn a_length_that_is_not_all_digits_is_refused() {
    for value in ["", "abc", "5a", "5 5", "5.0", "5;", "1e3", "\"5\"", "\t", "²"] {
        let lines = format!("Content-Length: {value}\r\n");
        assert_eq!(refused_with(&lines), WireError::LengthNotNumber, "{value}");
    }
}

/// RFC 9110 section 8.6: digits have no sign.
#[test]
fn a_signed_length_is_refused() {
    for value in ["+5", "-5", "-0", "+0"] {
        let lines = format!("Content-Length: {value}\r\n");
        assert_eq!(refused_with(&lines), WireError::LengthNotNumber, "{value}");
    }
}

/// RFC 9110 section 8.6: digits are decimal. A leading zero is allowed there, and octal to some; not here.
#[test]
fn a_hexadecimal_or_octal_length_is_refused() {
    for value in ["0x5", "0X5", "x5", "010", "00"] {
        let lines = format!("Content-Length: {value}\r\n");
        assert_eq!(refused_with(&lines), WireError::LengthNotNumber, "{value}");
    }
}

/// RFC 9110 section 8.6: a recipient must expect large numbers and prevent errors from overflow.
#[test]
fn a_length_that_overflows_is_refused() {
    for value in ["18446744073709551616", "99999999999999999999999999"] {
        let lines = format!("Content-Length: {value}\r\n");
        assert_eq!(refused_with(&lines), WireError::LengthOverflow, "{value}");
    }
}

/// RFC 9112 section 6.3: without either header a request has no body.
#[test]
fn a_request_without_a_length_has_no_body() {
    let head = accepted(b"POST / HTTP/1.1\r\nHost: a\r\n\r\nabc");
    assert_eq!(head.body, BodyKind::None);
    let head = accepted(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \t 0 \r\n\r\n");
    assert_eq!(head.body, BodyKind::Length(0));
}
