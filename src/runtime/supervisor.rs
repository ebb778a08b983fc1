//! Starts every long-lived thread, sees each of them end, and stops them group by group.
//!
//! Threat: a service that half lives. A thread that ends before its group was told to, by return or by panic, asks
//! for the stop of all, and [`Supervisor::failure`] then says that the process must end with a failure: systemd
//! starts it anew, whole. No thread dies unseen.
//!
//! The order of a stop is the caller's: [`Supervisor::stop`] once for each group. Where a group works in two phases,
//! as workers that first finish their requests and later write their last answers, the first phase is a
//! [`Shutdown`] of its own that the threads' bodies hold.

use std::any::Any;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::pulse::{Pulse, Watch};
use super::shutdown::Shutdown;
use crate::clock::Clock;
use crate::logger;

/// Stack of a thread in bytes.
pub const STACK: usize = 512 * 1_024;

/// Length of a thread's name in bytes: what the kernel keeps (`prctl(2)`, `PR_SET_NAME`).
pub const NAME: usize = 15;

/// What a thread is given to live by.
#[derive(Clone, Debug)]
pub struct Life {
    /// Asks the thread's group to stop.
    pub stop: Shutdown,
    /// Where the thread shows life.
    pub pulse: Pulse,
}

/// Threads that are stopped together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Group(usize);

/// How a thread ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum How {
    /// Its group was asked to stop.
    Asked,
    /// It returned though nobody had asked its group to stop.
    Early,
    /// It panicked, with this message: printable, in one line.
    Panicked(String),
}

/// A thread has ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ended {
    /// Its name.
    pub name: Arc<str>,
    /// How.
    pub how: How,
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.how {
            How::Asked => write!(out, "thread {} ended", self.name),
            How::Early => write!(out, "thread {} ended early", self.name),
            How::Panicked(message) => write!(out, "thread {} panicked: {message}", self.name),
        }
    }
}

/// Why a thread cannot be started.
#[derive(Debug)]
pub enum SpawnError {
    /// No name for a thread: 1 to [`NAME`] characters of `[a-z0-9-]`.
    Name(String),
    /// A thread of this name lives.
    Taken(Arc<str>),
    /// The system gives none.
    Thread(Arc<str>, io::Error),
}

impl fmt::Display for SpawnError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => {
                write!(
                    out,
                    "{name:?}: a thread's name is 1 to {NAME} characters of a-z, 0-9 and '-'"
                )
            }
            Self::Taken(name) => write!(out, "a thread {name} lives already"),
            Self::Thread(name, error) => write!(
                out,
                "thread {name} cannot be started: {error}; raise TasksMax and MemoryMax in the unit, or start fewer \
                 threads"
            ),
        }
    }
}

impl std::error::Error for SpawnError {}

/// Starter and keeper of the threads.
pub struct Supervisor {
    clock: Arc<dyn Clock>,
    watch: Watch,
    all: Arc<All>,
    groups: Vec<Members>,
}

/// The threads of a group, and their stop.
#[derive(Default)]
struct Members {
    stop: Shutdown,
    threads: Vec<(Arc<str>, JoinHandle<()>)>,
}

/// What the threads themselves hold of their supervisor.
struct All {
    stop: Shutdown,
    hurry: Shutdown,
    report: Box<dyn Fn(&Ended) + Send + Sync>,
    ledger: Mutex<Ledger>,
    changed: Condvar,
}

#[derive(Default)]
struct Ledger {
    living: Vec<(Group, Arc<str>)>,
    failure: Option<Ended>,
}

impl Supervisor {
    /// A supervisor without threads. `report` is called in each thread that ends, for the log and the record.
    pub fn new(clock: Arc<dyn Clock>, report: impl Fn(&Ended) + Send + Sync + 'static) -> Self {
        let all = Arc::new(All {
            stop: Shutdown::new(),
            hurry: Shutdown::new(),
            report: Box::new(report),
            ledger: Mutex::default(),
            changed: Condvar::new(),
        });
        let hurried = Arc::downgrade(&all);
        all.hurry.on_ask(move || {
            if let Some(all) = hurried.upgrade() {
                // Taken so that whoever is about to wait either sees the request or is woken.
                drop(all.ledger());
                all.changed.notify_all();
            }
        });
        Self { watch: Watch::new(Arc::clone(&clock)), clock, all, groups: Vec::new() }
    }

    /// Asked when the whole service is to stop: by a signal, or by a thread that ended early. Who holds the
    /// supervisor waits for it, and then stops the groups in their order.
    #[must_use]
    pub fn stop_of_all(&self) -> Shutdown {
        self.all.stop.clone()
    }

