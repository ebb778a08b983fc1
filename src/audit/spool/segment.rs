//! One segment: a file of fixed size, zeros where nothing is written yet.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::audit::record::MAX_RECORD;

use super::{MIN_SEGMENT, SpoolError};

/// The name of a segment that is ready for use and has no number yet.
const PREPARED: &str = "next.prepared";

/// The same while it is being written out.
const UNREADY: &str = "next.unready";

/// The segment that is written to.
#[derive(Debug)]
pub(super) struct Segment {
    file: File,
    size: u64,
    end: u64,
}

impl Segment {
    pub(super) fn new(file: File, size: u64, end: u64) -> Self {
        Self { file, size, end }
    }

    /// Bytes that still fit.
    pub(super) fn room(&self) -> u64 {
        // One byte stays zero, so that the data has an end.
        self.size.saturating_sub(self.end).saturating_sub(1)
    }

    /// Writes `bytes` at the end of the data and syncs them. The end moves only if both are done.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.end)?;
        self.file.sync_data()?;
        self.end = self.end.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(())
    }
}

/// Where segments come from: the next one is prepared ahead of need, so that the thread that appends does not wait.
///
/// Two threads have it, one that prepares and one that takes. Only one of them is at it at a time: a file that is still
/// written out in zeros must not be taken, and what was taken must not be written out again.
#[derive(Clone, Debug)]
pub struct Preparer {
    folder: PathBuf,
    size: u64,
    one_at_a_time: Arc<Mutex<()>>,
}

impl Preparer {
    pub(super) fn new(folder: &Path, size: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            size: size.max(MIN_SEGMENT),
            one_at_a_time: Arc::default(),
        }
    }

    /// Writes out the next segment, if that has not been done.
    ///
    /// # Errors
    ///
    /// Where the disk has no room for it: the service can then go on for what is left of the current one.
    pub fn prepare_next(&self) -> Result<(), SpoolError> {
        let _alone = self.alone();
        self.ready().map_err(|cause| SpoolError::Io { path: self.folder.join(UNREADY), cause })
    }

    /// The next segment, whose first record has the number `first`.
    pub(super) fn take(&self, first: u64) -> io::Result<Segment> {
        let path = self.folder.join(name(first));
        let _alone = self.alone();
        self.ready()?;
        fs::rename(self.folder.join(PREPARED), &path)?;
        sync_folder(&self.folder)?;
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        Ok(Segment { file, size: self.size, end: 0 })
    }

    fn ready(&self) -> io::Result<()> {
        let prepared = fs::metadata(self.folder.join(PREPARED));
        if prepared.is_ok_and(|file| file.len() == self.size) {
            return Ok(());
        }
        prepare(&self.folder, self.size)
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Zeros are written, not promised: what `fallocate` gives would change the file's metadata at each first write.
fn prepare(folder: &Path, size: u64) -> io::Result<()> {
    let unready = folder.join(UNREADY);
    let made = write_zeros(&unready, size);
    if made.is_err() {
        // On a full disk the half of it would be in the way.
        let _ = fs::remove_file(&unready);
    }
    made?;
    fs::rename(&unready, folder.join(PREPARED))?;
    sync_folder(folder)
}

fn write_zeros(path: &Path, size: u64) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let zeros = vec![0_u8; 256 * 1024];
    let mut left = size;
    while left > 0 {
        let piece = usize::try_from(left).unwrap_or(usize::MAX).min(zeros.len());
        file.write_all(zeros.get(..piece).unwrap_or_default())?;
        left = left.saturating_sub(u64::try_from(piece).unwrap_or_default());
    }
    file.sync_all()
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) fn make_folder(folder: &Path) -> Result<(), SpoolError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|cause| SpoolError::Io { path: folder.to_owned(), cause })
}

fn name(first: u64) -> String {
    format!("{first:020}.log")
}

/// The segments in `folder`, by the number of their first record.
pub(in crate::audit) fn list(folder: &Path) -> Result<Vec<(u64, PathBuf)>, SpoolError> {
    let failed = |cause| SpoolError::Io { path: folder.to_owned(), cause };
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let first = path
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(".log"))
            .filter(|stem| stem.len() == 20)
            .and_then(|stem| stem.parse().ok());
        all.extend(first.map(|first| (first, path)));
    }
    all.sort_unstable();
    Ok(all)
}

/// The lines of a segment, in order, within bounded memory.
#[derive(Debug)]
pub(in crate::audit) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    /// Where the line begins.
    pub(in crate::audit) offset: u64,
    next: u64,
}

/// What stands where a line would.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::audit) enum Line {
    /// A line, without its end; see [`Lines::line`].
    Whole,
    /// Bytes without a line end, or more of them than a record has.
    Broken,
    /// A zero byte, or the end of the file.
    End,
}

impl<R: Read> Lines<R> {
    pub(in crate::audit) fn new(reader: R) -> Self {
        let reader = BufReader::with_capacity(256 * 1024, reader);
        Self { reader, line: Vec::new(), offset: 0, next: 0 }
    }

    /// The line that was read last.
    pub(in crate::audit) fn line(&self) -> &[u8] {
        &self.line
    }

    /// Where the next line would begin.
    pub(in crate::audit) fn end(&self) -> u64 {
        self.next
    }

    pub(in crate::audit) fn read(&mut self) -> io::Result<Line> {
        use io::BufRead;
        self.line.clear();
        self.offset = self.next;
        loop {
            let buffer = self.reader.fill_buf()?;
            let Some(first) = buffer.first() else {
                return Ok(if self.line.is_empty() { Line::End } else { Line::Broken });
            };
            if self.line.is_empty() && *first == 0 {
                return Ok(Line::End);
            }
            let found = buffer.iter().position(|byte| matches!(byte, b'\n' | 0));
            let piece = buffer.get(..found.unwrap_or(buffer.len())).unwrap_or_default();
            self.line.extend_from_slice(piece);
            let ended = found.and_then(|at| buffer.get(at)) == Some(&b'\n');
            let used = piece.len().saturating_add(usize::from(ended));
            self.reader.consume(used);
            self.next = self.next.saturating_add(u64::try_from(used).unwrap_or_default());
            if ended && self.line.len() < MAX_RECORD {
                return Ok(Line::Whole);
            }
            if found.is_some() || self.line.len() >= MAX_RECORD {
                return Ok(Line::Broken);
            }
        }
    }

    /// Whether anything but zeros follows.
    pub(in crate::audit) fn rest_is_zero(&mut self) -> io::Result<bool> {
        use io::BufRead;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(true);
            }
            if buffer.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            let used = buffer.len();
            self.reader.consume(used);
        }
    }
}
