use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::super::curve::Curve;
use super::super::key::KeyPair;
use super::*;

fn key() -> KeyPair {
    KeyPair::generate(Curve::P256).unwrap()
}

/// A list of one entry, `NULL`, with no certificates beside it.
fn small_list(signer: &KeyPair) -> SignedListSpec {
    SignedListSpec::master_list(&[writer::null()], Vec::new(), signer, 0)
}

fn contains(der: &[u8], part: &[u8]) -> bool {
    der.windows(part.len()).any(|window| window == part)
}

fn attribute_der(oid: &str, value: &[u8]) -> Vec<u8> {
    attribute(oid, value).unwrap()
}

#[test]
fn content_is_a_version_and_a_sorted_set() {
    let entries = [writer::integer(2), writer::integer(1)];
    let expected = [0x30, 11, 2, 1, 0, 0x31, 6, 2, 1, 1, 2, 1, 2];
    assert_eq!(master_list_content(0, &entries), expected);
    assert_eq!(master_list_content(1, &[]), [0x30, 5, 2, 1, 1, 0x31, 0]);
}

#[test]
fn the_envelope_names_signed_data_version_3_and_the_content() {
    let signer = key();
    let der = small_list(&signer).issue(&signer).unwrap();
    let middle = b"\x02\x01\x03\x31\x0d\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\
        \x30\x15\x06\x06\x67\x81\x08\x01\x01\x02\
        \xa0\x0b\x04\x09\x30\x07\x02\x01\x00\x31\x02\x05\x00\
        \x31";
    assert!(contains(&der, middle), "{der:02x?}");
    assert_eq!(der[4..15], writer::oid(oids::SIGNED_DATA).unwrap());
}

#[test]
fn the_signature_covers_the_attributes_under_their_set_tag() {
    let signer = key();
    let spec = small_list(&signer);
    let info = spec.signer_info(&signer).unwrap();
    let attributes = writer::set_of([
        attribute_der(oids::CONTENT_TYPE, &writer::oid(oids::MASTER_LIST).unwrap()),
        attribute_der(oids::SIGNING_TIME, &writer::time(0).unwrap()),
        attribute_der(
            oids::MESSAGE_DIGEST,
            &writer::octet_string(&Curve::P256.hash(&spec.content)),
        ),
    ]);
    assert!(contains(&info, &writer::implicit(0, &attributes)));

    let algorithm = Curve::P256.signature_algorithm().unwrap();
    let at = info.windows(algorithm.len()).position(|window| window == algorithm).unwrap();
    let signature = &info[at + algorithm.len() + 2..];
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, signer.point());
    assert!(public.verify(&attributes, signature).is_ok());
    assert!(public.verify(&spec.content, signature).is_err());
}

#[test]
fn the_signer_is_named_by_key_or_by_issuer_and_serial() {
    let signer = key();
    let mut spec = small_list(&signer);
    let by_key = [&[2, 1, 3, 0x80, 20], signer.key_identifier().as_slice()].concat();
    assert!(contains(&spec.signer_info(&signer).unwrap(), &by_key));

    let issuer = Name::new("UT", "O", "C");
    let named = writer::sequence([issuer.to_der().unwrap(), writer::raw_integer(&[0xFF])]);
    spec.signer_id = SignerId::IssuerAndSerial(issuer, vec![0xFF]);
    let by_issuer = [&[2, 1, 1], named.as_slice()].concat();
    assert!(contains(&spec.signer_info(&signer).unwrap(), &by_issuer));
}

#[test]
fn each_attribute_can_be_left_out_or_wrong() {
    let signer = key();
    let mut spec = small_list(&signer);
    spec.content_type_attribute = Some(oids::DEVIATION_LIST);
    spec.message_digest = MessageDigest::Other(vec![7]);
    spec.signing_time = None;
    spec.more_signed_attributes = vec![attribute_der("2.999", &writer::null())];
    let info = spec.signer_info(&signer).unwrap();
    let wrong_type = writer::oid(oids::DEVIATION_LIST).unwrap();
    assert!(contains(&info, &attribute_der(oids::CONTENT_TYPE, &wrong_type)));
    assert!(contains(&info, &attribute_der(oids::MESSAGE_DIGEST, &[4, 1, 7])));
    assert!(contains(&info, &attribute_der("2.999", &writer::null())));
    assert!(!contains(&info, &writer::oid(oids::SIGNING_TIME).unwrap()));
}

#[test]
fn without_any_attribute_the_signature_covers_the_content() {
    let signer = key();
    let mut spec = small_list(&signer);
    spec.content_type_attribute = None;
    spec.message_digest = MessageDigest::Absent;
    spec.signing_time = None;
    let info = spec.signer_info(&signer).unwrap();
    // After version (3), identifier (22), digest (13), signature algorithm (12) and two headers.
    let signature = &info[2 + 3 + 22 + 13 + 12 + 2..];
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, signer.point());
    assert!(public.verify(&spec.content, signature).is_ok());
}

#[test]
fn certificates_crls_and_further_signers_are_written_where_they_belong() {
    let signer = key();
    let mut spec = small_list(&signer);
    spec.certificates = vec![vec![2, 1, 9], vec![2, 1, 8]];
    spec.crls = vec![vec![2, 1, 7]];
    spec.unsigned_attributes = vec![attribute_der("2.999", &[5, 0])];
    spec.more_signer_infos = vec![vec![5, 0]];
    let der = spec.issue(&signer).unwrap();
    assert!(contains(&der, &[0xA0, 6, 2, 1, 8, 2, 1, 9, 0xA1, 3, 2, 1, 7, 0x31]));
    assert!(contains(&der, &[&[0xA1, 10], attribute_der("2.999", &[5, 0]).as_slice()].concat()));
    assert!(contains(&der, &[0x05, 0x00, 0x30]));
}

#[test]
fn a_null_may_follow_the_digest_and_a_deviation_list_says_what_it_is() {
    let signer = key();
    let mut spec = SignedListSpec::deviation_list(vec![0x30, 0], Vec::new(), &signer, 0);
    spec.digest_with_null = true;
    let der = spec.issue(&signer).unwrap();
    let algorithm = [writer::oid(oids::SHA256).unwrap(), writer::null()];
    assert!(contains(&der, &writer::sequence(algorithm)));
    assert!(contains(&der, b"\x06\x06\x67\x81\x08\x01\x01\x07\xa0\x04\x04\x02\x30\x00"));
}
