//! A record as a line of the spool: an event's body in a frame that chains it to the record before.
//!
//! ```text
//! {"v":1,"seq":7,<body>,"prev":"<64>","instance":"…","boot":"<uuid>","batch":5,"hash":"<64>"}\n
//! ```
//!
//! `hash` is the SHA-256 of the line's bytes before `,"hash":"`; `prev` is the `hash` of record `seq - 1`, or zeros.
//! `batch` is the `seq` of the first record that was written and synced together with this one: a record whose
//! `batch` lies behind a broken one proves that the broken one was once whole.

use std::fmt;

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use crate::identity::Uuid;

use super::event::{cut, decimal, text};

/// Bytes of a record's line at most, its line end with it.
pub const MAX_RECORD: usize = 16 * 1024;

/// Bytes of a frame at most: what is not the body.
pub(in crate::audit) const MAX_FRAME: usize = 512;

/// Bytes of an event's body at most.
pub const MAX_BODY: usize = MAX_RECORD - MAX_FRAME;

/// Bytes of the instance's name that a record carries; a longer one is cut.
const MAX_INSTANCE: usize = 32;

/// The hash of a record in 64 hexadecimal digits.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct RecordHash([u8; 64]);

impl RecordHash {
    /// What stands as `prev` in the very first record.
    pub const NONE: Self = Self([b'0'; 64]);

    fn of(bytes: &[u8]) -> Self {
        let mut hex = [b'0'; 64];
        HEXLOWER.encode_mut(digest(&SHA256, bytes).as_ref(), &mut hex);
        Self(hex)
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for RecordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for RecordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// What makes records of bodies, one after the other.
#[derive(Debug)]
pub(in crate::audit) struct Chain {
    next: u64,
    prev: RecordHash,
    /// From the quote behind `prev` to the colon of `batch`: the same in every record of this start.
    middle: Vec<u8>,
}

impl Chain {
    /// A chain that goes on after the record with the hash `prev` with the number `next`.
    pub(in crate::audit) fn new(instance: &str, boot: &Uuid, next: u64, prev: RecordHash) -> Self {
        let mut middle = b"\",\"instance\":".to_vec();
        text(&mut middle, cut(instance, MAX_INSTANCE));
        middle.extend_from_slice(b",\"boot\":\"");
        middle.extend_from_slice(&boot.text());
        middle.extend_from_slice(b"\",\"batch\":");
        Self { next, prev, middle }
    }

    /// The number of the next record.
    pub(in crate::audit) const fn next(&self) -> u64 {
        self.next
    }

    /// Appends the next record, with this body, to `out`.
    pub(in crate::audit) fn frame(&mut self, body: &[u8], batch: u64, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(b"{\"v\":1,\"seq\":");
        decimal(out, self.next);
        out.push(b',');
        out.extend_from_slice(body);
        out.extend_from_slice(b",\"prev\":\"");
        out.extend_from_slice(&self.prev.0);
        out.extend_from_slice(&self.middle);
        decimal(out, batch);
        self.prev = RecordHash::of(out.get(start..).unwrap_or_default());
        self.next = self.next.saturating_add(1);
        out.extend_from_slice(HASH_KEY);
        out.extend_from_slice(&self.prev.0);
        out.extend_from_slice(b"\"}\n");
    }
}

const HASH_KEY: &[u8; 9] = b",\"hash\":\"";

/// A record whose own hash is right. Whether it belongs where it stands, [`Links`] says.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its number.
    pub seq: u64,
    /// Its id.
    pub id: Uuid,
    /// When it happened, in RFC 3339.
    pub time: &'a str,
    /// What kind of thing happened, such as `data.modified`.
    pub kind: &'a str,
    /// The start of the service that wrote it.
    pub boot: &'a str,
    /// The number of the first record that was synced with it.
    pub batch: u64,
    /// The hash that it gives of the record before.
    pub prev: RecordHash,
    /// Its own hash.
    pub hash: RecordHash,
    /// The whole line, without its line end: a JSON object.
    pub line: &'a [u8],
}

#[derive(Deserialize)]
struct Fields<'a> {
    v: u64,
    seq: u64,
    id: &'a str,
    time: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    prev: &'a str,
    boot: &'a str,
    batch: u64,
    hash: &'a str,
}

