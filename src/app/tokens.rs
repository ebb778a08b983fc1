//! Tokens over time, in a thread of its own: keys are made, put to use and dropped, and other issuers' keys read again.
//!
//! Making an RSA key takes seconds, a file may lie on a slow disk and a server may hang: no request waits for any of
//! them. The last good keys of another issuer stay until better ones are there, or until they are too old.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::authn::token::{IssuerSettings, JwksTaken, KeySource, Tokens};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::fetch::{self, Bounds};
use crate::runtime::supervisor::Life;

use super::journal::Journal;

/// How often it is looked what there is to do with our own keys; and how often a file is read, and an address asked
/// that gave no keys.
const LOOK: Duration = Duration::from_secs(30);

/// How often an address is asked.
const FETCH: Duration = Duration::from_secs(300);

/// How often keys are read at most because a token names one that is not known: anybody can send such a token.
const MISSED: Duration = Duration::from_secs(10);

/// How often it is looked whether to stop.
const BEAT: Duration = Duration::from_millis(200);

/// Bytes of a file of certificates.
const CA_BYTES: u64 = 1_024 * 1_024;

/// What a fetch may take.
const BOUNDS: Bounds = Bounds {
    connect: Duration::from_secs(5),
    head: Duration::from_secs(10),
    silence: Duration::from_secs(5),
    total: Duration::from_secs(20),
    bytes: 256 * 1_024,
};

/// The thread's own.
#[derive(Debug)]
pub(super) struct Keeper {
    tokens: Arc<Tokens>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// The keys of another issuer: when they were read, and when they will be.
#[derive(Clone, Debug, Default)]
struct Reading {
    last: Duration,
    next: Duration,
    /// What was wrong: a trouble is said when it begins and when it ends, not each time.
    trouble: Option<String>,
}

impl Keeper {
    pub(super) fn new(
        tokens: Arc<Tokens>,
        journal: Journal,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { tokens, journal, clock, entropy }
    }

    pub(super) fn run(&self, life: &Life) {
        let mut readings = vec![Reading::default(); self.tokens.settings().issuers.len()];
        let mut due = Duration::ZERO;
        let mut trouble = None;
        while !life.stop.is_asked() {
            life.pulse.beat();
            if self.clock.uptime() >= due {
                let busy = life.pulse.idle();
                self.tend(&mut trouble);
                drop(busy);
                due = self.clock.uptime().saturating_add(LOOK);
            }
            for (issuer, reading) in self.tokens.settings().issuers.iter().zip(&mut readings) {
                let busy = life.pulse.idle();
                self.look(issuer, reading, life);
                drop(busy);
            }
            if life.stop.wait(BEAT) {
                return;
            }
        }
    }

    /// Our own keys.
    fn tend(&self, trouble: &mut Option<String>) {
        let done = self.tokens.tend(self.clock.wall(), &*self.entropy, |change| {
            for (event, id) in &change.events {
                log::info!(target: "tokens", "key {id}: {}", event.as_str());
            }
            if self.journal.keys_changed(&change).is_err() {
                log::error!(target: "audit", "a change of the keys of tokens could not be recorded");
            }
        });
        let now = done.err().map(|error| error.to_string());
        if let Some(text) = now.as_ref().filter(|text| trouble.as_ref() != Some(text)) {
            log::error!(target: "tokens", "the keys of tokens are as they were: {text}");
        }
        *trouble = now;
    }

    /// The keys of another, where it is time for them.
    fn look(&self, issuer: &IssuerSettings, reading: &mut Reading, life: &Life) {
        let now = self.clock.uptime();
        let may = now >= reading.last.saturating_add(MISSED);
        if now < reading.next && !(may && self.tokens.misses_a_key(&issuer.issuer)) {
            return;
        }
        let (set, every) = match &issuer.keys {
            KeySource::File(path) => {
                (read(path, BOUNDS.bytes).map_err(|error| error.to_string()), LOOK)
            }
            KeySource::Url { url, ca } => (fetched(url, ca, life), FETCH),
        };
        // A fetch that is given up because the service ends says nothing of the issuer.
        if life.stop.is_asked() {
            return;
        }
        let taken = set.and_then(|set| {
            let taken = self.tokens.take_jwks(&issuer.issuer, &set, self.clock.wall());
            taken.map_err(|error| error.to_string())
        });
        reading.last = self.clock.uptime();
        reading.next = reading.last.saturating_add(if taken.is_ok() { every } else { LOOK });
        self.say(issuer, reading, taken);
    }

    fn say(
        &self,
        issuer: &IssuerSettings,
        reading: &mut Reading,
        taken: Result<JwksTaken, String>,
    ) {
        let name = &issuer.issuer;
        let recorded = match &taken {
            Ok(taken) if taken.changed || reading.trouble.is_some() => {
                let JwksTaken { keys, skipped, .. } = taken;
                log::info!(target: "tokens", "{keys} keys of {name} are taken, {skipped} cannot be used here");
                self.journal.issuer_keys(name, Ok(*taken))
            }
            Err(text) if reading.trouble.as_ref() != Some(text) => {
                let most = issuer.max_stale.as_secs();
                log::error!(target: "tokens", "the keys of {name} cannot be read: {text}; those that were read last are believed for {most} s");
                self.journal.issuer_keys(name, Err(text))
            }
            _ => Ok(()),
        };
        if recorded.is_err() {
            log::error!(target: "audit", "that could not be recorded");
        }
        reading.trouble = taken.err();
    }
}

/// The key set at `url`, whose server is verified under the CAs in the file `ca`.
fn fetched(url: &str, ca: &Path, life: &Life) -> Result<Vec<u8>, String> {
    let named = |error: &dyn ToString| format!("{}: {}", ca.display(), error.to_string());
    let text = read(ca, CA_BYTES).map_err(|error| named(&error))?;
    let roots: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&text).collect();
    let roots = roots.map_err(|error| named(&error))?;
    if roots.is_empty() {
        return Err(named(&"holds no certificate"));
    }
    fetch::get(url, &roots, &BOUNDS, &|| !life.stop.is_asked())
        .map_err(|error| format!("{url}: {error}"))
}

/// The file, or the first byte too many.
fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
