//! Signed lists: their envelope, their content, and what a source's next list does to its last one.

use trust_service::clock::DAY;
use trust_service::demo::key::Signer;
use trust_service::demo::master_list::{
    MessageDigest, SignedListSpec, SignerId, attribute, master_list_content,
};
use trust_service::demo::{extension, oids, writer};
use trust_service::trust::bundle;
use trust_service::trust::change::{ChangeError, ImportOptions};
use trust_service::trust::cms::CmsError;
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::masterlist::{ListError, MasterList};
use trust_service::trust::verdict::Answer;

use super::common::{
    Csca, Imported, Leaf, NOW, anchored, answer, import, import_as, imported, since,
};

const SHA1: &str = "1.3.14.3.2.26";

fn list_error(imported: Imported) -> ListError {
    match imported {
        Err(ChangeError::List(error)) => error,
        Err(other) => panic!("refused for another reason: {other}"),
        Ok((_, reports)) => panic!("accepted: {reports:?}"),
    }
}

/// What becomes of a list with something changed before it is signed.
fn changed(change: impl FnOnce(&mut SignedListSpec, &Csca, &Leaf)) -> Imported {
    let csca = Csca::new("UT", "CSCA");
    let signer = csca.list_signer();
    let mut spec = csca.list_spec(&signer, &[&csca.der], NOW - DAY);
    change(&mut spec, &csca, &signer);
    import(&anchored(&[&csca.der]), "ut", &[&spec.issue(&signer.key).unwrap()])
}

#[test]
fn every_way_of_writing_a_list_that_the_standard_allows_is_accepted() {
    assert!(changed(|_, _, _| {}).is_ok());
    assert!(changed(|spec, _, _| spec.digest_with_null = true).is_ok());
    let by_serial = changed(|spec, csca, _| {
        let serial = trust_service::demo::certificate::serial_content(900);
        spec.signer_id = SignerId::IssuerAndSerial(csca.authority.name.clone(), serial);
    });
    assert!(by_serial.is_ok());
    let unsigned = attribute("2.999.1", &writer::null()).unwrap();
    assert!(changed(|spec, _, _| spec.unsigned_attributes = vec![unsigned]).is_ok());
}

#[test]
fn a_signed_attribute_that_is_missing_is_refused() {
    type Change = fn(&mut SignedListSpec);
    let changes: [Change; 4] = [
        |spec| spec.content_type_attribute = None,
        |spec| spec.message_digest = MessageDigest::Absent,
        |spec| spec.signing_time = None,
        |spec| {
            spec.content_type_attribute = None;
            spec.message_digest = MessageDigest::Absent;
            spec.signing_time = None;
        },
    ];
    for change in changes {
        let error = list_error(changed(|spec, _, _| change(spec)));
        assert!(
            matches!(error, ListError::Cms(CmsError::Attribute(_) | CmsError::Structure(_))),
            "{error}"
        );
    }
}

#[test]
fn a_signed_attribute_that_stands_there_twice_is_refused() {
    let earlier = writer::time(NOW - 9 * DAY).unwrap();
    let twice = [
        attribute(oids::SIGNING_TIME, &earlier).unwrap(),
        attribute(oids::CONTENT_TYPE, &writer::oid(oids::MASTER_LIST).unwrap()).unwrap(),
        attribute(oids::MESSAGE_DIGEST, &writer::octet_string(&[0; 32])).unwrap(),
    ];
    for more in twice {
        let error = list_error(changed(|spec, _, _| spec.more_signed_attributes = vec![more]));
        assert!(matches!(error, ListError::Cms(CmsError::Attribute(_) | CmsError::Digest)));
    }
    let two_values = writer::sequence([
        writer::oid(oids::SIGNING_TIME).unwrap(),
        writer::set_of([earlier.clone(), writer::time(NOW - DAY).unwrap()]),
    ]);
    let error = list_error(changed(|spec, _, _| {
        spec.signing_time = None;
        spec.more_signed_attributes = vec![two_values];
    }));
    assert!(matches!(error, ListError::Cms(CmsError::Attribute("signingTime"))), "{error}");
}

#[test]
fn another_digest_or_another_content_type_than_was_signed_is_refused() {
    let error = list_error(changed(|spec, _, _| {
        spec.message_digest = MessageDigest::Other(vec![7; 32]);
    }));
    assert_eq!(error, ListError::Cms(CmsError::Digest));
    let error = list_error(changed(|spec, _, _| {
        spec.content_type_attribute = Some(oids::DEVIATION_LIST);
    }));
    assert_eq!(error, ListError::Cms(CmsError::Attribute("contentType")));
}

