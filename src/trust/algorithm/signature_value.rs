//! Reads an ECDSA signature strictly, so that each signature has exactly one encoding.

/// The integers of `ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 section 2.2.3),
/// big-endian without leading zeros. Zero is an empty slice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct EcdsaValue<'a> {
    pub(super) r: &'a [u8],
    pub(super) s: &'a [u8],
}

impl<'a> EcdsaValue<'a> {
    /// Reads DER (X.690 section 10): lengths in their shortest form, integers in their shortest form
    /// and not negative, nothing after the sequence or after `s`. `None` otherwise.
    pub(super) fn from_der(der: &'a [u8]) -> Option<Self> {
        let (content, rest) = element(SEQUENCE, der)?;
        let (r, after_r) = element(INTEGER, content)?;
        let (s, after_s) = element(INTEGER, after_r)?;
        if !rest.is_empty() || !after_s.is_empty() {
            return None;
        }
        Some(Self { r: magnitude(r)?, s: magnitude(s)? })
    }
}

/// Splits one element with this tag off the front: its content, and what follows it.
///
/// Two octets of length are never needed: the longest signature, of P-521, has 139 bytes.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    match der {
        [found, length @ 0..=0x7F, rest @ ..] if *found == tag => {
            rest.split_at_checked(usize::from(*length))
        }
        [found, 0x81, length @ 0x80..=0xFF, rest @ ..] if *found == tag => {
            rest.split_at_checked(usize::from(*length))
        }
        _ => None,
    }
}

/// The value of an INTEGER that is not negative and has no superfluous octet (X.690 section 8.3.2).
fn magnitude(content: &[u8]) -> Option<&[u8]> {
    match content {
        [0] => Some(&[]),
        [0, 0x80..=0xFF, ..] => content.get(1..),
        [0x01..=0x7F, ..] => Some(content),
        _ => None,
    }
}

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
