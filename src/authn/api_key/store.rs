//! Where keys are kept: two documents, each written as a whole.
//!
//! Today they are sealed files of the state folder. Whatever else keeps them must say of each write which state of
//! which document it left, since that goes into the audit trail.

use std::fmt;
use std::sync::Arc;

use crate::secret::Secret;
use crate::state::{FolderLock, SealedError, SealedFolder, Stamp};

/// What is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Document {
    /// The keys.
    Keys,
    /// How they are used.
    Use,
}

impl Document {
    /// Its name, as the audit trail has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keys => "api-keys",
            Self::Use => "api-key-use",
        }
    }
}

/// A place for documents.
pub trait KeyStore: Send + Sync + fmt::Debug {
    /// What was saved last; none where nothing was.
    ///
    /// # Errors
    ///
    /// Where it cannot be had, or is not what was saved.
    fn load(&self, document: Document) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError>;

    /// Saves `content`, durably, or leaves what stood there.
    ///
    /// # Errors
    ///
    /// Where it cannot be saved.
    fn save(&self, document: Document, content: &Secret<Vec<u8>>) -> Result<Stamp, KeyStoreError>;
}

/// Keys in sealed files of the state folder.
#[derive(Debug)]
pub struct SealedKeys {
    folder: Arc<SealedFolder>,
    lock: Arc<FolderLock>,
}

impl SealedKeys {
    /// In `folder`, under the `lock` of the state folder.
    #[must_use]
    pub fn new(folder: Arc<SealedFolder>, lock: Arc<FolderLock>) -> Self {
        Self { folder, lock }
    }
}

impl KeyStore for SealedKeys {
    fn load(&self, document: Document) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError> {
        let file = self.folder.read(document.name()).map_err(KeyStoreError::Sealed)?;
        Ok(file.map(|file| file.content))
    }

    fn save(&self, document: Document, content: &Secret<Vec<u8>>) -> Result<Stamp, KeyStoreError> {
        self.folder.write(&self.lock, document.name(), content).map_err(KeyStoreError::Sealed)
    }
}

/// Why keys cannot be loaded or saved.
#[derive(Debug)]
pub enum KeyStoreError {
    /// A document that is not of format 1, or says two things of one key.
    Damaged {
        /// Which one.
        document: Document,
        /// What is wrong with it; nothing of what it holds.
        what: String,
    },
    /// The sealed file cannot be had.
    Sealed(SealedError),
}

impl fmt::Display for KeyStoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { document, what } => write!(
                out,
                "{}: {what}; put a copy back from a backup, or use the version that wrote it",
                document.name()
            ),
            Self::Sealed(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for KeyStoreError {}
