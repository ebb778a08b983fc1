//! One place of a load: a connection, and what is asked on it.

use crate::answer::{Answer, AnswerError, AnswerReader};
use crate::connection::{Connection, Gone};
use crate::socket::Route;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, HandshakeKind};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Slot {
    config: Arc<ClientConfig>,
    connection: Option<Connection>,
    opened: Duration,
    stage: Stage,
    reader: AnswerReader,
    input: Vec<u8>,
    body: Vec<u8>,
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    /// Nothing: it has no request.
    Free,
    Handshake,
    /// The answer to a request that counts from `since`.
    Waiting {
        since: Duration,
    },
}

impl Slot {
    pub(super) fn new(config: Arc<ClientConfig>) -> Self {
        Self {
            config,
            connection: None,
            opened: Duration::ZERO,
            stage: Stage::Free,
            reader: AnswerReader::default(),
            input: Vec::with_capacity(4_096),
            body: Vec::with_capacity(4_096),
        }
    }

    /// Begins a new connection in place of the last one.
    pub(super) fn open(
        &mut self,
        route: Route,
        nth: usize,
        name: &ServerName<'static>,
        now: Duration,
    ) -> Result<&Connection, Gone> {
        self.give_up();
        self.opened = now;
        self.stage = Stage::Handshake;
        let made = Connection::begin(route, nth, Arc::clone(&self.config), name.clone())?;
        Ok(self.connection.insert(made))
    }

    /// Drops the connection and all that belonged to it.
    pub(super) fn give_up(&mut self) {
        self.connection = None;
        self.stage = Stage::Free;
        self.reader = AnswerReader::default();
        self.input.clear();
        self.body.clear();
    }

    /// The same, with a goodbye.
    pub(super) fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close();
        }
        self.give_up();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.connection.is_none()
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    pub(super) fn opened(&self) -> Duration {
        self.opened
    }

    /// Since when it waits for the server, if it does.
    pub(super) fn waits_since(&self) -> Option<Duration> {
        match self.stage {
            Stage::Free => None,
            Stage::Handshake => Some(self.opened),
            Stage::Waiting { since } => Some(since),
        }
    }

    /// Moves bytes both ways.
    pub(super) fn advance(&mut self) -> Result<(), Gone> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        connection.flush()?;
        connection.pull(&mut self.input)
    }

    /// How the handshake went: once, right after it.
    pub(super) fn handshake_done(&mut self) -> Option<HandshakeKind> {
        if self.stage != Stage::Handshake {
            return None;
        }
        let kind = self.connection.as_ref()?.shaken()?;
        self.stage = Stage::Free;
        Some(kind)
    }

    /// Sends a request.
    pub(super) fn ask(&mut self, request: &[u8], since: Duration) -> Result<(), Gone> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        let mut rest = request;
        while !rest.is_empty() {
            // A request larger than TLS buffers leaves in parts; one the socket cannot take at once
            // would have to wait, and a load is not made of those.
            let taken = connection.put(rest);
            rest = rest.get(taken..).unwrap_or_default();
            connection.flush()?;
            if taken == 0 && !connection.is_flushed() {
                return Err(Gone::Socket(std::io::ErrorKind::WouldBlock));
            }
        }
        self.stage = Stage::Waiting { since };
        Ok(())
    }

    /// The answer, if it is whole.
    pub(super) fn answer(&mut self) -> Result<Option<Answer>, AnswerError> {
        let answer = self.reader.read(&mut self.input, &mut self.body)?;
        if answer.is_some() {
            self.body.clear();
            self.stage = Stage::Free;
        }
        Ok(answer)
    }
}
