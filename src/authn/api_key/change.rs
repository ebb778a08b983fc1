//! Making, replacing and withdrawing keys.
//!
//! A [`Change`] is worked out over the keys that there are, and nothing has happened until [`Change::commit`]: whoever
//! makes one records it in between. While one is under way, others wait.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use super::document;
use super::keys::{ApiKeys, Entry, View};
use super::record::{KeyLimit, KeyName, KeyRecord, KeyState, MOST_NETWORKS, Standing};
use super::store::{Document, KeyStoreError};
use super::usage::Usage;
use super::{KeyId, PresentedKey};
use crate::clock::UnixTime;
use crate::entropy::{Entropy, NoEntropy};
use crate::identity::ClientId;
use crate::identity::cidr::CidrBlock;
use crate::permission::Permissions;
use crate::state::Stamp;

/// The longest that a key which was replaced may be taken.
pub const MOST_GRACE: Duration = Duration::from_secs(30 * 86_400);

/// What is asked of a new key.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What it is for.
    pub name: KeyName,
    /// The client that will show it.
    pub owner: ClientId,
    /// What it permits.
    pub permissions: Permissions,
    /// When it ends.
    pub expires: UnixTime,
    /// Where it may come from; from anywhere where there are none.
    pub networks: Vec<CidrBlock>,
    /// How often it may be used, if that is its own.
    pub limit: Option<KeyLimit>,
}

/// Who asks for a change.
#[derive(Clone, Copy, Debug)]
pub struct Manager<'a> {
    /// The name.
    pub name: &'a str,
    /// All that they may do themselves.
    pub held: Permissions,
}

/// A new key. It is in force once the change is committed, and this is the only time that it can be shown.
#[derive(Debug)]
#[must_use]
pub struct Made {
    /// The key.
    pub key: PresentedKey,
    /// What is known of it.
    pub view: View,
    /// The key whose place it takes.
    pub previous: Option<View>,
}

/// A change of keys that is being worked out.
#[must_use]
pub struct Change<'a> {
    keys: &'a ApiKeys,
    _alone: MutexGuard<'a, ()>,
    now: UnixTime,
    /// The keys as they will be.
    next: BTreeMap<KeyId, Entry>,
    generation: u64,
}

impl ApiKeys {
    /// Begins a change at `now`; waits while another is under way.
    pub fn change(&self, now: UnixTime) -> Change<'_> {
        // One that panicked left nothing half done: memory changes last, and as a whole.
        let alone = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.held();
        let generation = held.generation.saturating_add(1);
        Change { keys: self, _alone: alone, now, next: held.keys.clone(), generation }
    }
}

