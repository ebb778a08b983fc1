//! The local sockets: opened before any thread runs, served by threads that end with the timers.

use std::path::Path;
use std::sync::Arc;

use crate::runtime::supervisor::{Group, Supervisor};
use crate::server::Shared;
use crate::server::local::{self, Probe};

use super::StartError;

/// What listens on this machine alone.
#[derive(Debug)]
pub(super) struct Local {
    probe: Arc<Probe>,
}

impl Local {
    /// Opens the sockets in `folder`.
    pub(super) fn open(folder: &Path, shared: &Arc<Shared>) -> Result<Self, StartError> {
        let probe = Arc::new(Probe::open(folder.to_owned(), Arc::clone(shared))?);
        Ok(Self { probe })
    }

    /// Starts the threads that serve them.
    pub(super) fn spawn(self, supervisor: &mut Supervisor, group: Group) -> Result<(), StartError> {
        for number in 0..local::ANSWERING {
            let probe = Arc::clone(&self.probe);
            let name = format!("probe-{number}");
            supervisor.spawn(group, &name, move |life| probe.answer(&life))?;
        }
        supervisor.spawn(group, "probe", move |life| self.probe.watch(&life))?;
        Ok(())
    }
}
