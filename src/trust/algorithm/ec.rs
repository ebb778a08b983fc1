//! An elliptic curve key: ring verifies what it can, [`ecdsa`] the rest.

use std::hash::{Hash as StdHash, Hasher};
use std::sync::{Arc, OnceLock};

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::ecdsa::{self, Verifier};
use super::signature_value::EcdsaValue;
use super::{Curve, Hash, KeyError, SignatureError};

/// A point of a curve, known to be on it.
#[derive(Clone, Debug)]
pub struct EcKey {
    curve: Curve,
    /// SEC 1, uncompressed: the one form that is compared and hashed.
    point: Box<[u8]>,
    /// Made when first needed, as ring needs none; `None` inside cannot happen for a checked point
    /// and refuses every signature.
    prepared: OnceLock<Option<Arc<dyn Verifier>>>,
}

impl EcKey {
    /// Reads a SEC 1 point of `curve`, uncompressed or compressed.
    ///
    /// # Errors
    ///
    /// [`KeyError::PointAtInfinity`], [`KeyError::PointMalformed`] or [`KeyError::PointOffCurve`].
    pub fn new(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        let (form, coordinates) = point.split_first().ok_or(KeyError::PointMalformed)?;
        let expected = match form {
            0 if coordinates.is_empty() => return Err(KeyError::PointAtInfinity),
            2 | 3 => curve.field_bytes(),
            4 => curve.field_bytes().saturating_mul(2),
            _ => return Err(KeyError::PointMalformed),
        };
        if coordinates.len() != expected {
            return Err(KeyError::PointMalformed);
        }
        let point = ecdsa::parse(curve, point).ok_or(KeyError::PointOffCurve)?;
        Ok(Self { curve, point, prepared: OnceLock::new() })
    }

    /// The curve of the key.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The point in SEC 1 form, uncompressed.
    #[must_use]
    pub const fn uncompressed(&self) -> &[u8] {
        &self.point
    }

    pub(super) fn verify(
        &self,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let value = EcdsaValue::from_der(signature).ok_or(SignatureError::WronglyEncoded)?;
        let accepted = match in_ring(self.curve, hash) {
            Some(algorithm) => {
                UnparsedPublicKey::new(algorithm, &self.point).verify(message, signature).is_ok()
            }
            None => self
                .prepared()
                .is_some_and(|key| key.accepts(hash.digest(message).as_ref(), &value)),
        };
        if accepted { Ok(()) } else { Err(SignatureError::Mismatch) }
    }

    fn prepared(&self) -> Option<&dyn Verifier> {
        self.prepared.get_or_init(|| ecdsa::prepare(self.curve, &self.point)).as_deref()
    }
}

impl Eq for EcKey {}

impl PartialEq for EcKey {
    fn eq(&self, other: &Self) -> bool {
        self.curve == other.curve && self.point == other.point
    }
}

impl StdHash for EcKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.curve.hash(state);
        self.point.hash(state);
    }
}

/// ring's algorithm for this curve and hash, if it has one.
fn in_ring(curve: Curve, hash: Hash) -> Option<&'static dyn VerificationAlgorithm> {
    match (curve, hash) {
        (Curve::P256, Hash::Sha256) => Some(&signature::ECDSA_P256_SHA256_ASN1),
        (Curve::P256, Hash::Sha384) => Some(&signature::ECDSA_P256_SHA384_ASN1),
        (Curve::P384, Hash::Sha256) => Some(&signature::ECDSA_P384_SHA256_ASN1),
        (Curve::P384, Hash::Sha384) => Some(&signature::ECDSA_P384_SHA384_ASN1),
        _ => None,
    }
}
