//! A public key of either kind, equal by its numbers and ready to verify with.

use std::fmt;

use super::{Curve, EcKey, RsaKey, Scheme, SignatureError};

/// A public key. Two are equal if their numbers are, however they were encoded.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum PublicKey {
    /// A point of a curve.
    Ec(EcKey),
    /// A modulus and an exponent.
    Rsa(RsaKey),
}

impl PublicKey {
    /// Bits of the modulus, or of the prime of the curve.
    #[must_use]
    pub fn bits(&self) -> u32 {
        match self {
            Self::Ec(key) => key.curve().bits(),
            Self::Rsa(key) => key.bits(),
        }
    }

    /// What verifying under this key costs, as a multiple of an RSA verification.
    #[must_use]
    pub const fn cost(&self) -> u32 {
        match self {
            Self::Rsa(_) => 1,
            Self::Ec(key) => match key.curve() {
                Curve::P256 => 1,
                Curve::P224 | Curve::BrainpoolP224r1 | Curve::BrainpoolP256r1 => 3,
                Curve::BrainpoolP320r1 => 5,
                Curve::P384 | Curve::P521 | Curve::BrainpoolP384r1 => 8,
                Curve::BrainpoolP512r1 => 30,
            },
        }
    }

    /// Checks that `signature` was made over `message` with the private half of this key.
    ///
    /// Says nothing about whether the hash or the key is strong enough.
    ///
    /// # Errors
    ///
    /// Any [`SignatureError`].
    pub fn verify(
        &self,
        scheme: &Scheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        match (self, *scheme) {
            (Self::Ec(key), Scheme::Ecdsa { hash }) => key.verify(hash, message, signature),
            (Self::Rsa(key), Scheme::RsaPkcs1 { hash }) => {
                key.verify_pkcs1(hash, message, signature)
            }
            (Self::Rsa(key), Scheme::RsaPss { hash, mgf_hash, salt_len }) => {
                key.verify_pss(hash, mgf_hash, salt_len, message, signature)
            }
            (Self::Ec(_), Scheme::RsaPkcs1 { .. } | Scheme::RsaPss { .. })
            | (Self::Rsa(_), Scheme::Ecdsa { .. }) => Err(SignatureError::WrongKeyType),
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ec(key) => write!(formatter, "EC {}", key.curve()),
            Self::Rsa(key) => write!(formatter, "RSA {}", key.bits()),
        }
    }
}
