//! Keys and signatures made to deceive: CVE-2020-0601, impossible numbers, copied names.

use trust_service::demo::certificate::CertificateSpec;
use trust_service::demo::curve::{Curve, ExplicitParameters};
use trust_service::demo::extension;
use trust_service::demo::key::{KeyPair, Params, Signer, spki};
use trust_service::demo::state::Authority;
use trust_service::demo::writer;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{ChangeError, Draft};
use trust_service::trust::check::{Code, Outcome, Policy};
use trust_service::trust::snapshot::Snapshot;
use trust_service::trust::verdict::Answer;

use super::common::{
    Csca, anchored, answer, ask, ask_with, failed, import, key, now, outcome, since,
};
use super::forged_key::ForgedKey;

/// `SubjectPublicKeyInfo` of an RSA key with these numbers.
fn rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let numbers =
        writer::sequence([writer::unsigned_integer(modulus), writer::unsigned_integer(exponent)]);
    let algorithm =
        writer::sequence([writer::oid("1.2.840.113549.1.1.1").unwrap(), writer::null()]);
    writer::sequence([algorithm, writer::bit_string(&numbers)])
}

/// An odd number of so many bits.
fn odd(bits: usize) -> Vec<u8> {
    vec![0xC5; bits / 8]
}

/// A certificate of `csca`'s name over `spki` that `signer` signed.
fn root_over(csca: &Csca, spki: &[u8], signer: &dyn Signer) -> Vec<u8> {
    CertificateSpec::csca(&csca.authority, 66, since(730, 13)).unwrap().issue(spki, signer).unwrap()
}

