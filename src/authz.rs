//! What a caller may do: a [`Principal`] and the policy's roles in, a [`Grant`] out.
//!
//! Invariant: a [`Grant`] has private fields and is made by [`Caller::grant`], and for what is
//! public, by [`Grant::public`].

mod demands;
mod denied;
pub mod role;

pub use crate::permission::{Permission, Permissions};
pub use demands::Demands;
pub use denied::Denied;
pub use role::{Role, Roles};

use std::sync::Arc;

use crate::authn::{Factors, Method, Principal, Rights};
use crate::identity::{ClientId, RoleName};

/// A principal, and what it may do under the policy in force.
#[derive(Debug)]
pub struct Caller {
    principal: Principal,
    permissions: Permissions,
}

/// Proof that a caller was found to hold a permission. A handler that takes one cannot be reached unchecked.
#[derive(Debug)]
#[must_use]
pub struct Grant {
    client: Option<ClientId>,
    method: Option<Method>,
    roles: Option<Arc<[RoleName]>>,
    permission: Option<Permission>,
    held: Permissions,
}

impl Caller {
    /// What `principal` may do, given what its roles stand for.
    #[must_use]
    pub fn new(principal: Principal, roles: &Roles) -> Self {
        let (rights, factors) = (principal.rights(), principal.factors());
        let permissions = permissions(rights, roles, principal.roles(), factors);
        Self { principal, permissions }
    }

    /// Who it is.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What it may do.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// Leave to do what `permission` names, to a caller who has shown `demanded`; where a route names no permission,
    /// being known is enough.
    ///
    /// # Errors
    ///
    /// [`Denied`], with what is missing.
    pub fn grant(
        &self,
        permission: Option<Permission>,
        demanded: Factors,
    ) -> Result<Grant, Denied> {
        let (rights, factors) = (self.principal.rights(), self.principal.factors());
        judge(rights, self.permissions, factors, permission, demanded)?;
        Ok(Grant {
            client: Some(self.principal.client().clone()),
            method: Some(self.principal.method()),
            roles: Some(self.principal.shared_roles()),
            permission,
            held: self.permissions,
        })
    }
}

/// What evidence of these `rights` permits to somebody with the roles `names` who has shown `factors`.
#[must_use]
pub fn permissions(
    rights: Rights,
    roles: &Roles,
    names: &[RoleName],
    factors: Factors,
) -> Permissions {
    let of_roles = || roles.permissions(names, factors);
    match rights {
        Rights::OfRoles => of_roles(),
        Rights::OfRolesWithin(scope) => of_roles().within(scope),
        Rights::Exactly(own) => own,
    }
}

/// Whether somebody who holds `held` by evidence of these `rights`, and has shown `factors`, may do what `permission`
/// names where `demanded` must be shown. It decides and proves nothing: a [`Grant`] does.
///
/// # Errors
///
/// [`Denied`], with what is missing.
pub fn judge(
    rights: Rights,
    held: Permissions,
    factors: Factors,
    permission: Option<Permission>,
    demanded: Factors,
) -> Result<(), Denied> {
    let missing = factors.missing(demanded);
    if !missing.is_empty() {
        return Err(Denied::Evidence { demanded, missing });
    }
    match permission {
        Some(wanted) if !held.contains(wanted) => Err(match rights {
            Rights::OfRolesWithin(scope) if !scope.contains(wanted) => Denied::Scope(wanted),
            Rights::OfRoles | Rights::OfRolesWithin(_) => Denied::Roles(wanted),
            Rights::Exactly(_) => Denied::Key(wanted),
        }),
        _ => Ok(()),
    }
}

impl Grant {
    /// Leave to do what anybody may whom TLS lets in.
    pub fn public() -> Self {
        let held = Permissions::default();
        Self { client: None, method: None, roles: None, permission: None, held }
    }

    /// Who was granted it; none where anybody is.
    #[must_use]
    pub fn client(&self) -> Option<&ClientId> {
        self.client.as_ref()
    }

    /// How the caller is known; none where anybody is.
    #[must_use]
    pub fn method(&self) -> Option<Method> {
        self.method
    }

    /// The caller's roles.
    #[must_use]
    pub fn roles(&self) -> &[RoleName] {
        self.roles.as_deref().unwrap_or_default()
    }

    /// What was granted.
    #[must_use]
    pub fn permission(&self) -> Option<Permission> {
        self.permission
    }

    /// Everything that the caller may do: nobody passes on more than this.
    #[must_use]
    pub fn held(&self) -> Permissions {
        self.held
    }
}
