//! Text forms of bytes: hexadecimal, base64 and PEM.
//!
//! PEM is read as real files carry it: text between blocks is passed over, line lengths and line ends
//! do not matter, and a broken block is an error of its own that does not hide its neighbours.

pub mod scan;

use std::fmt;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};

/// `bytes` in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The bytes of a hexadecimal text in either case, or none.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()
}

/// `bytes` in base64 (RFC 4648 section 4) on one line.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// The bytes of a base64 text with padding; white space in it is passed over.
#[must_use]
pub fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    if text.iter().any(u8::is_ascii_whitespace) {
        let dense: Vec<u8> =
            text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        BASE64.decode(&dense).ok()
    } else {
        BASE64.decode(text).ok()
    }
}

/// `bytes` in base64url without padding (RFC 4648 section 5, RFC 7515 section 2).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// The bytes of a base64url text without padding, in the one way in which they are written: bits left over at the end
/// are zero, and nothing else stands between.
#[must_use]
pub fn from_base64url(text: &[u8]) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text).ok()
}

/// One block of a PEM file (RFC 7468).
#[derive(Debug, Eq, PartialEq)]
pub struct PemBlock<'a> {
    /// What stands after `BEGIN`, such as `CERTIFICATE`.
    pub label: &'a str,
    /// The decoded content.
    pub bytes: Vec<u8>,
}

/// Why a PEM block cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PemError {
    /// What stands between the lines is not base64.
    Base64,
    /// The block has no `END` line of its label.
    Unfinished,
}

impl fmt::Display for PemError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Base64 => "a PEM block whose content is not base64",
            Self::Unfinished => "a PEM block without its END line: the text is cut short",
        })
    }
}

impl std::error::Error for PemError {}

/// Whether `bytes` hold a PEM block.
#[must_use]
pub fn is_pem(bytes: &[u8]) -> bool {
    find(bytes, BEGIN).is_some()
}

/// The blocks of a PEM text, in order.
pub fn pem_blocks(text: &[u8]) -> impl Iterator<Item = Result<PemBlock<'_>, PemError>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, after) = split(rest, BEGIN)?;
        let Some((label, body)) = split(after, DASHES) else {
            rest = &[];
            return Some(Err(PemError::Unfinished));
        };
        let block = split(body, END).and_then(|(content, tail)| {
            let (end_label, tail) = split(tail, DASHES)?;
            (end_label == label).then_some((content, tail))
        });
        let Some((content, tail)) = block else {
            // What follows may still be whole: go on behind the broken line.
            rest = body;
            return Some(Err(PemError::Unfinished));
        };
        rest = tail;
        let label = std::str::from_utf8(label).unwrap_or("?");
        Some(from_base64(content).map(|bytes| PemBlock { label, bytes }).ok_or(PemError::Base64))
    })
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0_usize;
    loop {
        let tail = haystack.get(from..)?;
        let at = from.checked_add(tail.iter().position(|byte| *byte == first)?)?;
        if haystack.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at.checked_add(1)?;
    }
}

/// What stands before `mark`, and what stands after it.
fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (before, after) = bytes.split_at_checked(find(bytes, mark)?)?;
    Some((before, after.get(mark.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<Result<(String, Vec<u8>), PemError>> {
        pem_blocks(text.as_bytes())
            .map(|block| block.map(|block| (block.label.to_owned(), block.bytes)))
            .collect()
    }

    #[test]
    fn reads_blocks_between_other_text_and_any_line_ends() {
        let text = "subject=C = DE\r\n-----BEGIN CERTIFICATE-----\r\nAQ\r\nID\r\n-----END CERTIFICATE-----\r\n\n-----BEGIN X509 CRL-----\nBAU=\n-----END X509 CRL-----";
        assert_eq!(
            blocks(text),
            [
                Ok(("CERTIFICATE".to_owned(), vec![1, 2, 3])),
                Ok(("X509 CRL".to_owned(), vec![4, 5]))
            ]
        );
    }

    #[test]
    fn a_broken_block_does_not_hide_the_next() {
        let text = "-----BEGIN A-----\n!!!!\n-----END A-----\n-----BEGIN B-----\nAQ==\n-----END C-----\n-----BEGIN D-----\nAQ==\n-----END D-----";
        assert_eq!(
            blocks(text),
            [Err(PemError::Base64), Err(PemError::Unfinished), Ok(("D".to_owned(), vec![1]))]
        );
    }

    #[test]
    fn a_text_cut_short_is_said_to_be() {
        assert_eq!(blocks("-----BEGIN A-----\nAQ=="), [Err(PemError::Unfinished)]);
        assert_eq!(blocks("-----BEGIN A"), [Err(PemError::Unfinished)]);
        assert!(blocks("no block at all").is_empty());
    }

    #[test]
    fn base64url_is_read_in_the_one_way_in_which_it_is_written() {
        assert_eq!(from_base64url(b"-_8"), Some(vec![0xFB, 0xFF]));
        assert_eq!(base64url(&[0xFB, 0xFF]), "-_8");
        for bad in ["-_9", "-_8=", "+/8", "-_8\n", "-", " -_8", "-_8."] {
            assert_eq!(from_base64url(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn hex_takes_either_case_and_nothing_else() {
        assert_eq!(from_hex("00fFa1"), Some(vec![0, 255, 161]));
        assert_eq!(hex(&[0, 255, 161]), "00ffa1");
        assert_eq!(from_hex("0"), None);
        assert_eq!(from_hex("0g"), None);
    }
}
