//! Rules of keys and curves.

use std::collections::HashSet;

use super::{MESSAGE, ec, hex, rsa, vectors};
use crate::trust::algorithm::{Curve, EcKey, Hash, KeyError, PublicKey, RsaKey, Scheme};

#[test]
fn keys_are_equal_by_their_numbers_and_not_by_their_encoding() {
    for (curve, _, point, compressed, _) in vectors::EC {
        let (one, other) = (ec(*curve, point), ec(*curve, compressed));
        assert_eq!(one, other, "{curve}");
        assert_eq!(HashSet::from([one, other]).len(), 1, "{curve}");
        let mut negative = hex(compressed);
        negative[0] ^= 1;
        let negative = PublicKey::Ec(EcKey::new(*curve, &negative).unwrap());
        assert_ne!(ec(*curve, point), negative, "{curve}");
    }
    let modulus = vectors::RSA[0].1;
    let padded = RsaKey::new(&hex(&format!("0000{modulus}")), &[0, 1, 0, 1]).unwrap();
    assert_eq!(rsa(modulus), PublicKey::Rsa(padded.clone()));
    assert_eq!(HashSet::from([rsa(modulus), PublicKey::Rsa(padded)]).len(), 1);
    let other_exponent = RsaKey::new(&hex(modulus), &[3]).unwrap();
    assert_ne!(rsa(modulus), PublicKey::Rsa(other_exponent));
}

#[test]
fn a_used_key_still_equals_an_unused_one() {
    let (curve, hash, point, _, signature) = vectors::EC[3];
    let used = ec(curve, point);
    used.verify(&Scheme::Ecdsa { hash }, MESSAGE, &hex(signature)).unwrap();
    assert_eq!(used, ec(curve, point));
    assert_eq!(used.clone().verify(&Scheme::Ecdsa { hash }, MESSAGE, &hex(signature)), Ok(()));
}

#[test]
fn rejects_a_point_that_is_infinity_malformed_or_off_its_curve() {
    for curve in Curve::ALL {
        let good = generator(curve);
        let refused = |bytes: &[u8], error| {
            assert_eq!(EcKey::new(curve, bytes).unwrap_err(), error, "{curve} {bytes:02x?}");
        };
        refused(&[0], KeyError::PointAtInfinity);
        refused(&[], KeyError::PointMalformed);
        refused(&[4], KeyError::PointMalformed);
        refused(&good[1..], KeyError::PointMalformed);
        refused(&good[..good.len() - 1], KeyError::PointMalformed);
        refused(&[&good[..], &[0]].concat(), KeyError::PointMalformed);
        refused(&[&[6], &good[1..]].concat(), KeyError::PointMalformed);

        let mut off = good.clone();
        *off.last_mut().unwrap() ^= 1;
        refused(&off, KeyError::PointOffCurve);
        let zero = vec![0; curve.field_bytes()];
        refused(&[&[4], &*zero, &*zero].concat(), KeyError::PointOffCurve);

        let numbers = curve.parameters();
        let not_below_the_prime = [&[4], numbers.prime, numbers.generator_y].concat();
        refused(&not_below_the_prime, KeyError::PointOffCurve);
        refused(&[&[2], numbers.prime].concat(), KeyError::PointOffCurve);
    }
}

#[test]
fn half_of_all_compressed_points_are_off_the_curve() {
    for curve in Curve::ALL {
        let on_curve = (1..=100_u8).filter(|x| {
            let mut point = vec![0; curve.field_bytes() + 1];
            point[0] = 2;
            *point.last_mut().unwrap() = *x;
            EcKey::new(curve, &point).is_ok()
        });
        assert!((30..70).contains(&on_curve.count()), "{curve}");
    }
}

#[test]
fn the_generator_of_every_curve_is_on_it_and_has_the_stated_sizes() {
    for curve in Curve::ALL {
        let key = EcKey::new(curve, &generator(curve)).unwrap();
        assert_eq!(key.uncompressed(), generator(curve));
        let numbers = curve.parameters();
        for number in [
            numbers.prime,
            numbers.a,
            numbers.b,
            numbers.generator_x,
            numbers.generator_y,
            numbers.order,
        ] {
            assert_eq!(number.len(), curve.field_bytes(), "{curve}");
        }
        assert_eq!(numbers.cofactor, 1);
        let bits =
            |number: &[u8]| u32::try_from(number.len()).unwrap() * 8 - number[0].leading_zeros();
        assert_eq!(bits(numbers.prime), curve.bits(), "{curve}");
        assert_eq!(bits(numbers.order), curve.bits(), "{curve}");
        assert_eq!(PublicKey::Ec(key).bits(), curve.bits());
    }
}

