//! Which revocation lists count for a certificate, and what they make of the answer.

use trust_service::clock::DAY;
use trust_service::demo::crl::Revoked;
use trust_service::demo::{extension, oids};
use trust_service::trust::check::{Code, Outcome};
use trust_service::trust::revocation::RevocationStatus::{Good, Revoked as Hit, Unknown};
use trust_service::trust::validate::{At, OnUnknown};
use trust_service::trust::verdict::Answer;

use super::common::{
    Csca, NOW, anchored, answer, ask, ask_with, distrust, failed, import, imported, now, outcome,
    refusal, since,
};

#[test]
fn a_fresh_list_without_the_serial_number_makes_good() {
    let csca = Csca::new("UT", "CSCA");
    let base = imported(&anchored(&[&csca.der]), "crls", &[&csca.empty_crl(1)]);
    let verdict = ask(&csca.dsc(5).der, &base);
    assert_eq!(verdict.verdict, Answer::Valid);
    assert_eq!(verdict.revocation.status, Good);
    assert_eq!(outcome(&verdict, Code::Revocation), Outcome::Pass);
    assert!(verdict.valid_now);
}

#[test]
fn without_a_list_the_status_is_unknown_and_the_question_says_what_that_means() {
    let csca = Csca::new("UT", "CSCA");
    let (base, dsc) = (anchored(&[&csca.der]), csca.dsc(5));
    let warned = ask(&dsc.der, &base);
    assert_eq!(warned.verdict, Answer::Valid);
    assert_eq!(warned.revocation.status, Unknown);
    assert_eq!(outcome(&warned, Code::Revocation), Outcome::Warn);
    let open = ask_with(&dsc.der, &base, |asked| asked.on_unknown = OnUnknown::Indeterminate);
    assert_eq!(open.verdict, Answer::Indeterminate);
    assert!(!open.valid_now);
    assert_eq!(open.reason().unwrap().code, Code::Revocation);
}

#[test]
fn a_revoked_certificate_is_invalid_at_every_instant_since_signing_times_are_the_attackers() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc(5);
    let base = imported(&anchored(&[&csca.der]), "crls", &[&csca.crl_of(1, 5)]);
    let before = now().plus(-20 * DAY);
    for at in [At::Now, At::Issuance, At::Time(before), At::Time(now().plus(DAY))] {
        let verdict = ask_with(&dsc.der, &base, |asked| asked.at = at);
        assert_eq!(verdict.verdict, Answer::Invalid, "{at:?}");
        assert_eq!(verdict.revocation.status, Hit, "{at:?}");
        assert_eq!(failed(&verdict), [Code::Revocation], "{at:?}");
        assert!(!verdict.valid_now, "{at:?}");
    }
    assert_eq!(answer(&csca.dsc(6).der, &base), Answer::Valid);
}

#[test]
fn a_stale_list_makes_nothing_good_and_still_revokes() {
    let csca = Csca::new("UT", "CSCA");
    let mut spec = csca.crl(1);
    (spec.this_update, spec.next_update) = (NOW - 90 * DAY, Some(NOW - 1));
    spec.revoked = vec![Revoked::new(&[5], NOW - 91 * DAY)];
    let (base, reports) =
        import(&anchored(&[&csca.der]), "crls", &[&spec.issue(csca.key()).unwrap()]).unwrap();
    assert!(reports[0].notes[0].contains("stale"), "{reports:?}");
    assert_eq!(ask(&csca.dsc(5).der, &base).revocation.status, Hit);
    let other = csca.dsc(6);
    assert_eq!(ask(&other.der, &base).revocation.status, Unknown);
    for at in [At::Issuance, At::Time(now().plus(-60 * DAY))] {
        let verdict = ask_with(&other.der, &base, |asked| asked.at = at);
        assert_eq!(verdict.revocation.status, Unknown, "freshness is of now, not of {at:?}");
    }
    let open = ask_with(&other.der, &base, |asked| asked.on_unknown = OnUnknown::Indeterminate);
    assert_eq!(open.verdict, Answer::Indeterminate);
}

