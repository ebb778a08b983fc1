//! `mtls`: the server's certificate, and which clients it speaks with.

use crate::config::reader::Section;
use crate::tls::settings::{MinVersion, TlsSettings};

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

pub(in crate::config) fn read(section: &mut Section<'_, '_>) -> (MtlsSettings, TlsSettings) {
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
    let client_crls = section.paths("client_crl_paths");
    // Without any list nothing can be known of any certificate.
    let tls = TlsSettings {
        certificate: section.path("server_cert_path", "/secrets/tls/server.crt"),
        key: section.path("server_key_path", "/secrets/tls/server.key"),
        client_ca: section.path("client_ca_path", "/secrets/tls/client-ca.crt"),
        require_client_certificate: own.enabled && own.require_client_cert,
        allow_unknown_revocation: section
            .flag("dangerous_allow_unknown_revocation", client_crls.is_empty()),
        min_version: section.choice("min_tls_version", MinVersion::Tls12, &versions),
        client_crls,
    };
    if tls.client_crls.is_empty() && !tls.allow_unknown_revocation {
        let hint = "name the CAs' lists in mtls.client_crl_paths";
        let rule = "without revocation lists, every client would be refused";
        section.fault("dangerous_allow_unknown_revocation", rule, hint);
    }
    if tls.client_crls.is_empty() && own.enabled {
        let hint = "name the CAs' lists, so that a stolen client key can be stopped";
        section.warn(
            "client_crl_paths",
            "client certificates are not checked for revocation",
            hint,
        );
    }
    (own, tls)
}