/// SHA-256 over prime, a, b, generator x, generator y and order, each as long as the prime, as
/// `openssl ecparam -name X -param_enc explicit -text -noout` of OpenSSL 3.0.22 prints them.
#[test]
fn domain_parameters_are_those_openssl_prints() {
    for (curve, fingerprint) in [
        (Curve::P224, "a71b13819483898ac90f3b09d502f3ea9639924d9e58900b9e1edd8bdb8b61cb"),
        (Curve::P256, "3e8ef74d845247e0b9b5f876e8b3595bb267e3ef753b084bea0f179b11e08a3b"),
        (Curve::P384, "2d92813aa02a7137594eece668e7cd5c87d84f130d36cce275e7966bc05ffce1"),
        (Curve::P521, "753f3ec4fd39727ee18834ec558ef9b5f0140893d56c5b13731beb74fd45cf0c"),
        (
            Curve::BrainpoolP224r1,
            "0a5ba0c1e28111d7dac27b5165664fa19066558064712c4631ba0dd9fbdb4ff1",
        ),
        (
            Curve::BrainpoolP256r1,
            "ccc4a2be4b2098b1708376343d5c13b9d1167fb2d391298026e091bb43f5059d",
        ),
        (
            Curve::BrainpoolP320r1,
            "3995ea7ec42d544e2874ba829c120c8208995d705fc18cd123f39394716dfbe0",
        ),
        (
            Curve::BrainpoolP384r1,
            "57f7bda8e9a2308a858fb4e4b8e0a25ec253a405274c0edaa0625e973a474e03",
        ),
        (
            Curve::BrainpoolP512r1,
            "d77079b8cc1d0bfbc2a04cc85f9c906ca7aa84c3c289f2ca6c194aff5e2db062",
        ),
    ] {
        let n = curve.parameters();
        let all = [n.prime, n.a, n.b, n.generator_x, n.generator_y, n.order].concat();
        assert_eq!(Hash::Sha256.digest(&all).as_ref(), hex(fingerprint), "{curve}");
    }
}

#[test]
fn rsa_moduli_of_512_to_8192_bits_are_read() {
    let modulus = |bits: usize| {
        let mut bytes = vec![0xFF; bits.div_ceil(8)];
        bytes[0] >>= bytes.len() * 8 - bits;
        bytes
    };
    let read = |bytes: &[u8]| RsaKey::new(bytes, &[3]).map(|key| key.bits());
    assert_eq!(read(&modulus(511)), Err(KeyError::ModulusTooSmall { bits: 511 }));
    assert_eq!(read(&modulus(512)), Ok(512));
    assert_eq!(read(&modulus(8192)), Ok(8192));
    assert_eq!(read(&modulus(8193)), Err(KeyError::ModulusTooLarge { bits: 8193 }));
    assert_eq!(read(&[]), Err(KeyError::ModulusTooSmall { bits: 0 }));
    let mut even = modulus(2048);
    even[255] = 0xFE;
    assert_eq!(read(&even), Err(KeyError::ModulusEven));
}

#[test]
fn rsa_exponents_are_odd_and_from_3_to_below_2_to_the_33() {
    let read =
        |exponent: u64| RsaKey::new(&hex(vectors::RSA[0].1), &exponent.to_be_bytes()).map(|_| ());
    assert_eq!(read(0), Err(KeyError::ExponentTooSmall));
    assert_eq!(read(1), Err(KeyError::ExponentTooSmall));
    assert_eq!(read(2), Err(KeyError::ExponentEven));
    assert_eq!(read(3), Ok(()));
    assert_eq!(read(65536), Err(KeyError::ExponentEven));
    assert_eq!(read((1 << 33) - 1), Ok(()));
    assert_eq!(read(1 << 33), Err(KeyError::ExponentTooLarge));
    assert_eq!(read((1 << 33) + 1), Err(KeyError::ExponentTooLarge));
}

#[test]
fn keys_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + std::fmt::Debug>() {}
    shared::<PublicKey>();
}

fn generator(curve: Curve) -> Vec<u8> {
    let numbers = curve.parameters();
    [&[4], numbers.generator_x, numbers.generator_y].concat()
}
