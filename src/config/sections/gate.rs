//! `gate`: for which proxies the gate decides, and on which requests.

use std::time::Duration;

use crate::authn::{Factor, Factors};
use crate::config::network::CIDR;
use crate::config::reader::Section;
use crate::config::tree::Origin;
use crate::gate::{GateSettings, HostPattern, LONGEST, PathPattern, Rule, Rules};
use crate::identity::RoleName;
use crate::permission::Permission;

/// What stands in `gate`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GateSection {
    /// Whether it answers.
    pub enabled: bool,
    /// How.
    pub settings: GateSettings,
}

/// Reads the section; decisions are signed in the name of `issuer`, as tokens are.
pub(in crate::config) fn read(section: &mut Section<'_, '_>, issuer: &str) -> GateSection {
    let enabled = section.flag("enabled", false);
    let trusted_proxies =
        section.list("trusted_proxies", Some(Vec::new()), CIDR).unwrap_or_default();
    let audience = section.optional_plain("audience", "a text");
    let longest = LONGEST.as_secs();
    let lifetime = Duration::from_secs(section.number("decision_seconds", longest, 1..=longest));
    let mut origins = Vec::new();
    let read: Vec<Option<Rule>> = section.sections("rules", |section, origin| {
        origins.push(origin.clone());
        rule(section, origin)
    });
    if enabled && trusted_proxies.is_empty() {
        let hint = "name the proxies' addresses";
        section.fault("trusted_proxies", "a gate without trusted proxies answers nobody", hint);
    }
    if enabled && read.is_empty() {
        section.fault("rules", "a gate without rules lets nothing pass", "write a rule");
    }
    if read.len() > MOST_RULES {
        let rule = format!("{} rules, and each request may be held to all of them", read.len());
        section.fault("rules", rule, format!("at most {MOST_RULES}"));
    }
    // A rule with a fault has no place: that of the others would be another one.
    let whole: Option<Vec<Rule>> = read.into_iter().collect();
    let rules = Rules::new(whole.unwrap_or_default());
    for hidden in rules.hidden() {
        if let Some(origin) = origins.get(hidden.hidden) {
            let key = format!("rules[{}]", hidden.hidden);
            let rule = format!("never decides: rules[{}] is for all of its requests", hidden.by);
            section.fault_at_origin(&key, origin, rule, "put it first, or remove it");
        }
    }
    let issuer = issuer.to_owned();
    let settings = GateSettings { trusted_proxies, rules, audience, issuer, lifetime };
    GateSection { enabled, settings }
}

/// One rule; none where it has a fault.
fn rule(section: &mut Section<'_, '_>, origin: &Origin) -> Option<Rule> {
    let host =
        section.optional::<HostPattern>("host", "a host as api.example.org or *.example.org");
    let methods = section.plain_list("methods", Some(&[]), "a method as GET").unwrap_or_default();
    let path = section.optional::<PathPattern>("path", "a path as /a, /a/* or /a/**");
    let require: Vec<Factor> =
        section.list("require", Some(Vec::new()), FACTOR).unwrap_or_default();
    let permission = section.optional::<Permission>("permission", "the name of a permission");
    let roles: Vec<RoleName> =
        section.list("roles", Some(Vec::new()), "the name of a role").unwrap_or_default();
    for (key, found) in
        [("host", host.is_some()), ("methods", !methods.is_empty()), ("path", path.is_some())]
    {
        if !found {
            section.fault_at_origin(key, origin, "is missing", "every rule needs it");
        }
    }
    let is_method = |text: &String| {
        text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
    };
    if !methods.iter().all(is_method) {
        section.fault("methods", "a method is of 1 to 32 capital letters", "write GET, not get");
        return None;
    }
    if require.iter().any(|factor| !matches!(factor, Factor::Token | Factor::ApiKey)) {
        let rule = "a proxy passes on tokens and keys, so no request would ever be let through";
        section.fault("require", rule, "leave out mtls and local");
    }
    Some(Rule {
        host: host?,
        methods: methods.into_iter().map(String::into_boxed_str).collect(),
        path: path?,
        require: require.into_iter().collect::<Factors>(),
        permission,
        roles,
    })
}

const FACTOR: &str = "one of token, api_key";

/// Most rules: a request is held to one after the other.
const MOST_RULES: usize = 1_000;
