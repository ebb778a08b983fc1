//! `jwt`, `api_keys`, `gate` and `authorization`: what callers show, and for whom the gate decides.

use std::time::Duration;

use crate::authn::api_key::{ApiKeySettings, MOST_KEYS};
use crate::config::network::{CIDR, CidrBlock};
use crate::config::reader::Section;
use crate::config::span::{SPAN, Span};

/// Settings of tokens (RFC 9068), signed with RS256 alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JwtSettings {
    /// Whether tokens are issued and taken.
    pub enabled: bool,
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// How long a token lives.
    pub expiry: Duration,
    /// How long a key signs.
    pub key_rotation: Duration,
    /// By how much clocks may differ.
    pub leeway: Duration,
}

pub(in crate::config) fn jwt(section: &mut Section<'_, '_>) -> JwtSettings {
    let text = "a text";
    let enabled = section.flag("enabled", false);
    section.choice("algorithm", (), &[("RS256", ())]);
    JwtSettings {
        enabled,
        issuer: section.plain("issuer", "trust-service", text),
        audience: section.plain("audience", "trust-service-api", text),
        expiry: Duration::from_secs(
            section.number("expiry_minutes", 60, 1..=1_440_u64).saturating_mul(60),
        ),
        key_rotation: days(section.number("key_rotation_days", 30, 1..=365)),
        leeway: Duration::from_secs(section.number("leeway_seconds", 30, 0..=120)),
    }
}

pub(in crate::config) fn api_keys(section: &mut Section<'_, '_>) -> ApiKeySettings {
    let enabled = section.flag("enabled", false);
    section.choice("header", (), &[("X-API-Key", ())]);
    let most = u16::try_from(MOST_KEYS).unwrap_or(u16::MAX);
    let (rotation_days, max_age_days) = (
        section.number("rotation_days", 90, 1..=365_u32),
        section.number("max_age_days", 365, 1..=730_u32),
    );
    if rotation_days > max_age_days {
        let hint = "let it be less than max_age_days";
        section.fault("rotation_days", "a key would end before it is reminded of", hint);
    }
    ApiKeySettings {
        enabled,
        length: section.number("length", 32, 32..=64),
        rotation: days(rotation_days),
        max_age: days(max_age_days),
        max_keys: section.number("max_keys", most, 1..=most).into(),
    }
}

/// Settings of the gate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GateSettings {
    /// Whether it answers.
    pub enabled: bool,
    /// Proxies whose word about the original request is taken.
    pub trusted_proxies: Vec<CidrBlock>,
}

pub(in crate::config) fn gate(section: &mut Section<'_, '_>) -> GateSettings {
    let settings = GateSettings {
        enabled: section.flag("enabled", false),
        trusted_proxies: section
            .list("trusted_proxies", Some(Vec::new()), CIDR)
            .unwrap_or_default(),
    };
    if settings.enabled && settings.trusted_proxies.is_empty() {
        let hint = "name the proxies' addresses";
        section.fault("trusted_proxies", "a gate without trusted proxies answers nobody", hint);
    }
    settings
}

/// Settings of authorization.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuthorizationSettings {
    /// How long tokens and keys are taken while shared revocation state is out of reach.
    pub max_stale: Duration,
}

pub(in crate::config) fn authorization(section: &mut Section<'_, '_>) -> AuthorizationSettings {
    let span = section.parsed("max_stale", Span::from_seconds(900), SPAN);
    AuthorizationSettings { max_stale: span.duration() }
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days).saturating_mul(86_400))
}
