//! `server`: addresses, threads, caps, deadlines, folders; with the sizes of `request_validation`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::reader::Section;
use crate::config::unavailable::Part;
use crate::server::settings::{Deadlines, ServerSettings};
use crate::trust::fingerprint::Fingerprint;
use crate::wire::{self, head};

/// What stands in `server` beside the settings of the server itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Folders {
    /// Snapshots, keys, spool and lock.
    pub state: PathBuf,
    /// The local sockets.
    pub run: PathBuf,
    /// What of the state folder is accepted though the audit trail knows other files.
    pub accept: Option<Fingerprint>,
}

/// Reads the section.
pub(in crate::config) fn read(
    section: &mut Section<'_, '_>,
    limits: wire::Limits,
) -> (ServerSettings, Folders, Vec<Part>) {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(1_024));
    let default = Deadlines::default();
    let address = "an address and a port, as 0.0.0.0:8443";
    let settings = ServerSettings {
        listen: section.parsed("listen", SocketAddr::from(([0, 0, 0, 0], 8_443)), address),
        workers: section.number("workers", u16::try_from(cores).unwrap_or(1), 1..=1_024),
        blocking_threads: section.number("blocking_threads", 8, 1..=1_024),
        blocking_queue: section.number("blocking_queue", 256, 1..=u16::MAX),
        max_connections: section.number("max_connections", 10_000, 1..=1_000_000),
        max_connections_per_address: section.number(
            "max_connections_per_address",
            256,
            1..=1_000_000,
        ),
        limits,
        deadlines: Deadlines {
            handshake: time(section, "handshake_timeout_ms", default.handshake, TEN_MINUTES),
            head: time(section, "head_timeout_ms", default.head, TEN_MINUTES),
            body: time(section, "body_timeout_ms", default.body, TEN_MINUTES),
            answer: time(section, "answer_timeout_ms", default.answer, TEN_MINUTES),
            idle: time(section, "idle_timeout_ms", default.idle, TEN_MINUTES),
            drain: time(section, "drain_timeout_ms", default.drain, ONE_MINUTE),
        },
    };
    if settings.max_connections_per_address > settings.max_connections {
        let hint = "lower it, or raise server.max_connections";
        section.fault("max_connections_per_address", "more for one address than in all", hint);
    }
    let folders = Folders {
        state: section.path("state_dir", "/var/lib/trust-service"),
        run: section.path("run_dir", "/run/trust-service"),
        accept: section
            .optional("accept_state", "the name that a refused start gives, of 64 digits"),
    };
    let without =
        section.list("dangerous_start_without", Some(Vec::new()), Part::NAMES).unwrap_or_default();
    (settings, folders, without)
}

/// Bytes of requests, from `request_validation`.
pub(in crate::config) fn limits(section: &mut Section<'_, '_>) -> wire::Limits {
    let default = wire::Limits::default();
    wire::Limits {
        body_bytes: section.number("max_request_bytes", default.body_bytes, 1_024..=10_485_760),
        head_bytes: section.number("max_header_bytes", default.head_bytes, 1_024..=65_536),
        headers: section.number("max_headers", default.headers, 8..=head::MAX_HEADERS),
        target_bytes: section.number("max_target_bytes", default.target_bytes, 256..=16_384),
    }
}

fn time(
    section: &mut Section<'_, '_>,
    key: &'static str,
    default: Duration,
    most: u64,
) -> Duration {
    let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(section.number(key, default, 100..=most))
}

const TEN_MINUTES: u64 = 600_000;
/// The unit gives a stopping service 120 s, then kills it.
const ONE_MINUTE: u64 = 60_000;
