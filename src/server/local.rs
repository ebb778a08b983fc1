//! The two local sockets, for monitors and operators of this machine.
//!
//! `probe.sock` says whether the service lives and is ready; `admin.sock` changes it. Neither is reached over a
//! network, and the kernel says who is at the other end. The service serves without them as well.

mod probe;
mod readiness;
mod socket;

pub use probe::{ANSWERING, PROBE_SOCKET, Probe};
pub use readiness::not_ready;
pub use socket::{GROUP, SocketError};
