//! Who may sign a master list: nobody whose CSCA no operator vouched for, and only in time and for this purpose.

use trust_service::clock::DAY;
use trust_service::demo::certificate::CertificateSpec;
use trust_service::demo::extension;
use trust_service::demo::key::Params;
use trust_service::trust::change::{ChangeError, ImportOptions, SignerError};
use trust_service::trust::fingerprint::Fingerprint;

use super::common::{
    Csca, Imported, Leaf, NOW, anchored, distrust, import, import_as, imported, since,
};

fn signer_error(imported: Imported) -> SignerError {
    match imported {
        Err(ChangeError::Signer(error)) => error,
        Err(other) => panic!("refused for another reason: {other}"),
        Ok((_, reports)) => panic!("accepted: {reports:?}"),
    }
}

/// A list of its own CSCA that `signer` signed at `signed_at`.
fn list_by(csca: &Csca, signer: &Leaf, signed_at: i64) -> Vec<u8> {
    csca.list_spec(signer, &[&csca.der], signed_at).issue(&signer.key).unwrap()
}

fn accept(which: Fingerprint) -> ImportOptions {
    ImportOptions { accept_signers: vec![which], allow_older: false }
}

#[test]
fn a_signer_for_whom_no_operator_vouched_is_refused_by_the_fingerprint_to_compare() {
    let csca = Csca::new("UT", "CSCA");
    let error = import(&anchored(&[]), "ut", &[&csca.list(&[&csca.der])]).unwrap_err();
    assert!(error.to_string().contains(&csca.id().to_string()), "{error}");
    let error = signer_error(Err(error));
    assert!(matches!(error, SignerError::NotPinned { pinned: None, .. }));
}

#[test]
fn a_signer_whose_csca_is_nowhere_is_refused_by_the_name_to_look_for() {
    let csca = Csca::new("UT", "CSCA");
    let signer = csca.list_signer();
    let mut spec = csca.list_spec(&signer, &[], NOW - DAY);
    spec.certificates.truncate(1);
    let list = spec.issue(&signer.key).unwrap();
    match signer_error(import(&anchored(&[]), "ut", &[&list])) {
        SignerError::Unknown { issuer } => assert!(issuer.contains("CN=CSCA"), "{issuer}"),
        other => panic!("{other}"),
    }
}

#[test]
fn an_operators_anchor_and_an_accepted_fingerprint_both_let_a_list_in() {
    let csca = Csca::new("UT", "CSCA");
    let list = csca.list(&[&csca.der]);
    assert!(import(&anchored(&[&csca.der]), "ut", &[&list]).is_ok());
    assert!(import_as(&anchored(&[]), "ut", &[&list], &accept(csca.id())).is_ok());
}

#[test]
fn an_accepted_fingerprint_of_anything_but_the_issuer_is_refused() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("UT", "CSCA"));
    let signer = csca.list_signer();
    let list = csca.list_spec(&signer, &[&csca.der, &other.der], NOW - DAY);
    let list = list.issue(&signer.key).unwrap();
    for wrong in [other.id(), Fingerprint::of(&signer.der), Fingerprint::of(&list)] {
        let error = signer_error(import_as(&anchored(&[]), "ut", &[&list], &accept(wrong)));
        // The message names the one that did issue it.
        let SignerError::NotPinned { csca: named, .. } = error else { panic!("{error}") };
        assert_eq!(named, csca.id());
    }
}

#[test]
fn an_anchor_learned_from_one_list_signs_no_other() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let base = imported(&anchored(&[&csca.der]), "ut", &[&csca.list(&[&csca.der, &other.der])]);
    assert!(base.anchors().get(&other.id()).is_some());
    let list = other.list(&[&other.der]);
    for source in ["xx", "ut"] {
        let error = signer_error(import(&base, source, &[&list]));
        assert!(matches!(error, SignerError::NotPinned { .. }), "{error}");
    }
}

#[test]
fn a_csca_from_a_bundle_signs_no_list() {
    let csca = Csca::new("UT", "CSCA");
    let base = imported(&anchored(&[]), "bundle", &[&csca.der]);
    let error = signer_error(import(&base, "ut", &[&csca.list(&[&csca.der])]));
    assert!(matches!(error, SignerError::NotPinned { .. }), "{error}");
}

#[test]
fn a_copied_name_and_key_identifier_let_no_list_in() {
    let csca = Csca::new("UT", "CSCA");
    let mallory = Csca::with("UT", "CSCA", since(730, 13), |spec| {
        let id = trust_service::demo::key::Signer::key_identifier(csca.key());
        *spec = spec.clone().with(extension::subject_key_identifier(&id));
    });
    let signer = mallory.list_signer_with(900, |spec| {
        let id = trust_service::demo::key::Signer::key_identifier(csca.key());
        *spec = spec.clone().with(extension::authority_key_identifier(&id));
    });
    let list = list_by(&mallory, &signer, NOW - DAY);
    signer_error(import(&anchored(&[&csca.der]), "ut", &[&list]));
}

