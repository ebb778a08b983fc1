//! What is judged beyond each key: what production demands, and where it is lenient and says so.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use log::LevelFilter;

use super::Configuration;
use super::environment::Environment;
use super::fault::{Fault, Report};
use super::secret_source::SecretSource;
use super::sections::database::SslMode;
use super::sections::keys::EnvironmentSecrets;
use super::sections::vault::VaultLogin;
use super::tree::Value;

/// Adds every reason not to start, and every word of warning; raises what is raised in production.
pub(super) fn judge(configuration: &mut Configuration, report: &mut Report) {
    master_key_place(configuration, report);
    environment_secrets(configuration, report);
    if !configuration.mtls.verify_client_cert {
        let rule = "a certificate that is shown is always verified";
        report.fault("mtls.verify_client_cert", rule, "set it to true");
    }
    if configuration.database.credential_rotation && configuration.database.host.is_none() {
        let path = "database_security.credential_rotation_enabled";
        report.note(path, "there is no database, and so no credential to rotate", "");
    }
    always_on(configuration, report);
    if configuration.environment == Environment::Production {
        switches(configuration, report);
        revocation(configuration, report);
        vault(configuration, report);
        database(configuration, report);
        logging(configuration, report);
        files(configuration, report);
    }
}

/// There is no trail without keys, and no answer without the trail.
pub(super) fn need_master_key(configuration: &Configuration, report: &mut Report) {
    if configuration.encryption.master_key.is_none() {
        report.fault(
            "encryption.master_key",
            "the service needs a key to encrypt with",
            MASTER_KEY,
        );
    }
}

const MASTER_KEY: &str =
    "set {credential: master-key} or {file: PATH}, with 32 bytes of chance in it";

/// A key beside what it seals protects nothing, as both are in the same copy. In a variable it is for children and
/// for `/proc` to read, and nothing could be opened any more once it is seen.
fn master_key_place(configuration: &Configuration, report: &mut Report) {
    let path = "encryption.master_key";
    match &configuration.encryption.master_key {
        Some(SecretSource::File(file)) if file.starts_with(&configuration.folders.state) => {
            let rule = "the master key lies in the state folder, which it protects";
            report.fault(path, rule, "move it elsewhere, or use a credential");
        }
        Some(SecretSource::Environment(_)) => {
            report.fault(path, "a variable is no place for the master key", MASTER_KEY);
        }
        Some(SecretSource::Vault { .. }) => {
            report.fault(path, "this build takes no master key from Vault", MASTER_KEY);
        }
        Some(SecretSource::Credential(_) | SecretSource::File(_)) | None => {}
    }
}

fn environment_secrets(configuration: &Configuration, report: &mut Report) {
    let hint = "use a file that only the service can read (for Vault, VAULT_SECRET_ID_FILE), or a credential";
    for (path, source) in report.secrets.clone() {
        let SecretSource::Environment(name) = source else { continue };
        let rule = format!("the secret is in the variable {name}, which other processes may read");
        match configuration.secrets.environment_secrets {
            EnvironmentSecrets::Refuse => report.fault(&path, rule, hint),
            EnvironmentSecrets::Warn => report.warn(&path, rule, hint),
        }
    }
}

/// What is done whatever is set; production refuses to have it switched off at all.
fn always_on(configuration: &Configuration, report: &mut Report) {
    let trail = &configuration.trail;
    for (path, set, rule) in [
        ("audit_logging.enabled", trail.enabled, "every answer is recorded all the same"),
        (
            "audit_logging.encryption_enabled",
            trail.encryption_enabled,
            "sensitive fields are encrypted all the same",
        ),
    ] {
        if !set && configuration.environment != Environment::Production {
            report.warn(path, rule, "remove the key");
        }
    }
}

