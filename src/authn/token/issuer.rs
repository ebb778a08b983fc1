//! Who is believed about tokens: this service itself, and those whom the configuration names.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::authn::Rights;
use crate::clock::UnixTime;
use crate::identity::{ClientId, RoleName};
use crate::permission::{Permission, Permissions};

use super::TokenError;
use super::claims::Claims;
use super::error::Claim;
use super::key::{KeyId, VerifyingKey};

/// Values of the claim that has the roles.
const ROLES: usize = 64;

/// An issuer, and the keys that it signs with.
#[derive(Debug)]
pub(super) struct Issuer {
    pub(super) name: Box<str>,
    /// What `aud` must hold.
    pub(super) audience: Box<str>,
    /// Seconds from `iat` to `exp`, at most.
    pub(super) max_lifetime: i64,
    pub(super) roles: RoleSource,
    keys: RwLock<Arc<KeySet>>,
    /// The last second at which the keys are believed.
    fresh_until: AtomicI64,
    /// A token named a key that is not known.
    missed: AtomicBool,
}

/// Keys by name.
pub(super) type KeySet = BTreeMap<KeyId, Arc<VerifyingKey>>;

/// How a token says what its holder may do.
#[derive(Debug)]
pub(super) enum RoleSource {
    /// As our own do: `roles` has names of roles, and `scope` permissions.
    Own,
    /// As another service does.
    Mapped {
        /// The claim that is looked at.
        claim: Box<str>,
        /// The role that each of its values stands for; one that is not here stands for none.
        map: BTreeMap<Box<str>, RoleName>,
        /// Whether `scope` has permissions, beyond which the roles do not go.
        scoped: bool,
    },
}

impl Issuer {
    /// An issuer that has no keys yet.
    pub(super) fn new(name: &str, audience: &str, max_lifetime: i64, roles: RoleSource) -> Self {
        Self {
            name: name.into(),
            audience: audience.into(),
            max_lifetime,
            roles,
            keys: RwLock::default(),
            fresh_until: AtomicI64::new(i64::MAX),
            missed: AtomicBool::new(false),
        }
    }

    /// The key of exactly this name.
    pub(super) fn key(&self, id: &KeyId) -> Option<Arc<VerifyingKey>> {
        let key = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if key.is_none() {
            self.missed.store(true, Ordering::Relaxed);
        }
        key
    }

    /// Whether a key was not found since this was last asked.
    pub(super) fn take_missed(&self) -> bool {
        self.missed.swap(false, Ordering::Relaxed)
    }

    /// All keys.
    pub(super) fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes these keys and no others. A key that is the same as before stays the one it was, so that tokens it
    /// verified hold on; of one that is gone, or stands for other numbers now, they do not.
    pub(super) fn replace_keys(&self, mut new: KeySet) {
        let mut held = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        for (id, old) in held.iter() {
            match new.get_mut(id) {
                Some(key) if key.public() == old.public() => *key = Arc::clone(old),
                _ => old.retire_for_good(),
            }
        }
        *held = Arc::new(new);
    }

    /// Believes the keys until `until`.
    pub(super) fn believe_until(&self, until: UnixTime) {
        self.fresh_until.store(until.seconds(), Ordering::Release);
    }

    pub(super) fn is_stale(&self, now: UnixTime) -> bool {
        now.seconds() > self.fresh_until.load(Ordering::Acquire)
    }

    /// The caller's name. Users of this machine are known by our own tokens alone: nobody else may say who they are.
    pub(super) fn client(&self, name: &str) -> Result<ClientId, TokenError> {
        let wrong = TokenError::ClaimWrong(Claim::Client);
        match (&self.roles, name.strip_prefix("uid:")) {
            (RoleSource::Own, Some(uid)) => {
                let client = uid.parse().map(ClientId::of_user).map_err(|_| wrong)?;
                // One way to write a number.
                if client.as_str() == name { Ok(client) } else { Err(wrong) }
            }
            _ => name.parse().map_err(|_| wrong),
        }
    }

    /// The roles in `claims`, and what they permit at most.
    pub(super) fn rights(
        &self,
        claims: &Claims<'_>,
    ) -> Result<(Arc<[RoleName]>, Rights), TokenError> {
        let wrong = TokenError::ClaimWrong(Claim::Roles);
        let claim = match &self.roles {
            RoleSource::Own => Claim::Roles.as_str(),
            RoleSource::Mapped { claim, .. } => claim,
        };
        let values = match claims.members.get(claim) {
            Some(value) => value.texts(ROLES).ok_or(wrong)?,
            None => Vec::new(),
        };
        match &self.roles {
            RoleSource::Own => {
                let roles: Result<Vec<RoleName>, _> =
                    values.iter().map(|one| one.parse()).collect();
                let scope = Rights::OfRolesWithin(permissions(claims.scope.unwrap_or_default()));
                Ok((roles.map_err(|_| wrong)?.into(), scope))
            }
            RoleSource::Mapped { map, scoped, .. } => {
                let roles = values.iter().filter_map(|one| map.get(*one)).cloned().collect();
                let rights = match (scoped, claims.scope) {
                    (false, _) => Rights::OfRoles,
                    (true, scope) => Rights::OfRolesWithin(permissions(scope.unwrap_or_default())),
                };
                Ok((roles, rights))
            }
        }
    }
}

/// The permissions among the words of a scope; other words stand for nothing here.
pub(super) fn permissions(scope: &str) -> Permissions {
    scope.split(' ').filter_map(|word| word.parse::<Permission>().ok()).collect()
}
