//! Files that are old or new, never in between; and the lock of the folder they stand in.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::trust::fingerprint::Fingerprint;
use crate::trust::snapshot::SnapshotError;

/// Why the state cannot be used.
#[derive(Debug)]
pub enum StateError {
    /// A snapshot's file does not have the content that it is named by.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What its content hashes to.
        found: Fingerprint,
    },
    /// The list of snapshots is not one.
    History(PathBuf),
    /// A file or folder cannot be read.
    Read(PathBuf, io::Error),
    /// Another process changes the state.
    Locked(PathBuf),
    /// No snapshot of this name is kept.
    NoSnapshot(String),
    /// Others than its owner may write the folder.
    Open(PathBuf),
    /// A snapshot cannot be read although its content is the one that was written.
    Snapshot(PathBuf, SnapshotError),
    /// A file or folder cannot be written. What stood there before still stands, unless only the last sync failed.
    Write(PathBuf, io::Error),
}

impl fmt::Display for StateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { path, found } => write!(
                out,
                "{}: damaged: its content hashes to {found}; put a copy back from a backup",
                path.display()
            ),
            Self::History(path) => {
                write!(
                    out,
                    "{}: not a list of snapshots; put a copy back from a backup",
                    path.display()
                )
            }
            Self::Read(path, error) => write!(out, "{}: cannot be read: {error}", path.display()),
            Self::Locked(path) => {
                write!(
                    out,
                    "{}: another process holds the lock; try again when it is done",
                    path.display()
                )
            }
            Self::NoSnapshot(name) => {
                write!(out, "no snapshot {name} is kept; `trust status` names the current one")
            }
            Self::Open(path) => write!(
                out,
                "{0}: others than its owner may write the state folder; close it: chmod go-w {0}",
                path.display()
            ),
            Self::Snapshot(path, error) => write!(out, "{}: {error}", path.display()),
            Self::Write(path, error) => {
                write!(out, "{}: cannot be written: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for StateError {}

/// The lock of a state folder, held until this is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock of `folder`, which is made if it is missing, for its owner alone.
    ///
    /// # Errors
    ///
    /// [`StateError::Locked`] at once where another process holds it.
    pub fn take(folder: &Path) -> Result<Self, StateError> {
        make_folder(folder)?;
        let mode = fs::metadata(folder).map(|metadata| metadata.permissions().mode());
        if mode.is_ok_and(|mode| mode & 0o022 != 0) {
            return Err(StateError::Open(folder.to_owned()));
        }
        let path = folder.join("lock");
        let opened =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = opened.map_err(|error| StateError::Write(path.clone(), error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StateError::Locked(path)),
            Err(TryLockError::Error(error)) => Err(StateError::Write(path, error)),
        }
    }
}

/// Makes `folder` and what is above it, durably, each that is missing for its owner alone.
///
/// # Errors
///
/// [`StateError::Write`].
pub fn make_folder(folder: &Path) -> Result<(), StateError> {
    let fault = |error| StateError::Write(folder.to_owned(), error);
    let missing: Vec<&Path> = folder.ancestors().take_while(|path| !path.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fault)?;
    for made in missing {
        let above = made.parent().filter(|above| !above.as_os_str().is_empty());
        let above = File::open(above.unwrap_or(Path::new("."))).map_err(fault)?;
        above.sync_all().map_err(fault)?;
    }
    Ok(())
}

/// Puts `bytes` under `name` in `folder`, durably, or leaves what stood there.
///
/// # Errors
///
/// [`StateError::Write`].
pub fn replace_file(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), StateError> {
    let path = folder.join(name);
    let beside = folder.join(format!(".{name}.new"));
    // What a killed process left beside is of no use to anybody; the lock says that no other is at work.
    let _ = fs::remove_file(&beside);
    let written = write_synced(&beside, bytes)
        .and_then(|()| fs::rename(&beside, &path))
        .and_then(|()| File::open(folder)?.sync_all());
    written.map_err(|error| {
        // The error that matters is the first one.
        let _ = fs::remove_file(&beside);
        StateError::Write(path, error)
    })
}

/// Makes what was renamed in `folder` durable.
pub(super) fn sync(folder: &Path) -> Result<(), StateError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| StateError::Write(folder.to_owned(), error))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The bytes of a file; none where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::Read(path.to_owned(), error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("trust-service-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        make_folder(&folder).unwrap();
        folder
    }

    #[test]
    fn the_lock_has_one_owner_and_is_free_when_that_is_gone() {
        let folder = scratch("lock");
        let held = FolderLock::take(&folder).unwrap();
        assert!(matches!(FolderLock::take(&folder), Err(StateError::Locked(_))));
        drop(held);
        assert!(FolderLock::take(&folder).is_ok());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_write_that_fails_leaves_what_stood_there() {
        let folder = scratch("replace");
        replace_file(&folder, "a", b"old").unwrap();
        // A folder in the way of the new file makes the write fail before the rename.
        fs::create_dir(folder.join(".a.new")).unwrap();
        assert!(matches!(replace_file(&folder, "a", b"new"), Err(StateError::Write(..))));
        assert_eq!(read(&folder.join("a")).unwrap().unwrap(), b"old");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_half_written_file_of_a_killed_process_is_no_hindrance() {
        let folder = scratch("leftover");
        fs::write(folder.join(".a.new"), b"ha").unwrap();
        replace_file(&folder, "a", b"whole").unwrap();
        assert_eq!(read(&folder.join("a")).unwrap().unwrap(), b"whole");
        assert!(!folder.join(".a.new").exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_that_others_may_write_is_refused() {
        let folder = scratch("open");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
        assert!(matches!(FolderLock::take(&folder), Err(StateError::Open(_))));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let folder = scratch("link");
        fs::write(folder.join("victim"), b"victim").unwrap();
        std::os::unix::fs::symlink("victim", folder.join(".a.new")).unwrap();
        replace_file(&folder, "a", b"new").unwrap();
        assert_eq!(read(&folder.join("victim")).unwrap().unwrap(), b"victim");
        assert!(!fs::symlink_metadata(folder.join("a")).unwrap().is_symlink());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn files_are_for_their_owner_alone() {
        let folder = scratch("mode");
        replace_file(&folder, "a", b"x").unwrap();
        let mode = fs::metadata(folder.join("a")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(folder).unwrap();
    }
}
