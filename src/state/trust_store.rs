//! Trust snapshots on disk: the current one, and those before it.
//!
//! `trust/history` names the kept snapshots, newest first, one `sha256:` line each; its first line is the current
//! one. A commit writes the snapshot, then the history: a crash between the two leaves a file that nothing names.

use std::fs;
use std::path::{Path, PathBuf};

use crate::trust::fingerprint::Fingerprint;
use crate::trust::snapshot::Snapshot;

use super::folder::{self, FolderLock, StateError};

/// How many snapshots are kept, the current one among them.
const KEPT: usize = 32;
const HISTORY: &str = "history";

/// The trust snapshots of one state folder.
#[derive(Debug)]
pub struct TrustStore {
    folder: PathBuf,
}

impl TrustStore {
    /// The store in the state folder `state`, which need not be there yet.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { folder: state.join("trust") }
    }

    /// The current snapshot; the empty one where nothing was ever committed.
    ///
    /// # Errors
    ///
    /// [`StateError::Damaged`] rather than an older snapshot: what was distrusted since must not come back.
    pub fn current(&self) -> Result<Snapshot, StateError> {
        match self.history()?.first() {
            None => Ok(Snapshot::empty()),
            Some(id) => self.load(*id),
        }
    }

    /// The fingerprints of the kept snapshots, newest first.
    ///
    /// # Errors
    ///
    /// Where the history cannot be read.
    pub fn history(&self) -> Result<Vec<Fingerprint>, StateError> {
        let path = self.folder.join(HISTORY);
        let Some(bytes) = folder::read(&path)? else { return Ok(Vec::new()) };
        let lines = std::str::from_utf8(&bytes).map_err(|_| StateError::History(path.clone()))?;
        if lines.is_empty() {
            // A history that was ever written names a snapshot: nothing must not pass for nothing trusted.
            return Err(StateError::History(path));
        }
        lines
            .lines()
            .map(|line| line.parse().map_err(|_| StateError::History(path.clone())))
            .collect()
    }

    /// The kept snapshot with this fingerprint.
    ///
    /// # Errors
    ///
    /// Where it is not kept, or its file is damaged.
    pub fn load(&self, id: Fingerprint) -> Result<Snapshot, StateError> {
        let path = self.path(id);
        let bytes = folder::read(&path)?.ok_or_else(|| StateError::NoSnapshot(id.to_string()))?;
        let snapshot = match Snapshot::decode(bytes) {
            Ok(snapshot) => snapshot,
            Err(error) => {
                let found = Fingerprint::of(&fs::read(&path).unwrap_or_default());
                return Err(if found == id {
                    StateError::Snapshot(path, error)
                } else {
                    StateError::Damaged { path, found }
                });
            }
        };
        if snapshot.id() == id {
            Ok(snapshot)
        } else {
            Err(StateError::Damaged { path, found: snapshot.id() })
        }
    }

    /// Makes the snapshot `id`, whose file is `bytes`, the current one; durable when this returns.
    ///
    /// # Errors
    ///
    /// [`StateError::Write`]; the current snapshot is then the one it was, or, where only the last sync failed, `id`:
    /// the same call again is safe.
    pub fn commit(
        &self,
        _lock: &FolderLock,
        id: Fingerprint,
        bytes: &[u8],
    ) -> Result<(), StateError> {
        let mut history = self.history()?;
        if history.first() == Some(&id) {
            // The last attempt may have ended between the renaming and its sync.
            return folder::sync(&self.folder);
        }
        folder::make_folder(&self.folder.join("snapshots"))?;
        folder::replace_file(&self.folder.join("snapshots"), &file_name(id), bytes)?;
        history.insert(0, id);
        history.dedup();
        let dropped = history.split_off(history.len().min(KEPT));
        let lines: Vec<String> = history.iter().map(|id| format!("sha256:{id}\n")).collect();
        folder::replace_file(&self.folder, HISTORY, lines.concat().as_bytes())?;
        for old in dropped.into_iter().filter(|old| !history.contains(old)) {
            // One too many on disk does no harm.
            let _ = fs::remove_file(self.path(old));
        }
        Ok(())
    }

    fn path(&self, id: Fingerprint) -> PathBuf {
        self.folder.join("snapshots").join(file_name(id))
    }
}

fn file_name(id: Fingerprint) -> String {
    format!("{id}.snapshot")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::snapshot::{Content, Distrust};

    fn scratch(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("trust-service-store-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn snapshot(reason: &str) -> (Snapshot, Vec<u8>) {
        let mut content = Content::default();
        let distrust = Distrust { reason: reason.to_owned(), since: String::new() };
        content.distrusted.insert(Fingerprint::of(b"x"), distrust);
        Snapshot::of(content).unwrap()
    }

    #[test]
    fn what_was_committed_is_read_by_the_next_start() {
        let state = scratch("commit");
        let lock = FolderLock::take(&state).unwrap();
        let store = TrustStore::new(&state);
        assert_eq!(store.current().unwrap().id(), Snapshot::empty().id());
        let (first, bytes) = snapshot("first");
        store.commit(&lock, first.id(), &bytes).unwrap();
        let (second, bytes) = snapshot("second");
        store.commit(&lock, second.id(), &bytes).unwrap();
        let again = TrustStore::new(&state);
        assert_eq!(again.current().unwrap().id(), second.id());
        assert_eq!(again.history().unwrap(), [second.id(), first.id()]);
        assert_eq!(again.load(first.id()).unwrap().content(), first.content());
        fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn a_damaged_snapshot_is_said_to_be_and_no_older_one_takes_its_place() {
        let state = scratch("damage");
        let lock = FolderLock::take(&state).unwrap();
        let store = TrustStore::new(&state);
        let (first, first_bytes) = snapshot("first");
        store.commit(&lock, first.id(), &first_bytes).unwrap();
        let (second, bytes) = snapshot("second");
        store.commit(&lock, second.id(), &bytes).unwrap();
        for damaged in [&bytes[..bytes.len() - 1], &first_bytes, b""] {
            fs::write(store.path(second.id()), damaged).unwrap();
            assert!(matches!(store.current(), Err(StateError::Damaged { .. })));
        }
        fs::remove_file(store.path(second.id())).unwrap();
        assert!(matches!(store.current(), Err(StateError::NoSnapshot(_))));
        fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn a_crash_between_snapshot_and_history_changes_nothing() {
        let state = scratch("crash");
        let lock = FolderLock::take(&state).unwrap();
        let store = TrustStore::new(&state);
        let (first, bytes) = snapshot("first");
        store.commit(&lock, first.id(), &bytes).unwrap();
        let (second, bytes) = snapshot("second");
        fs::write(store.path(second.id()), &bytes).unwrap();
        fs::write(store.folder.join(".history.new"), b"sha2").unwrap();
        assert_eq!(store.current().unwrap().id(), first.id());
        fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn only_so_many_snapshots_are_kept() {
        let state = scratch("kept");
        let lock = FolderLock::take(&state).unwrap();
        let store = TrustStore::new(&state);
        for number in 0..KEPT + 3 {
            let (snapshot, bytes) = snapshot(&number.to_string());
            store.commit(&lock, snapshot.id(), &bytes).unwrap();
        }
        assert_eq!(store.history().unwrap().len(), KEPT);
        assert_eq!(fs::read_dir(state.join("trust/snapshots")).unwrap().count(), KEPT);
        fs::remove_dir_all(state).unwrap();
    }
}
