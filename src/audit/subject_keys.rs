//! A key for each subject, so that a subject can be forgotten and the proof that something happened kept.
//!
//! What a record says of a person in clear is a pseudonym that changes each month; the rest is sealed with
//! AES-256-GCM under the subject's key of that month. Hashes are over the ciphertext. Who erases the keys makes every
//! sealed field of that subject unreadable, and no hash changes.
//!
//! Keys stand in `subjects.keys`, wrapped under a key that is not in that folder. A new key is first used in memory;
//! [`SubjectKeys::flush`] makes it durable before any record that needs it is.
//!
//! Bounds: [`MAX_KEYS`] keys in the file and [`MAX_CACHED`] in memory. Above the first, new subjects share the key of
//! the day, and are forgotten with it; above the second, the memory is emptied and filled again from the file.
//!
//! Threats: a stolen folder (the wrapping key is elsewhere), joining a person's records across months (key ids are
//! random, pseudonyms are keyed), and a flood of strangers (they have one key a day between them).

mod error;
mod file;
mod sealing;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use ring::hmac;
use serde_json::{Map, Value};

use crate::clock::UnixTime;
use crate::encoding;
use crate::entropy::Entropy;
use crate::identity::Uuid;
use crate::secret::Key;

pub use error::SubjectKeyError;
use file::{Entry, KeyFile, Wrapper};
pub use sealing::SubjectKey;

/// How many keys the file holds: 128 MiB.
pub const MAX_KEYS: usize = 1 << 20;

/// How many keys are held ready in memory.
pub const MAX_CACHED: usize = 1 << 16;

/// The two keys that the application gives.
#[derive(Debug)]
pub struct AuditKeys {
    /// Wraps the subjects' keys.
    pub key_encryption_key: Key,
    /// Makes pseudonyms, and finds a subject's keys by its name.
    pub pseudonym_key: Key,
}

/// The subjects' keys of one state folder.
pub struct SubjectKeys {
    wrapper: Wrapper,
    names: hmac::Key,
    /// The keys of one month, by subject.
    cache: RwLock<Cache>,
    index: Mutex<Index>,
    file: Mutex<KeyFile>,
    /// Whether there are keys that the file does not have yet.
    pending: AtomicBool,
}

#[derive(Debug, Default)]
struct Cache {
    epoch: Option<Epoch>,
    keys: HashMap<Box<str>, Arc<SubjectKey>>,
}

/// Where each key stands, and those that stand nowhere yet.
#[derive(Debug, Default)]
struct Index {
    slots: BTreeMap<(SubjectDigest, Epoch), Place>,
    pending: Vec<Entry>,
    next_slot: u32,
}

#[derive(Debug)]
struct Place {
    slot: u32,
    entry: Entry,
}

/// A calendar month: years times twelve, and the month from zero.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Epoch(u32);

/// A keyed hash of a subject's name: in the file only, never in a record.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct SubjectDigest([u8; 16]);

impl Epoch {
    fn of(now: UnixTime) -> Self {
        let text = now.to_string();
        let number = |part: Option<&str>| part.and_then(|part| part.parse().ok()).unwrap_or(0_u32);
        let (year, month) = (number(text.get(..4)), number(text.get(5..7)));
        Self(year.saturating_mul(12).saturating_add(month.saturating_sub(1)))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}", self.0 / 12, (self.0 % 12).saturating_add(1))
    }
}

impl fmt::Debug for SubjectKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SubjectKeys").finish_non_exhaustive()
    }
}

impl SubjectKeys {
    /// The keys of `folder`, whose file is made if it is missing.
    ///
    /// # Errors
    ///
    /// [`SubjectKeyError`]; [`SubjectKeyError::WrongKey`] where the file was made under another wrapping key.
    pub fn open(
        folder: &Path,
        keys: &AuditKeys,
        entropy: &dyn Entropy,
    ) -> Result<Self, SubjectKeyError> {
        let wrapper = Wrapper::new(&keys.key_encryption_key)?;
        let (file, entries) = KeyFile::open(folder, &wrapper, entropy)?;
        let mut index = Index { next_slot: file.slots(), ..Index::default() };
        for (slot, entry) in entries {
            index.slots.insert((entry.subject(), entry.epoch()), Place { slot, entry });
        }
        Ok(Self {
            wrapper,
            names: hmac::Key::new(hmac::HMAC_SHA256, keys.pseudonym_key.expose()),
            cache: RwLock::default(),
            index: Mutex::new(index),
            file: Mutex::new(file),
            pending: AtomicBool::new(false),
        })
    }

    /// The key of `subject` in the month of `now`, made on first use.
    ///
    /// Never waits for a disk.
    ///
    /// # Errors
    ///
    /// Where there is no entropy for a new key.
    pub fn of(
        &self,
        subject: &str,
        now: UnixTime,
        entropy: &dyn Entropy,
    ) -> Result<Arc<SubjectKey>, SubjectKeyError> {
        let epoch = Epoch::of(now);
        let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
        if cache.epoch == Some(epoch)
            && let Some(key) = cache.keys.get(subject)
        {
            return Ok(Arc::clone(key));
        }
        drop(cache);
        // Both locks until it is in the cache, so that an erasure finds it in both places or in none.
        let mut index = self.locked_index();
        let key = Arc::new(self.find_or_make(&mut index, subject, epoch, now, entropy)?);
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        if cache.epoch != Some(epoch) || cache.keys.len() >= MAX_CACHED {
            cache.keys.clear();
            cache.epoch = Some(epoch);
        }
        cache.keys.insert(subject.into(), Arc::clone(&key));
        Ok(key)
    }

