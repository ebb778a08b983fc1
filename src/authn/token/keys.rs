//! Our keys over time: made, published, put to use, retired and dropped, each change on disk before it is in force.

use std::fmt;
use std::sync::{Arc, MutexGuard, PoisonError};

use jsonwebtoken::EncodingKey;

use crate::clock::UnixTime;
use crate::entropy::Entropy;
use crate::state::Stamp;

use super::algorithm::Algorithm;
use super::key::KeyId;
use super::keygen::KeyError;
use super::keyring::{JWKS_MAX_AGE, KeyRing, KeyState, PreparedKey, RotateError};
use super::settings::seconds;
use super::store::StoreError;
use super::{TokenStore, Tokens};

/// What signs.
pub(super) struct Signer {
    pub(super) id: KeyId,
    pub(super) algorithm: Algorithm,
    pub(super) key: EncodingKey,
}

impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Signer({})", self.id)
    }
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyEvent {
    /// It was made, and is published.
    Prepared,
    /// It signs from now on.
    Activated,
    /// It signs no more.
    Retired,
    /// What it signed is no longer taken.
    Dropped,
}

impl KeyEvent {
    /// The name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Activated => "activated",
            Self::Retired => "retired",
            Self::Dropped => "dropped",
        }
    }
}

/// A change of keys, for the record.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct KeyChange {
    /// What happened to which key.
    pub events: Vec<(KeyEvent, KeyId)>,
    /// The state of the sealed file that it left; none where keys are in memory alone.
    pub stamp: Option<Stamp>,
}

/// Why keys were not changed. They are then as they were.
#[derive(Debug)]
pub enum KeysError {
    /// No key could be made.
    Key(KeyError),
    /// It is not time for it.
    Rotate(RotateError),
    /// They cannot be kept.
    Store(StoreError),
}

