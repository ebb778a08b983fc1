//! Who may touch what the service keeps: folders and files that others could have written are not believed.
//!
//! Threat: another account on the machine. A folder it may write in, or a link it has laid, makes the service read
//! what that account wrote. A fault is named with the command that repairs it.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// Why a folder or a file is not believed.
#[derive(Debug)]
pub enum OwnershipError {
    /// A link, where the thing itself is wanted.
    Link(PathBuf),
    /// It is longer than what is read.
    Long(PathBuf, u64),
    /// No such folder.
    Missing(PathBuf),
    /// Something else than a file.
    NotAFile(PathBuf),
    /// Something else than a folder.
    NotAFolder(PathBuf),
    /// It belongs to another user.
    NotOurs {
        /// The folder or file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        us: u32,
    },
    /// Others may read the file.
    Readable(PathBuf),
    /// It cannot be looked at.
    Unseen(PathBuf, io::Error),
    /// Others may write in the folder.
    Writable(PathBuf),
}

impl fmt::Display for OwnershipError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(path) => write!(
                out,
                "{0}: a symbolic link; name what it points to, which `readlink -f {0}` shows",
                path.display()
            ),
            Self::Long(path, most) => {
                write!(out, "{}: longer than {most} bytes; it is none of ours", path.display())
            }
            Self::Missing(path) => {
                write!(out, "{0}: no such folder; make it: install -d -m 0700 {0}", path.display())
            }
            Self::NotAFile(path) => {
                write!(out, "{0}: not a file; look: ls -ld {0}", path.display())
            }
            Self::NotAFolder(path) => {
                write!(out, "{0}: not a folder; look: ls -ld {0}", path.display())
            }
            Self::NotOurs { path, owner, us } => write!(
                out,
                "{0}: belongs to user {owner}, and this process is user {us}; run it as user {owner}, or give it over: \
                 chown {us} {0}",
                path.display()
            ),
            Self::Readable(path) => write!(
                out,
                "{0}: others than its owner may read it; close it: chmod go-rwx {0}; then consider what it holds known",
                path.display()
            ),
            Self::Unseen(path, error) => {
                write!(out, "{}: cannot be looked at: {error}", path.display())
            }
            Self::Writable(path) => write!(
                out,
                "{0}: others than its owner may write in it; close it: chmod go-w {0}; then look for what is not yours",
                path.display()
            ),
        }
    }
}

impl std::error::Error for OwnershipError {}

/// That `path` is a folder, no link, of our own, in which nobody else may write.
///
/// # Errors
///
/// What is wrong with it, and the command that repairs it.
pub fn check_folder(path: &Path) -> Result<(), OwnershipError> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OwnershipError::Missing(path.to_owned()));
        }
        Err(error) => return Err(OwnershipError::Unseen(path.to_owned(), error)),
    };
    if found.is_symlink() {
        return Err(OwnershipError::Link(path.to_owned()));
    }
    if !found.is_dir() {
        return Err(OwnershipError::NotAFolder(path.to_owned()));
    }
    let us = us();
    if found.uid() != us {
        return Err(OwnershipError::NotOurs { path: path.to_owned(), owner: found.uid(), us });
    }
    if found.mode() & 0o022 != 0 {
        return Err(OwnershipError::Writable(path.to_owned()));
    }
    Ok(())
}

/// The bytes of a secret file of at most `most` bytes: no link, ours or root's, closed to others. None where there is
/// no file.
///
/// What is looked at is what is read: the file is opened first.
pub(super) fn read_secret(path: &Path, most: u64) -> Result<Option<Vec<u8>>, OwnershipError> {
    let unseen = |error: io::Error| OwnershipError::Unseen(path.to_owned(), error);
    // Not to block on a pipe that somebody has put there.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(descriptor) => File::from(descriptor),
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        Err(rustix::io::Errno::LOOP) => return Err(OwnershipError::Link(path.to_owned())),
        Err(error) => return Err(unseen(error.into())),
    };
    let found = file.metadata().map_err(unseen)?;
    if !found.is_file() {
        return Err(OwnershipError::NotAFile(path.to_owned()));
    }
    let us = us();
    if found.uid() != us && found.uid() != 0 {
        return Err(OwnershipError::NotOurs { path: path.to_owned(), owner: found.uid(), us });
    }
    if !is_closed(&found) {
        return Err(OwnershipError::Readable(path.to_owned()));
    }
    if found.len() > most {
        return Err(OwnershipError::Long(path.to_owned(), most));
    }
    // As long as the file at once: a buffer that grows leaves copies behind that nobody wipes.
    let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or_default());
    file.take(found.len()).read_to_end(&mut bytes).map_err(unseen)?;
    Ok(Some(bytes))
}

