//! A revocation list that was fetched, and whether it may take the place of the one that is held.
//!
//! Threat: whoever answers in the CA's name, or stands on the way to it. It cannot sign, but it can give an older
//! list, another list of the same CA, or of another of the CAs, each of which says less than the one that is held.
//! Nothing of a list is taken apart in full before its signature holds.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use rustls::server::WebPkiClientVerifier;
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

use crate::clock::UnixTime;
use crate::trust::der::{self, DerError, Reader};

use super::credentials::{self, MOST_BYTES};
use super::error::TlsError;
use super::settings::TlsSettings;

/// Bytes that a list may have.
pub const MOST_CRL_BYTES: u64 = MOST_BYTES;

/// How far a CA's clock may be ahead, in seconds.
const SKEW: i64 = 300;

/// Why a fetched list is not taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CrlError {
    /// It was made in the future: its CA's clock is wrong, or ours.
    Future(UnixTime),
    /// It is no revocation list in DER or PEM, or there are several.
    Malformed,
    /// It has no `nextUpdate` (RFC 5280 section 5.1.2.5 wants one), so that it could never be told to be out of date.
    NoNextUpdate,
    /// Its issuer is none of the client CAs that may sign lists.
    NotByClientCa,
    /// It is older than the one that is held, by `thisUpdate` or by its number (RFC 5280 section 5.2.3).
    Older,
    /// The one that is held is of another client CA.
    OtherIssuer,
    /// The one that is held speaks of other certificates (RFC 5280 section 5.2.5).
    OtherScope,
    /// Its `nextUpdate` is past.
    Stale(UnixTime),
    /// The verifier of clients does not take it.
    Unusable(String),
    /// The signature does not hold, or is of a kind that is not verified here.
    WrongSignature,
}

impl fmt::Display for CrlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Future(at) => write!(out, "made at {at}, which is yet to come"),
            Self::Malformed => out.write_str("not one X.509 revocation list in DER or PEM"),
            Self::NoNextUpdate => out.write_str("has no nextUpdate"),
            Self::NotByClientCa => {
                out.write_str("signed by none of the client CAs that may sign revocation lists")
            }
            Self::Older => out.write_str("older than the list that is held"),
            Self::OtherIssuer => out.write_str("of another CA than the list that is held"),
            Self::OtherScope => {
                out.write_str("speaks of other certificates than the list that is held")
            }
            Self::Stale(until) => write!(out, "out of date since {until}"),
            Self::Unusable(cause) => write!(out, "cannot be used: {cause}"),
            Self::WrongSignature => out.write_str("its signature does not hold"),
        }
    }
}

impl std::error::Error for CrlError {}

/// The client CAs, as the signers of revocation lists.
#[derive(Debug)]
pub struct Signers {
    all: Vec<Signer>,
    roots: Arc<RootCertStore>,
}

#[derive(Debug)]
struct Signer {
    /// The whole name, as in the certificate.
    name: Vec<u8>,
    /// The content of the key's `AlgorithmIdentifier`.
    algorithm: Vec<u8>,
    key: Vec<u8>,
}

/// A list to be held from now on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Replacement {
    /// The list, in DER.
    pub der: Vec<u8>,
    /// Its `nextUpdate`.
    pub until: UnixTime,
}

/// What a fetch came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fetched {
    /// The list that is held, which is in force up to this time.
    Same(UnixTime),
    /// Another one, newer or the first.
    New(Replacement),
}

impl Signers {
    /// Those that `settings` name. A CA whose key usage does not allow it to sign lists is none (RFC 5280 section
    /// 4.2.1.3).
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub fn read(settings: &TlsSettings) -> Result<Self, TlsError> {
        let all = credentials::certificates(&settings.client_ca)?;
        let roots = credentials::roots(settings)?;
        Ok(Self { all: all.iter().filter_map(Signer::of).collect(), roots: Arc::new(roots) })
    }

    /// Whether `fetched` is to be held in the place of `held`, at the time `now`. A stale list is only taken where
    /// `stale` lists count.
    ///
    /// What is held and was not signed by one of these any more is nothing to compare with.
    ///
    /// # Errors
    ///
    /// As [`CrlError`].
    pub fn judge(
        &self,
        fetched: &[u8],
        held: Option<&[u8]>,
        now: UnixTime,
        stale: bool,
    ) -> Result<Fetched, CrlError> {
        let der = single(fetched).ok_or(CrlError::Malformed)?;
        let list = self.verified(&der)?;
        if list.until < now && !stale {
            return Err(CrlError::Stale(list.until));
        }
        if let Some(held) = held {
            if held == der {
                return Ok(Fetched::Same(list.until));
            }
            if let Ok(before) = self.verified(held) {
                list.follows(&before)?;
            }
        }
        if list.made > now.plus(SKEW) {
            return Err(CrlError::Future(list.made));
        }
        self.try_out(&der)?;
        Ok(Fetched::New(Replacement { until: list.until, der }))
    }

