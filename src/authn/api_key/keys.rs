//! The keys that there are, in memory: looked up without waiting for anybody, changed as a whole.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::digest::Peppers;
use super::document;
use super::record::{KeyLimit, KeyRecord, Standing};
use super::settings::ApiKeySettings;
use super::store::{Document, KeyStore, KeyStoreError};
use super::usage::{FLUSH_SECONDS, LastUse, Usage};
use super::{ApiKeyError, KeyId, PresentedKey};
use crate::authn::{Factor, Factors, Method, Principal, Rights};
use crate::clock::UnixTime;
use crate::identity::RoleName;
use crate::state::Stamp;

/// The keys of this service.
pub struct ApiKeys {
    pub(super) settings: ApiKeySettings,
    pub(super) peppers: Peppers,
    pub(super) store: Box<dyn KeyStore>,
    held: RwLock<Arc<Held>>,
    /// Held while a change is under way.
    pub(super) writer: Mutex<()>,
    /// Whether any key was used since uses were written.
    used: AtomicBool,
    /// When uses were written last.
    flushed: Mutex<Option<UnixTime>>,
    no_roles: Arc<[RoleName]>,
}

/// The keys after some change.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// The number of that change, counted since the start.
    pub(super) generation: u64,
    pub(super) keys: BTreeMap<KeyId, Entry>,
}

/// A key.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) record: Arc<KeyRecord>,
    /// The generation with which it became what it is.
    pub(super) since: u64,
    /// What it is called as the subject of records.
    subject: Arc<str>,
    pub(super) usage: Arc<Usage>,
}

/// Who showed a key, and what is to be remembered of it.
#[derive(Debug)]
#[must_use]
pub struct Authenticated {
    /// Which key it was.
    pub key: KeyId,
    /// The state of the keys in which that was found, for [`ApiKeys::still_holds`].
    pub generation: u64,
    /// How often this key may be used, where that is not what holds for every key.
    pub limit: Option<KeyLimit>,
    /// Who it is.
    pub principal: Principal,
}

/// A key as it is shown to those who manage keys.
#[derive(Clone, Debug)]
pub struct View {
    /// What is known of it.
    pub record: Arc<KeyRecord>,
    /// What it is now.
    pub standing: Standing,
    /// When it ends.
    pub ends: UnixTime,
    /// Whether it is older than a key should become.
    pub rotation_due: bool,
    /// How often it was used.
    pub uses: u64,
    /// The last use.
    pub last_use: Option<LastUse>,
}

impl ApiKeys {
    /// The keys that `store` holds, and how they were used.
    ///
    /// # Errors
    ///
    /// Where they cannot be had.
    pub fn load(
        settings: ApiKeySettings,
        peppers: Peppers,
        store: Box<dyn KeyStore>,
    ) -> Result<Self, KeyStoreError> {
        let content = store.load(Document::Keys)?;
        let records = content.as_ref().map(document::read_keys).transpose()?.unwrap_or_default();
        let content = store.load(Document::Use)?;
        let counts = content.as_ref().map(document::read_use).transpose()?.unwrap_or_default();
        let keys = records.into_iter().map(|record| {
            let usage = counts.get(&record.id).map(|(uses, last)| Usage::of(*uses, last));
            (record.id, Entry::new(record, 1, Arc::new(usage.unwrap_or_default())))
        });
        let held = Held { generation: 1, keys: keys.collect() };
        Ok(Self {
            settings,
            peppers,
            store,
            held: RwLock::new(Arc::new(held)),
            writer: Mutex::default(),
            used: AtomicBool::new(false),
            flushed: Mutex::default(),
            no_roles: Arc::from([]),
        })
    }

    /// Who shows `presented` from `address`. Counts a use.
    ///
    /// # Errors
    ///
    /// [`ApiKeyError`]: by the form of the text alone, or of the key that is meant. A key that does not exist costs as
    /// much time as one that does, and nobody learns anything of a key whose secret they do not have.
    pub fn authenticate(
        &self,
        presented: &str,
        address: IpAddr,
        now: UnixTime,
    ) -> Result<Authenticated, ApiKeyError> {
        let key = PresentedKey::parse(presented)?;
        let id = key.id();
        let held = self.held();
        let entry = held.keys.get(&id);
        let (version, digest) = entry.map_or((self.peppers.current(), &[0; 32]), |entry| {
            (entry.record.pepper, &entry.record.digest)
        });
        let is_it = self.peppers.is_of(version, &key, digest);
        let entry = entry.ok_or(ApiKeyError::Unknown(id))?;
        match is_it {
            None => return Err(ApiKeyError::Pepper(id)),
            Some(false) => return Err(ApiKeyError::Secret(id)),
            Some(true) => {}
        }
        self.take(entry, address, now)?;
        let record = &entry.record;
        Ok(Authenticated {
            key: id,
            generation: held.generation,
            limit: record.limit,
            principal: Principal {
                client: record.owner.clone(),
                subject: Arc::clone(&entry.subject),
                roles: Arc::clone(&self.no_roles),
                method: Method::ApiKey,
                rights: Rights::Exactly(record.permissions),
                factors: Factors::only(Factor::ApiKey),
            },
        })
    }

