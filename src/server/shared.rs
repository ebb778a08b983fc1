//! What all workers and the blocking pool share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::api::Services;
use crate::audit::{AuditSettings, Recorder, RefusalBudget, SubjectKeys};
use crate::authn::mtls::ClientRules;
use crate::authz::Roles;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::tls::Acceptor;
use crate::wire::Limits;

use super::counters::Counters;
use super::settings::ServerSettings;

/// Who may connect and do what: replaced as a whole, so that no request sees half a change.
#[derive(Debug)]
pub struct Access {
    /// TLS, with the CAs and revocation lists above clients.
    pub acceptor: Acceptor,
    /// Which certificate is which client.
    pub clients: ClientRules,
    /// What each role may do.
    pub roles: Roles,
}

/// The parts of the service that requests meet.
#[derive(Debug)]
pub struct Shared {
    access: RwLock<Arc<Access>>,
    access_generation: AtomicU64,
    /// Addresses, caps and deadlines.
    pub settings: ServerSettings,
    /// What records show.
    pub audit: AuditSettings,
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
    draining: AtomicBool,
}

/// What a [`Shared`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// Who may connect and do what.
    pub access: Access,
    /// Addresses, caps and deadlines.
    pub settings: ServerSettings,
    /// What records show.
    pub audit: AuditSettings,
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
}

impl Shared {
    /// The parts, put together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            access: RwLock::new(Arc::new(parts.access)),
            access_generation: AtomicU64::new(1),
            settings: ServerSettings {
                // Each route has its own bound, and a stream of lines has none.
                limits: Limits { body_bytes: u64::MAX, ..parts.settings.limits },
                ..parts.settings
            },
            audit: parts.audit,
            services: parts.services,
            recorder: parts.recorder,
            subjects: parts.subjects,
            refusals: parts.refusals,
            clock: parts.clock,
            entropy: parts.entropy,
            counters: Counters::default(),
            draining: AtomicBool::new(false),
        }
    }

    /// Who may connect and do what, and the number of this state of it.
    #[must_use]
    pub fn access(&self) -> (u64, Arc<Access>) {
        // The number is read first: at worst it is older than what it stands for, and is looked up once more.
        let generation = self.access_generation.load(Ordering::Acquire);
        (generation, Arc::clone(&self.access.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The number of the state of access in force: one load, for every request.
    #[must_use]
    pub fn access_generation(&self) -> u64 {
        self.access_generation.load(Ordering::Acquire)
    }

    /// Puts another state of access in force, for connections that are open too: each request looks.
    pub fn replace_access(&self, access: Access) {
        *self.access.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(access);
        self.access_generation.fetch_add(1, Ordering::AcqRel);
    }

    /// From now on each answer ends its connection, and connections without a request end at once.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether the service is on its way to the end.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}
