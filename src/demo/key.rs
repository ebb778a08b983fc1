//! Holds the keys that sign demo material, and writes their public halves.

use std::fmt;
use std::sync::Arc;

use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair as _,
};

use super::brainpool::BrainpoolKey;
use super::curve::{Curve, ExplicitParameters};
use super::error::IssueError;
use super::{oids, writer};

/// What can sign a certificate, a CRL or a list.
///
/// A trait, so that a test can sign wrongly: as a forger would.
pub trait Signer: fmt::Debug {
    /// The curve, which also fixes the hash.
    fn curve(&self) -> Curve;

    /// The public point: 4, x, y.
    fn point(&self) -> &[u8];

    /// `Ecdsa-Sig-Value` over `message`.
    ///
    /// # Errors
    ///
    /// [`IssueError::SigningFailed`]
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, IssueError>;

    /// SHA-1 of the public point (RFC 5280 section 4.2.1.2, method 1). A name, not a safeguard.
    fn key_identifier(&self) -> Vec<u8> {
        digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.point()).as_ref().to_vec()
    }
}

/// A private key with its public point. Clones share the key.
#[derive(Clone, Debug)]
pub struct KeyPair {
    curve: Curve,
    pair: Pair,
}

#[derive(Clone, Debug)]
enum Pair {
    Brainpool(Arc<BrainpoolKey>),
    Ring(Arc<EcdsaKeyPair>),
}

/// How a public key names its curve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Params {
    /// In full, as ICAO 9303-12 wants it.
    Explicit,
    /// By object identifier, as RFC 5480 wants it.
    Named,
}

impl KeyPair {
    /// A fresh key.
    ///
    /// # Errors
    ///
    /// [`IssueError::NoEntropy`]
    pub fn generate(curve: Curve) -> Result<Self, IssueError> {
        match curve {
            Curve::BrainpoolP256r1 => {
                Ok(Self { curve, pair: Pair::Brainpool(Arc::new(BrainpoolKey::generate()?)) })
            }
            Curve::P256 | Curve::P384 => Self::from_pkcs8(&generate_pkcs8(curve)?),
        }
    }

    /// A key from its PKCS #8 form; whether it is P-256 or P-384 is found by trying.
    ///
    /// # Errors
    ///
    /// [`IssueError::KeyRejected`]
    pub fn from_pkcs8(document: &[u8]) -> Result<Self, IssueError> {
        let random = SystemRandom::new();
        [Curve::P256, Curve::P384]
            .into_iter()
            .find_map(|curve| {
                let pair = EcdsaKeyPair::from_pkcs8(algorithm(curve)?, document, &random).ok()?;
                Some(Self { curve, pair: Pair::Ring(Arc::new(pair)) })
            })
            .ok_or(IssueError::KeyRejected)
    }

    /// `SubjectPublicKeyInfo` with the curve's true parameters.
    ///
    /// # Errors
    ///
    /// None in practice: the identifiers are constants.
    pub fn spki(&self, params: Params) -> Result<Vec<u8>, IssueError> {
        match params {
            Params::Explicit => self.spki_explicit_with(&self.curve.parameters()),
            Params::Named => spki(self.point(), &self.curve.name_der()?),
        }
    }

    /// `SubjectPublicKeyInfo` with parameters that may be wrong.
    ///
    /// # Errors
    ///
    /// None in practice: the identifiers are constants.
    pub fn spki_explicit_with(
        &self,
        parameters: &ExplicitParameters,
    ) -> Result<Vec<u8>, IssueError> {
        spki(self.point(), &parameters.to_der()?)
    }
}

impl Signer for KeyPair {
    fn curve(&self) -> Curve {
        self.curve
    }

    fn point(&self) -> &[u8] {
        match &self.pair {
            Pair::Brainpool(key) => key.point(),
            Pair::Ring(pair) => pair.public_key().as_ref(),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, IssueError> {
        match &self.pair {
            Pair::Brainpool(key) => key.sign(&self.curve.hash(message)),
            Pair::Ring(pair) => pair
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| IssueError::SigningFailed),
        }
    }
}

/// A fresh private key in PKCS #8 form, for a caller that wants the same key again later.
///
/// # Errors
///
/// [`IssueError::NoEntropy`], and [`IssueError::KeyRejected`] for a brainpool key, which is never stored.
pub fn generate_pkcs8(curve: Curve) -> Result<Vec<u8>, IssueError> {
    let algorithm = algorithm(curve).ok_or(IssueError::KeyRejected)?;
    EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new())
        .map(|document| document.as_ref().to_vec())
        .map_err(|_| IssueError::NoEntropy)
}

