//! Who may connect and do what, read again without an interruption: when an operator asks, and when a file of TLS is
//! another than it was.
//!
//! All of it or nothing: a file that cannot be used leaves in force what was there. Each change is on record before it
//! is made, each failure too.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, fs};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::authn::api_key::ApiKeySettings;
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::metrics::labels::CertificateUse;
use crate::runtime::supervisor::Life;
use crate::server::{Access, Shared};
use crate::tls::{Acceptor, TlsSettings};

use super::Settings;
use super::journal::Journal;

/// Where settings come from: read anew at each call.
pub type Source = Box<dyn Fn() -> Result<Settings, String> + Send + Sync>;

/// How often the files of TLS are looked at. One that is another must stay so for as long before it is read: it may
/// still be written.
const LOOK: Duration = Duration::from_secs(5);

/// How often the thread shows life.
const BEAT: Duration = Duration::from_millis(500);

/// Reads settings again and puts in force what can be without a start.
pub struct Reloader {
    shared: Arc<Shared>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    source: Source,
    /// The TLS files as they were before they were first read.
    read: Vec<Stamp>,
    /// The folders that the daemon was started with.
    folders: (PathBuf, Option<PathBuf>),
    /// The settings that the daemon runs with; held while they are read again.
    current: Mutex<TlsSettings>,
}

/// What the daemon was started with.
#[derive(Debug)]
pub(super) struct First {
    pub(super) tls: TlsSettings,
    /// The files of it, before they were read.
    pub(super) read: Vec<Stamp>,
    /// The folders of the state and of the local sockets.
    pub(super) folders: (PathBuf, Option<PathBuf>),
}

/// The files of TLS as they are.
pub(super) fn stamps(tls: &TlsSettings) -> Vec<Stamp> {
    tls.files().into_iter().map(Stamp::of).collect()
}

impl fmt::Debug for Reloader {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Reloader").finish_non_exhaustive()
    }
}

impl Reloader {
    pub(super) fn new(
        shared: Arc<Shared>,
        journal: Journal,
        clock: Arc<dyn Clock>,
        source: Source,
        first: First,
    ) -> Self {
        let First { tls, read, folders } = first;
        Self { shared, journal, clock, source, read, folders, current: Mutex::new(tls) }
    }