#[test]
fn a_deviation_list_is_no_master_list() {
    let error = list_error(changed(|spec, _, _| {
        spec.content_type = oids::DEVIATION_LIST;
        spec.content_type_attribute = Some(oids::DEVIATION_LIST);
    }));
    assert_eq!(error, ListError::ContentType(oids::DEVIATION_LIST.to_owned()));
}

#[test]
fn a_list_digested_with_sha_one_is_refused_though_its_signature_holds() {
    let csca = Csca::new("UT", "CSCA");
    let signer = csca.list_signer();
    let content = master_list_content(0, std::slice::from_ref(&csca.der));
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &content);
    let attributes = [
        attribute(oids::CONTENT_TYPE, &writer::oid(oids::MASTER_LIST).unwrap()).unwrap(),
        attribute(oids::MESSAGE_DIGEST, &writer::octet_string(digest.as_ref())).unwrap(),
        attribute(oids::SIGNING_TIME, &writer::time(NOW - DAY).unwrap()).unwrap(),
    ];
    let covered = writer::set_of(&attributes);
    let sha1 = writer::sequence([writer::oid(SHA1).unwrap()]);
    let info = writer::sequence([
        writer::integer(3),
        writer::implicit(0, &writer::octet_string(&signer.key.key_identifier())),
        sha1.clone(),
        writer::implicit(0, &covered),
        signer.key.curve().signature_algorithm().unwrap(),
        writer::octet_string(&signer.key.sign(&covered).unwrap()),
    ]);
    let inner = writer::explicit(0, &writer::octet_string(&content));
    let data = writer::sequence([
        writer::integer(3),
        writer::set_of([sha1]),
        writer::sequence([writer::oid(oids::MASTER_LIST).unwrap(), inner]),
        writer::implicit(0, &writer::set_of([signer.der.clone(), csca.der.clone()])),
        writer::set_of([info]),
    ]);
    let list =
        writer::sequence([writer::oid(oids::SIGNED_DATA).unwrap(), writer::explicit(0, &data)]);
    let error = list_error(import(&anchored(&[&csca.der]), "ut", &[&list]));
    assert_eq!(error, ListError::Cms(CmsError::Sha1));
}

#[test]
fn a_list_without_its_signers_certificate_is_refused() {
    let error = list_error(changed(|spec, csca, _| spec.certificates = vec![csca.der.clone()]));
    assert_eq!(error, ListError::Cms(CmsError::SignerCertificate));
    let error = list_error(changed(|spec, _, _| spec.certificates.clear()));
    assert_eq!(error, ListError::Cms(CmsError::SignerCertificate));
}

#[test]
fn a_list_signed_with_another_key_than_its_signers_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let (signer, thief) = (csca.list_signer(), csca.list_signer());
    let mut spec = csca.list_spec(&signer, &[&csca.der], NOW - DAY);
    spec.signer_id = SignerId::KeyIdentifier(signer.key.key_identifier());
    let list = spec.issue(&thief.key).unwrap();
    let error = list_error(import(&anchored(&[&csca.der]), "ut", &[&list]));
    assert_eq!(error, ListError::Cms(CmsError::Signature));
}

#[test]
fn a_list_of_another_version_is_refused() {
    let error = list_error(changed(|spec, csca, _| {
        spec.content = master_list_content(1, std::slice::from_ref(&csca.der));
    }));
    assert!(matches!(error, ListError::Content(_)), "{error}");
}

#[test]
fn one_bad_entry_is_listed_and_the_others_are_accepted() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let dsc = csca.dsc(5);
    for bad in [writer::null(), dsc.der, csca.der[..100].to_vec()] {
        // What is not one element would break the set itself.
        let bad = if bad.len() == 100 { writer::octet_string(&bad) } else { bad };
        let list = csca.list(&[&csca.der, &bad, &other.der]);
        let (after, reports) = import(&anchored(&[&csca.der]), "ut", &[&list]).unwrap();
        assert_eq!(reports[0].cscas, 2);
        assert_eq!(reports[0].refused.len(), 1);
        assert_eq!(reports[0].refused[0].sha256, Fingerprint::of(&bad));
        assert_eq!(after.anchors().all().len(), 2);
    }
}

#[test]
fn a_ca_with_a_list_signers_purpose_cannot_be_an_anchor() {
    let csca = Csca::new("UT", "CSCA");
    let two_faced = Csca::with("XX", "CSCA", since(730, 13), |spec| {
        let purpose = extension::extended_key_usage(&[oids::MASTER_LIST_SIGNER]).unwrap();
        *spec = spec.clone().with(purpose);
    });
    let list = csca.list(&[&csca.der, &two_faced.der]);
    let (after, reports) = import(&anchored(&[&csca.der]), "ut", &[&list]).unwrap();
    assert_eq!(reports[0].refused.len(), 1, "{reports:?}");
    assert!(after.anchors().get(&two_faced.id()).is_none());
}

