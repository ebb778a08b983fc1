//! Sockets that systemd opened for the service (`sd_listen_fds(3)`): the port stays open while the service restarts.
//!
//! A number that an environment variable holds is no descriptor that one may own: to make it one is `unsafe`. The
//! kernel can be asked instead: `pidfd_getfd(2)` on our own process gives a duplicate, closed on `exec`, and says so
//! where there is no such descriptor. On oneself it needs no privilege. The descriptor that systemd passed stays open
//! beside the duplicate; systemd holds the same socket, so nothing depends on its being closed.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd, RawFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, ipproto, sockopt};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use super::notify::Environment;

/// The first descriptor that systemd passes.
const FIRST: RawFd = 3;

/// Most sockets that are taken over.
const MOST: usize = 64;

/// Why sockets cannot be taken over.
#[derive(Debug)]
pub enum ActivationError {
    /// There is no descriptor of this number, or it cannot be had.
    Descriptor(RawFd, io::Error),
    /// `LISTEN_FDS` is no number from 1 to 64.
    Count(OsString),
    /// `LISTEN_FDNAMES` does not name as many sockets as there are.
    Names(OsString),
    /// A socket has a name that the service has no use for.
    Name(String),
    /// It is something else than a listening TCP socket.
    NotListening(String),
    /// A filter on system calls is in the way.
    Filtered,
}

impl fmt::Display for ActivationError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Descriptor(number, error) => write!(
                out,
                "descriptor {number}, which LISTEN_FDS promises, cannot be had: {error}; start the service by its socket \
                 unit, or without LISTEN_FDS"
            ),
            Self::Count(value) => write!(out, "LISTEN_FDS={:?} is no number from 1 to {MOST}", value.to_string_lossy()),
            Self::Names(value) => write!(
                out,
                "LISTEN_FDNAMES={:?} does not name as many sockets as LISTEN_FDS promises",
                value.to_string_lossy()
            ),
            Self::Name(name) => write!(
                out,
                "a socket named {name:?} was passed, which nothing would ever accept on; set FileDescriptorName=https \
                 in the socket unit"
            ),
            Self::NotListening(name) => write!(
                out,
                "the socket {name} is no listening TCP socket; use ListenStream= with a port and Accept=no in the \
                 socket unit"
            ),
            Self::Filtered => out.write_str(
                "the system call pidfd_getfd is needed to take over sockets, and a filter refuses it; add \
                 SystemCallFilter=pidfd_getfd to the unit",
            ),
        }
    }
}

impl std::error::Error for ActivationError {}

/// The listening TCP sockets of this `name` that were passed to the process `own`; none where none were passed.
///
/// Whether they block is as the socket unit left it.
///
/// # Errors
///
/// Where what was passed is anything else: a socket that nobody serves must not look open.
pub fn listeners(
    environment: Environment<'_>,
    own: u32,
    name: &str,
) -> Result<Vec<TcpListener>, ActivationError> {
    listeners_from(FIRST, environment, own, name)
}

fn listeners_from(
    first: RawFd,
    environment: Environment<'_>,
    own: u32,
    name: &str,
) -> Result<Vec<TcpListener>, ActivationError> {
    let meant = environment("LISTEN_PID").and_then(|pid| pid.to_str()?.parse().ok()) == Some(own);
    let Some(count) = environment("LISTEN_FDS").filter(|_| meant) else { return Ok(Vec::new()) };
    let Some(number) = count.to_str().and_then(|text| text.parse::<usize>().ok()) else {
        return Err(ActivationError::Count(count));
    };
    if !(1..=MOST).contains(&number) {
        return Err(ActivationError::Count(count));
    }
    for found in names(environment("LISTEN_FDNAMES"), number)? {
        if found != name {
            return Err(ActivationError::Name(found));
        }
    }
    (first..).take(number).map(|descriptor| listening(take_over(descriptor)?, name)).collect()
}

/// One name a socket; systemd says `unknown` where it says nothing.
fn names(value: Option<OsString>, number: usize) -> Result<Vec<String>, ActivationError> {
    let Some(value) = value else { return Ok(vec!["unknown".to_owned(); number]) };
    let names: Vec<String> = value.to_string_lossy().split(':').map(str::to_owned).collect();
    if names.len() == number { Ok(names) } else { Err(ActivationError::Names(value)) }
}

/// A descriptor of our own for what stands under this number.
fn take_over(number: RawFd) -> Result<OwnedFd, ActivationError> {
    let taken = pidfd_open(getpid(), PidfdFlags::empty())
        .and_then(|process| pidfd_getfd(process, number, PidfdGetfdFlags::empty()));
    taken.map_err(|error| match error {
        Errno::PERM | Errno::NOSYS => ActivationError::Filtered,
        other => ActivationError::Descriptor(number, other.into()),
    })
}