/// `SubjectPublicKeyInfo` of any EC point with any parameters, both taken as they are.
///
/// # Errors
///
/// None in practice: the identifiers are constants.
pub fn spki(point: &[u8], parameters: &[u8]) -> Result<Vec<u8>, IssueError> {
    let key_type = writer::oid(oids::EC_PUBLIC_KEY)?;
    let algorithm = writer::sequence([key_type.as_slice(), parameters]);
    Ok(writer::sequence([algorithm, writer::bit_string(point)]))
}

/// What is to be signed, then the algorithm, then the signature: the shape that certificates and
/// CRLs share. Without `algorithm`, the signer's own is named.
///
/// # Errors
///
/// [`IssueError::SigningFailed`]
pub fn seal(
    to_sign: &[u8],
    algorithm: Option<&[u8]>,
    signer: &dyn Signer,
) -> Result<Vec<u8>, IssueError> {
    let signature = writer::bit_string(&signer.sign(to_sign)?);
    let algorithm = match algorithm {
        Some(given) => given.to_vec(),
        None => signer.curve().signature_algorithm()?,
    };
    Ok(writer::sequence([to_sign, &algorithm, &signature]))
}

/// ring's name for the curve, if it has one.
fn algorithm(curve: Curve) -> Option<&'static EcdsaSigningAlgorithm> {
    match curve {
        Curve::BrainpoolP256r1 => None,
        Curve::P256 => Some(&ECDSA_P256_SHA256_ASN1_SIGNING),
        Curve::P384 => Some(&ECDSA_P384_SHA384_ASN1_SIGNING),
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};

    use super::*;
    use crate::trust::algorithm::{Hash, Scheme};
    use crate::trust::spki::SubjectKey;

    #[test]
    fn signs_what_ring_then_verifies() {
        let p256 = KeyPair::generate(Curve::P256).unwrap();
        let signature = p256.sign(b"message").unwrap();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, p256.point());
        assert!(public.verify(b"message", &signature).is_ok());
        assert!(public.verify(b"massage", &signature).is_err());

        let p384 = KeyPair::generate(Curve::P384).unwrap();
        let signature = p384.sign(b"message").unwrap();
        let public = UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, p384.point());
        assert!(public.verify(b"message", &signature).is_ok());
    }

    #[test]
    fn finds_the_curve_of_a_stored_key() {
        for curve in [Curve::P256, Curve::P384] {
            let stored = generate_pkcs8(curve).unwrap();
            let first = KeyPair::from_pkcs8(&stored).unwrap();
            let second = KeyPair::from_pkcs8(&stored).unwrap();
            assert_eq!(first.curve(), curve);
            assert_eq!(first.point(), second.point());
            assert_eq!(first.key_identifier().len(), 20);
        }
    }

    #[test]
    fn refuses_what_is_no_key() {
        assert_eq!(KeyPair::from_pkcs8(b"").unwrap_err(), IssueError::KeyRejected);
        assert_eq!(KeyPair::from_pkcs8(&[0x30, 0]).unwrap_err(), IssueError::KeyRejected);
        assert_eq!(generate_pkcs8(Curve::BrainpoolP256r1), Err(IssueError::KeyRejected));
    }

    #[test]
    fn signs_with_brainpool_what_the_passport_verifier_accepts() {
        let key = KeyPair::generate(Curve::BrainpoolP256r1).unwrap();
        for params in [Params::Explicit, Params::Named] {
            let spki = SubjectKey::parse(&key.spki(params).unwrap()).unwrap();
            let scheme = Scheme::Ecdsa { hash: Hash::Sha256 };
            let signature = key.sign(b"message").unwrap();
            assert!(spki.key.verify(&scheme, b"message", &signature).is_ok());
            assert!(spki.key.verify(&scheme, b"massage", &signature).is_err());
        }
    }

    #[test]
    fn writes_a_named_key_as_rfc_5480_does() {
        let key = KeyPair::generate(Curve::P256).unwrap();
        let head = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
            0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ];
        assert_eq!(key.spki(Params::Named).unwrap(), [&head, key.point()].concat());
    }

    #[test]
    fn an_explicit_key_holds_the_parameters_and_a_changed_one_differs() {
        let key = KeyPair::generate(Curve::P384).unwrap();
        let explicit = key.spki(Params::Explicit).unwrap();
        let parameters = Curve::P384.parameters();
        let der = parameters.to_der().unwrap();
        assert!(explicit.windows(der.len()).any(|window| window == der));

        let wrong = ExplicitParameters { generator: key.point().to_vec(), ..parameters };
        assert_ne!(key.spki_explicit_with(&wrong).unwrap(), explicit);
    }

    #[test]
    fn debug_shows_no_private_half() {
        let stored = generate_pkcs8(Curve::P256).unwrap();
        let text = format!("{:?}", KeyPair::from_pkcs8(&stored).unwrap());
        let private: Vec<_> = stored[36..68].iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!text.to_lowercase().contains(&private.concat()));
    }
}
