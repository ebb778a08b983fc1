//! Distinguished names: how they read, and when two of them are the same.
//!
//! Real States spell one name in several ways: other string types, other case, other white space. Names
//! are compared after RFC 5280 section 7.1: string types do not count, letters are folded, white space is
//! trimmed and runs of it are one blank. The order of the parts counts.

use std::borrow::Cow;

use super::check::{Code, Deviation};
use super::der::{self, DerError, Element, Reader};
use super::oid;

/// Relative names in one name; real ones have up to 8.
const MAX_PARTS: usize = 64;

/// A distinguished name.
#[derive(Clone, Debug)]
pub struct Name {
    text: String,
    normal: Vec<u8>,
    country: Option<Box<str>>,
    named: bool,
    oddities: Oddities,
}

/// What is unusual about the spelling of a name.
#[derive(Clone, Copy, Debug, Default)]
struct Oddities {
    /// A string that is neither `PrintableString` nor `UTF8String`.
    string_type: bool,
    /// A countryName that is no `PrintableString`.
    country_type: bool,
}

impl Name {
    /// Reads a DER `Name`.
    ///
    /// # Errors
    ///
    /// Where it is not a sequence of sets of attributes, or has more than 64 parts.
    pub fn parse(bytes: &[u8]) -> Result<Self, DerError> {
        // Both forms are shorter than DER's, except where characters are escaped or have to be decoded.
        let mut name = Self {
            text: String::with_capacity(bytes.len()),
            normal: Vec::with_capacity(bytes.len()),
            country: None,
            named: false,
            oddities: Oddities::default(),
        };
        let mut outer = Reader::new(bytes);
        let mut relative_names = outer.inside(der::SEQUENCE)?;
        outer.end()?;
        let mut parts = 0_usize;
        while !relative_names.is_empty() {
            let mut attributes = relative_names.inside(der::SET)?;
            let mut separator = ", ";
            let mut of_set: Vec<Vec<u8>> = Vec::new();
            while !attributes.is_empty() {
                parts = parts.saturating_add(1);
                if parts > MAX_PARTS {
                    return Err(DerError::TooMany);
                }
                let mut attribute = attributes.inside(der::SEQUENCE)?;
                let kind = attribute.take(der::OID)?.content;
                let value = attribute.element()?;
                attribute.end()?;
                let string = decode(&value);
                name.look_at(kind, &value, string.as_deref());
                if !name.text.is_empty() {
                    name.text.push_str(separator);
                }
                separator = "+";
                push_text(&mut name.text, kind, &value, string.as_deref());
                if of_set.is_empty() && attributes.is_empty() {
                    push_normal(&mut name.normal, kind, &value, string.as_deref());
                } else {
                    let mut part = Vec::new();
                    push_normal(&mut part, kind, &value, string.as_deref());
                    of_set.push(part);
                }
            }
            // The order within a set means nothing.
            of_set.sort_unstable();
            name.normal.extend(of_set.into_iter().flatten());
            name.normal.push(END);
        }
        Ok(name)
    }

    fn look_at(&mut self, kind: &[u8], value: &Element<'_>, string: Option<&str>) {
        if kind == oid::COUNTRY {
            self.country = string.map(Into::into);
            self.oddities.country_type |= value.tag != der::PRINTABLE_STRING;
        } else {
            self.oddities.string_type |= !matches!(value.tag, der::PRINTABLE_STRING | UTF8_STRING);
        }
        if kind == oid::COMMON_NAME {
            self.named = true;
        }
    }

    /// The name to read: parts in the order of the certificate, `C=DE, O=bund, CN=csca-germany`.
    ///
    /// Control characters, and the characters that part a name, are escaped with a backslash.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The form in which two names are the same name if their octets are the same.
    #[must_use]
    pub fn normal(&self) -> &[u8] {
        &self.normal
    }

    /// countryName as it stands, in whatever case.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }

    /// Whether both names say the same country, in whatever case.
    #[must_use]
    pub fn is_of_country_of(&self, other: &Self) -> bool {
        match (self.country(), other.country()) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            (None, None) => true,
            _ => false,
        }
    }

    /// What is against Doc 9303-12's certificate profile in this name, the `whose` of a certificate.
    pub fn deviations<'a>(&'a self, whose: &'a str) -> impl Iterator<Item = Deviation> + 'a {
        let country = match self.country() {
            None => Some(format!("{whose} has no countryName")),
            Some(country) if !is_country_code(country) => Some(format!(
                "{whose} countryName '{}' is not two upper-case letters",
                country.escape_debug()
            )),
            Some(_) if self.oddities.country_type => {
                Some(format!("{whose} countryName is not a PrintableString"))
            }
            Some(_) => None,
        };
        let no_common_name = (!self.named).then(|| format!("{whose} has no commonName"));
        let string_type = self.oddities.string_type.then(|| {
            format!("{whose} has a string that is neither PrintableString nor UTF8String")
        });
        country.map(|detail| Deviation::tolerated(Code::Country, detail)).into_iter().chain(
            no_common_name
                .into_iter()
                .chain(string_type)
                .map(|detail| Deviation::tolerated(Code::Name, detail)),
        )
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal
    }
}