    /// Whether the verifier of clients takes it, which is more particular than the syntax: no delta list, no indirect
    /// one, no critical extension that it does not know.
    fn try_out(&self, der: &[u8]) -> Result<(), CrlError> {
        let provider = Arc::new(default_provider());
        WebPkiClientVerifier::builder_with_provider(Arc::clone(&self.roots), provider)
            .with_crls([CertificateRevocationListDer::from(der.to_vec())])
            .build()
            .map_err(|cause| CrlError::Unusable(cause.to_string()))?;
        Ok(())
    }

    /// What the list says of itself, once its signature holds.
    fn verified(&self, der: &[u8]) -> Result<List, CrlError> {
        let parts = Parts::read(der).map_err(|_| CrlError::Malformed)?;
        let mut signers = self.all.iter().filter(|one| one.name == parts.issuer).peekable();
        signers.peek().ok_or(CrlError::NotByClientCa)?;
        if !signers.any(|signer| signer.signed(&parts)) {
            return Err(CrlError::WrongSignature);
        }
        List::read(der)
    }
}

impl Signer {
    fn of(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        if certificate.key_usage().ok()?.is_some_and(|usage| !usage.value.crl_sign()) {
            return None;
        }
        let mut info = der::only(certificate.public_key().raw).ok()?.reader();
        let algorithm = info.take(der::SEQUENCE).ok()?.content.to_vec();
        let key = info.bit_string().ok()?.to_vec();
        Some(Self { name: certificate.subject().as_raw().to_vec(), algorithm, key })
    }

    /// Whether it signed, by the algorithms that the chains of clients are verified with.
    fn signed(&self, parts: &Parts<'_>) -> bool {
        let known = default_provider().signature_verification_algorithms.all;
        let mut fitting = known.iter().filter(|one| {
            one.public_key_alg_id().as_ref() == self.algorithm
                && one.signature_alg_id().as_ref() == parts.algorithm
        });
        fitting.any(|one| one.verify_signature(&self.key, parts.signed, parts.signature).is_ok())
    }
}

/// The outside of a list, and who issued it (RFC 5280 section 5.1).
struct Parts<'a> {
    signed: &'a [u8],
    issuer: &'a [u8],
    /// The content of the `AlgorithmIdentifier`; the same inside the signed part.
    algorithm: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(der: &'a [u8]) -> Result<Self, DerError> {
        let mut fields = der::only(der)?.reader();
        let signed = fields.take(der::SEQUENCE)?;
        let algorithm = fields.take(der::SEQUENCE)?.content;
        let signature = fields.bit_string()?;
        fields.end()?;
        let mut inside: Reader<'a> = signed.reader();
        inside.optional(der::INTEGER)?;
        if inside.take(der::SEQUENCE)?.content != algorithm {
            return Err(DerError::Value);
        }
        let issuer = inside.take(der::SEQUENCE)?.whole;
        Ok(Self { signed: signed.whole, issuer, algorithm, signature })
    }
}

/// What a list, whose signature holds, says of itself.
#[derive(Debug)]
struct List {
    issuer: Vec<u8>,
    made: UnixTime,
    until: UnixTime,
    /// Big-endian, without leading zeros.
    number: Option<Vec<u8>>,
    /// The content of `issuingDistributionPoint`.
    scope: Option<Vec<u8>>,
}

impl List {
    fn read(der: &[u8]) -> Result<Self, CrlError> {
        let (_, parsed) =
            CertificateRevocationList::from_der(der).map_err(|_| CrlError::Malformed)?;
        let until = parsed.next_update().ok_or(CrlError::NoNextUpdate)?;
        let extension = |oid: &[u8]| {
            let found = parsed.extensions().iter().find(|one| one.oid.as_bytes() == oid);
            found.map(|one| one.value)
        };
        let number = extension(CRL_NUMBER).map(|value| Reader::new(value).unsigned());
        let number = number.transpose().map_err(|_| CrlError::Malformed)?;
        Ok(Self {
            issuer: parsed.issuer().as_raw().to_vec(),
            made: UnixTime::from_seconds(parsed.last_update().timestamp()),
            until: UnixTime::from_seconds(until.timestamp()),
            number: number.map(<[u8]>::to_vec),
            scope: extension(ISSUING_DISTRIBUTION_POINT).map(<[u8]>::to_vec),
        })
    }

    /// Whether this may come after `before`.
    fn follows(&self, before: &Self) -> Result<(), CrlError> {
        let number_falls = match (&self.number, &before.number) {
            (Some(own), Some(other)) => (own.len(), own) < (other.len(), other),
            _ => false,
        };
        if self.issuer != before.issuer {
            Err(CrlError::OtherIssuer)
        } else if self.scope != before.scope {
            Err(CrlError::OtherScope)
        } else if self.made < before.made || number_falls {
            Err(CrlError::Older)
        } else {
            Ok(())
        }
    }
}

/// The one list in `bytes`, in DER.
fn single(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.first() == Some(&der::SEQUENCE) {
        return Some(bytes.to_vec());
    }
    let mut all = CertificateRevocationListDer::pem_slice_iter(bytes);
    let only = all.next()?.ok()?.to_vec();
    all.next().is_none().then_some(only)
}

/// 2.5.29.20.
const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 0x14];
/// 2.5.29.28.
const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 0x1c];
