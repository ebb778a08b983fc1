//! Looks through a spool, record by record, and names the first that is not what was written.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::identity::Uuid;

use super::record::{Links, Record, Rule};
use super::spool::{Line, Lines, SpoolError, list};

/// What a spool holds whose every record verifies.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Report {
    /// Segments.
    pub segments: u64,
    /// Records.
    pub records: u64,
    /// The number of the first record; above 1 where older segments are kept elsewhere.
    pub first_seq: Option<u64>,
    /// The number of the last record.
    pub last_seq: Option<u64>,
    /// When the first record was made, in RFC 3339.
    pub from: Option<String>,
    /// When the last record was made.
    pub to: Option<String>,
    /// The hash of the last record, in hexadecimal: what a copy kept elsewhere is compared with.
    pub last_hash: Option<String>,
}

/// The first record that does not verify.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BadRecord {
    /// The segment's file.
    pub segment: PathBuf,
    /// The number of the record, by its place.
    pub seq: u64,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// The rule that it breaks.
    pub rule: Rule,
}

impl fmt::Display for BadRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { segment, seq, offset, rule } = self;
        write!(out, "{}: record {seq} at byte {offset}: {rule}", segment.display())
    }
}

/// Why a spool was not found to be whole.
#[derive(Debug)]
pub enum VerifyError {
    /// A record does not verify.
    Bad(BadRecord),
    /// The spool cannot be read.
    Spool(SpoolError),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bad(bad) => bad.fmt(out),
            Self::Spool(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for VerifyError {}

impl From<SpoolError> for VerifyError {
    fn from(error: SpoolError) -> Self {
        Self::Spool(error)
    }
}

/// Verifies every record of the spool folder, or of the one segment file, at `path`.
///
/// # Errors
///
/// The first record that is not what was written, or what cannot be read.
pub fn verify(path: &Path) -> Result<Report, VerifyError> {
    let mut report = Report::default();
    walk(path, |_, record| {
        report.records = report.records.saturating_add(1);
        report.first_seq.get_or_insert(record.seq);
        report.from.get_or_insert_with(|| record.time.to_owned());
        report.last_seq = Some(record.seq);
        report.last_hash = Some(record.hash.as_str().to_owned());
        if report.to.as_deref() != Some(record.time) {
            report.to = Some(record.time.to_owned());
        }
    })
    .map(|segments| report.segments = segments)?;
    Ok(report)
}

/// The record of the spool at `path` with the id `id`, as JSON, if there is one. All records before it are verified.
///
/// # Errors
///
/// As [`verify`].
pub fn find(path: &Path, id: Uuid) -> Result<Option<serde_json::Value>, VerifyError> {
    let mut found = None;
    walk(path, |_, record| {
        if record.id == id {
            found = record.json();
        }
    })?;
    Ok(found)
}

/// Hands every record of the spool at `path` to `each`, with the segment that it is in, in order. Gives how many
/// segments there were.
///
/// # Errors
///
/// As [`verify`].
pub fn walk(path: &Path, mut each: impl FnMut(&Path, &Record<'_>)) -> Result<u64, VerifyError> {
    let segments = if path.is_dir() {
        list(path)?
    } else {
        let first =
            path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        vec![(first.unwrap_or(1), path.to_owned())]
    };
    let mut links: Option<Links> = None;
    let mut count = 0_u64;
    for (first, segment) in segments {
        let own = links.get_or_insert_with(|| Links::from_the_middle(first));
        if own.next() != first {
            let rule = Rule::MissingSegment { expected: own.next() };
            return Err(VerifyError::Bad(BadRecord { segment, seq: own.next(), offset: 0, rule }));
        }
        one(&segment, own, &mut each)?;
        count = count.saturating_add(1);
    }
    Ok(count)
}

fn one(
    segment: &Path,
    links: &mut Links,
    each: &mut impl FnMut(&Path, &Record<'_>),
) -> Result<(), VerifyError> {
    let failed = |cause| SpoolError::Io { path: segment.to_owned(), cause };
    let mut reader = Lines::new(File::open(segment).map_err(failed)?);
    loop {
        let line = reader.read().map_err(failed)?;
        let bad = |seq, offset, rule| {
            VerifyError::Bad(BadRecord { segment: segment.to_owned(), seq, offset, rule })
        };
        let (seq, offset) = (links.next(), reader.offset);
        match line {
            Line::End => {
                let end = reader.end();
                return if reader.rest_is_zero().map_err(failed)? {
                    Ok(())
                } else {
                    Err(bad(seq, end, Rule::BytesAfterEnd))
                };
            }
            Line::Broken => return Err(bad(seq, offset, Rule::Incomplete)),
            Line::Whole => {
                let record = Record::parse(reader.line()).map_err(|rule| bad(seq, offset, rule))?;
                links.follow(&record).map_err(|rule| bad(seq, offset, rule))?;
                each(segment, &record);
            }
        }
    }
}
