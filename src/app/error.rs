//! Why the daemon does not start.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustix::io::Errno;

use crate::audit::recorder::Lost;
use crate::audit::subject_keys::SubjectKeyError;
use crate::audit::{AuditUnavailable, SpoolError};
use crate::authn::api_key::KeyStoreError;
use crate::authn::token::TokensError;
use crate::gate::DecisionKeyError;
use crate::runtime::limits::LimitError;
use crate::runtime::supervisor::{Ended, SpawnError};
use crate::server::local::SocketError;
use crate::state::{OwnershipError, SealedError, StateError};
use crate::tls::TlsError;
use crate::trust::fingerprint::Fingerprint;

/// Why an end is no good one.
#[derive(Debug)]
pub enum StopError {
    /// A thread ended early: why the service stopped.
    Thread(Ended),
    /// Threads that did not end in time.
    Late(Vec<Arc<str>>),
    /// The last records could not be written. None of them was answered.
    Lost(Lost),
}

impl fmt::Display for StopError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thread(ended) => ended.fmt(out),
            Self::Late(names) => write!(out, "did not end in time: {}", names.join(", ")),
            Self::Lost(lost) => write!(
                out,
                "the audit spool took no more: the records of {} submissions are not on disk; none was answered. Look \
                 at the disk of the state folder, then start again",
                lost.submissions
            ),
        }
    }
}

impl std::error::Error for StopError {}

/// The part that cannot be put in its place.
#[derive(Debug)]
pub enum StartError {
    /// The API keys.
    ApiKeys(KeyStoreError),
    /// The audit spool.
    Audit(SpoolError),
    /// The first record.
    FirstRecord(AuditUnavailable),
    /// The kernel's queues.
    Kernel(Errno),
    /// The limit of descriptors.
    Limit(LimitError),
    /// The listening socket.
    Listen(SocketAddr, io::Error),
    /// A local socket.
    Local(SocketError),
    /// Chance.
    NoEntropy,
    /// The owner or the mode of the state folder.
    Owner(OwnershipError),
    /// Sealed files or trust that are not as the audit trail left them.
    PutBack {
        /// What is not.
        found: Vec<String>,
        /// The name by which an operator accepts it.
        name: Fingerprint,
    },
    /// A sealed file.
    Sealed(SealedError),
    /// The state folder.
    State(StateError),
    /// The keys of records.
    SubjectKeys(SubjectKeyError),
    /// A thread.
    Thread(SpawnError),
    /// TLS.
    Tls(TlsError),
    /// The key of the gate's decisions.
    Gate(DecisionKeyError),
    /// The keys of tokens, or what was taken back of them.
    Tokens(TokensError),
}

impl fmt::Display for StartError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiKeys(error) => write!(out, "the API keys: {error}"),
            Self::Audit(error) => write!(out, "the audit spool: {error}"),
            Self::FirstRecord(error) => write!(out, "the start cannot be recorded: {error}"),
            Self::Kernel(error) => write!(out, "the kernel gives no event queue: {error}"),
            Self::Limit(error) => error.fmt(out),
            Self::Listen(address, error) => write!(out, "cannot listen at {address}: {error}"),
            Self::Local(error) => error.fmt(out),
            Self::NoEntropy => out.write_str("the operating system gave no random bytes"),
            Self::Owner(error) => error.fmt(out),
            Self::PutBack { found, name } => {
                out.write_str("the state folder is not as the audit trail left it:")?;
                for one in found {
                    write!(out, "\n  {one}")?;
                }
                write!(
                    out,
                    "\nthis is on record now; put right what is wrong, or, to go on with what is there, set \
                     server.accept_state: {name} and start again"
                )
            }
            Self::Sealed(error) => error.fmt(out),
            Self::State(error) => error.fmt(out),
            Self::SubjectKeys(error) => write!(out, "the keys of audit records: {error}"),
            Self::Thread(error) => error.fmt(out),
            Self::Tls(error) => write!(out, "TLS: {error}"),
            Self::Gate(error) => write!(out, "gate: {error}"),
            Self::Tokens(error) => write!(out, "tokens: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<KeyStoreError> for StartError {
    fn from(error: KeyStoreError) -> Self {
        Self::ApiKeys(error)
    }
}

impl From<SpoolError> for StartError {
    fn from(error: SpoolError) -> Self {
        Self::Audit(error)
    }
}

impl From<AuditUnavailable> for StartError {
    fn from(error: AuditUnavailable) -> Self {
        Self::FirstRecord(error)
    }
}

impl From<LimitError> for StartError {
    fn from(error: LimitError) -> Self {
        Self::Limit(error)
    }
}

impl From<OwnershipError> for StartError {
    fn from(error: OwnershipError) -> Self {
        Self::Owner(error)
    }
}

impl From<SocketError> for StartError {
    fn from(error: SocketError) -> Self {
        Self::Local(error)
    }
}

impl From<SealedError> for StartError {
    fn from(error: SealedError) -> Self {
        Self::Sealed(error)
    }
}

impl From<StateError> for StartError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl From<SubjectKeyError> for StartError {
    fn from(error: SubjectKeyError) -> Self {
        Self::SubjectKeys(error)
    }
}

impl From<SpawnError> for StartError {
    fn from(error: SpawnError) -> Self {
        Self::Thread(error)
    }
}

impl From<TlsError> for StartError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error)
    }
}