fn listening(descriptor: OwnedFd, name: &str) -> Result<TcpListener, ActivationError> {
    if is_listening_tcp(&descriptor) {
        return Ok(TcpListener::from(descriptor));
    }
    Err(ActivationError::NotListening(name.to_owned()))
}

fn is_listening_tcp(descriptor: impl AsFd) -> bool {
    let descriptor = descriptor.as_fd();
    let domain = sockopt::socket_domain(descriptor);
    // `accept(2)` on one of the rest would fail for ever, or worse, succeed.
    matches!(domain, Ok(AddressFamily::INET | AddressFamily::INET6))
        && sockopt::socket_type(descriptor) == Ok(SocketType::STREAM)
        && sockopt::socket_protocol(descriptor) == Ok(Some(ipproto::TCP))
        && sockopt::socket_acceptconn(descriptor) == Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::net::{TcpStream, UdpSocket};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixListener;

    const OWN: u32 = 42;

    fn passed(
        socket: &impl AsRawFd,
        of: &[(&str, &str)],
    ) -> Result<Vec<TcpListener>, ActivationError> {
        let environment = |name: &str| {
            of.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        };
        listeners_from(socket.as_raw_fd(), &environment, OWN, "https")
    }

    const HTTPS: [(&str, &str); 3] =
        [("LISTEN_PID", "42"), ("LISTEN_FDS", "1"), ("LISTEN_FDNAMES", "https")];

    #[test]
    fn a_passed_socket_is_taken_over_and_accepts() {
        for at in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(opened) = TcpListener::bind(at) else { continue };
            let address = opened.local_addr().unwrap();
            let taken = passed(&opened, &HTTPS).unwrap().pop().unwrap();
            assert_ne!(taken.as_raw_fd(), opened.as_raw_fd());
            assert_eq!(taken.local_addr().unwrap(), address);
            let flags = rustix::io::fcntl_getfd(&taken).unwrap();
            assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
            drop(opened);
            let _caller = TcpStream::connect(address).unwrap();
            assert!(taken.accept().is_ok());
        }
    }

    #[test]
    fn what_was_meant_for_another_process_is_left_alone() {
        let opened = TcpListener::bind("127.0.0.1:0").unwrap();
        for other in [
            &[("LISTEN_PID", "43"), ("LISTEN_FDS", "1"), ("LISTEN_FDNAMES", "https")][..],
            &[("LISTEN_PID", "x"), ("LISTEN_FDS", "1"), ("LISTEN_FDNAMES", "https")],
            &[("LISTEN_FDS", "1"), ("LISTEN_FDNAMES", "https")],
            &[("LISTEN_PID", "42")],
            &[],
        ] {
            assert!(passed(&opened, other).unwrap().is_empty(), "{other:?}");
        }
    }

    #[test]
    fn a_socket_of_another_kind_is_refused() {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let connected = TcpStream::connect(tcp.local_addr().unwrap()).unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let path = std::env::temp_dir().join(format!("trust-service-sa-{}", std::process::id()));
        let unix = UnixListener::bind(&path).unwrap();
        let file = File::open("/dev/null").unwrap();
        for number in [connected.as_raw_fd(), udp.as_raw_fd(), unix.as_raw_fd(), file.as_raw_fd()] {
            let refused = passed(&number, &HTTPS);
            assert!(matches!(refused, Err(ActivationError::NotListening(_))), "{refused:?}");
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_number_without_a_descriptor_is_an_error_and_no_other_files_descriptor() {
        let refused = passed(&1_000_000, &HTTPS);
        assert!(matches!(refused, Err(ActivationError::Descriptor(1_000_000, _))), "{refused:?}");
    }

    #[test]
    fn a_socket_that_nothing_would_accept_on_is_refused() {
        let opened = TcpListener::bind("127.0.0.1:0").unwrap();
        for names in [Some("http"), Some(""), Some("HTTPS"), None] {
            let of: Vec<_> = HTTPS[..2]
                .iter()
                .copied()
                .chain(names.map(|names| ("LISTEN_FDNAMES", names)))
                .collect();
            let refused = passed(&opened, &of);
            assert!(matches!(refused, Err(ActivationError::Name(_))), "{names:?}");
        }
    }

    #[test]
    fn counts_and_names_agree_and_are_bounded() {
        let opened = TcpListener::bind("127.0.0.1:0").unwrap();
        for count in ["0", "-1", "65", "x", "", "18446744073709551616"] {
            let of = [HTTPS[0], ("LISTEN_FDS", count), HTTPS[2]];
            assert!(matches!(passed(&opened, &of), Err(ActivationError::Count(_))), "{count}");
        }
        for names in ["https:https", "https:"] {
            let of = [HTTPS[0], HTTPS[1], ("LISTEN_FDNAMES", names)];
            assert!(matches!(passed(&opened, &of), Err(ActivationError::Names(_))), "{names}");
        }
    }
}
