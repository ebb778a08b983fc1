//! `admin.sock`: changes and questions of this machine's administrators.
//!
//! One thread, one connection at a time, one request on each, and for each an absolute deadline: a client that is
//! stuck holds up the others for that long and no longer. Whoever needs more than one request connects again.

use std::fmt;
use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::authn::local::LocalPeer;
use crate::authz::Caller;
use crate::runtime::supervisor::Life;

use super::super::shared::Shared;
use super::socket::{self, SocketError};
use super::timed::Timed;
use super::visit::Visit;

/// The name in the run folder.
pub const ADMIN_SOCKET: &str = "admin.sock";

/// How often a thread without work looks whether it shall stop, in nanoseconds.
const LOOK: i64 = 200_000_000;

/// How long is waited after a connection that could not be accepted.
const PAUSE: Duration = Duration::from_millis(200);

/// The admin socket.
pub struct Admin {
    listener: UnixListener,
    path: PathBuf,
    shared: Arc<Shared>,
}

impl fmt::Debug for Admin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Admin").field("listener", &self.listener).finish_non_exhaustive()
    }
}

/// A name that nobody serves would only be in the way.
impl Drop for Admin {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Admin {
    /// Opens the socket in `folder`, which is made if it is missing.
    ///
    /// # Errors
    ///
    /// What is in the way.
    pub fn open(folder: &Path, shared: Arc<Shared>) -> Result<Self, SocketError> {
        let listener = socket::listen(folder, ADMIN_SOCKET)?;
        Ok(Self { listener, path: folder.join(ADMIN_SOCKET), shared })
    }

    /// Answers until it is told to stop; the body of the thread `admin`.
    pub fn run(&self, life: &Life) {
        let mut could = true;
        while !life.stop.is_asked() {
            life.pulse.beat();
            let look = Timespec { tv_sec: 0, tv_nsec: LOOK };
            let mut waited = [PollFd::new(&self.listener, PollFlags::IN)];
            if !matches!(poll(&mut waited, Some(&look)), Ok(1)) {
                continue;
            }
            let accepted = self.listener.accept();
            if let (Err(error), true) = (&accepted, could) {
                log::error!(target: "local", "{ADMIN_SOCKET}: a connection cannot be accepted: {error}");
            }
            could = accepted.is_ok();
            match accepted {
                Ok((stream, _)) => self.serve(stream, life),
                Err(_) => drop(life.stop.wait(PAUSE)),
            }
        }
    }

    fn serve(&self, stream: UnixStream, life: &Life) {
        // Without a name there is nobody to answer.
        let Ok(peer) = LocalPeer::of(&stream) else { return };
        let (_, access) = self.shared.access.get();
        let principal = access.administrators.authenticate(&peer);
        let caller = principal.map(|principal| Caller::new(principal, &access.policy.roles));
        let clock = Arc::clone(&self.shared.clock);
        let due = clock.uptime().saturating_add(self.shared.settings.deadlines.head);
        Visit { shared: &self.shared, stream: Timed::new(stream, clock, life, due), peer, caller }
            .run();
    }
}
