//! The chunked coding: sizes, data, an end, and nothing between.

use trust_service::wire::body::{Decoder, Progress};
use trust_service::wire::error::WireError;
use trust_service::wire::request::BodyKind;

fn read(bytes: &[u8]) -> Result<Progress, WireError> {
    Decoder::new(BodyKind::Chunked, 100).unwrap().decode(bytes, &mut |_| ())
}

fn refused(bytes: impl AsRef<[u8]>) -> WireError {
    read(bytes.as_ref()).unwrap_err()
}

/// RFC 9112 section 7.1: a chunk size is hexadecimal digits, and a recipient must prevent overflow.
#[test]
fn a_size_that_is_not_one_to_eight_hexadecimal_digits_is_refused() {
    for size in [
        "",
        "x",
        "g",
        "0x5",
        "0X5",
        "-1",
        "+5",
        " 5",
        "5 ",
        "5\t",
        "5_0",
        "\"5\"",
        "000000005",
        "100000000",
        "ffffffffffffffff",
        "10000000000000005",
    ] {
        assert_eq!(refused(format!("{size}\r\nabcde\r\n")), WireError::ChunkSize, "{size}");
    }
}

/// RFC 9112 section 7.1.1: unknown extensions are to be ignored. Parsers differ over where they end; none is sent.
#[test]
fn a_chunk_extension_is_refused() {
    for line in ["1;a", "1;a=b", "1;", "1;a=\"\r\n\"", "0;a", "1;\n"] {
        assert_eq!(refused(format!("{line}\r\nx\r\n")), WireError::ChunkExtension, "{line}");
    }
}

/// RFC 9112 section 7.1.2: trailers come after the last chunk. They could bring a header past whoever checked it.
#[test]
fn a_trailer_is_refused() {
    for trailer in ["X: y\r\n", "Authorization: Bearer x\r\n", " \r\n", "GET / HTTP/1.1\r\n"] {
        assert_eq!(refused(format!("0\r\n{trailer}\r\n")), WireError::Trailer, "{trailer}");
    }
}

/// RFC 9112 section 7.1: each line of the coding ends in CRLF. LF alone made proxies and servers differ.
#[test]
fn lines_that_do_not_end_in_crlf_are_refused() {
    for bytes in ["1\nx\r\n", "1\rx\r\n", "1\r\rx\r\n", "0\n\r\n", "0\r\n\n", "0\r\n\rx"] {
        assert_eq!(refused(bytes), WireError::ChunkLineEnd, "{bytes:?}");
    }
}

/// RFC 9112 section 7.1: the data is as long as its size says, and CRLF follows.
#[test]
fn data_that_is_longer_or_shorter_than_its_size_is_refused() {
    for bytes in ["1\r\nab\r\n", "3\r\nab\r\n0\r\n\r\n", "1\r\nx\n", "1\r\nx\rx", "1\r\nx0\r\n"] {
        assert_eq!(refused(bytes), WireError::ChunkEnd, "{bytes:?}");
    }
}

/// RFC 9110 section 15.5.14: a body without a length has its limit too, over all chunks.
#[test]
fn chunks_that_are_too_large_in_all_are_refused() {
    assert_eq!(refused("65\r\n"), WireError::BodyTooLarge);
    assert_eq!(refused("1\r\nx\r\n".repeat(101)), WireError::BodyTooLarge);
    assert_eq!(read("1\r\nx\r\n".repeat(100).as_bytes()).unwrap().used, 600);
}

/// RFC 9112 section 9.3.2: what follows a body is the next request.
#[test]
fn nothing_behind_the_end_is_taken() {
    let progress = read(b"1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n").unwrap();
    assert_eq!(progress, Progress { used: 11, done: true });
}
