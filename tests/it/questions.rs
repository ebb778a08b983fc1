//! What is asked of a certificate: as what, for which document, of which State, at which instant.

use trust_service::clock::DAY;
use trust_service::demo::certificate::CertificateSpec;
use trust_service::demo::key::Params;
use trust_service::demo::{extension, oids};
use trust_service::trust::check::{Code, Outcome, Policy};
use trust_service::trust::kind::CertificateType;
use trust_service::trust::validate::At;
use trust_service::trust::verdict::Answer;

use super::common::{Csca, NOW, anchored, answer, ask, ask_with, failed, now, outcome, since};

#[test]
fn a_master_list_signer_signs_no_documents() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let signer = csca.list_signer();
    assert_eq!(ask(&signer.der, &base).kind, CertificateType::MasterListSigner);
    assert_eq!(answer(&signer.der, &base), Answer::Valid);
    for kind in [CertificateType::Dsc, CertificateType::DeviationListSigner] {
        let verdict = ask_with(&signer.der, &base, |asked| asked.kind = Some(kind));
        assert_eq!(verdict.verdict, Answer::Invalid, "{kind}");
        assert!(failed(&verdict).contains(&Code::ExtendedKeyUsage), "{kind}");
    }
}

#[test]
fn a_document_signer_signs_no_lists_and_no_certificates() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let dsc = csca.dsc(5);
    assert_eq!(ask(&dsc.der, &base).kind, CertificateType::Dsc);
    for kind in CertificateType::ALL {
        let verdict = ask_with(&dsc.der, &base, |asked| asked.kind = Some(kind));
        let fine = matches!(kind, CertificateType::Dsc | CertificateType::Other);
        assert_eq!(verdict.verdict == Answer::Valid, fine, "{kind}");
    }
}

#[test]
fn an_authority_is_no_document_signer() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    for der in [&csca.der, &csca.link_to(&Csca::new("UT", "CSCA"))] {
        let verdict = ask_with(der, &base, |asked| asked.kind = Some(CertificateType::Dsc));
        assert_eq!(verdict.verdict, Answer::Invalid);
    }
}

#[test]
fn a_document_signer_that_is_a_ca_is_invalid_as_one() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let (sign, certify) = (extension::DIGITAL_SIGNATURE, extension::KEY_CERT_SIGN);
    for extra in [extension::basic_constraints(Some(0)), extension::key_usage(&[sign, certify])] {
        let dsc = csca.dsc_with(5, |spec| *spec = spec.clone().with(extra.clone()));
        let verdict = ask_with(&dsc.der, &base, |asked| asked.kind = Some(CertificateType::Dsc));
        assert_eq!(verdict.verdict, Answer::Invalid);
        assert_ne!(ask(&dsc.der, &base).kind, CertificateType::Dsc);
    }
}

#[test]
fn what_a_document_signer_issues_is_never_valid() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc(5);
    let authority = trust_service::demo::state::Authority::new(
        csca.authority.state.clone(),
        "Signer",
        dsc.key.clone(),
    );
    let below = Csca { authority, der: dsc.der.clone() }.dsc(6);
    let base = super::common::imported(&anchored(&[&csca.der]), "bundle", &[&dsc.der]);
    assert_eq!(answer(&below.der, &base), Answer::Indeterminate);
}

#[test]
fn the_documents_state_must_be_the_certificates() {
    let csca = Csca::new("UT", "CSCA");
    let (base, dsc) = (anchored(&[&csca.der]), csca.dsc(5));
    for (hint, fine) in [("UT", true), ("ut", true), ("XX", false), ("UTO", false), ("", false)] {
        let verdict = ask_with(&dsc.der, &base, |asked| asked.country_hint = Some(hint.to_owned()));
        assert_eq!(verdict.verdict == Answer::Valid, fine, "{hint:?}");
        assert_eq!(failed(&verdict).contains(&Code::Country), !fine, "{hint:?}");
    }
}

#[test]
fn a_certificate_of_no_state_is_not_of_the_documents() {
    let mut csca = Csca::new("UT", "CSCA");
    csca.authority.name = csca.authority.name.without(oids::COUNTRY);
    let spec = CertificateSpec::csca(&csca.authority, 1, since(730, 13)).unwrap();
    let spki = csca.key().spki(Params::Explicit).unwrap();
    csca.der = spec.issue(&spki, csca.key()).unwrap();
    let dsc = csca.dsc_with(5, |spec| spec.subject = spec.subject.clone().without(oids::COUNTRY));
    let base = anchored(&[&csca.der]);
    assert_eq!(answer(&dsc.der, &base), Answer::Valid);
    let hinted = ask_with(&dsc.der, &base, |asked| asked.country_hint = Some("UT".to_owned()));
    assert_ne!(hinted.verdict, Answer::Valid);
}

#[test]
fn the_issuers_state_counts_where_the_subject_claims_another() {
    let csca = Csca::new("XX", "CSCA");
    let dsc = csca.dsc_with(5, |spec| spec.subject.attributes[0].value = "UT".to_owned());
    let verdict = ask_with(&dsc.der, &anchored(&[&csca.der]), |asked| {
        asked.country_hint = Some("UT".to_owned());
    });
    assert_eq!(verdict.verdict, Answer::Invalid);
    assert_eq!(verdict.country.as_deref(), Some("XX"));
}

