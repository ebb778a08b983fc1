//! Who is calling: evidence in, a [`Principal`] out.
//!
//! Invariant: a [`Principal`] has private fields and is made in this module alone, from evidence that held.

mod error;
pub mod explain;
pub mod local;
pub mod mtls;
pub mod rule;

pub use error::AuthnError;

use std::sync::Arc;

use crate::identity::{ClientId, RoleName};

/// Proof of who is calling.
#[derive(Debug)]
#[must_use]
pub struct Principal {
    client: ClientId,
    subject: Arc<str>,
    roles: Arc<[RoleName]>,
    method: Method,
}

/// How a caller showed who it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// As a user of this machine.
    Local,
    /// A client certificate.
    Mtls,
}

impl Method {
    /// The name in records and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Mtls => "mtls",
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

    /// How it is known.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }
}
