//! Public keys and signature algorithms as certificates write them.
//!
//! Threat: elliptic-curve parameters written out in full. Whoever may choose the generator can make a
//! private key for anybody's public key (CVE-2020-0601), so parameters are never used as given: all of them
//! must be those of a known curve, and then that curve is used.

use std::fmt;

use super::algorithm::{Curve, EcKey, Hash, KeyError, PublicKey, RsaKey, Scheme};
use super::der::{self, DerError, Element, Reader};
use super::oid;

/// A subject's public key, and what is unusual about how it is written.
#[derive(Clone, Debug)]
pub struct SubjectKey {
    /// The key, checked and ready.
    pub key: PublicKey,
    /// How the curve is named.
    pub parameters: Parameters,
    /// Whether the point of an elliptic curve is compressed.
    pub compressed: bool,
}

/// How a key says which domain it lives in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Parameters {
    /// RSA: there is none.
    None,
    /// An elliptic curve by its object identifier.
    Named,
    /// An elliptic curve written out, whole.
    Explicit,
    /// An elliptic curve written out, without its cofactor.
    ExplicitWithoutCofactor,
}

impl Parameters {
    /// How it reads: none where there is nothing to say.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Named => Some("named"),
            Self::Explicit => Some("written out"),
            Self::ExplicitWithoutCofactor => Some("written out without cofactor"),
        }
    }
}

/// Why a public key cannot be used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SubjectKeyError {
    /// A key of a kind that is not verified with here.
    Algorithm(String),
    /// A curve, by object identifier or prime, that is not known here.
    Curve(String),
    /// Parameters with the prime of a known curve and another of the named part.
    Parameters {
        /// The curve whose prime they have.
        curve: Curve,
        /// What differs.
        part: &'static str,
    },
    /// Not the structure of a key.
    Structure(DerError),
    /// A number or a point that cannot be a key's.
    Value(KeyError),
}

impl fmt::Display for SubjectKeyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm(oid) => write!(out, "keys of algorithm {oid} are not accepted"),
            Self::Curve(which) => write!(out, "the curve is not known: {which}"),
            Self::Parameters { curve, part } => {
                write!(
                    out,
                    "explicit parameters with the prime of {} and another {part} (CVE-2020-0601)",
                    curve.name()
                )
            }
            Self::Structure(error) => write!(out, "the key is not written as a key: {error}"),
            Self::Value(error) => write!(out, "{error}"),
        }
    }
}

impl std::error::Error for SubjectKeyError {}

impl From<DerError> for SubjectKeyError {
    fn from(error: DerError) -> Self {
        Self::Structure(error)
    }
}

impl From<KeyError> for SubjectKeyError {
    fn from(error: KeyError) -> Self {
        Self::Value(error)
    }
}

impl SubjectKey {
    /// Reads a DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
    ///
    /// # Errors
    ///
    /// As [`SubjectKeyError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, SubjectKeyError> {
        let mut outer = Reader::new(bytes);
        let mut info = outer.inside(der::SEQUENCE)?;
        outer.end()?;
        let mut algorithm = info.inside(der::SEQUENCE)?;
        let kind = algorithm.take(der::OID)?.content;
        let key_bits = info.bit_string()?;
        info.end()?;
        match kind {
            oid::RSA | oid::RSA_PSS => {
                Ok(Self { key: rsa(key_bits)?, parameters: Parameters::None, compressed: false })
            }
            oid::EC => {
                let (curve, parameters) = curve(algorithm.element()?)?;
                algorithm.end()?;
                Ok(Self {
                    key: PublicKey::Ec(EcKey::new(curve, key_bits)?),
                    parameters,
                    compressed: matches!(key_bits.first(), Some(2 | 3)),
                })
            }
            other => Err(SubjectKeyError::Algorithm(oid::dotted(other))),
        }
    }
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn rsa(key_bits: &[u8]) -> Result<PublicKey, SubjectKeyError> {
    let mut outer = Reader::new(key_bits);
    let mut numbers = outer.inside(der::SEQUENCE)?;
    outer.end()?;
    let (modulus, exponent) = (numbers.unsigned()?, numbers.unsigned()?);
    numbers.end()?;
    Ok(PublicKey::Rsa(RsaKey::new(modulus, exponent)?))
}

