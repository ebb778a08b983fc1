//! `rate_limiting`: how much one caller may ask.

use crate::config::reader::Section;

/// Settings of the limits.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct RateLimitSettings {
    /// Whether there are any.
    pub enabled: bool,
    /// In the long run.
    pub requests_per_minute: u32,
    /// At once.
    pub burst_size: u32,
    /// For each address.
    pub by_ip: bool,
    /// For each client.
    pub by_user: bool,
    /// For each API key.
    pub by_api_key: bool,
}

pub(in crate::config) fn read(section: &mut Section<'_, '_>) -> RateLimitSettings {
    let settings = RateLimitSettings {
        enabled: section.flag("enabled", true),
        requests_per_minute: section.number("requests_per_minute", 1_000, 1..=10_000_000),
        burst_size: section.number("burst_size", 100, 1..=1_000_000),
        by_ip: section.flag("by_ip", true),
        by_user: section.flag("by_user", true),
        by_api_key: section.flag("by_api_key", true),
    };
    if settings.enabled && !(settings.by_ip || settings.by_user || settings.by_api_key) {
        let rule = "limits that count by nothing limit nothing";
        section.fault("by_ip", rule, "set one of by_ip, by_user, by_api_key");
    }
    settings
}
