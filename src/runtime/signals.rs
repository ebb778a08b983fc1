//! Signals as messages, in the order of their importance to an operator's fingers.
//!
//! The handlers only write a byte to a socket of their own; everything else happens in a thread. They are installed
//! before any thread is started, so no signal falls between. `SIGPIPE` is already ignored by the standard library: a
//! peer that is gone is an error of that write.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::low_level::{self, pipe};

use super::supervisor::Life;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Message {
    /// Finish what was begun, then end: `TERM` or `INT`, the first time.
    Drain,
    /// End at once: `TERM` or `INT`, once more.
    EndNow,
    /// Read configuration, policy, certificates and trust anew: `HUP`.
    Reload,
    /// Open files anew, after they were moved aside: `USR1`.
    Reopen,
}

/// The signals that this process takes, from now until this is dropped.
#[derive(Debug)]
pub struct Signals {
    taken: Vec<(Asks, SigId, UnixStream)>,
    wake: (UnixStream, UnixStream),
    draining: bool,
}

#[derive(Clone, Copy, Debug)]
enum Asks {
    End,
    Reload,
    Reopen,
}

impl Signals {
    /// Takes `TERM`, `INT`, `HUP` and `USR1`. To be called before any thread is started.
    ///
    /// # Errors
    ///
    /// Where the system gives no sockets.
    pub fn take() -> io::Result<Self> {
        let wake = UnixStream::pair()?;
        let mut signals = Self { taken: Vec::new(), wake, draining: false };
        for (signal, asks) in [
            (SIGTERM, Asks::End),
            (SIGINT, Asks::End),
            (SIGHUP, Asks::Reload),
            (SIGUSR1, Asks::Reopen),
        ] {
            let (ours, theirs) = UnixStream::pair()?;
            ours.set_nonblocking(true)?;
            let id = pipe::register(signal, theirs)?;
            signals.taken.push((asks, id, ours));
        }
        Ok(signals)
    }

    /// The body of the thread `signals`: hands on each message until it is told to stop.
    ///
    /// # Errors
    ///
    /// Where the sockets fail: signals can then no longer be heard.
    pub fn run(mut self, life: &Life, mut hand_on: impl FnMut(Message)) -> io::Result<()> {
        let wake = self.wake.1.try_clone()?;
        life.stop.on_ask(move || {
            // Whatever is in its way, the thread is then awake.
            let _ = io::Write::write(&mut &wake, &[0]);
        });
        while !life.stop.is_asked() {
            let idle = life.pulse.idle();
            self.sleep()?;
            drop(idle);
            for message in self.messages()? {
                hand_on(message);
            }
        }
        Ok(())
    }

    fn sleep(&self) -> io::Result<()> {
        let streams = self.taken.iter().map(|(_, _, stream)| stream).chain([&self.wake.0]);
        let mut polled: Vec<PollFd<'_>> =
            streams.map(|stream| PollFd::from_borrowed_fd(stream.as_fd(), PollFlags::IN)).collect();
        match poll(&mut polled, None) {
            Err(error) if error != rustix::io::Errno::INTR => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// What has come in since the last look. The same signal may come in as one: the kernel merges them too.
    fn messages(&mut self) -> io::Result<Vec<Message>> {
        let mut messages = Vec::new();
        for (asks, _, stream) in &mut self.taken {
            for _ in 0..count(stream)? {
                messages.push(match asks {
                    Asks::End if self.draining => Message::EndNow,
                    Asks::End => {
                        self.draining = true;
                        Message::Drain
                    }
                    Asks::Reload => Message::Reload,
                    Asks::Reopen => Message::Reopen,
                });
            }
        }
        Ok(messages)
    }
}

/// How often the signal came in; several reloads at once are one, so more than two never matter.
fn count(stream: &mut UnixStream) -> io::Result<usize> {
    let mut bytes = [0; 64];
    match stream.read(&mut bytes) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(count) => Ok(count.min(2)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
        Err(error) => Err(error),
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for (_, id, _) in &self.taken {
            low_level::unregister(*id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::runtime::supervisor::Supervisor;
    use rustix::process::{Signal, getpid, kill_process};
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    const SOON: Duration = Duration::from_secs(20);

    // One test, because signals are the whole process's.
    #[test]
    fn each_signal_is_its_message_the_second_term_ends_at_once_and_a_stop_ends_the_thread() {
        let signals = Signals::take().unwrap();
        let mut supervisor = Supervisor::new(Arc::new(SystemClock::new()), |_| ());
        let group = supervisor.group();
        let (tell, told) = mpsc::channel();
        // Comes in before the thread runs, and is not lost.
        kill_process(getpid(), Signal::HUP).unwrap();
        let body = move |life: Life| {
            signals.run(&life, |message| tell.send(message).unwrap()).unwrap();
        };
        supervisor.spawn(group, "signals", body).unwrap();
        assert_eq!(told.recv_timeout(SOON).unwrap(), Message::Reload);
        for (signal, message) in [
            (Signal::USR1, Message::Reopen),
            (Signal::TERM, Message::Drain),
            (Signal::HUP, Message::Reload),
            (Signal::INT, Message::EndNow),
            (Signal::TERM, Message::EndNow),
        ] {
            kill_process(getpid(), signal).unwrap();
            assert_eq!(told.recv_timeout(SOON).unwrap(), message, "{signal:?}");
        }
        assert!(supervisor.watch().oldest_beat().is_none_or(|silent| silent.since < SOON));
        assert!(supervisor.stop(group, SOON).is_empty());
        assert!(supervisor.failure().is_none());
    }

    #[test]
    fn a_peer_that_is_gone_is_an_error_and_no_signal_that_kills() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        let error = io::Write::write(&mut &ours, b"x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
