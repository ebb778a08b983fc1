//! What is wrong with the service at present, each by its name, as readiness tells it.
//!
//! Whoever tends a part (a sink, a lease, a connection) says here when the part fails and when it is well again. Two
//! grades: where a condition is [`Grade::Degraded`] the service still does all of its work on what it holds; where it is
//! [`Grade::NotReady`] it does not, and should not be asked. Nothing on the path of a request locks this.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How bad a condition is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Grade {
    /// All work is done, on what is held; it cannot last for ever.
    Degraded,
    /// Not all work can be done.
    NotReady,
}

/// A condition that holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Condition {
    /// The part, as `/readyz` names it.
    pub name: &'static str,
    /// How bad it is.
    pub grade: Grade,
    /// What happened and what to do, in a sentence; no secret.
    pub detail: String,
}

/// All conditions that hold: one at most for each name.
#[derive(Debug, Default)]
pub struct Conditions(Mutex<BTreeMap<&'static str, (Grade, String)>>);

impl Conditions {
    /// Says that `name` is in this condition now. Whether it was in none, or in one of another grade, before: what is
    /// worth a record.
    pub fn set(&self, name: &'static str, grade: Grade, detail: impl Into<String>) -> bool {
        let before = self.locked().insert(name, (grade, detail.into()));
        before.is_none_or(|(before, _)| before != grade)
    }

    /// Says that `name` is well. Whether it was not before.
    pub fn clear(&self, name: &'static str) -> bool {
        self.locked().remove(name).is_some()
    }

    /// Those that hold, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Condition> {
        let all = self.locked();
        let one = |(name, (grade, detail)): (&&'static str, &(Grade, String))| Condition {
            name,
            grade: *grade,
            detail: detail.clone(),
        };
        all.iter().map(one).collect()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<&'static str, (Grade, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_news_when_it_begins_gets_worse_or_ends() {
        let conditions = Conditions::default();
        assert!(conditions.set("vault", Grade::Degraded, "sealed"));
        assert!(!conditions.set("vault", Grade::Degraded, "still sealed"));
        assert!(conditions.set("vault", Grade::NotReady, "the token has expired"));
        let detail = "the token has expired".to_owned();
        let expected = vec![Condition { name: "vault", grade: Grade::NotReady, detail }];
        assert_eq!(conditions.all(), expected);
        assert!(conditions.clear("vault") && !conditions.clear("vault"));
        assert_eq!(conditions.all(), []);
    }
}