fn unfit(der: &[u8]) -> String {
    let base = Snapshot::empty();
    match Draft::new(&base, now()).anchor(&Certificate::parse(der).unwrap()) {
        Err(ChangeError::Unfit { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

/// The curve's parameters with each part changed in turn.
fn wrong_parameters() -> Vec<(&'static str, ExplicitParameters)> {
    let right = Curve::P256.parameters();
    let bumped = |bytes: &[u8]| {
        let mut changed = bytes.to_vec();
        let last = changed.len() - 1;
        changed[last] ^= 2;
        changed
    };
    let other_point = key().point().to_vec();
    vec![
        ("generator", ExplicitParameters { generator: other_point, ..right.clone() }),
        ("no generator", ExplicitParameters { generator: vec![0], ..right.clone() }),
        (
            "generator with more behind it",
            ExplicitParameters {
                generator: [right.generator.clone(), vec![0]].concat(),
                ..right.clone()
            },
        ),
        ("order", ExplicitParameters { order: bumped(&right.order), ..right.clone() }),
        ("order one", ExplicitParameters { order: vec![1], ..right.clone() }),
        ("cofactor", ExplicitParameters { cofactor: Some(vec![2]), ..right.clone() }),
        ("cofactor zero", ExplicitParameters { cofactor: Some(vec![0]), ..right.clone() }),
        ("a", ExplicitParameters { a: bumped(&right.a), ..right.clone() }),
        ("b", ExplicitParameters { b: bumped(&right.b), ..right.clone() }),
        ("prime", ExplicitParameters { prime: bumped(&right.prime), ..right.clone() }),
        (
            "another curve's generator and order",
            ExplicitParameters { prime: right.prime.clone(), ..Curve::P384.parameters() },
        ),
    ]
}

#[test]
fn a_root_with_the_victims_key_as_generator_is_no_anchor() {
    let csca = Csca::new("UT", "CSCA");
    let forged = ForgedKey::of(csca.key());
    let der = root_over(&csca, &forged.spki().unwrap(), &forged);
    assert!(unfit(&der).contains("CVE-2020-0601"));
    let (after, reports) =
        import(&anchored(&[&csca.der]), "ut", &[&csca.list(&[&csca.der, &der])]).unwrap();
    assert_eq!(reports[0].refused.len(), 1);
    assert_eq!(after.anchors().all().len(), 1);
    assert_eq!(answer(&der, &after), Answer::Invalid);
}

#[test]
fn a_signature_under_the_victims_key_as_generator_does_not_verify() {
    let csca = Csca::new("UT", "CSCA");
    let forged = ForgedKey::of(csca.key());
    let spec = CertificateSpec::dsc(&csca.authority, "S", &key(), 5, since(30, 10)).unwrap();
    for spki in [key().spki(Params::Explicit).unwrap(), forged.spki().unwrap()] {
        let der = spec.issue(&spki, &forged).unwrap();
        let verdict = ask(&der, &anchored(&[&csca.der]));
        assert_eq!(verdict.verdict, Answer::Invalid);
        assert!(failed(&verdict).contains(&Code::Signature));
    }
}

#[test]
fn a_forged_root_beside_the_true_one_in_a_bundle_changes_nothing() {
    let csca = Csca::new("UT", "CSCA");
    let forged = ForgedKey::of(csca.key());
    let der = root_over(&csca, &forged.spki().unwrap(), &forged);
    let (base, _) = import(&anchored(&[&csca.der]), "bundle", &[&der]).unwrap();
    let spec = CertificateSpec::dsc(&csca.authority, "S", &key(), 5, since(30, 10)).unwrap();
    let dsc = spec.issue(&key().spki(Params::Explicit).unwrap(), &forged).unwrap();
    assert_eq!(answer(&dsc, &base), Answer::Invalid);
}

#[test]
fn every_changed_part_of_a_curve_is_refused_in_a_signer_and_in_a_root() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    for (part, parameters) in wrong_parameters() {
        let spki = csca.key().spki_explicit_with(&parameters).unwrap();
        let verdict = ask(&csca.dsc_over(&spki), &base);
        assert_eq!(verdict.verdict, Answer::Invalid, "{part}");
        assert_eq!(outcome(&verdict, Code::Curve), Outcome::Fail, "{part}");
        assert!(unfit(&root_over(&csca, &spki, csca.key())).starts_with("curve"), "{part}");
    }
}

#[test]
fn a_missing_cofactor_and_a_named_curve_are_deviations_that_strict_fails() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let pair = key();
    let open = ExplicitParameters { cofactor: None, ..Curve::P256.parameters() };
    let spkis = [pair.spki_explicit_with(&open).unwrap(), pair.spki(Params::Named).unwrap()];
    for spki in spkis {
        let dsc = csca.dsc_over(&spki);
        let verdict = ask(&dsc, &base);
        assert_eq!(verdict.verdict, Answer::Valid);
        assert_eq!(outcome(&verdict, Code::Curve), Outcome::Warn);
        let strict = ask_with(&dsc, &base, |asked| asked.policy = Policy::Strict);
        assert_eq!(strict.verdict, Answer::Invalid);
    }
}

#[test]
fn a_point_that_is_no_key_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let point = key().point().to_vec();
    let mut off_curve = point.clone();
    off_curve[64] ^= 1;
    let mut hybrid = point.clone();
    hybrid[0] = 6 | (point[64] & 1);
    let prime = Curve::P256.parameters().prime;
    let beyond = [&[4][..], &prime, &point[33..]].concat();
    let bad: [&[u8]; 9] = [
        &off_curve,
        &hybrid,
        &beyond,
        &[0],
        &[],
        &[4],
        &[0; 65],
        &point[..64],
        &[&point[..], &[0]].concat(),
    ];
    let parameters = Curve::P256.parameters().to_der().unwrap();
    for bytes in bad {
        let verdict = ask(&csca.dsc_over(&spki(bytes, &parameters).unwrap()), &base);
        assert_eq!(verdict.verdict, Answer::Invalid, "{bytes:02x?}");
        assert_eq!(outcome(&verdict, Code::Key), Outcome::Fail, "{bytes:02x?}");
    }
}

#[test]
fn a_compressed_point_is_a_deviation_that_strict_fails() {
    // Doc 9303-12: "the ECPoint in the SubjectPublicKeyInfo ... in uncompressed format".
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let point = key().point().to_vec();
    let compressed = [&[2 | (point[64] & 1)][..], &point[1..33]].concat();
    let parameters = Curve::P256.parameters().to_der().unwrap();
    let dsc = csca.dsc_over(&spki(&compressed, &parameters).unwrap());
    assert_eq!(answer(&dsc, &base), Answer::Valid);
    let strict = ask_with(&dsc, &base, |asked| asked.policy = Policy::Strict);
    assert_eq!(strict.verdict, Answer::Invalid);
}

#[test]
fn an_rsa_key_of_impossible_or_weak_numbers_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let mut even = odd(2_048);
    even[255] = 0xC4;
    let bad: [(&str, Vec<u8>, &[u8]); 11] = [
        ("exponent one", odd(2_048), &[1]),
        ("exponent zero", odd(2_048), &[0]),
        ("even exponent", odd(2_048), &[1, 0, 0]),
        ("exponent of two to the 33rd and one", odd(2_048), &[2, 0, 0, 0, 1]),
        ("exponent as long as the modulus", odd(2_048), &odd(2_048)),
        ("even modulus", even, &[1, 0, 1]),
        ("modulus zero", vec![0], &[1, 0, 1]),
        ("modulus of 16384 bits", odd(16_384), &[1, 0, 1]),
        ("modulus of 1024 bits", odd(1_024), &[1, 0, 1]),
        ("modulus of 2040 bits", odd(2_040), &[1, 0, 1]),
        ("modulus of 512 bits", odd(512), &[1, 0, 1]),
    ];
    for (what, modulus, exponent) in bad {
        let spki = rsa(&modulus, exponent);
        assert_eq!(answer(&csca.dsc_over(&spki), &base), Answer::Invalid, "{what}");
        assert!(unfit(&root_over(&csca, &spki, csca.key())).starts_with("key"), "{what}");
    }
}

