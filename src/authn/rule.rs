//! Which certificate is which client: the rules of the policy file, compared exactly.

use std::fmt;

use crate::encoding;
use crate::identity::{ClientId, RoleName};

/// One rule. The first rule whose condition holds names the client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientRule {
    /// What the certificate must have.
    pub condition: Condition,
    /// Who it then is.
    pub client: ClientId,
    /// Which roles the client has.
    pub roles: Vec<RoleName>,
}

/// Terms, and how they are put together.
///
/// A combination of nothing never holds: it would otherwise hold for everybody.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Condition {
    /// One term.
    Term(Term),
    /// Each of these holds.
    All(Vec<Self>),
    /// At least one of these holds.
    Any(Vec<Self>),
}

impl Condition {
    /// That each of these holds.
    #[must_use]
    pub fn all(mut of: Vec<Self>) -> Self {
        match (of.pop(), of.is_empty()) {
            (Some(only), true) => only,
            (Some(last), false) => {
                of.push(last);
                Self::All(of)
            }
            (None, _) => Self::All(of),
        }
    }

    /// How many terms it has.
    #[must_use]
    pub fn terms(&self) -> usize {
        match self {
            Self::Term(_) => 1,
            Self::All(of) | Self::Any(of) => {
                of.iter().map(Self::terms).fold(0, usize::saturating_add)
            }
        }
    }

    /// Whether it holds, where `term` says so of each term.
    #[must_use]
    pub fn holds(&self, term: &impl Fn(&Term) -> bool) -> bool {
        match self {
            Self::Term(one) => term(one),
            Self::All(of) => !of.is_empty() && of.iter().all(|one| one.holds(term)),
            Self::Any(of) => of.iter().any(|one| one.holds(term)),
        }
    }

    /// Whether `other` can be seen to hold whenever this does, in at most `steps` comparisons, which are taken off.
    ///
    /// A yes is certain. A no may be wrong: that two terms cannot both hold, or that one follows from others, is not
    /// looked at, and there may be too few steps.
    #[must_use]
    pub fn implies(&self, other: &Self, steps: &mut u64) -> bool {
        let Some(left) = steps.checked_sub(1) else { return false };
        *steps = left;
        match (self, other) {
            (_, Self::All(of)) => !of.is_empty() && of.iter().all(|one| self.implies(one, steps)),
            (Self::Any(of), _) => !of.is_empty() && of.iter().all(|one| one.implies(other, steps)),
            (Self::Term(own), Self::Term(term)) => own == term,
            (Self::Term(_), Self::Any(of)) => of.iter().any(|one| self.implies(one, steps)),
            (Self::All(of), Self::Term(_)) => of.iter().any(|one| one.implies(other, steps)),
            (Self::All(own), Self::Any(of)) => {
                own.iter().any(|one| one.implies(other, steps))
                    || of.iter().any(|one| self.implies(one, steps))
            }
        }
    }
}

/// What a certificate must have, compared byte for byte; a DNS name in any case.
///
/// A URI is compared whole, a SPIFFE ID too: a pattern over paths would hold for workloads that are not there yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Term {
    /// The one common name of the subject.
    CommonName(String),
    /// A DNS name among the subject's alternative names.
    Dns(String),
    /// A URI among the subject's alternative names.
    Uri(String),
    /// An organisational unit of the subject.
    OrganisationalUnit(String),
    /// The common name of the issuer.
    IssuerCommonName(String),
    /// SHA-256 of the subject's public key info.
    KeyPin([u8; 32]),
}

impl Term {
    /// Its key in the policy file.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::CommonName(_) => "cn",
            Self::Dns(_) => "dns",
            Self::Uri(_) => "uri",
            Self::OrganisationalUnit(_) => "ou",
            Self::IssuerCommonName(_) => "issuer",
            Self::KeyPin(_) => "spki",
        }
    }
}

