//! Certificate revocation lists: reading them, and who signed them.
//!
//! A list is only ever used whole. Delta lists, indirect lists and lists with a critical extension that is
//! not known are refused, since what they leave out cannot be told from what they call good.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Extension};

use crate::clock::UnixTime;

use super::algorithm::{PublicKey, Scheme};
use super::bytes::Bytes;
use super::certificate::Certificate;
use super::der::{self, DerError, Reader};
use super::extensions;
use super::fingerprint::Fingerprint;
use super::kind;
use super::name::Name;
use super::oid;
use super::signed::Signed;
use super::spki::SchemeError;

/// The largest list that is read.
pub const MAX_CRL_BYTES: usize = 16 * 1024 * 1024;
/// The most elements that a list may consist of: some 400,000 entries.
const MAX_ELEMENTS: usize = 2_000_000;

/// A parsed revocation list.
#[derive(Debug)]
pub struct Crl {
    der: Bytes,
    fingerprint: Fingerprint,
    tbs: Range<usize>,
    signature: Range<usize>,
    scheme: Scheme,
    issuer: Name,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    number: Option<Box<[u8]>>,
    authority_key_id: Option<Box<[u8]>>,
    scope: Scope,
    /// Sorted by serial number.
    entries: Vec<Entry>,
}

/// One revoked certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    serial: Box<[u8]>,
    /// When it was revoked, by the list's word.
    pub at: UnixTime,
    /// reasonCode (RFC 5280 section 5.3.1).
    pub reason: Option<u8>,
}

impl Entry {
    /// The serial number in the fewest octets, two's complement.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }
}

/// Which certificates a list speaks of (RFC 5280 section 5.2.5).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Scope {
    only_users: bool,
    only_authorities: bool,
    /// Where not empty: only certificates that name one of these distribution points.
    points: Vec<Box<str>>,
    /// A distribution point that is named in a way that is not read here.
    unreadable_point: bool,
}

/// Why bytes are not a revocation list that can be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CrlError {
    /// It lists only attribute certificates.
    AttributeCertificates,
    /// Not DER, or bounds exceeded.
    Der(DerError),
    /// It holds only the changes since another list.
    Delta,
    /// It lists the certificates of other issuers.
    Indirect,
    /// A critical extension of the list or of an entry that is not known.
    UnknownCritical(String),
    /// It lists revocations for some reasons only.
    SomeReasons,
    /// Its signature algorithm is not one that is verified here.
    Scheme(SchemeError),
    /// DER, and not the structure of a list.
    Structure,
    /// More than [`MAX_CRL_BYTES`].
    TooLarge(usize),
}

impl fmt::Display for CrlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttributeCertificates => {
                out.write_str("the CRL lists only attribute certificates")
            }
            Self::Der(error) => write!(out, "not a DER CRL: {error}"),
            Self::Delta => out.write_str("a delta CRL, which Doc 9303-12 forbids"),
            Self::Indirect => out.write_str("an indirect CRL, which Doc 9303-12 forbids"),
            Self::UnknownCritical(oid) => {
                write!(out, "the CRL has the critical extension {oid}, which is not known")
            }
            Self::SomeReasons => out.write_str("the CRL lists revocations for some reasons only"),
            Self::Scheme(error) => write!(out, "the CRL's {error}"),
            Self::Structure => out.write_str("DER, but not an X.509 CRL"),
            Self::TooLarge(bytes) => {
                write!(out, "{bytes} bytes; a CRL has at most {MAX_CRL_BYTES}")
            }
        }
    }
}

impl std::error::Error for CrlError {}

impl From<DerError> for CrlError {
    fn from(error: DerError) -> Self {
        Self::Der(error)
    }
}

impl Crl {
    /// Reads one DER list.
    ///
    /// # Errors
    ///
    /// As [`CrlError`].
    pub fn parse(der: impl Into<Bytes>) -> Result<Self, CrlError> {
        let der = der.into();
        if der.len() > MAX_CRL_BYTES {
            return Err(CrlError::TooLarge(der.len()));
        }
        match der::walk(&der, MAX_ELEMENTS) {
            Ok(_) | Err(DerError::Value) => {}
            Err(error) => return Err(error.into()),
        }
        let parsed = match CertificateRevocationList::from_der(&der) {
            Ok((&[], parsed)) => parsed,
            Ok(_) => return Err(DerError::Trailing.into()),
            Err(_) => return Err(CrlError::Structure),
        };
        let list = &parsed.tbs_cert_list;
        let signed = Signed::read(&der)?;
        if !signed.names_its_algorithm() {
            return Err(CrlError::Structure);
        }
        let mut entries = Vec::with_capacity(list.revoked_certificates.len());
        for revoked in &list.revoked_certificates {
            entries.push(Entry {
                serial: minimal(revoked.raw_serial()).into(),
                at: UnixTime::from_seconds(revoked.revocation_date.timestamp()),
                reason: entry_reason(revoked.extensions())?,
            });
        }
        entries.sort_unstable_by(|one, other| one.serial.cmp(&other.serial));
        let range = |part: &[u8]| der.range_of(part).ok_or(CrlError::Structure);
        let mut crl = Self {
            fingerprint: Fingerprint::of(&der),
            tbs: range(signed.part.whole)?,
            signature: range(signed.signature)?,
            scheme: signed.scheme().map_err(CrlError::Scheme)?,
            issuer: Name::parse(list.issuer.as_raw())?,
            this_update: UnixTime::from_seconds(list.this_update.timestamp()),
            next_update: list.next_update.map(|time| UnixTime::from_seconds(time.timestamp())),
            number: None,
            authority_key_id: None,
            scope: Scope::default(),
            entries,
            der: der.clone(),
        };
        let mut seen = BTreeSet::new();
        for extension in list.extensions() {
            if !seen.insert(extension.oid.as_bytes()) {
                return Err(CrlError::Structure);
            }
            crl.read_extension(extension)?;
        }
        Ok(crl)
    }

