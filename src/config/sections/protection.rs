//! `security_headers`, `network_security` and `security_monitoring`.

use crate::config::network::{CIDR, CidrBlock};
use crate::config::reader::Section;
use crate::config::secret_source::SecretSource;

/// Whether the headers of answers are those that are built in, which is all that can be had.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HeaderSettings {
    /// Whether every answer carries them.
    pub enabled: bool,
    /// Seconds of `Strict-Transport-Security`.
    pub hsts_max_age: u32,
}

/// Seconds of `Strict-Transport-Security` that are built in: one year.
pub(in crate::config) const HSTS_MAX_AGE: u32 = 31_536_000;

pub(in crate::config) fn headers(section: &mut Section<'_, '_>) -> HeaderSettings {
    HeaderSettings {
        enabled: section.flag("enabled", true),
        hsts_max_age: section.number("hsts_max_age_seconds", HSTS_MAX_AGE, 0..=63_072_000),
    }
}

/// Which addresses may connect.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NetworkSettings {
    /// Only these; all where empty.
    pub allowed: Vec<CidrBlock>,
    /// Not these, even where they are allowed.
    pub blocked: Vec<CidrBlock>,
}

pub(in crate::config) fn network(section: &mut Section<'_, '_>) -> NetworkSettings {
    let mut list = |key| section.list(key, Some(Vec::new()), CIDR).unwrap_or_default();
    NetworkSettings { allowed: list("allowed_ip_ranges"), blocked: list("blocked_ip_ranges") }
}

/// When to raise an alert.
#[derive(Clone, Debug)]
pub struct MonitoringSettings {
    /// Whether alerts are raised.
    pub enabled: bool,
    /// Failed authentications a minute.
    pub failed_auth: u32,
    /// Suspicious events a minute.
    pub suspicious_activity: u32,
    /// Where alerts are sent; the address itself is a secret.
    pub webhook: Option<SecretSource>,
}

pub(in crate::config) fn monitoring(section: &mut Section<'_, '_>) -> MonitoringSettings {
    MonitoringSettings {
        enabled: section.flag("enabled", false),
        failed_auth: section.number("failed_auth_threshold", 5, 1..=1_000_000),
        suspicious_activity: section.number("suspicious_activity_threshold", 10, 1..=1_000_000),
        webhook: section.secret("alert_webhook_url"),
    }
}
