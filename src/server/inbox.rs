//! What other threads have for a worker: new connections, receipts, answers from the blocking pool.
//!
//! One list, one event descriptor, at most one wake-up for however much is put in. No wake-up is lost: whoever puts
//! in adds to the list before it looks at the flag, and the worker clears the flag before it takes the list.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;

use crate::audit::{Delivered, Port};

use super::blocking::Done;
use super::listener::Accepted;

/// A worker's inbox.
#[derive(Debug)]
pub struct Inbox {
    list: Mutex<Mail>,
    woken: AtomicBool,
    event: OwnedFd,
}

/// What was put in since the worker last looked.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) delivered: Vec<Delivered>,
    pub(super) done: Vec<Done>,
    pub(super) accepted: Vec<Accepted>,
}

impl Inbox {
    /// An empty inbox.
    ///
    /// # Errors
    ///
    /// Where the kernel gives no event descriptor.
    pub fn new() -> Result<Self, Errno> {
        let event = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        Ok(Self { list: Mutex::default(), woken: AtomicBool::new(false), event })
    }

    pub(super) fn put(&self, add: impl FnOnce(&mut Mail)) {
        add(&mut self.list.lock().unwrap_or_else(PoisonError::into_inner));
        self.wake();
    }

    /// Wakes the worker though there is nothing for it: the service's state has changed.
    pub fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            // It can fail only where the counter is full, and then the worker is awake.
            let _ = rustix::io::write(&self.event, &1_u64.to_ne_bytes());
        }
    }

    /// Moves what is there into `into`, which is empty.
    pub(super) fn take(&self, into: &mut Mail) {
        let _ = rustix::io::read(&self.event, &mut [0; 8]);
        self.woken.store(false, Ordering::Release);
        std::mem::swap(&mut *self.list.lock().unwrap_or_else(PoisonError::into_inner), into);
    }
}

impl AsFd for Inbox {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }
}

impl Port for Inbox {
    fn deliver(&self, done: &mut Vec<Delivered>) {
        self.put(|mail| mail.delivered.append(done));
    }
}
