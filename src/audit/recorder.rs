//! The recorder: takes what workers hand over, writes it as one batch, syncs once, and gives the receipts.
//!
//! There is no timer: while one batch is being synced the next one gathers, so that a batch is one record when there
//! is little to do and hundreds when there is much. The lock of the queue is never held over a write.
//!
//! After a write or a sync has failed, its submissions are refused at once, its bytes are written again until they
//! are on disk, and until then nothing new is taken: no answer leaves without its record, and the chain has no hole.

mod waiter;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::metrics::Metrics;

use super::batch::{Batch, Group, Submission};
use super::event::{Event, Prefixes};
use super::receipt::{Delivered, Receipt, Ticket};
use super::spool::{MAX_BATCH, Spool};
use super::subject_keys::SubjectKeys;

pub(in crate::audit) use waiter::Waiter;

/// Bytes of records that may wait; above, a submission is refused.
pub const MAX_QUEUED: usize = 32 * 1024 * 1024;

/// The waits between attempts to write what failed.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(5);

/// The same after the order to close, which waits for them.
const CLOSING_RETRY: Duration = Duration::from_millis(500);

/// How often the thread shows life where there is nothing to do.
const BEAT: Duration = Duration::from_secs(1);

/// Attempts after the order to close, before what cannot be written is given up.
const LAST_ATTEMPTS: u32 = 3;

/// Nothing can be recorded at present, so nothing can be answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuditUnavailable;

impl fmt::Display for AuditUnavailable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the audit spool takes no records at present")
    }
}

impl std::error::Error for AuditUnavailable {}

/// Where receipts go: one for each worker.
pub trait Port: Send + Sync {
    /// Takes all of `done`, and wakes the worker once.
    fn deliver(&self, done: &mut Vec<Delivered>);
}

/// The way in. Cheap to clone.
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    queue: Mutex<Queue>,
    work: Condvar,
    healthy: AtomicBool,
    metrics: Arc<Metrics>,
}

#[derive(Default)]
struct Queue {
    batch: Batch,
    sleeping: bool,
    closed: bool,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Recorder").field("healthy", &self.healthy()).finish_non_exhaustive()
    }
}

impl Recorder {
    /// A recorder whose thread does not run yet; what is submitted waits for it. What it does is counted in `metrics`.
    #[must_use]
    pub fn new(metrics: Arc<Metrics>) -> Self {
        Self(Arc::new(Inner {
            queue: Mutex::default(),
            work: Condvar::new(),
            healthy: AtomicBool::new(true),
            metrics,
        }))
    }

    /// Hands over a round's records: one lock, and at most one wake-up. `batch` is empty afterwards.
    ///
    /// # Errors
    ///
    /// [`AuditUnavailable`] where nothing is taken; `batch` is then as it was.
    pub fn submit(&self, batch: &mut Batch) -> Result<(), AuditUnavailable> {
        let mut queue = self.queue();
        let room = MAX_QUEUED.saturating_sub(queue.batch.size());
        // Looked at under the lock: what comes after a failure was seen must not wait for the disk.
        if queue.closed || !self.healthy() || batch.size() > room {
            return Err(AuditUnavailable);
        }
        queue.batch.take(batch);
        let sleeping = std::mem::replace(&mut queue.sleeping, false);
        drop(queue);
        if sleeping {
            self.0.work.notify_one();
        }
        Ok(())
    }

    /// Records one event and waits until it is on disk: for threads that may block.
    ///
    /// # Errors
    ///
    /// [`AuditUnavailable`] where it is not known to be on disk.
    pub fn record(
        &self,
        event: &Event<'_>,
        prefixes: Prefixes,
    ) -> Result<Receipt, AuditUnavailable> {
        let waiter = Arc::new(Waiter::default());
        let mut batch = Batch::new(prefixes);
        batch.push(Ticket::NOBODY, event).map_err(|_| AuditUnavailable)?;
        batch.await_last(Arc::clone(&waiter));
        self.submit(&mut batch)?;
        waiter.wait()
    }

    /// Whether records are taken.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.0.healthy.load(Ordering::Acquire)
    }

    /// Takes nothing more; the thread ends when everything that was taken is on disk and delivered.
    pub fn close(&self) {
        self.queue().closed = true;
        self.0.work.notify_all();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the recorder's thread works with.
pub struct Thread {
    /// The way in.
    pub recorder: Recorder,
    /// Where records are written.
    pub spool: Spool,
    /// The keys that records were sealed under: durable before the records are.
    pub keys: Arc<SubjectKeys>,
    /// Where receipts go, by the port of their ticket.
    pub ports: Vec<Arc<dyn Port>>,
    /// Measures syncs.
    pub clock: Arc<dyn Clock>,
    /// The least time between the starts of two syncs.
    pub min_sync_gap: Duration,
}

impl fmt::Debug for Thread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Thread").field("spool", &self.spool).finish_non_exhaustive()
    }
}

/// What could not be written by the end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lost {
    /// Submissions, none of which was answered.
    pub submissions: usize,
}

impl Thread {
    /// Records until the recorder is closed. `beat` is called for each batch, and at least every few seconds.
    ///
    /// # Errors
    ///
    /// [`Lost`] where the disk did not take the last of it.
    pub fn run(mut self, beat: impl Fn()) -> Result<(), Lost> {
        let _end = End(self.recorder.clone());
        let mut batch = Batch::default();
        let mut began = Duration::ZERO;
        while self.next(&mut batch, &mut began, &beat) {
            beat();
            self.commit(&batch, &beat)?;
            batch.clear();
        }
        Ok(())
    }

