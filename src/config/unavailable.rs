//! Parts that can be configured and are not in this build: what is switched on must not be silently ignored.

use std::fmt;
use std::str::FromStr;

use super::Configuration;

/// A part that this build does not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// Shipping of records to a file, the database or a SIEM.
    AuditSinks,
    /// Reports.
    Compliance,
    /// Postgres.
    Database,
    /// Keys that change while running.
    KeyRotation,
    /// Alerts.
    Monitoring,
    /// Lists of addresses.
    NetworkSecurity,
    /// Health and metrics without a certificate.
    Ops,
    /// Headers other than those that are built in.
    SecurityHeaders,
    /// Vault.
    Vault,
}

/// A part, its name, the key that switches it on, and what its absence means.
type Row = (Part, &'static str, &'static str, &'static str, fn(&Configuration) -> bool);

/// A row goes when its part is built.
const PARTS: [Row; 9] = [
    (
        Part::AuditSinks,
        "audit_sinks",
        "audit_logging.log_to_file",
        "records stay in the spool and are shipped nowhere",
        |c| c.trail.log_to_file || c.trail.log_to_database || c.trail.log_to_siem,
    ),
    (Part::Compliance, "compliance", "compliance.gdpr_enabled", "no reports are made", |c| {
        c.compliance.gdpr || c.compliance.soc2 || c.compliance.iso27001
    }),
    (Part::Database, "database", "database_security.host", "no database is used", |c| {
        c.database.host.is_some()
    }),
    (
        Part::KeyRotation,
        "key_rotation",
        "encryption.key_rotation_enabled",
        "keys and credentials stay as they are",
        |c| c.encryption.key_rotation || c.secrets.auto_rotation,
    ),
    (Part::Monitoring, "monitoring", "security_monitoring.enabled", "no alerts are sent", |c| {
        c.monitoring.enabled || c.monitoring.webhook.is_some()
    }),
    (
        Part::NetworkSecurity,
        "network_security",
        "network_security.allowed_ip_ranges",
        "addresses are neither allowed nor blocked",
        |c| !c.network.allowed.is_empty() || !c.network.blocked.is_empty(),
    ),
    (Part::Ops, "ops", "ops.listen", "health and metrics are not offered there", |c| {
        c.ops.listen.is_some()
    }),
    (
        Part::SecurityHeaders,
        "security_headers",
        "security_headers.enabled",
        "every answer carries the headers that are built in",
        |c| {
            !c.headers.enabled
                || c.headers.hsts_max_age != super::sections::protection::HSTS_MAX_AGE
        },
    ),
    (Part::Vault, "vault", "vault.url", "Vault is not asked", |c| c.vault.is_set()),
];

impl Part {
    /// What the names are, in words.
    pub(super) const NAMES: &'static str = "a part that is not in this build, as vault";

    /// The name, as `server.dangerous_start_without` takes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        PARTS.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// The parts that `configuration` switches on and this build does not have, each with its key and a sentence.
    pub(super) fn missing(
        configuration: &Configuration,
    ) -> impl Iterator<Item = (Self, &'static str, &'static str)> {
        PARTS
            .iter()
            .filter(|row| (row.4)(configuration))
            .map(|(part, _, path, sentence, _)| (*part, *path, *sentence))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// No such part is missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownPart;

impl fmt::Display for UnknownPart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("no part of this name is missing")
    }
}

impl std::error::Error for UnknownPart {}

impl FromStr for Part {
    type Err = UnknownPart;

    fn from_str(text: &str) -> Result<Self, UnknownPart> {
        PARTS.iter().find(|row| row.1 == text).map(|row| row.0).ok_or(UnknownPart)
    }
}
