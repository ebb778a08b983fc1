//! Bearer tokens: JSON Web Tokens of the profile of RFC 9068, read by the rules of RFC 8725.
//!
//! Threat: whoever can send a header. A token is text that says of itself who signed it, with what, and for whom, and
//! nothing of that is believed until the signature of a key that we chose has held. So:
//!
//! - the text is bounded, and one token has one text; JSON has no member twice (`text`, `json`);
//! - the header can only name a key, and the key says what algorithm it is for (`header`, `key`, `algorithm`);
//! - every claim that is used has one form, and must be there (`claims`);
//! - what can change after that is asked at every request: [`Tokens::still_holds`].
//!
//! [`Tokens::verify`] makes a [`VerifiedToken`], and nothing else does.

mod algorithm;
mod cache;
mod claims;
mod error;
mod header;
mod issue;
mod issuer;
mod json;
mod jwks;
mod key;
mod keygen;
mod keyring;
mod keys;
mod revoke;
mod revoked;
mod settings;
mod store;
mod text;
mod unverified;
mod verified;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use cache::{TOKEN_CACHE_ENTRIES, TokenCache, TokenDigest, token_digest};
pub use error::{Claim, TokenError};
pub use issue::{Asker, IssueError, Issued, TokenRequest};
pub use jwks::{JwksError, JwksTaken};
pub use key::KeyId;
pub use keygen::KeyError;
pub use keyring::{JWKS_MAX_AGE, KeyState, PreparedKey, RotateError};
pub use keys::{KeyChange, KeyEvent, KeyLine, KeysError};
pub use revoke::{Revocation, Revoke, RevokeError};
pub use settings::{IssuerSettings, KeySource, TokenSettings};
pub use store::{StoreError, TokenStore};
pub use text::TOKEN_MOST;
pub use unverified::Unverified;
pub use verified::VerifiedToken;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::clock::UnixTime;
use crate::secret::same;

use claims::Claims;
use header::Header;
use issuer::{Issuer, RoleSource};
use keyring::KeyRing;
use keys::Signer;
use revoked::{Marks, Revoked};
use settings::seconds;

/// The issuers that are believed, their keys, and what was taken back.
#[derive(Debug)]
pub struct Tokens {
    settings: TokenSettings,
    own: Arc<Issuer>,
    others: Box<[Arc<Issuer>]>,
    revoked: RwLock<Revoked>,
    /// Held while what was taken back is written.
    revoking: Mutex<()>,
    /// Our keys; held while they are changed and written.
    ring: Mutex<KeyRing>,
    /// The active one, ready to sign.
    signer: RwLock<Option<Arc<Signer>>>,
    jwks: RwLock<Arc<[u8]>>,
    /// None: in memory alone.
    store: Option<TokenStore>,
}

/// Why tokens cannot be used at all.
#[derive(Debug)]
#[non_exhaustive]
pub enum TokensError {
    /// Another part of this process has given the token library other cryptography.
    Provider,
    /// What was kept cannot be read.
    Store(StoreError),
}

