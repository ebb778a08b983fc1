//! Somebody who waits for the receipt of one submission.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::audit::receipt::Receipt;

use super::AuditUnavailable;

/// Longer than any disk takes that is to be used at all.
const PATIENCE: Duration = Duration::from_secs(20);

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

    /// Waits; the recorder gives an answer to everything it takes. One that is gone, or a disk that never comes back,
    /// is waited for no longer than [`PATIENCE`].
    pub(super) fn wait(&self) -> Result<Receipt, AuditUnavailable> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.there.wait_timeout_while(place, PATIENCE, |place| place.is_none());
        place = waited.unwrap_or_else(PoisonError::into_inner).0;
        place.take().unwrap_or(Err(AuditUnavailable))
    }
}