    /// Waits for work. Whether there was any.
    fn next(&self, batch: &mut Batch, began: &mut Duration, beat: &impl Fn()) -> bool {
        let mut queue = self.recorder.queue();
        while queue.batch.is_empty() {
            if queue.closed {
                return false;
            }
            queue.sleeping = true;
            let waited = self.recorder.0.work.wait_timeout(queue, BEAT);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
            beat();
        }
        queue.sleeping = false;
        let since = self.clock.uptime().saturating_sub(*began);
        if let Some(gap) = self.min_sync_gap.checked_sub(since).filter(|gap| !gap.is_zero()) {
            // The queue is open meanwhile: that is the point of waiting.
            drop(queue);
            std::thread::sleep(gap);
            queue = self.recorder.queue();
        }
        *began = self.clock.uptime();
        batch.take(&mut queue.batch);
        true
    }

    fn commit(&mut self, batch: &Batch, beat: &impl Fn()) -> Result<(), Lost> {
        let mut done: Vec<Vec<Delivered>> = Vec::new();
        done.resize_with(self.ports.len(), Vec::new);
        let mut groups = batch.groups(MAX_BATCH);
        while let Some(group) = groups.next() {
            if let Some(first) = self.write(&group) {
                receipts(group.submissions, first, &mut done);
                continue;
            }
            // Nobody is left waiting while the disk is tried again, neither of these nor of those that came meanwhile;
            // then all of them follow, in their order.
            refusals(group.submissions.iter().chain(groups.rest()), &mut done);
            let mut later = Batch::default();
            later.take(&mut self.recorder.queue().batch);
            refusals(later.submissions(), &mut done);
            self.deliver(&mut done);
            self.write_again(&group, beat)?;
            for group in groups.by_ref() {
                self.write_surely(&group, beat)?;
            }
            for group in later.groups(MAX_BATCH) {
                self.write_surely(&group, beat)?;
            }
            self.recorder.0.healthy.store(true, Ordering::Release);
        }
        self.deliver(&mut done);
        Ok(())
    }

    /// Writes and syncs a group. The number of its first record, if that went well.
    fn write(&mut self, group: &Group<'_>) -> Option<u64> {
        let began = self.clock.uptime();
        let metrics = &self.recorder.0.metrics;
        let kept = self.keys.flush().map_err(std::io::Error::other);
        match kept.and_then(|()| self.spool.append(group.size, group.bodies())) {
            Ok(first) => {
                let took = self.clock.uptime().saturating_sub(began);
                metrics
                    .audit_commit
                    .observe(0, u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
                Some(first)
            }
            Err(error) => {
                metrics.spool_errors.add(0, 0);
                self.recorder.0.healthy.store(false, Ordering::Release);
                log::error!(target: "audit", "the spool cannot be written, answers are withheld: {error}");
                None
            }
        }
    }

    fn write_surely(&mut self, group: &Group<'_>, beat: &impl Fn()) -> Result<(), Lost> {
        if self.write(group).is_some() { Ok(()) } else { self.write_again(group, beat) }
    }

    /// Writes what failed until it is on disk. Nobody waits for it any more.
    fn write_again(&mut self, group: &Group<'_>, beat: &impl Fn()) -> Result<(), Lost> {
        let mut wait = FIRST_RETRY;
        let mut last_attempts = LAST_ATTEMPTS;
        loop {
            let closed = {
                let queue = self.recorder.queue();
                let waited = self.recorder.0.work.wait_timeout(queue, wait);
                waited.unwrap_or_else(PoisonError::into_inner).0.closed
            };
            wait = wait.saturating_mul(2).min(if closed { CLOSING_RETRY } else { LAST_RETRY });
            beat();
            let written = if self.spool.is_pending() {
                self.spool.retry().is_ok()
            } else {
                self.write(group).is_some()
            };
            if written {
                log::warn!(target: "audit", "the spool is written again; {} records had no answer", group.records());
                return Ok(());
            }
            if closed {
                last_attempts = last_attempts.saturating_sub(1);
                if last_attempts == 0 {
                    return Err(Lost { submissions: group.submissions.len() });
                }
            }
        }
    }

    fn deliver(&self, done: &mut [Vec<Delivered>]) {
        for (port, list) in self.ports.iter().zip(done) {
            if !list.is_empty() {
                port.deliver(list);
                list.clear();
            }
        }
    }
}

/// The end of the thread, whatever ends it: nothing more is taken, and nobody waits who could wait for ever.
struct End(Recorder);

impl Drop for End {
    fn drop(&mut self) {
        self.0.close();
        let mut left = Batch::default();
        left.take(&mut self.0.queue().batch);
        for waiter in left.submissions().filter_map(|submission| submission.waiter.as_ref()) {
            waiter.done(Err(AuditUnavailable));
        }
    }
}

fn receipts(submissions: &[Submission], first: u64, done: &mut [Vec<Delivered>]) {
    let mut seq = first;
    for submission in submissions {
        let receipt = Receipt::new(submission.ticket, submission.id, seq, submission.records);
        seq = seq.saturating_add(u64::from(submission.records));
        match &submission.waiter {
            Some(waiter) => waiter.done(Ok(receipt)),
            None => give(done, submission.ticket, Delivered::Receipt(receipt)),
        }
    }
}

fn refusals<'a>(submissions: impl Iterator<Item = &'a Submission>, done: &mut [Vec<Delivered>]) {
    for submission in submissions {
        match &submission.waiter {
            Some(waiter) => waiter.done(Err(AuditUnavailable)),
            None => give(done, submission.ticket, Delivered::Refused(submission.ticket)),
        }
    }
}

fn give(done: &mut [Vec<Delivered>], ticket: Ticket, delivered: Delivered) {
    if let Some(list) = done.get_mut(usize::from(ticket.port)) {
        list.push(delivered);
    }
}

#[cfg(test)]
mod tests;
