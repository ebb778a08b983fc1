//! "A CRL counts for a certificate when it is signed by any generation of the same CSCA (same name, or joined by a
//! verified link), never merely the same country."

use trust_service::demo::certificate::CertificateSpec;
use trust_service::demo::key::Params;
use trust_service::demo::{extension, oids};
use trust_service::trust::revocation::RevocationStatus::{Good, Revoked as Hit, Unknown};
use trust_service::trust::snapshot::Snapshot;

use super::common::{Csca, anchored, ask, distrust, import, imported, since};

/// An old CSCA and its successor.
fn generations(old: &str, new: &str) -> (Csca, Csca) {
    (Csca::new("UT", old), Csca::since("UT", new, since(700, 13)))
}

/// Both as anchors, with a list of the new key that revokes 5.
fn with_list_of_new(old: &Csca, new: &Csca) -> Snapshot {
    imported(&anchored(&[&old.der, &new.der]), "crls", &[&new.crl_of(1, 5)])
}

#[test]
fn the_list_of_the_old_key_counts_for_what_the_new_one_issues() {
    let (old, new) = generations("CSCA", "CSCA");
    let base = imported(&anchored(&[&old.der, &new.der]), "crls", &[&old.crl_of(1, 5)]);
    assert_eq!(ask(&new.dsc(5).der, &base).revocation.status, Hit);
    assert_eq!(ask(&old.dsc(5).der, &base).revocation.status, Hit);
    assert_eq!(ask(&new.dsc(6).der, &base).revocation.status, Good);
}

#[test]
fn the_list_of_the_new_key_counts_for_what_the_old_one_issued() {
    let (old, new) = generations("CSCA", "CSCA");
    let base = with_list_of_new(&old, &new);
    assert_eq!(ask(&old.dsc(5).der, &base).revocation.status, Hit);
    assert_eq!(ask(&old.dsc(6).der, &base).revocation.status, Good);
}

#[test]
fn a_hit_in_the_list_of_either_key_counts_whichever_is_newer() {
    let (old, new) = generations("CSCA", "CSCA");
    let base = with_list_of_new(&old, &new);
    let base = imported(&base, "more", &[&old.empty_crl(99)]);
    assert_eq!(ask(&old.dsc(5).der, &base).revocation.status, Hit);
}

#[test]
fn a_link_joins_a_csca_to_its_successor_of_another_name() {
    let (old, new) = generations("CSCA", "CSCA Renamed");
    let base = with_list_of_new(&old, &new);
    assert_eq!(ask(&old.dsc(5).der, &base).revocation.status, Unknown, "nothing joins them yet");
    let base = imported(&base, "links", &[&old.link_to(&new)]);
    assert_eq!(ask(&old.dsc(5).der, &base).revocation.status, Hit);
    assert_eq!(ask(&old.dsc(6).der, &base).revocation.status, Good);
}

#[test]
fn a_link_and_a_list_may_come_in_one_file_in_any_order() {
    let (old, new) = generations("CSCA", "CSCA Renamed");
    let (link, crl) = (old.link_to(&new), new.crl_of(1, 5));
    for objects in [[&link[..], &crl[..]], [&crl[..], &link[..]]] {
        let base = imported(&anchored(&[&old.der, &new.der]), "bundle", &objects);
        assert_eq!(ask(&old.dsc(5).der, &base).revocation.status, Hit);
    }
}

#[test]
fn a_forged_link_joins_nothing() {
    let (old, new) = generations("CSCA", "CSCA Renamed");
    let mallory = Csca::new("UT", "CSCA");
    let base = with_list_of_new(&old, &new);
    let own = mallory.link_to(&new);
    let posing = mallory.link_with(&new, |spec| {
        let id = extension::authority_key_identifier(
            &trust_service::demo::key::Signer::key_identifier(old.key()),
        );
        *spec = spec.clone().with(id);
    });
    for link in [own, posing] {
        let (base, _) = import(&base, "links", &[&link]).unwrap();
        assert_eq!(ask(&old.dsc(5).der, &base).revocation.status, Unknown);
    }
}

