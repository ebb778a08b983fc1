//! Issuing a token (RFC 9068 section 2): never more than the caller holds, never longer than is configured, and bound to
//! the caller's certificate where there is one (RFC 8705 section 3).

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::authn::Method;
use crate::clock::UnixTime;
use crate::encoding;
use crate::entropy::{Entropy, NoEntropy};
use crate::identity::{ClientId, RoleName};
use crate::permission::Permissions;
use crate::secret::Secret;

use super::claims::is_text;
use super::key::KeyId;
use super::settings::seconds;
use super::text::TOKEN_MOST;
use super::{TokenError, Tokens};

/// Who asks for a token, as it has shown itself to be.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Its name.
    pub client: &'a ClientId,
    /// How it is known.
    pub method: Method,
    /// Its roles.
    pub roles: &'a [RoleName],
    /// All that it may do.
    pub held: Permissions,
    /// SHA-256 of its certificate.
    pub peer: Option<[u8; 32]>,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct TokenRequest {
    /// `sub`; the caller's name where nothing else is asked.
    pub subject: Option<String>,
    /// What the token permits; all that the caller holds where nothing else is asked.
    pub scope: Option<Permissions>,
    /// How long it lives; as long as is configured where nothing else is asked.
    pub lifetime: Option<Duration>,
    /// That it is not bound to the caller's certificate.
    pub unbound: bool,
    /// Claims of the caller's own.
    pub claims: Map<String, Value>,
}

/// A token that was issued.
#[derive(Debug)]
pub struct Issued {
    /// Its text, which is shown once and kept nowhere.
    pub text: Secret<String>,
    /// `jti`.
    pub token_id: String,
    /// `sub`.
    pub subject: String,
    /// The key that signed it.
    pub key_id: KeyId,
    /// What it permits.
    pub scope: Permissions,
    /// `exp`.
    pub expiry: UnixTime,
    /// How long it lives.
    pub lifetime: Duration,
    /// The certificate that it is bound to.
    pub bound_to: Option<[u8; 32]>,
}

/// Why no token is issued.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IssueError {
    /// The caller is known by a token or an API key: what they permit ends with them, and would live on in a token.
    ByOther,
    /// A claim of the caller's own has a name that has a meaning already.
    ClaimReserved(String),
    /// The caller's own claims are more than 16, nested more than 4 levels, or longer than 4 KiB.
    ClaimsTooLarge,
    /// Nothing is left to permit.
    Empty,
    /// What was signed does not verify: it does not leave.
    Faulty(TokenError),
    /// More than is configured, or nothing.
    Lifetime(Duration),
    /// It has to be bound to the caller's certificate.
    MustBeBound,
    /// No random bytes.
    NoEntropy(NoEntropy),
    /// No key signs yet.
    NoKey,
    /// `sub` is not 1 to 256 bytes without control characters.
    Subject,
    /// The caller does not hold this itself.
    NotHeld(Permissions),
}

impl fmt::Display for IssueError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByOther => {
                out.write_str("a token is issued to who shows a certificate, not a token or a key")
            }
            Self::ClaimReserved(name) => {
                write!(out, "the claim {name:?} is not for callers to set")
            }
            Self::ClaimsTooLarge => {
                out.write_str("own claims are at most 16, of 4 levels, and of 4 KiB in all")
            }
            Self::Empty => out.write_str("the token would permit nothing"),
            Self::Faulty(error) => write!(out, "the token that was signed does not hold: {error}"),
            Self::Lifetime(most) => {
                write!(out, "a token lives from 1 to {} seconds", most.as_secs())
            }
            Self::MustBeBound => out.write_str(
                "a token has to be bound to the certificate; jwt.allow_unbound is not set",
            ),
            Self::NoEntropy(error) => error.fmt(out),
            Self::NoKey => out.write_str("no key signs yet"),
            Self::NotHeld(missing) => {
                out.write_str("the caller does not hold")?;
                missing.iter().try_for_each(|one| write!(out, " {one}"))
            }
            Self::Subject => {
                out.write_str("a subject is 1 to 256 bytes without control characters")
            }
        }
    }
}

impl std::error::Error for IssueError {}

/// Names that have a meaning: those of tokens, of what is built on them, and of claims that others map to roles.
const RESERVED: [&str; 32] = [
    "acr",
    "act",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "crit",
    "entitlements",
    "exp",
    "groups",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "nonce",
    "permissions",
    "role",
    "roles",
    "scope",
    "scp",
    "sid",
    "status",
    "sub",
    "token_introspection",
    "typ",
    "vc",
];

/// Claims of the caller's own.
const CLAIMS: usize = 16;

/// Bytes of them in all.
const CLAIMS_BYTES: usize = 4 * 1_024;

/// Levels of them.
const CLAIMS_LEVELS: usize = 4;

