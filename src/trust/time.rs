//! `UTCTime` and `GeneralizedTime` as the profile wants them: to the second, in Z.

use serde::Serializer;
use x509_parser::prelude::{ASN1Time, FromDer};

use crate::clock::UnixTime;

use super::der::{self, Element};

/// The instant that a time element names: `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280 section 4.1.2.5).
///
/// Two-digit years from 50 are of the twentieth century.
#[must_use]
pub fn parse(element: &Element<'_>) -> Option<UnixTime> {
    match element.tag {
        der::UTC_TIME => {
            let (short, b"Z") = element.content.split_first_chunk::<12>()? else { return None };
            let century = if short.first()? < &b'5' { b"20" } else { b"19" };
            let mut digits = [b'0'; 14];
            for (place, digit) in digits.iter_mut().zip(century.iter().chain(short)) {
                *place = *digit;
            }
            UnixTime::from_digits(&digits)
        }
        der::GENERALIZED_TIME => from_digits(element.content),
        _ => None,
    }
}

/// The instant that a time element names, however BER lets it be written: without seconds, with fractions of them, in
/// another zone.
#[must_use]
pub fn parse_loosely(element: &Element<'_>) -> Option<UnixTime> {
    let (_, time) = ASN1Time::from_der(element.whole).ok()?;
    Some(UnixTime::from_seconds(time.timestamp()))
}

/// The instant of `YYYYMMDDHHMMSSZ`.
#[must_use]
pub fn from_digits(content: &[u8]) -> Option<UnixTime> {
    match content.split_first_chunk::<14>()? {
        (digits, b"Z") => UnixTime::from_digits(digits),
        _ => None,
    }
}

/// Writes an instant, or none, as RFC 3339 has it.
pub(super) fn serialize<T, S>(time: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Copy + Into<Option<UnixTime>>,
    S: Serializer,
{
    match (*time).into() {
        Some(time) => serializer.collect_str(&time),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        let element = Element { tag: der::UTC_TIME, content: text.as_bytes(), whole: &[] };
        parse(&element).map(|time| time.to_string())
    }

    #[test]
    fn the_year_50_parts_the_centuries() {
        assert_eq!(utc("491231235959Z").as_deref(), Some("2049-12-31T23:59:59Z"));
        assert_eq!(utc("500101000000Z").as_deref(), Some("1950-01-01T00:00:00Z"));
    }

    #[test]
    fn refuses_zones_fractions_and_missing_seconds() {
        for text in ["", "4912312359Z", "491231235959+0100", "491231235959", "49123123595é"] {
            assert_eq!(utc(text), None, "{text}");
        }
        assert_eq!(from_digits(b"20261124000000.5Z"), None);
    }
}
