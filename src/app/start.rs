//! The start: parts in their places, each before what rests on it, and then their threads.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};

use crate::api::{Ingest, Services, TrustView};
use crate::audit::recorder::Thread;
use crate::audit::spool::Torn;
use crate::audit::{AuditKeys, Port, Recorder, RefusalBudget, Spool, SpoolError, SubjectKeys};
use crate::authn::api_key::{ApiKeySettings, ApiKeys, KeyStoreError, Peppers, SealedKeys};
use crate::authn::token::{TokenSettings, TokenStore, Tokens};
use crate::clock::Clock;
use crate::entropy::{Entropy, Pool, SystemEntropy};
use crate::guard::Guard;
use crate::identity::Uuid;
use crate::limit::{Connections, LimitSettings, Limits};
use crate::runtime::limits;
use crate::runtime::supervisor::{Ended, How, Supervisor};
use crate::secret::Key;
use crate::server::{
    self, Access, AccessInForce, Counters, Crew, Flag, Inbox, Listener, ServerSettings, Shared,
    Turned,
};
use crate::state::{
    FolderLock, SealedError, SealedFolder, Stamp, TrustSeal, TrustStore, check_folder,
};
use crate::tls::Acceptor;

use super::crl_fetch::CrlFetcher;
use super::gate::{self, Senders};
use super::generations::{self, Found, Look};
use super::journal::Journal;
use super::local::Local;
use super::minute::Minute;
use super::reload::{self, First, Reloader, Source};
use super::tokens::Keeper;
use super::{Daemon, END, Settings, StartError};

/// The keys that a start needs. All of them come from the master key.
#[derive(Debug)]
pub struct Keys {
    /// For the encrypted part of records.
    pub audit: AuditKeys,
    /// For the digests of API keys.
    pub pepper: Key,
    /// For sealed files.
    pub state: Key,
}

/// Descriptors that are asked for: as many as the largest service has use for.
const MOST_DESCRIPTORS: u64 = 1 << 20;

/// The version of the pepper: another one when it comes from elsewhere than the master key.
const PEPPER: u32 = 1;

/// The folder of sealed files in the state folder.
const SEALED: &str = "sealed";

/// What the threads are started with and the daemon does not keep.
struct Parts {
    spool: Spool,
    subjects: Arc<SubjectKeys>,
    socket: TcpListener,
    reloads: Receiver<&'static str>,
    local: Option<Local>,
    torn: Option<Torn>,
    found: Found,
    gate_key: Option<Stamp>,
}

impl Daemon {
    /// Starts the daemon; it serves when this returns. `listener` is a socket that was opened for it, if any; `source`
    /// gives the settings again when they are to be reloaded.
    ///
    /// # Errors
    ///
    /// The first part that cannot be put in its place. Nothing then runs.
    pub fn start(
        settings: Settings,
        keys: &Keys,
        listener: Option<TcpListener>,
        clock: Arc<dyn Clock>,
        source: Source,
    ) -> Result<Self, StartError> {
        let entropy: Arc<dyn Entropy> = Arc::new(Pool::new(SystemEntropy::new()));
        limits::raise_descriptors(MOST_DESCRIPTORS)?
            .suffice(settings.server.max_connections.into())?;
        let lock = Arc::new(FolderLock::take(&settings.state)?);
        check_folder(&settings.state)?;
        let store = TrustStore::new(&settings.state);
        let trust = TrustView::new(store.current()?);
        let read = reload::stamps(&settings.tls);
        let folders = (settings.state.clone(), settings.run.clone());
        let acceptor = Acceptor::new(&settings.tls, Arc::clone(&clock))?;
        let (socket, address) = listening(listener, settings.server.listen)?;

        let boot = Uuid::new(clock.stamp(), &*entropy).map_err(|_| StartError::NoEntropy)?;
        let sealed = sealed(&settings.state, &keys.state, &entropy)?;
        let seal = TrustSeal::new(Arc::clone(&sealed));
        let audit_folder = settings.state.join("audit");
        let (spool, torn) = trail(&settings, &audit_folder, &boot, &clock, &entropy, &sealed)?;
        let found = Look {
            folder: &sealed,
            seal: &seal,
            lock: &lock,
            store: &store,
            recorded: spool.recorded(),
            accepted: settings.accept_state,
        }
        .at(trust.snapshot.id())?;
        let subjects = Arc::new(SubjectKeys::open(&audit_folder, &keys.audit, &*entropy)?);

        let mut services = Services::new(trust, settings.state.clone(), settings.on_unknown);
        services.entropy = Arc::clone(&entropy);
        services.tokens = tokens(settings.tokens.as_ref(), &sealed, &lock)?;
        let metrics = Arc::clone(&services.metrics);
        let recorder = Recorder::new(Arc::clone(&metrics));
        let journal = Journal::new(
            recorder.clone(),
            &settings.audit,
            Arc::clone(&metrics),
            Arc::clone(&clock),
            Arc::clone(&entropy),
        );
        services.ingest =
            Some(Ingest::new(store, seal, Arc::clone(&lock), Box::new(journal.clone())));
        let store = SealedKeys::new(Arc::clone(&sealed), Arc::clone(&lock));
        api_keys(settings.api_keys, &keys.pepper, store, &mut services, &journal)?;
        spool.newest().into_iter().for_each(|newest| services.clock_is_past(newest));
        let guard = Arc::new(guard(&settings.limits, &services, &*entropy)?);
        services.guard = Some(Arc::clone(&guard));
        reload::show_ends(&metrics, &acceptor);
        let access = AccessInForce::new(Access {
            acceptor,
            administrators: settings.administrators,
            policy: settings.policy,
        });
        let access = Arc::new(access);
        let senders = Senders::new(&guard, &access, &clock);
        let gate_key = gate::open(settings.gate, senders, (&sealed, &lock), &mut services)?;
        let shared = Arc::new(Shared {
            access,
            guard,
            counters: Counters::default(),
            draining: Flag::default(),
            services: Arc::new(services),
            refusals: RefusalBudget::new(&settings.audit),
            recorder: recorder.clone(),
            subjects: Arc::clone(&subjects),
            clock: Arc::clone(&clock),
            entropy,
            settings: settings.server,
            audit: settings.audit,
        });
        let inboxes = inboxes(shared.settings.workers)?;
        let reloader = Arc::new(Reloader::new(
            Arc::clone(&shared),
            journal.clone(),
            Arc::clone(&clock),
            source,
            First { tls: settings.tls, read, folders },
        ));
        let (ask_reload, reloads) = bounded(1);
        let mut supervisor = Supervisor::new(Arc::clone(&clock), report);
        let daemon = Self {
            accept: supervisor.group(),
            pool: supervisor.group(),
            recording: supervisor.group(),
            working: supervisor.group(),
            timers: supervisor.group(),
            connections: connections(&shared.settings),
            supervisor,
            shared,
            inboxes,
            recorder,
            journal,
            reloader,
            ask_reload,
            address,
            clock,
            lost: Arc::default(),
            _lock: lock,
        };
        daemon.man_the_desk(&settings.state);
        let local = settings.run.map(|folder| Local::open(&folder, &daemon.shared)).transpose()?;
        daemon.begin(Parts { spool, subjects, socket, reloads, local, torn, found, gate_key })
    }

