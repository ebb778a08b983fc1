//! The ECDSA check itself, one generic body for all nine curves (FIPS 186-5 section 6.4.2).
//!
//! Point and field arithmetic are `primeorder`'s complete formulas; only the order in which points
//! are doubled and added is ours. Nothing here is secret, so everything may run in variable time.

mod curves;
mod define;
mod point;
mod strips;

use primeorder::elliptic_curve::{
    FieldBytes,
    bigint::{Invert, Reduce},
};
use primeorder::{Field, PrimeCurveParams, PrimeField, ProjectivePoint, Scalar};

pub(super) use curves::{domain, parse, prepare};
use strips::{Digits, Strips};

use super::signature_value::EcdsaValue;

/// A curve this module can verify over, held in the form where `a = -3`.
///
/// Every brainpool `r1` curve is isomorphic to such a twin by `(x, y) -> (x z^2, y z^3)`
/// (RFC 5639 section 2.1), and doubling is a quarter cheaper there. For the NIST curves, where
/// `a = -3` already, `z` is one.
trait Model: PrimeCurveParams {
    /// The `z` of the isomorphism.
    const TWIST: Self::FieldElement;

    /// `1 / z`.
    const UNTWIST: Self::FieldElement;

    /// Multiples of the generator, made on first use.
    fn generator() -> &'static Strips<Self>;
}

/// A public point made ready to verify with.
pub(super) trait Verifier: std::fmt::Debug + Send + Sync {
    /// Whether `value` signs `digest`, a hash of any length.
    fn accepts(&self, digest: &[u8], value: &EcdsaValue<'_>) -> bool;
}

/// The multiples of one public point over one curve.
#[derive(Debug)]
struct PreparedKey<C: Model> {
    multiples: Strips<C>,
}

impl<C: Model> PreparedKey<C> {
    fn new(uncompressed: &[u8]) -> Option<Self> {
        let twin = point::twin::<C>(uncompressed)?;
        let multiples = Strips::new(ProjectivePoint::from(twin), KEY_WINDOW);
        Some(Self { multiples })
    }

    /// `None` where FIPS 186-5 says to output "reject".
    fn check(&self, digest: &[u8], value: &EcdsaValue<'_>) -> Option<()> {
        let r = nonzero_scalar::<C>(value.r)?;
        let s = nonzero_scalar::<C>(value.s)?;
        let inverse = s.invert_vartime().into_option()?;
        let u1 = modular_product::<C>(&digest_as_scalar::<C>(digest)?, &inverse);
        let u2 = modular_product::<C>(&r, &inverse);
        let sum = strips::sum(
            (C::generator(), &Digits::new(&u1.to_repr(), GENERATOR_WINDOW)),
            (&self.multiples, &Digits::new(&u2.to_repr(), KEY_WINDOW)),
        );
        let point = sum.to_affine();
        let x = point::x_on_curve::<C>(&point);
        let matches = !bool::from(point.is_identity()) && Scalar::<C>::reduce(&x) == r;
        matches.then_some(())
    }
}

impl<C: Model> Verifier for PreparedKey<C> {
    fn accepts(&self, digest: &[u8], value: &EcdsaValue<'_>) -> bool {
        self.check(digest, value).is_some()
    }
}

/// An integer in `[1, n - 1]`, from big-endian bytes without leading zeros.
fn nonzero_scalar<C: Model>(bytes: &[u8]) -> Option<Scalar<C>> {
    let scalar = Scalar::<C>::from_repr(right_aligned::<C>(bytes)?).into_option()?;
    (!bool::from(scalar.is_zero())).then_some(scalar)
}

/// The hash as an integer modulo `n`: its leftmost bits if it is longer than `n`, all of it if it is
/// shorter (SEC 1 section 4.1.4 step 5).
///
/// Whole bytes suffice: the order of P-521 is longer than any hash, and the bit length of every
/// other order is a multiple of eight.
fn digest_as_scalar<C: Model>(digest: &[u8]) -> Option<Scalar<C>> {
    let width = FieldBytes::<C>::default().len();
    let leftmost = digest.get(..width).unwrap_or(digest);
    Some(Scalar::<C>::reduce(&right_aligned::<C>(leftmost)?))
}

/// `bytes` with zeros to the left up to the width of a field element; `None` if it is wider.
fn right_aligned<C: Model>(bytes: &[u8]) -> Option<FieldBytes<C>> {
    let mut wide = FieldBytes::<C>::default();
    let start = wide.len().checked_sub(bytes.len())?;
    wide.get_mut(start..)?.copy_from_slice(bytes);
    Some(wide)
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "modular multiplication of scalars cannot overflow"
)]
fn modular_product<C: Model>(left: &Scalar<C>, right: &Scalar<C>) -> Scalar<C> {
    *left * right
}

/// Bits of a signed digit for a key: eight points a strip, as many keys verify only once or twice.
const KEY_WINDOW: u32 = 5;

/// Bits of a signed digit for a generator: 64 points a strip, made once in the life of the process.
const GENERATOR_WINDOW: u32 = 8;
