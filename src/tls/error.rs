//! Why TLS cannot be set up.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// What is wrong with which file.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// The file has no certificate, key or revocation list, whichever belongs in it.
    Empty {
        /// The file.
        path: PathBuf,
        /// What it should have.
        wanted: &'static str,
    },
    /// Others than the owner may read the private key.
    KeyIsReadable {
        /// The file.
        path: PathBuf,
        /// Its mode's permission bits.
        mode: u32,
    },
    /// The certificate and the key do not belong together, or rustls does not take them.
    Pair {
        /// The certificate's file.
        path: PathBuf,
        /// What rustls says.
        cause: rustls::Error,
    },
    /// The file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// rustls does not take what the file has.
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The verifier of clients or the ticket keys cannot be made.
    Verifier(String),
}

impl fmt::Display for TlsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { path, wanted } => write!(out, "{}: holds no {wanted}", path.display()),
            Self::KeyIsReadable { path, mode } => write!(
                out,
                "{0}: a private key with mode {mode:04o}, which others than its owner can read; run: chmod 600 {0}",
                path.display()
            ),
            Self::Pair { path, cause } => {
                write!(out, "{}: does not go with its private key: {cause}", path.display())
            }
            Self::Read { path, cause } => {
                write!(out, "{}: cannot be read: {cause}", path.display())
            }
            Self::Unusable { path, cause } => write!(out, "{}: {cause}", path.display()),
            Self::Verifier(cause) => write!(out, "clients cannot be verified: {cause}"),
        }
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Pair { cause, .. } => Some(cause),
            Self::Read { cause, .. } => Some(cause),
            Self::Empty { .. }
            | Self::KeyIsReadable { .. }
            | Self::Unusable { .. }
            | Self::Verifier(_) => None,
        }
    }
}
