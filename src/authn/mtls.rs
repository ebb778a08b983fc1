//! A verified certificate, and the rule that names its holder.

use std::sync::Arc;

use crate::identity::{ClientId, RoleName};
use crate::tls::VerifiedPeer;
use crate::tls::names::Names;

use super::rule::{ClientRule, Condition, Term};
use super::{AuthnError, Factor, Factors, Method, Principal, Rights};

/// Who may connect: the policy's rules, first match first, and the allow-list of common names above them.
#[derive(Clone, Debug, Default)]
pub struct ClientRules {
    rules: Vec<(Condition, ClientId, Arc<[RoleName]>)>,
    allowed: Option<Vec<String>>,
}

impl ClientRules {
    /// Rules, and the common names that alone may connect, if there is such a list.
    #[must_use]
    pub fn new(rules: Vec<ClientRule>, allowed: Option<Vec<String>>) -> Self {
        let rules = rules
            .into_iter()
            .map(|rule| (rule.condition, rule.client, rule.roles.into()))
            .collect();
        Self { rules, allowed }
    }

    /// Who shows this certificate.
    ///
    /// # Errors
    ///
    /// [`AuthnError::NotOnTheList`].
    pub fn authenticate(&self, peer: &VerifiedPeer) -> Result<Principal, AuthnError> {
        let names = peer.names();
        let found = self.deciding(names).and_then(|place| self.rules.get(place));
        let (_, client, roles) = found.ok_or(AuthnError::NotOnTheList)?;
        Ok(Principal {
            client: client.clone(),
            subject: names.subject.as_str().into(),
            roles: Arc::clone(roles),
            method: Method::Mtls,
            rights: Rights::OfRoles,
            factors: Factors::only(Factor::Mtls),
        })
    }

    /// The place of the rule that decides who has these names.
    pub(super) fn deciding(&self, names: &Names) -> Option<usize> {
        if !self.allows(names) {
            return None;
        }
        self.rules.iter().position(|(condition, ..)| holds(condition, names))
    }

    /// Whether the allow-list has the one common name, or there is no such list.
    pub(super) fn allows(&self, names: &Names) -> bool {
        let on_it =
            |allowed: &Vec<String>| allowed.iter().any(|name| is_the(&names.common_names, name));
        self.allowed.as_ref().is_none_or(on_it)
    }

    /// Whether there is an allow-list of common names.
    pub(super) fn has_list(&self) -> bool {
        self.allowed.is_some()
    }

    /// The rules in their order.
    pub(super) fn rules(&self) -> impl Iterator<Item = (&Condition, &ClientId, &[RoleName])> {
        self.rules.iter().map(|(condition, client, roles)| (condition, client, &**roles))
    }
}

/// Whether the condition holds for a certificate of these names.
pub(super) fn holds(condition: &Condition, names: &Names) -> bool {
    condition.holds(&|term: &Term| is_so(term, names))
}

fn is_so(term: &Term, names: &Names) -> bool {
    match term {
        Term::CommonName(name) => is_the(&names.common_names, name),
        Term::Dns(name) => names.dns.iter().any(|one| one.eq_ignore_ascii_case(name)),
        Term::Uri(uri) => names.uris.contains(uri),
        Term::OrganisationalUnit(unit) => names.organisational_units.contains(unit),
        Term::IssuerCommonName(name) => is_the(&names.issuer_common_names, name),
        Term::KeyPin(pin) => names.key_pin == *pin,
    }
}

/// Whether there is one name, and it is this. A certificate with two common names is read differently by different
/// programs, so neither counts.
fn is_the(names: &[String], name: &str) -> bool {
    matches!(names, [only] if only == name)
}

/// What tests of this module and its neighbours begin with.
#[cfg(test)]
pub(super) mod fixtures {
    use super::Names;

    pub(in crate::authn) fn names() -> Names {
        Names {
            subject: "CN=post-7, OU=borders".into(),
            serial: "01".into(),
            common_names: vec!["post-7".into()],
            organisational_units: vec!["borders".into(), "north".into()],
            issuer_common_names: vec!["Clients CA".into()],
            dns: vec!["post-7.example".into()],
            uris: vec!["spiffe://example/post-7".into()],
            left_out: Vec::new(),
            key_pin: [7; 32],
            sha256: [8; 32],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fixtures::names;
    use super::*;

    #[test]
    fn each_term_holds_for_its_own_name_only() {
        let yes = [
            Term::CommonName("post-7".into()),
            Term::Dns("POST-7.example".into()),
            Term::Uri("spiffe://example/post-7".into()),
            Term::OrganisationalUnit("north".into()),
            Term::IssuerCommonName("Clients CA".into()),
            Term::KeyPin([7; 32]),
        ];
        let no = [
            Term::CommonName("post-70".into()),
            Term::CommonName("Post-7".into()),
            Term::Dns("example".into()),
            Term::Uri("spiffe://example/post-7/".into()),
            Term::OrganisationalUnit("post-7".into()),
            Term::IssuerCommonName("post-7".into()),
            Term::KeyPin([8; 32]),
        ];
        assert!(yes.iter().all(|term| is_so(term, &names())));
        assert!(!no.iter().any(|term| is_so(term, &names())));
    }

    #[test]
    fn of_two_common_names_neither_counts() {
        let mut two = names();
        two.common_names.push("admin".into());
        for name in ["post-7", "admin"] {
            assert!(!is_so(&Term::CommonName(name.into()), &two));
        }
    }
}
