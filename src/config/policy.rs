//! The policy file: which certificate is which client, and who may do what.
//!
//! Threat: a rule that an operator wrote and that never holds, or holds for more than was meant. So a rule without
//! terms, a role that is not defined, and a rule that another one hides are faults. The file is taken whole or not at all.

pub mod cases;
mod demands;
mod roles;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::authn::local::Administrator;
use crate::authn::rule::{ClientRule, Condition, Term};
use crate::authz::{Demands, Role, Roles};
use crate::encoding;
use crate::identity::{ClientId, RoleName};
use crate::nearest::nearest;

use super::fault::{Fault, Report};
use super::reader::Section;
use super::tree::{Node, Origin};

/// Who is who, and who may do what.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Policy {
    /// What each role may do.
    pub roles: Roles,
    /// What must be shown, route by route.
    pub demands: Demands,
    /// Which certificate is which client; the first rule that holds decides.
    pub clients: Vec<ClientRule>,
    /// Who may use the admin socket.
    pub administrators: Vec<Administrator>,
}

/// Reads the policy in `tree`. `allowed` are the only common names that may connect, where `mtls.allowed_clients` says so.
pub fn read(tree: &Node, allowed: Option<&[String]>, report: &mut Report) -> Policy {
    // What is read here is no setting: it is shown by commands of its own.
    let settings = report.settings.len();
    let mut root = Section::root(tree, "policy:", report);
    let roles = roles::read(&mut root);
    let demands = demands::read(&mut root);
    let clients =
        root.sections("clients", |section, origin| (client(section, &roles), origin.clone()));
    let administrators =
        root.sections("administrators", |section, _| administrator(section, &roles));
    root.finish();
    report.settings.truncate(settings);

    hidden(&clients, report);
    if let Some(allowed) = allowed {
        outside(&clients, allowed, report);
    }
    let administrators: Vec<Administrator> = administrators.into_iter().flatten().collect();
    for (index, one) in administrators.iter().enumerate() {
        if administrators.iter().take(index).any(|other| other.uid == one.uid) {
            let rule = format!("the user {} stands here twice", one.uid);
            let path = format!("policy:administrators[{index}]");
            report.faults.push(Fault::new(
                path,
                tree.origin.clone(),
                rule,
                "put all roles into one entry",
            ));
        }
    }
    Policy {
        roles: Roles::new(roles),
        demands,
        clients: clients.into_iter().filter_map(|(rule, _)| rule).collect(),
        administrators,
    }
}

fn client(section: &mut Section<'_, '_>, roles: &BTreeMap<RoleName, Role>) -> Option<ClientRule> {
    let condition = Condition::all(section.section("match", |terms| terms_of(terms, 0)));
    let terms = condition.terms();
    if terms == 0 {
        section.fault("match", FOR_ALL, TERMS);
    }
    if terms > MOST_TERMS {
        let rule = format!("{terms} terms, and a rule has at most {MOST_TERMS}");
        section.fault("match", rule, "make several rules of it");
    }
    let client: Option<ClientId> =
        section.optional("client", "a name of 1 to 64 characters of a-z, 0-9, '.' and '-'");
    if client.is_none() {
        section.fault("client", "the rule says not who it is", "add client: NAME");
    }
    let roles = held(section, roles);
    Some(ClientRule { condition, client: client?, roles: roles? })
}

/// What stands in one map: all of it must hold. `depth` is how many combinations the map stands within.
fn terms_of(section: &mut Section<'_, '_>, depth: usize) -> Vec<Condition> {
    let name = "a text, compared exactly";
    let terms = [
        section.optional_plain("cn", name).map(Term::CommonName),
        section.optional_plain("dns", name).map(|name| Term::Dns(name.to_ascii_lowercase())),
        section.optional_plain("uri", name).map(Term::Uri),
        section.optional_plain("ou", name).map(Term::OrganisationalUnit),
        section.optional_plain("issuer", name).map(Term::IssuerCommonName),
        section.optional::<KeyPin>("spki", PIN).map(|pin| Term::KeyPin(pin.0)),
    ];
    let mut all: Vec<Condition> = terms.into_iter().flatten().map(Condition::Term).collect();
    for key in ["all", "any"] {
        let maps = section
            .sections(key, |map, origin| (terms_of(map, depth.saturating_add(1)), origin.clone()));
        if !section.has(key) {
            continue;
        }
        if depth >= MOST_DEPTH {
            let rule = format!("combinations within one another, more than {MOST_DEPTH} deep");
            section.fault(key, rule, "make several rules of it");
        }
        if maps.is_empty() {
            section.fault(key, "a combination of nothing", "list maps of terms, or remove it");
        }
        for (index, (terms, origin)) in maps.iter().enumerate() {
            if terms.is_empty() {
                section.fault_at_origin(&format!("{key}[{index}]"), origin, FOR_ALL, TERMS);
            }
        }
        let of = maps.into_iter().map(|(terms, _)| Condition::all(terms)).collect();
        all.push(if key == "all" { Condition::All(of) } else { Condition::Any(of) });
    }
    all
}

