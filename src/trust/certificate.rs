//! One certificate: its parts, and what is odd about it.
//!
//! Parsing accepts what States issue and documents carry; whatever is not as the profile says is kept as
//! a [`Deviation`] for the policy to judge. What cannot be told apart from an attack is an error.

use std::fmt;
use std::ops::Range;

use crate::clock::UnixTime;

use super::algorithm::{PublicKey, Scheme};
use super::bytes::Bytes;
use super::check::{Code, Deviation};
use super::der::{self, DerError, Element};
use super::extensions::Extensions;
use super::fingerprint::Fingerprint;
use super::name::Name;
use super::signed::Signed;
use super::spki::{Parameters, SchemeError, SubjectKey, SubjectKeyError};
use super::time;

mod fields;

use fields::Fields;

/// The largest certificate that is read. Real ones are below 4 KiB.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;
/// The most elements that a certificate may consist of. Real ones have below 300.
const MAX_ELEMENTS: usize = 4_096;
/// The longest serial number that is read; the profile allows 20 octets.
const MAX_SERIAL_BYTES: usize = 64;

/// A parsed certificate. Cheap to clone in no part but its bytes: share it behind an `Arc`.
#[derive(Debug)]
pub struct Certificate {
    der: Bytes,
    fingerprint: Fingerprint,
    tbs: Range<usize>,
    signature: Range<usize>,
    serial: Range<usize>,
    issuer: Name,
    subject: Name,
    not_before: UnixTime,
    not_after: UnixTime,
    scheme: Result<Scheme, SchemeError>,
    key: Result<SubjectKey, SubjectKeyError>,
    extensions: Extensions,
    version: u32,
    unique_ids: bool,
    deviations: Vec<Deviation>,
}

/// Why bytes are not a certificate that can be judged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CertificateError {
    /// Not DER, or bounds exceeded.
    Der(DerError),
    /// A name that is no name.
    Name(DerError),
    /// A serial number of more than 64 octets.
    Serial,
    /// DER, and not the structure of a certificate.
    Structure,
    /// More than [`MAX_CERTIFICATE_BYTES`].
    TooLarge(usize),
}

impl fmt::Display for CertificateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Der(error) => write!(out, "not a DER certificate: {error}"),
            Self::Name(error) => write!(out, "not a certificate: a name cannot be read: {error}"),
            Self::Serial => write!(
                out,
                "not a certificate: a serial number of more than {MAX_SERIAL_BYTES} octets"
            ),
            Self::Structure => out.write_str("DER, but not an X.509 certificate"),
            Self::TooLarge(bytes) => {
                write!(out, "{bytes} bytes; a certificate has at most {MAX_CERTIFICATE_BYTES}")
            }
        }
    }
}

impl std::error::Error for CertificateError {}

