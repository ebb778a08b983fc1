//! A listening socket in the run folder, which root, the service and one group can reach.
//!
//! Threat: another account on the machine. The folder must be ours and closed to writing by others; the socket has its
//! mode and its group before it listens, so that nobody gets in between. What is in its place and is no socket of a
//! service that is gone is left alone.

use std::fmt;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::state::{OwnershipError, check_folder};

/// The group whose members may connect, beside root and the service itself.
pub const GROUP: &str = "trust-service-admin";

/// Who has which group.
const GROUPS: &str = "/etc/group";

/// Mode of the folder, where it is made here.
const FOLDER: u32 = 0o750;

/// Mode of a socket.
const SOCKET: u32 = 0o660;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 64;

/// Why there is no socket.
#[derive(Debug)]
pub enum SocketError {
    /// The folder is not one that may be believed.
    Folder(OwnershipError),
    /// The path is longer than a socket's may be.
    Long(PathBuf),
    /// Something else than a socket is in its place.
    NotASocket(PathBuf),
    /// Another process serves it.
    Served(PathBuf),
    /// The system does not give it.
    System(PathBuf, io::Error),
}

impl fmt::Display for SocketError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(error) => error.fmt(out),
            Self::Long(path) => write!(
                out,
                "{}: longer than the path of a socket may be, which is 107 bytes; use a shorter folder",
                path.display()
            ),
            Self::NotASocket(path) => write!(
                out,
                "{0}: not a socket, so it is left alone; look at it (ls -ld {0}), then move it away",
                path.display()
            ),
            Self::Served(path) => write!(
                out,
                "{}: another process serves this socket; stop it, or use another folder",
                path.display()
            ),
            Self::System(path, error) => write!(out, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for SocketError {}

/// Listens at `name` in `folder`, which is made if it is missing. A socket that nobody serves is replaced.
///
/// # Errors
///
/// What is in the way.
pub(super) fn listen(folder: &Path, name: &str) -> Result<UnixListener, SocketError> {
    let group = fs::read_to_string(GROUPS).ok().and_then(|groups| number_of(GROUP, &groups));
    let fault = |error: io::Error| SocketError::System(folder.to_owned(), error);
    if !folder.exists() {
        DirBuilder::new().recursive(true).mode(FOLDER).create(folder).map_err(fault)?;
        // Whatever the umask was.
        fs::set_permissions(folder, fs::Permissions::from_mode(FOLDER)).map_err(fault)?;
        hand_over(folder, group);
    }
    check_folder(folder).map_err(SocketError::Folder)?;
    let path = folder.join(name);
    make_room(&path)?;
    let Ok(address) = SocketAddrUnix::new(&path) else { return Err(SocketError::Long(path)) };
    let listener = bound(&path, &address, group);
    listener.map_err(|error| SocketError::System(path, error))
}

/// Removes the socket of a service that is gone.
fn make_room(path: &Path) -> Result<(), SocketError> {
    let Ok(found) = fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(SocketError::NotASocket(path.to_owned()));
    }
    if UnixStream::connect(path).is_ok() {
        return Err(SocketError::Served(path.to_owned()));
    }
    fs::remove_file(path).map_err(|error| SocketError::System(path.to_owned(), error))
}

fn bound(path: &Path, address: &SocketAddrUnix, group: Option<u32>) -> io::Result<UnixListener> {
    let kind = SocketType::STREAM;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None)?;
    rustix::net::bind(&socket, address)?;
    // It does not listen yet: until it does, nobody connects, whatever its mode.
    hand_over(path, group);
    fs::set_permissions(path, fs::Permissions::from_mode(SOCKET))?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

/// Gives `path` to the group. Without the right to do so, only root and the service itself can connect, and that is
/// said.
fn hand_over(path: &Path, group: Option<u32>) {
    // Where it is theirs by itself, as under the unit, there is nothing to give.
    let is_theirs = |group| fs::metadata(path).is_ok_and(|file| file.gid() == group);
    if let Some(group) = group.filter(|group| !is_theirs(*group))
        && let Err(error) = chown(path, None, Some(group))
    {
        log::warn!(
            target: "local",
            "{}: cannot be given to the group {GROUP}, so its members cannot connect: {error}; make the service's \
             user a member",
            path.display()
        );
    }
}

/// The number of the group `name` in the text of `/etc/group` (group(5)).
fn number_of(name: &str, groups: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ts-socket-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn the_folder_and_the_socket_are_for_the_owner_and_one_group() {
        let folder = scratch("modes");
        let listener = listen(&folder, "a.sock").unwrap();
        assert_eq!((mode(&folder), mode(&folder.join("a.sock"))), (0o750, 0o660));
        drop(UnixStream::connect(folder.join("a.sock")).unwrap());
        let (mut peer, _) = listener.accept().unwrap();
        assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_socket_that_nobody_serves_is_replaced_and_one_that_is_served_is_not() {
        let folder = scratch("stale");
        let held = listen(&folder, "a.sock").unwrap();
        assert!(matches!(listen(&folder, "a.sock"), Err(SocketError::Served(_))));
        drop(held);
        assert!(folder.join("a.sock").exists());
        listen(&folder, "a.sock").unwrap();
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_in_its_place_is_left_alone() {
        let folder = scratch("file");
        drop(listen(&folder, "b.sock").unwrap());
        fs::write(folder.join("a.sock"), b"kept").unwrap();
        assert!(matches!(listen(&folder, "a.sock"), Err(SocketError::NotASocket(_))));
        assert_eq!(fs::read(folder.join("a.sock")).unwrap(), b"kept");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_that_others_may_write_is_not_believed() {
        let folder = scratch("open");
        drop(listen(&folder, "a.sock").unwrap());
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
        let refused = listen(&folder, "a.sock");
        assert!(matches!(refused, Err(SocketError::Folder(OwnershipError::Writable(_)))));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let groups =
            "root:x:0:\nxtrust-service-admin:x:7:\ntrust-service-admin:x:991:ann,bob\nbad:x\n";
        assert_eq!(number_of(GROUP, groups), Some(991));
        assert_eq!(number_of("trust-service", groups), None);
        assert_eq!(number_of("bad", groups), None);
    }
}