impl Change<'_> {
    /// A new key as `asked`, for `manager`.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing is then changed.
    pub fn create(
        &mut self,
        asked: Asked,
        manager: Manager<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Made, ChangeError> {
        check_permissions(asked.permissions, manager)?;
        self.check_end(asked.expires)?;
        if asked.networks.len() > MOST_NETWORKS {
            return Err(ChangeError::Networks);
        }
        let (key, view) = self.add(asked, None, manager, entropy)?;
        Ok(Made { key, view, previous: None })
    }

    /// A new key in the place of the key `id`, which is taken for `grace` longer. The new key is for the same, may do
    /// the same, and lives as long as the old one was made to live, from now on.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]; nothing is then changed. Whoever replaces a key comes to know another like it, so they must
    /// hold what it permits.
    pub fn rotate(
        &mut self,
        id: KeyId,
        grace: Duration,
        manager: Manager<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Made, ChangeError> {
        let max_age = self.keys.settings.max_age;
        let old = self.next.get(&id).ok_or(ChangeError::Unknown)?.clone();
        let standing = old.record.standing(max_age, self.now);
        if standing != Standing::Active {
            return Err(ChangeError::NotInUse(standing));
        }
        check_permissions(old.record.permissions, manager)?;
        if grace > MOST_GRACE {
            return Err(ChangeError::Grace);
        }
        let ends = old.record.ends(max_age);
        let lives = ends.seconds().saturating_sub(old.record.created.seconds());
        let asked = Asked {
            name: old.record.name.clone(),
            owner: old.record.owner.clone(),
            permissions: old.record.permissions,
            expires: self.now.plus(lives),
            networks: old.record.networks.clone(),
            limit: old.record.limit,
        };
        let (key, view) = self.add(asked, Some(id), manager, entropy)?;
        let until = self.now.plus(i64::try_from(grace.as_secs()).unwrap_or(i64::MAX)).min(ends);
        let replaced = KeyRecord {
            state: KeyState::Rotating { until },
            successor: Some(key.id()),
            ..(*old.record).clone()
        };
        let previous = self.put(replaced, old.usage);
        Ok(Made { key, view, previous: Some(previous) })
    }

    /// Withdraws the key `id`, by the word of `by`, and gives what there then is; none where it was withdrawn before.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Unknown`].
    pub fn revoke(&mut self, id: KeyId, by: &str) -> Result<Option<View>, ChangeError> {
        let old = self.next.get(&id).ok_or(ChangeError::Unknown)?.clone();
        if matches!(old.record.state, KeyState::Revoked { .. }) {
            return Ok(None);
        }
        let state = KeyState::Revoked { at: self.now, by: by.into() };
        let revoked = KeyRecord { state, ..(*old.record).clone() };
        Ok(Some(self.put(revoked, old.usage)))
    }

    /// Puts the change on disk, and then in force. The stamp belongs into the audit trail.
    ///
    /// # Errors
    ///
    /// Where it cannot be saved; the keys in force are then as they were.
    pub fn commit(self) -> Result<Stamp, KeyStoreError> {
        let records = self.next.values().map(|entry| &*entry.record);
        let stamp = self.keys.store.save(Document::Keys, &document::write_keys(records))?;
        let Self { keys, next, generation, .. } = self;
        keys.replace(super::keys::Held { generation, keys: next });
        Ok(stamp)
    }

    fn add(
        &mut self,
        asked: Asked,
        predecessor: Option<KeyId>,
        manager: Manager<'_>,
        entropy: &dyn Entropy,
    ) -> Result<(PresentedKey, View), ChangeError> {
        self.make_room()?;
        let (settings, peppers) = (&self.keys.settings, &self.keys.peppers);
        let no_entropy = |_: NoEntropy| ChangeError::Entropy;
        let key = PresentedKey::make(settings.length, entropy).map_err(no_entropy)?;
        // Of honest chance, two ids are the same never.
        if self.next.contains_key(&key.id()) {
            return Err(ChangeError::Entropy);
        }
        let pepper = peppers.current();
        let record = KeyRecord {
            id: key.id(),
            name: asked.name,
            owner: asked.owner,
            permissions: asked.permissions,
            created: self.now,
            created_by: manager.name.into(),
            expires: asked.expires,
            networks: asked.networks,
            limit: asked.limit,
            digest: peppers.digest(pepper, &key).ok_or(ChangeError::Pepper)?,
            pepper,
            state: KeyState::Active,
            successor: None,
            predecessor,
        };
        let view = self.put(record, Arc::new(Usage::default()));
        Ok((key, view))
    }

    /// Where there are as many keys as there may be, the one that has been out of use longest goes. The audit trail
    /// knows of it all the same.
    fn make_room(&mut self) -> Result<(), ChangeError> {
        let settings = &self.keys.settings;
        while self.next.len() >= settings.max_keys {
            let over = self.next.iter().filter_map(|(id, entry)| {
                Some((entry.record.over_since(settings.max_age, self.now)?, *id))
            });
            let (_, oldest) = over.min().ok_or(ChangeError::Full)?;
            self.next.remove(&oldest);
        }
        Ok(())
    }

    fn check_end(&self, expires: UnixTime) -> Result<(), ChangeError> {
        let most = i64::try_from(self.keys.settings.max_age.as_secs()).unwrap_or(i64::MAX);
        if self.now < expires && expires <= self.now.plus(most) {
            Ok(())
        } else {
            Err(ChangeError::Lifetime)
        }
    }

    fn put(&mut self, record: KeyRecord, usage: Arc<Usage>) -> View {
        let entry = Entry::new(record, self.generation, usage);
        let view = self.keys.view(&entry, self.now);
        self.next.insert(entry.record.id, entry);
        view
    }
}

fn check_permissions(wanted: Permissions, manager: Manager<'_>) -> Result<(), ChangeError> {
    if wanted.is_empty() {
        Err(ChangeError::NoPermissions)
    } else if wanted.are_within(manager.held) {
        Ok(())
    } else {
        let missing = wanted.iter().filter(|one| !manager.held.contains(*one)).collect();
        Err(ChangeError::NotHeld(missing))
    }
}

impl fmt::Debug for Change<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Change").field("generation", &self.generation).finish_non_exhaustive()
    }
}

/// Why keys are not changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChangeError {
    /// The machine has no random bytes.
    Entropy,
    /// There are as many keys as there may be, all of them in use.
    Full,
    /// The old key would be taken for too long.
    Grace,
    /// It would end at once, or live longer than a key may.
    Lifetime,
    /// It names more than [`MOST_NETWORKS`] blocks of addresses.
    Networks,
    /// It would permit nothing.
    NoPermissions,
    /// It would permit what whoever asks may not do; these are missing.
    NotHeld(Permissions),
    /// The key is not in use, or another takes its place already.
    NotInUse(Standing),
    /// There is no pepper for new keys.
    Pepper,
    /// There is no such key.
    Unknown,
}

impl ChangeError {
    /// A short code for records.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Entropy => "no_entropy",
            Self::Full => "keys_full",
            Self::Grace => "grace_too_long",
            Self::Lifetime => "lifetime",
            Self::Networks => "too_many_networks",
            Self::NoPermissions => "no_permissions",
            Self::NotHeld(_) => "permissions_not_held",
            Self::NotInUse(_) => "key_not_in_use",
            Self::Pepper => "no_pepper",
            Self::Unknown => "key_unknown",
        }
    }
}

impl fmt::Display for ChangeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entropy => out.write_str("the operating system gave no random bytes"),
            Self::Full => out.write_str(
                "there are as many keys as there may be, all of them in use; revoke one, or raise api_keys.max_keys",
            ),
            Self::Grace => write!(
                out,
                "a key that was replaced is taken for at most {} seconds",
                MOST_GRACE.as_secs()
            ),
            Self::Lifetime => out.write_str(
                "a key ends after now, and at the latest api_keys.max_age_days from now",
            ),
            Self::Networks => write!(out, "a key names at most {MOST_NETWORKS} blocks of addresses"),
            Self::NoPermissions => out.write_str("a key permits something"),
            Self::NotHeld(missing) => {
                out.write_str("nobody gives what they do not hold:")?;
                missing.iter().try_for_each(|one| write!(out, " {one}"))
            }
            Self::NotInUse(standing) => {
                write!(out, "the key is {}, so nothing takes its place", standing.as_str())
            }
            Self::Pepper => out.write_str("there is no pepper for new keys"),
            Self::Unknown => out.write_str("there is no such key"),
        }
    }
}

impl std::error::Error for ChangeError {}