    /// Asked when nobody is to be waited for any longer: [`Self::stop`] then returns at once.
    #[must_use]
    pub fn hurry(&self) -> Shutdown {
        self.all.hurry.clone()
    }

    /// The pulses of all threads, for the watchdog.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// A new group, without threads.
    pub fn group(&mut self) -> Group {
        let group = Group(self.groups.len());
        self.groups.push(Members::default());
        group
    }

    /// Starts a thread in `group`, with a stack of [`STACK`] bytes.
    ///
    /// # Errors
    ///
    /// Where the name is none or taken, or the system gives no thread; `body` is then dropped unrun.
    pub fn spawn(
        &mut self,
        group: Group,
        name: &str,
        body: impl FnOnce(Life) + Send + 'static,
    ) -> Result<(), SpawnError> {
        let fits = (1..=NAME).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let (true, Some(members)) = (fits, self.groups.get_mut(group.0)) else {
            return Err(SpawnError::Name(name.to_owned()));
        };
        let name: Arc<str> = name.into();
        self.all.enter(group, &name)?;
        let life = Life { stop: members.stop.clone(), pulse: Pulse::new(Arc::clone(&self.clock)) };
        let (all, own, pulse) = (Arc::clone(&self.all), Arc::clone(&name), life.pulse.clone());
        let started = Builder::new().name(name.to_string()).stack_size(STACK).spawn(move || {
            let (stop, pulse) = (life.stop.clone(), life.pulse.clone());
            let outcome = catch_unwind(AssertUnwindSafe(|| body(life)));
            let how = match &outcome {
                Err(payload) => How::Panicked(message_of(payload.as_ref())),
                Ok(()) if stop.is_asked() => How::Asked,
                Ok(()) => How::Early,
            };
            pulse.end();
            all.leave(&Ended { name: own, how });
        });
        match started {
            Ok(handle) => {
                self.watch.add(Arc::clone(&name), pulse);
                members.threads.push((name, handle));
                Ok(())
            }
            Err(error) => {
                self.all.strike(&name);
                Err(SpawnError::Thread(name, error))
            }
        }
    }

    /// Asks `group` to stop and joins its threads; the names of those that have not ended `within` that time, or
    /// when [`Self::hurry`] was asked. They are left to themselves: they end with the process.
    #[must_use]
    pub fn stop(&mut self, group: Group, within: Duration) -> Vec<Arc<str>> {
        let Some(members) = self.groups.get_mut(group.0) else { return Vec::new() };
        members.stop.ask("it is this group's turn to stop");
        let late = self.all.wait_for(group, within);
        for (name, handle) in std::mem::take(&mut members.threads) {
            if !late.contains(&name) {
                // Its panic was caught within.
                let _ = handle.join();
            }
        }
        late
    }

    /// The first thread that panicked or ended early. The process must then end with a failure.
    #[must_use]
    pub fn failure(&self) -> Option<Ended> {
        self.all.ledger().failure.clone()
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Supervisor")
            .field("living", &self.all.ledger().living)
            .field("stop", &self.all.stop)
            .finish_non_exhaustive()
    }
}

impl All {
    fn enter(&self, group: Group, name: &Arc<str>) -> Result<(), SpawnError> {
        let mut ledger = self.ledger();
        if ledger.living.iter().any(|(_, living)| living == name) {
            return Err(SpawnError::Taken(Arc::clone(name)));
        }
        ledger.living.push((group, Arc::clone(name)));
        Ok(())
    }

    /// The last thing a thread does.
    fn leave(&self, ended: &Ended) {
        if ended.how != How::Asked {
            self.ledger().failure.get_or_insert_with(|| ended.clone());
            self.stop.ask(&ended.to_string());
        }
        // A report that panics must not make the stop wait for this thread in vain.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.report)(ended)));
        self.strike(&ended.name);
    }

    fn strike(&self, name: &Arc<str>) {
        self.ledger().living.retain(|(_, living)| living != name);
        self.changed.notify_all();
    }

    /// Who of `group` still lives when all have ended, time is up, or nobody is to be waited for.
    fn wait_for(&self, group: Group, within: Duration) -> Vec<Arc<str>> {
        let waited = self.changed.wait_timeout_while(self.ledger(), within, |ledger| {
            !self.hurry.is_asked() && ledger.living.iter().any(|(of, _)| *of == group)
        });
        let (ledger, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let living = ledger.living.iter().filter(|(of, _)| *of == group);
        living.map(|(_, name)| Arc::clone(name)).collect()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The message of a panic, on one line.
fn message_of(payload: &(dyn Any + Send)) -> String {
    logger::printable(logger::panic_text(payload), MESSAGE)
}

/// Bytes of a panic's message; what is longer is cut.
const MESSAGE: usize = 4_096;

#[cfg(test)]
mod tests;