#[test]
fn an_rsa_key_at_the_bounds_is_accepted() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    for (bits, exponent) in
        [(2_048, &[3][..]), (8_192, &[1, 0, 1]), (2_048, &[1, 0xFF, 0xFF, 0xFF, 0xFF])]
    {
        let dsc = csca.dsc_over(&rsa(&odd(bits), exponent));
        assert_eq!(answer(&dsc, &base), Answer::Valid, "{bits} {exponent:?}");
    }
}

#[test]
fn an_rsa_key_with_a_negative_modulus_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let numbers = writer::sequence([writer::raw_integer(&odd(2_048)), writer::integer(65_537)]);
    let algorithm =
        writer::sequence([writer::oid("1.2.840.113549.1.1.1").unwrap(), writer::null()]);
    let spki = writer::sequence([algorithm, writer::bit_string(&numbers)]);
    assert_eq!(answer(&csca.dsc_over(&spki), &anchored(&[&csca.der])), Answer::Invalid);
}

/// Somebody who calls himself as `csca` does, with this key identifier.
fn impostor(csca: &Csca, key_id: Option<Vec<u8>>) -> Csca {
    let authority =
        Authority { key: KeyPair::generate(Curve::P256).unwrap(), ..csca.authority.clone() };
    let mut spec = CertificateSpec::csca(&authority, 1, since(730, 13)).unwrap();
    if let Some(id) = key_id {
        spec = spec
            .with(extension::subject_key_identifier(&id))
            .with(extension::authority_key_identifier(&id));
    }
    let der = spec.issue(&authority.key.spki(Params::Explicit).unwrap(), &authority.key).unwrap();
    Csca { authority, der }
}

#[test]
fn a_copied_name_with_the_copied_key_identifier_is_invalid() {
    let csca = Csca::new("UT", "CSCA");
    let id = csca.key().key_identifier();
    let mallory = impostor(&csca, Some(id.clone()));
    let base = anchored(&[&csca.der]);
    let dsc = mallory.dsc_with(5, |spec| {
        *spec = spec.clone().with(extension::authority_key_identifier(&id));
    });
    for der in [&dsc.der, &mallory.der] {
        let verdict = ask(der, &base);
        assert_eq!(verdict.verdict, Answer::Invalid);
        assert!(verdict.path.is_empty());
        assert!(failed(&verdict).contains(&Code::Signature));
    }
}

#[test]
fn a_copied_name_with_a_key_identifier_of_its_own_is_indeterminate() {
    let csca = Csca::new("UT", "CSCA");
    let mallory = impostor(&csca, None);
    let base = anchored(&[&csca.der]);
    for der in [&mallory.dsc(5).der, &mallory.der] {
        let verdict = ask(der, &base);
        assert_eq!(verdict.verdict, Answer::Indeterminate);
        assert!(!verdict.valid_now);
        let detail = &verdict.reason().unwrap().detail;
        assert!(detail.contains("key identifier"), "the identifier to look for: {detail}");
    }
}

#[test]
fn a_copied_name_without_a_key_identifier_is_invalid() {
    let csca = Csca::new("UT", "CSCA");
    let mallory = impostor(&csca, None);
    let dsc = mallory.dsc_with(5, |spec| {
        *spec = spec.clone().without(trust_service::demo::oids::AUTHORITY_KEY_IDENTIFIER);
    });
    assert_eq!(answer(&dsc.der, &anchored(&[&csca.der])), Answer::Invalid);
}

#[test]
fn a_known_key_under_a_name_that_is_not_its_own_is_never_valid() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let base = anchored(&[&csca.der, &other.der]);
    for issuer in [other.authority.name.clone(), csca.authority.state.name("Nobody")] {
        let dsc = csca.dsc_with(5, |spec| spec.issuer = issuer.clone());
        assert_ne!(answer(&dsc.der, &base), Answer::Valid);
    }
}
