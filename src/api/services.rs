//! What handlers may use.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use rustix::fs::{Mode, OFlags};

use crate::clock::UnixTime;
use crate::trust::anchors::{Anchor, AnchorStatus};
use crate::trust::fingerprint::Fingerprint;
use crate::trust::snapshot::Snapshot;
use crate::trust::validate::OnUnknown;

/// The parts of the service behind its routes.
#[derive(Debug)]
pub struct Services {
    trust: RwLock<Arc<TrustView>>,
    trust_generation: AtomicU64,
    /// Where bodies are kept while they come in.
    incoming: PathBuf,
    /// What an unknown revocation status comes to.
    pub on_unknown: OnUnknown,
}

/// A snapshot, and what answers need of it again and again.
#[derive(Debug)]
pub struct TrustView {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Its anchors as JSON, but for their status, which depends on the time.
    rendered: HashMap<Fingerprint, Box<str>>,
}

impl TrustView {
    /// A view of `snapshot`.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        let anchors = snapshot.anchors().all().iter();
        let rendered =
            anchors.map(|anchor| (anchor.certificate.fingerprint(), rendered(anchor))).collect();
        Self { snapshot, rendered }
    }

    /// The anchor `sha256` as JSON, if it is one.
    #[must_use]
    pub fn anchor_json(&self, sha256: &Fingerprint, now: UnixTime) -> Option<Vec<u8>> {
        let text = self.rendered.get(sha256)?;
        let anchors = self.snapshot.anchors();
        let status = anchors.status(anchors.get(sha256)?, now);
        Some(with_status(text, status))
    }

    /// `anchor` as JSON.
    pub(super) fn rendered(&self, anchor: &Anchor, now: UnixTime) -> Vec<u8> {
        let sha256 = anchor.certificate.fingerprint();
        let text = self.rendered.get(&sha256).map_or("{", |text| text);
        with_status(text, self.snapshot.anchors().status(anchor, now))
    }
}

fn with_status(text: &str, status: AnchorStatus) -> Vec<u8> {
    let mut json = Vec::with_capacity(text.len().saturating_add(32));
    json.extend_from_slice(text.as_bytes());
    json.extend_from_slice(b",\"status\":\"");
    json.extend_from_slice(status.name().as_bytes());
    json.extend_from_slice(b"\"}");
    json
}

/// All members of an anchor but `status`, without the brace that ends it.
fn rendered(anchor: &Anchor) -> Box<str> {
    let certificate = &anchor.certificate;
    let value = serde_json::json!({
        "sha256": certificate.fingerprint().to_string(),
        "type": anchor.kind,
        "subject": certificate.subject().text(),
        "issuer": certificate.issuer().text(),
        "country": certificate.country(),
        "not_before": certificate.not_before().to_string(),
        "not_after": certificate.not_after().to_string(),
        "by_operator": anchor.by_operator,
        "sources": anchor.sources,
    });
    let mut text = value.to_string();
    text.pop();
    text.into()
}

impl Services {
    /// Services that begin with `trust` and keep bodies under `incoming`.
    #[must_use]
    pub fn new(trust: TrustView, incoming: PathBuf, on_unknown: OnUnknown) -> Self {
        Self {
            trust: RwLock::new(Arc::new(trust)),
            trust_generation: AtomicU64::new(1),
            incoming,
            on_unknown,
        }
    }

    /// What is trusted now.
    #[must_use]
    pub fn trust(&self) -> Arc<TrustView> {
        Arc::clone(&self.trust.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The number of the state of trust: another one when it has changed.
    #[must_use]
    pub fn trust_generation(&self) -> u64 {
        self.trust_generation.load(Ordering::Acquire)
    }

    /// Puts another state of trust in force.
    pub fn replace_trust(&self, trust: TrustView) {
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(trust);
        self.trust_generation.fetch_add(1, Ordering::AcqRel);
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