    /// The key that all who proved nothing share on the day of `now`.
    ///
    /// # Errors
    ///
    /// As [`Self::of`].
    pub fn of_strangers(
        &self,
        now: UnixTime,
        entropy: &dyn Entropy,
    ) -> Result<Arc<SubjectKey>, SubjectKeyError> {
        self.of(&strangers(now), now, entropy)
    }

    /// Makes every key that was given out so far durable; at no cost where there is no new one.
    ///
    /// # Errors
    ///
    /// [`SubjectKeyError::Write`]; the keys are kept, and the next call writes them again.
    pub fn flush(&self) -> Result<(), SubjectKeyError> {
        if !self.pending.load(Ordering::Acquire) {
            return Ok(());
        }
        self.flush_into(&mut self.locked_file())
    }

    /// Erases every key of `subject`: what was sealed under them can no longer be read by anybody. Gives how many.
    ///
    /// # Errors
    ///
    /// [`SubjectKeyError::Write`] where the file cannot be overwritten: nothing may then be called erased.
    pub fn erase(&self, subject: &str) -> Result<usize, SubjectKeyError> {
        let digest = self.digest(subject);
        let mut file = self.locked_file();
        self.flush_into(&mut file)?;
        let range = (digest, Epoch(0))..=(digest, Epoch(u32::MAX));
        let slots: Vec<u32> =
            self.locked_index().slots.range(range).map(|(_, place)| place.slot).collect();
        file.erase(&slots)?;
        let mut index = self.locked_index();
        index
            .slots
            .retain(|(subject, _), place| *subject != digest || !slots.contains(&place.slot));
        self.cache.write().unwrap_or_else(PoisonError::into_inner).keys.remove(subject);
        Ok(slots.len())
    }

    /// What a record's `enc` holds: its fields and their values.
    ///
    /// # Errors
    ///
    /// [`SubjectKeyError::Erased`] where the key is gone, [`SubjectKeyError::NotSealed`] where `enc` is not what
    /// was sealed for the record of this id.
    pub fn open_sealed(
        &self,
        record_id: &Uuid,
        enc: &Value,
    ) -> Result<Map<String, Value>, SubjectKeyError> {
        let text = |name| enc.get(name).and_then(Value::as_str).ok_or(SubjectKeyError::NotSealed);
        let (key_id, ciphertext) = (text("key_id")?, text("ciphertext")?);
        let bytes =
            encoding::from_base64(ciphertext.as_bytes()).ok_or(SubjectKeyError::NotSealed)?;
        let index = self.locked_index();
        let entry = index
            .slots
            .values()
            .map(|place| place.entry)
            .find(|entry| entry.key_id() == key_id)
            .ok_or(SubjectKeyError::Erased)?;
        drop(index);
        let plain = self.wrapper.unwrap(&entry)?.open(record_id, bytes)?;
        serde_json::from_slice(&plain).map_err(|_| SubjectKeyError::NotSealed)
    }

    fn find_or_make(
        &self,
        index: &mut Index,
        subject: &str,
        epoch: Epoch,
        now: UnixTime,
        entropy: &dyn Entropy,
    ) -> Result<SubjectKey, SubjectKeyError> {
        let pseudonym = self.pseudonym(subject, epoch);
        let digest = self.digest(subject);
        if let Some(place) = index.slots.get(&(digest, epoch)) {
            return Ok(self.wrapper.unwrap(&place.entry)?.with_pseudonym(&pseudonym));
        }
        let days = strangers(now);
        if index.slots.len() >= MAX_KEYS && subject != days {
            let shared = self.find_or_make(index, &days, epoch, now, entropy)?;
            return Ok(shared.with_pseudonym(&pseudonym));
        }
        let (entry, key) = self.wrapper.make(digest, epoch, entropy)?;
        let slot = index.next_slot;
        index.next_slot = slot.saturating_add(1);
        index.pending.push(entry);
        index.slots.insert((digest, epoch), Place { slot, entry });
        self.pending.store(true, Ordering::Release);
        Ok(key.with_pseudonym(&pseudonym))
    }

    fn flush_into(&self, file: &mut KeyFile) -> Result<(), SubjectKeyError> {
        // Cleared before the list is taken: a key that comes in between sets it again.
        self.pending.store(false, Ordering::Release);
        file.take(&mut self.locked_index().pending);
        file.flush().inspect_err(|_| self.pending.store(true, Ordering::Release))
    }

    fn digest(&self, subject: &str) -> SubjectDigest {
        SubjectDigest(self.keyed(b"subject", subject))
    }

    fn pseudonym(&self, subject: &str, epoch: Epoch) -> String {
        let epoch = epoch.to_string();
        let keyed = self.keyed(epoch.as_bytes(), subject);
        format!("{epoch}:{}", encoding::hex(&keyed))
    }

    fn keyed(&self, label: &[u8], subject: &str) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.names);
        context.update(label);
        // Labels have no zero byte, so where one ends is certain.
        context.update(&[0]);
        context.update(subject.as_bytes());
        context.sign().as_ref().first_chunk().copied().unwrap_or_default()
    }

    fn locked_file(&self) -> MutexGuard<'_, KeyFile> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked_index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name under which a day's strangers have their key. No subject can be called so: it would have to come from an
/// issuer that is trusted to name subjects, and would then share a key with strangers.
fn strangers(now: UnixTime) -> String {
    let text = now.to_string();
    format!("anonymous:{}", text.get(..10).unwrap_or_default())
}

#[cfg(test)]
mod tests;
