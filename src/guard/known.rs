//! A caller who was authenticated, kept for as long as that holds.

use std::sync::{Arc, OnceLock};

use crate::audit::SubjectKey;
use crate::authn::api_key::{KeyId, KeyLimit};
use crate::authz::Caller;
use crate::limit::{Quota, Subject};

/// Who is calling, what that may be, what is counted by, and what records of it are sealed with.
#[derive(Debug)]
pub struct Known {
    caller: Caller,
    /// The key that was shown, by the text of its id, and its own quota.
    api_key: Option<(Box<str>, Option<Quota>)>,
    key: OnceLock<Option<Arc<SubjectKey>>>,
}

impl Known {
    /// This caller, who is not known by an API key.
    #[must_use]
    pub fn new(caller: Caller) -> Self {
        Self { caller, api_key: None, key: OnceLock::new() }
    }

    pub(super) fn by_key(caller: Caller, id: KeyId, limit: Option<KeyLimit>) -> Self {
        let quota = |limit: KeyLimit| Quota::new(limit.requests_per_minute, limit.burst);
        let api_key = Some((id.to_string().into(), limit.map(quota)));
        Self { caller, api_key, key: OnceLock::new() }
    }

    /// The caller.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The API key that was shown, if it was one.
    #[must_use]
    pub fn api_key(&self) -> Option<&str> {
        self.api_key.as_ref().map(|(id, _)| &**id)
    }

    /// Asks the limits by what this caller is counted by: the API key, or the client whatever was shown.
    pub(super) fn counted<T>(&self, ask: impl FnOnce(Subject<'_>) -> T) -> T {
        match &self.api_key {
            Some((id, quota)) => ask(Subject::ApiKey(id, *quota)),
            None => ask(Subject::User(self.caller.principal().client().as_str())),
        }
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
