//! The composition root: puts the parts of the daemon together, and takes them apart in order.

mod error;
mod journal;
mod local;
mod minute;
mod settings;

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::api::{Ingest, Services, TrustView};
use crate::audit::recorder::Thread;
use crate::audit::spool::Torn;
use crate::audit::{AuditKeys, AuditSettings, Port, Recorder, RefusalBudget, Spool, SubjectKeys};
use crate::authn::local::Administrators;
use crate::authn::mtls::ClientRules;
use crate::authz::Roles;
use crate::clock::Clock;
use crate::entropy::{Entropy, Pool, SystemEntropy};
use crate::identity::Uuid;
use crate::limit::Connections;
use crate::metrics::labels::CertificateUse;
use crate::runtime::limits;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::{Ended, Group, How, Supervisor};
use crate::server::{
    self, Access, AccessInForce, Counters, Crew, Flag, Inbox, Listener, ServerSettings, Shared,
    Turned,
};
use crate::state::{FolderLock, TrustStore, check_folder};
use crate::tls::{Acceptor, TlsSettings};
use crate::trust::validate::OnUnknown;

pub use error::StartError;
use journal::Journal;
use local::{Local, Reloading};
use minute::Minute;
pub use settings::{MasterKeyFault, audit_keys, master_key};

/// Everything that an operator sets of the daemon.
#[derive(Debug)]
pub struct Settings {
    /// Addresses, threads, caps and deadlines.
    pub server: ServerSettings,
    /// The server's certificate, and who may connect.
    pub tls: TlsSettings,
    /// The audit trail.
    pub audit: AuditSettings,
    /// The folder of everything that is kept.
    pub state: PathBuf,
    /// The folder of the local sockets; none where there are to be none.
    pub run: Option<PathBuf>,
    /// Which certificate is which client.
    pub clients: ClientRules,
    /// Which users of this machine may administer the service.
    pub administrators: Administrators,
    /// What each role may do.
    pub roles: Roles,
    /// What an unknown revocation status comes to.
    pub on_unknown: OnUnknown,
}

/// The daemon, running.
pub struct Daemon {
    supervisor: Supervisor,
    accept: Group,
    pool: Group,
    recording: Group,
    working: Group,
    timers: Group,
    shared: Arc<Shared>,
    connections: Arc<Connections>,
    inboxes: Vec<Arc<Inbox>>,
    recorder: Recorder,
    journal: Journal,
    reload: Reloading,
    address: SocketAddr,
    clock: Arc<dyn Clock>,
    _lock: Arc<FolderLock>,
}

