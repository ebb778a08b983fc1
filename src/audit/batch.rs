//! What a worker hands over in one round: bodies back to back, and who waits for which of them.

use std::fmt;
use std::sync::Arc;

use crate::entropy::NoEntropy;
use crate::identity::Uuid;

use super::event::{Event, Prefixes};
use super::receipt::Ticket;
use super::record::MAX_FRAME;
use super::recorder::Waiter;

/// How many records one submission may have: those of 64 lines of a stream, and the one that opens it.
pub const MAX_SUBMISSION: u16 = 65;

/// Submissions on their way to the recorder. Reused: what is handed over leaves an empty one with its memory.
#[derive(Debug, Default)]
pub struct Batch {
    prefixes: Prefixes,
    bytes: Vec<u8>,
    /// Bytes of each body.
    lengths: Vec<usize>,
    submissions: Vec<Submission>,
    scratch: Vec<u8>,
}

/// The records of one ticket, which get one receipt together.
#[derive(Debug)]
pub(in crate::audit) struct Submission {
    pub(in crate::audit) ticket: Ticket,
    /// The id of the first record.
    pub(in crate::audit) id: Uuid,
    pub(in crate::audit) records: u16,
    /// Who waits for it in place of a port.
    pub(in crate::audit) waiter: Option<Arc<Waiter>>,
}

/// Why an event cannot be submitted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SubmissionError {
    /// A submission has at least one record.
    Empty,
    /// The event has something to seal and there is no nonce.
    Entropy(NoEntropy),
    /// A submission has at most [`MAX_SUBMISSION`] records.
    Full,
}

impl fmt::Display for SubmissionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("a submission without a record"),
            Self::Entropy(error) => write!(out, "an event cannot be sealed: {error}"),
            Self::Full => write!(out, "a submission has at most {MAX_SUBMISSION} records"),
        }
    }
}

impl std::error::Error for SubmissionError {}

impl Batch {
    /// An empty batch that writes addresses cut to `prefixes`.
    #[must_use]
    pub fn new(prefixes: Prefixes) -> Self {
        Self { prefixes, ..Self::default() }
    }

    /// Adds one event as a submission of its own.
    ///
    /// # Errors
    ///
    /// [`SubmissionError::Entropy`]; the batch is then as it was.
    pub fn push(&mut self, ticket: Ticket, event: &Event<'_>) -> Result<(), SubmissionError> {
        let mut submission = self.begin(ticket);
        submission.add(event)?;
        submission.finish()
    }

    /// Begins a submission of 1 to [`MAX_SUBMISSION`] records, which counts once it is finished.
    pub fn begin(&mut self, ticket: Ticket) -> OpenSubmission<'_> {
        let (bytes, lengths) = (self.bytes.len(), self.lengths.len());
        OpenSubmission { batch: self, ticket, id: None, records: 0, bytes, lengths }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.submissions.is_empty()
    }

    /// Who waits for something in it, in order.
    pub fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.submissions.iter().map(|submission| submission.ticket)
    }

    /// What is in it, in order.
    pub(in crate::audit) fn submissions(&self) -> impl Iterator<Item = &Submission> {
        self.submissions.iter()
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.lengths.clear();
        self.submissions.clear();
    }

    /// Bytes that its records will have at most.
    pub(in crate::audit) fn size(&self) -> usize {
        framed(self.bytes.len(), self.lengths.len())
    }

    /// Takes everything out of `other`.
    pub(in crate::audit) fn take(&mut self, other: &mut Self) {
        if self.is_empty() {
            std::mem::swap(&mut self.bytes, &mut other.bytes);
            std::mem::swap(&mut self.lengths, &mut other.lengths);
            std::mem::swap(&mut self.submissions, &mut other.submissions);
        } else {
            self.bytes.extend_from_slice(&other.bytes);
            self.lengths.append(&mut other.lengths);
            self.submissions.append(&mut other.submissions);
        }
        other.clear();
    }

    /// Lets somebody wait for its last submission in place of a port.
    pub(in crate::audit) fn await_last(&mut self, waiter: Arc<Waiter>) {
        if let Some(last) = self.submissions.last_mut() {
            last.waiter = Some(waiter);
        }
    }

    /// Its submissions, in groups of at most `most` bytes of records each, with their bodies.
    pub(in crate::audit) fn groups(&self, most: usize) -> Groups<'_> {
        let (bytes, lengths, submissions) =
            (&self.bytes[..], &self.lengths[..], &self.submissions[..]);
        Groups { bytes, lengths, submissions, most }
    }
}

