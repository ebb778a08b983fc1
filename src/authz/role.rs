//! Roles: names for sets of permissions, as the policy file gives them, and the evidence that a role may demand.

use std::collections::BTreeMap;

use crate::authn::Factors;
use crate::identity::RoleName;
use crate::permission::Permissions;

/// A role.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Role {
    /// What it permits.
    pub permissions: Permissions,
    /// The evidence that its holder must have shown, all of it; without it the role permits nothing.
    pub require: Factors,
}

/// What each role may do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Roles(BTreeMap<RoleName, Role>);

impl Roles {
    /// The table.
    #[must_use]
    pub const fn new(table: BTreeMap<RoleName, Role>) -> Self {
        Self(table)
    }

    /// The role of this name.
    #[must_use]
    pub fn get(&self, name: &RoleName) -> Option<&Role> {
        self.0.get(name)
    }

    /// Every role, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&RoleName, &Role)> {
        self.0.iter()
    }

    /// What `roles` permit together to someone who has shown `factors`. A role that is not in the table permits
    /// nothing.
    #[must_use]
    pub fn permissions<'a>(
        &self,
        roles: impl IntoIterator<Item = &'a RoleName>,
        factors: Factors,
    ) -> Permissions {
        roles
            .into_iter()
            .filter_map(|role| self.0.get(role))
            .filter(|role| factors.missing(role.require).is_empty())
            .fold(Permissions::default(), |all, role| all.union(role.permissions))
    }
}

impl FromIterator<(RoleName, Permissions)> for Roles {
    /// Roles that demand no more than to be held.
    fn from_iter<I: IntoIterator<Item = (RoleName, Permissions)>>(all: I) -> Self {
        let role = |permissions| Role { permissions, require: Factors::NONE };
        Self(all.into_iter().map(|(name, permissions)| (name, role(permissions))).collect())
    }
}
