//! What is kept of a key: HMAC-SHA-256 of all of it, under a pepper.
//!
//! A key is 256 bits of chance, so a fast hash is as good as a slow one. The pepper is not kept where the digests are:
//! who steals the file cannot even tell whether a key that they hold is in it.

use std::collections::BTreeMap;

use ring::hmac;

use super::PresentedKey;
use crate::secret::{Key, same};

/// The digest of a key.
pub type Digest = [u8; 32];

/// The peppers at hand, each with its version. New keys take the current one.
#[derive(Debug)]
pub struct Peppers {
    current: u32,
    all: BTreeMap<u32, hmac::Key>,
}

impl Peppers {
    /// The pepper that new keys take, and its version.
    #[must_use]
    pub fn new(version: u32, pepper: &Key) -> Self {
        Self { current: version, all: BTreeMap::from([(version, prepared(pepper))]) }
    }

    /// With one that older keys were kept under; one of the current version is not replaced.
    #[must_use]
    pub fn with_older(mut self, version: u32, pepper: &Key) -> Self {
        self.all.entry(version).or_insert_with(|| prepared(pepper));
        self
    }

    /// The version that new keys take.
    #[must_use]
    pub fn current(&self) -> u32 {
        self.current
    }

    /// The digest of `key` under the pepper of `version`; none where that is not at hand.
    pub(super) fn digest(&self, version: u32, key: &PresentedKey) -> Option<Digest> {
        let pepper = self.all.get(&version)?;
        hmac::sign(pepper, key.expose().as_bytes()).as_ref().try_into().ok()
    }

    /// Whether `digest` is that of `key` under the pepper of `version`, in a time that does not depend on either; none
    /// where the pepper is not at hand.
    pub(super) fn is_of(&self, version: u32, key: &PresentedKey, digest: &Digest) -> Option<bool> {
        self.digest(version, key).map(|found| same(&found, digest))
    }
}

fn prepared(pepper: &Key) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, pepper.expose())
}
