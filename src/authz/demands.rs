//! The evidence that single routes demand, whoever calls and whatever the caller may.

use crate::authn::Factors;

/// What each route demands, by its place in the table of routes. By default no route demands anything of its own.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Demands(Vec<(usize, Factors)>);

impl Demands {
    /// These, each route once; of a route that stands there twice the first counts.
    #[must_use]
    pub const fn new(all: Vec<(usize, Factors)>) -> Self {
        Self(all)
    }

    /// What the route at `place` demands, all of it.
    #[must_use]
    pub fn of(&self, place: Option<usize>) -> Factors {
        let found = self.0.iter().find(|(one, _)| Some(*one) == place);
        found.map_or(Factors::NONE, |(_, demanded)| *demanded)
    }
}