const CURVES: [(&[u8], Curve); 9] = [
    (oid::P256, Curve::P256),
    (oid::P384, Curve::P384),
    (oid::BRAINPOOL_P256R1, Curve::BrainpoolP256r1),
    (oid::BRAINPOOL_P384R1, Curve::BrainpoolP384r1),
    (oid::BRAINPOOL_P512R1, Curve::BrainpoolP512r1),
    (oid::P521, Curve::P521),
    (oid::P224, Curve::P224),
    (oid::BRAINPOOL_P224R1, Curve::BrainpoolP224r1),
    (oid::BRAINPOOL_P320R1, Curve::BrainpoolP320r1),
];

fn curve(parameters: Element<'_>) -> Result<(Curve, Parameters), SubjectKeyError> {
    match parameters.tag {
        der::OID => CURVES
            .iter()
            .find(|(octets, _)| *octets == parameters.content)
            .map(|(_, curve)| (*curve, Parameters::Named))
            .ok_or_else(|| SubjectKeyError::Curve(oid::dotted(parameters.content))),
        der::SEQUENCE => explicit_curve(parameters.reader()),
        found => Err(DerError::Unexpected { found, wanted: der::OID }.into()),
    }
}

/// `SpecifiedECDomain` (SEC 1 appendix C.2), matched whole to a known curve.
fn explicit_curve(mut fields: Reader<'_>) -> Result<(Curve, Parameters), SubjectKeyError> {
    let version = fields.small()?;
    if !(1..=3).contains(&version) {
        return Err(DerError::Value.into());
    }
    let mut field = fields.inside(der::SEQUENCE)?;
    let field_kind = field.take(der::OID)?.content;
    if field_kind != oid::PRIME_FIELD {
        return Err(SubjectKeyError::Curve(format!("a field of type {}", oid::dotted(field_kind))));
    }
    let prime = field.unsigned()?;
    field.end()?;
    let mut equation = fields.inside(der::SEQUENCE)?;
    let a = equation.take(der::OCTET_STRING)?.content;
    let b = equation.take(der::OCTET_STRING)?.content;
    // The seed from which the curve was made takes no part in any computation.
    equation.optional(der::BIT_STRING)?;
    equation.end()?;
    let generator = fields.take(der::OCTET_STRING)?.content;
    let order = fields.unsigned()?;
    let cofactor = if fields.is_empty() { None } else { Some(fields.unsigned()?) };
    fields.end()?;

    let curve =
        Curve::ALL
            .into_iter()
            .find(|curve| same_number(curve.parameters().prime, prime))
            .ok_or_else(|| SubjectKeyError::Curve(format!("a prime of {} octets", prime.len())))?;
    let known = curve.parameters();
    let differs = |part| Err(SubjectKeyError::Parameters { curve, part });
    if !same_number(known.a, a) {
        return differs("coefficient a");
    }
    if !same_number(known.b, b) {
        return differs("coefficient b");
    }
    if !is_generator(curve, generator) {
        return differs("generator");
    }
    if !same_number(known.order, order) {
        return differs("order");
    }
    match cofactor {
        None => Ok((curve, Parameters::ExplicitWithoutCofactor)),
        Some(cofactor) if same_number(&[known.cofactor], cofactor) => {
            Ok((curve, Parameters::Explicit))
        }
        Some(_) => differs("cofactor"),
    }
}

/// Whether `point` is the generator of `curve`, uncompressed or compressed (SEC 1 section 2.3.3).
fn is_generator(curve: Curve, point: &[u8]) -> bool {
    let known = curve.parameters();
    let odd = known.generator_y.last().is_some_and(|byte| byte & 1 == 1);
    match point.split_first() {
        Some((4, rest)) => rest
            .split_at_checked(curve.field_bytes())
            .is_some_and(|(x, y)| x == known.generator_x && y == known.generator_y),
        Some((2, x)) => x == known.generator_x && !odd,
        Some((3, x)) => x == known.generator_x && odd,
        _ => false,
    }
}

/// Whether two big-endian numbers are the same, leading zeros aside.
fn same_number(one: &[u8], other: &[u8]) -> bool {
    fn stripped(bytes: &[u8]) -> &[u8] {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes.get(zeros..).unwrap_or_default()
    }
    stripped(one) == stripped(other)
}

/// Why a signature algorithm is not one that is verified here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SchemeError {
    /// An algorithm or hash that is not known here.
    Unknown(String),
    /// Parameters that are not those of the algorithm.
    Parameters(DerError),
}

