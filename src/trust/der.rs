//! DER as X.690 wants it: one reader for what is taken apart here, one walk that bounds everything
//! before any other parser sees it.
//!
//! Threat: bytes of strangers. Neither recursion nor allocation follows the input: nesting, the number
//! of elements and every length are bounded, and nothing is read outside the slice.

use std::fmt;

/// Nesting that no certificate, CRL or master list comes near (real ones reach 12).
pub const MAX_DEPTH: usize = 32;

/// `SEQUENCE`, and `SEQUENCE OF`.
pub const SEQUENCE: u8 = 0x30;
/// `SET`, and `SET OF`.
pub const SET: u8 = 0x31;
/// `INTEGER`.
pub const INTEGER: u8 = 0x02;
/// `BIT STRING`, primitive.
pub const BIT_STRING: u8 = 0x03;
/// `OCTET STRING`, primitive.
pub const OCTET_STRING: u8 = 0x04;
/// `OBJECT IDENTIFIER`.
pub const OID: u8 = 0x06;
/// `BOOLEAN`.
pub const BOOLEAN: u8 = 0x01;
/// `NULL`.
pub const NULL: u8 = 0x05;
/// `PrintableString`.
pub const PRINTABLE_STRING: u8 = 0x13;
/// `UTCTime`.
pub const UTC_TIME: u8 = 0x17;
/// `GeneralizedTime`.
pub const GENERALIZED_TIME: u8 = 0x18;

/// The tag of a constructed, context-specific element: `[number]`.
#[must_use]
pub const fn context(number: u8) -> u8 {
    0xA0 | (number & 0x1F)
}

/// Why bytes are not DER.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DerError {
    /// Something other than the element that belongs here.
    Unexpected {
        /// The tag found.
        found: u8,
        /// The tag that belongs here.
        wanted: u8,
    },
    /// A tag number above 30, which nothing in this profile uses.
    HighTag,
    /// A length of the indefinite form, which is BER and not DER (X.690 section 10.1).
    Indefinite,
    /// A length in more octets than it needs (X.690 section 10.1).
    LongLength,
    /// Nesting beyond [`MAX_DEPTH`].
    TooDeep,
    /// More elements than the caller allows.
    TooMany,
    /// Bytes behind the element.
    Trailing,
    /// An element that says it is longer than what there is.
    Truncated,
    /// A value that its type does not allow, such as an empty INTEGER.
    Value,
}

impl fmt::Display for DerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { found, wanted } => {
                write!(out, "tag 0x{found:02x} where 0x{wanted:02x} belongs")
            }
            Self::HighTag => out.write_str("a tag number above 30"),
            Self::Indefinite => out.write_str("an indefinite length (BER, not DER)"),
            Self::LongLength => out.write_str("a length in more octets than it needs"),
            Self::TooDeep => write!(out, "nested deeper than {MAX_DEPTH} levels"),
            Self::TooMany => out.write_str("more elements than are allowed"),
            Self::Trailing => out.write_str("bytes behind the end"),
            Self::Truncated => out.write_str("cut short"),
            Self::Value => out.write_str("a value that its type does not allow"),
        }
    }
}

impl std::error::Error for DerError {}

/// One element: a tag, its content, and both with the header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Element<'a> {
    /// The identifier octet.
    pub tag: u8,
    /// What stands behind the header.
    pub content: &'a [u8],
    /// Header and content.
    pub whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// A reader over the content.
    #[must_use]
    pub const fn reader(self) -> Reader<'a> {
        Reader { rest: self.content }
    }

    const fn is_constructed(&self) -> bool {
        self.tag & 0x20 != 0
    }
}

