//! One TLS connection as a worker holds it: bytes in, sealed answers out, and never a call that blocks.
//!
//! Invariant: application data leaves by [`Channel::send`] alone, which takes a [`Sealed`]; the one exception is the
//! fixed line `100 Continue`, which says nothing.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use rustls::ServerConnection;

use crate::wire::response::CONTINUE;

use super::sealed::Sealed;

/// Plaintext that waits inside rustls, in bytes: an answer above it goes over in pieces, as the client takes them.
const BUFFER: usize = 64 * 1024;

/// The socket, its TLS, and the answer on its way out.
#[derive(Debug)]
pub(super) struct Channel {
    socket: TcpStream,
    tls: ServerConnection,
    /// Whether the socket may have more bytes. The set is edge-triggered, so this is remembered.
    pub(super) readable: bool,
    sending: Option<Sealed>,
}

/// How far the way out is clear.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flushed {
    /// Everything is with the kernel.
    Done,
    /// The client does not take more at present.
    Blocked,
}

/// What one read brought.
#[derive(Debug)]
pub(super) enum Filled {
    /// So many bytes of plaintext, zero where only TLS itself had something to say; they must be read at once.
    Plaintext(usize),
    /// Nothing is there.
    Nothing,
    /// The client said that it sends no more (`close_notify`).
    Closed,
    /// The connection was cut, without `close_notify`.
    Cut,
    /// The bytes are no TLS, or break it; the alert has been sent if it could be.
    Broken(rustls::Error),
}

impl Channel {
    pub(super) fn new(socket: TcpStream, mut tls: ServerConnection) -> Self {
        tls.set_buffer_limit(Some(BUFFER));
        Self { socket, tls, readable: true, sending: None }
    }

    pub(super) fn tls(&self) -> &ServerConnection {
        &self.tls
    }

    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Begins to send an answer; [`Channel::flush`] does the rest.
    pub(super) fn send(&mut self, sealed: Sealed) {
        self.sending = Some(sealed);
    }

    /// Tells a client that waits to send its body (RFC 9110 section 10.1.1).
    pub(super) fn send_continue(&mut self) -> io::Result<()> {
        self.tls.writer().write_all(CONTINUE)
    }

    /// Writes what there is to write.
    ///
    /// # Errors
    ///
    /// Where the connection is no more.
    pub(super) fn flush(&mut self) -> io::Result<Flushed> {
        loop {
            while self.tls.wants_write() {
                match self.tls.write_tls(&mut Gather(&self.socket)) {
                    Ok(0) => return Err(ErrorKind::WriteZero.into()),
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        return Ok(Flushed::Blocked);
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            let Some(sealed) = &mut self.sending else { return Ok(Flushed::Done) };
            let taken = self.tls.writer().write(sealed.rest())?;
            if sealed.advance(taken) {
                self.sending = None;
            } else if taken == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
        }
    }

    /// Reads once from the socket, which was flushed before.
    pub(super) fn fill(&mut self) -> Filled {
        let mut source = Source { socket: &self.socket, drained: false };
        match self.tls.read_tls(&mut source) {
            Ok(0) => {
                self.readable = false;
                return Filled::Cut;
            }
            Ok(_) => self.readable = !source.drained,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.readable = false;
                return Filled::Nothing;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => return Filled::Plaintext(0),
            Err(_) => {
                self.readable = false;
                return Filled::Cut;
            }
        }
        match self.tls.process_new_packets() {
            Ok(state) if state.plaintext_bytes_to_read() > 0 => {
                Filled::Plaintext(state.plaintext_bytes_to_read())
            }
            Ok(state) if state.peer_has_closed() => Filled::Closed,
            Ok(_) => Filled::Plaintext(0),
            Err(error) => {
                // The alert that tells the client why.
                let _ = self.flush();
                Filled::Broken(error)
            }
        }
    }

    /// Appends `count` bytes of plaintext, which [`Channel::fill`] said are there.
    pub(super) fn read(&mut self, count: usize, into: &mut Vec<u8>) -> io::Result<()> {
        let before = into.len();
        into.resize(before.saturating_add(count), 0);
        self.tls.reader().read_exact(into.get_mut(before..).unwrap_or_default())
    }

    /// Says that nothing more will be sent, and half-closes. What the client still sends is for the caller to read,
    /// since closing a socket with unread bytes would take the answer back.
    pub(super) fn finish(&mut self) {
        self.tls.send_close_notify();
        if matches!(self.flush(), Ok(Flushed::Done)) {
            let _ = self.socket.shutdown(Shutdown::Write);
        }
    }

    /// Reads and forgets. Whether the client is done too.
    pub(super) fn discard(&mut self, scratch: &mut Vec<u8>, most: &mut usize) -> bool {
        scratch.resize(16 * 1024, 0);
        loop {
            match (&self.socket).read(scratch) {
                Ok(0) => return true,
                Ok(count) => {
                    *most = most.saturating_sub(count);
                    if *most == 0 {
                        return true;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return true,
            }
        }
    }
}

/// Tells a read that was shorter than its buffer: the socket then has nothing left, and a system call is saved.
struct Source<'a> {
    socket: &'a TcpStream,
    drained: bool,
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.socket.read(into)?;
        self.drained = count < into.len();
        Ok(count)
    }
}

/// Writes all of rustls' records in one system call.
struct Gather<'a>(&'a TcpStream);

impl Write for Gather<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
