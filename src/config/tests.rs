mod gate;
mod production;
mod rate_limiting;
mod revocation;
mod tokens;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::config::scratch::Scratch;
use crate::config::secret_source::SecretSource;
use crate::config::sections::database::SslMode;

const ACCEPT: &str = "TRUST_SERVICE__SERVER__DANGEROUS_START_WITHOUT";
const EVERY_PART: &str = "[audit_sinks, compliance, database, key_rotation, monitoring, network_security, ops, security_headers, vault]";
const POLICY: &str = "roles: {verifier: [certificate:validate]}\n";

/// A folder of configuration and key files, and the variables that go with it.
struct Site {
    scratch: Scratch,
    variables: BTreeMap<String, String>,
}

impl Site {
    /// One that production accepts.
    fn new(security: &str) -> Self {
        let scratch = Scratch::new();
        for name in ["server.key", "master.key"] {
            private(&scratch.write(name, "k"), 0o400);
        }
        let folder = scratch.path().display();
        let variables = [
            ("TRUST_SERVICE__MTLS__SERVER_KEY_PATH", format!("{folder}/server.key")),
            ("TRUST_SERVICE__ENCRYPTION__MASTER_KEY__FILE", format!("{folder}/master.key")),
            (ACCEPT, EVERY_PART.to_owned()),
        ];
        let variables =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        scratch.write("security.yaml", security);
        scratch.write(POLICY_FILE, POLICY);
        Self { scratch, variables }
    }

