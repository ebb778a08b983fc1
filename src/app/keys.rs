//! API keys, once a minute: how they were used is written down; once a day, those that are too old are named.

use std::sync::Arc;
use std::time::Duration;

use crate::authn::api_key::{ApiKeys, KeyStoreError};
use crate::clock::UnixTime;
use crate::server::Shared;
use crate::state::Stamp;

use super::journal::Journal;

/// Between two reminders. The first comes with the start.
const REMINDER: Duration = Duration::from_secs(86_400);

/// Looks after the keys.
#[derive(Debug)]
pub(super) struct KeyKeeper {
    keys: Arc<ApiKeys>,
    journal: Journal,
    /// When old keys were named last, by the time since the start.
    reminded: Option<Duration>,
    /// Whether the last write went well: a failure is told once.
    could: bool,
}

impl KeyKeeper {
    /// For the keys of the service, if it has any.
    pub(super) fn of(shared: &Shared, journal: &Journal) -> Option<Self> {
        let keys = Arc::clone(shared.services.api_keys.as_ref()?);
        Some(Self { keys, journal: journal.clone(), reminded: None, could: true })
    }

    /// Writes and reminds, where that is due; at the `end`, writes whatever there is.
    pub(super) fn look(&mut self, now: UnixTime, uptime: Duration, end: bool) {
        let written = if end { self.keys.flush_at_end() } else { self.keys.flush(now) };
        self.note(written);
        let due = self.reminded.is_none_or(|at| uptime.saturating_sub(at) >= REMINDER);
        if due && !end && self.remind(now) {
            self.reminded = Some(uptime);
        }
    }

    fn note(&mut self, written: Result<Option<Stamp>, KeyStoreError>) {
        let fault = match written {
            Ok(None) => return,
            // Unrecorded, the next start finds a newer file than the trail knows, and says so.
            Ok(Some(stamp)) => self.journal.key_uses(&stamp).err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let (Some(fault), true) = (&fault, self.could) {
            log::error!(target: "app", "how API keys were used cannot be written: {fault}; it is tried again every minute");
        }
        self.could = fault.is_none();
    }

    /// Names the keys that should be rotated; whether that is on record.
    fn remind(&self, now: UnixTime) -> bool {
        let due = self.keys.due(now);
        let Some(oldest) = due.first() else { return true };
        log::warn!(
            target: "app",
            "{} API keys should be rotated, the oldest of them {} of {}; see them by: trust-service key list",
            due.len(), oldest.record.id, oldest.record.owner
        );
        self.journal.keys_due(&due).is_ok()
    }
}
