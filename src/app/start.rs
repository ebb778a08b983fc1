//! The start: parts in their places, each before what rests on it, and then their threads.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};

use crate::api::{Ingest, Services, TrustView};
use crate::audit::{AuditKeys, Recorder, RefusalBudget, SubjectKeys};
use crate::authn::api_key::SealedKeys;
use crate::clock::Clock;
use crate::entropy::{Entropy, Pool, SystemEntropy};
use crate::identity::Uuid;
use crate::runtime::limits;
use crate::runtime::supervisor::{Ended, How, Supervisor};
use crate::secret::Key;
use crate::server::{Access, AccessInForce, Counters, Flag, Shared};
use crate::state::{FolderLock, TrustSeal, TrustStore, check_folder};
use crate::tls::Acceptor;

use super::gate::{self, Senders};
use super::generations::Look;
use super::journal::Journal;
use super::local::Local;
use super::reload::{self, First, Reloader, Source};
use super::threads::Parts;
use super::{Daemon, Settings, StartError, parts};

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
        let (socket, address) = parts::listening(listener, settings.server.listen)?;

        let boot = Uuid::new(clock.stamp(), &*entropy).map_err(|_| StartError::NoEntropy)?;
        let sealed = parts::sealed(&settings.state, &keys.state, &entropy)?;
        let seal = TrustSeal::new(Arc::clone(&sealed));
        let audit_folder = settings.state.join("audit");
        let (spool, torn) =
            parts::trail(&settings, &audit_folder, &boot, &clock, &entropy, &sealed)?;
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
        services.tokens = parts::tokens(settings.tokens.as_ref(), &sealed, &lock)?;
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
        parts::api_keys(settings.api_keys, &keys.pepper, store, &mut services, &journal)?;
        spool.newest().into_iter().for_each(|newest| services.clock_is_past(newest));
        let guard = Arc::new(parts::guard(&settings.limits, &services, &*entropy)?);
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
            recorder,
            subjects: Arc::clone(&subjects),
            clock,
            entropy,
            settings: settings.server,
            audit: settings.audit,
        });
        let first = First { tls: settings.tls, read, folders };
        let (daemon, reloads) = Self::assembled(shared, journal, address, (source, first), lock)?;
        daemon.man_the_desk(&settings.state);
        let local = settings.run.map(|folder| Local::open(&folder, &daemon.shared)).transpose()?;
        daemon.begin(Parts { spool, subjects, socket, reloads, local, torn, found, gate_key })
    }

    /// The daemon of these parts, with no thread running.
    fn assembled(
        shared: Arc<Shared>,
        journal: Journal,
        address: SocketAddr,
        (source, first): (Source, First),
        lock: Arc<FolderLock>,
    ) -> Result<(Self, Receiver<&'static str>), StartError> {
        let inboxes = parts::inboxes(shared.settings.workers)?;
        let clock = Arc::clone(&shared.clock);
        let reloader =
            Reloader::new(Arc::clone(&shared), journal.clone(), Arc::clone(&clock), source, first);
        let (ask_reload, reloads) = bounded(1);
        let mut supervisor = Supervisor::new(Arc::clone(&clock), report);
        let daemon = Self {
            accept: supervisor.group(),
            pool: supervisor.group(),
            recording: supervisor.group(),
            working: supervisor.group(),
            timers: supervisor.group(),
            connections: parts::connections(&shared.settings),
            supervisor,
            recorder: shared.recorder.clone(),
            shared,
            inboxes,
            journal,
            reloader: Arc::new(reloader),
            ask_reload,
            address,
            clock,
            lost: Arc::default(),
            _lock: lock,
        };
        Ok((daemon, reloads))
    }
}

fn report(ended: &Ended) {
    match ended.how {
        How::Asked => log::debug!(target: "app", "{ended}"),
        How::Early | How::Panicked(_) => log::error!(target: "app", "{ended}; the service stops"),
    }
}
