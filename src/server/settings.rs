//! What an operator sets of the server: addresses, threads, caps and deadlines.

use std::net::SocketAddr;
use std::time::Duration;

use crate::wire;

/// Settings of listener, workers and blocking pool.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerSettings {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Epoll workers; one for each core by default.
    pub workers: u16,
    /// Threads for handlers that may block.
    pub blocking_threads: u16,
    /// Requests that may wait for a blocking thread; above, `503` with `Retry-After`.
    pub blocking_queue: u16,
    /// Connections in all; above, a new one is closed at once.
    pub max_connections: u32,
    /// Connections from one address (IPv6: one /64); above, a new one is closed at once.
    pub max_connections_per_address: u32,
    /// What a request's head may cost.
    pub limits: wire::Limits,
    /// The time that each phase has.
    pub deadlines: Deadlines,
}

/// Absolute deadlines: a byte in time does not move them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deadlines {
    /// From accepting to the end of the handshake.
    pub handshake: Duration,
    /// From the first byte of a head to its last.
    pub head: Duration,
    /// From the end of the head to the end of the body, for bodies up to 10 MiB; larger ones have one more such
    /// time for each further 10 MiB.
    pub body: Duration,
    /// From the answer to its last byte taken by the client's machine.
    pub answer: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// From the order to stop to the end of the last request.
    pub drain: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            answer: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            drain: Duration::from_secs(20),
        }
    }
}
