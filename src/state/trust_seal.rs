//! Which snapshot is in force, sealed: whoever can write to the disk cannot put an old one in force unseen.

use std::sync::Arc;

use super::folder::FolderLock;
use super::sealed::{SealedError, SealedFolder, Stamp};
use crate::secret::Secret;
use crate::trust::fingerprint::Fingerprint;

/// The sealed file.
const NAME: &str = "trust";

/// The sealed name of the snapshot in force.
#[derive(Clone, Debug)]
pub struct TrustSeal(Arc<SealedFolder>);

impl TrustSeal {
    /// The seal in `folder`.
    #[must_use]
    pub fn new(folder: Arc<SealedFolder>) -> Self {
        Self(folder)
    }

    /// The snapshot that was sealed last; none where none ever was.
    ///
    /// # Errors
    ///
    /// Where the file is not what was written.
    pub fn read(&self) -> Result<Option<Fingerprint>, SealedError> {
        let Some(file) = self.0.read(NAME)? else { return Ok(None) };
        let text = str::from_utf8(file.content.expose()).ok();
        let named = text.and_then(|text| text.parse().ok());
        named.map(Some).ok_or_else(|| SealedError::NotSealed(NAME.into()))
    }

    /// Seals `snapshot` as the one in force.
    ///
    /// # Errors
    ///
    /// As [`SealedFolder::write`].
    pub fn write(&self, lock: &FolderLock, snapshot: Fingerprint) -> Result<Stamp, SealedError> {
        self.0.write(lock, NAME, &Secret::new(snapshot.to_string().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn the_snapshot_that_was_sealed_last_is_named() {
        let state = std::env::temp_dir().join(format!("ts-trust-seal-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&state);
        let lock = FolderLock::take(&state).unwrap();
        let entropy = Arc::new(SystemEntropy::new());
        let folder = SealedFolder::open(&state, "sealed", &Secret::new([3; 32]), entropy).unwrap();
        let folder = Arc::new(folder);
        let seal = TrustSeal::new(Arc::clone(&folder));
        assert_eq!(seal.read().unwrap(), None);
        for (generation, content) in [(1, b"one"), (2, b"two")] {
            let snapshot = Fingerprint::of(content);
            assert_eq!(seal.write(&lock, snapshot).unwrap().generation, generation);
            assert_eq!(seal.read().unwrap(), Some(snapshot));
        }
        assert_eq!(folder.stamps(), folder.listing().unwrap());
        std::fs::remove_dir_all(state).unwrap();
    }
}
