//! Whoever asks for anything: who it is, by whatever was shown, what that may, and how much of it.
//!
//! The server asks for its own routes, the gate for those of others, and a program that uses this library for its own.
//! Each gets the same answer for the same evidence under the same [`Policy`].
//!
//! A bearer token's signature is verified once. Whatever of it can change, its end, its taking back and the
//! certificate that it is bound to, is asked at each request.

mod credential;
mod known;
mod policy;

pub use credential::Credential;
pub use known::Known;
pub use policy::Policy;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::authn::api_key::{ApiKeys, PresentedKey};
use crate::authn::token::{TokenCache, Tokens, VerifiedToken, token_digest};
use crate::authn::{AuthnError, Principal};
use crate::authz::Caller;
use crate::clock::UnixTime;
use crate::limit::{Decision, Limits, Lockout};
use crate::tls::VerifiedPeer;

/// Authenticates callers, and counts what they ask for.
#[derive(Debug)]
pub struct Guard {
    tokens: Option<Arc<Tokens>>,
    keys: Option<Arc<ApiKeys>>,
    limits: Arc<Limits>,
    bearers: TokenCache<Bearer>,
}

/// A token whose signature held, and whom it names.
#[derive(Debug)]
struct Bearer {
    token: VerifiedToken,
    known: Arc<Known>,
}

/// What is known of a request before its credential is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// Where it comes from.
    pub address: IpAddr,
    /// Whom its certificate names, where it has one, and the SHA-256 of that.
    pub certificate: Option<(&'a Principal, &'a [u8; 32])>,
    /// What it shows beside that.
    pub credential: Credential<'a>,
}

/// When it is: by the wall, and since the service began.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// For periods of validity.
    pub wall: UnixTime,
    /// For limits.
    pub uptime: Duration,
}

impl Guard {
    /// A guard that takes tokens and keys where there are any, and counts in `limits`.
    #[must_use]
    pub fn new(
        tokens: Option<Arc<Tokens>>,
        keys: Option<Arc<ApiKeys>>,
        limits: Arc<Limits>,
    ) -> Self {
        Self { tokens, keys, limits, bearers: TokenCache::default() }
    }

    /// What callers are counted by.
    #[must_use]
    pub fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

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

    /// Who shows this credential, under `policy`, which is the one of `generation`; none where none is shown.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks.
    pub fn credential(
        &self,
        policy: &Policy,
        generation: u64,
        evidence: &Evidence<'_>,
        now: Now,
    ) -> Result<Option<Arc<Known>>, AuthnError> {
        match evidence.credential {
            Credential::None => Ok(None),
            Credential::Bearer(text) => {
                self.bearer(policy, generation, evidence, text, now.wall).map(Some)
            }
            Credential::Key(text) => self.key(policy, evidence, text, now).map(Some),
        }
    }

    fn bearer(
        &self,
        policy: &Policy,
        generation: u64,
        evidence: &Evidence<'_>,
        text: &str,
        now: UnixTime,
    ) -> Result<Arc<Known>, AuthnError> {
        let tokens = self.tokens.as_ref().ok_or(AuthnError::NotTaken)?;
        let peer = evidence.certificate.map(|(_, sha256)| sha256);
        let mut digest = token_digest(text);
        // A role may demand a certificate beside the token, so that its holder is another with one than without.
        if let ([.., last], Some(_)) = (&mut digest, peer) {
            *last ^= 1;
        }
        if let Some(bearer) = self.bearers.get(&digest, generation) {
            tokens.still_holds(&bearer.token, peer, now).map_err(AuthnError::Token)?;
            return Ok(Arc::clone(&bearer.known));
        }
        let token = tokens.verify(text, now).map_err(AuthnError::Token)?;
        tokens.still_holds(&token, peer, now).map_err(AuthnError::Token)?;
        let caller = Caller::new(beside(token.principal(), evidence), &policy.roles);
        let known = Arc::new(Known::new(caller));
        let bearer = Bearer { token, known: Arc::clone(&known) };
        self.bearers.put(digest, generation, Arc::new(bearer));
        Ok(known)
    }

    fn key(
        &self,
        policy: &Policy,
        evidence: &Evidence<'_>,
        text: &str,
        now: Now,
    ) -> Result<Arc<Known>, AuthnError> {
        let keys = self.keys.as_ref().ok_or(AuthnError::NotTaken)?;
        let meant = PresentedKey::parse(text).map_err(AuthnError::ApiKey)?.id().to_string();
        if self.locked(evidence.address, Some(&meant), now.uptime) {
            return Err(AuthnError::LockedOut);
        }
        let shown =
            keys.authenticate(text, evidence.address, now.wall).map_err(AuthnError::ApiKey)?;
        let caller = Caller::new(beside(shown.principal, evidence), &policy.roles);
        Ok(Arc::new(Known::by_key(caller, shown.key, shown.limit)))
    }

    fn locked(&self, address: IpAddr, account: Option<&str>, now: Duration) -> bool {
        self.limits.locked(address, account, now).is_some_and(|lockout| !lockout.shadow)
    }

    /// Whether `known` may ask for something that costs `cost`, which is charged if it may.
    pub fn admit(&self, known: &Known, cost: u32, now: Duration) -> Decision {
        known.counted(|subject| self.limits.ask(subject, cost, now))
    }

    /// Charges `known` for work whose cost was known only afterwards.
    pub fn charge(&self, known: &Known, cost: u32, now: Duration) {
        known.counted(|subject| self.limits.charge(subject, cost, now));
    }

    /// Takes note that somebody at `address` authenticated.
    pub fn succeeded(&self, address: IpAddr, now: Duration) {
        self.limits.authenticated(address, now);
    }

    /// Takes note that somebody at `address` did not authenticate. A lockout that begins with it, if one does.
    #[must_use]
    pub fn failed(&self, address: IpAddr, error: AuthnError, now: Duration) -> Option<Lockout> {
        let account = match error {
            // Nothing was tried, or what was tried counts already.
            AuthnError::NoCredential | AuthnError::LockedOut => return None,
            AuthnError::ApiKey(error) => error.key().map(|id| id.to_string()),
            _ => None,
        };
        self.limits.failed(address, account.as_deref(), now)
    }
}

/// The principal, who has shown the certificate as well, where there is one.
fn beside(principal: Principal, evidence: &Evidence<'_>) -> Principal {
    match evidence.certificate {
        Some((other, _)) => principal.beside(other),
        None => principal,
    }
}
