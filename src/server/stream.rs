//! A body that is answered while it comes in: lines, taken in groups, each group answered after its records.

use crate::authz::Grant;
use crate::wire::body::Decoder;
use crate::wire::error::WireError;

use super::exchange::Context;

/// Lines in a group.
pub(super) const GROUP_LINES: usize = 64;

/// Bytes of a group above which no further line is waited for.
const GROUP_BYTES: usize = 256 * 1024;

/// Bytes that are decoded at a time, so that what waits is bounded.
const PIECE: usize = 16 * 1024;

/// A request whose lines are on their way.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) context: Context,
    pub(super) grant: Option<Grant>,
    /// The head's own bytes.
    pub(super) head: Vec<u8>,
    decoder: Decoder,
    line_most: usize,
    expects_continue: bool,
    /// Text that is in no group yet, its last line perhaps without its end.
    text: Vec<u8>,
    /// Bytes of `text` in which a line's end was looked for.
    scanned: usize,
    /// Whole lines in `text`.
    lines: usize,
    /// Lines that were in groups.
    pub(super) answered: u64,
    began: bool,
}

/// Lines for the pool.
#[derive(Debug)]
pub(super) struct Group {
    /// The lines, each with its end, but perhaps the last.
    pub(super) text: Vec<u8>,
    /// How many there are.
    pub(super) lines: usize,
}

impl Stream {
    pub(super) fn new(
        context: Context,
        grant: Grant,
        head: &[u8],
        decoder: Decoder,
        line_most: usize,
        expects_continue: bool,
    ) -> Self {
        Self {
            context,
            grant: Some(grant),
            head: head.to_vec(),
            decoder,
            line_most,
            expects_continue,
            text: Vec::new(),
            scanned: 0,
            lines: 0,
            answered: 0,
            began: false,
        }
    }

    pub(super) fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// Takes what of `bytes` belongs to the body, up to a bound. How much that was.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<usize, WireError> {
        let piece = bytes.get(..PIECE).unwrap_or(bytes);
        let Self { text, decoder, .. } = self;
        let progress = decoder.decode(piece, &mut |part| text.extend_from_slice(part))?;
        self.scan()?;
        Ok(progress.used)
    }

    fn scan(&mut self) -> Result<(), WireError> {
        let fresh = self.text.get(self.scanned..).unwrap_or_default();
        self.lines = self.lines.saturating_add(ends(fresh));
        self.scanned = self.text.len();
        let last = self.text.iter().rev().take_while(|byte| **byte != b'\n').count();
        if last > self.line_most { Err(WireError::BodyTooLarge) } else { Ok(()) }
    }

    /// Whether the lines that are there make a whole group, or are the last.
    pub(super) fn wants_its_turn(&self) -> bool {
        self.lines >= GROUP_LINES
            || self.text.len() >= GROUP_BYTES && self.lines > 0
            || self.is_over()
    }

    /// Whether there is anything to do for the pool or to say at the end.
    pub(super) fn has_work(&self) -> bool {
        self.lines > 0 || self.is_over()
    }

    /// Whether the body is at its end.
    pub(super) fn is_over(&self) -> bool {
        self.decoder.is_done()
    }

    /// Whether part of the answer is out.
    pub(super) fn has_answered(&self) -> bool {
        self.began
    }

    /// Whether this is the first piece of the answer, which has the head.
    pub(super) fn begins(&mut self) -> bool {
        !std::mem::replace(&mut self.began, true)
    }

    /// The next lines, at most a group of them; none where there are none.
    pub(super) fn next_group(&mut self) -> Option<Group> {
        let mut lines = 0_usize;
        let mut end = 0_usize;
        for (at, byte) in self.text.iter().enumerate() {
            if *byte == b'\n' {
                lines = lines.saturating_add(1);
                end = at.saturating_add(1);
                if lines == GROUP_LINES {
                    break;
                }
            }
        }
        if self.is_over() && lines < GROUP_LINES && end < self.text.len() {
            // The last line may do without its end.
            lines = lines.saturating_add(1);
            end = self.text.len();
        }
        if lines == 0 {
            return None;
        }
        let rest = self.text.split_off(end);
        let text = std::mem::replace(&mut self.text, rest);
        self.scanned = self.text.len();
        self.lines = ends(&self.text);
        self.answered = self.answered.saturating_add(u64::try_from(lines).unwrap_or_default());
        Some(Group { text, lines })
    }
}

/// How many lines end in `text`.
fn ends(text: &[u8]) -> usize {
    text.split(|byte| *byte == b'\n').count().saturating_sub(1)
}
