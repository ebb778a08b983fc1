use std::path::PathBuf;
use std::time::Duration;

use super::{Site, one_fault};

const LISTS: &str = "client_crl_paths: [/a.crl]";

#[test]
fn lists_are_fetched_from_named_addresses_and_kept_in_the_state_folder() {
    let site = Site::new(
        "server: {state_dir: /s}\nmtls: {client_ca_path: /ca, client_crl_urls: ['http://ca/a.crl', 'https://ca/b.crl']}",
    );
    let tls = site.loaded().configuration.tls;
    let fetch = tls.client_crl_fetch.unwrap();
    assert_eq!(fetch.urls, ["http://ca/a.crl", "https://ca/b.crl"]);
    assert_eq!((fetch.refresh, fetch.ca.clone()), (Duration::from_secs(900), PathBuf::from("/ca")));
    assert_eq!(fetch.folder, PathBuf::from("/s/crl"));
    assert_ne!(fetch.path("http://ca/a.crl"), fetch.path("http://ca/b.crl"));
    assert!(!tls.allow_unknown_revocation && !tls.allow_stale_revocation);
    assert!(Site::new("mtls: {}").loaded().configuration.tls.client_crl_fetch.is_none());
    let one = Site::new(
        "mtls: {client_crl_urls: http://ca/a.crl, client_crl_refresh_seconds: 60, client_crl_ca_path: /c}",
    );
    let fetch = one.loaded().configuration.tls.client_crl_fetch.unwrap();
    assert_eq!((fetch.refresh, fetch.ca), (Duration::from_secs(60), PathBuf::from("/c")));
}

#[test]
fn addresses_of_lists_are_bounded_and_hold_no_secret() {
    let many: Vec<String> = (0..33).map(|at| format!("'http://ca/{at}'")).collect();
    for (key, part) in [
        (format!("client_crl_urls: [{}]", many.join(", ")), "at most 32"),
        ("client_crl_urls: ['http://a/', 'http://a/']".to_owned(), "stands there twice"),
        ("client_crl_urls: ['ldap://a/']".to_owned(), "an address as https://"),
        ("client_crl_urls: ['http://user:word@a/']".to_owned(), "an address as https://"),
        ("client_crl_refresh_seconds: 0".to_owned(), "not within 1 to 86400"),
        ("client_crl_ca_path: ca.pem".to_owned(), "a path that begins with"),
    ] {
        let said = one_fault(&Site::new(&format!("mtls: {{{key}}}")));
        assert!(said.contains(part), "{key}: {said}");
    }
}

#[test]
fn each_policy_has_one_meaning_and_what_it_lets_in_is_warned_of_in_production() {
    let of = |keys: &str| {
        let site = Site::new(&format!("mtls: {{{keys}}}"));
        let tls = site.loaded().configuration.tls;
        let warned = site.warned_of();
        let count = warned.iter().filter(|path| path.starts_with("mtls.revocation.")).count();
        (tls.allow_unknown_revocation, tls.allow_stale_revocation, count)
    };
    let old = "dangerous_allow_unknown_revocation";
    for (keys, expected) in [
        (String::new(), (true, false, 0)),
        (LISTS.to_owned(), (false, false, 0)),
        (format!("{LISTS}, {old}: true"), (true, false, 1)),
        (format!("{LISTS}, revocation: {{on_unknown: allow}}"), (true, false, 1)),
        (format!("{LISTS}, {old}: true, revocation: {{on_unknown: allow}}"), (true, false, 1)),
        (format!("{LISTS}, revocation: {{on_unknown: deny, on_stale: deny}}"), (false, false, 0)),
        (format!("{LISTS}, revocation: {{on_stale: allow}}"), (false, true, 1)),
        ("client_crl_urls: ['http://ca/a']".to_owned(), (false, false, 0)),
    ] {
        assert_eq!(of(&keys), expected, "{keys}");
    }
    for (keys, part) in [
        (format!("{LISTS}, {old}: true, revocation: {{on_unknown: deny}}"), "something else"),
        (format!("{LISTS}, {old}: false, revocation: {{on_unknown: allow}}"), "something else"),
        ("revocation: {on_unknown: deny}".to_owned(), "every client would be refused"),
        (format!("{old}: false"), "every client would be refused"),
        ("revocation: {on_stale: maybe}".to_owned(), "not one of allow, deny"),
        ("revocation: {on_old: deny}".to_owned(), "unknown key"),
    ] {
        let said = one_fault(&Site::new(&format!("mtls: {{{keys}}}")));
        assert!(said.contains(part), "{keys}: {said}");
    }
}
