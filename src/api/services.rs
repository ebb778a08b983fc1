//! What handlers may use.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rustix::fs::{Mode, OFlags};

use crate::authn::api_key::ApiKeys;
use crate::authn::token::Tokens;
use crate::clock::UnixTime;
use crate::entropy::{Entropy, SystemEntropy};
use crate::guard::Guard;
use crate::metrics::Metrics;
use crate::runtime::conditions::Conditions;
use crate::trust::fingerprint::Fingerprint;
use crate::trust::validate::OnUnknown;

use super::api_keys::KeyDesk;
use super::change::{Ingest, Journal};
use super::counts;
use super::gate::Gate;
use super::openapi;
use super::operate::Operator;
use super::snapshot::SnapshotSigner;
use super::view::TrustView;

/// The parts of the service behind its routes.
#[derive(Debug)]
pub struct Services {
    trust: RwLock<Trust>,
    trust_generation: AtomicU64,
    /// Where bodies are kept while they come in.
    incoming: PathBuf,
    /// Seconds since the epoch: a clock that shows less is wrong.
    clock_floor: AtomicI64,
    /// What an unknown revocation status comes to.
    pub on_unknown: OnUnknown,
    /// What is wrong at present, beside what each look finds anew.
    pub conditions: Arc<Conditions>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What changes trust by a request; none where nothing may.
    pub ingest: Option<Ingest>,
    /// The API keys; none where there are to be none.
    pub api_keys: Option<Arc<ApiKeys>>,
    /// What changes them by a request; none where nothing may.
    pub key_desk: Option<KeyDesk>,
    /// Tokens; none where they are not enabled.
    pub tokens: Option<Arc<Tokens>>,
    /// Says who is calling, and counts; none where nothing counts.
    pub guard: Option<Arc<Guard>>,
    /// Decides for proxies; none where it is not enabled.
    pub gate: Option<Arc<Gate>>,
    /// Chance, for what nobody may guess.
    pub entropy: Arc<dyn Entropy>,
    /// The daemon as a whole, once it is one.
    pub operator: OnceLock<Box<dyn Operator>>,
    /// Signs the snapshot that is given out; none where it goes unsigned.
    pub signer: Option<Box<dyn SnapshotSigner>>,
    /// The description of the API.
    pub(super) openapi: Arc<[u8]>,
}

/// What is trusted, and how it came to be.
#[derive(Debug)]
struct Trust {
    view: Arc<TrustView>,
    /// The changes of this process that led here, oldest first.
    steps: VecDeque<Step>,
}

/// One change of what is trusted.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The snapshot before.
    pub(super) from: Fingerprint,
    /// The difference, as JSON.
    pub(super) difference: Arc<[u8]>,
}

/// What is trusted, and how it came to be from something that a caller knows.
#[derive(Debug)]
pub(super) struct Changes {
    /// What is trusted.
    pub(super) view: Arc<TrustView>,
    /// The differences as JSON, oldest first; none where they are not known.
    pub(super) steps: Option<Vec<Arc<[u8]>>>,
}

/// Changes that are kept for those who wait for them, and their bytes in all, which a worker must be able to copy
/// without keeping others waiting; older ones are dropped. All anchors there are, added at once, are some 110 KB.
const MAX_STEPS: usize = 32;
const MAX_STEP_BYTES: usize = 1024 * 1024;

/// How much earlier than the newest list a clock may be, in seconds.
const CLOCK_SLACK: i64 = 300;

impl Services {
    /// Services that begin with `trust` and keep bodies under `incoming`.
    #[must_use]
    pub fn new(trust: TrustView, incoming: PathBuf, on_unknown: OnUnknown) -> Self {
        Self {
            trust: RwLock::new(Trust { view: Arc::new(trust), steps: VecDeque::new() }),
            trust_generation: AtomicU64::new(1),
            incoming,
            clock_floor: AtomicI64::new(i64::MIN),
            on_unknown,
            conditions: Arc::default(),
            metrics: Arc::new(counts::metrics()),
            ingest: None,
            api_keys: None,
            key_desk: None,
            tokens: None,
            guard: None,
            gate: None,
            entropy: Arc::new(SystemEntropy::new()),
            operator: OnceLock::new(),
            signer: None,
            openapi: openapi::document().into(),
        }
    }

