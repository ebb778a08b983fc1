//! Writes DER (X.690): each function gives one complete element.
//!
//! Nothing here knows certificates. Tag numbers are at most 30, so a tag is one byte.

use crate::clock::UnixTime;

use super::error::IssueError;

/// `SEQUENCE` of elements that are already encoded.
pub fn sequence<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Vec<u8> {
    let content: Vec<u8> = parts.into_iter().flat_map(|part| part.as_ref().to_vec()).collect();
    element(0x30, &content)
}

/// `SET OF` with its elements in the order DER wants: ascending by encoding (X.690 section 11.6).
pub fn set_of<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Vec<u8> {
    let mut sorted: Vec<Vec<u8>> = parts.into_iter().map(|part| part.as_ref().to_vec()).collect();
    sorted.sort();
    element(0x31, &sorted.concat())
}

/// `INTEGER` from a number.
#[must_use]
pub fn integer(value: u64) -> Vec<u8> {
    unsigned_integer(&value.to_be_bytes())
}

/// `INTEGER` from a big-endian magnitude: leading zeros go, a sign byte comes where needed.
#[must_use]
pub fn unsigned_integer(magnitude: &[u8]) -> Vec<u8> {
    let digits = without_leading_zeros(magnitude);
    match digits.first() {
        Some(first) if *first < 0x80 => raw_integer(digits),
        _ => raw_integer(&[&[0], digits].concat()),
    }
}

/// `INTEGER` with exactly this content: may be negative, padded, or empty.
#[must_use]
pub fn raw_integer(content: &[u8]) -> Vec<u8> {
    element(0x02, content)
}

/// `OBJECT IDENTIFIER` from its dotted form.
///
/// # Errors
///
/// [`IssueError::MalformedOid`]
pub fn oid(dotted: &str) -> Result<Vec<u8>, IssueError> {
    let arcs = dotted.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>();
    let Ok([root @ 0..=2, second, rest @ ..]) = arcs.as_deref() else {
        return Err(IssueError::MalformedOid);
    };
    if *root < 2 && *second > 39 {
        return Err(IssueError::MalformedOid);
    }
    let joined = root.saturating_mul(40).checked_add(*second).ok_or(IssueError::MalformedOid)?;
    let content: Vec<u8> = [joined].iter().chain(rest).flat_map(|arc| base_128(*arc)).collect();
    Ok(element(0x06, &content))
}

/// `OCTET STRING`.
#[must_use]
pub fn octet_string(content: &[u8]) -> Vec<u8> {
    element(0x04, content)
}

/// `BIT STRING` of whole bytes.
#[must_use]
pub fn bit_string(content: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], content].concat())
}

/// `BIT STRING` of named bits, number 0 leftmost, without trailing zeros (X.690 section 11.2.2).
///
/// Bits above 15 are left out.
#[must_use]
pub fn named_bits(numbers: &[u32]) -> Vec<u8> {
    let value = numbers
        .iter()
        .filter_map(|number| 0x8000_u16.checked_shr(*number))
        .fold(0, |bits, bit| bits | bit);
    let unused = u8::try_from(value.trailing_zeros() % 8).unwrap_or_default();
    let content = match value.to_be_bytes() {
        [0, 0] => vec![0],
        [high, 0] => vec![unused, high],
        [high, low] => vec![unused, high, low],
    };
    element(0x03, &content)
}

/// `BOOLEAN`.
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    element(0x01, &[if value { 0xFF } else { 0 }])
}

/// `NULL`.
#[must_use]
pub fn null() -> Vec<u8> {
    element(0x05, &[])
}

/// `PrintableString`; the alphabet is not checked.
#[must_use]
pub fn printable(text: &str) -> Vec<u8> {
    element(0x13, text.as_bytes())
}

/// `UTF8String`.
#[must_use]
pub fn utf8(text: &str) -> Vec<u8> {
    element(0x0C, text.as_bytes())
}

/// `TeletexString`; the text goes in as it is, so keep to ASCII.
#[must_use]
pub fn teletex(text: &str) -> Vec<u8> {
    element(0x14, text.as_bytes())
}

/// `BMPString` (X.690 section 8.23.8): UTF-16, the high octet first.
#[must_use]
pub fn bmp(text: &str) -> Vec<u8> {
    let octets: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    element(0x1e, &octets)
}

