//! Whether a client's certificate would be taken, asked without a connection.
//!
//! Invariant: it makes no [`super::VerifiedPeer`]. Who only has a certificate has not shown that its key is theirs.

use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::clock::UnixTime;

use super::acceptor;
use super::credentials::Authorities;
use super::error::TlsError;
use super::names::Names;
use super::settings::TlsSettings;
use super::verifier::Remembering;

/// A chain is never longer; what follows is not looked at.
const MOST: usize = 16;

/// A client's certificate, and what it would send with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientChain {
    own: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
    names: Names,
}

impl ClientChain {
    /// The certificates in `bytes`: one in DER, or several in PEM, the client's own first. None where there is none,
    /// or the first is no certificate.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let all: Vec<CertificateDer<'static>> = if bytes.first() == Some(&0x30) {
            vec![bytes.to_vec().into()]
        } else {
            let found = CertificateDer::pem_slice_iter(bytes).take(MOST);
            found.collect::<Result<_, _>>().ok()?
        };
        let mut all = all.into_iter();
        let own = all.next()?;
        let names = Names::of(&own)?;
        Some(Self { own, others: all.collect(), names })
    }

    /// What the client's own certificate calls its holder.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }
}

/// Verifies chains as an [`super::Acceptor`] of the same settings does, without the server's own key.
#[derive(Debug)]
pub struct ClientCheck {
    verifier: Remembering,
}

impl ClientCheck {
    /// From the CAs and revocation lists that `settings` name.
    ///
    /// # Errors
    ///
    /// The file that cannot be used, and why.
    pub fn new(settings: &TlsSettings) -> Result<Self, TlsError> {
        let authorities = Authorities::read(settings)?;
        let provider = Arc::new(default_provider());
        let verifier = acceptor::verifier(settings, &authorities, &provider)?;
        Ok(Self { verifier })
    }

    /// The last second in which `chain`, which verifies at `now`, does.
    ///
    /// # Errors
    ///
    /// Why it does not verify.
    pub fn verify(&self, chain: &ClientChain, now: UnixTime) -> Result<UnixTime, rustls::Error> {
        self.verifier.verify(&chain.own, &chain.others, now).map(|known| known.until)
    }
}
