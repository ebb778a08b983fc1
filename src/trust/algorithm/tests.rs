//! Rules of signatures that the Wycheproof vectors do not reach.

mod keys;
mod vectors;

use super::{Curve, EcKey, Hash, PublicKey, RsaKey, Scheme, SignatureError};

const MESSAGE: &[u8] = b"passport";

#[test]
fn accepts_what_openssl_signed_with_any_hash_on_any_curve() {
    for (curve, hash, point, _, signature) in vectors::EC {
        let key = ec(*curve, point);
        let scheme = Scheme::Ecdsa { hash: *hash };
        assert_eq!(key.verify(&scheme, MESSAGE, &hex(signature)), Ok(()), "{key} {scheme}");
    }
}

#[test]
fn accepts_what_openssl_signed_with_short_rsa_keys_and_odd_paddings() {
    for (scheme, modulus, signature) in vectors::RSA {
        let key = rsa(modulus);
        assert_eq!(key.verify(scheme, MESSAGE, &hex(signature)), Ok(()), "{key} {scheme}");
    }
}

#[test]
fn rejects_a_signature_with_any_one_byte_changed() {
    for (curve, hash, point, _, signature) in vectors::EC {
        let key = ec(*curve, point);
        rejects_changes(&key, Scheme::Ecdsa { hash: *hash }, &hex(signature));
    }
    for (scheme, modulus, signature) in vectors::RSA {
        rejects_changes(&rsa(modulus), *scheme, &hex(signature));
    }
}

fn rejects_changes(key: &PublicKey, scheme: Scheme, signature: &[u8]) {
    assert!(key.verify(&scheme, b"passporT", signature).is_err(), "{key} {scheme}");
    assert!(key.verify(&scheme, MESSAGE, &[signature, &[0]].concat()).is_err());
    assert!(key.verify(&scheme, MESSAGE, signature.split_last().unwrap().1).is_err());
    assert!(key.verify(&scheme, MESSAGE, &[]).is_err());
    for index in (0..signature.len()).step_by(7) {
        let mut changed = signature.to_vec();
        changed[index] ^= 1;
        assert!(key.verify(&scheme, MESSAGE, &changed).is_err(), "{key} {scheme} byte {index}");
    }
}

#[test]
fn rejects_another_hash_or_salt_length_than_the_one_named() {
    for (scheme, modulus, signature) in vectors::RSA {
        if let Scheme::RsaPss { hash, mgf_hash, salt_len } = *scheme {
            let longer = Scheme::RsaPss { hash, mgf_hash, salt_len: salt_len + 1 };
            let huge = Scheme::RsaPss { hash, mgf_hash, salt_len: u32::MAX };
            let other = Scheme::RsaPss { hash, mgf_hash: Hash::Sha512, salt_len };
            for wrong in [longer, huge, other, Scheme::RsaPkcs1 { hash }] {
                let answer = rsa(modulus).verify(&wrong, MESSAGE, &hex(signature));
                assert_eq!(answer, Err(SignatureError::Mismatch), "{wrong}");
            }
        }
    }
}

#[test]
fn accepts_both_s_and_its_negative_as_icao_does_not_ask_for_low_s() {
    for (curve, hash, point, _, signature) in vectors::EC {
        let key = ec(*curve, point);
        let bytes = hex(signature);
        let value = super::signature_value::EcdsaValue::from_der(&bytes).unwrap();
        let twin = der(value.r, &difference(curve.parameters().order, value.s));
        let scheme = Scheme::Ecdsa { hash: *hash };
        assert_eq!(key.verify(&scheme, MESSAGE, &twin), Ok(()), "{curve}");
    }
}

#[test]
fn rejects_r_or_s_of_zero_or_not_below_the_order() {
    for (curve, hash, point, _, signature) in vectors::EC {
        let key = ec(*curve, point);
        let bytes = hex(signature);
        let value = super::signature_value::EcdsaValue::from_der(&bytes).unwrap();
        let order = curve.parameters().order;
        let long = [&[1], order].concat();
        for bad in [&[][..], order, &long] {
            for forged in [der(bad, value.s), der(value.r, bad), der(bad, bad)] {
                let answer = key.verify(&Scheme::Ecdsa { hash: *hash }, MESSAGE, &forged);
                assert_eq!(answer, Err(SignatureError::Mismatch), "{curve}");
            }
        }
    }
}

