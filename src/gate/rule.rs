//! Which requests may pass: a list of rules, of which the first that a request is for decides. What no rule is for may
//! not pass.

use crate::authn::Factors;
use crate::identity::RoleName;
use crate::permission::Permission;

use super::host::HostPattern;
use super::original::Original;
use super::path::PathPattern;

/// What is asked of whoever sends certain requests. Whoever it is must be known, whatever else is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rule {
    /// Requests for these hosts,
    pub host: HostPattern,
    /// with these methods, each by its own name: `GET` does not stand for `HEAD`,
    pub methods: Vec<Box<str>>,
    /// for these paths.
    pub path: PathPattern,
    /// What must have been shown, all of it.
    pub require: Factors,
    /// What must be permitted.
    pub permission: Option<Permission>,
    /// Roles of which one must be held; none where any is fine.
    pub roles: Vec<RoleName>,
}

impl Rule {
    /// Whether it is for this request.
    #[must_use]
    pub fn is_for(&self, original: &Original<'_>) -> bool {
        self.methods.iter().any(|method| **method == *original.method.as_str())
            && self.host.matches(&original.host)
            && self.path.matches(original.target.path())
    }

    /// Whether one of `held` is a role that it asks for.
    #[must_use]
    pub fn is_for_roles(&self, held: &[RoleName]) -> bool {
        self.roles.is_empty() || self.roles.iter().any(|role| held.contains(role))
    }

    fn covers(&self, other: &Self) -> bool {
        self.host.covers(&other.host)
            && other.methods.iter().all(|method| self.methods.contains(method))
            && self.path.covers(&other.path)
    }
}

/// The rules, in the order in which they are looked at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Rules(Vec<Rule>);

/// A rule that never decides: an earlier one is for all of its requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HiddenRule {
    /// The earlier rule's place, from 0.
    pub by: usize,
    /// The hidden one's.
    pub hidden: usize,
}

impl Rules {
    /// These, in this order.
    #[must_use]
    pub const fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// The rule that decides on `original`, and its place, from 0.
    #[must_use]
    pub fn find(&self, original: &Original<'_>) -> Option<(usize, &Rule)> {
        self.0.iter().enumerate().find(|(_, rule)| rule.is_for(original))
    }

    /// The rules that one earlier rule hides. One that only several together hide is not found.
    #[must_use]
    pub fn hidden(&self) -> Vec<HiddenRule> {
        let earlier = |hidden: usize, rule: &Rule| {
            self.0.iter().take(hidden).position(|one| one.covers(rule))
        };
        let all = self.0.iter().enumerate();
        all.filter_map(|(hidden, rule)| Some(HiddenRule { by: earlier(hidden, rule)?, hidden }))
            .collect()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Scheme, check_target};
    use crate::wire::request::Method;

    fn rule(host: &str, methods: &[&str], path: &str) -> Rule {
        Rule {
            host: host.parse().unwrap(),
            methods: methods.iter().map(|one| (*one).into()).collect(),
            path: path.parse().unwrap(),
            require: Factors::NONE,
            permission: None,
            roles: Vec::new(),
        }
    }

    fn found(rules: &Rules, method: &str, host: &str, target: &str) -> Option<usize> {
        let original = Original {
            method: Method::parse(method).unwrap(),
            host: host.parse().unwrap(),
            target: check_target(target).unwrap(),
            scheme: Scheme::Https,
            client: "192.0.2.1".parse().unwrap(),
        };
        rules.find(&original).map(|(place, _)| place)
    }

    #[test]
    fn the_first_rule_that_a_request_is_for_decides_and_none_is_for_the_rest() {
        let rules = Rules::new(vec![
            rule("api.example.org", &["GET", "POST"], "/a/secret"),
            rule("api.example.org", &["GET"], "/a/**"),
            rule("*.example.org", &["GET"], "/a/*"),
        ]);
        for (method, host, target, wanted) in [
            ("GET", "api.example.org", "/a/secret?x", Some(0)),
            ("POST", "api.example.org", "/a/secret", Some(0)),
            ("GET", "api.example.org", "/a/b/c", Some(1)),
            ("GET", "web.example.org", "/a/b", Some(2)),
            ("GET", "web.example.org", "/a/b/c", None),
            ("HEAD", "api.example.org", "/a/b", None),
            ("POST", "api.example.org", "/a/b", None),
            ("GET", "example.org", "/a/b", None),
            ("GET", "api.example.org", "/", None),
        ] {
            assert_eq!(found(&rules, method, host, target), wanted, "{method} {host}{target}");
        }
        assert_eq!(found(&Rules::default(), "GET", "api.example.org", "/"), None);
    }

    #[test]
    fn a_rule_that_an_earlier_one_hides_is_found() {
        let all = ["GET", "POST"];
        let rules = Rules::new(vec![
            rule("*.example.org", &all, "/a/**"),
            rule("api.example.org", &["GET"], "/a/b"),
            rule("example.org", &["GET"], "/a/b"),
            rule("api.example.org", &["PUT"], "/a/b"),
            rule("api.example.org", &["GET"], "/b"),
        ]);
        assert_eq!(rules.hidden(), [HiddenRule { by: 0, hidden: 1 }]);
    }

    #[test]
    fn one_of_the_roles_is_enough_and_without_roles_anyone() {
        let held: [RoleName; 2] = ["reader".parse().unwrap(), "writer".parse().unwrap()];
        let mut one = rule("a.org", &["GET"], "/");
        assert!(one.is_for_roles(&[]));
        one.roles = vec!["writer".parse().unwrap(), "admin".parse().unwrap()];
        assert!(one.is_for_roles(&held) && !one.is_for_roles(&held[..1]) && !one.is_for_roles(&[]));
    }
}