impl Eq for Name {}

const UTF8_STRING: u8 = 0x0C;
const NUMERIC_STRING: u8 = 0x12;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const VISIBLE_STRING: u8 = 0x1A;
const UNIVERSAL_STRING: u8 = 0x1C;
const BMP_STRING: u8 = 0x1E;

fn is_country_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The characters of a string of any type that a name may have; none where they are not of their type.
fn decode<'a>(value: &Element<'a>) -> Option<Cow<'a, str>> {
    match value.tag {
        UTF8_STRING | der::PRINTABLE_STRING | NUMERIC_STRING | IA5_STRING | VISIBLE_STRING => {
            std::str::from_utf8(value.content).ok().map(Cow::Borrowed)
        }
        // T.61 in name, ISO 8859-1 in use.
        TELETEX_STRING => Some(value.content.iter().copied().map(char::from).collect()),
        BMP_STRING if value.content.len().is_multiple_of(2) => {
            let units = value.content.chunks_exact(2).map(|pair| {
                u16::from_be_bytes([
                    pair.first().copied().unwrap_or(0),
                    pair.get(1).copied().unwrap_or(0),
                ])
            });
            char::decode_utf16(units).collect::<Result<String, _>>().ok().map(Cow::Owned)
        }
        UNIVERSAL_STRING if value.content.len().is_multiple_of(4) => value
            .content
            .chunks_exact(4)
            .map(|four| {
                char::from_u32(four.iter().fold(0, |value, byte| (value << 8) | u32::from(*byte)))
            })
            .collect::<Option<String>>()
            .map(Cow::Owned),
        _ => None,
    }
}

fn push_text(text: &mut String, kind: &[u8], value: &Element<'_>, string: Option<&str>) {
    match short_name(kind) {
        Some(short) => text.push_str(short),
        None => text.push_str(&oid::dotted(kind)),
    }
    text.push('=');
    let Some(string) = string else {
        text.push('#');
        text.push_str(&crate::encoding::hex(value.whole));
        return;
    };
    if string.bytes().all(is_plain) {
        text.push_str(string);
        return;
    }
    for character in string.chars() {
        match character {
            ',' | '+' | '\\' | '"' | '<' | '>' | ';' | '=' => {
                text.push('\\');
                text.push(character);
            }
            _ if character.is_control() || is_invisible(character) => {
                text.extend(character.escape_default());
            }
            _ => text.push(character),
        }
    }
}

/// Whether a character is of ASCII and stands for itself.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
        && !matches!(byte, b',' | b'+' | b'\\' | b'"' | b'<' | b'>' | b';' | b'=')
}

/// Characters that turn or break a line, or that nobody sees.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

fn short_name(kind: &[u8]) -> Option<&'static str> {
    Some(match kind {
        [0x55, 4, 3] => "CN",
        [0x55, 4, 4] => "SN",
        [0x55, 4, 5] => "serialNumber",
        [0x55, 4, 6] => "C",
        [0x55, 4, 7] => "L",
        [0x55, 4, 8] => "ST",
        [0x55, 4, 10] => "O",
        [0x55, 4, 11] => "OU",
        [0x55, 4, 12] => "title",
        [0x55, 4, 42] => "GN",
        [0x55, 4, 97] => "organizationIdentifier",
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 1] => "emailAddress",
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 1, 25] => "DC",
        _ => return None,
    })
}

/// The attribute's type, then its folded characters; of what is no string, its octets.
///
/// Where one part ends, and where it is the last of its set, can be told from the octets alone: no two lists of parts
/// look the same.
fn push_normal(form: &mut Vec<u8>, kind: &[u8], value: &Element<'_>, string: Option<&str>) {
    form.extend_from_slice(&u32::try_from(kind.len()).unwrap_or(u32::MAX).to_be_bytes());
    form.extend_from_slice(kind);
    let Some(string) = string else {
        form.push(b'#');
        form.extend_from_slice(value.whole);
        return;
    };
    form.push(b'=');
    push_folded(form, string);
    form.push(END);
}

