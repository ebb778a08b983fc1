//! Signs with brainpoolP256r1, which ring does not know, so that a State can be made up that uses it.
//!
//! For made-up material alone: the arithmetic is the verifier's crate, and the key lives only as long as the
//! material is being made. It is never stored.

use std::fmt;

use primeorder::PrimeField;
use primeorder::elliptic_curve::bigint::Reduce;
use primeorder::elliptic_curve::point::AffineCoordinates;
use ring::rand::{SecureRandom, SystemRandom};

use bp256::r1::{AffinePoint, ProjectivePoint};
use bp256::{FieldBytes, Scalar};

use super::error::IssueError;
use super::writer;

/// A private key on brainpoolP256r1 with its public point.
pub(super) struct BrainpoolKey {
    secret: Scalar,
    point: Vec<u8>,
}

impl BrainpoolKey {
    /// A fresh key.
    ///
    /// # Errors
    ///
    /// [`IssueError::NoEntropy`]
    pub(super) fn generate() -> Result<Self, IssueError> {
        let secret = random_scalar()?;
        let point = multiple_of_generator(&secret);
        let point = [&[UNCOMPRESSED], point.x().as_slice(), point.y().as_slice()].concat();
        Ok(Self { secret, point })
    }

    /// The public point: 4, x, y.
    pub(super) fn point(&self) -> &[u8] {
        &self.point
    }

    /// `Ecdsa-Sig-Value` over `digest`, a hash of 32 bytes (FIPS 186-5 section 6.4.1).
    ///
    /// # Errors
    ///
    /// [`IssueError::NoEntropy`], and [`IssueError::SigningFailed`] for a hash of another length.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "modular arithmetic of scalars cannot overflow"
    )]
    pub(super) fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, IssueError> {
        let digest = FieldBytes::try_from(digest).map_err(|_| IssueError::SigningFailed)?;
        let hash = Scalar::reduce(&digest);
        loop {
            let once = random_scalar()?;
            let r = Scalar::reduce(&multiple_of_generator(&once).x());
            let inverse = once.invert().into_option().ok_or(IssueError::SigningFailed)?;
            let s = inverse * (hash + r * self.secret);
            if !bool::from(r.is_zero()) && !bool::from(s.is_zero()) {
                let numbers = [r, s].map(|number| writer::unsigned_integer(&number.to_repr()));
                return Ok(writer::sequence(numbers));
            }
        }
    }
}

impl fmt::Debug for BrainpoolKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("BrainpoolKey").field("point", &self.point).finish_non_exhaustive()
    }
}

#[expect(clippy::arithmetic_side_effects, reason = "the group is closed: nothing can overflow")]
fn multiple_of_generator(scalar: &Scalar) -> AffinePoint {
    (ProjectivePoint::GENERATOR * scalar).to_affine()
}

/// A number in `[1, n - 1]`, each as likely as the others: what is not one is thrown away.
fn random_scalar() -> Result<Scalar, IssueError> {
    let source = SystemRandom::new();
    loop {
        let mut bytes = FieldBytes::default();
        source.fill(&mut bytes).map_err(|_| IssueError::NoEntropy)?;
        if let Some(scalar) = Scalar::from_repr(bytes).into_option()
            && !bool::from(scalar.is_zero())
        {
            return Ok(scalar);
        }
    }
}

/// First byte of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::algorithm::{Curve, EcKey};

    #[test]
    fn every_key_lies_on_the_curve_and_differs_from_the_last() {
        let first = BrainpoolKey::generate().unwrap();
        let second = BrainpoolKey::generate().unwrap();
        for key in [&first, &second] {
            assert_eq!(key.point().len(), 65);
            assert!(EcKey::new(Curve::BrainpoolP256r1, key.point()).is_ok());
        }
        assert_ne!(first.point(), second.point());
    }

    #[test]
    fn never_signs_twice_with_one_number_so_that_the_key_stays_hidden() {
        let key = BrainpoolKey::generate().unwrap();
        let (first, second) = (key.sign(&[7; 32]).unwrap(), key.sign(&[7; 32]).unwrap());
        assert_ne!(first[..20], second[..20]);
    }

    #[test]
    fn refuses_a_hash_of_another_length() {
        let key = BrainpoolKey::generate().unwrap();
        for length in [0, 31, 33, 48] {
            assert_eq!(key.sign(&vec![7; length]), Err(IssueError::SigningFailed), "{length}");
        }
    }

    #[test]
    fn debug_shows_no_private_half() {
        let key = BrainpoolKey::generate().unwrap();
        let text = format!("{key:?}");
        assert!(!text.contains("secret") && !text.contains("Scalar"), "{text}");
    }
}
