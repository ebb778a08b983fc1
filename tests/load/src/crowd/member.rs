//! One connection of a crowd.

use crate::answer::AnswerReader;
use crate::connection::{Connection, Gone};
use crate::counts::Counts;
use rustls::HandshakeKind;
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Member {
    link: Option<Link>,
    opening: bool,
    opened: Duration,
    reader: AnswerReader,
    input: Vec<u8>,
    /// Bytes of the slow script that have been sent.
    dripped: usize,
    next_drip: Duration,
    /// Where in the flood the next byte stands.
    flooded: usize,
}

#[derive(Debug)]
pub(super) enum Link {
    Tcp(TcpStream),
    Tls(Box<Connection>),
}

impl Link {
    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Tcp(socket) => socket,
            Self::Tls(connection) => connection.socket(),
        }
    }
}

impl Member {
    /// One that begins to open, or could not even begin.
    pub(super) fn new(link: Option<Link>, now: Duration) -> Self {
        Self {
            opening: link.is_some(),
            link,
            opened: now,
            reader: AnswerReader::default(),
            input: Vec::new(),
            dripped: 0,
            next_drip: Duration::MAX,
            flooded: 0,
        }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.link.is_some()
    }

    pub(super) fn is_opening(&self) -> bool {
        self.opening
    }

    pub(super) fn opened(&self) -> Duration {
        self.opened
    }

    pub(super) fn drop_link(&mut self) {
        self.link = None;
        self.opening = false;
        self.input = Vec::new();
    }

    pub(super) fn handshake_kind(&self) -> Option<HandshakeKind> {
        match &self.link {
            Some(Link::Tls(connection)) => connection.shaken(),
            _ => None,
        }
    }

    /// Whether this was the moment at which the connection was made.
    pub(super) fn finish_opening(&mut self) -> bool {
        let made = match &self.link {
            Some(Link::Tcp(socket)) => socket.peer_addr().is_ok(),
            Some(Link::Tls(connection)) => connection.shaken().is_some(),
            None => false,
        };
        self.opening = self.opening && !made;
        made
    }

    /// Moves bytes both ways and counts the answers among them.
    pub(super) fn advance(&mut self, counts: &mut Counts) -> Result<(), Gone> {
        let end = match &mut self.link {
            Some(Link::Tcp(socket)) => listen(socket).err(),
            Some(Link::Tls(connection)) => {
                connection.flush()?;
                connection.pull(&mut self.input).err()
            }
            None => None,
        };
        let mut body = Vec::new();
        while !self.input.is_empty() {
            match self.reader.read(&mut self.input, &mut body) {
                Ok(Some(answer)) => counts.answer(&answer),
                Ok(None) => break,
                Err(error) => {
                    counts.error(&error);
                    self.input.clear();
                }
            }
        }
        end.map_or(Ok(()), Err)
    }

    /// Sends `bytes` at once; dripping begins an interval later.
    pub(super) fn say(&mut self, bytes: &[u8], now: Duration) -> Result<(), Gone> {
        self.next_drip = now;
        let Some(Link::Tls(connection)) = &mut self.link else { return Ok(()) };
        connection.put(bytes);
        connection.flush()
    }

    /// Sends one byte of `script`, and `a` after its end, if that is due. Tells how many it sent.
    pub(super) fn drip(
        &mut self,
        script: &[u8],
        now: Duration,
        interval: Duration,
    ) -> Result<u64, Gone> {
        let Some(Link::Tls(connection)) = &mut self.link else { return Ok(0) };
        if self.opening || now < self.next_drip {
            return Ok(0);
        }
        self.next_drip = now.saturating_add(interval);
        let byte = script.get(self.dripped).copied().unwrap_or(b'a');
        self.dripped = self.dripped.saturating_add(1);
        connection.put(&[byte]);
        connection.flush()?;
        Ok(1)
    }

    /// Sends `script` again and again until nothing more fits. Tells how many bytes TLS took.
    pub(super) fn flood(&mut self, script: &[u8]) -> Result<u64, Gone> {
        let Some(Link::Tls(connection)) = self.link.as_mut().filter(|_| !self.opening) else {
            return Ok(0);
        };
        let mut sent = 0_u64;
        for _ in 0..ROUNDS {
            connection.flush()?;
            if !connection.is_flushed() {
                break;
            }
            let rest = script.get(self.flooded..).unwrap_or_default();
            let taken = connection.put(rest);
            self.flooded = if taken >= rest.len() { 0 } else { self.flooded.saturating_add(taken) };
            sent = sent.saturating_add(u64::try_from(taken).unwrap_or(0));
        }
        Ok(sent)
    }
}

/// Parts of a flood sent in one turn, so that one member does not keep the others waiting.
const ROUNDS: usize = 64;

/// Reads what a server says on a connection that never began TLS.
fn listen(socket: &mut TcpStream) -> Result<(), Gone> {
    let mut scratch = [0; 1_024];
    loop {
        match socket.read(&mut scratch) {
            Ok(0) => return Err(Gone::Cut),
            Ok(_) => {}
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) =>
            {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
}
