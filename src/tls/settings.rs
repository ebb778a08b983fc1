//! What an operator sets of TLS.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::encoding;

use super::names::sha256;

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
#[derive(Clone, Debug, Eq, PartialEq)]
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
    /// Lists that are fetched; none where none are.
    pub client_crl_fetch: Option<CrlFetch>,
    /// Whether a certificate passes that no revocation list speaks of.
    pub allow_unknown_revocation: bool,
    /// Whether a list still speaks once its `nextUpdate` is past.
    pub allow_stale_revocation: bool,
    /// The lowest version.
    pub min_version: MinVersion,
}

/// Revocation lists that are fetched over the network, each from an address that an operator named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CrlFetch {
    /// Addresses, http or https. A list is signed, so that http does as well.
    pub urls: Vec<String>,
    /// How long after one fetch is the next.
    pub refresh: Duration,
    /// CA certificates above servers of https, in PEM.
    pub ca: PathBuf,
    /// The folder in which the last good list of each address is kept.
    pub folder: PathBuf,
}

impl CrlFetch {
    /// The name in the folder of the last good list of `url`.
    #[must_use]
    pub fn name(url: &str) -> String {
        let hash = encoding::hex(&sha256(url.as_bytes()));
        format!("{}.crl", hash.get(..32).unwrap_or(&hash))
    }

    /// Where the last good list of `url` is kept.
    #[must_use]
    pub fn path(&self, url: &str) -> PathBuf {
        self.folder.join(Self::name(url))
    }
}

impl TlsSettings {
    /// The files that an operator puts there. What is fetched is not among them.
    #[must_use]
    pub fn files(&self) -> Vec<&Path> {
        let own = [&self.certificate, &self.key, &self.client_ca];
        own.into_iter().chain(&self.client_crls).map(PathBuf::as_path).collect()
    }

    /// The files of lists that are fetched, of which any may be missing.
    pub(super) fn fetched_files(&self) -> impl Iterator<Item = PathBuf> {
        let fetched = self.client_crl_fetch.iter();
        fetched.flat_map(|fetch| fetch.urls.iter().map(|url| fetch.path(url)))
    }

    /// Whether revocation lists are configured at all, whether or not any is there.
    pub(super) fn has_lists(&self) -> bool {
        !self.client_crls.is_empty() || self.client_crl_fetch.is_some()
    }
}