impl Tokens {
    /// Issues a token to `asker`.
    ///
    /// # Errors
    ///
    /// [`IssueError`], the rule that keeps it from being issued.
    pub fn issue(
        &self,
        asker: &Asker<'_>,
        request: &TokenRequest,
        now: UnixTime,
        entropy: &dyn Entropy,
    ) -> Result<Issued, IssueError> {
        if matches!(asker.method, Method::Jwt | Method::ApiKey) {
            return Err(IssueError::ByOther);
        }
        let scope = scope(asker, request)?;
        let most = self.settings.expiry;
        let lifetime = request.lifetime.unwrap_or(most);
        if lifetime < Duration::from_secs(1) || lifetime > most {
            return Err(IssueError::Lifetime(most));
        }
        if request.unbound && asker.peer.is_some() && !self.settings.allow_unbound {
            return Err(IssueError::MustBeBound);
        }
        let bound_to = asker.peer.filter(|_| !request.unbound);
        let subject = request.subject.as_deref().unwrap_or(asker.client.as_str());
        if !is_text(subject, 256) {
            return Err(IssueError::Subject);
        }
        own_claims(&request.claims)?;
        let mut token_id = [0; 16];
        entropy.fill(&mut token_id).map_err(IssueError::NoEntropy)?;
        let token_id = encoding::base64url(&token_id);
        let expiry = now.plus(seconds(lifetime));
        let roles: Vec<&str> = asker.roles.iter().map(RoleName::as_str).collect();
        let mut claims = request.claims.clone();
        for (name, value) in [
            ("iss", json!(self.settings.issuer)),
            ("aud", json!(self.settings.audience)),
            ("sub", json!(subject)),
            ("client_id", json!(asker.client.as_str())),
            ("iat", json!(now.seconds())),
            ("exp", json!(expiry.seconds())),
            ("jti", json!(token_id)),
            ("roles", json!(roles)),
            ("scope", json!(words(scope))),
        ] {
            claims.insert(name.to_owned(), value);
        }
        if let Some(peer) = &bound_to {
            claims.insert("cnf".to_owned(), json!({"x5t#S256": encoding::base64url(peer)}));
        }
        let (text, key_id) = self.sign(&claims, now)?;
        let subject = subject.to_owned();
        Ok(Issued { text, token_id, subject, key_id, scope, expiry, lifetime, bound_to })
    }

    /// Signs, and reads it back as anybody's: what does not hold must not leave, whether a rule was missed above or a
    /// signature was computed wrongly, which of some kinds of keys gives the key away.
    fn sign(
        &self,
        claims: &Map<String, Value>,
        now: UnixTime,
    ) -> Result<(Secret<String>, KeyId), IssueError> {
        let signer = self.signer.read().unwrap_or_else(PoisonError::into_inner);
        let signer = Arc::clone(signer.as_ref().ok_or(IssueError::NoKey)?);
        let mut header = jsonwebtoken::Header::new(signer.algorithm.library());
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(signer.id.as_str().to_owned());
        let text = jsonwebtoken::encode(&header, claims, &signer.key);
        let text =
            text.map(Secret::new).map_err(|_| IssueError::Faulty(TokenError::SignatureWrong))?;
        if text.expose().len() > TOKEN_MOST {
            return Err(IssueError::ClaimsTooLarge);
        }
        let token = self.verify(text.expose(), now).map_err(IssueError::Faulty)?;
        self.still_holds(&token, token.bound_to(), now).map_err(IssueError::Faulty)?;
        Ok((text, signer.id.clone()))
    }
}

/// What the token permits.
fn scope(asker: &Asker<'_>, request: &TokenRequest) -> Result<Permissions, IssueError> {
    let scope = request.scope.unwrap_or(asker.held);
    if !scope.are_within(asker.held) {
        let missing = scope.iter().filter(|one| !asker.held.contains(*one));
        return Err(IssueError::NotHeld(missing.collect()));
    }
    if scope.is_empty() { Err(IssueError::Empty) } else { Ok(scope) }
}

/// The permissions as the words of a scope.
#[must_use]
pub(super) fn words(scope: Permissions) -> String {
    let words: Vec<&str> = scope.iter().map(crate::permission::Permission::as_str).collect();
    words.join(" ")
}

fn own_claims(claims: &Map<String, Value>) -> Result<(), IssueError> {
    let reserved = claims.keys().find(|name| {
        RESERVED.iter().any(|one| name.eq_ignore_ascii_case(one)) || !is_text(name, 64)
    });
    if let Some(name) = reserved {
        return Err(IssueError::ClaimReserved(name.chars().take(64).collect()));
    }
    let bytes = serde_json::to_vec(claims).map_or(usize::MAX, |bytes| bytes.len());
    let fits = |value: &Value| fits(value, CLAIMS_LEVELS);
    if claims.len() > CLAIMS || bytes > CLAIMS_BYTES || !claims.values().all(fits) {
        return Err(IssueError::ClaimsTooLarge);
    }
    Ok(())
}

/// Whether `value` has at most so many levels, and no object in it more members than may be.
fn fits(value: &Value, levels: usize) -> bool {
    let below = |value: &Value| levels.checked_sub(1).is_some_and(|levels| fits(value, levels));
    match value {
        Value::Array(list) => levels > 0 && list.iter().all(below),
        Value::Object(map) => levels > 0 && map.len() <= CLAIMS && map.values().all(below),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