#[test]
fn a_link_by_one_state_to_the_key_of_another_joins_nothing() {
    // Whoever issues a link writes any public key into it: only a State's own generations may be joined so.
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let base = anchored(&[&csca.der, &other.der]);
    let base = imported(&base, "crls", &[&other.crl_of(1, 5)]);
    let named_as_the_victim = other.link_to(&csca);
    let named_as_itself = other.link_with(&csca, |spec| {
        spec.subject = other.authority.name.clone();
    });
    for link in [named_as_the_victim, named_as_itself] {
        let (after, _) = import(&base, "links", &[&link]).unwrap();
        assert_eq!(ask(&csca.dsc(5).der, &after).revocation.status, Unknown);
        assert_eq!(ask(&csca.dsc(6).der, &after).revocation.status, Unknown);
    }
}

#[test]
fn a_link_in_the_name_of_another_states_csca_joins_nothing() {
    // Signed with a key that is an anchor's, but not one of the issuer that it names.
    let (old, new) = generations("CSCA", "CSCA Renamed");
    let other = Csca::new("XX", "CSCA");
    let base = anchored(&[&old.der, &new.der, &other.der]);
    let base = imported(&base, "crls", &[&other.crl_of(1, 5)]);
    let link = other.link_with(&new, |spec| spec.issuer = old.authority.name.clone());
    let (after, _) = import(&base, "links", &[&link]).unwrap();
    assert_eq!(ask(&new.dsc(5).der, &after).revocation.status, Unknown);
}

#[test]
fn a_document_signer_is_no_link_even_if_it_holds_an_anchors_key() {
    let (old, new) = generations("CSCA", "CSCA Renamed");
    let base = with_list_of_new(&old, &new);
    let dsc = old.dsc_over(&new.key().spki(Params::Explicit).unwrap());
    let (after, _) = import(&base, "links", &[&dsc]).unwrap();
    assert_eq!(ask(&old.dsc(5).der, &after).revocation.status, Unknown);
}

#[test]
fn sharing_a_key_alone_does_not_join_two_states() {
    // A State's list may hold a certificate of its own over another State's public key.
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let mut spec =
        CertificateSpec::link(&other.authority, &other.authority, 3, since(10, 5)).unwrap();
    spec = spec.without(oids::SUBJECT_KEY_IDENTIFIER);
    let stolen = spec.issue(&csca.key().spki(Params::Explicit).unwrap(), other.key()).unwrap();
    let base = anchored(&[&csca.der, &other.der]);
    let base = imported(&base, "crls", &[&other.crl_of(1, 5)]);
    let (after, _) = import(&base, "xx", &[&other.list(&[&other.der, &stolen])]).unwrap();
    assert_eq!(ask(&csca.dsc(5).der, &after).revocation.status, Unknown);
}

#[test]
fn a_distrusted_old_key_joins_nothing_by_its_links() {
    let (old, new) = generations("CSCA", "CSCA Renamed");
    let base = imported(&anchored(&[&old.der, &new.der]), "links", &[&old.link_to(&new)]);
    let base = distrust(&base, old.id());
    let third = Csca::new("UT", "CSCA of the army");
    let base = super::common::anchor_also(&base, &third.der).unwrap();
    let base = imported(&base, "crls", &[&third.crl_of(1, 5)]);
    let (after, _) = import(&base, "links", &[&old.link_to(&third), &old.link_to(&new)]).unwrap();
    assert_eq!(ask(&new.dsc(5).der, &after).revocation.status, Unknown);
}

#[test]
fn lists_of_a_csca_that_is_no_anchor_any_more_are_dropped() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let base = anchored(&[&csca.der]);
    let base =
        imported(&base, "ut", &[&csca.list_at(&[&csca.der, &other.der], super::common::NOW - 9)]);
    let base = imported(&base, "crls", &[&other.crl_of(1, 5)]);
    assert_eq!(base.crls().count(), 1);
    let (after, _) =
        import(&base, "ut", &[&csca.list_at(&[&csca.der], super::common::NOW - 8)]).unwrap();
    assert!(after.anchors().get(&other.id()).is_none());
    assert_eq!(after.crls().count(), 0);
}
