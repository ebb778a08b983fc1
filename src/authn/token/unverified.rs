//! A token that is only looked at: what it says of itself, true or not.

use crate::encoding;

use super::TokenError;
use super::claims::{self, Claims};
use super::header::Header;
use super::json::Members;
use super::text;

/// A token's parts. Nothing of it was verified, and nothing here makes anybody known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unverified {
    header: Vec<u8>,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

impl Unverified {
    /// Takes `text` apart: three parts, of which the first two are JSON objects without a member that stands twice.
    ///
    /// # Errors
    ///
    /// [`TokenError`], the rule of form that it breaks.
    pub fn read(text: &str) -> Result<Self, TokenError> {
        let parts = text::split(text)?;
        let signature = encoding::from_base64url(parts.signature.as_bytes());
        let signature = signature.ok_or(TokenError::NotBase64url)?;
        Members::read(&parts.header).map_err(|_| TokenError::HeaderMalformed)?;
        claims::members(&parts.claims)?;
        Ok(Self { header: parts.header, claims: parts.claims, signature })
    }

    /// The header, as JSON.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// The claims, as JSON.
    #[must_use]
    pub fn claims(&self) -> &[u8] {
        &self.claims
    }

    /// The first rule that it breaks by what it says, whoever signed it and whenever it is.
    ///
    /// # Errors
    ///
    /// [`TokenError`].
    pub fn rules(&self) -> Result<(), TokenError> {
        Header::read(&self.header)?;
        let members = claims::members(&self.claims)?;
        Claims::read(&members).map(|_| ())
    }

    /// The text that it was read from: there is one way to write a token.
    #[must_use]
    pub fn to_text(&self) -> String {
        let part = |bytes: &[u8]| encoding::base64url(bytes);
        format!("{}.{}.{}", part(&self.header), part(&self.claims), part(&self.signature))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Pair, claims};
    use super::*;
    use crate::authn::token::Algorithm;

    #[test]
    fn a_token_is_shown_as_it_says_and_written_back_as_it_was() {
        let pair = Pair::of(Algorithm::EdDsa);
        let text = pair.sign(&claims());
        let token = Unverified::read(&text).unwrap();
        assert_eq!((token.to_text(), token.rules()), (text, Ok(())));
        assert_eq!(serde_json::from_slice::<serde_json::Value>(token.claims()).unwrap(), claims());
    }

    #[test]
    fn what_breaks_a_rule_can_still_be_looked_at_and_what_is_no_token_cannot() {
        let pair = Pair::of(Algorithm::EdDsa);
        let text = pair.sign_text(r#"{"alg":"none"}"#, "{}");
        let token = Unverified::read(&text).unwrap();
        assert_eq!(token.header(), br#"{"alg":"none"}"#);
        assert_eq!(token.rules(), Err(TokenError::TypeOther));
        let twice = pair.sign_text(r#"{"alg":"none"}"#, r#"{"a":1,"a":1}"#);
        assert_eq!(Unverified::read(&twice), Err(TokenError::ClaimDuplicate));
        assert_eq!(Unverified::read("a.b"), Err(TokenError::NotThreeParts));
    }
}
