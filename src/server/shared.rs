//! What all workers and the blocking pool share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::api::Services;
use crate::audit::{AuditSettings, Recorder, RefusalBudget, SubjectKeys};
use crate::authn::local::Administrators;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::guard::{Guard, Policy};
use crate::tls::Acceptor;

use super::counters::Counters;
use super::settings::ServerSettings;

/// Who may connect and do what: replaced as a whole, so that no request sees half a change.
#[derive(Debug)]
pub struct Access {
    /// TLS, with the CAs and revocation lists above clients.
    pub acceptor: Acceptor,
    /// Which users of this machine may administer the service.
    pub administrators: Administrators,
    /// Which certificate is which client, and who may do what.
    pub policy: Policy,
}

/// The state of access in force, and how many there were before it.
#[derive(Debug)]
pub struct AccessInForce {
    current: RwLock<Arc<Access>>,
    generation: AtomicU64,
}

/// The parts of the service that requests meet.
#[derive(Debug)]
pub struct Shared {
    /// Who may connect and do what.
    pub access: Arc<AccessInForce>,
    /// Addresses, caps and deadlines.
    pub settings: ServerSettings,
    /// What records show.
    pub audit: AuditSettings,
    /// Says who is calling.
    pub guard: Arc<Guard>,
    /// The resources.
    pub services: Arc<Services>,
    /// Where records go.
    pub recorder: Recorder,
    /// The keys of the encrypted part of records.
    pub subjects: Arc<SubjectKeys>,
    /// What a source's refusals may cost.
    pub refusals: RefusalBudget,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// What is counted.
    pub counters: Counters,
    /// Each answer ends its connection, and connections without a request end at once: the service is on its way to
    /// the end.
    pub draining: Flag,
}

/// A yes that is never taken back.
#[derive(Debug, Default)]
pub struct Flag(AtomicBool);

impl AccessInForce {
    /// This one, from now on.
    #[must_use]
    pub fn new(access: Access) -> Self {
        Self { current: RwLock::new(Arc::new(access)), generation: AtomicU64::new(1) }
    }

    /// Who may connect and do what, and the number of this state of it.
    #[must_use]
    pub fn get(&self) -> (u64, Arc<Access>) {
        // The number is read first: at worst it is older than what it stands for, and is looked up once more.
        let generation = self.generation.load(Ordering::Acquire);
        (generation, Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The number of the state of access in force: one load, for every request.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Puts another state of access in force, for connections that are open too: each request looks.
    pub fn replace(&self, access: Access) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(access);
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}

impl Flag {
    /// Yes, from now on.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
