//! One connection of a pipeline: what it has to send, and which answers it is owed.

use crate::answer::{Answer, AnswerError, AnswerReader};
use crate::connection::{Connection, Gone};
use crate::random::Random;
use crate::socket::Route;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, HandshakeKind};
use std::collections::VecDeque;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Lane {
    connection: Option<Connection>,
    shaken: bool,
    /// When it was opened, or last sent or received anything.
    stirred: Duration,
    reader: AnswerReader,
    input: Vec<u8>,
    body: Vec<u8>,
    /// Asked for, and not yet cut.
    text: Vec<u8>,
    /// The lengths of the pieces of `text` still to be sent.
    pieces: VecDeque<usize>,
    owed: VecDeque<Owed>,
    last_question: Option<usize>,
}

/// An answer that is to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owed {
    pub(super) question: usize,
    /// Bytes of the text up to the end of this request.
    end: usize,
    /// When the last byte of the request left.
    pub(super) sent: Option<Duration>,
}

impl Lane {
    pub(super) fn open(
        &mut self,
        route: Route,
        nth: usize,
        config: &Arc<ClientConfig>,
        name: &ServerName<'static>,
        now: Duration,
    ) -> Result<&TcpStream, Gone> {
        self.give_up();
        self.stirred = now;
        let made = Connection::begin(route, nth, Arc::clone(config), name.clone())?;
        Ok(self.connection.insert(made).socket())
    }

    pub(super) fn give_up(&mut self) {
        *self = Self::default();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.connection.is_none()
    }

    /// Whether nothing is left to be sent.
    pub(super) fn is_idle(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether it waits for the server, and has for longer than `timeout`.
    pub(super) fn is_late(&self, now: Duration, timeout: Duration) -> bool {
        let waits = !self.shaken || !self.owed.is_empty();
        waits && now.saturating_sub(self.stirred) > timeout
    }

    pub(super) fn owed(&self) -> u64 {
        u64::try_from(self.owed.len()).unwrap_or(u64::MAX)
    }

    pub(super) fn owed_questions(&self) -> impl Iterator<Item = usize> {
        self.owed.iter().map(|owed| owed.question)
    }

    pub(super) fn next_owed(&mut self) -> Option<Owed> {
        self.owed.pop_front()
    }

    pub(super) fn last_question(&self) -> Option<usize> {
        self.last_question
    }

    pub(super) fn advance(&mut self) -> Result<(), Gone> {
        let Some(connection) = &mut self.connection else { return Ok(()) };
        connection.flush()?;
        connection.pull(&mut self.input)
    }

    pub(super) fn handshake_done(&mut self) -> Option<HandshakeKind> {
        if self.shaken {
            return None;
        }
        let kind = self.connection.as_ref()?.shaken()?;
        self.shaken = true;
        Some(kind)
    }

    /// The next whole answer with its body.
    pub(super) fn answer(&mut self) -> Result<Option<(Answer, Vec<u8>)>, AnswerError> {
        let answer = self.reader.read(&mut self.input, &mut self.body)?;
        Ok(answer.map(|answer| (answer, std::mem::take(&mut self.body))))
    }

    /// Adds a request to the text; nothing leaves before it is cut.
    pub(super) fn ask(&mut self, question: usize, request: &[u8]) {
        self.text.extend_from_slice(request);
        self.owed.push_back(Owed { question, end: self.text.len(), sent: None });
        self.last_question = Some(question);
    }

    /// Cuts the text: in a third of all cases not at all, otherwise at random places, down to
    /// single bytes.
    pub(super) fn cut(&mut self, random: &mut Random) {
        let mut left = self.text.len();
        while left > 0 {
            let whole = random.below(3) == 0;
            let piece = if whole { left } else { random.below(left).saturating_add(1) };
            self.pieces.push_back(piece);
            left = left.saturating_sub(piece);
        }
    }

    /// Sends one piece as a TLS record of its own. Tells whether more are left.
    pub(super) fn send_piece(&mut self, now: Duration) -> Result<bool, Gone> {
        let Some(connection) = &mut self.connection else { return Ok(false) };
        connection.flush()?;
        if !connection.is_flushed() {
            return Ok(true);
        }
        let Some(length) = self.pieces.pop_front() else { return Ok(false) };
        self.stirred = now;
        let taken = connection.put(self.text.get(..length).unwrap_or_default());
        self.text.drain(..taken.min(self.text.len()));
        if taken < length {
            self.pieces.push_front(length.saturating_sub(taken));
        }
        for owed in self.owed.iter_mut().filter(|owed| owed.sent.is_none()) {
            owed.end = owed.end.saturating_sub(taken);
            if owed.end == 0 {
                owed.sent = Some(now);
            }
        }
        connection.flush()?;
        Ok(!self.pieces.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_add_up_to_the_text_and_are_never_empty() {
        let mut random = Random::new(3);
        let mut single_bytes = 0;
        for _ in 0..200 {
            let mut lane = Lane::default();
            lane.ask(0, b"GET / HTTP/1.1\r\n\r\n");
            lane.ask(1, b"GET /1 HTTP/1.1\r\n\r\n");
            lane.cut(&mut random);
            assert_eq!(lane.pieces.iter().sum::<usize>(), lane.text.len());
            assert!(lane.pieces.iter().all(|piece| *piece > 0));
            single_bytes += lane.pieces.iter().filter(|piece| **piece == 1).count();
        }
        assert!(single_bytes > 0);
    }

    #[test]
    fn owes_what_was_asked_in_the_order_in_which_it_was_asked() {
        let mut lane = Lane::default();
        lane.ask(4, b"GET /4");
        lane.ask(2, b"GET /2");
        assert_eq!(lane.owed_questions().collect::<Vec<_>>(), [4, 2]);
        assert_eq!(lane.next_owed().map(|owed| owed.question), Some(4));
        assert_eq!((lane.owed(), lane.last_question()), (1, Some(2)));
    }
}
