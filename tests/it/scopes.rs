//! Revocation lists that speak of a part only, or of others' certificates.

use trust_service::demo::crl::{CrlSpec, Revoked};
use trust_service::demo::extension::{self, Extension};
use trust_service::demo::writer;
use trust_service::trust::revocation::RevocationStatus::{Good, Revoked as Hit, Unknown};

use super::common::{Csca, NOW, anchored, ask, import, imported, refusal};

const DELTA_CRL_INDICATOR: &str = "2.5.29.27";
const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
const CERTIFICATE_ISSUER: &str = "2.5.29.29";
/// Nobody's.
const UNKNOWN: &str = "2.999.7";

/// A list whose issuing distribution point has these fields.
fn scoped(csca: &Csca, number: u64, fields: &[Vec<u8>]) -> CrlSpec {
    csca.crl(number).with(Extension::critical(ISSUING_DISTRIBUTION_POINT, writer::sequence(fields)))
}

fn flag(number: u8) -> Vec<u8> {
    writer::implicit(number, &writer::boolean(true))
}

/// distributionPoint with one address.
fn point(url: &str) -> Vec<u8> {
    let names = writer::implicit(0, &writer::sequence([writer::implicit(6, &writer::ia5(url))]));
    writer::explicit(0, &names)
}

#[test]
fn a_delta_list_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    for critical in [true, false] {
        let indicator = Extension { oid: DELTA_CRL_INDICATOR, critical, value: writer::integer(1) };
        let crl = csca.crl(2).with(indicator).issue(csca.key()).unwrap();
        assert!(refusal(&anchored(&[&csca.der]), &crl).contains("delta"));
    }
}

#[test]
fn an_indirect_list_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let crl = scoped(&csca, 1, &[flag(4)]).issue(csca.key()).unwrap();
    assert!(refusal(&anchored(&[&csca.der]), &crl).contains("indirect"));
}

#[test]
fn an_entry_for_another_issuer_makes_the_list_indirect() {
    let csca = Csca::new("UT", "CSCA");
    let name = writer::explicit(4, &csca.authority.name.to_der().unwrap());
    for critical in [true, false] {
        let mut spec = csca.crl(1);
        let mut entry = Revoked::new(&[5], NOW);
        let value = writer::sequence([&name]);
        entry.extensions = vec![Extension { oid: CERTIFICATE_ISSUER, critical, value }];
        spec.revoked = vec![entry];
        let crl = spec.issue(csca.key()).unwrap();
        assert!(refusal(&anchored(&[&csca.der]), &crl).contains("indirect"));
    }
}

#[test]
fn a_list_for_some_reasons_or_for_attributes_is_refused() {
    let csca = Csca::new("UT", "CSCA");
    let some_reasons = writer::implicit(3, &writer::named_bits(&[1]));
    for fields in [vec![some_reasons], vec![flag(5)]] {
        let crl = scoped(&csca, 1, &fields).issue(csca.key()).unwrap();
        assert!(refusal(&anchored(&[&csca.der]), &crl).contains("only"));
    }
}

#[test]
fn an_unknown_critical_extension_of_a_list_or_an_entry_refuses_the_list() {
    let csca = Csca::new("UT", "CSCA");
    let unknown = Extension::critical(UNKNOWN, writer::null());
    let of_list = csca.crl(1).with(unknown.clone());
    let mut of_entry = csca.crl(1);
    let mut entry = Revoked::new(&[9], NOW);
    entry.extensions = vec![unknown];
    of_entry.revoked = vec![entry];
    for spec in [of_list, of_entry] {
        let crl = spec.issue(csca.key()).unwrap();
        assert!(refusal(&anchored(&[&csca.der]), &crl).contains("critical"));
    }
}

#[test]
fn an_unknown_extension_that_is_not_critical_is_passed_over() {
    let csca = Csca::new("UT", "CSCA");
    let spec = csca.crl(1).with(Extension::plain(UNKNOWN, writer::null()));
    let base = imported(&anchored(&[&csca.der]), "crls", &[&spec.issue(csca.key()).unwrap()]);
    assert_eq!(ask(&csca.dsc(5).der, &base).revocation.status, Good);
}