#[test]
fn a_list_is_fresh_up_to_the_second_of_its_next_update() {
    let csca = Csca::new("UT", "CSCA");
    for (next, status) in [(NOW, Good), (NOW - 1, Unknown)] {
        let mut spec = csca.crl(1);
        spec.next_update = Some(next);
        let (base, _) =
            import(&anchored(&[&csca.der]), "crls", &[&spec.issue(csca.key()).unwrap()]).unwrap();
        assert_eq!(ask(&csca.dsc(5).der, &base).revocation.status, status);
    }
}

#[test]
fn a_list_of_the_future_or_without_an_end_makes_nothing_good() {
    let csca = Csca::new("UT", "CSCA");
    for (this_update, next_update) in [(NOW + 1, Some(NOW + DAY)), (NOW - DAY, None)] {
        let mut spec = csca.crl(1);
        (spec.this_update, spec.next_update) = (this_update, next_update);
        let (base, _) =
            import(&anchored(&[&csca.der]), "crls", &[&spec.issue(csca.key()).unwrap()]).unwrap();
        assert_eq!(ask(&csca.dsc(5).der, &base).revocation.status, Unknown);
    }
}

#[test]
fn another_states_list_with_the_same_serial_number_has_no_effect() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let base = anchored(&[&csca.der, &other.der]);
    let base = imported(&base, "crls", &[&other.crl_of(1, 5)]);
    let verdict = ask(&csca.dsc(5).der, &base);
    assert_eq!(verdict.verdict, Answer::Valid);
    assert_eq!(verdict.revocation.status, Unknown);
    assert_eq!(ask(&other.dsc(5).der, &base).revocation.status, Hit);
}

#[test]
fn two_csca_of_one_state_do_not_revoke_for_each_other() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("UT", "CSCA of the army"));
    let base = anchored(&[&csca.der, &other.der]);
    let base = imported(&base, "crls", &[&other.crl_of(1, 5)]);
    assert_eq!(ask(&csca.dsc(5).der, &base).revocation.status, Unknown);
}

#[test]
fn a_list_signed_by_a_foreign_key_is_refused_whatever_it_calls_itself() {
    let (csca, mallory) = (Csca::new("UT", "CSCA"), Csca::new("UT", "CSCA"));
    let base = anchored(&[&csca.der]);
    let with_true_key_id = csca.crl(1).issue(mallory.key()).unwrap();
    assert!(refusal(&base, &with_true_key_id).contains("no anchor"));
    assert!(refusal(&base, &mallory.empty_crl(1)).contains("no anchor"));
}

#[test]
fn one_state_cannot_sign_a_list_in_the_name_of_another() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let base = anchored(&[&csca.der, &other.der]);
    let mut spec = other.crl(1);
    spec.issuer = csca.authority.name.clone();
    assert!(refusal(&base, &spec.issue(other.key()).unwrap()).contains("no anchor"));
}

#[test]
fn a_list_of_a_csca_that_must_not_sign_lists_is_refused() {
    let csca = Csca::with("UT", "CSCA", since(730, 13), |spec| {
        *spec = spec.clone().with(extension::key_usage(&[extension::KEY_CERT_SIGN]));
    });
    assert!(refusal(&anchored(&[&csca.der]), &csca.empty_crl(1)).contains("may sign CRLs"));
}

#[test]
fn an_older_list_does_not_replace_a_newer_one() {
    let csca = Csca::new("UT", "CSCA");
    let base = imported(&anchored(&[&csca.der]), "crls", &[&csca.crl_of(7, 5)]);
    let (after, reports) = import(&base, "crls", &[&csca.empty_crl(6)]).unwrap();
    assert!(reports[0].refused[0].reason.contains("newer"), "{reports:?}");
    assert_eq!(ask(&csca.dsc(5).der, &after).revocation.status, Hit);
    let mut earlier = csca.crl(7);
    earlier.this_update -= DAY;
    let (after, _) = import(&base, "crls", &[&earlier.issue(csca.key()).unwrap()]).unwrap();
    assert_eq!(ask(&csca.dsc(5).der, &after).revocation.status, Hit);
}

