//! `jwt`: what stands there, and what may not.

use std::time::Duration;

use super::*;
use crate::authn::token::{Algorithm, KeySource, TokenSettings};

const ISSUER: &str = "{issuer: https://idp.example, audience: a, jwks_file: /etc/idp.jwks, role_map: {staff: reader}}";

fn tokens(yaml: &str) -> TokenSettings {
    Site::new(yaml).loaded().configuration.jwt.tokens
}

#[test]
fn tokens_are_off_and_strict_by_default() {
    let jwt = Site::new("").loaded().configuration.jwt;
    assert_eq!((jwt.enabled, jwt.tokens), (false, TokenSettings::default()));
}

#[test]
fn tokens_that_work_without_their_certificate_are_warned_of() {
    let site = Site::new("jwt: {allow_unbound: true}");
    assert!(site.warned_of().contains(&"jwt.allow_unbound".to_owned()));
    assert!(!Site::new("").warned_of().contains(&"jwt.allow_unbound".to_owned()));
}

#[test]
fn algorithms_are_chosen_and_what_signs_is_one_of_them() {
    let set = tokens("jwt: {algorithm: ES256}");
    assert_eq!((set.algorithm, set.algorithms), (Algorithm::Es256, vec![Algorithm::Es256]));
    let set = tokens("jwt: {algorithm: EdDSA, algorithms: [RS256, EdDSA]}");
    assert_eq!(set.algorithms, [Algorithm::Rs256, Algorithm::EdDsa]);
    for bad in
        ["{algorithm: HS256}", "{algorithm: none}", "{algorithms: [ES256]}", "{algorithms: []}"]
    {
        let faults = Site::new(&format!("jwt: {bad}")).faults();
        assert!(faults.iter().any(|fault| fault.contains("jwt.algorithm")), "{bad}: {faults:?}");
    }
}

#[test]
fn another_issuer_is_read_with_its_defaults() {
    let issuer = tokens(&format!("jwt: {{issuers: [{ISSUER}]}}")).issuers.remove(0);
    assert_eq!(issuer.keys, KeySource::File("/etc/idp.jwks".into()));
    assert_eq!(issuer.role_map["staff"].as_str(), "reader");
    assert_eq!((issuer.algorithms, issuer.roles_claim.as_str()), (vec![Algorithm::Rs256], "roles"));
    let day = Duration::from_secs(86_400);
    assert_eq!((issuer.max_stale, issuer.max_lifetime, issuer.scoped), (day, day, false));
}

#[test]
fn keys_are_in_a_file_or_at_an_address_of_https() {
    let at = "jwks_url: https://idp.example/jwks, ca_file: /etc/ca.pem";
    let yaml = format!("jwt: {{issuers: [{}]}}", ISSUER.replace("jwks_file: /etc/idp.jwks", at));
    let url = "https://idp.example/jwks".to_owned();
    let keys = tokens(&yaml).issuers.remove(0).keys;
    assert_eq!(keys, KeySource::Url { url, ca: "/etc/ca.pem".into() });
}

#[test]
fn an_issuer_that_lacks_something_or_is_known_already_is_a_fault() {
    for (from, to, rule) in [
        ("issuer: https://idp.example, ", "", "jwt.issuers[0].issuer"),
        ("audience: a, ", "", "jwt.issuers[0].audience"),
        ("jwks_file: /etc/idp.jwks, ", "", "jwt.issuers[0].jwks_file"),
        (", role_map: {staff: reader}", "", "jwt.issuers[0].role_map"),
        ("staff: reader", "staff: No Role", "jwt.issuers[0].role_map"),
        ("staff: reader", "staff: [reader]", "jwt.issuers[0].role_map.staff"),
        ("audience: a", "audience: a, jwks_url: https://idp.example", "jwt.issuers[0].jwks_file"),
        ("jwks_file: /etc/idp.jwks", "jwks_url: https://idp.example", "jwt.issuers[0].ca_file"),
        (
            "jwks_file: /etc/idp.jwks",
            "jwks_url: http://idp.example, ca_file: /etc/ca.pem",
            "jwt.issuers[0].jwks_url",
        ),
        ("https://idp.example", "trust-service", "jwt.issuers"),
        ("/etc/idp.jwks", "idp.jwks", "jwt.issuers[0].jwks_file"),
    ] {
        let yaml = format!("jwt: {{issuers: [{}]}}", ISSUER.replacen(from, to, 1));
        let faults = Site::new(&yaml).faults();
        assert!(faults.iter().any(|fault| fault.contains(rule)), "{yaml}: {faults:?}");
    }
    let twice = Site::new(&format!("jwt: {{issuers: [{ISSUER}, {ISSUER}]}}"));
    assert!(one_fault(&twice).contains("stands there twice"));
}
