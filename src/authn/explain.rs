//! Why a certificate is whom it is: each rule with each of its terms, and the rule that decides.
//!
//! For operators. It says what [`ClientRules::authenticate`] would do with a certificate of these names that verifies,
//! and makes no [`super::Principal`]: that takes a peer.

use crate::identity::{ClientId, RoleName};
use crate::tls::names::Names;

use super::mtls::ClientRules;
use super::rule::Condition;

/// What the rules say of one certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explanation {
    /// Whether the list of common names that alone may connect has this one; none where there is no such list.
    pub allowed: Option<bool>,
    /// Each rule, in its order.
    pub rules: Vec<RuleOutcome>,
    /// The place in `rules` of the one that decides; none where the certificate is no client.
    pub decides: Option<usize>,
}

/// What came of one rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RuleOutcome {
    /// Who the certificate would be.
    pub client: ClientId,
    /// Which roles the client would have.
    pub roles: Vec<RoleName>,
    /// Whether its condition holds. An earlier rule may decide all the same.
    pub holds: bool,
    /// Its condition from the outside in.
    pub parts: Vec<Part>,
}

/// A term or a combination.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part {
    /// How many combinations it stands within.
    pub depth: usize,
    /// As in the policy file: `cn: post-7`, `all of`, `any of`.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
}

impl Explanation {
    /// The rule that decides.
    #[must_use]
    pub fn deciding(&self) -> Option<&RuleOutcome> {
        self.rules.get(self.decides?)
    }
}

impl ClientRules {
    /// What the rules say of a certificate of these names.
    #[must_use]
    pub fn explain(&self, names: &Names) -> Explanation {
        let rules = self.rules().map(|(condition, client, roles)| {
            let mut parts = Vec::new();
            let holds = take_apart(condition, names, 0, &mut parts);
            RuleOutcome { client: client.clone(), roles: roles.to_vec(), holds, parts }
        });
        Explanation {
            allowed: self.has_list().then(|| self.allows(names)),
            rules: rules.collect(),
            decides: self.deciding(names),
        }
    }
}

fn take_apart(condition: &Condition, names: &Names, depth: usize, parts: &mut Vec<Part>) -> bool {
    let (text, of) = match condition {
        Condition::Term(term) => (term.to_string(), &[][..]),
        Condition::All(of) => ("all of".to_owned(), of.as_slice()),
        Condition::Any(of) => ("any of".to_owned(), of.as_slice()),
    };
    let holds = super::mtls::holds(condition, names);
    parts.push(Part { depth, text, holds });
    for one in of {
        take_apart(one, names, depth.saturating_add(1), parts);
    }
    holds
}

#[cfg(test)]
mod tests {
    use super::super::mtls::fixtures::names;
    use super::super::rule::{ClientRule, Term};
    use super::*;

    fn term(name: &str) -> Condition {
        Condition::Term(Term::CommonName(name.into()))
    }

    fn rules(conditions: Vec<Condition>, allowed: Option<&[&str]>) -> ClientRules {
        let rule = |(at, condition)| ClientRule {
            condition,
            client: format!("client-{at}").parse().unwrap(),
            roles: vec!["reader".parse().unwrap()],
        };
        let allowed = allowed.map(|all| all.iter().map(|one| (*one).to_owned()).collect());
        ClientRules::new(conditions.into_iter().enumerate().map(rule).collect(), allowed)
    }

    #[test]
    fn each_term_is_told_with_whether_it_holds_and_the_first_rule_that_does_decides() {
        let either = Condition::Any(vec![
            term("other"),
            Condition::All(vec![
                term("post-7"),
                Condition::Term(Term::OrganisationalUnit("borders".into())),
            ]),
        ]);
        let said = rules(vec![term("other"), either, term("post-7")], None).explain(&names());
        let of: Vec<bool> = said.rules.iter().map(|rule| rule.holds).collect();
        assert_eq!((said.allowed, of, said.decides), (None, vec![false, true, true], Some(1)));
        assert_eq!(said.deciding().unwrap().client.as_str(), "client-1");
        let parts: Vec<(usize, &str, bool)> =
            said.rules[1].parts.iter().map(|one| (one.depth, &*one.text, one.holds)).collect();
        assert_eq!(
            parts,
            [
                (0, "any of", true),
                (1, "cn: other", false),
                (1, "all of", true),
                (2, "cn: post-7", true),
                (2, "ou: borders", true),
            ]
        );
    }

    #[test]
    fn who_is_not_on_the_list_is_no_client_though_a_rule_holds() {
        let told = |allowed: &[&str]| rules(vec![term("post-7")], Some(allowed)).explain(&names());
        let out = told(&["post-70"]);
        assert_eq!((out.allowed, out.decides, out.rules[0].holds), (Some(false), None, true));
        let on_it = told(&["x", "post-7"]);
        assert_eq!((on_it.allowed, on_it.decides), (Some(true), Some(0)));
    }
}
