//! API keys: what a program shows that has no certificate of its own, and what the service keeps of it.
//!
//! A key is shown once, when it is made ([`Change::create`]); what is kept is a digest of it under a pepper that is not
//! in the same place. A key holds its own permissions, never more than whoever made it held, and always ends.
//!
//! Invariants: text becomes a [`PresentedKey`] by its form and its check sum alone, before anything is looked up
//! ([`format`](mod@format)). A change is worked out over what there is, recorded by the caller, and then put on disk
//! and in memory, one at a time ([`change`]). Being used writes nothing; the counts are written at most once a minute
//! ([`usage`]).
//!
//! Threats: a stolen file of keys (digests under a pepper that is derived from the master key), guesses (256 bits),
//! timing (an unknown key costs what a known one costs), an old file put back (its stamp is in the audit trail), a
//! manager of keys who makes one for more than they hold.

pub mod change;
pub mod digest;
mod document;
mod error;
pub mod format;
pub mod keys;
pub mod record;
mod settings;
pub mod store;
pub mod usage;

pub use change::{Asked, Change, ChangeError, Made, Manager};
pub use digest::Peppers;
pub use error::ApiKeyError;
pub use format::{KeyId, PresentedKey};
pub use keys::{ApiKeys, Authenticated, View};
pub use record::{KeyLimit, KeyName, KeyRecord, KeyState, Standing};
pub use settings::{ApiKeySettings, MOST_KEYS};
pub use store::{Document, KeyStore, KeyStoreError, SealedKeys};
pub use usage::LastUse;

#[cfg(test)]
mod tests;
