//! The pool for handlers that may block or take their time, so that no worker ever does.
//!
//! The queue is bounded: a job that finds no room is refused at once, with `503`. A handler's panic ends here: its
//! request gets `500` and a record, and the thread goes on.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use crate::runtime::supervisor::Life;

use super::inbox::Inbox;
use super::slots::SlotId;

/// What the pool is to do, and whom to tell.
pub(super) struct Job {
    pub(super) to: Arc<Inbox>,
    pub(super) slot: SlotId,
    pub(super) work: Box<dyn FnOnce() -> Outcome + Send>,
}

/// What came of a job.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) slot: SlotId,
    pub(super) outcome: Outcome,
}

pub(super) use super::exchange::Outcome;

impl std::fmt::Debug for Job {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Job").field("slot", &self.slot).finish_non_exhaustive()
    }
}

/// Where jobs go in.
#[derive(Clone, Debug)]
pub(super) struct Jobs(Sender<Job>);

/// Where a thread of the pool takes them out.
#[derive(Clone, Debug)]
pub struct Pool(Receiver<Job>);

/// A queue for at most `room` jobs.
pub(super) fn queue(room: u16) -> (Jobs, Pool) {
    let (sender, receiver) = bounded(usize::from(room));
    (Jobs(sender), Pool(receiver))
}

impl Jobs {
    /// Gives the job to the pool, or back where there is no room.
    pub(super) fn give(&self, job: Job) -> Result<(), Job> {
        self.0.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(job) | TrySendError::Disconnected(job) => job,
        })
    }
}

impl Pool {
    /// Does jobs until it is told to stop and none is left; the body of a `blocking-N` thread.
    pub fn run(&self, life: &Life) {
        loop {
            life.pulse.beat();
            match self.0.recv_timeout(LOOK) {
                Ok(Job { to, slot, work }) => {
                    // It may take its time: its request has a deadline, and the thread is no worse for it.
                    let busy = life.pulse.idle();
                    let outcome = work();
                    drop(busy);
                    to.put(|mail| mail.done.push(Done { slot, outcome }));
                }
                Err(RecvTimeoutError::Timeout) if !life.stop.is_asked() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

/// How often a thread without work looks whether it shall stop.
const LOOK: Duration = Duration::from_millis(200);
