//! Whoever asks for anything: who it is, by whatever was shown, and what that may.
//!
//! The server asks for its own routes, the gate for those of others, and a program that uses this library for its own.
//! Each gets the same answer for the same evidence under the same [`Policy`].

mod credential;
mod known;
mod policy;

pub use credential::Credential;
pub use known::Known;
pub use policy::Policy;

use std::sync::Arc;

use crate::authn::AuthnError;
use crate::authz::Caller;
use crate::tls::VerifiedPeer;

/// Authenticates callers.
#[derive(Debug, Default)]
pub struct Guard {}

impl Guard {
    /// Who shows this certificate, under `policy`.
    ///
    /// # Errors
    ///
    /// [`AuthnError::NotOnTheList`].
    pub fn certificate(
        &self,
        policy: &Policy,
        peer: &VerifiedPeer,
    ) -> Result<Arc<Known>, AuthnError> {
        let principal = policy.clients.authenticate(peer)?;
        Ok(Arc::new(Known::new(Caller::new(principal, &policy.roles))))
    }
}
