//! What a caller may do: a [`Principal`] and the policy's roles in, a [`Grant`] out.
//!
//! Invariant: a [`Grant`] has private fields and is made by [`Caller::grant`], and for what is
//! public, by [`Grant::public`].

pub mod permission;
pub mod role;

pub use permission::{Permission, Permissions};
pub use role::Roles;

use std::fmt;

use crate::authn::Principal;
use crate::identity::ClientId;

/// A principal, and what its roles permit under the policy in force.
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
    permission: Option<Permission>,
}

/// The caller does not hold the permission.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Denied(pub Permission);

impl fmt::Display for Denied {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "none of the caller's roles has the permission {}", self.0)
    }
}

impl std::error::Error for Denied {}

impl Caller {
    /// What `principal` may do, given what its roles stand for.
    #[must_use]
    pub fn new(principal: Principal, roles: &Roles) -> Self {
        let permissions = roles.permissions(principal.roles());
        Self { principal, permissions }
    }

    /// Who it is.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Leave to do what `permission` names; where a route names none, being known is enough.
    ///
    /// # Errors
    ///
    /// [`Denied`], with the permission that is missing.
    pub fn grant(&self, permission: Option<Permission>) -> Result<Grant, Denied> {
        match permission {
            Some(wanted) if !self.permissions.contains(wanted) => Err(Denied(wanted)),
            _ => Ok(Grant { client: Some(self.principal.client().clone()), permission }),
        }
    }
}

impl Grant {
    /// Leave to do what anybody may whom TLS lets in.
    pub fn public() -> Self {
        Self { client: None, permission: None }
    }

    /// Who was granted it; none where anybody is.
    #[must_use]
    pub fn client(&self) -> Option<&ClientId> {
        self.client.as_ref()
    }

    /// What was granted.
    #[must_use]
    pub fn permission(&self) -> Option<Permission> {
        self.permission
    }
}
