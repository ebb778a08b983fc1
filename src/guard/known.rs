//! A caller who was authenticated, kept for as long as that holds.

use std::sync::{Arc, OnceLock};

use crate::audit::SubjectKey;
use crate::authz::Caller;

/// Who is calling, what that may be, and what records of it are sealed with.
#[derive(Debug)]
pub struct Known {
    caller: Caller,
    key: OnceLock<Option<Arc<SubjectKey>>>,
}

impl Known {
    /// This caller.
    #[must_use]
    pub fn new(caller: Caller) -> Self {
        Self { caller, key: OnceLock::new() }
    }

    /// The caller.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The key for records of this caller's subject, found by `find` the first time.
    pub fn key_or(
        &self,
        find: impl FnOnce(&str) -> Option<Arc<SubjectKey>>,
    ) -> Option<&Arc<SubjectKey>> {
        self.key.get_or_init(|| find(self.caller.principal().subject())).as_ref()
    }

    /// The key, where it was found before.
    #[must_use]
    pub fn key(&self) -> Option<&Arc<SubjectKey>> {
        self.key.get()?.as_ref()
    }
}
