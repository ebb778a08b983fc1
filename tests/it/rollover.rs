//! Links: they carry trust from an old key to a new one, and are never between anchor and document signer.

use trust_service::demo::ldif::{self, EntryKind, LdifEntry};
use trust_service::trust::bundle;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{Draft, ImportOptions};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::kind::CertificateType;
use trust_service::trust::validate::At;
use trust_service::trust::verdict::Answer;

use super::common::{
    Csca, anchored, answer, ask, ask_with, distrust, import, imported, now, since,
};

fn generations() -> (Csca, Csca) {
    (Csca::new("UT", "CSCA"), Csca::since("UT", "CSCA", since(700, 13)))
}

#[test]
fn a_signer_under_a_link_is_indeterminate_while_the_new_key_is_no_anchor() {
    let (old, new) = generations();
    let dsc = new.dsc(5);
    let base =
        imported(&anchored(&[&old.der]), "bundle", &[&old.link_to(&new), &new.der, &dsc.der]);
    let verdict = ask(&dsc.der, &base);
    assert_eq!(verdict.verdict, Answer::Indeterminate);
    assert!(verdict.path.is_empty());
    assert!(!verdict.valid_now);
    assert_eq!(base.anchors().all().len(), 1, "a bundle makes no anchor");
}

#[test]
fn a_link_itself_is_valid_under_the_old_key_and_said_to_be_a_link() {
    let (old, new) = generations();
    let verdict = ask(&old.link_to(&new), &anchored(&[&old.der]));
    assert_eq!(verdict.verdict, Answer::Valid);
    assert_eq!(verdict.kind, CertificateType::Link);
    assert_eq!(verdict.path[0].sha256, old.id());
}

#[test]
fn a_link_of_one_name_for_both_ends_is_told_from_a_root_by_its_key() {
    let (old, new) = generations();
    let link = Certificate::parse(old.link_to(&new)).unwrap();
    assert_eq!(link.issuer(), link.subject());
    assert_eq!(CertificateType::of(&link), CertificateType::Link);
    let asked = ask_with(link.der(), &anchored(&[&old.der]), |asked| {
        asked.kind = Some(CertificateType::Csca);
    });
    assert_eq!(asked.verdict, Answer::Invalid);
}

#[test]
fn a_link_that_a_list_vouches_for_verifies_documents() {
    let (old, new) = generations();
    let link = old.link_to(&new);
    let base = imported(&anchored(&[&old.der]), "ut", &[&old.list(&[&old.der, &link])]);
    let verdict = ask(&new.dsc(5).der, &base);
    assert_eq!(verdict.verdict, Answer::Valid);
    assert_eq!(verdict.path.len(), 1);
    assert_eq!(verdict.path[0].sha256, Fingerprint::of(&link));
    assert_eq!(verdict.path[0].role, CertificateType::Link);
    assert_eq!(&*verdict.path[0].sources[0], "ut");
}

#[test]
fn an_operator_may_vouch_for_a_link() {
    let (old, new) = generations();
    let base = anchored(&[&old.link_to(&new)]);
    assert_eq!(answer(&new.dsc(5).der, &base), Answer::Valid);
    assert_eq!(answer(&old.dsc(5).der, &base), Answer::Indeterminate);
}

#[test]
fn neither_a_bundle_nor_ldif_makes_an_anchor() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc(5);
    let base = imported(&anchored(&[]), "bundle", &[&csca.der, &dsc.der]);
    assert!(base.anchors().all().is_empty());
    assert_eq!(answer(&dsc.der, &base), Answer::Indeterminate);
    assert_eq!(answer(&csca.der, &base), Answer::Indeterminate);

    let entry = LdifEntry::new(EntryKind::DocumentSigner, "UT", "CSCA", "01", &csca.der);
    let file = ldif::write(&[entry]);
    let items = bundle::read(file.as_bytes()).unwrap();
    let empty = anchored(&[]);
    let mut draft = Draft::new(&empty, now());
    draft
        .import("ldif", Fingerprint::of(file.as_bytes()), &items, &ImportOptions::default())
        .unwrap();
    let (after, _, _) = draft.finish().unwrap();
    assert!(after.anchors().all().is_empty());
}

#[test]
fn an_expired_old_key_still_verifies_what_it_signed() {
    let old = Csca::since("UT", "CSCA", since(4_000, 10));
    let new = Csca::since("UT", "CSCA", since(700, 13));
    let base = anchored(&[&old.der, &new.der]);
    let dsc = old.dsc_with(5, |spec| {
        let validity = since(2_500, 11);
        (spec.not_before, spec.not_after) = (validity.not_before, validity.not_after);
    });
    assert_eq!(answer(&dsc.der, &base), Answer::Valid);
    let issued = ask_with(&dsc.der, &base, |asked| asked.at = At::Issuance);
    assert_eq!(issued.verdict, Answer::Valid);
}

#[test]
fn a_distrusted_old_key_does_not_take_the_new_root_with_it() {
    let (old, new) = generations();
    let base = distrust(&anchored(&[&old.der, &new.der]), old.id());
    assert_eq!(answer(&old.dsc(5).der, &base), Answer::Invalid);
    assert_eq!(answer(&new.dsc(5).der, &base), Answer::Valid);
}

#[test]
fn a_name_that_changes_without_saying_so_is_a_deviation() {
    let old = Csca::new("UT", "CSCA");
    let new = Csca::since("UT", "CSCA Renamed", since(700, 13));
    let silent = old.link_with(&new, |spec| {
        *spec = spec.clone().without(trust_service::demo::oids::NAME_CHANGE);
    });
    let base = anchored(&[&old.der]);
    let strict = |der: &[u8]| {
        ask_with(der, &base, |asked| asked.policy = trust_service::trust::check::Policy::Strict)
    };
    assert_eq!(strict(&old.link_to(&new)).verdict, Answer::Valid);
    assert_eq!(strict(&silent).verdict, Answer::Invalid);
    assert_eq!(answer(&silent, &base), Answer::Valid);
}

#[test]
fn a_root_that_changes_hands_without_a_link_is_not_followed() {
    let (old, new) = generations();
    let list = new.list(&[&old.der, &new.der]);
    let error = import(&anchored(&[&old.der]), "ut", &[&list]).unwrap_err();
    assert!(error.to_string().contains("no operator vouched"), "{error}");
}