    /// Reads everything again. `cause` is what stands in the record.
    ///
    /// # Errors
    ///
    /// Why nothing has changed.
    pub fn reload(&self, cause: &'static str) -> Result<(), String> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let renewed = (self.source)().and_then(|settings| {
            let acceptor = self.acceptor(&settings.tls)?;
            self.put_in_force(settings, acceptor, cause)
        });
        match renewed {
            Ok(tls) => {
                *current = tls;
                log::info!(target: "app", "reloaded ({cause})");
                Ok(())
            }
            Err(fault) => {
                log::error!(target: "app", "not reloaded ({cause}), what was in force still is: {fault}");
                if self.journal.reload_failed(cause, &fault).is_err() {
                    log::error!(target: "audit", "that could not be recorded");
                }
                Err(fault)
            }
        }
    }

    fn acceptor(&self, tls: &TlsSettings) -> Result<Acceptor, String> {
        Acceptor::new(tls, Arc::clone(&self.clock)).map_err(|error| error.to_string())
    }

    fn put_in_force(
        &self,
        settings: Settings,
        acceptor: Acceptor,
        cause: &'static str,
    ) -> Result<TlsSettings, String> {
        let later = self.later(&settings);
        for section in &later {
            log::warn!(target: "app", "{section} is set to something else, which a start puts in force and a reload does not");
        }
        self.journal
            .reloaded(cause, &later)
            .map_err(|_| "the audit spool takes no records, so nothing may change".to_owned())?;
        show_ends(&self.shared.services.metrics, &acceptor);
        self.shared.guard.limits().replace_settings(&settings.limits);
        let Settings { tls, administrators, policy, .. } = settings;
        self.shared.access.replace(Access { acceptor, administrators, policy });
        Ok(tls)
    }

    /// The settings of TLS that the daemon runs with.
    pub(super) fn tls(&self) -> TlsSettings {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the files of TLS again under the settings in force, and nothing else: what is wrong with other settings
    /// must not keep a revocation from its effect.
    ///
    /// # Errors
    ///
    /// Why nothing has changed. It is not recorded.
    pub(super) fn renew_tls(&self, cause: &'static str) -> Result<(), String> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let acceptor = self.acceptor(&current)?;
        self.journal
            .reloaded(cause, &[])
            .map_err(|_| "the audit spool takes no records, so nothing may change".to_owned())?;
        let (_, before) = self.shared.access.get();
        show_ends(&self.shared.services.metrics, &acceptor);
        self.shared.access.replace(Access {
            acceptor,
            administrators: before.administrators.clone(),
            policy: before.policy.clone(),
        });
        log::info!(target: "app", "reloaded ({cause})");
        Ok(())
    }

    /// The body of the thread `reload`: waits until it is asked, or until a file of TLS is another.
    pub(super) fn run(&self, asked: &Receiver<&'static str>, life: &Life) {
        let mut files = Files::new(self.read.clone());
        let mut looked = self.clock.uptime();
        while !life.stop.is_asked() {
            life.pulse.beat();
            let cause = match asked.recv_timeout(BEAT) {
                Ok(cause) => Some(cause),
                Err(RecvTimeoutError::Timeout) => None,
                // Nobody is left to ask.
                Err(RecvTimeoutError::Disconnected) => {
                    let _ = life.stop.wait(BEAT);
                    None
                }
            };
            let now = self.clock.uptime();
            let is_time = now.saturating_sub(looked) >= LOOK;
            let changed = is_time && {
                looked = now;
                files.have_changed(self.stamps())
            };
            if let Some(cause) = cause.or(changed.then_some("a file of TLS has changed")) {
                // What changes while it is read is another change.
                let before = self.stamps();
                // It may wait for a disk. Success or not, it is on record, and the next change is another chance.
                let busy = life.pulse.idle();
                let _ = self.reload(cause);
                drop(busy);
                files = Files::new(before);
            }
        }
    }

    fn stamps(&self) -> Vec<Stamp> {
        stamps(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the daemon keeps keys as `settings` says; what they say of none does not matter.
    fn keys_are(&self, settings: &ApiKeySettings) -> bool {
        match &self.shared.services.api_keys {
            Some(keys) => keys.settings() == settings,
            None => !settings.enabled,
        }
    }

    /// What only a start puts in force and is not what the daemon was started with.
    fn later(&self, settings: &Settings) -> Vec<&'static str> {
        let shared = &self.shared;
        [
            ("server", shared.settings != settings.server),
            ("server.state_dir", self.folders.0 != settings.state),
            ("server.run_dir", self.folders.1 != settings.run),
            ("audit_logging", shared.audit != settings.audit),
            ("api_keys", !self.keys_are(&settings.api_keys)),
            (
                "jwt",
                shared.services.tokens.as_ref().map(|tokens| tokens.settings())
                    != settings.tokens.as_ref(),
            ),
            ("trust.revocation", shared.services.on_unknown != settings.on_unknown),
        ]
        .into_iter()
        .filter_map(|(section, differs)| differs.then_some(section))
        .collect()
    }
}

/// Shows when what TLS rests on comes to its end.
pub(super) fn show_ends(metrics: &Metrics, acceptor: &Acceptor) {
    let ends = acceptor.ends();
    metrics.certificate_ends(CertificateUse::Server, ends.server.seconds());
    metrics.certificate_ends(CertificateUse::ClientAuthority, ends.client_ca.seconds());
    if let Some(crl) = ends.client_crl {
        metrics.certificate_ends(CertificateUse::ClientRevocations, crl.seconds());
    }
}

/// What tells one state of a file from another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Stamp {
    path: PathBuf,
    /// Device, inode, length, and when it was last written, in seconds and nanoseconds; none where there is no file.
    state: Option<(u64, u64, u64, i64, i64)>,
}

impl Stamp {
    fn of(path: &Path) -> Self {
        let state = fs::metadata(path)
            .ok()
            .map(|file| (file.dev(), file.ino(), file.len(), file.mtime(), file.mtime_nsec()));
        Self { path: path.to_owned(), state }
    }
}

/// Files as they were read, and as they were last seen.
#[derive(Debug)]
struct Files {
    read: Vec<Stamp>,
    seen: Vec<Stamp>,
}

impl Files {
    fn new(read: Vec<Stamp>) -> Self {
        Self { seen: read.clone(), read }
    }

    /// Whether they are others than were read, and the same as at the last look.
    fn have_changed(&mut self, now: Vec<Stamp>) -> bool {
        let settled = now == self.seen && now != self.read;
        self.seen = now;
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_again_once_it_is_another_and_has_settled() {
        let path = std::env::temp_dir().join(format!("ts-reload-{}", std::process::id()));
        let look = || vec![Stamp::of(&path)];
        fs::write(&path, "one").unwrap();
        let mut files = Files::new(look());
        assert!(!files.have_changed(look()) && !files.have_changed(look()));
        fs::write(&path, "another").unwrap();
        assert!(!files.have_changed(look()), "it may still be written");
        assert!(files.have_changed(look()));
        fs::remove_file(&path).unwrap();
        assert!(!files.have_changed(look()));
        assert!(files.have_changed(look()), "a file that is gone is a change, too");
    }
}