#[test]
fn a_signing_time_may_be_five_minutes_ahead_and_no_more() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    assert!(import(&base, "ut", &[&csca.list_at(&[&csca.der], NOW + 300)]).is_ok());
    let error = signer_error(import(&base, "ut", &[&csca.list_at(&[&csca.der], NOW + 301)]));
    assert!(matches!(error, SignerError::Future(_)), "{error}");
}

#[test]
fn a_signer_that_was_not_in_force_when_the_list_was_signed_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let (from, to) = (NOW - 100 * DAY, NOW - 50 * DAY);
    let signer = csca.list_signer_with(900, |spec| {
        (spec.not_before, spec.not_after) = (from, to);
    });
    for (at, fine) in [(from - 1, false), (from, true), (to, true), (to + 1, false)] {
        let imported = import(&base, "ut", &[&list_by(&csca, &signer, at)]);
        assert_eq!(imported.is_ok(), fine, "{}", at - from);
        if !fine {
            assert!(matches!(signer_error(imported), SignerError::NotInForce { .. }));
        }
    }
}

#[test]
fn a_signer_certified_for_another_purpose_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let key = super::common::key();
    let spec = CertificateSpec::deviation_list_signer(
        &csca.authority,
        "Deviations",
        &key,
        8,
        since(30, 3),
    )
    .unwrap();
    let der = spec.issue(&key.spki(Params::Explicit).unwrap(), csca.key()).unwrap();
    let own = Leaf { key: csca.key().clone(), der: csca.der.clone() };
    for signer in [csca.dsc(7), Leaf { key, der }, own] {
        let error = signer_error(import(&base, "ut", &[&list_by(&csca, &signer, NOW - DAY)]));
        assert!(matches!(error, SignerError::Profile(_)), "{error}");
    }
}

#[test]
fn a_signer_that_is_a_ca_as_well_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    for extra in [
        extension::basic_constraints(Some(0)),
        extension::key_usage(&[extension::DIGITAL_SIGNATURE, extension::KEY_CERT_SIGN]),
    ] {
        let signer = csca.list_signer_with(900, |spec| *spec = spec.clone().with(extra.clone()));
        let error = signer_error(import(&base, "ut", &[&list_by(&csca, &signer, NOW - DAY)]));
        assert!(matches!(error, SignerError::Profile(_)), "{error}");
    }
}

#[test]
fn a_revoked_signer_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let base = imported(&anchored(&[&csca.der]), "crls", &[&csca.crl_of(1, 90)]);
    let signer = csca.list_signer_with(90, |_| {});
    let error = signer_error(import(&base, "ut", &[&list_by(&csca, &signer, NOW - DAY)]));
    assert!(matches!(error, SignerError::Revoked(_)), "{error}");
    let other = csca.list_signer_with(91, |_| {});
    assert!(import(&base, "ut", &[&list_by(&csca, &other, NOW - DAY)]).is_ok());
}

#[test]
fn a_distrusted_signer_and_a_distrusted_csca_are_refused() {
    let csca = Csca::new("UT", "CSCA");
    let signer = csca.list_signer();
    let list = list_by(&csca, &signer, NOW - DAY);
    for which in [csca.id(), Fingerprint::of(&signer.der)] {
        let base = distrust(&anchored(&[&csca.der]), which);
        let error = signer_error(import(&base, "ut", &[&list]));
        assert!(matches!(error, SignerError::Distrusted(_)), "{error}");
    }
}

#[test]
fn an_accepted_fingerprint_does_not_override_distrust() {
    let csca = Csca::new("UT", "CSCA");
    let base = distrust(&anchored(&[&csca.der]), csca.id());
    let list = csca.list(&[&csca.der]);
    let error = signer_error(import_as(&base, "ut", &[&list], &accept(csca.id())));
    assert!(matches!(error, SignerError::Distrusted(_)), "{error}");
}

#[test]
fn an_accepted_fingerprint_of_no_authority_makes_no_signer() {
    // A document signer's key certified the list's signer: its fingerprint is no CSCA's.
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc(5);
    let posing = Csca {
        authority: trust_service::demo::state::Authority::new(
            csca.authority.state.clone(),
            "Signer",
            dsc.key.clone(),
        ),
        der: dsc.der.clone(),
    };
    let list = posing.list(&[&csca.der]);
    signer_error(import_as(&anchored(&[]), "ut", &[&list], &accept(Fingerprint::of(&dsc.der))));
}

#[test]
fn a_signer_that_a_revocation_list_in_the_same_file_revokes_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let other = Csca::new("XX", "CSCA");
    let signer = csca.list_signer_with(90, |_| {});
    let list = csca.list_spec(&signer, &[&other.der], NOW - DAY).issue(&signer.key).unwrap();
    let crl = csca.crl_of(1, 90);
    for objects in [[&crl[..], &list[..]], [&list[..], &crl[..]]] {
        let (after, _) = import(&anchored(&[&csca.der]), "pkd", &objects).unwrap();
        assert!(after.anchors().get(&other.id()).is_none(), "an anchor by a revoked signer");
    }
}
