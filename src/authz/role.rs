//! Roles: names for sets of permissions, as the policy file gives them.

use std::collections::BTreeMap;

use crate::identity::RoleName;

use super::permission::Permissions;

/// What each role may do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Roles(BTreeMap<RoleName, Permissions>);

impl Roles {
    /// The table.
    #[must_use]
    pub const fn new(table: BTreeMap<RoleName, Permissions>) -> Self {
        Self(table)
    }

    /// What `roles` may do together. A role that is not in the table may do nothing.
    #[must_use]
    pub fn permissions<'a>(&self, roles: impl IntoIterator<Item = &'a RoleName>) -> Permissions {
        roles
            .into_iter()
            .filter_map(|role| self.0.get(role))
            .fold(Permissions::default(), |all, more| all.union(*more))
    }
}