#[test]
fn a_single_letter_covers_the_types_that_begin_with_it_and_no_others() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let cases: [(&[&str], &str, bool); 9] = [
        (&["P"], "P", true),
        (&["P"], "PD", true),
        (&["P"], "ID", false),
        (&["PD"], "P", false),
        (&["PD"], "PDX", false),
        (&["ID", "P"], "PO", true),
        (&["ID", "P"], "IR", false),
        (&["P"], "", false),
        (&[""], "P", false),
    ];
    for (types, wanted, fine) in cases {
        let dsc = csca.dsc_with(5, |spec| {
            *spec = spec.clone().with(extension::document_type_list(types));
        });
        let verdict =
            ask_with(&dsc.der, &base, |asked| asked.document_type = Some(wanted.to_owned()));
        assert_eq!(verdict.verdict == Answer::Valid, fine, "{types:?} {wanted:?}");
        assert_eq!(failed(&verdict).contains(&Code::DocumentType), !fine, "{types:?} {wanted:?}");
    }
}

#[test]
fn a_signer_that_names_no_document_types_is_warned_of() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc_with(5, |spec| *spec = spec.clone().without(oids::DOCUMENT_TYPE_LIST));
    let verdict = ask_with(&dsc.der, &anchored(&[&csca.der]), |asked| {
        asked.document_type = Some("P".to_owned());
    });
    assert_eq!(verdict.verdict, Answer::Valid);
    assert_eq!(outcome(&verdict, Code::DocumentType), Outcome::Warn);
}

#[test]
fn an_expired_signer_is_valid_at_issuance_and_said_not_to_be_now() {
    let csca = Csca::since("UT", "CSCA", since(2_000, 13));
    let dsc = csca.dsc_with(5, |spec| {
        (spec.not_before, spec.not_after) = (NOW - 1_500 * DAY, NOW - 1);
        *spec = spec.clone().without(oids::PRIVATE_KEY_USAGE_PERIOD);
    });
    let base = anchored(&[&csca.der]);
    let today = ask(&dsc.der, &base);
    assert_eq!(today.verdict, Answer::Invalid);
    assert_eq!(failed(&today), [Code::Validity]);
    let issued = ask_with(&dsc.der, &base, |asked| asked.at = At::Issuance);
    assert_eq!(issued.verdict, Answer::Valid);
    assert!(!issued.valid_now);
    assert_eq!(issued.at, now().plus(-1_500 * DAY));
    assert_eq!(issued.checked_at, now());
}

#[test]
fn both_ends_of_the_validity_are_within_it() {
    let csca = Csca::since("UT", "CSCA", since(2_000, 13));
    let base = anchored(&[&csca.der]);
    let (from, to) = (NOW - 10, NOW + 10);
    let dsc = csca.dsc_with(5, |spec| (spec.not_before, spec.not_after) = (from, to));
    for (at, fine) in [(from - 1, false), (from, true), (to, true), (to + 1, false)] {
        let instant = trust_service::clock::UnixTime::from_seconds(at);
        let verdict = ask_with(&dsc.der, &base, |asked| asked.at = At::Time(instant));
        assert_eq!(verdict.verdict == Answer::Valid, fine, "{}", at - NOW);
        assert!(verdict.valid_now, "{}", at - NOW);
    }
}

#[test]
fn a_certificate_that_is_never_in_force_is_invalid_even_at_issuance() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc_with(5, |spec| (spec.not_before, spec.not_after) = (NOW, NOW - 1));
    let base = anchored(&[&csca.der]);
    for at in [At::Now, At::Issuance] {
        assert_eq!(ask_with(&dsc.der, &base, |asked| asked.at = at).verdict, Answer::Invalid);
    }
}

#[test]
fn an_unknown_issuer_is_indeterminate_whatever_else_is_found() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc_with(5, |spec| {
        (spec.not_before, spec.not_after) = (NOW - 9, NOW - 8);
        *spec = spec.clone().with(extension::basic_constraints(None));
    });
    let verdict = ask_with(&dsc.der, &anchored(&[]), |asked| {
        asked.kind = Some(CertificateType::Dsc);
        asked.country_hint = Some("XX".to_owned());
    });
    assert_eq!(verdict.verdict, Answer::Indeterminate);
    assert!(!verdict.valid_now);
    assert!(failed(&verdict).contains(&Code::Validity), "the findings are listed");
    assert!(failed(&verdict).contains(&Code::Country));
}

#[test]
fn every_verdict_has_one_check_of_each_code_in_order() {
    let csca = Csca::new("UT", "CSCA");
    for base in [anchored(&[]), anchored(&[&csca.der])] {
        let verdict = ask(&csca.dsc(5).der, &base);
        let codes: Vec<Code> = verdict.checks.iter().map(|check| check.code).collect();
        assert_eq!(codes, Code::ALL);
        assert_eq!(verdict.snapshot, base.label());
    }
}

#[test]
fn valid_now_is_what_the_same_question_for_now_would_come_to() {
    // One key in two roots: at issuance the later one is shown, which has expired since.
    let csca = Csca::since("UT", "CSCA", since(1_000, 13));
    let mut spec = CertificateSpec::csca(&csca.authority, 2, since(900, 13)).unwrap();
    spec.not_after = NOW - DAY;
    let spki = csca.key().spki(Params::Explicit).unwrap();
    let later = spec.issue(&spki, csca.key()).unwrap();
    let base = anchored(&[&csca.der, &later]);
    let dsc = csca.dsc(5);
    for policy in [Policy::Interoperable, Policy::Strict] {
        let today = ask_with(&dsc.der, &base, |asked| asked.policy = policy);
        let issued = ask_with(&dsc.der, &base, |asked| {
            asked.policy = policy;
            asked.at = At::Issuance;
        });
        assert_eq!(issued.valid_now, today.verdict == Answer::Valid, "{policy:?}");
    }
}