    /// Takes `keys` into service, each change of them first recorded in `journal`, new ones made of `entropy`.
    pub fn keep_keys(
        &mut self,
        keys: Arc<ApiKeys>,
        journal: Box<dyn Journal>,
        entropy: Arc<dyn Entropy>,
    ) {
        self.key_desk = Some(KeyDesk::new(Arc::clone(&keys), journal, entropy));
        self.api_keys = Some(keys);
    }

    /// What is trusted now.
    #[must_use]
    pub fn trust(&self) -> Arc<TrustView> {
        Arc::clone(&self.trust.read().unwrap_or_else(PoisonError::into_inner).view)
    }

    /// The number of the state of trust: another one when it has changed.
    #[must_use]
    pub fn trust_generation(&self) -> u64 {
        self.trust_generation.load(Ordering::Acquire)
    }

    /// Puts another state of trust in force, of which nobody is told how it came to be.
    pub fn replace_trust(&self, trust: TrustView) {
        self.replace(trust, None);
    }

    /// Puts in force what came of one change.
    pub(super) fn replace(&self, trust: TrustView, step: Option<Step>) {
        let mut held = self.trust.write().unwrap_or_else(PoisonError::into_inner);
        match step {
            Some(step) if step.from == held.view.snapshot.id() => held.steps.push_back(step),
            _ => held.steps.clear(),
        }
        held.view = Arc::new(trust);
        let bytes = |steps: &VecDeque<Step>| {
            steps.iter().map(|step| step.difference.len()).fold(0, usize::saturating_add)
        };
        while held.steps.len() > MAX_STEPS || bytes(&held.steps) > MAX_STEP_BYTES {
            held.steps.pop_front();
        }
        drop(held);
        self.trust_generation.fetch_add(1, Ordering::AcqRel);
    }

    /// What is trusted now, and the changes that led to it from the snapshot `since`.
    pub(super) fn changes(&self, since: &Fingerprint) -> Changes {
        let held = self.trust.read().unwrap_or_else(PoisonError::into_inner);
        let view = Arc::clone(&held.view);
        if view.snapshot.id() == *since {
            return Changes { view, steps: Some(Vec::new()) };
        }
        // What was left and come back to counts from the last time.
        let from = held.steps.iter().rposition(|step| step.from == *since);
        let steps = from.map(|from| {
            held.steps.iter().skip(from).map(|step| Arc::clone(&step.difference)).collect()
        });
        Changes { view, steps }
    }

    /// Says that it is `at` or later, give or take five minutes: verdicts of a clock that shows less are of no
    /// certainty.
    pub fn clock_is_past(&self, at: UnixTime) {
        self.clock_floor.fetch_max(at.plus(-CLOCK_SLACK).seconds(), Ordering::Relaxed);
    }

    /// Whether `now` cannot be: it is before what this service has seen of the time, or before the newest list that
    /// it holds was signed.
    #[must_use]
    pub fn clock_is_wrong(&self, trust: &TrustView, now: UnixTime) -> bool {
        let floor = self.clock_floor.load(Ordering::Relaxed);
        now.seconds() < floor
            || trust.newest_list().is_some_and(|signed| now < signed.plus(-CLOCK_SLACK))
    }

    /// A file without a name for a body: it is gone when it is closed, whatever happens.
    ///
    /// # Errors
    ///
    /// Where the disk has no room for it.
    pub fn incoming(&self) -> io::Result<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        Ok(rustix::fs::open(&self.incoming, flags, Mode::RUSR | Mode::WUSR)?.into())
    }
}
