//! `mtls`: the server's certificate, and which clients it speaks with.

use std::path::Path;
use std::time::Duration;

use crate::config::network::{URL, Url};
use crate::config::reader::Section;
use crate::tls::settings::{CrlFetch, MinVersion, TlsSettings};

/// What stands in `mtls` beside the settings of the acceptor.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MtlsSettings {
    /// Whether clients show certificates at all.
    pub enabled: bool,
    /// Whether a client without certificate is turned away in the handshake.
    pub require_client_cert: bool,
    /// Whether a certificate that is shown is verified: always, whatever stands here.
    pub verify_client_cert: bool,
    /// Common names of the only clients; a certificate of another name is no client, whatever the policy says. None:
    /// the policy alone decides.
    pub allowed_clients: Option<Vec<String>>,
}

/// Reads the section; what is fetched is kept in the state folder.
pub(in crate::config) fn read(
    section: &mut Section<'_, '_>,
    state: &Path,
) -> (MtlsSettings, TlsSettings) {
    let own = MtlsSettings {
        enabled: section.flag("enabled", true),
        require_client_cert: section.flag("require_client_cert", true),
        verify_client_cert: section.flag("verify_client_cert", true),
        allowed_clients: section.plain_list("allowed_clients", None, "a common name"),
    };
    if own.allowed_clients.as_ref().is_some_and(Vec::is_empty) {
        let hint = "name the clients, or remove the key: then the policy decides";
        section.fault("allowed_clients", "an empty list lets nobody in", hint);
    }
    let versions = [("TLSv1.2", MinVersion::Tls12), ("TLSv1.3", MinVersion::Tls13)];
    let client_ca = section.path("client_ca_path", "/secrets/tls/client-ca.crt");
    let client_crls = section.paths("client_crl_paths");
    let client_crl_fetch = fetch(section, &client_ca, state);
    let has_lists = !client_crls.is_empty() || client_crl_fetch.is_some();
    let (allow_unknown_revocation, allow_stale_revocation) = policies(section, has_lists);
    let tls = TlsSettings {
        certificate: section.path("server_cert_path", "/secrets/tls/server.crt"),
        key: section.path("server_key_path", "/secrets/tls/server.key"),
        client_ca,
        require_client_certificate: own.enabled && own.require_client_cert,
        allow_unknown_revocation,
        allow_stale_revocation,
        min_version: section.choice("min_tls_version", MinVersion::Tls12, &versions),
        client_crls,
        client_crl_fetch,
    };
    if !has_lists && own.enabled {
        let hint = "name the CAs' lists, so that a stolen client key can be stopped";
        section.warn(
            "client_crl_paths",
            "client certificates are not checked for revocation",
            hint,
        );
    }
    (own, tls)
}

/// The lists that are fetched; none where no address is named.
fn fetch(section: &mut Section<'_, '_>, client_ca: &Path, state: &Path) -> Option<CrlFetch> {
    let urls: Vec<Url> = section.list("client_crl_urls", Some(Vec::new()), URL).unwrap_or_default();
    let seconds = section.number("client_crl_refresh_seconds", 900, 1..=86_400_u64);
    let ca = section.optional_path("client_crl_ca_path");
    if urls.len() > MOST_URLS {
        let rule = format!("{} addresses, and there are at most {MOST_URLS}", urls.len());
        section.fault("client_crl_urls", rule, "leave out those of CAs without clients");
    }
    if urls.iter().enumerate().any(|(at, url)| urls.iter().take(at).any(|other| other == url)) {
        section.fault("client_crl_urls", "an address stands there twice", "remove one");
    }
    if urls.is_empty() {
        return None;
    }
    Some(CrlFetch {
        urls: urls.iter().map(Url::to_string).collect(),
        refresh: Duration::from_secs(seconds),
        ca: ca.unwrap_or_else(|| client_ca.to_owned()),
        folder: state.join("crl"),
    })
}

/// Whether a client passes that no list speaks of, and whether one that a stale list speaks of does.
fn policies(section: &mut Section<'_, '_>, has_lists: bool) -> (bool, bool) {
    // Without any list nothing can be known of any certificate.
    let key = "dangerous_allow_unknown_revocation";
    let flag = section.flag(key, !has_lists);
    let ways = [("allow", true), ("deny", false)];
    let (unknown, stale, is_said) = section.section("revocation", |revocation| {
        let unknown = revocation.choice("on_unknown", flag, &ways);
        (unknown, revocation.choice("on_stale", false, &ways), revocation.has("on_unknown"))
    });
    if is_said && section.has(key) && flag != unknown {
        let rule = "says something else than mtls.revocation.on_unknown";
        section.fault(key, rule, "remove one of the two");
    }
    if !has_lists && !unknown {
        let hint = "name the CAs' lists in mtls.client_crl_paths or mtls.client_crl_urls";
        let rule = "without revocation lists, every client would be refused";
        section.fault(if is_said { "revocation" } else { key }, rule, hint);
    }
    (unknown, stale)
}

/// Each address is asked one after the other.
const MOST_URLS: usize = 32;