/// `IA5String`; the text goes in as it is, so keep to ASCII.
#[must_use]
pub fn ia5(text: &str) -> Vec<u8> {
    element(0x16, text.as_bytes())
}

/// `UTCTime` up to 2049, `GeneralizedTime` from 2050 (RFC 5280 section 4.1.2.5).
///
/// # Errors
///
/// [`IssueError::TimeOutOfRange`]
pub fn time(unix: i64) -> Result<Vec<u8>, IssueError> {
    let year = digits(unix)?.get(..4).and_then(|year| year.parse().ok()).unwrap_or(0);
    if (1950..=2049).contains(&year) { utc_time(unix) } else { generalized_time(unix) }
}

/// `UTCTime`: two digits of the year, whatever the century.
///
/// # Errors
///
/// [`IssueError::TimeOutOfRange`]
pub fn utc_time(unix: i64) -> Result<Vec<u8>, IssueError> {
    let digits = digits(unix)?;
    Ok(element(0x17, digits.get(2..).unwrap_or_default().as_bytes()))
}

/// `GeneralizedTime` in whole seconds.
///
/// # Errors
///
/// [`IssueError::TimeOutOfRange`]
pub fn generalized_time(unix: i64) -> Result<Vec<u8>, IssueError> {
    let digits = digits(unix)?;
    Ok(element(0x18, digits.as_bytes()))
}

/// `YYYYMMDDHHMMSSZ`.
fn digits(unix: i64) -> Result<String, IssueError> {
    let time = UnixTime::from_seconds(unix);
    if time.seconds() != unix {
        return Err(IssueError::TimeOutOfRange);
    }
    let is_of_it = |character: &char| character.is_ascii_digit() || *character == 'Z';
    Ok(time.to_string().chars().filter(is_of_it).collect())
}

/// `[number] EXPLICIT`: a wrapper around an element.
#[must_use]
pub fn explicit(number: u8, inner: &[u8]) -> Vec<u8> {
    element(CONTEXT | CONSTRUCTED | number, inner)
}

/// `[number] IMPLICIT`: the element itself, with its tag replaced.
#[must_use]
pub fn implicit(number: u8, encoded: &[u8]) -> Vec<u8> {
    match encoded.split_first() {
        Some((tag, rest)) => [&[CONTEXT | (tag & CONSTRUCTED) | number], rest].concat(),
        None => Vec::new(),
    }
}

/// Any element: one tag byte, the length in its shortest form, the content.
#[must_use]
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits = without_leading_zeros(&length);
    let long_form = u8::try_from(digits.len()).unwrap_or_default() | 0x80;
    match digits {
        [] => vec![tag, 0],
        [short @ 0..=0x7F] => [&[tag, *short], content].concat(),
        _ => [&[tag, long_form], digits, content].concat(),
    }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let [0, tail @ ..] = rest {
        rest = tail;
    }
    rest
}

/// Base 128, most significant digit first, all but the last with the top bit set.
fn base_128(value: u32) -> Vec<u8> {
    [28_u32, 21, 14, 7, 0]
        .iter()
        .map(|shift| (*shift, value.checked_shr(*shift).unwrap_or_default()))
        .filter(|(shift, digits)| *digits > 0 || *shift == 0)
        .map(|(shift, digits)| {
            let [.., low] = digits.to_be_bytes();
            if shift == 0 { low & 0x7F } else { low | 0x80 }
        })
        .collect()
}