    /// Whether both lists speak of the same certificates.
    pub(super) fn has_scope_of(&self, other: &Self) -> bool {
        self.scope == other.scope
    }

    fn read_extension(&mut self, extension: &X509Extension<'_>) -> Result<(), CrlError> {
        match extension.oid.as_bytes() {
            oid::CRL_NUMBER => self.number = Some(Reader::new(extension.value).unsigned()?.into()),
            oid::AUTHORITY_KEY_IDENTIFIER => {
                let id = der::only(extension.value)?.reader().optional(0x80)?;
                self.authority_key_id = id.map(|id| id.content.into());
            }
            oid::DELTA_CRL_INDICATOR => return Err(CrlError::Delta),
            oid::ISSUING_DISTRIBUTION_POINT => self.scope = scope(extension.value)?,
            other if extension.critical => {
                return Err(CrlError::UnknownCritical(oid::dotted(other)));
            }
            _ => {}
        }
        Ok(())
    }

    /// The list's own bytes.
    #[must_use]
    pub const fn der(&self) -> &Bytes {
        &self.der
    }

    /// SHA-256 over [`Crl::der`].
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Who issued it.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// When it was issued.
    #[must_use]
    pub const fn this_update(&self) -> UnixTime {
        self.this_update
    }

    /// By when the next one is to come.
    #[must_use]
    pub const fn next_update(&self) -> Option<UnixTime> {
        self.next_update
    }

    /// The list's number, big-endian without leading zeros.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.number.as_deref()
    }

    /// keyIdentifier of the authority key identifier.
    #[must_use]
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.authority_key_id.as_deref()
    }

    /// The revoked certificates, by serial number.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The signed part.
    #[must_use]
    pub fn signed_part(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }

    /// Whether the list's signature verifies under `key`.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let signature = self.der.get(self.signature.clone()).unwrap_or_default();
        key.verify(&self.scheme, self.signed_part(), signature).is_ok()
    }

    /// Whether this list is to be used instead of `other` of the same key: by number, else by time.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        let order = |crl: &Self| {
            (crl.number.as_ref().map(|number| (number.len(), number.clone())), crl.this_update)
        };
        order(self) > order(other)
    }

    /// The entry of the certificate with this serial number.
    ///
    /// A negative one is also found where the list has the same octets as a positive number: States whose
    /// certificates forget the sign do not always forget it in their lists.
    #[must_use]
    pub fn entry(&self, serial: &[u8]) -> Option<&Entry> {
        let serial = minimal(serial);
        let find = |wanted: &[u8]| {
            let at = self.entries.binary_search_by(|entry| (*entry.serial).cmp(wanted)).ok()?;
            self.entries.get(at)
        };
        find(serial).or_else(|| {
            let negative = serial.first().is_some_and(|first| first & 0x80 != 0);
            negative.then(|| find(&[&[0], serial].concat())).flatten()
        })
    }

    /// Whether the list speaks of certificates like this one (RFC 5280 section 6.3.3 (b)(2)).
    #[must_use]
    pub fn covers(&self, certificate: &Certificate) -> bool {
        let scope = &self.scope;
        let authority = kind::says_authority(certificate);
        let named = &certificate.extensions().distribution_points;
        let outside = (scope.only_users && authority)
            || (scope.only_authorities && !authority)
            || scope.unreadable_point
            || (!scope.points.is_empty()
                && !scope.points.iter().any(|point| named.contains(point)));
        !outside
    }
}

/// The reason of an entry, whose other extensions are let pass unless they are critical.
fn entry_reason(extensions: &[X509Extension<'_>]) -> Result<Option<u8>, CrlError> {
    let mut reason = None;
    for extension in extensions {
        match extension.oid.as_bytes() {
            oid::REASON_CODE => reason = extension.value.last().copied(),
            oid::CERTIFICATE_ISSUER => return Err(CrlError::Indirect),
            oid::INVALIDITY_DATE => {}
            other if extension.critical => {
                return Err(CrlError::UnknownCritical(oid::dotted(other)));
            }
            _ => {}
        }
    }
    Ok(reason)
}

/// `IssuingDistributionPoint` (RFC 5280 section 5.2.5).
fn scope(value: &[u8]) -> Result<Scope, CrlError> {
    let mut fields = der::only(value)?.reader();
    let mut scope = Scope::default();
    if let Some(name) = fields.optional(der::context(0))? {
        extensions::push_addresses(name.reader(), &mut scope.points)?;
        scope.unreadable_point = scope.points.is_empty();
    }
    while !fields.is_empty() {
        let field = fields.element()?;
        let set = field.content.iter().any(|byte| *byte != 0);
        match field.tag {
            0x81 => scope.only_users = set,
            0x82 => scope.only_authorities = set,
            0x83 => return Err(CrlError::SomeReasons),
            0x84 if set => return Err(CrlError::Indirect),
            0x85 if set => return Err(CrlError::AttributeCertificates),
            0x84 | 0x85 => {}
            found => return Err(DerError::Unexpected { found, wanted: 0x81 }.into()),
        }
    }
    Ok(scope)
}

/// An INTEGER's octets without padding, so that one number has one form.
fn minimal(mut serial: &[u8]) -> &[u8] {
    while serial.len() > 1 && !der::is_minimal_integer(serial) {
        serial = serial.get(1..).unwrap_or_default();
    }
    serial
}