    /// Whether what was found of the key `id` in the state `generation` would be found now, from `address`, too: for
    /// whoever remembers it and spares the digest. Counts a use. Changes of other keys do not matter.
    ///
    /// # Errors
    ///
    /// [`ApiKeyError`]; on [`ApiKeyError::Stale`] the key may still be taken when it is shown.
    pub fn still_holds(
        &self,
        id: KeyId,
        generation: u64,
        address: IpAddr,
        now: UnixTime,
    ) -> Result<(), ApiKeyError> {
        let held = self.held();
        let entry = held.keys.get(&id).ok_or(ApiKeyError::Unknown(id))?;
        // First what says most: a revoked key is revoked, not stale.
        self.check(entry, address, now)?;
        if entry.since > generation || generation > held.generation {
            return Err(ApiKeyError::Stale(id));
        }
        self.count(entry, address, now);
        Ok(())
    }

    /// Every key, oldest first.
    #[must_use]
    pub fn list(&self, now: UnixTime) -> Vec<View> {
        let held = self.held();
        let mut all: Vec<View> = held.keys.values().map(|entry| self.view(entry, now)).collect();
        all.sort_by_key(|view| (view.record.created, view.record.id));
        all
    }

    /// At most `most` keys in the order of their ids, from behind `after` on, and the id behind which the rest follow.
    #[must_use]
    pub fn page(
        &self,
        after: Option<KeyId>,
        most: usize,
        now: UnixTime,
    ) -> (Vec<View>, Option<KeyId>) {
        let held = self.held();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = held.keys.range((from, Bound::Unbounded));
        let page: Vec<View> =
            rest.by_ref().take(most).map(|(_, entry)| self.view(entry, now)).collect();
        let more = rest.next().is_some();
        let last = page.last().map(|view| view.record.id).filter(|_| more);
        (page, last)
    }

    /// The key `id`.
    #[must_use]
    pub fn get(&self, id: KeyId, now: UnixTime) -> Option<View> {
        self.held().keys.get(&id).map(|entry| self.view(entry, now))
    }

    /// The keys that should be rotated, oldest first.
    #[must_use]
    pub fn due(&self, now: UnixTime) -> Vec<View> {
        let mut all = self.list(now);
        all.retain(|view| view.rotation_due);
        all
    }

    /// What is set.
    #[must_use]
    pub fn settings(&self) -> &ApiKeySettings {
        &self.settings
    }

    /// Writes how keys were used, where any was since the last write and that was a minute ago. The stamp of what was
    /// written belongs into the audit trail.
    ///
    /// # Errors
    ///
    /// Where it cannot be saved; it is tried again after a minute.
    pub fn flush(&self, now: UnixTime) -> Result<Option<Stamp>, KeyStoreError> {
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back does not hold it up.
        let soon = flushed.is_some_and(|at| {
            (0..FLUSH_SECONDS).contains(&now.seconds().saturating_sub(at.seconds()))
        });
        if soon {
            return Ok(None);
        }
        *flushed = Some(now);
        self.flush_at_end()
    }

    /// The same, however long the last write is ago: when the service ends.
    ///
    /// # Errors
    ///
    /// Where it cannot be saved.
    pub fn flush_at_end(&self) -> Result<Option<Stamp>, KeyStoreError> {
        // Before the counts are read: what is used meanwhile is written next time.
        if !self.used.swap(false, Ordering::AcqRel) {
            return Ok(None);
        }
        let held = self.held();
        let counts = held.keys.iter().filter_map(|(id, entry)| {
            let last = entry.usage.last()?;
            Some((*id, (entry.usage.uses(), last)))
        });
        let saved = self.store.save(Document::Use, &document::write_use(counts));
        if saved.is_err() {
            self.used.store(true, Ordering::Release);
        }
        saved.map(Some)
    }

    fn take(&self, entry: &Entry, address: IpAddr, now: UnixTime) -> Result<(), ApiKeyError> {
        self.check(entry, address, now)?;
        self.count(entry, address, now);
        Ok(())
    }

    /// What may be asked of a key whose secret was shown.
    fn check(&self, entry: &Entry, address: IpAddr, now: UnixTime) -> Result<(), ApiKeyError> {
        let record = &entry.record;
        match record.standing(self.settings.max_age, now) {
            Standing::Active | Standing::Rotating => {}
            Standing::Rotated => return Err(ApiKeyError::Rotated(record.id)),
            Standing::Expired => return Err(ApiKeyError::Expired(record.id)),
            Standing::Revoked => return Err(ApiKeyError::Revoked(record.id)),
        }
        let networks = &record.networks;
        if !networks.is_empty() && !networks.iter().any(|block| block.contains(address)) {
            return Err(ApiKeyError::Network(record.id));
        }
        Ok(())
    }

    fn count(&self, entry: &Entry, address: IpAddr, now: UnixTime) {
        entry.usage.count(address, now);
        // Not written where it is set already: it lies on a line of memory that every worker reads.
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Release);
        }
    }

    pub(super) fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn replace(&self, held: Held) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
    }

    pub(super) fn view(&self, entry: &Entry, now: UnixTime) -> View {
        let (record, settings) = (&entry.record, &self.settings);
        View {
            record: Arc::clone(record),
            standing: record.standing(settings.max_age, now),
            ends: record.ends(settings.max_age),
            rotation_due: record.rotation_due(settings.max_age, settings.rotation, now),
            uses: entry.usage.uses(),
            last_use: entry.usage.last(),
        }
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.held().keys.len();
        out.debug_struct("ApiKeys").field("keys", &count).finish_non_exhaustive()
    }
}

impl Entry {
    pub(super) fn new(record: KeyRecord, since: u64, usage: Arc<Usage>) -> Self {
        let subject = format!("key:{}", record.id).into();
        Self { record: Arc::new(record), since, subject, usage }
    }
}
