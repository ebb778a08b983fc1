//! Keys that are no settings, and never will be: who writes one is told why.

/// What to do about the key `path`, where it is one that other services of this kind have.
pub(super) fn hint(path: &str) -> Option<&'static str> {
    HINTS.iter().find(|(known, _)| *known == path).map(|(_, hint)| *hint)
}

const HINTS: &[(&str, &str)] = &[
    ("development.allow_insecure", "no setting turns TLS off: remove the key"),
    ("development.relaxed_security", "no setting relaxes checks: remove the key"),
    ("development.skip_cert_validation", "no setting skips verification: remove the key"),
    (
        "encryption.kdf",
        "keys come from a key of 256 bits by HKDF, never from a password: remove the key",
    ),
    ("mtls.cipher_suites", "suites are fixed, all with forward secrecy and AEAD: remove the key"),
    ("request_validation.sql_injection_protection", "statements have parameters: remove the key"),
    ("request_validation.xss_protection", "answers are JSON with a strict policy: remove the key"),
    ("security_headers.x_xss_protection", "browsers have dropped this header: remove the key"),
    ("session_management", "there are no sessions: remove the section"),
    ("vault.verify_ssl", "Vault's certificate is always verified: name its CA in vault.ca_cert"),
];
