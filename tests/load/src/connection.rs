//! One TLS connection that never blocks.

use crate::socket::Route;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, HandshakeKind};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// A socket and the TLS on it.
#[derive(Debug)]
pub(crate) struct Connection {
    socket: TcpStream,
    tls: ClientConnection,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Gone {
    /// The server said that it closes, and did.
    Closed,
    /// The stream ended without a word: a cut.
    Cut,
    /// The socket failed.
    Socket(ErrorKind),
    /// TLS failed, or the server sent an alert.
    Tls(rustls::Error),
}

impl fmt::Display for Gone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => out.write_str("closed"),
            Self::Cut => out.write_str("cut"),
            Self::Socket(kind) => write!(out, "socket: {kind}"),
            Self::Tls(error) => write!(out, "tls: {error}"),
        }
    }
}

impl From<io::Error> for Gone {
    fn from(error: io::Error) -> Self {
        Self::Socket(error.kind())
    }
}

impl Connection {
    /// Begins the `nth` connection of this route.
    pub(crate) fn begin(
        route: Route,
        nth: usize,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Result<Self, Gone> {
        let tls = ClientConnection::new(config, name).map_err(Gone::Tls)?;
        Ok(Self { socket: route.begin(nth)?, tls })
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// How the handshake went, once it is over.
    pub(crate) fn shaken(&self) -> Option<HandshakeKind> {
        if self.tls.is_handshaking() { None } else { self.tls.handshake_kind() }
    }

    /// Takes what fits of `bytes` to be sent by [`Connection::flush`], and tells how much that is.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> usize {
        self.tls.writer().write(bytes).unwrap_or(0)
    }

    /// Sends until there is nothing more or the socket takes no more.
    pub(crate) fn flush(&mut self) -> Result<(), Gone> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut &self.socket) {
                Ok(_) => {}
                Err(error) if not_now(&error) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Whether all that was put has left.
    pub(crate) fn is_flushed(&self) -> bool {
        !self.tls.wants_write()
    }

    /// Reads until the socket is empty, and appends the plaintext to `input`. What was read before
    /// the end is there even when an end is told.
    pub(crate) fn pull(&mut self, input: &mut Vec<u8>) -> Result<(), Gone> {
        loop {
            let mut socket = Short { socket: &self.socket, short: false };
            match self.tls.read_tls(&mut socket) {
                Ok(0) => return Err(Gone::Cut),
                Ok(_) => {}
                Err(error) if not_now(&error) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
            let short = socket.short;
            let state = match self.tls.process_new_packets() {
                Ok(state) => state,
                Err(error) => {
                    let _ = self.flush();
                    return Err(Gone::Tls(error));
                }
            };
            let filled = input.len();
            input.resize(filled.saturating_add(state.plaintext_bytes_to_read()), 0);
            if let Some(free) = input.get_mut(filled..) {
                self.tls.reader().read_exact(free)?;
            }
            if state.peer_has_closed() {
                return Err(Gone::Closed);
            }
            if self.tls.wants_write() {
                self.flush()?;
            }
            if short {
                return Ok(());
            }
        }
    }

    /// Says goodbye, without waiting for it to arrive.
    pub(crate) fn close(mut self) {
        self.tls.send_close_notify();
        let _ = self.flush();
    }
}

fn not_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected | ErrorKind::Interrupted)
}

/// Notes a read that did not fill its buffer: the socket is empty then, and its next byte raises an
/// edge.
struct Short<'a> {
    socket: &'a TcpStream,
    short: bool,
}

impl Read for Short<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.socket.read(buffer)?;
        self.short = length < buffer.len();
        Ok(length)
    }
}
