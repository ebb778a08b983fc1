//! Writes to a reader that may leave before the end, as `trust-service trust list | head -1` does.
//!
//! A reader that left is no fault, but it must not change the answer either: a command that
//! stopped at the first refused write and said "good" would vouch for what it never looked at.
//! So [`Output`] lets the command work on, drops what nobody reads, and [`Output::finish`] gives
//! the command's own answer.

use super::exit::Exit;
use std::io::{self, ErrorKind, Write};

/// A writer that falls silent when its reader has left.
///
/// Any other failure (a full disk behind `> file`) stays an error, and is remembered, because a
/// command may be tempted to ignore it.
#[derive(Debug)]
pub struct Output<W: Write> {
    inner: W,
    reader_left: bool,
    failed: bool,
}

impl<W: Write> Output<W> {
    /// Wraps `inner`, usually a locked and buffered standard output.
    pub const fn new(inner: W) -> Self {
        Self { inner, reader_left: false, failed: false }
    }

    /// Whether nobody reads any more; a command whose answer does not hang on the rest may stop.
    #[must_use]
    pub const fn reader_left(&self) -> bool {
        self.reader_left
    }

    /// Writes out what is buffered and gives the code to end with: `answer`, or
    /// [`Exit::WriteFailed`] if some of the output was lost to anything but a reader that left.
    #[must_use]
    pub fn finish(mut self, answer: Exit) -> Exit {
        let flushed = self.flush();
        if flushed.is_err() || self.failed { Exit::WriteFailed } else { answer }
    }

    fn outcome<T>(&mut self, result: io::Result<T>, if_left: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.reader_left = true;
                Ok(if_left)
            }
            Err(error) => {
                // An interrupted write is tried again by `write_all`; nothing is lost by it.
                self.failed |= error.kind() != ErrorKind::Interrupted;
                Err(error)
            }
            Ok(value) => Ok(value),
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.reader_left {
            return Ok(bytes.len());
        }
        let written = self.inner.write(bytes);
        self.outcome(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.reader_left {
            return Ok(());
        }
        let flushed = self.inner.flush();
        self.outcome(flushed, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes `room` bytes, then fails with `kind`.
    struct Narrow {
        room: usize,
        kind: ErrorKind,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(self.kind.into());
            }
            let taken = bytes.len().min(self.room);
            self.room = self.room.saturating_sub(taken);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn narrow(kind: ErrorKind) -> Output<Narrow> {
        Output::new(Narrow { room: 4, kind })
    }

    #[test]
    fn goes_on_in_silence_when_the_reader_has_left() {
        let mut out = narrow(ErrorKind::BrokenPipe);
        assert!(out.write_all(b"a long line\n").is_ok());
        assert!(out.write_all(b"and another\n").is_ok());
        assert!(out.reader_left());
    }

    #[test]
    fn keeps_the_answer_no_although_the_reader_has_left() {
        let mut out = narrow(ErrorKind::BrokenPipe);
        out.write_all(b"a long line\n").unwrap();
        assert_eq!(out.finish(Exit::No), Exit::No);
    }

    #[test]
    fn reports_a_full_disk_even_if_the_command_ignored_it() {
        let mut out = narrow(ErrorKind::StorageFull);
        assert!(out.write_all(b"a long line\n").is_err());
        assert!(!out.reader_left());
        assert_eq!(out.finish(Exit::Good), Exit::WriteFailed);
    }

    #[test]
    fn reports_a_failure_that_only_shows_when_the_buffer_is_written() {
        let inner = io::BufWriter::new(Narrow { room: 4, kind: ErrorKind::StorageFull });
        let mut out = Output::new(inner);
        out.write_all(b"a long line\n").unwrap();
        assert_eq!(out.finish(Exit::Good), Exit::WriteFailed);
    }

    #[test]
    fn takes_a_reader_that_left_before_the_buffer_was_written_as_no_fault() {
        let inner = io::BufWriter::new(Narrow { room: 4, kind: ErrorKind::BrokenPipe });
        let mut out = Output::new(inner);
        out.write_all(b"a long line\n").unwrap();
        assert_eq!(out.finish(Exit::Uncertain), Exit::Uncertain);
    }

    #[test]
    fn passes_everything_to_a_reader_that_stays() {
        let mut bytes = Vec::new();
        let mut out = Output::new(&mut bytes);
        out.write_all(b"all of it\n").unwrap();
        assert_eq!(out.finish(Exit::Good), Exit::Good);
        assert_eq!(bytes, b"all of it\n");
    }
}
