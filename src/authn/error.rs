//! Why a caller is nobody.

use std::fmt;

use super::api_key::ApiKeyError;
use super::token::TokenError;

/// Why no principal was made.
///
/// Goes to the record. The caller sees the same refusal whichever it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AuthnError {
    /// The API key is not taken.
    ApiKey(ApiKeyError),
    /// So many attempts on this account failed from this address that for a while none is looked at.
    LockedOut,
    /// The credential is not of the form that its scheme has.
    MalformedCredential,
    /// Neither a certificate nor anything else was shown.
    NoCredential,
    /// The user of this machine is none of those who may administer the service.
    NotAnAdministrator,
    /// Credentials of this kind are not taken here.
    NotTaken,
    /// The certificate verifies, but no rule of the policy names its holder.
    NotOnTheList,
    /// The certificate is not in force any more, or has been revoked, since the connection began.
    NoLongerValid,
    /// The bearer token is not taken.
    Token(TokenError),
    /// A bearer token and an API key at once: which of them counts is anybody's guess.
    TwoCredentials,
    /// `Authorization` has another scheme than `Bearer`.
    UnknownScheme,
}

impl AuthnError {
    /// A short code for records and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ApiKey(error) => error.code(),
            Self::LockedOut => "locked_out",
            Self::NotTaken => "not_taken",
            Self::Token(error) => error.code(),
            Self::MalformedCredential => "malformed_credential",
            Self::NoCredential => "no_credential",
            Self::NotAnAdministrator => "not_an_administrator",
            Self::NotOnTheList => "not_on_the_list",
            Self::NoLongerValid => "no_longer_valid",
            Self::TwoCredentials => "two_credentials",
            Self::UnknownScheme => "unknown_scheme",
        }
    }
}

impl fmt::Display for AuthnError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ApiKey(error) => return error.fmt(out),
            Self::Token(error) => return error.fmt(out),
            Self::LockedOut => "too many attempts on this account failed from this address",
            Self::NotTaken => "credentials of this kind are not taken here",
            Self::MalformedCredential => "the credential is not of the form that its scheme has",
            Self::NoCredential => "no credential was shown",
            Self::NotAnAdministrator => "the user is none of the administrators of the policy",
            Self::NotOnTheList => "no client rule of the policy matches the certificate",
            Self::NoLongerValid => {
                "the certificate is expired or revoked since the connection began"
            }
            Self::TwoCredentials => "a bearer token and an API key were shown at once",
            Self::UnknownScheme => "Authorization has another scheme than Bearer",
        })
    }
}

impl std::error::Error for AuthnError {}
