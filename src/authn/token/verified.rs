//! A token that held.

use std::sync::Arc;

use crate::authn::{Factor, Factors, Method, Principal, Rights};
use crate::clock::UnixTime;
use crate::identity::{ClientId, RoleName};
use crate::permission::Permissions;

use super::issuer::Issuer;
use super::key::{KeyId, VerifyingKey};
use super::revoked::Marks;

/// Proof that a token's signature and claims held when it was read.
///
/// What can change since is asked of [`super::Tokens::still_holds`], at every request.
#[derive(Debug)]
#[must_use]
pub struct VerifiedToken {
    pub(super) issuer: Arc<Issuer>,
    pub(super) key: Arc<VerifyingKey>,
    pub(super) subject: Arc<str>,
    pub(super) client: ClientId,
    pub(super) roles: Arc<[RoleName]>,
    pub(super) rights: Rights,
    pub(super) token_id: Box<str>,
    pub(super) issued_at: UnixTime,
    pub(super) expiry: UnixTime,
    pub(super) not_before: Option<UnixTime>,
    pub(super) bound_to: Option<[u8; 32]>,
    pub(super) marks: Marks,
}

impl VerifiedToken {
    /// `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer.name
    }

    /// `aud`: that of this service.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.issuer.audience
    }

    /// `sub`; personal data.
    #[must_use]
    pub fn subject(&self) -> &Arc<str> {
        &self.subject
    }

    /// `client_id`.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// The holder's roles.
    #[must_use]
    pub fn roles(&self) -> &Arc<[RoleName]> {
        &self.roles
    }

    /// What the token lets its holder do of what the roles stand for; none where it says nothing of that.
    #[must_use]
    pub fn scope(&self) -> Option<Permissions> {
        match self.rights {
            Rights::OfRolesWithin(scope) => Some(scope),
            Rights::OfRoles | Rights::Exactly(_) => None,
        }
    }

    /// `jti`.
    #[must_use]
    pub fn token_id(&self) -> &str {
        &self.token_id
    }

    /// `iat`.
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// `exp`.
    #[must_use]
    pub fn expiry(&self) -> UnixTime {
        self.expiry
    }

    /// `nbf`.
    #[must_use]
    pub fn not_before(&self) -> Option<UnixTime> {
        self.not_before
    }

    /// SHA-256 of the certificate that it is bound to (RFC 8705).
    #[must_use]
    pub fn bound_to(&self) -> Option<&[u8; 32]> {
        self.bound_to.as_ref()
    }

    /// The key that signed it.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        self.key.id()
    }

    /// The number of that key among those of its issuer.
    #[must_use]
    pub fn key_generation(&self) -> u64 {
        self.key.generation()
    }

    /// Whether this service issued it.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.issuer.roles, super::issuer::RoleSource::Own)
    }

    /// Its holder. Only where [`super::Tokens::still_holds`] says so for this very request.
    pub fn principal(&self) -> Principal {
        Principal {
            client: self.client.clone(),
            subject: Arc::clone(&self.subject),
            roles: Arc::clone(&self.roles),
            method: Method::Jwt,
            rights: self.rights,
            factors: Factors::only(Factor::Token),
        }
    }
}
