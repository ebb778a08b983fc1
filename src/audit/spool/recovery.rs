//! What a start finds: the end of the chain, perhaps behind a write that was cut short.
//!
//! A cut write is told from damage by what was there before it: zeros. Records whose write was cut have zeros where
//! bytes are missing, or no line end; and no record of a later batch can follow them, since that would not have been
//! written before they were synced. Whatever else does not verify was changed.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use ring::digest::{SHA256, digest};

use crate::audit::record::{Links, Record, RecordHash, Rule};
use crate::audit::stamps::Recorded;
use crate::clock::UnixTime;
use crate::encoding;
use crate::state::Stamp;

use super::segment::{Line, Lines, Segment, list, sync_folder};
use super::{MAX_BATCH, SpoolError};

/// A write that was cut short. None of it was acknowledged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Torn {
    /// The segment's file name.
    pub segment: String,
    /// Where it began.
    pub offset: u64,
    /// How many bytes there were.
    pub bytes: u64,
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
    /// The file beside the segments that keeps them.
    pub kept_as: String,
}

pub(super) struct Outcome {
    pub(super) segment: Option<Segment>,
    pub(super) next: u64,
    pub(super) prev: RecordHash,
    /// When the last record of the last segment was made.
    pub(super) newest: Option<UnixTime>,
    /// What it says of sealed files.
    pub(super) stamps: Vec<Stamp>,
    pub(super) torn: Option<Torn>,
}

pub(super) fn run(folder: &Path) -> Result<Outcome, SpoolError> {
    let mut segments = list(folder)?;
    let Some((first, path)) = segments.pop() else {
        return Ok(Outcome {
            segment: None,
            next: crate::audit::record::FIRST_SEQ,
            prev: RecordHash::NONE,
            newest: None,
            stamps: Vec::new(),
            torn: None,
        });
    };
    let failed = |cause| SpoolError::Io { path: path.clone(), cause };
    let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let mut recorded = Recorded::default();
    let mut newest = None;
    let mut links = match segments.last() {
        Some((_, before)) => end_of(before, first, &mut recorded, &mut newest)?,
        None => Links::from_the_middle(first),
    };
    let mut reader = Lines::new(file.try_clone().map_err(failed)?);
    let bad = loop {
        match reader.read().map_err(failed)? {
            Line::End => break None,
            Line::Broken => break Some(Rule::Incomplete),
            Line::Whole => {
                let followed = Record::parse(reader.line()).and_then(|record| {
                    links.follow(&record)?;
                    newest = seconds(record.time);
                    recorded.take(&record);
                    Ok(())
                });
                if let Err(rule) = followed {
                    break Some(rule);
                }
            }
        }
    };
    let (end, bad) = match bad {
        Some(rule) => (reader.offset, Some(rule)),
        None if reader.rest_is_zero().map_err(failed)? => (reader.end(), None),
        None => (reader.end(), Some(Rule::BytesAfterEnd)),
    };
    let mut torn = None;
    if let Some(rule) = bad {
        let tail = tail(&file, end, size).map_err(failed)?;
        if !is_torn(&tail, links.next()) {
            let seq = links.next();
            return Err(SpoolError::Damaged { segment: path, seq, offset: end, rule });
        }
        torn = Some(set_aside(folder, &path, &file, end, &tail).map_err(failed)?);
    }
    rewrite(&file, end).map_err(failed)?;
    Ok(Outcome {
        segment: Some(Segment::new(file, size, end)),
        next: links.next(),
        prev: links.last().unwrap_or(RecordHash::NONE),
        newest,
        stamps: recorded.into_stamps(),
        torn,
    })
}

/// The second of a record's time, which has microseconds.
fn seconds(time: &str) -> Option<UnixTime> {
    time.split_once('.').and_then(|(second, _)| format!("{second}Z").parse().ok())
}

/// Where the chain stands at the end of a segment that is full; `next` is what follows it. What it says of sealed files
/// and of the time is taken in: the segment behind it may have no record yet.
fn end_of(
    path: &Path,
    next: u64,
    recorded: &mut Recorded,
    newest: &mut Option<UnixTime>,
) -> Result<Links, SpoolError> {
    let failed = |cause| SpoolError::Io { path: path.to_owned(), cause };
    let mut reader = Lines::new(File::open(path).map_err(failed)?);
    let mut last = Vec::new();
    while reader.read().map_err(failed)? == Line::Whole {
        last.clear();
        last.extend_from_slice(reader.line());
        if let Ok(record) = Record::parse(&last) {
            recorded.take(&record);
        }
    }
    let damaged = |rule| SpoolError::Damaged {
        segment: path.to_owned(),
        seq: next.saturating_sub(1),
        offset: reader.offset,
        rule,
    };
    let record = Record::parse(&last).map_err(damaged)?;
    *newest = seconds(record.time);
    let links = Links::after(&record);
    if links.next() == next {
        Ok(links)
    } else {
        Err(damaged(Rule::MissingSegment { expected: links.next() }))
    }
}

/// What stands from `offset` on, up to the last byte that is not zero. At most a segment.
fn tail(file: &File, offset: u64, size: u64) -> io::Result<Vec<u8>> {
    let length = size.saturating_sub(offset);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_exact_at(&mut bytes, offset)?;
    let last = bytes.iter().rposition(|byte| *byte != 0);
    bytes.truncate(last.map_or(0, |last| last.saturating_add(1)));
    Ok(bytes)
}

/// Whether a write that was cut short looks like `tail`, which begins with what should be record `seq`.
fn is_torn(tail: &[u8], seq: u64) -> bool {
    let cut = tail.contains(&0) || tail.last() != Some(&b'\n');
    let later = tail
        .split(|byte| matches!(byte, b'\n' | 0))
        .filter_map(|line| Record::parse(line).ok())
        .any(|record| record.batch > seq);
    cut && !later && tail.len() <= MAX_BATCH.saturating_mul(2)
}

/// Keeps the bytes in a file of their own and puts zeros in their place.
fn set_aside(
    folder: &Path,
    path: &Path,
    file: &File,
    offset: u64,
    tail: &[u8],
) -> io::Result<Torn> {
    let segment =
        path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = segment.trim_end_matches(".log");
    let kept_as = format!("torn-{stem}-{offset}.bin");
    let kept = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(folder.join(&kept_as))?;
    kept.write_all_at(tail, 0)?;
    kept.sync_all()?;
    sync_folder(folder)?;
    file.write_all_at(&vec![0; tail.len()], offset)?;
    file.sync_data()?;
    Ok(Torn {
        segment,
        offset,
        bytes: u64::try_from(tail.len()).unwrap_or(u64::MAX),
        sha256: encoding::hex(digest(&SHA256, tail).as_ref()),
        kept_as,
    })
}

/// Writes the end of the data once more and syncs it: a page that a failed sync left behind looks fine until the
/// machine forgets it.
fn rewrite(file: &File, end: u64) -> io::Result<()> {
    let length = end.min(u64::try_from(MAX_BATCH).unwrap_or(u64::MAX).saturating_mul(4));
    let start = end.saturating_sub(length);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_exact_at(&mut bytes, start)?;
    file.write_all_at(&bytes, start)?;
    file.sync_data()
}