/// Whether nobody else may read or write the file.
fn is_closed(found: &Metadata) -> bool {
    closed(found.mode(), found.uid(), found.gid())
}

/// The group may read where it is root's, in a file of root: with an access list, as systemd sets one on a credential
/// (one entry for the service's user), the group bits show the list's mask and not the group's right.
const fn closed(mode: u32, owner: u32, group: u32) -> bool {
    let open = mode & 0o077;
    open == 0 || (open == 0o040 && owner == 0 && group == 0)
}

fn us() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    fn scratch(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("trust-service-own-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        folder
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_of_our_own_that_others_cannot_write_is_good() {
        let folder = scratch("good");
        for mode in [0o700, 0o750, 0o755] {
            set_mode(&folder, mode);
            check_folder(&folder).unwrap();
        }
        for mode in [0o720, 0o702, 0o777, 0o1777] {
            set_mode(&folder, mode);
            let refused = check_folder(&folder).unwrap_err();
            assert!(matches!(refused, OwnershipError::Writable(_)), "{mode:o}");
            assert!(refused.to_string().contains("chmod go-w"));
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_link_a_file_and_nothing_are_no_folder() {
        let folder = scratch("kinds");
        symlink(&folder, folder.join("link")).unwrap();
        fs::write(folder.join("file"), b"").unwrap();
        let check = |name: &str| check_folder(&folder.join(name)).unwrap_err();
        assert!(matches!(check("link"), OwnershipError::Link(_)));
        assert!(matches!(check("file"), OwnershipError::NotAFolder(_)));
        assert!(matches!(check("none"), OwnershipError::Missing(_)));
        assert!(matches!(check("file/below"), OwnershipError::Unseen(..)));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_belongs_to_another_user_is_refused_and_both_are_named() {
        if us() != 0 {
            return;
        }
        let folder = scratch("owner");
        let file = folder.join("secret");
        fs::write(&file, b"x").unwrap();
        set_mode(&file, 0o600);
        assert_eq!(read_secret(&file, 10).unwrap().unwrap(), b"x");
        chown(&file, Some(4_711), None).unwrap();
        let refused = read_secret(&file, 10).unwrap_err();
        assert!(matches!(refused, OwnershipError::NotOurs { owner: 4_711, us: 0, .. }));
        chown(&folder, Some(4_711), None).unwrap();
        let refused = check_folder(&folder).unwrap_err();
        assert!(matches!(refused, OwnershipError::NotOurs { owner: 4_711, us: 0, .. }));
        assert!(refused.to_string().contains("chown 0 "));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_secret_file_is_closed_short_and_a_file() {
        let folder = scratch("secret");
        let file = folder.join("secret");
        fs::write(&file, b"12345").unwrap();
        for mode in [0o600, 0o400] {
            set_mode(&file, mode);
            assert_eq!(read_secret(&file, 5).unwrap().unwrap(), b"12345");
        }
        assert!(matches!(read_secret(&file, 4), Err(OwnershipError::Long(_, 4))));
        for mode in [0o604, 0o602, 0o620, 0o644, 0o666] {
            set_mode(&file, mode);
            assert!(matches!(read_secret(&file, 5), Err(OwnershipError::Readable(_))), "{mode:o}");
        }
        symlink(&file, folder.join("link")).unwrap();
        let pipe = folder.join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert!(matches!(read_secret(&folder.join("link"), 5), Err(OwnershipError::Link(_))));
        assert!(matches!(read_secret(&pipe, 5), Err(OwnershipError::NotAFile(_))));
        assert!(matches!(read_secret(&folder, 5), Err(OwnershipError::NotAFile(_))));
        assert!(read_secret(&folder.join("none"), 5).unwrap().is_none());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_credential_with_an_access_list_is_closed_and_a_group_that_is_not_roots_is_not() {
        assert!(closed(0o100_440, 0, 0));
        for (mode, owner, group) in
            [(0o440, 0, 1_000), (0o440, 1_000, 0), (0o444, 0, 0), (0o460, 0, 0), (0o450, 0, 0)]
        {
            assert!(!closed(0o100_000 | mode, owner, group), "{mode:o} {owner} {group}");
        }
    }
}
