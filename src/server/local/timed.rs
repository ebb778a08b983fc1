//! A blocking connection of which no read and no write lasts beyond one absolute deadline.
//!
//! Threat: a client that sends a byte now and then, or reads none. A timeout for each read would begin anew with each
//! byte; here each call gets what is left of the whole.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown as Half;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::runtime::pulse::Idle;
use crate::runtime::supervisor::Life;
use crate::wire::response::CONTINUE;

use super::super::sealed::Sealed;

/// The longest that a call blocks before it is looked whether the service stops.
const LOOK: Duration = Duration::from_millis(200);

/// How much of what a client still sends is read and forgotten behind an answer, and for how long.
const LINGER_BYTES: usize = 4 * 1024 * 1024;
const LINGER: Duration = Duration::from_secs(1);

/// Why nothing more comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cut {
    /// The other side has ended, or this one is about to.
    Gone,
    /// The time is over.
    Late,
}

/// The connection.
pub(super) struct Timed<'a> {
    stream: UnixStream,
    clock: Arc<dyn Clock>,
    life: &'a Life,
    /// When all must be over, since the service began.
    pub(super) due: Duration,
}

impl<'a> Timed<'a> {
    pub(super) fn new(
        stream: UnixStream,
        clock: Arc<dyn Clock>,
        life: &'a Life,
        due: Duration,
    ) -> Self {
        Self { stream, clock, life, due }
    }

    /// As long as this is held, the thread is not taken for dead.
    pub(super) fn busy(&self) -> Idle<'a> {
        self.life.pulse.idle()
    }

    /// Reads what there is, at least one byte.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Cut> {
        loop {
            if self.life.stop.is_asked() {
                return Err(Cut::Gone);
            }
            let left = self.left()?;
            self.stream.set_read_timeout(Some(left)).map_err(|_| Cut::Gone)?;
            match self.stream.read(buffer) {
                Ok(0) => return Err(Cut::Gone),
                Ok(count) => return Ok(count),
                Err(error) if may_go_on(&error) => {}
                Err(_) => return Err(Cut::Gone),
            }
        }
    }

    /// Tells a client that waits for it to send its body.
    pub(super) fn proceed(&mut self) -> Result<(), Cut> {
        self.write(CONTINUE)
    }

    /// Sends an answer, whose record is made. The stop of the service does not cut it short.
    pub(super) fn send(&mut self, answer: &Sealed) -> Result<(), Cut> {
        self.write(answer.rest())
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Cut> {
        while !bytes.is_empty() {
            let left = self.left()?;
            self.stream.set_write_timeout(Some(left)).map_err(|_| Cut::Gone)?;
            match self.stream.write(bytes) {
                Ok(0) => return Err(Cut::Gone),
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if may_go_on(&error) => {}
                Err(_) => return Err(Cut::Gone),
            }
        }
        Ok(())
    }

    /// Ends the answer, and forgets what the client still sends: were it closed at once, the client could be told of
    /// that before it has read.
    pub(super) fn finish(mut self) {
        self.due = self.clock.uptime().saturating_add(LINGER);
        let mut forgotten = 0_usize;
        let mut buffer = [0; 4096];
        if self.stream.shutdown(Half::Write).is_err() {
            return;
        }
        while forgotten < LINGER_BYTES {
            match self.read(&mut buffer) {
                Ok(count) => forgotten = forgotten.saturating_add(count),
                Err(_) => return,
            }
        }
    }

    /// What is left of the time, at most [`LOOK`]; never nothing, which a socket takes for endless.
    fn left(&self) -> Result<Duration, Cut> {
        self.life.pulse.beat();
        match self.due.checked_sub(self.clock.uptime()) {
            Some(left) if !left.is_zero() => Ok(left.min(LOOK)),
            _ => Err(Cut::Late),
        }
    }
}

fn may_go_on(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
