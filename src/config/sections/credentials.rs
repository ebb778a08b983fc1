//! `jwt`, `api_keys` and `authorization`: what callers show.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::authn::api_key::{ApiKeySettings, MOST_KEYS};
use crate::authn::token::{Algorithm, IssuerSettings, KeySource, TokenSettings};
use crate::config::network::{URL, Url};
use crate::config::reader::Section;
use crate::config::span::{SPAN, Span};
use crate::config::tree::Origin;
use crate::identity::NameError;

/// Settings of tokens (RFC 9068).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct JwtSettings {
    /// Whether tokens are issued and taken.
    pub enabled: bool,
    /// How.
    pub tokens: TokenSettings,
}

const ALGORITHM: &str = "one of RS256, ES256, EdDSA";

pub(in crate::config) fn jwt(section: &mut Section<'_, '_>) -> JwtSettings {
    let text = "a text";
    let enabled = section.flag("enabled", false);
    let algorithm = section.parsed("algorithm", Algorithm::Rs256, ALGORITHM);
    let algorithms =
        section.list("algorithms", Some(vec![algorithm]), ALGORITHM).unwrap_or_default();
    if !algorithms.contains(&algorithm) {
        let hint = "add what jwt.algorithm says, or leave the key out";
        section.fault("algorithms", "what our own keys sign with is not among them", hint);
    }
    let tokens = TokenSettings {
        issuer: section.plain("issuer", "trust-service", text),
        audience: section.plain("audience", "trust-service-api", text),
        expiry: minutes(section.number("expiry_minutes", 60, 1..=1_440)),
        key_rotation: days(section.number("key_rotation_days", 30, 1..=365)),
        leeway: Duration::from_secs(section.number("leeway_seconds", 30, 0..=120)),
        allow_unbound: section.flag("allow_unbound", false),
        max_revoked: usize::from(section.number("max_revoked", 10_000_u16, 100..=30_000)),
        issuers: section.sections("issuers", issuer).into_iter().flatten().collect(),
        algorithm,
        algorithms,
    };
    if tokens.allow_unbound {
        let rule = "a client can have tokens that work without its certificate";
        section.warn("allow_unbound", rule, "leave it off, so that a stolen token is of no use");
    }
    let mut names = vec![&tokens.issuer];
    for other in tokens.issuers.iter().map(|one| &one.issuer) {
        if names.contains(&other) {
            let rule = format!("{other} stands there twice, or is our own name");
            section.fault("issuers", rule, "give each issuer one entry");
        }
        names.push(other);
    }
    JwtSettings { enabled, tokens }
}

/// Another issuer; none where it has a fault.
fn issuer(section: &mut Section<'_, '_>, origin: &Origin) -> Option<IssuerSettings> {
    let text = "a text";
    let issuer = section.optional_plain("issuer", text);
    let audience = section.optional_plain("audience", text);
    let file = section.optional_path("jwks_file");
    let url = section.optional::<Url>("jwks_url", URL);
    let ca = section.optional_path("ca_file");
    let keys = source(section, origin, file, url, ca);
    let algorithms =
        section.list("algorithms", Some(vec![Algorithm::Rs256]), ALGORITHM).unwrap_or_default();
    let roles_claim = section.plain("roles_claim", "roles", "the name of a claim");
    let scoped = section.flag("scoped", false);
    let max_lifetime = minutes(section.number("max_lifetime_minutes", 1_440, 1..=10_080));
    let max_stale = section.parsed("max_stale", Span::from_seconds(86_400), SPAN).duration();
    let mut role_map = BTreeMap::new();
    for (value, role, place) in section.texts("role_map") {
        match role.parse() {
            Ok(role) => {
                role_map.insert(value, role);
            }
            Err(NameError) => {
                section.fault_at_origin(
                    "role_map",
                    &place,
                    NameError.to_string(),
                    "name a role of the policy",
                );
            }
        }
    }
    for (key, found) in [
        ("issuer", issuer.is_some()),
        ("audience", audience.is_some()),
        ("algorithms", !algorithms.is_empty()),
        ("role_map", !role_map.is_empty()),
    ] {
        if !found {
            section.fault_at_origin(key, origin, "is missing", "every issuer needs it");
        }
    }
    Some(IssuerSettings {
        issuer: issuer?,
        audience: audience?,
        algorithms,
        keys: keys?,
        roles_claim,
        role_map,
        scoped,
        max_lifetime,
        max_stale,
    })
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

/// Where an issuer's keys are; none where it has a fault.
fn source(
    section: &mut Section<'_, '_>,
    origin: &Origin,
    file: Option<PathBuf>,
    url: Option<Url>,
    ca: Option<PathBuf>,
) -> Option<KeySource> {
    let mut fault = |key: &str, rule: &str, hint: &str| {
        section.fault_at_origin(key, origin, rule, hint);
        None
    };
    match (file, url, ca) {
        (Some(file), None, None) => Some(KeySource::File(file)),
        (None, Some(url), Some(ca)) if url.is_https() => {
            Some(KeySource::Url { url: url.as_str().to_owned(), ca })
        }
        (None, Some(_), Some(_)) => {
            fault("jwks_url", "whoever stands on the way could give other keys", "use https")
        }
        (None, Some(_), None) => {
            fault("ca_file", "is missing", "name the CAs above the server of jwks_url")
        }
        (Some(_), ..) => fault("jwks_file", "is not the only place of keys", "name one place"),
        (None, None, _) => fault("jwks_file", "is missing", "name it, or jwks_url with ca_file"),
    }
}

fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes).saturating_mul(60))
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days).saturating_mul(86_400))
}
