//! The daemon as a process: it starts, tells systemd, hears signals, and ends in order. `serve` and `dev` are this with
//! other settings.

use std::ffi::OsString;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use crate::app::{Daemon, Settings, Source, StartError, StopError, keys};
use crate::clock::{Clock, SystemClock};
use crate::logger::{self, Filter, Format, Logger, Prefix};
use crate::runtime::activation;
use crate::runtime::notify::{Notice, Notifier, watchdog_interval};
use crate::runtime::pulse::Watch;
use crate::runtime::signals::{Message, Signals};
use crate::runtime::supervisor::{Group, How, Life, Supervisor};
use crate::state::MasterKey;

use super::exit::Exit;
use super::session::{Failure, Session};
use super::terminal::printable;

/// The name of the HTTPS socket in the socket unit.
const SOCKET: &str = "https";

/// How long threads that hear and tell may take to end.
const END: Duration = Duration::from_secs(1);

/// A process on its way to be the daemon: signals are heard, and lines of the log go out.
#[derive(Debug)]
pub(super) struct Process {
    signals: Signals,
    notifier: Arc<Notifier>,
    clock: Arc<dyn Clock>,
    logger: Option<&'static Logger>,
}

impl Process {
    /// To be made before any thread is started, so that none of them dies of a signal.
    pub(super) fn prepare(filter: Filter, format: Format) -> Result<Self, Failure> {
        let journal = std::env::var("JOURNAL_STREAM").ok();
        // Where there is a logger already, it is as good.
        let logger = logger::install(filter, format, Prefix::detect(journal.as_deref())).ok();
        if logger.is_some() {
            logger::log_panics();
        }
        let notifier = Notifier::new(&variable)
            .map_err(|error| Failure::new(Exit::Configuration, error.to_string()))?;
        Ok(Self {
            signals: Signals::take().map_err(|error| internal(&error))?,
            notifier: Arc::new(notifier),
            clock: Arc::new(SystemClock::new()),
            logger,
        })
    }

    /// Serves until a signal, and ends in order. `ready` is called once it serves.
    pub(super) fn serve(
        self,
        session: &mut Session<'_>,
        settings: Settings,
        master: &MasterKey,
        source: Source,
        ready: impl FnOnce(&mut Session<'_>, &Daemon) -> Result<(), Failure>,
    ) -> Result<Exit, Failure> {
        let listener = passed_listener()?;
        let clock = Arc::clone(&self.clock);
        let daemon = Daemon::start(settings, &keys(master), listener, clock, source)?;
        // The keys that come from it are in their places.
        ready(session, &daemon)?;
        let notifier = Arc::clone(&self.notifier);
        let mut listening = self.listen(&daemon)?;
        tell(&notifier, Notice::Ready);
        let reason = daemon.stop_of_all().wait_for_reason();
        tell(&notifier, Notice::Stopping);
        // Where nobody reads it, the end is no less orderly.
        let _ = writeln!(session.err, "trust-service: {}; ending in order", printable(&reason));
        let stopped = daemon.stop();
        let _ = listening.0.stop(listening.1, END);
        stopped.map_err(|error| {
            let exit = match error {
                StopError::Lost(_) => Exit::WriteFailed,
                StopError::Late(_) | StopError::Thread(_) => Exit::Internal,
            };
            Failure::new(exit, error.to_string())
        })?;
        Ok(Exit::Good)
    }

    /// The threads that hear signals and tell the watchdog. They outlive the daemon's own.
    fn listen(self, daemon: &Daemon) -> Result<(Supervisor, Group), Failure> {
        let Self { signals, notifier, clock, logger } = self;
        let mut supervisor = Supervisor::new(clock, |ended| {
            if ended.how != How::Asked {
                log::error!(target: "app", "{ended}");
            }
        });
        let group = supervisor.group();
        let (stop, hurry) = (daemon.stop_of_all(), daemon.hurry());
        let reload = daemon.ask_to_reload();
        supervisor
            .spawn(group, "signals", move |life| {
                let heard = signals.run(&life, |message| match message {
                    Message::Drain => stop.ask("a signal asks for the end"),
                    Message::EndNow => hurry.ask("a second signal asks for the end"),
                    Message::Reload => reload("a signal"),
                    // The log goes to standard error, which whoever started the service holds.
                    Message::Reopen => {}
                });
                if let Err(error) = heard {
                    log::error!(target: "app", "signals can no longer be heard: {error}");
                }
            })
            .map_err(|error| internal(&error))?;
        if let Some(interval) = watchdog_interval(&variable, std::process::id()) {
            let watch = daemon.watch();
            supervisor
                .spawn(group, "watchdog", move |life| pat(&life, &watch, &notifier, interval))
                .map_err(|error| internal(&error))?;
        }
        log::debug!(target: "app", "log levels: {:?}", logger.map(Logger::filter));
        Ok((supervisor, group))
    }
}

/// Tells systemd that all is well, as long as every thread has shown life of late.
fn pat(life: &Life, watch: &Watch, notifier: &Notifier, interval: Duration) {
    while !life.stop.wait(interval) {
        life.pulse.beat();
        match watch.silent(interval) {
            None => tell(notifier, Notice::Watchdog),
            Some(silent) => {
                log::error!(target: "app", "{silent}; systemd is not told that all is well");
            }
        }
    }
}

fn tell(notifier: &Notifier, notice: Notice<'_>) {
    if let Some(error) = notifier.tell(notice) {
        log::warn!(target: "app", "{error}");
    }
}

/// The socket that systemd opened, if it did.
fn passed_listener() -> Result<Option<TcpListener>, Failure> {
    let passed = activation::listeners(&variable, std::process::id(), SOCKET)
        .map_err(|error| Failure::new(Exit::Configuration, error.to_string()))?;
    if passed.len() > 1 {
        let message =
            "more than one socket was passed; write one ListenStream= into the socket unit";
        return Err(Failure::new(Exit::Configuration, message));
    }
    Ok(passed.into_iter().next())
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

fn internal(error: &impl ToString) -> Failure {
    Failure::new(Exit::Internal, error.to_string())
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let exit = match error {
            StartError::State(error) => return error.into(),
            StartError::Owner(_) => Exit::Permission,
            StartError::Listen(..) | StartError::Local(_) => Exit::Unavailable,
            StartError::Audit(_) | StartError::FirstRecord(_) | StartError::SubjectKeys(_) => {
                Exit::WriteFailed
            }
            // None of these is mended by starting again and again.
            StartError::ApiKeys(_)
            | StartError::Limit(_)
            | StartError::PutBack { .. }
            | StartError::Sealed(_)
            | StartError::Tls(_)
            | StartError::Gate(_)
            | StartError::Tokens(_) => Exit::Configuration,
            StartError::Kernel(_) | StartError::NoEntropy | StartError::Thread(_) => Exit::Internal,
        };
        Self::new(exit, error.to_string())
    }
}