    fn warned_of(&self) -> Vec<String> {
        self.loaded().report.warnings.into_iter().map(|warning| warning.path).collect()
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn file(self, name: &str, content: &str) -> Self {
        self.scratch.write(name, content);
        self
    }

    fn load(&self) -> Result<Loaded, Faults> {
        Configuration::load(self.scratch.path(), &self.variables, "host-1")
    }

    fn loaded(&self) -> Loaded {
        self.load().unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn faults(&self) -> Vec<String> {
        self.load().err().map_or_else(Vec::new, |faults| {
            faults.0.faults.iter().map(ToString::to_string).collect()
        })
    }
}

fn private(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn one_fault(site: &Site) -> String {
    let faults = site.faults();
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults[0].clone()
}

#[test]
fn defaults_are_those_of_production() {
    let loaded = Site::new("").loaded();
    let c = &loaded.configuration;
    assert_eq!(c.environment, Environment::Production);
    assert_eq!(c.server.listen.to_string(), "0.0.0.0:8443");
    assert_eq!(c.folders.state.to_str(), Some("/var/lib/trust-service"));
    assert_eq!(c.folders.run.to_str(), Some("/run/trust-service"));
    assert_eq!(
        (c.audit.segment_bytes, c.audit.ipv4_prefix, c.audit.ipv6_prefix),
        (64 << 20, 24, 48)
    );
    assert_eq!(c.audit.instance, "host-1");
    assert!(c.tls.require_client_certificate && c.trail.enabled && c.rate_limiting.enabled);
    assert_eq!(c.rate_limiting, LimitSettings::default());
    assert_eq!(c.authorization.max_stale.as_secs(), 900);
}

#[test]
fn each_layer_is_laid_over_the_one_before() {
    let layers = ["security.yaml", "security-testing.yaml", "conf.d/10-a.yaml", "conf.d/20-b.yaml"];
    for top in 0..layers.len() {
        let mut site = Site::new("").with("ENVIRONMENT", "testing");
        for (number, name) in layers.iter().enumerate().take(top + 1) {
            site = site.file(name, &format!("server:\n  blocking_threads: {}\n", number + 1));
        }
        let site = site
            .file("security-staging.yaml", "server: {blocking_threads: 99}")
            .file("conf.d/30-c.yaml.bak", "not: [yaml");
        let loaded = site.loaded();
        assert_eq!(usize::from(loaded.configuration.server.blocking_threads), top + 1);
        let origin = loaded.report.origin("server.blocking_threads").to_string();
        assert_eq!(origin, format!("{}:2:3", layers[top]));
        let above = site.with("TRUST_SERVICE__SERVER__BLOCKING_THREADS", "7").loaded();
        assert_eq!(above.configuration.server.blocking_threads, 7);
        assert_eq!(
            above.report.origin("server.blocking_threads").to_string(),
            "variable TRUST_SERVICE__SERVER__BLOCKING_THREADS"
        );
    }
}

#[test]
fn the_samples_of_mutual_tls_and_of_limits_load_in_production() {
    let site = Site::new(
        "mtls:\n  enabled: true\n  require_client_cert: true\n  verify_client_cert: true\n  allowed_clients:\n    - \"trust-service-client\"\n    - \"pkd-ingestion-service\"\n  min_tls_version: \"TLSv1.2\"\nrate_limiting:\n  enabled: true\n  requests_per_minute: 1000\n  burst_size: 100\n  by_ip: true\n  by_api_key: true\n",
    )
    .with("ENVIRONMENT", "production")
    .with("VAULT_ADDR", "https://vault.internal:8200")
    .with("VAULT_ROLE_ID", "your-role-id")
    .with("VAULT_SECRET_ID", "your-secret-id")
    .with("MTLS_ENABLED", "true")
    .with("AUDIT_LOGGING_ENABLED", "true")
    .with("DB_SSL_MODE", "require")
    .with("DB_CREDENTIAL_ROTATION", "true");
    let loaded = site.loaded();
    let c = &loaded.configuration;
    assert_eq!(c.mtls.allowed_clients.as_ref().map(Vec::len), Some(2));
    assert_eq!(c.vault.url.as_ref().map(network::Url::as_str), Some("https://vault.internal:8200"));
    assert_eq!(c.vault.secret_id, Some(SecretSource::Environment("VAULT_SECRET_ID".to_owned())));
    assert_eq!(c.database.ssl_mode, SslMode::VerifyFull);
    let notices: Vec<String> = loaded.report.notices.iter().map(ToString::to_string).collect();
    assert!(notices.iter().any(|said| said.contains("raised to verify-full")), "{notices:?}");
    let warnings: Vec<String> = loaded.report.warnings.iter().map(ToString::to_string).collect();
    assert!(warnings.iter().any(|said| said.contains("VAULT_SECRET_ID")), "{warnings:?}");
    let missing = site.with(ACCEPT, "[]").faults();
    assert!(missing.len() == 1 && missing[0].starts_with("vault.url: "), "{missing:?}");
}

#[test]
fn the_samples_of_docker_load_with_their_secrets_in_files() {
    let site = Site::new("");
    let folder = site.scratch.path().display().to_string();
    for name in ["role", "secret"] {
        private(&site.scratch.write(name, "s"), 0o400);
    }
    let loaded = site
        .file("address", "https://vault.internal:8200\n")
        .with("VAULT_ADDR_FILE", &format!("{folder}/address"))
        .with("VAULT_ROLE_ID_FILE", &format!("{folder}/role"))
        .with("VAULT_SECRET_ID_FILE", &format!("{folder}/secret"))
        .loaded();
    let vault = &loaded.configuration.vault;
    assert_eq!(vault.url.as_ref().map(network::Url::as_str), Some("https://vault.internal:8200"));
    assert_eq!(vault.role_id, Some(SecretSource::File(format!("{folder}/role").into())));
    assert!(loaded.report.warnings.iter().all(|one| !one.path.starts_with("vault")));
}

#[test]
fn unknown_keys_are_faults_with_the_nearest_known_one() {
    for (yaml, hint) in [
        ("mtsl: {}", "mtsl: unknown key (security.yaml:1:1); did you mean mtls?"),
        (
            "mtls: {allowed_client: [a]}",
            "mtls.allowed_client: unknown key (security.yaml:1:8); did you mean allowed_clients?",
        ),
        (
            "trust:\n  revocation:\n    on_unknwon: warn",
            "trust.revocation.on_unknwon: unknown key (security.yaml:3:5); did you mean on_unknown?",
        ),
        (
            "mtls: {cipher_suites: x}",
            "mtls.cipher_suites: unknown key (security.yaml:1:8); suites are fixed, all with forward secrecy and AEAD: remove the key",
        ),
    ] {
        assert_eq!(one_fault(&Site::new(yaml)), hint);
    }
    let site = Site::new("").with("TRUST_SERVICE__SERVER__LISTENN", "1");
    assert!(
        one_fault(&site)
            .ends_with("(variable TRUST_SERVICE__SERVER__LISTENN); did you mean listen?")
    );
}

#[test]
fn keys_end_at_the_latest_after_a_year_and_are_reminded_of_before() {
    let keys = |yaml: &str| Site::new(yaml).loaded().configuration.api_keys;
    let usual = keys("");
    assert_eq!(usual, ApiKeySettings::default());
    let set = keys(
        "api_keys: {enabled: true, length: 64, rotation_days: 30, max_age_days: 60, max_keys: 5}",
    );
    let days = |days: u64| std::time::Duration::from_secs(days * 86_400);
    assert_eq!((set.enabled, set.length, set.max_keys), (true, 64, 5));
    assert_eq!((set.rotation, set.max_age), (days(30), days(60)));
    for bad in [
        "length: 31",
        "length: 65",
        "max_age_days: 0",
        "max_age_days: 731",
        "max_keys: 0",
        "max_keys: 10001",
        "header: Authorization",
        "{rotation_days: 61, max_age_days: 60}",
    ] {
        let text = bad.trim_matches(['{', '}']);
        let fault = one_fault(&Site::new(&format!("api_keys: {{{text}}}")));
        assert!(fault.starts_with("api_keys."), "{bad}: {fault}");
    }
}

#[test]
fn every_section_refuses_a_key_that_it_does_not_know() {
    for section in [
        "server",
        "ops",
        "vault",
        "mtls",
        "jwt",
        "api_keys",
        "authorization",
        "gate",
        "rate_limiting",
        "database_security",
        "audit_logging",
        "security_headers",
        "request_validation",
        "network_security",
        "encryption",
        "security_monitoring",
        "compliance",
        "secrets_management",
        "trust",
        "logging",
        "development",
        "audit_logging.syslog",
        "trust.revocation",
    ] {
        let node = tree::Node { origin: Origin::Default, value: tree::Value::Nothing };
        let path: Vec<&str> = section.split('.').chain(["zzz"]).collect();
        let mut report = Report::default();
        Configuration::interpret(&node.below(&path), Environment::Testing, "h", &mut report);
        let paths: Vec<&str> = report.faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, [format!("{section}.zzz")]);
    }
}

#[test]
fn faults_of_all_files_and_keys_come_at_once() {
    let faults = Site::new("server: {workers: 0, listen: here, max_connections: many}\nops: [1]\n")
        .file("conf.d/a.yaml", "a: 1\na: 2")
        .file(POLICY_FILE, "roles: {}")
        .with("ENVIRONMENT", "prod")
        .with("VAULT_ADDR", "https://u:p@v")
        .faults();
    for part in [
        "server.workers: 0 is not within 1 to",
        "server.listen",
        "server.max_connections",
        "ops: expected a map",
        "conf.d/a.yaml:2:1",
        "policy:roles",
        "ENVIRONMENT",
        "vault.url",
    ] {
        assert_eq!(
            faults.iter().filter(|fault| fault.contains(part)).count(),
            1,
            "{part}: {faults:#?}"
        );
    }
    assert_eq!(faults.len(), 8, "{faults:#?}");
    assert!(faults.iter().all(|fault| !fault.contains("u:p")));
}

#[test]
fn a_secret_where_it_does_not_belong_is_refused_and_never_shown() {
    for yaml in [
        "vault: {token: hunter2}",
        "vault: {secret_id: {value: hunter2}}",
        "vault: {secret_id: [hunter2]}",
        "encryption: {master_key: hunter2}",
        "vault: {url: hunter2}",
        "logging: {level: hunter2}",
        "server: {listen: hunter2}",
        "database_security: {password: {file: hunter2}}",
        "mtls: {min_tls_version: hunter2}",
        "jwt: {signing_key: hunter2}",
        "server: {workers: hunter2}",
        "server: {state_dir: hunter2}",
        "mtls: hunter2",
    ] {
        let mut site = Site::new(yaml);
        site.variables.clear();
        let Err(faults) = site.with("ENVIRONMENT", "testing").load() else {
            panic!("{yaml} was taken")
        };
        let check = check_config::Check::new(Err(&faults));
        for text in [faults.to_string(), format!("{faults:?}"), check.text(true), check.json(true)]
        {
            assert!(!text.contains("hunter2"), "{yaml}: {text}");
        }
    }
}

#[test]
fn a_whole_configuration_can_be_formatted_and_shows_no_secret() {
    let loaded =
        Site::new("security_monitoring: {alert_webhook_url: {env: HOOK}}\njwt: {enabled: true}")
            .with("ENVIRONMENT", "development")
            .with("VAULT_TOKEN", "hunter2")
            .with("VAULT_SECRET_ID", "hunter2")
            .with("HOOK", "https://hunter2")
            .loaded();
    let text = format!("{loaded:?}");
    assert!(text.contains("VAULT_SECRET_ID") && !text.contains("hunter2"), "{text}");
    let check = check_config::Check::new(Ok(&loaded));
    assert!(check.is_good(), "what is missing is a warning in development");
    assert!(!check.text(true).contains("hunter2") && !check.json(true).contains("hunter2"));
}

#[test]
fn variables_of_both_forms_at_once_and_ill_formed_ones_are_faults() {
    let site = Site::new("").with("VAULT_ADDR", "https://v").with("VAULT_ADDR_FILE", "/x");
    assert!(one_fault(&site).contains("are both set"));
    for name in ["TRUST_SERVICE__", "TRUST_SERVICE__SERVER__", "TRUST_SERVICE____LISTEN"] {
        assert!(one_fault(&Site::new("").with(name, "1")).contains("TRUST_SERVICE__SECTION__KEY"));
    }
    let site = Site::new("").with("TRUST_SERVICE__MTLS__ALLOWED_CLIENTS", "[a");
    assert!(one_fault(&site).contains("not YAML"));
    let site = Site::new("").with("TRUST_SERVICE__MTLS__ALLOWED_CLIENTS", "[a]\nb: 1");
    assert_eq!(site.faults().len(), 1);
    let site = Site::new("").with("MTLS_ENABLED", "maybe");
    assert!(one_fault(&site).contains("expected true or false"));
}

#[test]
fn a_folder_without_files_is_told_what_is_missing() {
    let site = Site::new("");
    fs::remove_file(site.scratch.path().join("security.yaml")).unwrap();
    fs::remove_file(site.scratch.path().join(POLICY_FILE)).unwrap();
    assert_eq!(site.faults().len(), 2, "{:#?}", site.faults());
}

#[test]
fn the_shipped_files_load_in_their_environments_without_fault() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    for environment in ["development", "testing", "staging", "production"] {
        let mut site = Site::new("").with("ENVIRONMENT", environment);
        site.variables.remove(ACCEPT);
        let loaded = Configuration::load(&shipped, &site.variables, "host-1")
            .unwrap_or_else(|faults| panic!("{environment}: {faults}"));
        assert_eq!(loaded.configuration.environment.as_str(), environment);
        assert_eq!((loaded.policy.clients.len(), loaded.policy.administrators.len()), (3, 1));
        let missing = loaded.report.warnings.iter().filter(|one| one.rule.contains("this build"));
        assert_eq!(missing.count(), 0, "{environment}");
    }
}
