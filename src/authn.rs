//! Who is calling: evidence in, a [`Principal`] out.
//!
//! Invariant: a [`Principal`] has private fields and is made in this module alone, from evidence that held.

pub mod api_key;
mod error;
pub mod explain;
mod factor;
pub mod local;
pub mod mtls;
pub mod rule;
pub mod token;

pub use error::AuthnError;
pub use factor::{Factor, Factors, UnknownFactor};

use std::sync::Arc;

use crate::identity::{ClientId, RoleName};
use crate::permission::Permissions;

/// Proof of who is calling.
#[derive(Debug)]
#[must_use]
pub struct Principal {
    client: ClientId,
    subject: Arc<str>,
    roles: Arc<[RoleName]>,
    method: Method,
    rights: Rights,
    factors: Factors,
}

/// How a caller showed who it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// As a user of this machine.
    Local,
    /// A client certificate.
    Mtls,
    /// A bearer token.
    Jwt,
    /// An API key.
    ApiKey,
}

/// What evidence lets its holder do at most.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rights {
    /// All that the holder's roles stand for.
    OfRoles,
    /// Of what the roles stand for, these alone: a token's scope.
    OfRolesWithin(Permissions),
    /// These: an API key's own.
    Exactly(Permissions),
}

impl Method {
    /// The name in records and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Mtls => "mtls",
            Self::Jwt => "jwt",
            Self::ApiKey => "api_key",
        }
    }

    /// The kind of evidence that it rests on.
    #[must_use]
    pub const fn factor(self) -> Factor {
        match self {
            Self::Local => Factor::Local,
            Self::Mtls => Factor::Mtls,
            Self::Jwt => Factor::Token,
            Self::ApiKey => Factor::ApiKey,
        }
    }
}

impl Principal {
    /// The caller's name.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// What the evidence calls the caller; personal data, for the encrypted part of records.
    #[must_use]
    pub fn subject(&self) -> &Arc<str> {
        &self.subject
    }

    /// The caller's roles.
    #[must_use]
    pub fn roles(&self) -> &[RoleName] {
        &self.roles
    }

    /// The same, to be kept.
    #[must_use]
    pub fn shared_roles(&self) -> Arc<[RoleName]> {
        Arc::clone(&self.roles)
    }

    /// How it is known.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// What the evidence lets it do at most.
    #[must_use]
    pub fn rights(&self) -> Rights {
        self.rights
    }

    /// What was shown.
    #[must_use]
    pub fn factors(&self) -> Factors {
        self.factors
    }

    /// The same, who has also shown what `other` was made of: a certificate beside a token.
    pub fn beside(mut self, other: &Self) -> Self {
        self.factors = self.factors.union(other.factors);
        self
    }
}