#[test]
fn an_older_list_needs_a_word_of_its_own() {
    let csca = Csca::new("UT", "CSCA");
    let base = imported(&anchored(&[&csca.der]), "ut", &[&csca.list_at(&[&csca.der], NOW - DAY)]);
    let older = csca.list_at(&[&csca.der], NOW - DAY - 1);
    let error = import(&base, "ut", &[&older]).unwrap_err();
    assert!(matches!(error, ChangeError::Older { .. }), "{error}");
    assert!(import(&base, "ut", &[&csca.list_at(&[&csca.der], NOW - DAY)]).is_ok(), "same second");
    let options = ImportOptions { allow_older: true, ..ImportOptions::default() };
    let (after, _) = import_as(&base, "ut", &[&older], &options).unwrap();
    assert_eq!(after.content().sources["ut"].sha256, Fingerprint::of(&older));
}

#[test]
fn the_same_list_again_changes_nothing() {
    let csca = Csca::new("UT", "CSCA");
    let list = csca.list(&[&csca.der]);
    let base = imported(&anchored(&[&csca.der]), "ut", &[&list]);
    let (after, reports) = import(&base, "ut", &[&list]).unwrap();
    assert!(reports[0].unchanged);
    assert_eq!(after.id(), base.id());
}

#[test]
fn what_only_the_old_list_held_loses_its_anchor() {
    let (csca, both, one) =
        (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"), Csca::new("YY", "CSCA"));
    let first = csca.list_at(&[&csca.der, &both.der, &one.der], NOW - 9);
    let base = imported(&anchored(&[&csca.der]), "ut", &[&first]);
    assert_eq!(answer(&one.dsc(5).der, &base), Answer::Valid);
    let base = imported(&base, "ut", &[&csca.list_at(&[&csca.der, &both.der], NOW - 8)]);
    assert_eq!(answer(&one.dsc(5).der, &base), Answer::Indeterminate);
    assert_eq!(answer(&both.dsc(5).der, &base), Answer::Valid);
    let empty = imported(&base, "ut", &[&csca.list_at(&[], NOW - 7)]);
    assert_eq!(answer(&csca.dsc(5).der, &empty), Answer::Valid, "the operator's word stays");
    assert_eq!(answer(&both.dsc(5).der, &empty), Answer::Indeterminate);
}

#[test]
fn an_anchor_of_two_lists_stays_while_one_of_them_holds_it() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let base = anchored(&[&csca.der]);
    let base = imported(&base, "one", &[&csca.list_at(&[&other.der], NOW - 9)]);
    let base = imported(&base, "two", &[&csca.list_at(&[&other.der], NOW - 9)]);
    assert_eq!(base.anchors().get(&other.id()).unwrap().sources.len(), 2);
    let base = imported(&base, "one", &[&csca.list_at(&[], NOW - 8)]);
    assert_eq!(base.anchors().get(&other.id()).unwrap().sources.len(), 1);
    let base = imported(&base, "two", &[&csca.list_at(&[], NOW - 8)]);
    assert!(base.anchors().get(&other.id()).is_none());
}

#[test]
fn bytes_behind_a_list_are_refused() {
    let csca = Csca::new("UT", "CSCA");
    let list = csca.list(&[&csca.der]);
    for tail in [&[0][..], b"\n", &[0x30, 0], &csca.der] {
        assert!(MasterList::parse(&[&list, tail].concat()).is_err());
    }
    assert!(bundle::read(&[&list[..], &[0]].concat()).is_err());
}

#[test]
fn a_list_cut_anywhere_is_an_error_and_changes_nothing() {
    let csca = Csca::new("UT", "CSCA");
    let list = csca.list(&[&csca.der]);
    let base = anchored(&[&csca.der]);
    let before = base.id();
    for end in (0..list.len()).step_by(97) {
        assert!(MasterList::parse(&list[..end]).is_err(), "cut at {end}");
        assert!(bundle::read(&list[..end]).is_err(), "cut at {end}");
    }
    assert_eq!(base.id(), before);
}

#[test]
fn a_list_with_any_octet_changed_is_refused_or_signed_all_the_same() {
    // Outside of what is signed an octet may change; what the list says may not.
    let csca = Csca::new("UT", "CSCA");
    let list = csca.list(&[&csca.der]);
    let said =
        |list: &MasterList| (list.entries.clone(), list.signing_time, list.signer.fingerprint());
    let truth = said(&MasterList::parse(&list).unwrap());
    for at in 0..list.len() {
        let mut changed = list.clone();
        changed[at] ^= 0x01;
        let Ok(parsed) = MasterList::parse(&changed) else { continue };
        assert_eq!((&said(&parsed).0, said(&parsed).1), (&truth.0, truth.1), "octet {at}");
    }
}
