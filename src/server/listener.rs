//! Accepts connections, holds them to the caps, and deals them out to the workers, before any TLS work is done.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{SocketFlags, acceptfrom_with};

use crate::clock::Clock;
use crate::limit::{Connections, Full, Limits, Place};

use super::inbox::Inbox;

/// The kernel's queue of connections that are not accepted yet.
const BACKLOG: i32 = 4_096;

/// How often the thread looks whether it shall stop.
const LOOK: Duration = Duration::from_millis(200);

/// How long nothing is accepted where the machine has no descriptor or no memory for it.
const PAUSE: Duration = Duration::from_millis(20);

/// A connection that has its place.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) socket: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) place: Place,
    /// When its handshake must be over, since the service began; set by the worker.
    pub(super) due: Duration,
}

/// Connections that came to nothing before TLS, counted since the start.
#[derive(Debug, Default)]
pub struct Turned {
    /// At the cap of all connections.
    pub all: AtomicU64,
    /// At the cap of one address.
    pub address: AtomicU64,
    /// More in the course of time than an address may open.
    pub rate: AtomicU64,
    /// How often the machine had no descriptor or no memory, and connections had to wait.
    pub exhausted: AtomicU64,
}

/// The listening socket and where its connections go.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    connections: Arc<Connections>,
    workers: Vec<Arc<Inbox>>,
    turned: Arc<Turned>,
    limits: Arc<Limits>,
    clock: Arc<dyn Clock>,
}

/// A socket that listens at `address`, with address reuse, and with `TCP_NODELAY`, which accepted sockets inherit.
///
/// # Errors
///
/// Where the address is taken or not ours.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    use rustix::net::{AddressFamily, SocketType, bind, listen, socket_with, sockopt};
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &address)?;
    listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

impl Listener {
    /// Takes over a listening socket.
    ///
    /// # Errors
    ///
    /// Where the socket's options cannot be set.
    pub fn new(
        socket: TcpListener,
        connections: Arc<Connections>,
        workers: Vec<Arc<Inbox>>,
        turned: Arc<Turned>,
        limits: Arc<Limits>,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        rustix::net::sockopt::set_tcp_nodelay(&socket, true)?;
        Ok(Self { socket, connections, workers, turned, limits, clock })
    }

    /// Accepts until `stop` says so; the body of the `accept` thread.
    pub fn run(&self, stop: impl Fn() -> bool) {
        let mut next = self.workers.iter().cycle();
        let mut could = true;
        while !stop() {
            match acceptfrom_with(&self.socket, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) {
                Ok((socket, peer)) => {
                    could = true;
                    let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
                    // A client that is gone already has no address.
                    if let (Some(worker), Some(peer)) = (next.next(), peer) {
                        self.admit(socket.into(), peer, worker);
                    }
                }
                Err(Errno::WOULDBLOCK) => self.wait(),
                // The client was gone before it was accepted, or a signal came.
                Err(Errno::CONNABORTED | Errno::INTR | Errno::PROTO) => {}
                Err(error) => {
                    // No descriptor, no memory: connections wait in the kernel's queue until some have ended.
                    if could {
                        self.turned.exhausted.fetch_add(1, Ordering::Relaxed);
                        log::warn!(target: "server", "connections wait and are not accepted: {error}; raise LimitNOFILE, or lower server.max_connections");
                    }
                    could = false;
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }

    fn wait(&self) {
        let look = Timespec { tv_sec: 0, tv_nsec: LOOK.subsec_nanos().into() };
        let _ = poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&look));
    }

    fn admit(&self, socket: TcpStream, peer: SocketAddr, worker: &Inbox) {
        let asked = self.limits.connection(peer.ip(), self.clock.uptime());
        if asked.enforced().is_some() {
            self.turned.rate.fetch_add(1, Ordering::Relaxed);
            return;
        }
        match self.connections.enter(peer.ip()) {
            Ok(place) => worker.put(|mail| {
                mail.accepted.push(Accepted { socket, peer, place, due: Duration::ZERO });
            }),
            Err(Full::All) => {
                self.turned.all.fetch_add(1, Ordering::Relaxed);
            }
            Err(Full::Address) => {
                self.turned.address.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