#[test]
fn tells_a_wrongly_encoded_ecdsa_signature_from_a_wrong_one() {
    let key = ec(vectors::EC[0].0, vectors::EC[0].2);
    let scheme = Scheme::Ecdsa { hash: Hash::Sha256 };
    for encoded in [
        "",
        "30",
        "3000",
        "300602010102010100",
        "30060201010201",
        "3007020101020101",
        "30050201010201",
        "3007020200010201 01",
        "300602018102 0101",
        "308106020101020101",
        "3080020101020101 0000",
        "3106020101020101",
        "3006030101020101",
        "3005020002 0101",
        "3009020101020101020101",
    ] {
        let answer = key.verify(&scheme, MESSAGE, &hex(encoded));
        assert_eq!(answer, Err(SignatureError::WronglyEncoded), "{encoded}");
    }
    let well_formed = key.verify(&scheme, MESSAGE, &hex("3006020101020101"));
    assert_eq!(well_formed, Err(SignatureError::Mismatch));
}

#[test]
fn rejects_a_scheme_for_the_other_kind_of_key() {
    let (ec, rsa) = (ec(vectors::EC[0].0, vectors::EC[0].2), rsa(vectors::RSA[0].1));
    let hash = Hash::Sha256;
    let pss = Scheme::RsaPss { hash, mgf_hash: hash, salt_len: 32 };
    for (key, scheme) in
        [(&ec, Scheme::RsaPkcs1 { hash }), (&ec, pss), (&rsa, Scheme::Ecdsa { hash })]
    {
        assert_eq!(key.verify(&scheme, MESSAGE, &[0]), Err(SignatureError::WrongKeyType));
    }
}

#[test]
fn rejects_an_rsa_signature_that_is_not_below_the_modulus() {
    let (scheme, modulus, signature) = vectors::RSA[0];
    assert_eq!(rsa(modulus).verify(&scheme, MESSAGE, &hex(modulus)), Err(SignatureError::Mismatch));
    let sum = hex(modulus);
    let wrapped = [&[0], &*hex(signature)].concat();
    assert!(rsa(modulus).verify(&scheme, MESSAGE, &wrapped).is_err());
    assert!(rsa(modulus).verify(&scheme, MESSAGE, &[&[0], &*sum].concat()).is_err());
}

#[test]
fn names_are_those_a_report_shows() {
    let (hash, mgf_hash) = (Hash::Sha256, Hash::Sha1);
    let pss = Scheme::RsaPss { hash, mgf_hash: hash, salt_len: 32 };
    assert_eq!(pss.to_string(), "RSA-PSS SHA-256 salt 32");
    let odd = Scheme::RsaPss { hash, mgf_hash, salt_len: 20 };
    assert_eq!(odd.to_string(), "RSA-PSS SHA-256 MGF1 SHA-1 salt 20");
    assert_eq!(Scheme::RsaPkcs1 { hash }.to_string(), "RSA-PKCS1 SHA-256");
    assert_eq!(Scheme::Ecdsa { hash }.to_string(), "ECDSA SHA-256");
    assert_eq!(ec(vectors::EC[1].0, vectors::EC[1].2).to_string(), "EC P-256");
    assert_eq!(rsa(vectors::RSA[5].1).to_string(), "RSA 2048");
}

#[test]
fn digests_are_as_long_as_they_say_and_known_for_abc() {
    for (hash, start) in [
        (Hash::Sha1, "a9993e36"),
        (Hash::Sha224, "23097d22"),
        (Hash::Sha256, "ba7816bf"),
        (Hash::Sha384, "cb00753f"),
        (Hash::Sha512, "ddaf35a1"),
    ] {
        let digest = hash.digest(b"abc");
        assert_eq!(digest.as_ref().len(), hash.digest_len());
        assert_eq!(digest.as_ref()[..4], hex(start), "{hash}");
    }
}

fn ec(curve: Curve, point: &str) -> PublicKey {
    PublicKey::Ec(EcKey::new(curve, &hex(point)).unwrap())
}

fn rsa(modulus: &str) -> PublicKey {
    PublicKey::Rsa(RsaKey::new(&hex(modulus), &[1, 0, 1]).unwrap())
}

/// An `ECDSA-Sig-Value` of two numbers without leading zeros.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let sign = number.first().is_none_or(|byte| *byte > 0x7F);
        let content = if sign { [&[0], number].concat() } else { number.to_vec() };
        [&[2, u8::try_from(content.len()).unwrap()], &*content].concat()
    };
    let content = [integer(r), integer(s)].concat();
    let len = u8::try_from(content.len()).unwrap();
    let header = if len > 0x7F { vec![0x30, 0x81, len] } else { vec![0x30, len] };
    [header, content].concat()
}

/// `left - right`, without leading zeros.
fn difference(left: &[u8], right: &[u8]) -> Vec<u8> {
    let number = |bytes| crypto_bigint::BoxedUint::from_be_slice(bytes, 576).unwrap();
    let difference = number(left).wrapping_sub(number(right));
    difference.to_be_bytes_trimmed_vartime().into_vec()
}

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<_> = digits.bytes().filter(|digit| *digit != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}
