//! The daemon as an operator meets it: how it is, and what it reads again when told to.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use crate::api::{DaemonState, Journal, NotReloaded, Operator, Record};
use crate::audit::event::{EventType, Severity, Value};
use crate::limit::Connections;

use super::super::shared::Shared;
use super::readiness::not_ready;

/// Reads settings, credentials and lists again, whole or not at all; or says what is wrong with them.
pub type Reload = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What is behind the routes for operators.
pub struct Desk {
    /// Not held up by this: it holds this itself, by its services.
    pub shared: Weak<Shared>,
    /// Those from the network.
    pub connections: Arc<Connections>,
    /// Where a reload is recorded before it is done.
    pub journal: Box<dyn Journal>,
    /// The folder of everything that is kept.
    pub state: PathBuf,
    /// What a reload does.
    pub reload: Reload,
}

impl fmt::Debug for Desk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Desk").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Operator for Desk {
    fn state(&self) -> DaemonState {
        let shared = self.shared.upgrade();
        DaemonState {
            not_ready: shared.as_ref().map_or_else(|| vec!["stopping"], |shared| not_ready(shared)),
            uptime: shared.map(|shared| shared.clock.uptime()).unwrap_or_default(),
            connections: self.connections.taken(),
            state: self.state.display().to_string(),
        }
    }

    fn reload(&self, client: &str) -> Result<(), NotReloaded> {
        let begun = Record {
            kind: EventType::Reload,
            severity: Severity::Medium,
            decision: vec![("code", Value::from("begun"))],
            details: vec![("client", Value::from(client.to_owned()))],
            ..Record::read("service:reload", "daemon")
        };
        self.journal.record(begun).map_err(|_| NotReloaded::Unrecorded)?;
        (self.reload)().map_err(NotReloaded::Faulty)
    }
}