/// The words of `string` with their letters folded, a blank before each.
fn push_folded(form: &mut Vec<u8>, string: &str) {
    if !string.is_ascii() {
        for word in string.split_whitespace() {
            form.push(b' ');
            form.extend_from_slice(word.to_lowercase().as_bytes());
        }
        return;
    }
    let words = string.as_bytes().split(|byte| matches!(byte, b'\t'..=b'\r' | b' '));
    for word in words.filter(|word| !word.is_empty()) {
        form.push(b' ');
        form.extend(word.iter().map(u8::to_ascii_lowercase));
    }
}

/// Ends a string and a set: it is no octet of UTF-8, nor the first of the length of a type.
const END: u8 = 0xFF;

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn name(parts: &[(&[u8], u8, &[u8])]) -> Name {
        let sets: Vec<u8> = parts
            .iter()
            .flat_map(|(kind, tag, value)| {
                let attribute = [element(der::OID, kind), element(*tag, value)].concat();
                element(der::SET, &element(der::SEQUENCE, &attribute))
            })
            .collect();
        Name::parse(&element(der::SEQUENCE, &sets)).unwrap()
    }

    #[test]
    fn names_are_the_same_whatever_their_case_white_space_and_string_type() {
        let plain = name(&[(oid::COUNTRY, 0x13, b"DE"), (oid::COMMON_NAME, 0x13, b"CSCA Germany")]);
        let spaced =
            name(&[(oid::COUNTRY, 0x13, b"de"), (oid::COMMON_NAME, 0x0C, b"  csca   GERMANY ")]);
        let wide = name(&[
            (oid::COUNTRY, 0x13, b"DE"),
            (oid::COMMON_NAME, 0x1E, b"\0C\0S\0C\0A\0 \0G\0e\0r\0m\0a\0n\0y"),
        ]);
        assert_eq!(plain, spaced);
        assert_eq!(plain, wide);
    }

    #[test]
    fn other_order_other_parts_and_joined_parts_are_other_names() {
        let plain = name(&[(oid::COUNTRY, 0x13, b"DE"), (oid::COMMON_NAME, 0x13, b"A")]);
        let turned = name(&[(oid::COMMON_NAME, 0x13, b"A"), (oid::COUNTRY, 0x13, b"DE")]);
        let longer = name(&[
            (oid::COUNTRY, 0x13, b"DE"),
            (oid::COMMON_NAME, 0x13, b"A"),
            (oid::COMMON_NAME, 0x13, b"A"),
        ]);
        assert_ne!(plain, turned);
        assert_ne!(plain, longer);
    }

    #[test]
    fn the_order_within_a_set_does_not_count_and_the_sets_do() {
        let attribute = |value: &[u8]| {
            let kind = element(der::OID, oid::COMMON_NAME);
            element(der::SEQUENCE, &[kind, element(0x0C, value)].concat())
        };
        let set = |values: [&[u8]; 2]| element(der::SET, &values.map(attribute).concat());
        let parse = |sets: &[u8]| Name::parse(&element(der::SEQUENCE, sets)).unwrap();
        let joined = parse(&set([b"a", b"b"]));
        assert_eq!(joined.text(), "CN=a+CN=b");
        assert_eq!(joined, parse(&set([b"B", b"A"])));
        assert_ne!(
            joined,
            parse(&[b"a", b"b"].map(|one| element(der::SET, &attribute(one))).concat())
        );
        assert_ne!(joined, parse(&set([b"a", b"a"])));
    }

    #[test]
    fn text_cannot_forge_another_part_or_another_line() {
        let sly = name(&[(oid::COMMON_NAME, 0x0C, b"x, C=DE\nevil")]);
        assert_eq!(sly.text(), "CN=x\\, C\\=DE\\nevil");
    }

    #[test]
    fn says_what_is_against_the_profile() {
        let codes =
            |name: &Name| name.deviations("subject").map(|found| found.code).collect::<Vec<_>>();
        assert!(
            codes(&name(&[(oid::COUNTRY, 0x13, b"DE"), (oid::COMMON_NAME, 0x0C, b"A")])).is_empty()
        );
        assert_eq!(
            codes(&name(&[(oid::COUNTRY, 0x13, b"de"), (oid::COMMON_NAME, 0x0C, b"A")])),
            [Code::Country]
        );
        assert_eq!(
            codes(&name(&[(oid::COUNTRY, 0x13, b"LTU"), (oid::COMMON_NAME, 0x14, b"A")])),
            [Code::Country, Code::Name]
        );
        assert_eq!(codes(&name(&[])), [Code::Country, Code::Name]);
    }
}
