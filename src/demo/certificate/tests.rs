use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::super::curve::Curve;
use super::super::key::Params;
use super::super::state::State;
use super::*;

fn authority(common_name: &str) -> Authority {
    Authority::new(State::utopia(), common_name, key())
}

fn key() -> KeyPair {
    KeyPair::generate(Curve::P256).unwrap()
}

fn validity() -> Validity {
    Validity::years(1_700_000_000, 10)
}

fn oids_of(spec: &CertificateSpec) -> Vec<&'static str> {
    let mut oids: Vec<_> = spec.extensions.iter().map(|extension| extension.oid).collect();
    oids.sort_unstable();
    oids
}

fn contains(der: &[u8], part: &[u8]) -> bool {
    der.windows(part.len()).any(|window| window == part)
}

const SHARED: [&str; 7] = [
    oids::SUBJECT_KEY_IDENTIFIER,
    oids::KEY_USAGE,
    oids::PRIVATE_KEY_USAGE_PERIOD,
    oids::SUBJECT_ALT_NAME,
    oids::ISSUER_ALT_NAME,
    oids::CRL_DISTRIBUTION_POINTS,
    oids::AUTHORITY_KEY_IDENTIFIER,
];

fn shared_and(own: &[&'static str]) -> Vec<&'static str> {
    let mut all = [&SHARED, own].concat();
    all.sort_unstable();
    all
}

#[test]
fn each_type_carries_exactly_the_extensions_of_its_profile() {
    let (old, new, key) = (authority("A"), authority("B"), key());
    let csca = CertificateSpec::csca(&old, 1, validity()).unwrap();
    let link = CertificateSpec::link(&old, &new, 2, validity()).unwrap();
    let dsc = CertificateSpec::dsc(&old, "D", &key, 3, validity()).unwrap();
    let mls = CertificateSpec::master_list_signer(&old, "M", &key, 4, validity()).unwrap();
    let dls = CertificateSpec::deviation_list_signer(&old, "V", &key, 5, validity()).unwrap();
    assert_eq!(oids_of(&csca), shared_and(&[oids::BASIC_CONSTRAINTS]));
    assert_eq!(oids_of(&link), shared_and(&[oids::BASIC_CONSTRAINTS, oids::NAME_CHANGE]));
    assert_eq!(oids_of(&dsc), shared_and(&[oids::DOCUMENT_TYPE_LIST]));
    assert_eq!(oids_of(&mls), shared_and(&[oids::EXTENDED_KEY_USAGE]));
    assert_eq!(oids_of(&dls), shared_and(&[oids::EXTENDED_KEY_USAGE]));
    assert_ne!(mls.extensions.last(), dls.extensions.last());
}

#[test]
fn only_three_extensions_are_critical() {
    let (csca, key) = (authority("A"), key());
    let root = CertificateSpec::csca(&csca, 1, validity()).unwrap();
    let mls = CertificateSpec::master_list_signer(&csca, "M", &key, 4, validity()).unwrap();
    for extension in root.extensions.iter().chain(&mls.extensions) {
        let expected = [oids::KEY_USAGE, oids::BASIC_CONSTRAINTS, oids::EXTENDED_KEY_USAGE];
        assert_eq!(extension.critical, expected.contains(&extension.oid), "{}", extension.oid);
    }
}

#[test]
fn a_link_names_the_old_key_as_issuer_and_the_new_one_as_subject() {
    let (old, new) = (authority("A"), authority("A"));
    let link = CertificateSpec::link(&old, &new, 2, validity()).unwrap();
    let aki = extension::authority_key_identifier(&old.key.key_identifier());
    let ski = extension::subject_key_identifier(&new.key.key_identifier());
    assert!(link.extensions.contains(&aki));
    assert!(link.extensions.contains(&ski));
    assert_eq!(link.extensions.iter().find(|e| e.oid == oids::NAME_CHANGE), None);
}

#[test]
fn the_signature_covers_the_signed_part_and_nothing_else() {
    let csca = authority("A");
    let spec = CertificateSpec::csca(&csca, 1, validity()).unwrap();
    let spki = csca.key.spki(Params::Named).unwrap();
    let signed = spec.to_be_signed(&spki, &csca.key).unwrap();
    let der = spec.issue(&spki, &csca.key).unwrap();
    let algorithm = Curve::P256.signature_algorithm().unwrap();
    // Four bytes of outer header, then the signed part, the algorithm, and a bit string's header.
    assert_eq!(der[4..4 + signed.len()], signed);
    let signature = &der[4 + signed.len() + algorithm.len() + 3..];
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, csca.key.point());
    assert!(public.verify(&signed, signature).is_ok());
    assert!(public.verify(&der, signature).is_err());
}

#[test]
fn a_serial_is_written_as_it_is() {
    assert_eq!(serial_content(0), [0]);
    assert_eq!(serial_content(0x80), [0, 0x80]);
    assert_eq!(serial_content(u64::MAX).len(), 9);
    let csca = authority("A");
    let mut spec = CertificateSpec::csca(&csca, 1, validity()).unwrap();
    spec.serial = vec![0xFF, 0xFF];
    let signed = spec.to_be_signed(&[5, 0], &csca.key).unwrap();
    assert!(contains(&signed, &[0xA0, 3, 2, 1, 2, 2, 2, 0xFF, 0xFF, 0x30]));
}

#[test]
fn optional_fields_appear_only_if_asked_for() {
    let csca = authority("A");
    let mut spec = CertificateSpec::csca(&csca, 1, validity()).unwrap();
    spec.extensions.clear();
    spec.version = None;
    let bare = spec.to_be_signed(&[5, 0], &csca.key).unwrap();
    assert!(bare.ends_with(&[5, 0]));
    assert_eq!(bare[3..6], [2, 1, 1]);
    spec.subject_unique_id = Some(vec![7]);
    let with_id = spec.to_be_signed(&[5, 0], &csca.key).unwrap();
    assert!(with_id.ends_with(&[5, 0, 0x82, 2, 0, 7]));
}

#[test]
fn the_two_algorithm_fields_can_be_made_to_differ() {
    let csca = authority("A");
    let mut spec = CertificateSpec::csca(&csca, 1, validity()).unwrap();
    let other = Curve::P384.signature_algorithm().unwrap();
    spec.outer_algorithm = Some(other.clone());
    let der = spec.issue(&[5, 0], &csca.key).unwrap();
    assert!(contains(&der, &other));
    assert!(!contains(&spec.to_be_signed(&[5, 0], &csca.key).unwrap(), &other));
    spec.inner_algorithm = Some(other.clone());
    assert!(contains(&spec.to_be_signed(&[5, 0], &csca.key).unwrap(), &other));
}

#[test]
fn times_can_be_generalized_before_2050() {
    let csca = authority("A");
    let mut spec = CertificateSpec::csca(&csca, 1, Validity::years(0, 1)).unwrap();
    assert!(contains(&spec.to_be_signed(&[], &csca.key).unwrap(), b"\x17\x0d710101000000Z"));
    spec.times = TimeForm::Generalized;
    assert!(contains(&spec.to_be_signed(&[], &csca.key).unwrap(), b"\x18\x0f19710101000000Z"));
}

#[test]
fn private_use_ends_with_the_certificate_at_the_latest() {
    let csca = authority("A");
    let spec = CertificateSpec::csca(&csca, 1, Validity::years(0, 1)).unwrap();
    let expected = extension::private_key_usage_period(Some(0), Some(YEAR)).unwrap();
    assert!(spec.extensions.contains(&expected));
}

#[test]
fn an_extension_can_be_removed_replaced_or_repeated() {
    let csca = authority("A");
    let spec = CertificateSpec::csca(&csca, 1, validity()).unwrap();
    let count = spec.extensions.len();
    assert_eq!(spec.clone().without(oids::KEY_USAGE).extensions.len(), count - 1);
    let mut replaced = spec.with(extension::basic_constraints(None));
    assert_eq!(replaced.extensions.len(), count);
    replaced.extensions.push(extension::basic_constraints(None));
    assert!(replaced.issue(&[5, 0], &csca.key).is_ok());
}

#[test]
fn refuses_a_time_that_cannot_be_written() {
    let csca = authority("A");
    let mut spec = CertificateSpec::csca(&csca, 1, validity()).unwrap();
    spec.not_after = i64::MAX;
    assert_eq!(spec.issue(&[5, 0], &csca.key), Err(IssueError::TimeOutOfRange));
    let endless = Validity::years(i64::MAX, 1);
    assert!(CertificateSpec::csca(&csca, 1, endless).is_err());
}