impl fmt::Display for SchemeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(oid) => write!(out, "signature algorithm {oid} is not accepted"),
            Self::Parameters(error) => write!(out, "signature parameters: {error}"),
        }
    }
}

impl std::error::Error for SchemeError {}

impl From<DerError> for SchemeError {
    fn from(error: DerError) -> Self {
        Self::Parameters(error)
    }
}

/// The scheme that an `AlgorithmIdentifier` names, from its object identifier and its parameters' element.
///
/// NULL parameters where there should be none, and none where there should be NULL, are let pass.
///
/// # Errors
///
/// As [`SchemeError`].
pub fn scheme(kind: &[u8], parameters: Option<Element<'_>>) -> Result<Scheme, SchemeError> {
    let empty = match parameters {
        None => true,
        Some(element) => element.tag == der::NULL && element.content.is_empty(),
    };
    let scheme = match kind {
        oid::RSA_PSS => return pss(parameters),
        oid::RSA_SHA256 => Scheme::RsaPkcs1 { hash: Hash::Sha256 },
        oid::RSA_SHA1 => Scheme::RsaPkcs1 { hash: Hash::Sha1 },
        oid::RSA_SHA224 => Scheme::RsaPkcs1 { hash: Hash::Sha224 },
        oid::RSA_SHA384 => Scheme::RsaPkcs1 { hash: Hash::Sha384 },
        oid::RSA_SHA512 => Scheme::RsaPkcs1 { hash: Hash::Sha512 },
        oid::ECDSA_SHA256 => Scheme::Ecdsa { hash: Hash::Sha256 },
        oid::ECDSA_SHA1 => Scheme::Ecdsa { hash: Hash::Sha1 },
        oid::ECDSA_SHA224 => Scheme::Ecdsa { hash: Hash::Sha224 },
        oid::ECDSA_SHA384 => Scheme::Ecdsa { hash: Hash::Sha384 },
        oid::ECDSA_SHA512 => Scheme::Ecdsa { hash: Hash::Sha512 },
        other => return Err(SchemeError::Unknown(oid::dotted(other))),
    };
    if empty { Ok(scheme) } else { Err(SchemeError::Parameters(DerError::Value)) }
}

/// The hash that a digest `AlgorithmIdentifier` names.
///
/// # Errors
///
/// As [`SchemeError`].
pub fn hash(mut algorithm: Reader<'_>) -> Result<Hash, SchemeError> {
    let kind = algorithm.take(der::OID)?.content;
    algorithm.optional(der::NULL)?;
    algorithm.end()?;
    match kind {
        oid::SHA1 => Ok(Hash::Sha1),
        oid::SHA224 => Ok(Hash::Sha224),
        oid::SHA256 => Ok(Hash::Sha256),
        oid::SHA384 => Ok(Hash::Sha384),
        oid::SHA512 => Ok(Hash::Sha512),
        other => Err(SchemeError::Unknown(oid::dotted(other))),
    }
}

/// `RSASSA-PSS-params` (RFC 4055 section 3.1), with its defaults.
fn pss(parameters: Option<Element<'_>>) -> Result<Scheme, SchemeError> {
    let (mut digest, mut mgf_hash, mut salt_len) = (Hash::Sha1, Hash::Sha1, 20);
    let mut fields = match parameters {
        Some(element) if element.tag == der::SEQUENCE => element.reader(),
        Some(element) => {
            return Err(DerError::Unexpected { found: element.tag, wanted: der::SEQUENCE }.into());
        }
        None => return Err(DerError::Truncated.into()),
    };
    if let Some(field) = fields.optional(der::context(0))? {
        digest = hash(field.reader().inside(der::SEQUENCE)?)?;
    }
    if let Some(field) = fields.optional(der::context(1))? {
        let mut mgf = field.reader().inside(der::SEQUENCE)?;
        let kind = mgf.take(der::OID)?.content;
        if kind != oid::MGF1 {
            return Err(SchemeError::Unknown(oid::dotted(kind)));
        }
        mgf_hash = hash(mgf.inside(der::SEQUENCE)?)?;
    }
    if let Some(field) = fields.optional(der::context(2))? {
        salt_len = field.reader().small()?;
    }
    if let Some(field) = fields.optional(der::context(3))? {
        // trailerFieldBC is the only one there is.
        if field.reader().small()? != 1 {
            return Err(DerError::Value.into());
        }
    }
    fields.end()?;
    Ok(Scheme::RsaPss { hash: digest, mgf_hash, salt_len })
}
