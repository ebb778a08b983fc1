//! Tokens over time, in a thread of its own: keys are made, put to use and dropped, and other issuers' keys read again.
//!
//! Making an RSA key takes seconds, and a file may lie on a slow disk: neither is waited for by a request.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::authn::token::{JwksTaken, KeySource, Tokens};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::runtime::supervisor::Life;

use super::journal::Journal;

/// How often it is looked what there is to do.
const LOOK: Duration = Duration::from_secs(30);

/// How often it is looked whether to stop.
const BEAT: Duration = Duration::from_millis(200);

/// Bytes of a key set that are read: one more than may be, so that more shows.
const MOST: u64 = 256 * 1024 + 1;

/// The thread's own.
#[derive(Debug)]
pub(super) struct Keeper {
    tokens: Arc<Tokens>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// What was said last: a trouble is said when it begins and when it ends, not each time.
#[derive(Debug, Default)]
struct Said {
    keys: Option<String>,
    issuers: BTreeMap<String, String>,
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
        let mut said = Said::default();
        loop {
            let busy = life.pulse.idle();
            self.read_issuers(&mut said);
            self.tend(&mut said);
            drop(busy);
            let from = self.clock.uptime();
            while self.clock.uptime().saturating_sub(from) < LOOK {
                life.pulse.beat();
                if life.stop.wait(BEAT) {
                    return;
                }
            }
        }
    }

    /// Our own keys.
    fn tend(&self, said: &mut Said) {
        let done = self.tokens.tend(self.clock.wall(), &*self.entropy, |change| {
            for (event, id) in &change.events {
                log::info!(target: "tokens", "key {id}: {}", event.as_str());
            }
            if self.journal.keys_changed(&change).is_err() {
                log::error!(target: "audit", "a change of the keys of tokens could not be recorded");
            }
        });
        let trouble = done.err().map(|error| error.to_string());
        if let Some(text) = trouble.as_ref().filter(|text| said.keys.as_ref() != Some(text)) {
            log::error!(target: "tokens", "the keys of tokens are as they were: {text}");
        }
        said.keys = trouble;
    }

    /// The keys of others.
    fn read_issuers(&self, said: &mut Said) {
        for issuer in &self.tokens.settings().issuers {
            let KeySource::File(path) = &issuer.keys;
            let name = &issuer.issuer;
            let taken = read(path).map_err(|error| error.to_string()).and_then(|set| {
                let taken = self.tokens.take_jwks(name, &set, self.clock.wall());
                taken.map_err(|error| error.to_string())
            });
            match taken {
                Ok(taken) => {
                    if said.issuers.remove(name).is_some() || taken.changed {
                        self.taken(name, taken);
                    }
                }
                Err(text) if said.issuers.get(name) == Some(&text) => {}
                Err(text) => {
                    log::error!(target: "tokens", "{}: {text}; the keys of {name} that were read last are believed for {} s", path.display(), issuer.max_stale.as_secs());
                    if self.journal.issuer_keys(name, Err(&text)).is_err() {
                        log::error!(target: "audit", "that could not be recorded");
                    }
                    said.issuers.insert(name.clone(), text);
                }
            }
        }
    }

    fn taken(&self, name: &str, taken: JwksTaken) {
        let JwksTaken { keys, skipped, .. } = taken;
        log::info!(target: "tokens", "{keys} keys of {name} are taken, {skipped} cannot be used here");
        if self.journal.issuer_keys(name, Ok(taken)).is_err() {
            log::error!(target: "audit", "that could not be recorded");
        }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut set = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut set)?;
    Ok(set)
}
