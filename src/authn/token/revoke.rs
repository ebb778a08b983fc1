//! Taking tokens back: one, or everything up to now of a subject or a client.

use std::fmt;
use std::sync::PoisonError;

use crate::clock::UnixTime;
use crate::state::Stamp;

use super::claims::is_text;
use super::issuer::{Issuer, RoleSource};
use super::revoked::{Before, Marked, Revoked, RevokedToken, mark};
use super::settings::seconds;
use super::store::StoreError;
use super::{TokenStore, Tokens};

/// What is to be taken back. Where no issuer is named, ours is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Revoke<'a> {
    /// The token that this text is.
    Text(&'a str),
    /// The token of this `jti`.
    Id {
        /// `iss`.
        issuer: Option<&'a str>,
        /// `jti`.
        token_id: &'a str,
    },
    /// Everything up to now of this `sub`.
    Subject {
        /// `iss`.
        issuer: Option<&'a str>,
        /// `sub`.
        subject: &'a str,
    },
    /// Everything up to now of this `client_id`.
    Client {
        /// `iss`.
        issuer: Option<&'a str>,
        /// `client_id`.
        client: &'a str,
    },
}

/// What was taken back, for the record.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct Revocation {
    /// `iss`.
    pub issuer: String,
    /// `jti`, where it was one token.
    pub token_id: Option<String>,
    /// `client_id` of that token.
    pub client: Option<String>,
    /// The state of the sealed file that it left; none where the lists are in memory alone.
    pub stamp: Option<Stamp>,
}

/// Why nothing was taken back.
#[derive(Debug)]
pub enum RevokeError {
    /// Nobody of this name is believed.
    IssuerUnknown,
    /// A name is empty, too long, or has control characters.
    Name,
    /// It is refused from now on, and only until this process ends: it cannot be kept.
    Store(StoreError),
}

impl fmt::Display for RevokeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IssuerUnknown => out.write_str("no issuer of this name is believed"),
            Self::Name => out.write_str("a name is 1 to 256 bytes without control characters"),
            Self::Store(error) => write!(out, "{error}; it is refused only until the service ends"),
        }
    }
}

impl std::error::Error for RevokeError {}

impl Tokens {
    /// Takes something back: refused when this returns, on every connection, and after the next start.
    ///
    /// A text that is no token of anybody who is believed, or has run out, is nothing that could be taken back (RFC
    /// 7009 section 2.2): then it gives none. What is issued within the same second as everything up to now is taken
    /// back is refused too.
    ///
    /// # Errors
    ///
    /// [`RevokeError`].
    pub fn revoke(
        &self,
        what: &Revoke<'_>,
        now: UnixTime,
    ) -> Result<Option<Revocation>, RevokeError> {
        let leeway = seconds(self.settings.leeway);
        match *what {
            Revoke::Text(text) => {
                let Ok(token) = self.read(text) else { return Ok(None) };
                let until = token.expiry.plus(leeway);
                if until < now {
                    return Ok(None);
                }
                let entry = RevokedToken {
                    until: until.seconds(),
                    issued_at: token.issued_at.seconds(),
                    subject: token.marks.subject,
                    issuer: token.marks.issuer,
                };
                let stamp =
                    self.update(|lists| lists.token(token.marks.token, entry, now.seconds()))?;
                Ok(Some(Revocation {
                    issuer: token.issuer().to_owned(),
                    token_id: Some(token.token_id().to_owned()),
                    client: Some(token.client().as_str().to_owned()),
                    stamp,
                }))
            }
            Revoke::Id { issuer, token_id } => {
                let issuer = self.named(issuer, token_id, 128)?;
                let own = mark(Marked::Issuer, &issuer.name, "");
                let entry = RevokedToken {
                    until: last(issuer, now.plus(leeway), leeway),
                    issued_at: now.plus(leeway).seconds(),
                    // Whose it is is not known, so that its issuer stands for it where the list is full.
                    subject: own,
                    issuer: own,
                };
                let token = mark(Marked::Token, &issuer.name, token_id);
                let stamp = self.update(|lists| lists.token(token, entry, now.seconds()))?;
                let token_id = Some(token_id.to_owned());
                Ok(Some(Revocation {
                    issuer: issuer.name.to_string(),
                    token_id,
                    client: None,
                    stamp,
                }))
            }
            Revoke::Subject { issuer, subject } => {
                self.everything(self.named(issuer, subject, 256)?, Marked::Subject, subject, now)
            }
            Revoke::Client { issuer, client } => {
                self.everything(self.named(issuer, client, 64)?, Marked::Client, client, now)
            }
        }
    }

    fn everything(
        &self,
        issuer: &Issuer,
        what: Marked,
        name: &str,
        now: UnixTime,
    ) -> Result<Option<Revocation>, RevokeError> {
        let leeway = seconds(self.settings.leeway);
        // The clocks of others may be ahead of ours.
        let at = match issuer.roles {
            RoleSource::Own => now,
            RoleSource::Mapped { .. } => now.plus(leeway),
        };
        let entry = Before {
            at: at.seconds(),
            until: last(issuer, at, leeway),
            issuer: mark(Marked::Issuer, &issuer.name, ""),
        };
        let of = mark(what, &issuer.name, name);
        let stamp = self.update(|lists| lists.everything(of, entry, now.seconds()))?;
        Ok(Some(Revocation {
            issuer: issuer.name.to_string(),
            token_id: None,
            client: None,
            stamp,
        }))
    }

    fn named(&self, issuer: Option<&str>, name: &str, most: usize) -> Result<&Issuer, RevokeError> {
        if !is_text(name, most) {
            return Err(RevokeError::Name);
        }
        let issuer = match issuer {
            None => &self.own,
            Some(named) => self.issuer(named).ok_or(RevokeError::IssuerUnknown)?,
        };
        Ok(issuer)
    }

    /// Changes the lists: in force at once, since refusing is never wrong, and then on disk.
    fn update(&self, change: impl FnOnce(&mut Revoked)) -> Result<Option<Stamp>, RevokeError> {
        let _one_at_a_time = self.revoking.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = {
            let mut lists = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
            change(&mut lists);
            // Others may verify on while this is written down.
            drop(lists);
            self.revoked.read().unwrap_or_else(PoisonError::into_inner).to_bytes()
        };
        let Some(store) = &self.store else { return Ok(None) };
        let bytes = bytes.ok_or_else(|| RevokeError::Store(TokenStore::bad_revoked()))?;
        store.write_revoked(&bytes).map(Some).map_err(RevokeError::Store)
    }

    /// How many tokens, and how many subjects, clients and issuers, are on the lists.
    #[must_use]
    pub fn revoked(&self) -> (usize, usize) {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The lists that `store` has.
    pub(super) fn kept_revoked(store: &TokenStore, most: usize) -> Result<Revoked, StoreError> {
        match store.revoked()? {
            None => Ok(Revoked::new(most)),
            Some(bytes) => Revoked::from_bytes(&bytes, most).ok_or_else(TokenStore::bad_revoked),
        }
    }
}

/// The last second at which a token that `issuer` issued at `from` could be taken.
fn last(issuer: &Issuer, from: UnixTime, leeway: i64) -> i64 {
    from.plus(issuer.max_lifetime.saturating_add(leeway)).seconds()
}
