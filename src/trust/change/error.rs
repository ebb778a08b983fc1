//! Why a change to what is trusted is refused, in words that say what to do next.

use std::fmt;

use super::super::certificate::CertificateError;
use super::super::fingerprint::Fingerprint;
use super::super::masterlist::ListError;
use super::super::snapshot::SnapshotError;
use super::SignerError;

/// Why a change is refused.
#[derive(Debug)]
pub enum ChangeError {
    /// Not a certificate.
    Certificate(CertificateError),
    /// It is distrusted, which outlives all else.
    Distrusted {
        /// The certificate.
        certificate: Fingerprint,
        /// Why.
        reason: String,
    },
    /// Not a master list, or not signed as it must be.
    List(ListError),
    /// The list is older than the one that the source holds.
    Older {
        /// The source.
        source: String,
        /// When the list that it holds was signed.
        held: String,
        /// When the one offered was signed.
        offered: String,
    },
    /// Its signer may not make anchors.
    Signer(SignerError),
    /// The new snapshot cannot be made.
    Snapshot(SnapshotError),
    /// A bundle, which nobody signed, in the name of a source that holds a signed list.
    SignedSource(String),
    /// A source's name that is not 1 to 64 characters of letters, digits, `.`, `_` and `-`.
    SourceName(String),
    /// A certificate that cannot be an anchor.
    Unfit {
        /// The certificate.
        certificate: Fingerprint,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for ChangeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => write!(out, "{error}"),
            Self::Distrusted { certificate, reason } => {
                write!(out, "certificate {certificate} is distrusted: {reason}")
            }
            Self::List(error) => write!(out, "{error}"),
            Self::Older { source, held, offered } => write!(
                out,
                "the list is of {offered}, and source {source} holds one of {held}; --allow-older takes it all the same"
            ),
            Self::Signer(error) => write!(out, "{error}"),
            Self::Snapshot(error) => write!(out, "the new snapshot cannot be made: {error}"),
            Self::SignedSource(name) => write!(
                out,
                "source {name} holds a signed master list, and a bundle is not signed; name it otherwise with --source"
            ),
            Self::SourceName(name) => write!(
                out,
                "'{}' is no name for a source: 1 to 64 letters, digits, '.', '_' or '-'; name it with --source",
                name.escape_debug()
            ),
            Self::Unfit { certificate, reason } => {
                write!(out, "certificate {certificate} cannot be an anchor: {reason}")
            }
        }
    }
}

impl std::error::Error for ChangeError {}

impl From<SnapshotError> for ChangeError {
    fn from(error: SnapshotError) -> Self {
        Self::Snapshot(error)
    }
}