impl From<StoreError> for TokensError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for TokensError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider => out.write_str(
                "another part of this process chose the cryptography of tokens; make these first",
            ),
            Self::Store(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for TokensError {}

impl Tokens {
    /// Tokens under these settings, with the keys and the lists that `store` has. A key that signs is there only once
    /// [`Self::tend`] has made one.
    ///
    /// # Errors
    ///
    /// [`TokensError::Store`] where these cannot be read: without the list of what was taken back nothing is believed.
    /// [`TokensError::Provider`].
    pub fn open(settings: TokenSettings, store: TokenStore) -> Result<Self, TokensError> {
        let (ring, revoked) =
            (Self::kept_keys(&store)?, Self::kept_revoked(&store, settings.max_revoked)?);
        let tokens =
            Self { store: Some(store), revoked: RwLock::new(revoked), ..Self::new(settings)? };
        tokens.put_in_force(&ring);
        Ok(Self { ring: Mutex::new(ring), ..tokens })
    }

    /// Tokens under these settings, without any key yet, that keep everything in memory.
    ///
    /// # Errors
    ///
    /// [`TokensError::Provider`].
    pub fn new(settings: TokenSettings) -> Result<Self, TokensError> {
        if !algorithm::install() {
            return Err(TokensError::Provider);
        }
        let own = Issuer::new(
            &settings.issuer,
            &settings.audience,
            seconds(settings.expiry),
            RoleSource::Own,
        );
        let others = settings.issuers.iter().map(|one| {
            let map =
                one.role_map.iter().map(|(value, role)| (value.as_str().into(), role.clone()));
            let roles = RoleSource::Mapped {
                claim: one.roles_claim.as_str().into(),
                map: map.collect(),
                scoped: one.scoped,
            };
            Arc::new(Issuer::new(&one.issuer, &one.audience, seconds(one.max_lifetime), roles))
        });
        Ok(Self {
            own: Arc::new(own),
            others: others.collect(),
            revoked: RwLock::new(Revoked::new(settings.max_revoked)),
            revoking: Mutex::default(),
            ring: Mutex::default(),
            signer: RwLock::default(),
            jwks: RwLock::new(KeyRing::default().jwks().into()),
            store: None,
            settings,
        })
    }

    /// What they were made with.
    #[must_use]
    pub fn settings(&self) -> &TokenSettings {
        &self.settings
    }

    /// Verifies a token: its text, its key, its signature, and every claim, at `now`.
    ///
    /// What it is bound to, and whether it was taken back, is for [`Self::still_holds`], at this request and at each
    /// later one.
    ///
    /// # Errors
    ///
    /// [`TokenError`], the first rule that it breaks.
    pub fn verify(&self, text: &str, now: UnixTime) -> Result<VerifiedToken, TokenError> {
        let token = self.read(text)?;
        self.in_force(&token, now)?;
        Ok(token)
    }

    /// The same whenever it is in force.
    fn read(&self, text: &str) -> Result<VerifiedToken, TokenError> {
        let parts = text::split(text)?;
        let header = Header::read(&parts.header)?;
        let members = claims::members(&parts.claims)?;
        let claims = Claims::read(&members)?;
        let issuer = self.issuer(claims.issuer).ok_or(TokenError::IssuerUnknown)?;
        let key = issuer.key(&header.key_id).ok_or(TokenError::KeyUnknown)?;
        if key.algorithm() != header.algorithm {
            return Err(TokenError::AlgorithmNotOfKey);
        }
        key.verify(parts.signed, parts.signature)?;
        if !claims.audience.contains(&&*issuer.audience) {
            return Err(TokenError::AudienceOther);
        }
        if claims.expiry.saturating_sub(claims.issued_at) > issuer.max_lifetime {
            return Err(TokenError::LivesTooLong);
        }
        let (roles, rights) = issuer.rights(&claims)?;
        Ok(VerifiedToken {
            subject: claims.subject.into(),
            client: issuer.client(claims.client)?,
            roles,
            rights,
            token_id: claims.token_id.into(),
            issued_at: UnixTime::from_seconds(claims.issued_at),
            expiry: UnixTime::from_seconds(claims.expiry),
            not_before: claims.not_before.map(UnixTime::from_seconds),
            bound_to: claims.bound_to,
            marks: Marks::of(&issuer.name, claims.token_id, claims.subject, claims.client),
            issuer: Arc::clone(issuer),
            key,
        })
    }

    /// Whether a token that was verified is good for this request: over a connection whose client showed the
    /// certificate with the SHA-256 `peer`, or none, at `now`. Cheap: no allocation, one lock to read under.
    ///
    /// # Errors
    ///
    /// [`TokenError`], the first rule that it breaks now.
    pub fn still_holds(
        &self,
        token: &VerifiedToken,
        peer: Option<&[u8; 32]>,
        now: UnixTime,
    ) -> Result<(), TokenError> {
        self.in_force(token, now)?;
        match (token.bound_to(), peer) {
            (Some(_), None) => return Err(TokenError::CertificateMissing),
            (Some(bound), Some(peer)) if !same(bound, peer) => {
                return Err(TokenError::CertificateOther);
            }
            (None, _) | (Some(_), Some(_)) => {}
        }
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        revoked.check(&token.marks, token.issued_at.seconds())
    }

    /// Key and times. Every one of them is asked, since a clock may jump either way.
    fn in_force(&self, token: &VerifiedToken, now: UnixTime) -> Result<(), TokenError> {
        if token.key.is_gone() {
            return Err(TokenError::KeyGone);
        }
        if token.issuer.is_stale(now) {
            return Err(TokenError::KeysStale);
        }
        let leeway = seconds(self.settings.leeway);
        let (early, late) = (now.plus(leeway.saturating_neg()), now.plus(leeway));
        if early >= token.expiry {
            return Err(TokenError::Expired);
        }
        if token.not_before.is_some_and(|from| from > late) {
            return Err(TokenError::NotYet);
        }
        if token.issued_at > late {
            return Err(TokenError::IssuedInFuture);
        }
        Ok(())
    }

    fn issuer(&self, name: &str) -> Option<&Arc<Issuer>> {
        std::iter::once(&self.own).chain(&self.others).find(|one| *one.name == *name)
    }
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod life;
#[cfg(test)]
mod tests;