impl Certificate {
    /// Reads one DER certificate.
    ///
    /// # Errors
    ///
    /// As [`CertificateError`]; the length is looked at before anything else.
    pub fn parse(der: impl Into<Bytes>) -> Result<Self, CertificateError> {
        let der = der.into();
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(CertificateError::TooLarge(der.len()));
        }
        let mut deviations = Vec::new();
        match der::walk(&der, MAX_ELEMENTS) {
            Ok(_) => {}
            Err(error @ DerError::Value) => {
                deviations.push(Deviation::tolerated(Code::Encoding, format!("not DER: {error}")));
            }
            Err(error) => return Err(CertificateError::Der(error)),
        }
        let signed = Signed::read(&der).map_err(CertificateError::Der)?;
        let fields = Fields::read(signed.part.reader()).map_err(|_| CertificateError::Structure)?;
        if fields.serial.is_empty() || fields.serial.len() > MAX_SERIAL_BYTES {
            return Err(CertificateError::Serial);
        }
        let issuer = Name::parse(fields.issuer).map_err(CertificateError::Name)?;
        let subject = Name::parse(fields.subject).map_err(CertificateError::Name)?;
        if !signed.names_its_algorithm() {
            // Whoever may choose the outer one may choose how the signature is read.
            let detail = "the algorithm outside the signed part is not the one inside";
            deviations.push(Deviation::dangerous(Code::SignatureAlgorithm, detail));
        }
        let scheme = signed.scheme();
        if matches!(scheme, Ok(Scheme::Ecdsa { .. })) && signed.has_parameters() {
            let detail = "ECDSA with parameters, where RFC 5758 section 3.2 has none";
            deviations.push(Deviation::tolerated(Code::Encoding, detail));
        }
        let mut extensions = Extensions::default();
        for extension in &fields.extensions {
            extensions.add(extension.kind, extension.critical, extension.value, &mut deviations);
        }
        let not_before = instant("notBefore", &fields.not_before, &mut deviations)?;
        let not_after = instant("notAfter", &fields.not_after, &mut deviations)?;
        let range = |part: &[u8]| der.range_of(part).ok_or(CertificateError::Structure);
        Ok(Self {
            fingerprint: Fingerprint::of(&der),
            tbs: range(signed.part.whole)?,
            signature: range(signed.signature)?,
            serial: range(fields.serial)?,
            not_before,
            not_after,
            scheme,
            key: SubjectKey::parse(fields.key),
            version: fields.version.saturating_add(1),
            unique_ids: fields.unique_ids,
            issuer,
            subject,
            extensions,
            deviations,
            der: der.clone(),
        })
    }

    /// The certificate's own bytes.
    #[must_use]
    pub fn der(&self) -> &Bytes {
        &self.der
    }

    /// SHA-256 over [`Certificate::der`].
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The signed part.
    #[must_use]
    pub fn signed_part(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }

    /// The signature's octets.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.der.get(self.signature.clone()).unwrap_or_default()
    }

    /// The serial number's octets as they stand, two's complement.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.der.get(self.serial.clone()).unwrap_or_default()
    }

    /// Who issued it.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// Whom it is about.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The first second in which it is in force.
    #[must_use]
    pub const fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last second in which it is in force.
    #[must_use]
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// Whether it is in force at `at`.
    #[must_use]
    pub fn in_force(&self, at: UnixTime) -> bool {
        self.not_before <= at && at <= self.not_after
    }

    /// How it is signed.
    ///
    /// # Errors
    ///
    /// Where that is not a way that is verified here.
    pub const fn scheme(&self) -> Result<&Scheme, &SchemeError> {
        self.scheme.as_ref()
    }

    /// Its public key.
    ///
    /// # Errors
    ///
    /// Where it is not one that is verified with here.
    pub fn key(&self) -> Result<&PublicKey, &SubjectKeyError> {
        self.key.as_ref().map(|subject_key| &subject_key.key)
    }

    /// How its public key names its curve; none where the key cannot be used.
    #[must_use]
    pub fn key_parameters(&self) -> Option<Parameters> {
        self.key.as_ref().ok().map(|subject_key| subject_key.parameters)
    }

    /// Whether its public key is a compressed point.
    #[must_use]
    pub fn has_compressed_key(&self) -> bool {
        self.key.as_ref().is_ok_and(|subject_key| subject_key.compressed)
    }

    /// What its extensions say.
    #[must_use]
    pub const fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The version, counted from one.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Whether it has an issuer's or a subject's unique identifier.
    #[must_use]
    pub const fn has_unique_ids(&self) -> bool {
        self.unique_ids
    }

    /// What parsing found odd.
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// countryName of the issuer, else of the subject, in upper case.
    #[must_use]
    pub fn country(&self) -> Option<String> {
        self.issuer.country().or(self.subject.country()).map(str::to_ascii_uppercase)
    }

    /// Whether this certificate's signature verifies under `key`.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.scheme
            .as_ref()
            .is_ok_and(|scheme| key.verify(scheme, self.signed_part(), self.signature()).is_ok())
    }

    /// Whether it says that it issued itself: same name, and no other key named as its issuer's.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        let own_key = match (&self.extensions.authority_key_id, &self.extensions.subject_key_id) {
            (Some(authority), Some(subject)) => authority == subject,
            _ => true,
        };
        own_key && self.issuer == self.subject
    }
}

/// The instant of a time field. What is odd about how it is written goes to `deviations`: it is to be `UTCTime` through
/// 2049 and `GeneralizedTime` from 2050 on, to the second, in Z (RFC 5280 section 4.1.2.5).
fn instant(
    field: &str,
    element: &Element<'_>,
    deviations: &mut Vec<Deviation>,
) -> Result<UnixTime, CertificateError> {
    const YEAR_2050: i64 = 2_524_608_000;
    let Some(time) = time::parse(element) else {
        let detail = format!("{field} is not written to the second, in Z");
        deviations.push(Deviation::tolerated(Code::Encoding, detail));
        return time::parse_loosely(element).ok_or(CertificateError::Structure);
    };
    let (utc, early) = (element.tag == der::UTC_TIME, time.seconds() < YEAR_2050);
    if utc != early {
        let kind = if utc { "UTCTime from 2050 on" } else { "GeneralizedTime before 2050" };
        deviations.push(Deviation::advisory(Code::Encoding, format!("{field} is a {kind}")));
    }
    Ok(time)
}