impl fmt::Debug for Daemon {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Daemon").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Descriptors that are asked for: as many as the largest service has use for.
const MOST_DESCRIPTORS: u64 = 1 << 20;

/// How long each group of threads may take to end, once it was told to.
const END: Duration = Duration::from_secs(10);

impl Daemon {
    /// Starts the daemon; it serves when this returns. `listener` is a socket that was opened for it, if any.
    ///
    /// # Errors
    ///
    /// The first part that cannot be put in its place. Nothing then runs.
    pub fn start(
        settings: Settings,
        keys: &AuditKeys,
        listener: Option<TcpListener>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let entropy: Arc<dyn Entropy> = Arc::new(Pool::new(SystemEntropy::new()));
        limits::raise_descriptors(MOST_DESCRIPTORS)?
            .suffice(settings.server.max_connections.into())?;
        let lock = Arc::new(FolderLock::take(&settings.state)?);
        check_folder(&settings.state)?;
        let store = TrustStore::new(&settings.state);
        let trust = TrustView::new(store.current()?);
        let acceptor = Acceptor::new(&settings.tls, Arc::clone(&clock))?;
        let socket = match listener {
            Some(socket) => socket,
            None => server::bind(settings.server.listen)
                .map_err(|cause| StartError::Listen(settings.server.listen, cause))?,
        };
        let address = socket
            .local_addr()
            .map_err(|cause| StartError::Listen(settings.server.listen, cause))?;

        let boot = Uuid::new(clock.stamp(), &*entropy).map_err(|_| StartError::NoEntropy)?;
        let audit_folder = settings.state.join("audit");
        let spool_folder = audit_folder.join("spool");
        let (spool, torn) = Spool::open(
            &spool_folder,
            &settings.audit,
            &boot,
            Arc::clone(&clock),
            Arc::clone(&entropy),
        )?;
        let subjects = Arc::new(SubjectKeys::open(&audit_folder, keys, &*entropy)?);
        let mut services = Services::new(trust, settings.state.clone(), settings.on_unknown);
        let metrics = Arc::clone(&services.metrics);
        let recorder = Recorder::new(Arc::clone(&metrics));
        let journal = Journal::new(
            recorder.clone(),
            &settings.audit,
            Arc::clone(&metrics),
            Arc::clone(&clock),
            Arc::clone(&entropy),
        );
        services.ingest = Some(Ingest::new(store, Arc::clone(&lock), Box::new(journal.clone())));
        if let Some(newest) = spool.newest() {
            services.clock_is_past(newest);
        }
        metrics.certificate_ends(CertificateUse::Server, acceptor.server_until().seconds());
        let shared = Arc::new(Shared {
            access: AccessInForce::new(Access {
                acceptor,
                clients: settings.clients,
                administrators: settings.administrators,
                roles: settings.roles,
            }),
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
        let inboxes: Result<Vec<Arc<Inbox>>, _> =
            (0..shared.settings.workers.max(1)).map(|_| Inbox::new().map(Arc::new)).collect();
        let inboxes = inboxes.map_err(StartError::Kernel)?;
        let mut supervisor = Supervisor::new(Arc::clone(&clock), report);
        let daemon = Self {
            accept: supervisor.group(),
            pool: supervisor.group(),
            recording: supervisor.group(),
            working: supervisor.group(),
            timers: supervisor.group(),
            connections: Arc::new(Connections::new(
                shared.settings.max_connections,
                shared.settings.max_connections_per_address,
            )),
            supervisor,
            shared,
            inboxes,
            recorder,
            journal,
            reload: Reloading::default(),
            address,
            clock,
            _lock: lock,
        };
        daemon.man_the_desk(&settings.state, daemon.journal.clone());
        let local = settings.run.map(|folder| Local::open(&folder, &daemon.shared)).transpose()?;
        daemon.spawn(spool, subjects, socket, torn.as_ref())?.serve_locally(local)
    }

    fn spawn(
        mut self,
        spool: Spool,
        keys: Arc<SubjectKeys>,
        socket: TcpListener,
        torn: Option<&Torn>,
    ) -> Result<Self, StartError> {
        let ports = self.inboxes.iter().map(|inbox| {
            let port: Arc<dyn Port> = Arc::<Inbox>::clone(inbox);
            port
        });
        let preparer = spool.preparer();
        let thread = Thread {
            recorder: self.recorder.clone(),
            spool,
            keys,
            ports: ports.collect(),
            clock: Arc::clone(&self.clock),
            min_sync_gap: self.shared.audit.min_sync_gap,
        };
        let supervisor = &mut self.supervisor;
        supervisor.spawn(self.recording, "recorder", move |life| {
            match thread.run(|| life.pulse.beat()) {
                // The recorder is closed a moment before its group is told to stop.
                Ok(()) => drop(life.stop.wait_for_reason()),
                Err(lost) => {
                    log::error!(target: "audit", "{} submissions without an answer could not be written", lost.submissions);
                }
            }
        })?;
        self.journal.started(torn)?;
        let crew = Crew::new(&self.shared, self.inboxes.clone()).map_err(StartError::Kernel)?;
        for (number, worker) in crew.workers.into_iter().enumerate() {
            supervisor.spawn(self.working, &format!("worker-{number}"), move |life| {
                worker.run(|| life.stop.is_asked(), || life.pulse.beat());
            })?;
        }
        for number in 0..self.shared.settings.blocking_threads.max(1) {
            let pool = crew.pool.clone();
            supervisor.spawn(self.pool, &format!("blocking-{number}"), move |life| {
                pool.run(|| life.stop.is_asked(), || life.pulse.beat());
            })?;
        }
        let turned = Arc::new(Turned::default());
        let minute = Minute::new(
            Arc::clone(&self.shared),
            self.journal.clone(),
            Arc::clone(&turned),
            preparer,
        );
        supervisor.spawn(self.timers, "minute", move |life| minute.run(&life))?;
        let listener =
            Listener::new(socket, Arc::clone(&self.connections), self.inboxes.clone(), turned)
                .map_err(|cause| StartError::Listen(self.address, cause))?;
        supervisor.spawn(self.accept, "accept", move |life| {
            listener.run(|| {
                life.pulse.beat();
                life.stop.is_asked()
            });
        })?;
        Ok(self)
    }

    /// Serves the local sockets, last: who finds them finds a service that serves.
    fn serve_locally(mut self, local: Option<Local>) -> Result<Self, StartError> {
        if let Some(local) = local {
            local.spawn(&mut self.supervisor, self.timers)?;
        }
        Ok(self)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What requests meet.
    #[must_use]
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Asked when the daemon is to stop: by a signal, or by a thread that ended early.
    #[must_use]
    pub fn stop_of_all(&self) -> Shutdown {
        self.supervisor.stop_of_all()
    }

    /// Stops in order: no new connections; requests come to their end; the pool; the recorder, with a last sync; the
    /// workers, which send what was recorded and say goodbye. Gives the thread that failed, if one did.
    #[must_use]
    pub fn stop(mut self) -> Option<Ended> {
        let mut late = self.supervisor.stop(self.accept, END);
        self.shared.draining.set();
        self.wait_for_requests();
        late.extend(self.supervisor.stop(self.pool, END));
        late.extend(self.supervisor.stop(self.timers, END));
        self.journal.stopped();
        self.recorder.close();
        late.extend(self.supervisor.stop(self.recording, END));
        late.extend(self.supervisor.stop(self.working, END));
        for name in late {
            log::error!(target: "app", "thread {name} did not end in time");
        }
        self.supervisor.failure()
    }

    fn wait_for_requests(&self) {
        for inbox in &self.inboxes {
            inbox.wake();
        }
        let until = self.clock.uptime().saturating_add(self.shared.settings.deadlines.drain);
        let pause = Shutdown::new();
        while self.connections.taken() > 0 && self.clock.uptime() < until {
            let _ = pause.wait(Duration::from_millis(20));
        }
    }
}

fn report(ended: &Ended) {
    match ended.how {
        How::Asked => log::debug!(target: "app", "{ended}"),
        How::Early | How::Panicked(_) => log::error!(target: "app", "{ended}; the service stops"),
    }
}