/// Combinations within one another, and terms of one rule: more than that nobody reads.
const MOST_DEPTH: usize = 4;
const MOST_TERMS: usize = 64;

const FOR_ALL: &str = "a rule without terms would hold for every certificate";
const TERMS: &str = "give it at least one of cn, dns, uri, ou, issuer, spki, all, any";

fn administrator(
    section: &mut Section<'_, '_>,
    roles: &BTreeMap<RoleName, Role>,
) -> Option<Administrator> {
    // The last number means "no user" to the kernel.
    let uid = section.number("uid", u32::MAX, 0..=u32::MAX.saturating_sub(1));
    if uid == u32::MAX {
        section.fault("uid", "the entry says not which user it is for", "add uid: NUMBER");
    }
    Some(Administrator { uid, roles: held(section, roles)? })
}

/// The roles of an entry, each defined.
fn held(section: &mut Section<'_, '_>, roles: &BTreeMap<RoleName, Role>) -> Option<Vec<RoleName>> {
    let held: Option<Vec<RoleName>> = section.list("roles", None, "the name of a role");
    let Some(held) = held else {
        section.fault("roles", "the entry gives no roles that can be read", "add roles: [NAME]");
        return None;
    };
    for role in held.iter().filter(|role| !roles.contains_key(role)) {
        let known: Vec<&str> = roles.keys().map(RoleName::as_str).collect();
        let hint = nearest(role.as_str(), known.iter().copied()).map_or_else(
            || format!("known: {}", known.join(", ")),
            |name| format!("did you mean {name}?"),
        );
        section.fault("roles", format!("no role {role} is defined"), hint);
    }
    if held.is_empty() {
        section.fault(
            "roles",
            "an entry without roles allows nothing",
            "give it roles, or remove it",
        );
    }
    Some(held)
}

/// A rule is never reached where an earlier one is seen to hold whenever it does.
fn hidden(clients: &[(Option<ClientRule>, Origin)], report: &mut Report) {
    let mut steps = STEPS;
    for (index, (rule, origin)) in clients.iter().enumerate() {
        let Some(rule) = rule else { continue };
        let earlier = clients.iter().take(index).position(|(other, _)| {
            other.as_ref().is_some_and(|other| rule.condition.implies(&other.condition, &mut steps))
        });
        if let Some(earlier) = earlier {
            let path = format!("policy:clients[{index}]");
            let text = format!("never reached: clients[{earlier}] holds whenever this rule does");
            let hint = "put the narrower rule first";
            report.faults.push(Fault::new(path, origin.clone(), text, hint));
        }
    }
}

/// Comparisons that are spent on one file: some thousand rules of a few terms each against one another.
const STEPS: u64 = 20_000_000;

/// A rule for a common name that may not connect never holds either, but may be there for a day to come.
fn outside(clients: &[(Option<ClientRule>, Origin)], allowed: &[String], report: &mut Report) {
    let may_be = |term: &Term| !matches!(term, Term::CommonName(name) if !allowed.contains(name));
    for (index, (rule, origin)) in clients.iter().enumerate() {
        if rule.as_ref().is_some_and(|rule| !rule.condition.holds(&may_be)) {
            let path = format!("policy:clients[{index}].match");
            let rule = "the rule never holds: mtls.allowed_clients has no such common name";
            report.warnings.push(Fault::new(path, origin.clone(), rule, "add the name there"));
        }
    }
}

const PIN: &str = "SHA-256 of a public key: 64 hexadecimal digits";

/// SHA-256 of a subject's public key info: 64 hexadecimal digits, with `sha256:` before them or without.
struct KeyPin([u8; 32]);

impl FromStr for KeyPin {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        encoding::from_hex(digits).and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(())
    }
}

impl fmt::Display for KeyPin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&encoding::hex(&self.0))
    }
}

#[cfg(test)]
mod tests;
