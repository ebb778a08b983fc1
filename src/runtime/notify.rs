//! What the service tells systemd of itself (`sd_notify(3)`): datagrams to a socket whose name it was given.
//!
//! Nothing that the service does depends on it. An error is therefore handed back once, for the log, and then no more.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The environment: a variable's value, by its name.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// What there is to tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Notice<'a> {
    /// The service serves, for the first time or again after a reload.
    Ready,
    /// Configuration is being read anew.
    Reloading {
        /// The time on `CLOCK_MONOTONIC`, as `Type=notify-reload` wants it.
        monotonic: Duration,
    },
    /// The service drains and will end.
    Stopping,
    /// One line for `systemctl status`.
    Status(&'a str),
    /// Every thread has shown life.
    Watchdog,
    /// Starting or stopping takes this much longer, from now on.
    Extend(Duration),
}

impl fmt::Display for Notice<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => out.write_str("READY=1"),
            Self::Reloading { monotonic } => {
                write!(out, "RELOADING=1\nMONOTONIC_USEC={}", monotonic.as_micros())
            }
            Self::Stopping => out.write_str("STOPPING=1"),
            Self::Status(line) => {
                out.write_str("STATUS=")?;
                // A line end would begin another assignment.
                line.chars().take(STATUS).try_for_each(|character| {
                    use fmt::Write;
                    out.write_char(if character.is_control() { ' ' } else { character })
                })
            }
            Self::Watchdog => out.write_str("WATCHDOG=1"),
            Self::Extend(time) => write!(out, "EXTEND_TIMEOUT_USEC={}", time.as_micros()),
        }
    }
}

/// Characters of a status; what is longer is cut.
const STATUS: usize = 500;

/// How long a send may take: a service manager that does not read must not hold a thread.
const PATIENCE: Duration = Duration::from_secs(1);

/// Why systemd was not told.
#[derive(Debug)]
pub enum NotifyError {
    /// `NOTIFY_SOCKET` is neither an absolute path nor `@name`.
    Address(OsString),
    /// The socket does not take it.
    Send(io::Error),
}

impl fmt::Display for NotifyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(name) => write!(
                out,
                "NOTIFY_SOCKET={:?} is neither an absolute path nor an @name; systemd is not told how the service is",
                name.to_string_lossy()
            ),
            Self::Send(error) => write!(
                out,
                "systemd cannot be told how the service is: {error}; later errors of this kind are not reported"
            ),
        }
    }
}

impl std::error::Error for NotifyError {}

/// The way to the service manager, or none where there is no service manager.
#[derive(Debug)]
pub struct Notifier {
    socket: Option<(UnixDatagram, SocketAddr)>,
    reported: AtomicBool,
}

impl Notifier {
    /// The notifier of this `environment`.
    ///
    /// # Errors
    ///
    /// Where `NOTIFY_SOCKET` is set and of no use.
    pub fn new(environment: Environment<'_>) -> Result<Self, NotifyError> {
        let socket = match environment("NOTIFY_SOCKET").filter(|name| !name.is_empty()) {
            None => None,
            Some(name) => {
                let socket = UnixDatagram::unbound().map_err(NotifyError::Send)?;
                socket.set_write_timeout(Some(PATIENCE)).map_err(NotifyError::Send)?;
                Some((socket, address(name)?))
            }
        };
        Ok(Self { socket, reported: AtomicBool::new(false) })
    }

    /// A notifier that tells nobody.
    #[must_use]
    pub const fn silent() -> Self {
        Self { socket: None, reported: AtomicBool::new(false) }
    }

    /// Tells it; gives the error back that is the first.
    #[must_use = "the first error belongs in the log"]
    pub fn tell(&self, notice: Notice<'_>) -> Option<NotifyError> {
        let (socket, address) = self.socket.as_ref()?;
        let sent = socket.send_to_addr(notice.to_string().as_bytes(), address);
        let error = sent.err()?;
        (!self.reported.swap(true, Ordering::Relaxed)).then_some(NotifyError::Send(error))
    }
}

fn address(name: OsString) -> Result<SocketAddr, NotifyError> {
    let found = match name.as_bytes() {
        [b'@', abstracted @ ..] if !abstracted.is_empty() => {
            SocketAddr::from_abstract_name(abstracted).ok()
        }
        [b'/', ..] => SocketAddr::from_pathname(&name).ok(),
        _ => None,
    };
    found.ok_or(NotifyError::Address(name))
}

