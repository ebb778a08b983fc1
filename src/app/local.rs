//! The local sockets: opened before any thread runs, served by threads that end with the timers.

use std::path::Path;
use std::sync::Arc;

use crate::runtime::supervisor::{Group, Supervisor};
use crate::server::Shared;
use crate::server::local::{self, Admin, Desk, Probe};

use super::{Daemon, StartError};

/// What listens on this machine alone.
#[derive(Debug)]
pub(super) struct Local {
    probe: Arc<Probe>,
    admin: Admin,
}

impl Local {
    /// Opens the sockets in `folder`.
    pub(super) fn open(folder: &Path, shared: &Arc<Shared>) -> Result<Self, StartError> {
        let admin = Admin::open(folder, Arc::clone(shared))?;
        let probe = Arc::new(Probe::open(folder.to_owned(), Arc::clone(shared))?);
        Ok(Self { probe, admin })
    }

    /// Starts the threads that serve them.
    pub(super) fn spawn(self, supervisor: &mut Supervisor, group: Group) -> Result<(), StartError> {
        let Self { probe, admin } = self;
        supervisor.spawn(group, "admin", move |life| admin.run(&life))?;
        for number in 0..local::ANSWERING {
            let probe = Arc::clone(&probe);
            let name = format!("probe-{number}");
            supervisor.spawn(group, &name, move |life| probe.answer(&life))?;
        }
        supervisor.spawn(group, "probe", move |life| probe.watch(&life))?;
        Ok(())
    }
}

impl Daemon {
    /// Puts the daemon behind the routes for operators.
    pub(super) fn man_the_desk(&self, state: &Path) {
        // Not held by what it holds.
        let reloader = Arc::downgrade(&self.reloader);
        let reload = move || match reloader.upgrade() {
            Some(reloader) => reloader.reload("an administrator"),
            None => Err("the service is about to end".to_owned()),
        };
        let desk = Desk {
            shared: Arc::downgrade(&self.shared),
            connections: Arc::clone(&self.connections),
            journal: Box::new(self.journal.clone()),
            // As it is named wherever one stands.
            state: state.canonicalize().unwrap_or_else(|_| state.to_owned()),
            reload: Box::new(reload),
        };
        // There is none yet.
        let _ = self.shared.services.operator.set(Box::new(desk));
    }
}
