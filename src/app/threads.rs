//! The threads of the daemon, in the order in which they start.

use std::net::TcpListener;
use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::audit::recorder::Thread;
use crate::audit::spool::Torn;
use crate::audit::{Port, Spool, SubjectKeys};
use crate::server::{Crew, Inbox, Listener, Turned};
use crate::state::Stamp;

use super::crl_fetch::CrlFetcher;
use super::generations::Found;
use super::local::Local;
use super::minute::Minute;
use super::tokens::Keeper;
use super::{Daemon, END, StartError};

/// What the threads are started with and the daemon does not keep.
pub(super) struct Parts {
    pub(super) spool: Spool,
    pub(super) subjects: Arc<SubjectKeys>,
    pub(super) socket: TcpListener,
    pub(super) reloads: Receiver<&'static str>,
    pub(super) local: Option<Local>,
    pub(super) torn: Option<Torn>,
    pub(super) found: Found,
    pub(super) gate_key: Option<Stamp>,
}

impl Daemon {
    /// Records the start, or why there is none, and starts the threads.
    pub(super) fn begin(mut self, parts: Parts) -> Result<Self, StartError> {
        let Parts { spool, subjects, socket, reloads, local, torn, found, gate_key } = parts;
        let preparer = spool.preparer();
        self.spawn_recorder(spool, subjects)?;
        if !found.tampered.is_empty() {
            let recorded = self.journal.put_back(&found);
            self.recorder.close();
            let _ = self.supervisor.stop(self.recording, END);
            recorded?;
            return Err(StartError::PutBack { found: found.tampered, name: found.name });
        }
        self.journal.started(torn.as_ref(), &found)?;
        if let Some(stamp) = gate_key {
            self.journal.gate_key(stamp)?;
        }
        let turned = Arc::new(Turned::default());
        self.spawn_workers()?;
        let supervisor = &mut self.supervisor;
        let minute = Minute::new(
            Arc::clone(&self.shared),
            self.journal.clone(),
            Arc::clone(&turned),
            preparer,
        );
        supervisor.spawn(self.timers, "minute", move |life| minute.run(&life))?;
        if let Some(tokens) = &self.shared.services.tokens {
            let (journal, clock) = (self.journal.clone(), Arc::clone(&self.clock));
            let entropy = Arc::clone(&self.shared.entropy);
            let keeper = Keeper::new(Arc::clone(tokens), journal, clock, entropy);
            supervisor.spawn(self.timers, "tokens", move |life| keeper.run(&life))?;
        }
        let reloader = Arc::clone(&self.reloader);
        supervisor.spawn(self.timers, "reload", move |life| reloader.run(&reloads, &life))?;
        let fetcher = CrlFetcher::new(
            Arc::clone(&self.shared),
            Arc::clone(&self.reloader),
            self.journal.clone(),
        );
        supervisor.spawn(self.timers, "crl-fetch", move |life| fetcher.run(&life))?;
        let listener = Listener::new(
            socket,
            Arc::clone(&self.connections),
            self.inboxes.clone(),
            turned,
            Arc::clone(self.shared.guard.limits()),
            Arc::clone(&self.clock),
        )
        .map_err(|cause| StartError::Listen(self.address, cause))?;
        supervisor.spawn(self.accept, "accept", move |life| {
            listener.run(|| {
                life.pulse.beat();
                life.stop.is_asked()
            });
        })?;
        // Last: who finds the local sockets finds a service that serves.
        if let Some(local) = local {
            local.spawn(supervisor, self.timers)?;
        }
        Ok(self)
    }

    fn spawn_recorder(&mut self, spool: Spool, keys: Arc<SubjectKeys>) -> Result<(), StartError> {
        let ports = self.inboxes.iter().map(|inbox| {
            let port: Arc<dyn Port> = Arc::<Inbox>::clone(inbox);
            port
        });
        let thread = Thread {
            recorder: self.recorder.clone(),
            spool,
            keys,
            ports: ports.collect(),
            clock: Arc::clone(&self.clock),
            min_sync_gap: self.shared.audit.min_sync_gap,
        };
        let told = Arc::clone(&self.lost);
        self.supervisor.spawn(self.recording, "recorder", move |life| {
            if let Err(lost) = thread.run(|| life.pulse.beat()) {
                let _ = told.set(lost);
            }
            // The recorder is closed a moment before its group is told to stop.
            drop(life.stop.wait_for_reason());
        })?;
        Ok(())
    }

    fn spawn_workers(&mut self) -> Result<(), StartError> {
        let crew = Crew::new(&self.shared, self.inboxes.clone()).map_err(StartError::Kernel)?;
        for (number, worker) in crew.workers.into_iter().enumerate() {
            self.supervisor.spawn(self.working, &format!("worker-{number}"), move |life| {
                worker.run(|| life.stop.is_asked(), || life.pulse.beat());
            })?;
        }
        for number in 0..self.shared.settings.blocking_threads.max(1) {
            let pool = crew.pool.clone();
            let name = format!("blocking-{number}");
            self.supervisor.spawn(self.pool, &name, move |life| pool.run(&life))?;
        }
        Ok(())
    }
}
