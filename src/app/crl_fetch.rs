//! The thread `crl-fetch`: the revocation lists of clients, fetched from the addresses that an operator named.
//!
//! Threat: a server that is gone, slow or false, which must neither hold up a request nor take away what is known. No
//! request waits for this thread, and no address in a certificate is ever asked. The last good list of each address
//! lies in the state folder, and is in force until a better one is, or until it is out of date.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::audit::AuditUnavailable;
use crate::entropy::Entropy;
use crate::fetch::{self, Bounds, FetchError};
use crate::metrics::labels::CrlFetch as Outcome;
use crate::runtime::supervisor::Life;
use crate::server::Shared;
use crate::state::{make_folder, replace_file};
use crate::tls::crl::{Fetched, MOST_CRL_BYTES, Signers};
use crate::tls::{CrlFetch, TlsSettings, ca_certificates};

use super::journal::Journal;
use super::reload::Reloader;

/// How often it looks whether something is due.
const BEAT: Duration = Duration::from_millis(250);

/// The first wait after a failure, which doubles with each, and the longest. A refresh that is sooner is the longest.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// A list of 16 MiB has two minutes. All phases before it are over in less than a stop waits for a thread.
const BOUNDS: Bounds = Bounds {
    connect: Duration::from_secs(3),
    head: Duration::from_secs(3),
    silence: Duration::from_secs(2),
    total: Duration::from_secs(120),
    bytes: MOST_CRL_BYTES,
};

/// The thread's own.
#[derive(Debug)]
pub(super) struct CrlFetcher {
    shared: Arc<Shared>,
    reloader: Arc<Reloader>,
    journal: Journal,
    sources: Vec<Source>,
    /// A list has come and is not in force yet.
    waits: bool,
}

/// One address.
#[derive(Debug)]
struct Source {
    url: String,
    /// When it is asked next, since the service began.
    due: Duration,
    failures: u32,
    /// What is wrong with it, where something is.
    state: Option<Wrong>,
}

/// Kinds of failure: a change from one to another is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wrong {
    /// Nothing comes.
    Unreachable,
    /// What comes may not take the place of what is held.
    Refused,
    /// What came cannot be kept.
    Unkept,
    /// What was kept cannot be put in force.
    Unused,
}

/// Why a list is not renewed: the kind, and in words.
type Failure = (Wrong, String);

/// The cause of a reload, in its record.
const CAUSE: &str = "a revocation list was fetched";

impl CrlFetcher {
    pub(super) fn new(shared: Arc<Shared>, reloader: Arc<Reloader>, journal: Journal) -> Self {
        Self { shared, reloader, journal, sources: Vec::new(), waits: false }
    }

    /// The body of the thread.
    pub(super) fn run(mut self, life: &Life) {
        loop {
            life.pulse.beat();
            let tls = {
                // A reload holds the settings while it reads files.
                let _busy = life.pulse.idle();
                self.reloader.tls()
            };
            let urls = tls.client_crl_fetch.iter().flat_map(|fetch| fetch.urls.iter());
            self.know(urls);
            if let Some(fetch) = &tls.client_crl_fetch {
                self.fetch_due(fetch, &tls, life);
            }
            if life.stop.wait(BEAT) {
                return;
            }
        }
    }

