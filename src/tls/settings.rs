//! What an operator sets of TLS.

use std::path::PathBuf;

/// The lowest version of TLS that is spoken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum MinVersion {
    /// TLS 1.2 (RFC 5246), with forward secrecy and AEAD ciphers only.
    #[default]
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

/// Settings of the acceptor.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// The server's chain, in PEM, its own certificate first.
    pub certificate: PathBuf,
    /// Its key, in PEM (PKCS #8, SEC 1 or PKCS #1), readable by the owner alone.
    pub key: PathBuf,
    /// The CA certificates above clients, in PEM.
    pub client_ca: PathBuf,
    /// Revocation lists of those CAs, in PEM or DER.
    pub client_crls: Vec<PathBuf>,
    /// Whether a client must show a certificate.
    pub require_client_certificate: bool,
    /// Whether a certificate passes that no revocation list speaks of. An expired list never speaks.
    pub allow_unknown_revocation: bool,
    /// The lowest version.
    pub min_version: MinVersion,
}