/// Bytes of `records` records with `bytes` bytes of bodies, at most.
fn framed(bytes: usize, records: usize) -> usize {
    bytes.saturating_add(records.saturating_mul(MAX_FRAME))
}

/// A submission that is being put together; dropped unfinished, it leaves nothing behind.
#[derive(Debug)]
#[must_use]
pub struct OpenSubmission<'a> {
    batch: &'a mut Batch,
    ticket: Ticket,
    id: Option<Uuid>,
    records: u16,
    bytes: usize,
    lengths: usize,
}

impl OpenSubmission<'_> {
    /// Adds a record.
    ///
    /// # Errors
    ///
    /// [`SubmissionError`]; the submission is then as it was.
    pub fn add(&mut self, event: &Event<'_>) -> Result<(), SubmissionError> {
        self.room()?;
        let batch = &mut *self.batch;
        let start = batch.bytes.len();
        event
            .write(batch.prefixes, &mut batch.scratch, &mut batch.bytes)
            .map_err(SubmissionError::Entropy)?;
        self.added(event.id, start);
        Ok(())
    }

    /// Makes it part of the batch.
    ///
    /// # Errors
    ///
    /// [`SubmissionError::Empty`].
    pub fn finish(mut self) -> Result<(), SubmissionError> {
        let id = self.id.take().ok_or(SubmissionError::Empty)?;
        let (ticket, records) = (self.ticket, self.records);
        self.batch.submissions.push(Submission { ticket, id, records, waiter: None });
        // What is finished is not taken back.
        self.bytes = self.batch.bytes.len();
        self.lengths = self.batch.lengths.len();
        Ok(())
    }

    const fn room(&self) -> Result<(), SubmissionError> {
        if self.records < MAX_SUBMISSION { Ok(()) } else { Err(SubmissionError::Full) }
    }

    fn added(&mut self, id: Uuid, start: usize) {
        self.id.get_or_insert(id);
        self.records = self.records.saturating_add(1);
        self.batch.lengths.push(self.batch.bytes.len().saturating_sub(start));
    }
}

impl Drop for OpenSubmission<'_> {
    fn drop(&mut self) {
        self.batch.bytes.truncate(self.bytes);
        self.batch.lengths.truncate(self.lengths);
    }
}

/// Whole submissions that are written and synced together.
#[derive(Debug)]
pub(in crate::audit) struct Group<'a> {
    pub(in crate::audit) submissions: &'a [Submission],
    pub(in crate::audit) size: usize,
    bytes: &'a [u8],
    lengths: &'a [usize],
}

impl<'a> Group<'a> {
    pub(in crate::audit) const fn records(&self) -> usize {
        self.lengths.len()
    }

    pub(in crate::audit) fn bodies(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.bytes;
        self.lengths.iter().map_while(move |length| {
            let (body, tail) = rest.split_at_checked(*length)?;
            rest = tail;
            Some(body)
        })
    }
}

/// See [`Batch::groups`].
#[derive(Debug)]
pub(in crate::audit) struct Groups<'a> {
    bytes: &'a [u8],
    lengths: &'a [usize],
    submissions: &'a [Submission],
    most: usize,
}

impl<'a> Groups<'a> {
    /// What is left of the batch.
    pub(in crate::audit) const fn rest(&self) -> &'a [Submission] {
        self.submissions
    }
}

impl<'a> Iterator for Groups<'a> {
    type Item = Group<'a>;

    fn next(&mut self) -> Option<Group<'a>> {
        let (mut taken, mut records, mut bytes) = (0_usize, 0_usize, 0_usize);
        for submission in self.submissions {
            let count = records.saturating_add(usize::from(submission.records));
            let own = self.lengths.get(records..count).unwrap_or_default();
            let sum = own.iter().fold(bytes, |sum, length| sum.saturating_add(*length));
            // A group has at least one submission: each is far below any bound that is used.
            if taken > 0 && framed(sum, count) > self.most {
                break;
            }
            (taken, records, bytes) = (taken.saturating_add(1), count, sum);
        }
        let (submissions, later) =
            self.submissions.split_at_checked(taken).filter(|_| taken > 0)?;
        let (lengths, later_lengths) = self.lengths.split_at_checked(records)?;
        let (own, later_bytes) = self.bytes.split_at_checked(bytes)?;
        (self.submissions, self.lengths, self.bytes) = (later, later_lengths, later_bytes);
        Some(Group { submissions, size: framed(bytes, records), bytes: own, lengths })
    }
}

#[cfg(test)]
mod tests;
