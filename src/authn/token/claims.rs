//! The claims of a token, each of its form (RFC 7519 section 4.1, RFC 9068 section 2.2, RFC 8705 section 3.1).
//!
//! Forms are judged here, and nothing is believed: neither the signature nor the time has been looked at.

use crate::encoding;

use super::TokenError;
use super::error::Claim;
use super::json::{Fault, Json, Members};

/// What a token says.
#[derive(Debug)]
pub(super) struct Claims<'m> {
    pub(super) issuer: &'m str,
    pub(super) audience: Vec<&'m str>,
    pub(super) subject: &'m str,
    pub(super) client: &'m str,
    pub(super) token_id: &'m str,
    /// Seconds since the epoch, as the other two.
    pub(super) issued_at: i64,
    pub(super) expiry: i64,
    pub(super) not_before: Option<i64>,
    /// SHA-256 of the certificate that it is bound to.
    pub(super) bound_to: Option<[u8; 32]>,
    /// `scope`, as it stands there.
    pub(super) scope: Option<&'m str>,
    /// All of them, for those that an issuer has of its own.
    pub(super) members: &'m Members<'m>,
}

/// The latest second: 2^53, above which numbers of JSON are not safe (RFC 8259 section 6).
const LATEST: u64 = 1 << 53;

/// Names in `aud`.
const AUDIENCES: usize = 8;

/// The object that the claims are.
///
/// # Errors
///
/// What is wrong with it as JSON.
pub(super) fn members(bytes: &[u8]) -> Result<Members<'_>, TokenError> {
    Members::read(bytes).map_err(|fault| match fault {
        Fault::Malformed => TokenError::ClaimsMalformed,
        Fault::Duplicate => TokenError::ClaimDuplicate,
        Fault::Deep => TokenError::ClaimsTooDeep,
        Fault::Many => TokenError::ClaimsTooMany,
    })
}

impl<'m> Claims<'m> {
    /// The claims in `members`.
    ///
    /// # Errors
    ///
    /// [`TokenError::ClaimMissing`], [`TokenError::ClaimWrong`], [`TokenError::ConfirmationUnknown`].
    pub(super) fn read(members: &'m Members<'m>) -> Result<Self, TokenError> {
        let text = |claim, most| {
            let text = required(members, claim)?.text();
            text.filter(|text| is_text(text, most)).ok_or(TokenError::ClaimWrong(claim))
        };
        let seconds =
            |claim| seconds(required(members, claim)?).ok_or(TokenError::ClaimWrong(claim));
        let audience = required(members, Claim::Audience)?.texts(AUDIENCES);
        let not_before = members
            .get(Claim::NotBefore.as_str())
            .map(|value| self::seconds(value).ok_or(TokenError::ClaimWrong(Claim::NotBefore)));
        let scope = members.get(Claim::Scope.as_str());
        let scope = scope.map(|value| value.text().ok_or(TokenError::ClaimWrong(Claim::Scope)));
        let issued_at = seconds(Claim::IssuedAt)?;
        let expiry = seconds(Claim::Expiry)?;
        if expiry <= issued_at {
            return Err(TokenError::ClaimWrong(Claim::Expiry));
        }
        Ok(Self {
            issuer: text(Claim::Issuer, 256)?,
            audience: audience
                .filter(|all| !all.is_empty())
                .ok_or(TokenError::ClaimWrong(Claim::Audience))?,
            subject: text(Claim::Subject, 256)?,
            client: text(Claim::Client, 64)?,
            token_id: text(Claim::TokenId, 128)?,
            issued_at,
            expiry,
            not_before: not_before.transpose()?,
            bound_to: bound_to(members.get(Claim::Confirmation.as_str()))?,
            scope: scope.transpose()?,
            members,
        })
    }
}

fn required<'m>(members: &'m Members<'m>, claim: Claim) -> Result<&'m Json<'m>, TokenError> {
    members.get(claim.as_str()).ok_or(TokenError::ClaimMissing(claim))
}

/// Neither empty nor longer than `most` bytes, and nothing in it that a line of a log could be broken with.
pub(super) fn is_text(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn seconds(value: &Json<'_>) -> Option<i64> {
    match value {
        Json::Whole(seconds) if *seconds <= LATEST => i64::try_from(*seconds).ok(),
        _ => None,
    }
}

/// The certificate that `cnf` names. Whatever else `cnf` demands must not be passed over.
fn bound_to(confirmation: Option<&Json<'_>>) -> Result<Option<[u8; 32]>, TokenError> {
    let Some(confirmation) = confirmation else { return Ok(None) };
    let wrong = TokenError::ClaimWrong(Claim::Confirmation);
    let Json::Map(members) = confirmation else { return Err(wrong) };
    if members.iter().any(|(name, _)| name != "x5t#S256") {
        return Err(TokenError::ConfirmationUnknown);
    }
    let text = members.get("x5t#S256").and_then(Json::text).ok_or(wrong)?;
    let digest = encoding::from_base64url(text.as_bytes()).and_then(|bytes| bytes.try_into().ok());
    digest.map(Some).ok_or(wrong)
}

#[cfg(test)]
mod tests;
