//! Why a key is not taken.

use std::fmt;

use super::KeyId;

/// Why a key is not taken.
///
/// Goes to the record, which may name the key: an id is no secret. The caller sees the same refusal whichever it is.
/// The first four are found without a look at the store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ApiKeyError {
    /// It has a character that no key has.
    Alphabet,
    /// Its check sum is not that of the rest: a slip, or a key that nobody made.
    Check,
    /// Its parts are not those of a key.
    Form,
    /// It is too short or too long.
    Length,
    /// It is the key, and it has ended.
    Expired(KeyId),
    /// It is the key, and it came from a network that it is not for.
    Network(KeyId),
    /// It is kept under a pepper that is not at hand.
    Pepper(KeyId),
    /// It is the key, and it was withdrawn.
    Revoked(KeyId),
    /// It is the key, and another has taken its place.
    Rotated(KeyId),
    /// There is a key of this id, and this is not it.
    Secret(KeyId),
    /// What was found out earlier does not hold any more: the key has changed since.
    Stale(KeyId),
    /// There is no key of this id.
    Unknown(KeyId),
}

impl ApiKeyError {
    /// A short code for records and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Alphabet => "key_alphabet",
            Self::Check => "key_check",
            Self::Form => "key_form",
            Self::Length => "key_length",
            Self::Expired(_) => "key_expired",
            Self::Network(_) => "key_network",
            Self::Pepper(_) => "key_pepper",
            Self::Revoked(_) => "key_revoked",
            Self::Rotated(_) => "key_rotated",
            Self::Secret(_) => "key_secret",
            Self::Stale(_) => "key_stale",
            Self::Unknown(_) => "key_unknown",
        }
    }

    /// Which key was meant, where that is known.
    #[must_use]
    pub const fn key(self) -> Option<KeyId> {
        match self {
            Self::Alphabet | Self::Check | Self::Form | Self::Length => None,
            Self::Expired(id)
            | Self::Network(id)
            | Self::Pepper(id)
            | Self::Revoked(id)
            | Self::Rotated(id)
            | Self::Secret(id)
            | Self::Stale(id)
            | Self::Unknown(id) => Some(id),
        }
    }

    /// Whether whoever showed it had the whole of a key that was made here: a former holder, or a thief.
    #[must_use]
    pub const fn knew_the_secret(self) -> bool {
        match self {
            Self::Expired(_)
            | Self::Network(_)
            | Self::Revoked(_)
            | Self::Rotated(_)
            | Self::Stale(_) => true,
            Self::Alphabet
            | Self::Check
            | Self::Form
            | Self::Length
            | Self::Pepper(_)
            | Self::Secret(_)
            | Self::Unknown(_) => false,
        }
    }
}

impl fmt::Display for ApiKeyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alphabet => out.write_str("an API key has digits, letters and '_' alone"),
            Self::Check => out.write_str("the check sum of the API key is wrong"),
            Self::Form => out.write_str("an API key is tsk_<id>_<secret>_<check>"),
            Self::Length => out.write_str("an API key is 67 to 110 characters long"),
            Self::Expired(id) => write!(out, "API key {id} has expired"),
            Self::Network(id) => write!(out, "API key {id} is not for the caller's network"),
            Self::Pepper(id) => {
                write!(out, "API key {id} is kept under a pepper that is not at hand")
            }
            Self::Revoked(id) => write!(out, "API key {id} is revoked"),
            Self::Rotated(id) => write!(out, "API key {id} was replaced by another"),
            Self::Secret(id) => write!(out, "the secret is not that of API key {id}"),
            Self::Stale(id) => write!(out, "API key {id} has changed since it was looked up"),
            Self::Unknown(id) => write!(out, "there is no API key {id}"),
        }
    }
}

impl std::error::Error for ApiKeyError {}