fn switches(configuration: &Configuration, report: &mut Report) {
    let on = "set it to true";
    let demanded = [
        ("mtls.enabled", configuration.mtls.enabled, "clients must show certificates"),
        (
            "mtls.require_client_cert",
            configuration.mtls.require_client_cert,
            "a client without certificate must be turned away",
        ),
        ("audit_logging.enabled", configuration.trail.enabled, "every answer must be recorded"),
        (
            "audit_logging.encryption_enabled",
            configuration.trail.encryption_enabled,
            "sensitive fields must be encrypted",
        ),
        ("rate_limiting.enabled", configuration.rate_limiting.enabled, "requests must be limited"),
    ];
    for (path, set, rule) in demanded {
        if !set {
            report.fault(path, format!("{rule} in production"), on);
        }
    }
    if configuration.development.is_set {
        let origin = report.origin("development.verbose_logging");
        let rule = "the section is for development alone";
        report.faults.push(Fault::new("development", origin, rule, "remove the section"));
    }
}

/// Where there is no list at all, the section itself has warned.
fn revocation(configuration: &Configuration, report: &mut Report) {
    let tls = &configuration.tls;
    let has_lists = !tls.client_crls.is_empty() || tls.client_crl_fetch.is_some();
    for (key, allowed, rule) in [
        ("on_unknown", tls.allow_unknown_revocation, "a client that no list speaks of is let in"),
        ("on_stale", tls.allow_stale_revocation, "a list that is out of date still speaks"),
    ] {
        if has_lists && allowed {
            report.warn(&format!("mtls.revocation.{key}"), rule, "set it to deny");
        }
    }
}

fn vault(configuration: &Configuration, report: &mut Report) {
    let hint = "log in by a role (approle or kubernetes)";
    if configuration.vault.token.is_some() {
        report.fault("vault.token", "a static token is never renewed or revoked", hint);
    }
    if configuration.vault.login == VaultLogin::Token {
        report.fault("vault.auth_method", "a static token is never renewed or revoked", hint);
    }
    if configuration.vault.url.as_ref().is_some_and(|url| !url.is_https()) {
        report.fault("vault.url", "secrets would cross the network unencrypted", "use https://");
    }
}

fn database(configuration: &mut Configuration, report: &mut Report) {
    let path = "database_security.ssl_mode";
    match configuration.database.ssl_mode {
        SslMode::Disable | SslMode::Prefer => {
            let rule = "the database's connections must be TLS with a verified server";
            report.fault(path, rule, "set it to verify-full");
        }
        SslMode::Require | SslMode::VerifyCa => {
            configuration.database.ssl_mode = SslMode::VerifyFull;
            let rule = "raised to verify-full: TLS with anybody protects from nobody";
            report.note(path, rule, "set it to verify-full, and name the CA in ssl_ca_cert");
            report.correct(path, &Value::Text("verify-full".to_owned()));
        }
        SslMode::VerifyFull => {}
    }
}

fn logging(configuration: &Configuration, report: &mut Report) {
    if configuration.logging.level.most() > LevelFilter::Info {
        let rule = "debug logs show what production must not";
        report.fault("logging.level", rule, "set it to info");
    }
}

/// Key files must be there, and be the owner's alone.
fn files(configuration: &Configuration, report: &mut Report) {
    let mut keys = vec![("mtls.server_key_path".to_owned(), configuration.tls.key.clone())];
    if let Some(path) = &configuration.database.ssl_client_key {
        keys.push(("database_security.ssl_client_key".to_owned(), path.clone()));
    }
    keys.extend(report.secrets.iter().filter_map(|(path, source)| match source {
        SecretSource::File(file) => Some((path.clone(), file.clone())),
        SecretSource::Credential(_) | SecretSource::Environment(_) | SecretSource::Vault { .. } => {
            None
        }
    }));
    for (path, file) in keys {
        match mode(&file) {
            Err(error) => {
                let rule = format!("{}: {error}", file.display());
                report.fault(&path, rule, "put the file there");
            }
            Ok(mode) if mode & 0o077 != 0 => {
                let rule = format!(
                    "others than the owner have access to {} (mode {mode:04o})",
                    file.display()
                );
                let hint = "chmod 0400 it, and make the service's user its owner; where secrets are mounted, set their mode there";
                report.fault(&path, rule, hint);
            }
            Ok(_) => {}
        }
    }
}

fn mode(file: &Path) -> std::io::Result<u32> {
    let metadata = fs::metadata(file)?;
    if metadata.is_file() {
        Ok(metadata.permissions().mode() & 0o7777)
    } else {
        Err(std::io::Error::other("not a regular file"))
    }
}
