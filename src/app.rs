//! The composition root: puts the parts of the daemon together, and takes them apart in order.

mod crl_fetch;
mod error;
mod gate;
mod generations;
mod journal;
mod keys;
mod local;
mod minute;
mod parts;
mod reload;
mod settings;
mod start;
mod threads;
mod tokens;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::Sender;

use crate::audit::recorder::Lost;
use crate::audit::{AuditSettings, Recorder};
use crate::authn::api_key::ApiKeySettings;
use crate::authn::local::Administrators;
use crate::authn::token::TokenSettings;
use crate::clock::Clock;
use crate::gate::GateSettings;
use crate::guard::Policy;
use crate::limit::{Connections, LimitSettings};
use crate::runtime::pulse::Watch;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::supervisor::{Group, Supervisor};
use crate::server::{Inbox, ServerSettings, Shared};
use crate::state::FolderLock;
use crate::tls::TlsSettings;
use crate::trust::fingerprint::Fingerprint;
use crate::trust::validate::OnUnknown;

pub use error::{StartError, StopError};
use journal::Journal;
pub use reload::{Reloader, Source};
pub use settings::{MasterKeyFault, keys, master_key};
pub use start::Keys;

/// Everything that an operator sets of the daemon.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Addresses, threads, caps and deadlines.
    pub server: ServerSettings,
    /// The server's certificate, and who may connect.
    pub tls: TlsSettings,
    /// The audit trail.
    pub audit: AuditSettings,
    /// The folder of everything that is kept.
    pub state: PathBuf,
    /// What of the state folder an operator accepts though the trail knows other files, by its name.
    pub accept_state: Option<Fingerprint>,
    /// The folder of the local sockets; none where there are to be none.
    pub run: Option<PathBuf>,
    /// Which certificate is which client, and who may do what.
    pub policy: Policy,
    /// Which users of this machine may administer the service.
    pub administrators: Administrators,
    /// Keys of programs that have no certificate.
    pub api_keys: ApiKeySettings,
    /// How much each caller may ask.
    pub limits: LimitSettings,
    /// For which proxies the gate decides, and how; none where it is not enabled.
    pub gate: Option<GateSettings>,
    /// What an unknown revocation status comes to.
    pub on_unknown: OnUnknown,
    /// How tokens are issued, and which are taken; none where they are not enabled.
    pub tokens: Option<TokenSettings>,
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
    reloader: Arc<Reloader>,
    ask_reload: Sender<&'static str>,
    address: SocketAddr,
    clock: Arc<dyn Clock>,
    /// Set by the recorder where the disk does not take the last records.
    lost: Arc<OnceLock<Lost>>,
    _lock: Arc<FolderLock>,
}

impl fmt::Debug for Daemon {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Daemon").field("address", &self.address).finish_non_exhaustive()
    }
}

/// How long each group of threads may take to end, once it was told to.
const END: Duration = Duration::from_secs(10);

impl Daemon {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks for settings to be read again, in a thread of its own; `cause` is what the record of it says. One request
    /// that waits is as good as many.
    pub fn ask_to_reload(&self) -> impl Fn(&'static str) + Send + 'static + use<> {
        let ask = self.ask_reload.clone();
        move |cause| {
            // One that waits already does as well.
            let _ = ask.try_send(cause);
        }
    }

    /// What reads settings again.
    #[must_use]
    pub fn reloader(&self) -> &Arc<Reloader> {
        &self.reloader
    }

    /// The signs of life of all threads.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.supervisor.watch()
    }

    /// Asked when nothing is to be waited for any longer.
    #[must_use]
    pub fn hurry(&self) -> Shutdown {
        self.supervisor.hurry()
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
    /// workers, which send what was recorded and say goodbye.
    ///
    /// # Errors
    ///
    /// What of that went wrong, or why the service had to stop.
    pub fn stop(mut self) -> Result<(), StopError> {
        let mut late = self.supervisor.stop(self.accept, END);
        self.shared.draining.set();
        self.wait_for_requests();
        late.extend(self.supervisor.stop(self.pool, END));
        late.extend(self.supervisor.stop(self.timers, END));
        self.journal.stopped();
        self.recorder.close();
        late.extend(self.supervisor.stop(self.recording, END));
        late.extend(self.supervisor.stop(self.working, END));
        if let Some(ended) = self.supervisor.failure() {
            return Err(StopError::Thread(ended));
        }
        match self.lost.get() {
            Some(lost) => Err(StopError::Lost(*lost)),
            None if late.is_empty() => Ok(()),
            None => Err(StopError::Late(late)),
        }
    }

    fn wait_for_requests(&self) {
        for inbox in &self.inboxes {
            inbox.wake();
        }
        let until = self.clock.uptime().saturating_add(self.shared.settings.deadlines.drain);
        let hurry = self.hurry();
        while self.connections.taken() > 0 && self.clock.uptime() < until {
            if hurry.wait(Duration::from_millis(20)) {
                return;
            }
        }
    }
}