/// How often [`Notice::Watchdog`] is due: half of what systemd waits. None where no watchdog is set, or where it is
/// set for another process than `own`.
#[must_use]
pub fn watchdog_interval(environment: Environment<'_>, own: u32) -> Option<Duration> {
    let number = |name: &str| environment(name)?.to_str()?.parse::<u64>().ok();
    let meant =
        environment("WATCHDOG_PID").is_none_or(|_| number("WATCHDOG_PID") == Some(own.into()));
    let micros = number("WATCHDOG_USEC").filter(|micros| meant && *micros > 1)?;
    Some(Duration::from_micros(micros.div_euclid(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment<'a>(of: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        move |name| of.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into())
    }

    fn received(socket: &UnixDatagram) -> String {
        let mut bytes = [0; 4_096];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn a_path_and_an_abstract_name_are_both_heard_at() {
        let path = format!("/tmp/trust-service-notify-{}", std::process::id());
        let _ = std::fs::remove_file(&path);
        let by_path = UnixDatagram::bind(&path).unwrap();
        let name = format!("trust-service-notify-{}", std::process::id());
        let by_name =
            UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        for (socket, at) in [(by_path, path.clone()), (by_name, format!("@{name}"))] {
            let notifier = Notifier::new(&environment(&[("NOTIFY_SOCKET", &at)])).unwrap();
            for (notice, text) in [
                (Notice::Ready, "READY=1"),
                (
                    Notice::Reloading { monotonic: Duration::from_micros(1_234_567) },
                    "RELOADING=1\nMONOTONIC_USEC=1234567",
                ),
                (Notice::Stopping, "STOPPING=1"),
                (Notice::Status("serving, 3 connections"), "STATUS=serving, 3 connections"),
                (Notice::Watchdog, "WATCHDOG=1"),
                (Notice::Extend(Duration::from_secs(5)), "EXTEND_TIMEOUT_USEC=5000000"),
            ] {
                assert!(notifier.tell(notice).is_none());
                assert_eq!(received(&socket), text);
            }
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_status_cannot_forge_another_assignment_and_is_cut() {
        let forged = Notice::Status("down\nREADY=1\0\u{1b}[2J").to_string();
        assert_eq!(forged, "STATUS=down READY=1  [2J");
        let long = Notice::Status(&"ä".repeat(STATUS + 1)).to_string();
        assert_eq!(long.chars().count(), "STATUS=".len() + STATUS);
    }

    #[test]
    fn an_error_is_reported_once_and_nobody_is_told_where_nobody_listens() {
        let gone = format!("/tmp/trust-service-gone-{}", std::process::id());
        let notifier = Notifier::new(&environment(&[("NOTIFY_SOCKET", &gone)])).unwrap();
        assert!(matches!(notifier.tell(Notice::Ready), Some(NotifyError::Send(_))));
        assert!(notifier.tell(Notice::Watchdog).is_none());
        for nobody in [&[][..], &[("NOTIFY_SOCKET", "")]] {
            assert!(Notifier::new(&environment(nobody)).unwrap().tell(Notice::Ready).is_none());
        }
        assert!(Notifier::silent().tell(Notice::Ready).is_none());
    }

    #[test]
    fn an_address_of_another_kind_is_refused() {
        let long = format!("/{}", "x".repeat(200));
        for bad in ["relative", "@", "vsock:2:1234", &long] {
            let refused = Notifier::new(&environment(&[("NOTIFY_SOCKET", bad)]));
            assert!(matches!(refused, Err(NotifyError::Address(_))), "{bad}");
        }
    }

    #[test]
    fn a_manager_that_does_not_read_holds_nobody() {
        let name = format!("trust-service-full-{}", std::process::id());
        let full =
            UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let at = format!("@{name}");
        let notifier = Notifier::new(&environment(&[("NOTIFY_SOCKET", &at)])).unwrap();
        let error = (0..10_000).find_map(|_| notifier.tell(Notice::Watchdog));
        assert!(matches!(error, Some(NotifyError::Send(_))));
        drop(full);
    }

    #[test]
    fn the_watchdog_is_fed_at_half_its_time_if_it_is_ours() {
        let interval = |of: &[(&str, &str)]| watchdog_interval(&environment(of), 42);
        let half = Some(Duration::from_secs(15));
        assert_eq!(interval(&[("WATCHDOG_USEC", "30000000")]), half);
        assert_eq!(interval(&[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "42")]), half);
        for none in [
            &[][..],
            &[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "43")],
            &[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "x")],
            &[("WATCHDOG_USEC", "0")],
            &[("WATCHDOG_USEC", "1")],
            &[("WATCHDOG_USEC", "-1")],
            &[("WATCHDOG_USEC", "30s")],
        ] {
            assert_eq!(interval(none), None, "{none:?}");
        }
    }
}