/// Which rule a record, or what stands in its place, breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// `batch` lies behind `seq`, or before the batch of the record before.
    Batch,
    /// There are bytes behind the end of the data.
    BytesAfterEnd,
    /// The line does not have the hash that it says.
    Hash,
    /// The line ends before its line end.
    Incomplete,
    /// The segment that should be here is not.
    MissingSegment {
        /// The number of its first record.
        expected: u64,
    },
    /// The line is not a record in JSON.
    NotJson,
    /// `prev` is not the hash of the record before.
    Prev,
    /// The number is not one more than that of the record before.
    Sequence {
        /// What it should be.
        expected: u64,
        /// What it is.
        found: u64,
    },
    /// The line is longer than [`MAX_RECORD`].
    TooLong,
    /// What was written last was not written whole: nothing of it was acknowledged.
    TornTail,
    /// `v` is not 1.
    Version,
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Batch => out.write_str("its batch does not fit its number"),
            Self::BytesAfterEnd => out.write_str("there are bytes behind the end of the data"),
            Self::Hash => out.write_str("its hash is not that of its content"),
            Self::Incomplete => out.write_str("the line ends before its line end"),
            Self::MissingSegment { expected } => {
                write!(out, "the segment that begins with record {expected} is missing")
            }
            Self::NotJson => out.write_str("not a record in JSON"),
            Self::Prev => out.write_str("prev is not the hash of the record before"),
            Self::Sequence { expected, found } => {
                write!(out, "record {found} stands where record {expected} should")
            }
            Self::TooLong => write!(out, "longer than {MAX_RECORD} bytes"),
            Self::TornTail => {
                out.write_str("the last write was cut short; none of it was acknowledged")
            }
            Self::Version => out.write_str("a version of the format that is not known here"),
        }
    }
}

impl<'a> Record<'a> {
    /// The record that `line` is, without its line end.
    ///
    /// # Errors
    ///
    /// The rule that it breaks.
    pub fn parse(line: &'a [u8]) -> Result<Self, Rule> {
        let (hashed, end) = line.split_last_chunk::<75>().ok_or(Rule::NotJson)?;
        let digits = end.strip_prefix(HASH_KEY).and_then(|rest| rest.strip_suffix(b"\"}"));
        let digits: &[u8; 64] =
            digits.and_then(|digits| digits.first_chunk()).ok_or(Rule::NotJson)?;
        let hash = RecordHash::of(hashed);
        if hash.0 != *digits {
            return Err(Rule::Hash);
        }
        // All of it, members that nobody here reads too: whoever reads them must be able to.
        let text = str::from_utf8(line).map_err(|_| Rule::NotJson)?;
        let fields: Fields<'_> = serde_json::from_str(text).map_err(|_| Rule::NotJson)?;
        if fields.v != 1 {
            return Err(Rule::Version);
        }
        let prev = fields.prev.as_bytes().try_into().map_err(|_| Rule::NotJson)?;
        if fields.hash.as_bytes() != digits {
            return Err(Rule::NotJson);
        }
        Ok(Self {
            seq: fields.seq,
            id: fields.id.parse().map_err(|_| Rule::NotJson)?,
            time: fields.time,
            kind: fields.kind,
            boot: fields.boot,
            batch: fields.batch,
            prev: RecordHash(prev),
            hash,
            line,
        })
    }

    /// The whole record as JSON, for whoever needs more of it; none where it holds a number that JSON can write and
    /// no program can hold.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(self.line).ok()
    }
}

/// Where a chain stands: what the next record must fit.
#[derive(Clone, Copy, Debug)]
pub struct Links {
    next: u64,
    /// None where the chain is taken up in its middle.
    prev: Option<RecordHash>,
    batch: u64,
}

impl Links {
    /// A chain from its very first record on.
    #[must_use]
    pub const fn from_the_first() -> Self {
        Self { next: FIRST_SEQ, prev: Some(RecordHash::NONE), batch: FIRST_SEQ }
    }

    /// A chain from record `next` on, the first of its batch, whose `prev` is taken as it stands.
    #[must_use]
    pub const fn from_the_middle(next: u64) -> Self {
        if next == FIRST_SEQ {
            return Self::from_the_first();
        }
        Self { next, prev: None, batch: next }
    }

    /// A chain that goes on after `record`, which is taken as it stands.
    #[must_use]
    pub const fn after(record: &Record<'_>) -> Self {
        let next = record.seq.saturating_add(1);
        Self { next, prev: Some(record.hash), batch: record.batch }
    }

    /// The number that the next record must have.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// The hash of the last record; none where there was none yet and the chain is taken up in its middle.
    #[must_use]
    pub const fn last(&self) -> Option<RecordHash> {
        self.prev
    }

    /// Goes on by `record`, if it is the next one.
    ///
    /// # Errors
    ///
    /// The rule that it breaks.
    pub fn follow(&mut self, record: &Record<'_>) -> Result<(), Rule> {
        if record.seq != self.next {
            return Err(Rule::Sequence { expected: self.next, found: record.seq });
        }
        if self.prev.is_some_and(|prev| prev != record.prev) {
            return Err(Rule::Prev);
        }
        if record.batch > record.seq || record.batch < self.batch {
            return Err(Rule::Batch);
        }
        self.next = self.next.saturating_add(1);
        self.prev = Some(record.hash);
        self.batch = record.batch;
        Ok(())
    }
}

/// The number of the very first record.
pub const FIRST_SEQ: u64 = 1;

#[cfg(test)]
mod tests;