/// Takes elements off the front of a slice.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether everything has been read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element, without taking it.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Passes over one octet that is no part of an element.
    pub fn skip(&mut self) {
        self.rest = self.rest.split_first().map_or(&[], |(_, rest)| rest);
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    ///
    /// Where the header is not DER or the content is cut short.
    pub fn element(&mut self) -> Result<Element<'a>, DerError> {
        let (tag, header, length) = header(self.rest)?;
        let end = header.checked_add(length).ok_or(DerError::Truncated)?;
        let (whole, rest) = self.rest.split_at_checked(end).ok_or(DerError::Truncated)?;
        let content = whole.get(header..).ok_or(DerError::Truncated)?;
        self.rest = rest;
        Ok(Element { tag, content, whole })
    }

    /// The next element, which must have `tag`.
    ///
    /// # Errors
    ///
    /// [`DerError::Unexpected`] for another one, and as [`Reader::element`].
    pub fn take(&mut self, tag: u8) -> Result<Element<'a>, DerError> {
        match self.peek() {
            Some(found) if found == tag => self.element(),
            Some(found) => Err(DerError::Unexpected { found, wanted: tag }),
            None => Err(DerError::Truncated),
        }
    }

    /// The next element if it has `tag`.
    ///
    /// # Errors
    ///
    /// As [`Reader::element`].
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, DerError> {
        if self.peek() == Some(tag) { self.element().map(Some) } else { Ok(None) }
    }

    /// A reader over the content of the next element, which must have `tag`.
    ///
    /// # Errors
    ///
    /// As [`Reader::take`].
    pub fn inside(&mut self, tag: u8) -> Result<Reader<'a>, DerError> {
        self.take(tag).map(Element::reader)
    }

    /// The content of an INTEGER, in the fewest octets, sign and all.
    ///
    /// # Errors
    ///
    /// [`DerError::Value`] where it is empty or padded (X.690 section 8.3.2), and as [`Reader::take`].
    pub fn integer(&mut self) -> Result<&'a [u8], DerError> {
        let content = self.take(INTEGER)?.content;
        if is_minimal_integer(content) { Ok(content) } else { Err(DerError::Value) }
    }

    /// The magnitude of an INTEGER that is not negative, without leading zeros.
    ///
    /// # Errors
    ///
    /// [`DerError::Value`] for a negative one, and as [`Reader::integer`].
    pub fn unsigned(&mut self) -> Result<&'a [u8], DerError> {
        let content = self.integer()?;
        match content.split_first() {
            Some((0, rest)) => Ok(rest),
            Some((first, _)) if first & 0x80 == 0 => Ok(content),
            _ => Err(DerError::Value),
        }
    }

    /// A small INTEGER that is not negative.
    ///
    /// # Errors
    ///
    /// [`DerError::Value`] above `u32::MAX`, and as [`Reader::unsigned`].
    pub fn small(&mut self) -> Result<u32, DerError> {
        let magnitude = self.unsigned()?;
        if magnitude.len() > 4 {
            return Err(DerError::Value);
        }
        Ok(magnitude.iter().fold(0, |value, byte| (value << 8) | u32::from(*byte)))
    }

    /// The octets of a BIT STRING whose bits are a multiple of eight.
    ///
    /// # Errors
    ///
    /// [`DerError::Value`] for a BIT STRING with unused bits, and as [`Reader::take`].
    pub fn bit_string(&mut self) -> Result<&'a [u8], DerError> {
        match self.take(BIT_STRING)?.content.split_first() {
            Some((0, octets)) => Ok(octets),
            _ => Err(DerError::Value),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// [`DerError::Trailing`] where something is left.
    pub const fn end(self) -> Result<(), DerError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DerError::Trailing) }
    }
}

/// The one element that `bytes` consist of.
///
/// # Errors
///
/// [`DerError::Trailing`] where there is more, and as [`Reader::element`].
pub fn only(bytes: &[u8]) -> Result<Element<'_>, DerError> {
    let mut reader = Reader::new(bytes);
    let element = reader.element()?;
    reader.end()?;
    Ok(element)
}

/// Whether the content of an INTEGER stands in the fewest octets (X.690 section 8.3.2).
#[must_use]
pub fn is_minimal_integer(content: &[u8]) -> bool {
    match content {
        [] => false,
        [0x00, second, ..] => second & 0x80 != 0,
        [0xFF, second, ..] => second & 0x80 == 0,
        _ => true,
    }
}

/// Walks every element of `bytes` without recursion, and says how many there are.
///
/// What is inside a primitive element, such as an extension's OCTET STRING, is not looked at.
///
/// # Errors
///
/// The first thing that is not DER; [`DerError::TooDeep`]; [`DerError::TooMany`] above `most` elements.
pub fn walk(bytes: &[u8], most: usize) -> Result<usize, DerError> {
    only(bytes)?;
    let mut open = [Reader::new(&[]); MAX_DEPTH + 1];
    let mut depth = 0_usize;
    let mut count = 0_usize;
    let mut wrong = None;
    *open.first_mut().ok_or(DerError::TooDeep)? = Reader::new(bytes);
    loop {
        let reader = open.get_mut(depth).ok_or(DerError::TooDeep)?;
        if reader.is_empty() {
            match depth.checked_sub(1) {
                Some(above) => depth = above,
                None => return wrong.map_or(Ok(count), Err),
            }
            continue;
        }
        let element = reader.element()?;
        count = count.saturating_add(1);
        if count > most {
            return Err(DerError::TooMany);
        }
        // A wrong value is no reason to leave what follows unbounded.
        wrong = wrong.or(check_primitive(&element).err());
        if element.is_constructed() {
            depth = depth.saturating_add(1);
            *open.get_mut(depth).ok_or(DerError::TooDeep)? = element.reader();
        }
    }
}

/// X.690 sections 8.2, 8.3.2 and 11.1: what DER says of BOOLEAN, INTEGER and NULL.
fn check_primitive(element: &Element<'_>) -> Result<(), DerError> {
    let fine = match element.tag {
        BOOLEAN => matches!(element.content, [0x00 | 0xFF]),
        INTEGER => is_minimal_integer(element.content),
        NULL => element.content.is_empty(),
        _ => true,
    };
    if fine { Ok(()) } else { Err(DerError::Value) }
}

/// The tag, the length of the header, and the length of the content.
fn header(bytes: &[u8]) -> Result<(u8, usize, usize), DerError> {
    let (tag, rest) = bytes.split_first().ok_or(DerError::Truncated)?;
    if tag & 0x1F == 0x1F {
        return Err(DerError::HighTag);
    }
    let (first, rest) = rest.split_first().ok_or(DerError::Truncated)?;
    let octets = match first {
        0..=0x7F => return Ok((*tag, 2, usize::from(*first))),
        0x80 => return Err(DerError::Indefinite),
        0x81..=0x84 => usize::from(first & 0x7F),
        _ => return Err(DerError::Truncated),
    };
    let octets_of_length = rest.get(..octets).ok_or(DerError::Truncated)?;
    let length =
        octets_of_length.iter().fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
    if length < 0x80 || octets_of_length.first() == Some(&0) {
        return Err(DerError::LongLength);
    }
    Ok((*tag, octets.saturating_add(2), length))
}

#[cfg(test)]
mod tests;
