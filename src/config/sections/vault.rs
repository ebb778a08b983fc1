//! `vault`: where Vault is, and how this service shows who it is.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::network::{URL, Url};
use crate::config::reader::Section;
use crate::config::secret_source::SecretSource;

/// How to log in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VaultLogin {
    /// A role and a secret of its own.
    AppRole,
    /// The token of the pod's service account.
    Kubernetes,
    /// A token that somebody made; refused in production.
    Token,
}

/// Settings of the client of Vault.
#[derive(Clone, Debug)]
pub struct VaultSettings {
    /// Where it is; none where it is not used.
    pub url: Option<Url>,
    /// How to log in.
    pub login: VaultLogin,
    /// A token.
    pub token: Option<SecretSource>,
    /// The role of [`VaultLogin::AppRole`].
    pub role_id: Option<SecretSource>,
    /// Its secret.
    pub secret_id: Option<SecretSource>,
    /// The role of [`VaultLogin::Kubernetes`].
    pub kubernetes_role: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// The CA above Vault's certificate, in PEM; none: the system's.
    pub ca_cert: Option<PathBuf>,
    /// Mounts of the engines: KV, PKI, database, transit.
    pub mounts: [String; 4],
    /// Time for one request.
    pub timeout: Duration,
    /// Tries after the first.
    pub max_retries: u8,
    /// Time before the second try; doubled each time.
    pub retry_delay: Duration,
}

impl VaultSettings {
    /// Whether anything of Vault is set, even without its address.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        self.url.is_some()
            || self.token.is_some()
            || self.role_id.is_some()
            || self.secret_id.is_some()
    }
}

pub(in crate::config) fn read(section: &mut Section<'_, '_>) -> VaultSettings {
    let logins = [
        ("approle", VaultLogin::AppRole),
        ("kubernetes", VaultLogin::Kubernetes),
        ("token", VaultLogin::Token),
    ];
    let mut mount = |key, name: &str| section.plain(key, name, "the path of a mount");
    let mounts = [
        mount("mount_point_kv", "kv"),
        mount("mount_point_pki", "pki"),
        mount("mount_point_database", "database"),
        mount("mount_point_transit", "transit"),
    ];
    VaultSettings {
        url: section.optional("url", URL),
        login: section.choice("auth_method", VaultLogin::AppRole, &logins),
        token: section.secret("token"),
        role_id: section.secret("role_id"),
        secret_id: section.secret("secret_id"),
        kubernetes_role: section.optional_plain("kubernetes_role", "the name of a role"),
        namespace: section.optional_plain("namespace", "the name of a namespace"),
        ca_cert: section.optional_path("ca_cert"),
        mounts,
        timeout: Duration::from_millis(section.number("timeout_ms", 30_000, 100..=300_000)),
        max_retries: section.number("max_retries", 3, 0..=10),
        retry_delay: Duration::from_millis(section.number("retry_delay_ms", 1_000, 10..=60_000)),
    }
}
