//! The spool: a folder of segments that holds the chain of records, each of which was synced before its receipt.
//!
//! A segment is a file of fixed size, written out in zeros before use, so that an append changes no metadata and a
//! sync is one write to the disk. Its name is the number of its first record; its data ends where a line would begin
//! with a zero byte. One thread appends; everybody may read.

mod recovery;
mod segment;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clock::{Clock, UnixTime};
use crate::entropy::Entropy;
use crate::identity::Uuid;
use crate::state::Stamp;

use super::event::{Event, EventType, Prefixes};
use super::record::{Chain, Rule};
use super::settings::AuditSettings;
use super::stamps::{self, Listing};

pub use recovery::Torn;
pub use segment::Preparer;
use segment::Segment;
pub(in crate::audit) use segment::{Line, Lines, list};

/// Bytes that are written and synced together, at most.
pub const MAX_BATCH: usize = 1024 * 1024;

/// Why the spool cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum SpoolError {
    /// What stands there is not what was written.
    Damaged {
        /// The segment's file.
        segment: PathBuf,
        /// The number of the record.
        seq: u64,
        /// Where it begins, in bytes.
        offset: u64,
        /// The rule that it breaks.
        rule: Rule,
    },
    /// A file or the folder cannot be read or written.
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// There is no entropy for the record that opens a segment.
    NoEntropy,
}

impl fmt::Display for SpoolError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { segment, seq, offset, rule } => write!(
                out,
                "{}: record {seq} at byte {offset}: {rule}; keep the folder as evidence and begin a new one",
                segment.display()
            ),
            Self::Io { path, cause } => write!(out, "{}: {cause}", path.display()),
            Self::NoEntropy => out.write_str("the operating system gave no random bytes"),
        }
    }
}

impl std::error::Error for SpoolError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { cause, .. } => Some(cause),
            Self::Damaged { .. } | Self::NoEntropy => None,
        }
    }
}

/// The end of the spool that is written to.
pub struct Spool {
    folder: PathBuf,
    segments: Preparer,
    prefixes: Prefixes,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    chain: Chain,
    segment: Option<Segment>,
    newest: Option<UnixTime>,
    recorded: Vec<Stamp>,
    /// The sealed files that there are, for the record that opens a segment.
    listing: Listing,
    /// Framed records. After a failure, those that are to be written again before anything else.
    buffer: Vec<u8>,
    pending: bool,
}

impl fmt::Debug for Spool {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Spool").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Spool {
    /// Opens the spool in `folder`, which is made if it is missing, after looking at what the last start left. Gives
    /// the write that was cut short then, if one was, which is now repaired. `listing` gives the sealed files, as each
    /// new segment lists them.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Damaged`] where the last segment is not what was written, which a write cut short by a loss of
    /// power does not look like.
    pub fn open(
        folder: &Path,
        settings: &AuditSettings,
        boot: &Uuid,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        listing: Listing,
    ) -> Result<(Self, Option<Torn>), SpoolError> {
        segment::make_folder(folder)?;
        let recovery::Outcome { segment, next, prev, newest, stamps, torn } =
            recovery::run(folder)?;
        let spool = Self {
            folder: folder.to_owned(),
            segments: Preparer::new(folder, settings.segment_bytes),
            prefixes: Prefixes::from(settings),
            clock,
            entropy,
            chain: Chain::new(&settings.instance, boot, next, prev),
            segment,
            newest,
            recorded: stamps,
            listing,
            buffer: Vec::with_capacity(64 * 1024),
            pending: false,
        };
        Ok((spool, torn))
    }

    /// When the last record was made that was there at the start: it cannot be earlier now.
    #[must_use]
    pub fn newest(&self) -> Option<UnixTime> {
        self.newest
    }

    /// What prepares segments ahead of need, for a thread of its own.
    #[must_use]
    pub fn preparer(&self) -> Preparer {
        self.segments.clone()
    }

    /// What was recorded last of each sealed file, at the start.
    #[must_use]
    pub fn recorded(&self) -> &[Stamp] {
        &self.recorded
    }

    /// The number that the next record will have.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.chain.next()
    }

    /// Writes the records of these bodies, whose lines have at most `size` bytes, and syncs them. Gives the number of
    /// the first.
    ///
    /// # Errors
    ///
    /// Where that fails. If [`Spool::is_pending`] then, they are kept, and [`Spool::retry`] writes them again; if not,
    /// nothing has happened.
    pub(in crate::audit) fn append<'a>(
        &mut self,
        size: usize,
        bodies: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<u64> {
        self.buffer.clear();
        let batch = self.chain.next();
        let room = self.segment.as_ref().map_or(0, Segment::room);
        let first = if u64::try_from(size).unwrap_or(u64::MAX) > room {
            let opening = self.opening()?;
            self.segment = Some(self.segments.take(batch)?);
            self.chain.frame(&opening, batch, &mut self.buffer);
            batch.saturating_add(1)
        } else {
            batch
        };
        for body in bodies {
            self.chain.frame(body, batch, &mut self.buffer);
        }
        self.pending = true;
        self.retry()?;
        Ok(first)
    }

    /// Whether records wait to be written again.
    pub(in crate::audit) const fn is_pending(&self) -> bool {
        self.pending
    }

    /// Writes what failed once more, at the same place: writing it anew is what makes the next sync count.
    pub(in crate::audit) fn retry(&mut self) -> io::Result<()> {
        if let (true, Some(segment)) = (self.pending, &mut self.segment) {
            segment.append(&self.buffer)?;
            self.pending = false;
        }
        Ok(())
    }

    /// The body of the record that opens a segment.
    fn opening(&self) -> io::Result<Vec<u8>> {
        let time = self.clock.stamp();
        let id = Uuid::new(time, &*self.entropy).map_err(io::Error::other)?;
        let details = [stamps::pair(&(self.listing)())];
        let event = Event {
            details: &details,
            ..Event::of(id, time, EventType::SegmentOpened, "open", "audit/spool")
        };
        let (mut scratch, mut body) = (Vec::new(), Vec::new());
        event.write(self.prefixes, &mut scratch, &mut body).map_err(io::Error::other)?;
        Ok(body)
    }
}

/// Bytes of a segment at least: the largest batch always fits, with the record that opens the segment.
pub const MIN_SEGMENT: u64 = 2 * 1024 * 1024;

#[cfg(test)]
pub(in crate::audit) mod tests;
