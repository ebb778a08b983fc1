//! Adds up multiples of two points with few doublings, from tables made in advance.
//!
//! A scalar of `b` bits costs `b` doublings if done plainly. Here a [`Strips`] holds the odd
//! multiples of `P`, `2^l P`, `2^2l P` and `2^3l P`, where `l` is a quarter of `b`, so that one
//! pass of `l` doublings serves all four quarters of both scalars. Making the strips of a key costs
//! the doublings that its first verification saves; every later one is faster.

use primeorder::elliptic_curve::Scalar;
use primeorder::{Double, PrimeCurveParams, PrimeField, ProjectivePoint};

/// Odd multiples of four powers of two of one point.
#[derive(Debug)]
pub(super) struct Strips<C: PrimeCurveParams> {
    strips: [Box<[ProjectivePoint<C>]>; COUNT],
}

impl<C: PrimeCurveParams> Strips<C> {
    /// The multiples of `point` for digits of `window` bits, which is 2 to 8.
    pub(super) fn new(point: ProjectivePoint<C>, window: u32) -> Self {
        let points = 1_usize.checked_shl(window.saturating_sub(2)).unwrap_or(1);
        let mut base = point;
        let strips = std::array::from_fn(|index| {
            let doublings = if index == 0 { 0 } else { strip_len::<C>() };
            for _ in 0..doublings {
                base = base.double();
            }
            odd_multiples(&base, points)
        });
        Self { strips }
    }
}

/// `[u] P + [v] Q`, each given as its strips and the digits of its scalar.
pub(super) fn sum<C: PrimeCurveParams>(
    (p, u): (&Strips<C>, &Digits),
    (q, v): (&Strips<C>, &Digits),
) -> ProjectivePoint<C> {
    let len = strip_len::<C>();
    let mut total = ProjectivePoint::<C>::IDENTITY;
    for level in (0..len).rev() {
        total = total.double();
        for (strips, digits) in [(p, u), (q, v)] {
            let column = digits.0.iter().skip(level).step_by(len);
            for (strip, digit) in strips.strips.iter().zip(column) {
                total = add_multiple(total, strip, *digit);
            }
        }
    }
    total
}

/// A scalar in signed digits, least significant first: each is zero or odd, and after a digit that
/// is not zero come `window - 1` zeros (the width-w non-adjacent form, Guide to ECC, algorithm 3.35).
pub(super) struct Digits([i8; MAX_DIGITS]);

impl Digits {
    /// Recodes a big-endian scalar of at most 66 bytes into digits of `window` bits, 2 to 8.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "bit positions stay below 600 and a window below 2^9"
    )]
    pub(super) fn new(scalar: &[u8], window: u32) -> Self {
        let mut words = [0_u64; MAX_WORDS];
        for (word, chunk) in words.iter_mut().zip(scalar.rchunks(8)) {
            *word = chunk.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        }
        let mut digits = [0_i8; MAX_DIGITS];
        let mut carry = 0;
        let mut skip = 0;
        for (position, digit) in digits.iter_mut().enumerate() {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let value = bits_at(&words, position, window) + carry;
            if value & 1 == 0 {
                continue;
            }
            let negative = value >> (window - 1) == 1;
            carry = u16::from(negative);
            let magnitude = if negative { (1 << window) - value } else { value };
            let magnitude = i8::try_from(magnitude).unwrap_or(0);
            *digit = if negative { -magnitude } else { magnitude };
            skip = window - 1;
        }
        Self(digits)
    }
}

/// `count` bits of a little-endian number, from bit `position` on; zeros beyond its end.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "an offset within a word is 0 to 63, and word indices are below 11"
)]
fn bits_at(words: &[u64], position: usize, count: u32) -> u16 {
    let (index, offset) = (position / 64, position % 64);
    let word = |index: usize| u128::from(words.get(index).copied().unwrap_or(0));
    let two_words = word(index + 1) << 64 | word(index);
    let mask = (1_u128 << count) - 1;
    u16::try_from(two_words >> offset & mask).unwrap_or(0)
}

fn add_multiple<C: PrimeCurveParams>(
    total: ProjectivePoint<C>,
    odd_multiples: &[ProjectivePoint<C>],
    digit: i8,
) -> ProjectivePoint<C> {
    if digit == 0 {
        return total;
    }
    match odd_multiples.get(usize::from(digit.unsigned_abs() / 2)) {
        Some(multiple) if digit < 0 => total.sub(multiple),
        Some(multiple) => total.add(multiple),
        None => total,
    }
}

fn odd_multiples<C: PrimeCurveParams>(
    point: &ProjectivePoint<C>,
    count: usize,
) -> Box<[ProjectivePoint<C>]> {
    let twice = point.double();
    std::iter::successors(Some(*point), |last| Some(last.add(&twice))).take(count).collect()
}

/// Digits a strip serves: a quarter of those of a scalar, whose form may be one digit longer than
/// its bits.
fn strip_len<C: PrimeCurveParams>() -> usize {
    let bits = usize::try_from(Scalar::<C>::NUM_BITS).unwrap_or(MAX_DIGITS);
    bits.saturating_add(1).div_ceil(COUNT)
}

/// How many ways the doublings are shared.
const COUNT: usize = 4;

/// Room for the digits of P-521, rounded up to whole strips.
const MAX_DIGITS: usize = 524;

/// 64-bit words of a P-521 scalar.
const MAX_WORDS: usize = 9;
