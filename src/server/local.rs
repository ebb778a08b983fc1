//! The two local sockets, for monitors and operators of this machine.
//!
//! `probe.sock` says whether the service lives and is ready; `admin.sock` changes it. Neither is reached over a
//! network, and the kernel says who is at the other end.

mod admin;
mod desk;
mod probe;
mod readiness;
mod socket;
mod timed;
mod visit;

pub use admin::{ADMIN_SOCKET, Admin};
pub use desk::{Desk, Reload};
pub use probe::{ANSWERING, PROBE_SOCKET, Probe};
pub use readiness::not_ready;
pub use socket::{GROUP, SocketError};