const CONTEXT: u8 = 0x80;
const CONSTRUCTED: u8 = 0x20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_lengths_in_their_shortest_form() {
        assert_eq!(octet_string(&[]), [4, 0]);
        assert_eq!(octet_string(&[9; 127])[..2], [4, 127]);
        assert_eq!(octet_string(&[9; 128])[..3], [4, 0x81, 128]);
        assert_eq!(octet_string(&[9; 255])[..3], [4, 0x81, 255]);
        assert_eq!(octet_string(&[9; 256])[..4], [4, 0x82, 1, 0]);
        assert_eq!(octet_string(&vec![9; 65_536])[..5], [4, 0x83, 1, 0, 0]);
    }

    #[test]
    fn writes_integers_minimal_and_positive() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(127), [2, 1, 127]);
        assert_eq!(integer(128), [2, 2, 0, 128]);
        assert_eq!(integer(256), [2, 2, 1, 0]);
        assert_eq!(integer(u64::MAX).len(), 11);
        assert_eq!(unsigned_integer(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned_integer(&[]), [2, 1, 0]);
    }

    #[test]
    fn writes_a_raw_integer_as_given_so_that_a_serial_can_be_negative() {
        assert_eq!(raw_integer(&[0xFF]), [2, 1, 0xFF]);
        assert_eq!(raw_integer(&[0, 0, 1]), [2, 3, 0, 0, 1]);
    }

    #[test]
    fn writes_object_identifiers() {
        assert_eq!(oid("2.23.136.1.1.2").unwrap(), [6, 6, 0x67, 0x81, 0x08, 1, 1, 2]);
        assert_eq!(oid("2.5.29.15").unwrap(), [6, 3, 0x55, 0x1D, 0x0F]);
        assert_eq!(oid("1.2.840.10045").unwrap(), [6, 5, 0x2A, 0x86, 0x48, 0xCE, 0x3D]);
        assert_eq!(oid("2.999").unwrap(), [6, 2, 0x88, 0x37]);
        assert_eq!(oid("0.0.4294967295").unwrap(), [6, 6, 0, 0x8F, 0xFF, 0xFF, 0xFF, 0x7F]);
    }

    #[test]
    fn refuses_what_is_no_object_identifier() {
        for text in ["", "1", "3.1", "1.40", "1..2", "1.2.x", "1.2.", "-1.2", "2.4294967295"] {
            assert_eq!(oid(text), Err(IssueError::MalformedOid), "{text}");
        }
    }

    #[test]
    fn sorts_a_set_and_keeps_a_sequence() {
        let parts = [integer(300), integer(2), integer(1)];
        assert_eq!(set_of(&parts), [0x31, 10, 2, 1, 1, 2, 1, 2, 2, 2, 1, 44]);
        assert_eq!(sequence(&parts), [0x30, 10, 2, 2, 1, 44, 2, 1, 2, 2, 1, 1]);
    }

    #[test]
    fn writes_named_bits_without_trailing_zeros() {
        assert_eq!(named_bits(&[0]), [3, 2, 7, 0x80]);
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 0x06]);
        assert_eq!(named_bits(&[8]), [3, 3, 7, 0, 0x80]);
        assert_eq!(named_bits(&[]), [3, 1, 0]);
        assert_eq!(named_bits(&[16, 40]), [3, 1, 0]);
    }

    #[test]
    fn changes_the_kind_of_time_at_the_year_2050() {
        assert_eq!(time(2_524_607_999).unwrap(), b"\x17\x0d491231235959Z");
        assert_eq!(time(2_524_608_000).unwrap(), b"\x18\x0f20500101000000Z");
        assert_eq!(time(-631_152_000).unwrap(), b"\x17\x0d500101000000Z");
        assert_eq!(time(-631_152_001).unwrap(), b"\x18\x0f19491231235959Z");
        assert_eq!(time(i64::MAX), Err(IssueError::TimeOutOfRange));
    }

    #[test]
    fn tags_explicitly_and_implicitly() {
        assert_eq!(explicit(3, &null()), [0xA3, 2, 5, 0]);
        assert_eq!(implicit(0, &octet_string(&[7])), [0x80, 1, 7]);
        assert_eq!(implicit(1, &set_of([null()])), [0xA1, 2, 5, 0]);
        assert_eq!(implicit(1, &[]), Vec::<u8>::new());
    }

    #[test]
    fn writes_the_small_types() {
        assert_eq!(boolean(true), [1, 1, 0xFF]);
        assert_eq!(boolean(false), [1, 1, 0]);
        assert_eq!(bit_string(&[1, 2]), [3, 3, 0, 1, 2]);
        assert_eq!(printable("UT"), [0x13, 2, b'U', b'T']);
        assert_eq!(utf8("ü"), [0x0C, 2, 0xC3, 0xBC]);
        assert_eq!(ia5("a"), [0x16, 1, b'a']);
        assert_eq!(teletex("a"), [0x14, 1, b'a']);
    }
}
