//! Where keys and what was taken back are kept: two sealed files, whose stamps the audit trail records.

use std::fmt;
use std::sync::Arc;

use crate::secret::Secret;
use crate::state::{FolderLock, SealedError, SealedFolder, Stamp};

/// The file of our keys.
const KEYS: &str = "jwt-keys";

/// The file of what was taken back.
const REVOKED: &str = "jwt-revoked";

/// The sealed folder, and the lock under which it may be written.
#[derive(Clone, Debug)]
pub struct TokenStore {
    folder: Arc<SealedFolder>,
    lock: Arc<FolderLock>,
}

/// What cannot be kept or read.
#[derive(Debug)]
pub enum StoreError {
    /// The file opens and does not hold what was written.
    Content(&'static str),
    /// It does not open, or cannot be written.
    Sealed(SealedError),
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content(name) => write!(
                out,
                "sealed/{name}: not of a form that this version writes; put a copy back from a backup, or use the \
                 version that wrote it"
            ),
            Self::Sealed(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<SealedError> for StoreError {
    fn from(error: SealedError) -> Self {
        Self::Sealed(error)
    }
}

impl TokenStore {
    /// In `folder`, under its `lock`.
    #[must_use]
    pub fn new(folder: Arc<SealedFolder>, lock: Arc<FolderLock>) -> Self {
        Self { folder, lock }
    }

    pub(super) fn keys(&self) -> Result<Option<Secret<Vec<u8>>>, StoreError> {
        Ok(self.folder.read(KEYS)?.map(|file| file.content))
    }

    pub(super) fn write_keys(&self, content: &Secret<Vec<u8>>) -> Result<Stamp, StoreError> {
        Ok(self.folder.write(&self.lock, KEYS, content)?)
    }

    pub(super) fn revoked(&self) -> Result<Option<Secret<Vec<u8>>>, StoreError> {
        Ok(self.folder.read(REVOKED)?.map(|file| file.content))
    }

    pub(super) fn write_revoked(&self, content: &Secret<Vec<u8>>) -> Result<Stamp, StoreError> {
        Ok(self.folder.write(&self.lock, REVOKED, content)?)
    }

    pub(super) const fn bad_keys() -> StoreError {
        StoreError::Content(KEYS)
    }

    pub(super) const fn bad_revoked() -> StoreError {
        StoreError::Content(REVOKED)
    }
}