#[test]
fn a_list_of_users_says_nothing_of_authorities_and_the_reverse() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc(5);
    for (number, of_user, of_authority) in [(1, Good, Unknown), (2, Unknown, Good)] {
        let crl = scoped(&csca, 1, &[flag(number)]).issue(csca.key()).unwrap();
        let base = imported(&anchored(&[&csca.der]), "crls", &[&crl]);
        assert_eq!(ask(&dsc.der, &base).revocation.status, of_user);
        assert_eq!(ask(&csca.der, &base).revocation.status, of_authority);
    }
}

#[test]
fn a_list_of_a_distribution_point_speaks_of_the_certificates_that_name_it() {
    let csca = Csca::new("UT", "CSCA");
    let url = csca.authority.state.crl_url.clone();
    for (address, status) in [(url.as_str(), Good), ("http://elsewhere.example/", Unknown)] {
        let crl = scoped(&csca, 1, &[point(address)]).issue(csca.key()).unwrap();
        let base = imported(&anchored(&[&csca.der]), "crls", &[&crl]);
        assert_eq!(ask(&csca.dsc(5).der, &base).revocation.status, status);
        let mute = csca.dsc_with(5, |spec| {
            spec.extensions
                .retain(|one| one.oid != trust_service::demo::oids::CRL_DISTRIBUTION_POINTS);
        });
        assert_eq!(ask(&mute.der, &base).revocation.status, Unknown);
    }
}

#[test]
fn a_distribution_point_that_cannot_be_read_makes_nothing_good() {
    let csca = Csca::new("UT", "CSCA");
    let relative = writer::explicit(0, &writer::implicit(1, &writer::set_of([writer::null()])));
    let crl = scoped(&csca, 1, &[relative]).issue(csca.key()).unwrap();
    let (base, _) = import(&anchored(&[&csca.der]), "crls", &[&crl]).unwrap();
    assert_eq!(ask(&csca.dsc(5).der, &base).revocation.status, Unknown);
}

#[test]
fn a_hit_counts_even_outside_the_scope_of_its_list() {
    let csca = Csca::new("UT", "CSCA");
    let mut spec = scoped(&csca, 1, &[flag(2)]);
    spec.revoked = vec![Revoked::new(&[5], NOW)];
    let base = imported(&anchored(&[&csca.der]), "crls", &[&spec.issue(csca.key()).unwrap()]);
    assert_eq!(ask(&csca.dsc(5).der, &base).revocation.status, Hit);
}

#[test]
fn a_newer_list_of_a_part_does_not_unrevoke_what_the_whole_one_revoked() {
    let csca = Csca::new("UT", "CSCA");
    let base = imported(&anchored(&[&csca.der]), "crls", &[&csca.crl_of(1, 5)]);
    for part in [flag(2), point("http://elsewhere.example/")] {
        let crl = scoped(&csca, 2, &[part]).issue(csca.key()).unwrap();
        let (after, _) = import(&base, "crls", &[&crl]).unwrap();
        assert_eq!(ask(&csca.dsc(5).der, &after).revocation.status, Hit);
    }
}

#[test]
fn a_duplicate_scope_does_not_widen_the_first_one() {
    let csca = Csca::new("UT", "CSCA");
    let mut spec = scoped(&csca, 1, &[flag(2)]);
    let wide = Extension::critical(ISSUING_DISTRIBUTION_POINT, writer::sequence([flag(1)]));
    spec.extensions.push(wide);
    let (base, _) =
        import(&anchored(&[&csca.der]), "crls", &[&spec.issue(csca.key()).unwrap()]).unwrap();
    assert_ne!(ask(&csca.dsc(5).der, &base).revocation.status, Good);
}

#[test]
fn a_list_may_have_a_key_identifier_of_none_of_its_issuers() {
    // Only the signature says whose a list is: identifiers say where to look.
    let csca = Csca::new("UT", "CSCA");
    let spec = csca.crl(1).with(extension::authority_key_identifier(&[1, 2, 3]));
    let base = imported(&anchored(&[&csca.der]), "crls", &[&spec.issue(csca.key()).unwrap()]);
    assert_eq!(ask(&csca.dsc(5).der, &base).revocation.status, Good);
}
