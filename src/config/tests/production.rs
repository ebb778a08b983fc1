//! What production demands, and what is refused everywhere.

use super::*;

#[test]
fn production_lists_every_reason_at_once() {
    let site = Site::new(
        "mtls: {enabled: false, require_client_cert: false, verify_client_cert: false}\naudit_logging: {enabled: false, encryption_enabled: false}\nrate_limiting: {enabled: false}\ndatabase_security: {ssl_mode: prefer}\nvault: {url: 'http://v', auth_method: token}\nlogging: {level: debug}\ndevelopment: {verbose_logging: true}\n",
    )
    .with("VAULT_TOKEN", "hvs.hunter2");
    private(&site.scratch.path().join("server.key"), 0o440);
    private(&site.scratch.path().join("master.key"), 0o404);
    let faults = site.faults();
    for path in [
        "mtls.enabled",
        "mtls.require_client_cert",
        "mtls.verify_client_cert",
        "audit_logging.enabled",
        "audit_logging.encryption_enabled",
        "rate_limiting.enabled",
        "database_security.ssl_mode",
        "vault.url",
        "vault.auth_method",
        "vault.token",
        "logging.level",
        "development",
        "mtls.server_key_path",
        "encryption.master_key",
    ] {
        let found = faults.iter().filter(|fault| fault.starts_with(&format!("{path}: "))).count();
        assert_eq!(found, 1, "{path}: {faults:#?}");
    }
    assert_eq!(faults.len(), 14, "{faults:#?}");
    // Elsewhere only what can never be had is refused.
    let staging = site.with("ENVIRONMENT", "staging");
    assert!(one_fault(&staging).starts_with("mtls.verify_client_cert"));
}

#[test]
fn production_needs_its_key_files_and_a_master_key_outside_the_state_folder() {
    let mut site = Site::new("");
    fs::remove_file(site.scratch.path().join("server.key")).unwrap();
    assert!(one_fault(&site).contains("No such file"));
    site.scratch.write("server.key", "k");
    private(&site.scratch.path().join("server.key"), 0o600);
    assert!(site.faults().is_empty());
    let folder = site.scratch.path().display().to_string();
    site = site.with("TRUST_SERVICE__SERVER__STATE_DIR", &folder);
    assert!(one_fault(&site).contains("lies in the state folder"));
    site.variables.clear();
    for environment in ["production", "development"] {
        site = site.with("ENVIRONMENT", environment);
        let faults = site.faults().join("\n");
        assert!(faults.contains("the service needs a key to encrypt with"), "{faults}");
    }
    for (place, rule) in [("{env: KEY}", "a variable is no place"), ("{vault: 'a/b#c'}", "Vault")] {
        let mut site = Site::new(&format!("encryption: {{master_key: {place}}}"));
        site.variables.retain(|name, _| !name.contains("MASTER_KEY"));
        assert!(one_fault(&site).contains(rule), "{place}");
    }
}

#[test]
fn tls_below_1_2_is_refused_everywhere() {
    for old in ["TLSv1.1", "TLSv1.0", "SSLv3"] {
        let site = Site::new(&format!("mtls: {{min_tls_version: {old}}}"))
            .with("ENVIRONMENT", "development");
        assert!(one_fault(&site).contains("not one of TLSv1.2, TLSv1.3"));
    }
}

#[test]
fn a_secret_in_a_variable_is_a_warning_or_a_refusal() {
    let site = Site::new("").with("VAULT_SECRET_ID", "hunter2");
    assert!(site.faults().is_empty());
    let site = site.with("TRUST_SERVICE__SECRETS_MANAGEMENT__ENVIRONMENT_SECRETS", "refuse");
    let said = one_fault(&site);
    assert!(said.contains("VAULT_SECRET_ID_FILE") && !said.contains("hunter2"), "{said}");
}

#[test]
fn what_is_switched_on_and_missing_is_named_until_the_operator_accepts_it() {
    let site = Site::new("security_monitoring: {enabled: true}\nmtls: {verify_client_cert: false}")
        .with(ACCEPT, "[]");
    let faults = site.faults().join("\n");
    assert!(
        faults.contains("monitoring is not part of this build: no alerts are sent")
            && faults.contains("mtls.verify_client_cert"),
        "what is missing is said together with the rest: {faults}"
    );
    let site = Site::new("security_monitoring: {enabled: true}").with(ACCEPT, "[]");
    assert_eq!(site.faults().len(), 1);
    let site = site.with("ENVIRONMENT", "testing");
    assert!(site.warned_of().contains(&"security_monitoring.enabled".to_owned()));
    let site = site.with(ACCEPT, "[monitoring]").with("ENVIRONMENT", "production");
    assert!(check_config::Check::new(Ok(&site.loaded())).is_good());
}

#[test]
fn what_is_done_whatever_is_set_is_said_to_be() {
    let site = Site::new("audit_logging: {enabled: false, encryption_enabled: false}")
        .with("ENVIRONMENT", "testing");
    let warned = site.warned_of();
    for path in ["audit_logging.enabled", "audit_logging.encryption_enabled"] {
        assert!(warned.contains(&path.to_owned()), "{path}: {warned:?}");
    }
}

#[test]
fn a_file_that_everybody_can_change_is_refused_in_production() {
    let site = Site::new("");
    private(&site.scratch.path().join(POLICY_FILE), 0o646);
    assert!(one_fault(&site).contains("everybody can change the file"));
    assert!(site.with("ENVIRONMENT", "testing").faults().is_empty());
}
