//! Reads a public point and checks that it is on its curve, before any arithmetic trusts it.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "operators here are modular arithmetic of field elements, which cannot overflow"
)]

use primeorder::elliptic_curve::{
    FieldBytes,
    point::{AffineCoordinates, DecompressPoint},
};
use primeorder::{AffinePoint, Field, PrimeField};

use super::Model;

/// Reads a SEC 1 point (section 2.3.4), uncompressed or compressed, and gives it uncompressed.
///
/// `None` for infinity, for the hybrid form, for a coordinate not below the prime, and for a point
/// off the curve. The cofactor of all nine curves is 1, so no subgroup check is left to do.
pub(super) fn parse<C: Model>(encoded: &[u8]) -> Option<Box<[u8]>> {
    match encoded.split_first()? {
        (form @ (2 | 3), x) => decompress::<C>(x, form & 1 == 1),
        (4, _) => twin::<C>(encoded).map(|_on_curve| Box::from(encoded)),
        _ => None,
    }
}

/// The point of the `a = -3` twin that stands for this uncompressed one; `None` unless it is on the
/// curve.
pub(super) fn twin<C: Model>(uncompressed: &[u8]) -> Option<AffinePoint<C>> {
    let coordinates = uncompressed.get(1..)?;
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    let z2 = C::TWIST.square();
    let x = element::<C>(x)? * z2;
    let y = element::<C>(y)? * z2 * C::TWIST;
    AffinePoint::<C>::from_coordinates(&x.to_repr(), &y.to_repr()).into_option()
}

/// The `x` coordinate that a point of the twin has on the curve itself.
pub(super) fn x_on_curve<C: Model>(point: &AffinePoint<C>) -> FieldBytes<C> {
    let x = C::FieldElement::from_repr(point.x()).unwrap_or(C::FieldElement::ZERO);
    (x * C::UNTWIST * C::UNTWIST).to_repr()
}

fn decompress<C: Model>(x: &[u8], y_is_odd: bool) -> Option<Box<[u8]>> {
    let twin_x = element::<C>(x)? * C::TWIST.square();
    let twin = AffinePoint::<C>::decompress(&twin_x.to_repr(), 0.into()).into_option()?;
    let twin_y = C::FieldElement::from_repr(twin.y()).into_option()?;
    let y = twin_y * C::UNTWIST * C::UNTWIST * C::UNTWIST;
    let y = if bool::from(y.is_odd()) == y_is_odd { y } else { -y };
    Some([&[4], x, y.to_repr().as_slice()].concat().into_boxed_slice())
}

/// `bytes` as a field element: exactly as long as one, and below the prime.
fn element<C: Model>(bytes: &[u8]) -> Option<C::FieldElement> {
    C::FieldElement::from_repr(FieldBytes::<C>::try_from(bytes).ok()?).into_option()
}