    /// Has a source for each address and none beside. A new one is due at once.
    fn know<'a>(&mut self, urls: impl Iterator<Item = &'a String> + Clone) {
        self.sources.retain(|source| urls.clone().any(|url| *url == source.url));
        for url in urls {
            if !self.sources.iter().any(|source| source.url == *url) {
                let due = Duration::ZERO;
                self.sources.push(Source { url: url.clone(), due, failures: 0, state: None });
            }
        }
    }

    fn fetch_due(&mut self, fetch: &CrlFetch, tls: &TlsSettings, life: &Life) {
        for at in 0..self.sources.len() {
            let now = self.shared.clock.uptime();
            let Some(source) = self.sources.get(at).filter(|source| source.due <= now) else {
                continue;
            };
            let url = source.url.clone();
            let outcome = {
                // Every step has a deadline, or waits for a disk.
                let _busy = life.pulse.idle();
                self.renew(&url, fetch, tls, &|| !life.stop.is_asked())
            };
            if life.stop.is_asked() {
                return;
            }
            let now = self.shared.clock.uptime();
            let wait = self.settle(at, outcome, fetch.refresh);
            if let Some(source) = self.sources.get_mut(at) {
                source.due = now.saturating_add(wait);
            }
        }
    }

    /// Fetches one list, keeps it, and puts it in force; how long it is good for.
    fn renew(
        &mut self,
        url: &str,
        fetch: &CrlFetch,
        tls: &TlsSettings,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Duration, Failure> {
        let count = |outcome: Outcome| {
            self.shared.services.metrics.crl_fetches.add(outcome.index(), 0);
        };
        let fetched = self.fetched(url, fetch, tls, go_on);
        count(match &fetched {
            Ok(Fetched::New(_)) => Outcome::Updated,
            Ok(Fetched::Same(_)) => Outcome::Unchanged,
            Err((Wrong::Unreachable, _)) => Outcome::Unreachable,
            Err(_) => Outcome::Refused,
        });
        let until = match fetched {
            Ok(Fetched::New(list)) => {
                let kept = make_folder(&fetch.folder)
                    .and_then(|()| replace_file(&fetch.folder, &CrlFetch::name(url), &list.der));
                kept.map_err(|error| (Wrong::Unkept, error.to_string()))?;
                self.waits = true;
                Ok(list.until)
            }
            Ok(Fetched::Same(until)) => Ok(until),
            Err(failure) => Err(failure),
        };
        // One that could not be put in force before is not forgotten, whatever came now.
        if self.waits {
            self.reloader.renew_tls(CAUSE).map_err(|error| (Wrong::Unused, error))?;
            self.waits = false;
        }
        let until = until?;
        let left = until.seconds().saturating_sub(self.shared.clock.wall().seconds());
        Ok(Duration::from_secs(u64::try_from(left).unwrap_or_default()))
    }

    fn fetched(
        &self,
        url: &str,
        fetch: &CrlFetch,
        tls: &TlsSettings,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Fetched, Failure> {
        let unreachable = |error: FetchError| (Wrong::Unreachable, error.to_string());
        let unusable = |error: crate::tls::TlsError| (Wrong::Unused, error.to_string());
        let roots = if url.starts_with("https://") {
            ca_certificates(&fetch.ca).map_err(unusable)?
        } else {
            Vec::new()
        };
        let signers = Signers::read(tls).map_err(unusable)?;
        let bytes = fetch::get(url, &roots, &BOUNDS, go_on).map_err(|error| match error {
            FetchError::Larger(_) => (Wrong::Refused, error.to_string()),
            other => unreachable(other),
        })?;
        let held = held(&fetch.path(url));
        signers
            .judge(&bytes, held.as_deref(), self.shared.clock.wall(), tls.allow_stale_revocation)
            .map_err(|error| (Wrong::Refused, error.to_string()))
    }

    /// Tells of what has changed, once; how long to wait for the next time.
    fn settle(
        &mut self,
        at: usize,
        outcome: Result<Duration, Failure>,
        refresh: Duration,
    ) -> Duration {
        let Some(source) = self.sources.get_mut(at) else { return refresh };
        let url = source.url.as_str();
        match outcome {
            Ok(left) => {
                if source.state.take().is_some() {
                    log::info!(target: "tls", "{url}: the revocation list can be had again");
                    recorded(self.journal.list_recovered(url));
                }
                source.failures = 0;
                // Its successor is there before its end, if the CA is in time.
                let half = left.checked_div(2).unwrap_or_default();
                if left.is_zero() { refresh } else { refresh.min(half.max(FIRST_WAIT)) }
            }
            Err((wrong, fault)) => {
                if source.state.replace(wrong) == Some(wrong) {
                    log::debug!(target: "tls", "{url}: {fault}");
                } else {
                    log::error!(target: "tls", "{url}: the revocation list is not renewed, and what was held still is: {fault}");
                    recorded(self.journal.list_failed(url, &fault));
                }
                let wait = back_off(source.failures, refresh);
                source.failures = source.failures.saturating_add(1);
                jittered(wait, &*self.shared.entropy)
            }
        }
    }
}

/// The list that is held for an address; none where there is none, or it cannot be read.
fn held(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST_CRL_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn recorded(record: Result<(), AuditUnavailable>) {
    if record.is_err() {
        log::error!(target: "audit", "that could not be recorded");
    }
}

/// The wait after so many failures before this one.
fn back_off(failures: u32, refresh: Duration) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(failures.min(16)));
    doubled.min(LONGEST_WAIT).min(refresh)
}

/// Half of `wait` to all of it, so that many who failed together do not come again together.
fn jittered(wait: Duration, entropy: &dyn Entropy) -> Duration {
    let mut byte = [0; 1];
    // Without chance, all of it.
    let [chance] = if entropy.fill(&mut byte).is_ok() { byte } else { [0] };
    let part = wait.saturating_mul(chance.into()).checked_div(512);
    wait.saturating_sub(part.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::NoEntropy;

    #[test]
    fn waits_double_up_to_a_bound_and_never_beyond_the_refresh() {
        let refresh = Duration::from_secs(900);
        let waits: Vec<u64> =
            [0, 1, 2, 7, 8, u32::MAX].map(|failures| back_off(failures, refresh).as_secs()).into();
        assert_eq!(waits, [2, 4, 8, 256, 300, 300]);
        assert_eq!(back_off(9, Duration::from_secs(1)), Duration::from_secs(1));
    }

    #[derive(Debug)]
    struct Byte(Option<u8>);

    impl Entropy for Byte {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
            out.fill(self.0.ok_or(NoEntropy)?);
            Ok(())
        }
    }

    #[test]
    fn chance_takes_up_to_half_of_a_wait() {
        let wait = Duration::from_millis(5_120);
        for (byte, millis) in [(None, 5_120), (Some(0), 5_120), (Some(255), 2_570)] {
            assert_eq!(jittered(wait, &Byte(byte)), Duration::from_millis(millis));
        }
    }
}