/// As in the policy file: `cn: post-7`.
impl fmt::Display for Term {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.key())?;
        match self {
            Self::CommonName(text)
            | Self::Dns(text)
            | Self::Uri(text)
            | Self::OrganisationalUnit(text)
            | Self::IssuerCommonName(text) => out.write_str(text),
            Self::KeyPin(pin) => write!(out, "sha256:{}", encoding::hex(pin)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cn(name: &str) -> Condition {
        Condition::Term(Term::CommonName(name.into()))
    }

    fn all<const N: usize>(of: [Condition; N]) -> Condition {
        Condition::All(of.into())
    }

    fn any<const N: usize>(of: [Condition; N]) -> Condition {
        Condition::Any(of.into())
    }

    #[test]
    fn a_combination_of_nothing_never_holds() {
        let everything = |_: &Term| true;
        for empty in [all([]), any([]), all([cn("a"), any([])]), any([all([]), any([])])] {
            assert!(!empty.holds(&everything), "{empty:?}");
        }
        assert_eq!(Condition::all(vec![]), all([]));
        assert_eq!(Condition::all(vec![cn("a")]), cn("a"));
        assert_eq!(Condition::all(vec![cn("a"), cn("b")]), all([cn("a"), cn("b")]));
    }

    #[test]
    fn implication_is_seen_where_it_is_plain() {
        let [a, b, c] = ["a", "b", "c"].map(cn);
        let pair = |x: &Condition, y: &Condition| [x.clone(), y.clone()];
        for (narrow, wide) in [
            (a.clone(), a.clone()),
            (all(pair(&a, &b)), a.clone()),
            (a.clone(), any(pair(&a, &b))),
            (all(pair(&a, &b)), any(pair(&b, &c))),
            (any(pair(&a, &b)), any([c.clone(), b.clone(), a.clone()])),
            (all([a.clone(), any(pair(&b, &c))]), any(pair(&b, &c))),
            (all([a.clone(), any(pair(&b, &c))]), all([any(pair(&c, &b)), a.clone()])),
        ] {
            assert!(narrow.implies(&wide, &mut 1_000), "{narrow:?} {wide:?}");
        }
        for (one, other) in [
            (a.clone(), b.clone()),
            (a.clone(), all(pair(&a, &b))),
            (any(pair(&a, &b)), a.clone()),
            (any(pair(&a, &b)), all(pair(&a, &b))),
            (a.clone(), all([])),
            (any([]), a.clone()),
        ] {
            assert!(!one.implies(&other, &mut 1_000), "{one:?} {other:?}");
        }
    }

    #[test]
    fn without_enough_steps_nothing_is_said_to_follow() {
        let many: Vec<Condition> = (0..64).map(|at| cn(&at.to_string())).collect();
        let (all, any) = (Condition::All(many.clone()), Condition::Any(many));
        assert!(all.implies(&all, &mut 10_000) && all.implies(&any, &mut 10_000));
        for few in 0..64 {
            let mut steps = few;
            assert!(!all.implies(&all, &mut steps));
            assert_eq!(steps, 0);
        }
    }

    /// Every condition over three terms of a few shapes, under every truth of the terms.
    #[test]
    fn what_is_said_to_imply_does() {
        let leaves = ["a", "b", "c"].map(cn);
        let mut conditions = leaves.to_vec();
        for _ in 0..2 {
            let now = conditions.clone();
            for (at, one) in now.iter().enumerate() {
                for other in now.iter().skip(at).step_by(3) {
                    conditions.push(all([one.clone(), other.clone()]));
                    conditions.push(any([one.clone(), other.clone()]));
                }
            }
        }
        let truths: Vec<Vec<bool>> = conditions
            .iter()
            .map(|condition| {
                (0..8_u8)
                    .map(|world| {
                        condition.holds(&|term: &Term| match term {
                            Term::CommonName(name) => world >> (name.as_bytes()[0] - b'a') & 1 == 1,
                            _ => false,
                        })
                    })
                    .collect()
            })
            .collect();
        let mut seen = 0;
        for (one, own) in conditions.iter().zip(&truths) {
            for (other, others) in conditions.iter().zip(&truths) {
                if one.implies(other, &mut 1_000) {
                    seen += 1;
                    assert!(own.iter().zip(others).all(|(own, other)| !own || *other));
                }
            }
        }
        assert!(seen > conditions.len());
    }
}
