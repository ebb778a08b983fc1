//! Verifies a client's chain and remembers that it did, for as long as nothing it rests on can have changed.
//!
//! A chain costs 65 to 80 microseconds to verify and two to look up. The memory lives as long as the acceptor it is
//! part of, so that new CAs or revocation lists begin with none; an entry ends with the first certificate or
//! revocation list that does. The client still proves that it holds the key, on every full handshake.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use ring::digest::{Context, SHA256};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{self, CertificateDer};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use crate::clock::UnixTime;

use super::credentials::Authorities;
use super::names::Names;
use super::settings::TlsSettings;

/// Chains that are remembered; when there are more, all are forgotten and verified again.
const MOST: usize = 4_096;

/// A chain that verified.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) names: Names,
    /// The last second in which all of it is in force.
    pub(super) until: UnixTime,
    /// The chain as the client sent it, its own certificate first.
    pub(super) chain: Vec<CertificateDer<'static>>,
}

/// What is known of revocations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Revocation {
    /// After this, what the lists say does not count any more.
    until: Option<UnixTime>,
    /// Lists are configured and none is there. rustls then looks at no revocation at all.
    nothing_is_known: bool,
    /// One of the lists is not there, and who is on none of the others is refused.
    is_missing: bool,
}

impl Revocation {
    pub(super) fn of(settings: &TlsSettings, authorities: &Authorities) -> Self {
        let refuses = !settings.allow_unknown_revocation;
        Self {
            until: authorities.crls_until.filter(|_| !settings.allow_stale_revocation),
            nothing_is_known: refuses && settings.has_lists() && authorities.crls.is_empty(),
            is_missing: refuses && authorities.is_missing,
        }
    }

    /// Whether clients are refused at `now` because a list is not there, or is stale.
    pub(super) fn is_lacking(self, now: UnixTime) -> bool {
        self.nothing_is_known || self.is_missing || self.until.is_some_and(|until| until < now)
    }
}

/// The verifier that rustls asks.
#[derive(Debug)]
pub(super) struct Remembering {
    inner: Arc<dyn ClientCertVerifier>,
    revocation: Revocation,
    known: Mutex<HashMap<[u8; 32], Arc<Known>>>,
}

impl Remembering {
    pub(super) fn new(inner: Arc<dyn ClientCertVerifier>, revocation: Revocation) -> Self {
        Self { inner, revocation, known: Mutex::default() }
    }

    pub(super) fn revocation(&self) -> Revocation {
        self.revocation
    }

    /// The chain `own` followed by `others`, if it verifies at `now`.
    pub(super) fn verify(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Arc<Known>, Error> {
        let id = chain_id(own, others);
        if let Some(known) = self.remembered(&id, now) {
            return Ok(known);
        }
        let seconds = u64::try_from(now.seconds()).unwrap_or_default();
        let at = pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        self.inner.verify_client_cert(own, others, at)?;
        if self.revocation.nothing_is_known {
            return Err(CertificateError::UnknownRevocationStatus.into());
        }
        let known = Arc::new(self.read(own, others)?);
        if let Ok(mut all) = self.known.lock() {
            if all.len() >= MOST {
                all.clear();
            }
            all.insert(id, Arc::clone(&known));
        }
        Ok(known)
    }

    fn remembered(&self, id: &[u8; 32], now: UnixTime) -> Option<Arc<Known>> {
        let all = self.known.lock().ok()?;
        all.get(id).filter(|known| now <= known.until).cloned()
    }

    fn read(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
    ) -> Result<Known, Error> {
        let bad = || Error::InvalidCertificate(CertificateError::BadEncoding);
        let (names, mut until) = Names::read(own).ok_or_else(bad)?;
        for other in others {
            let (_, end) = Names::read(other).ok_or_else(bad)?;
            until = until.min(end);
        }
        if let Some(end) = self.revocation.until {
            until = until.min(end);
        }
        let chain =
            std::iter::once(own).chain(others).map(|one| one.clone().into_owned()).collect();
        Ok(Known { names, until, chain })
    }
}

/// SHA-256 over the chain, each certificate behind its length.
fn chain_id(own: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for one in std::iter::once(own).chain(others) {
        context.update(&u64::try_from(one.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(one);
    }
    context.finish().as_ref().try_into().unwrap_or_default()
}

impl ClientCertVerifier for Remembering {
    fn offer_client_auth(&self) -> bool {
        self.inner.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.inner.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: pki_types::UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let now = UnixTime::from_seconds(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
        self.verify(own, others, now).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