#[test]
fn of_two_lists_in_one_file_the_newer_one_stays_in_either_order() {
    let csca = Csca::new("UT", "CSCA");
    let (old, new) = (csca.empty_crl(9), csca.crl_of(256, 5));
    for objects in [[&old[..], &new[..]], [&new[..], &old[..]]] {
        let (base, _) = import(&anchored(&[&csca.der]), "crls", &objects).unwrap();
        assert_eq!(ask(&csca.dsc(5).der, &base).revocation.status, Hit);
        assert_eq!(base.crls().count(), 1);
    }
}

#[test]
fn serial_numbers_are_compared_by_value_however_they_are_padded() {
    let csca = Csca::new("UT", "CSCA");
    let serials: [(&[u8], &[u8]); 4] =
        [(&[5], &[0, 5]), (&[0, 0, 5], &[5]), (&[0xFF], &[0xFF, 0xFF]), (&[0, 0x80], &[0, 0x80])];
    for (own, listed) in serials {
        let dsc = csca.dsc_with(1, |spec| spec.serial = own.to_vec());
        let mut spec = csca.crl(1);
        spec.revoked = vec![Revoked::new(&[1], NOW), Revoked::new(listed, NOW)];
        let base = imported(&anchored(&[&csca.der]), "crls", &[&spec.issue(csca.key()).unwrap()]);
        assert_eq!(ask(&dsc.der, &base).revocation.status, Hit, "{own:?} {listed:?}");
    }
}

#[test]
fn a_changed_list_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let mut changed = csca.crl_of(1, 5);
    // The serial number within the signed part.
    let at = changed.windows(3).position(|window| window == [2, 1, 5]).unwrap();
    changed[at + 2] = 6;
    assert!(refusal(&base, &changed).contains("no anchor"));
}

#[test]
fn a_list_whose_algorithm_differs_outside_the_signed_part_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let mut spec = csca.crl(1);
    spec.outer_algorithm =
        Some(trust_service::demo::curve::Curve::P384.signature_algorithm().unwrap());
    let crl = spec.issue(csca.key()).unwrap();
    assert!(!refusal(&anchored(&[&csca.der]), &crl).is_empty());
}

#[test]
fn a_distrusted_key_makes_nothing_good_any_more() {
    let (old, new) = (Csca::new("UT", "CSCA"), Csca::since("UT", "CSCA", since(100, 13)));
    let base = imported(&anchored(&[&old.der, &new.der]), "crls", &[&old.empty_crl(1)]);
    let dsc = new.dsc(5);
    assert_eq!(ask(&dsc.der, &base).revocation.status, Good);
    let after = distrust(&base, old.id());
    assert_eq!(ask(&dsc.der, &after).revocation.status, Unknown);
}

#[test]
fn a_list_offered_after_its_key_is_distrusted_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let base = distrust(&anchored(&[&csca.der]), csca.id());
    assert!(refusal(&base, &csca.empty_crl(1)).contains("no anchor"));
}

#[test]
fn a_reason_is_reported_and_does_not_soften_the_answer() {
    let csca = Csca::new("UT", "CSCA");
    let mut spec = csca.crl(1);
    spec.revoked = vec![Revoked::new(&[5], NOW - DAY).because(6)];
    let base = imported(&anchored(&[&csca.der]), "crls", &[&spec.issue(csca.key()).unwrap()]);
    let verdict = ask(&csca.dsc(5).der, &base);
    assert_eq!(verdict.verdict, Answer::Invalid, "a certificate on hold is revoked as well");
    assert_eq!(verdict.revocation.crl.unwrap().reason, Some(6));
}

#[test]
fn a_list_without_a_number_does_not_replace_a_numbered_one() {
    let csca = Csca::new("UT", "CSCA");
    let base = imported(&anchored(&[&csca.der]), "crls", &[&csca.crl_of(7, 5)]);
    let plain = csca.crl(1).without(oids::CRL_NUMBER).issue(csca.key()).unwrap();
    let (after, _) = import(&base, "crls", &[&plain]).unwrap();
    assert_eq!(ask(&csca.dsc(5).der, &after).revocation.status, Hit);
}