    /// Records the start, or why there is none, and starts the threads.
    fn begin(mut self, parts: Parts) -> Result<Self, StartError> {
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

/// The end of the trail, and the write that was cut short there, if one was.
fn trail(
    settings: &Settings,
    folder: &Path,
    boot: &Uuid,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    sealed: &Arc<SealedFolder>,
) -> Result<(Spool, Option<Torn>), SpoolError> {
    let (clock, entropy) = (Arc::clone(clock), Arc::clone(entropy));
    let listing = generations::listing(sealed);
    Spool::open(&folder.join("spool"), &settings.audit, boot, clock, entropy, listing)
}

/// The sealed files of the state folder.
fn sealed(
    state: &Path,
    key: &Key,
    entropy: &Arc<dyn Entropy>,
) -> Result<Arc<SealedFolder>, SealedError> {
    SealedFolder::open(state, SEALED, key, Arc::clone(entropy)).map(Arc::new)
}

/// Puts the API keys in `store` into `services`; nothing where there are to be none.
fn api_keys(
    settings: ApiKeySettings,
    pepper: &Key,
    store: SealedKeys,
    services: &mut Services,
    journal: &Journal,
) -> Result<(), KeyStoreError> {
    if settings.enabled {
        let peppers = Peppers::new(PEPPER, pepper);
        let all = Arc::new(ApiKeys::load(settings, peppers, Box::new(store))?);
        let entropy = Arc::clone(&services.entropy);
        services.keep_keys(all, Box::new(journal.clone()), entropy);
    }
    Ok(())
}

/// Tokens, with what is kept of them.
fn tokens(
    settings: Option<&TokenSettings>,
    sealed: &Arc<SealedFolder>,
    lock: &Arc<FolderLock>,
) -> Result<Option<Arc<Tokens>>, StartError> {
    let open = |settings: &TokenSettings| {
        let store = TokenStore::new(Arc::clone(sealed), Arc::clone(lock));
        Tokens::open(settings.clone(), store).map(Arc::new)
    };
    settings.map(open).transpose().map_err(StartError::Tokens)
}

/// Authenticates by what `services` have, and counts by `settings`.
fn guard(
    settings: &LimitSettings,
    services: &Services,
    entropy: &dyn Entropy,
) -> Result<Guard, StartError> {
    let mut seed = [0; 16];
    entropy.fill(&mut seed).map_err(|_| StartError::NoEntropy)?;
    let limits = Arc::new(Limits::new(settings, seed));
    Ok(Guard::new(services.tokens.clone(), services.api_keys.clone(), limits))
}

/// Caps on what is open at once.
fn connections(settings: &ServerSettings) -> Arc<Connections> {
    let ServerSettings { max_connections, max_connections_per_address, .. } = settings;
    Arc::new(Connections::new(*max_connections, *max_connections_per_address))
}

/// One for each worker.
fn inboxes(workers: u16) -> Result<Vec<Arc<Inbox>>, StartError> {
    let inboxes: Result<Vec<_>, _> =
        (0..workers.max(1)).map(|_| Inbox::new().map(Arc::new)).collect();
    inboxes.map_err(StartError::Kernel)
}

/// The socket that was passed, or a new one at `address`, and where it listens.
fn listening(
    passed: Option<TcpListener>,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let fault = |cause: io::Error| StartError::Listen(address, cause);
    let socket = passed.map_or_else(|| server::bind(address), Ok).map_err(fault)?;
    let address = socket.local_addr().map_err(fault)?;
    Ok((socket, address))
}

fn report(ended: &Ended) {
    match ended.how {
        How::Asked => log::debug!(target: "app", "{ended}"),
        How::Early | How::Panicked(_) => log::error!(target: "app", "{ended}; the service stops"),
    }
}
