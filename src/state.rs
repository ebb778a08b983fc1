//! The state folder: one folder, one owner, and nothing in it half written.
//!
//! Threat: power loss and killed processes. A file is written beside its place, synced, renamed into it, and the
//! folder synced; whoever reads finds the old file or the new one. Changers hold the folder's lock.
//!
//! The keys for what must stay secret come from the [`MasterKey`], which never lies in the folder. A [`SealedFolder`]
//! keeps such files: unreadable without it, and dated, so that an old one put back is noticed.

mod folder;
mod master_key;
mod ownership;
mod sealed;
mod trust_seal;
mod trust_store;

pub use folder::{FolderLock, StateError, make_folder, replace_file};
pub use master_key::{Label, MasterKey, MasterKeyError};
pub use ownership::{OwnershipError, check_folder};
pub use sealed::{PutBack, SealedError, SealedFolder, Stamp, Unsealed};
pub use trust_seal::TrustSeal;
pub use trust_store::TrustStore;
