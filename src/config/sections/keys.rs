//! `encryption` and `secrets_management`: the root of all keys, and how secrets are kept and changed.

use std::time::Duration;

use crate::config::reader::Section;
use crate::config::secret_source::SecretSource;

/// Settings of encryption.
#[derive(Clone, Debug)]
pub struct EncryptionSettings {
    /// The key that the others come from.
    pub master_key: Option<SecretSource>,
    /// Whether keys are changed while running.
    pub key_rotation: bool,
    /// How long a key is used.
    pub key_rotation_after: Duration,
}

pub(in crate::config) fn encryption(section: &mut Section<'_, '_>) -> EncryptionSettings {
    section.choice("algorithm", (), &[("AES-256-GCM", ())]);
    let days = section.number("key_rotation_days", 90, 1..=3_650_u64);
    EncryptionSettings {
        master_key: section.secret("master_key"),
        key_rotation: section.flag("key_rotation_enabled", false),
        key_rotation_after: Duration::from_secs(days.saturating_mul(86_400)),
    }
}

/// What a secret in an environment variable comes to: it can be read in `/proc` and is inherited by children.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EnvironmentSecrets {
    /// It is refused.
    Refuse,
    /// It is accepted with a warning.
    Warn,
}

/// Settings of secrets in general.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SecretsSettings {
    /// What a secret in a variable comes to.
    pub environment_secrets: EnvironmentSecrets,
    /// Whether credentials are changed while running.
    pub auto_rotation: bool,
}

pub(in crate::config) fn secrets(section: &mut Section<'_, '_>) -> SecretsSettings {
    let kinds = [("refuse", EnvironmentSecrets::Refuse), ("warn", EnvironmentSecrets::Warn)];
    SecretsSettings {
        environment_secrets: section.choice(
            "environment_secrets",
            EnvironmentSecrets::Warn,
            &kinds,
        ),
        auto_rotation: section.flag("auto_rotation_enabled", false),
    }
}
