//! What is known of one key.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::KeyId;
use super::digest::Digest;
use crate::clock::UnixTime;
use crate::identity::ClientId;
use crate::identity::cidr::CidrBlock;
use crate::permission::Permissions;

/// The most blocks of addresses that a key may name.
pub const MOST_NETWORKS: usize = 8;

/// What is known of a key, beside how it is used. Nothing of its secret but a digest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyRecord {
    /// Its name among keys.
    pub id: KeyId,
    /// What it is for, in the words of whoever made it.
    pub name: KeyName,
    /// The client that shows it.
    pub owner: ClientId,
    /// What it permits; never nothing.
    pub permissions: Permissions,
    /// When it was made.
    pub created: UnixTime,
    /// Who made it.
    pub created_by: Arc<str>,
    /// When it ends.
    pub expires: UnixTime,
    /// Where it may come from, at most [`MOST_NETWORKS`] blocks; from anywhere where there are none.
    pub networks: Vec<CidrBlock>,
    /// How often it may be used, where that is not what holds for every key.
    pub limit: Option<KeyLimit>,
    /// HMAC-SHA-256 of the key.
    pub digest: Digest,
    /// The version of the pepper that the digest is under.
    pub pepper: u32,
    /// Whether it is in use.
    pub state: KeyState,
    /// The key that took its place.
    pub successor: Option<KeyId>,
    /// The key whose place it took.
    pub predecessor: Option<KeyId>,
}

/// What has been done with a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyState {
    /// Nothing.
    Active,
    /// Another has taken its place; it is taken until this time.
    Rotating {
        /// The first instant at which it is not.
        until: UnixTime,
    },
    /// It was withdrawn.
    Revoked {
        /// When.
        at: UnixTime,
        /// By whom.
        by: Arc<str>,
    },
}

/// What a key is at some time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It is taken.
    Active,
    /// It is taken, and another will take its place.
    Rotating,
    /// Another has taken its place.
    Rotated,
    /// It has ended.
    Expired,
    /// It was withdrawn.
    Revoked,
}

/// How often a key may be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyLimit {
    /// In the long run.
    pub requests_per_minute: NonZeroU32,
    /// At once.
    pub burst: NonZeroU32,
}

impl KeyRecord {
    /// When it ends: as it was made, or earlier where `max_age` has become shorter since.
    #[must_use]
    pub fn ends(&self, max_age: Duration) -> UnixTime {
        let most = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
        self.expires.min(self.created.plus(most))
    }

    /// What it is at `now`, where no key lives longer than `max_age`.
    #[must_use]
    pub fn standing(&self, max_age: Duration, now: UnixTime) -> Standing {
        match &self.state {
            KeyState::Revoked { .. } => Standing::Revoked,
            KeyState::Rotating { until } if *until <= now => Standing::Rotated,
            _ if self.ends(max_age) <= now => Standing::Expired,
            KeyState::Rotating { .. } => Standing::Rotating,
            KeyState::Active => Standing::Active,
        }
    }

    /// Since when it is not taken, where it is not at `now`.
    #[must_use]
    pub fn over_since(&self, max_age: Duration, now: UnixTime) -> Option<UnixTime> {
        let ends = self.ends(max_age);
        match (self.standing(max_age, now), &self.state) {
            (Standing::Active | Standing::Rotating, _) => None,
            (_, KeyState::Revoked { at, .. }) => Some(*at),
            (_, KeyState::Rotating { until }) => Some(ends.min(*until)),
            (_, KeyState::Active) => Some(ends),
        }
    }

    /// Whether it should be rotated: it is in use, nothing has taken its place, and it is older than `rotation`.
    #[must_use]
    pub fn rotation_due(&self, max_age: Duration, rotation: Duration, now: UnixTime) -> bool {
        let after = i64::try_from(rotation.as_secs()).unwrap_or(i64::MAX);
        self.standing(max_age, now) == Standing::Active && self.created.plus(after) <= now
    }
}

impl Standing {
    /// The word, as answers and records have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Rotating => "rotating",
            Self::Rotated => "rotated",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// Whether the key is taken.
    #[must_use]
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Active | Self::Rotating)
    }
}

/// What a key is for: 1 to 64 printable ASCII characters, the first and the last no space.
///
/// Safe to write to a log line or a terminal as it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyName(Arc<str>);

impl KeyName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        let fits = (1..=64).contains(&text.len())
            && text.trim_ascii().len() == text.len()
            && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if fits { Ok(Self(text.into())) } else { Err(KeyNameError) }
    }
}

/// The text is no name of what a key is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyNameError;

impl fmt::Display for KeyNameError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("what a key is for is said in 1 to 64 printable ASCII characters")
    }
}

impl std::error::Error for KeyNameError {}
