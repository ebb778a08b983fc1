//! `roles`: names for sets of permissions, each a list, or a map that also says what its holder must show.

use std::collections::BTreeMap;

use crate::authn::{Factor, Factors};
use crate::authz::Role;
use crate::config::reader::Section;
use crate::identity::RoleName;
use crate::permission::Permission;

pub(super) fn read(root: &mut Section<'_, '_>) -> BTreeMap<RoleName, Role> {
    let table = root.table("roles", "permissions", |name, section, origin| {
        let role = role(section);
        match name.parse::<RoleName>() {
            Ok(name) => Some((name, role)),
            Err(error) => {
                section.fault_at_origin("", origin, error.to_string(), "rename the role");
                None
            }
        }
    });
    if table.is_empty() {
        let hint = "define at least one under 'roles'";
        root.fault("roles", "without roles nobody may do anything", hint);
    }
    table.into_iter().flatten().collect()
}

fn role(section: &mut Section<'_, '_>) -> Role {
    let known = Permission::ALL.map(|one| (one.as_str(), one));
    let permissions = section.choices("permissions", &known).unwrap_or_default();
    if permissions.is_empty() {
        let hint = "give it permissions, or remove it";
        section.fault("permissions", "the role may do nothing", hint);
    }
    Role {
        permissions: permissions.into_iter().flatten().collect(),
        require: evidence(section, "require", true),
    }
}

/// A list of kinds of evidence: all of it. It may be left out where it is `optional`, and is never empty.
pub(super) fn evidence(
    section: &mut Section<'_, '_>,
    key: &'static str,
    optional: bool,
) -> Factors {
    let known = Factor::ALL.map(|one| (one.as_str(), one));
    let named = section.choices(key, &known);
    if named.as_ref().map_or(!optional, Vec::is_empty) {
        section.fault(key, "the entry demands nothing", "name one of mtls, token, api_key");
    }
    named.unwrap_or_default().into_iter().flatten().collect()
}