impl fmt::Display for KeysError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(out),
            Self::Rotate(error) => error.fmt(out),
            Self::Store(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for KeysError {}

impl From<KeyError> for KeysError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<RotateError> for KeysError {
    fn from(error: RotateError) -> Self {
        Self::Rotate(error)
    }
}

impl From<StoreError> for KeysError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A key, as it is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyLine {
    /// Its name.
    pub id: KeyId,
    /// What it is for.
    pub algorithm: Algorithm,
    /// Where it is in its life.
    pub state: KeyState,
    /// Since when.
    pub since: UnixTime,
}

impl Tokens {
    /// Publishes a key that was made by [`PreparedKey::make`]. Where none signs yet, it does so at once.
    ///
    /// # Errors
    ///
    /// [`RotateError::Full`], or what keeps it from the disk.
    pub fn prepare(&self, key: PreparedKey, now: UnixTime) -> Result<KeyChange, KeysError> {
        self.change(|ring| {
            let first = ring.active_since().is_none();
            let id = ring.prepare(key, now)?;
            let activated = first.then(|| (KeyEvent::Activated, id.clone()));
            Ok([(KeyEvent::Prepared, id)].into_iter().chain(activated).collect())
        })
    }

    /// Puts the prepared key to use in place of the one that signs.
    ///
    /// # Errors
    ///
    /// [`RotateError`], or what keeps it from the disk.
    pub fn rotate(&self, now: UnixTime) -> Result<KeyChange, KeysError> {
        self.change(|ring| {
            let (active, retired) = ring.rotate(now)?;
            let retired = retired.map(|id| (KeyEvent::Retired, id));
            Ok([(KeyEvent::Activated, active)].into_iter().chain(retired).collect())
        })
    }

    /// Does what time demands: drops what has run out, puts a prepared key to use when the one that signs has done so
    /// for as long as is configured, and prepares one where none is. It makes keys, so it can take seconds, and is for
    /// a thread of its own, once a minute.
    ///
    /// # Errors
    ///
    /// The first thing that could not be done; what was done before it stands, and was told to `did`.
    pub fn tend(
        &self,
        now: UnixTime,
        entropy: &dyn Entropy,
        mut did: impl FnMut(KeyChange),
    ) -> Result<(), KeysError> {
        let keep = seconds(self.settings.expiry)
            .saturating_add(seconds(self.settings.leeway))
            .saturating_add(JWKS_MAX_AGE);
        let allowed = &self.settings.algorithms;
        let dropped = self.change(|ring| {
            let gone = ring.drop_old(keep, now).into_iter().chain(ring.keep_only(allowed));
            Ok(gone.map(|id| (KeyEvent::Dropped, id)).collect())
        })?;
        if !dropped.events.is_empty() {
            did(dropped);
        }
        if self.ring().active_since().is_none() {
            did(self.prepare(PreparedKey::make(self.settings.algorithm, entropy)?, now)?);
        }
        if self.is_due(now) {
            did(self.rotate(now)?);
        }
        // One is always ready, so that a rotation on command need not wait for a key to be made.
        if self.ring().prepared_since().is_none() {
            did(self.prepare(PreparedKey::make(self.settings.algorithm, entropy)?, now)?);
        }
        Ok(())
    }

    /// Whether the key that signs has done so for long enough, and another one may.
    fn is_due(&self, now: UnixTime) -> bool {
        let ring = self.ring();
        let active =
            ring.active_since().map(|(_, since)| since.plus(seconds(self.settings.key_rotation)));
        let prepared = ring.prepared_since().map(|(_, since)| since.plus(JWKS_MAX_AGE));
        active.zip(prepared).is_some_and(|(over, ready)| now >= over && now >= ready)
    }

    /// Our keys, oldest first.
    #[must_use]
    pub fn keys(&self) -> Vec<KeyLine> {
        let line = |(id, algorithm, state, since)| KeyLine { id, algorithm, state, since };
        self.ring().states().into_iter().map(line).collect()
    }

    /// The key set that others verify our tokens with (RFC 7517 section 5).
    #[must_use]
    pub fn jwks(&self) -> Arc<[u8]> {
        Arc::clone(&self.jwks.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys as they are. Held while they are written, which takes milliseconds.
    fn ring(&self) -> MutexGuard<'_, KeyRing> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the keys: on disk, then in force; or neither.
    fn change(
        &self,
        change: impl FnOnce(&mut KeyRing) -> Result<Vec<(KeyEvent, KeyId)>, RotateError>,
    ) -> Result<KeyChange, KeysError> {
        let mut ring = self.ring();
        let before = ring.to_bytes()?;
        let done = change(&mut ring).map_err(KeysError::from).and_then(|events| {
            if events.is_empty() {
                return Ok(KeyChange { events, stamp: None });
            }
            let stamp = self
                .store
                .as_ref()
                .map(|store| store.write_keys(&ring.to_bytes()?).map_err(KeysError::from));
            Ok(KeyChange { events, stamp: stamp.transpose()? })
        });
        match &done {
            Ok(change) if change.events.is_empty() => {}
            Ok(_) => self.put_in_force(&ring),
            Err(_) => *ring = KeyRing::from_bytes(&before)?,
        }
        done
    }

    /// Verifies with these keys, signs with the active one and publishes them all.
    pub(super) fn put_in_force(&self, ring: &KeyRing) {
        let signer = ring.signing().map(|(id, algorithm, private)| {
            let der = private.expose();
            let key = match algorithm {
                Algorithm::Rs256 => EncodingKey::from_rsa_der(der),
                Algorithm::Es256 => EncodingKey::from_ec_der(der),
                Algorithm::EdDsa => EncodingKey::from_ed_der(der),
            };
            Arc::new(Signer { id: id.clone(), algorithm, key })
        });
        self.own.replace_keys(ring.verifying());
        *self.jwks.write().unwrap_or_else(PoisonError::into_inner) = ring.jwks().into();
        *self.signer.write().unwrap_or_else(PoisonError::into_inner) = signer;
    }

    /// The keys that `store` has.
    pub(super) fn kept_keys(store: &TokenStore) -> Result<KeyRing, StoreError> {
        match store.keys()? {
            None => Ok(KeyRing::default()),
            Some(bytes) => KeyRing::from_bytes(&bytes).map_err(|_| TokenStore::bad_keys()),
        }
    }
}
