//! Somebody who waits for the receipt of one submission.

use std::sync::{Condvar, Mutex, PoisonError};

use crate::audit::receipt::Receipt;

use super::AuditUnavailable;

/// A place for one receipt.
#[derive(Debug, Default)]
pub(in crate::audit) struct Waiter {
    place: Mutex<Option<Result<Receipt, AuditUnavailable>>>,
    there: Condvar,
}

impl Waiter {
    pub(super) fn done(&self, what: Result<Receipt, AuditUnavailable>) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
        self.there.notify_all();
    }

    /// Waits; the recorder gives an answer to everything it takes.
    pub(super) fn wait(&self) -> Result<Receipt, AuditUnavailable> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match place.take() {
                Some(what) => return what,
                None => place = self.there.wait(place).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}
