//! What a request shows beside its client's certificate: a bearer token (RFC 6750 section 2.1), an API key, or neither.
//!
//! Threat: a request that two programs read differently. So a second credential is refused, and so is one that is not
//! of the form that its scheme has.

use crate::authn::AuthnError;

/// A credential as it was sent.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Credential<'a> {
    /// None.
    None,
    /// `Authorization: Bearer`, the token.
    Bearer(&'a str),
    /// `X-API-Key`.
    Key(&'a str),
}

/// Most characters of a credential: no token or key that is taken has more.
const MOST: usize = 16 * 1024;

impl<'a> Credential<'a> {
    /// The one credential in the headers `Authorization` and `X-API-Key`.
    ///
    /// # Errors
    ///
    /// [`AuthnError::TwoCredentials`], [`AuthnError::UnknownScheme`], or [`AuthnError::MalformedCredential`].
    pub fn read(authorization: Option<&'a str>, key: Option<&'a str>) -> Result<Self, AuthnError> {
        match (authorization, key) {
            (None, None) => Ok(Self::None),
            (Some(_), Some(_)) => Err(AuthnError::TwoCredentials),
            (Some(header), None) => bearer(header).map(Self::Bearer),
            (None, Some(key)) if key.is_empty() || key.len() > MOST => {
                Err(AuthnError::MalformedCredential)
            }
            (None, Some(key)) => Ok(Self::Key(key)),
        }
    }
}

/// The token of an `Authorization` header: the scheme in any case, spaces, then `b64token`.
fn bearer(header: &str) -> Result<&str, AuthnError> {
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(AuthnError::UnknownScheme);
    }
    let token = token.trim_start_matches(' ');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || token.len() > MOST || !token.bytes().all(plain) {
        return Err(AuthnError::MalformedCredential);
    }
    Ok(token)
}

/// Nothing of it: it is a secret.
impl std::fmt::Debug for Credential<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer([redacted])",
            Self::Key(_) => "Key([redacted])",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_credential_of_the_form_that_its_scheme_has_is_read() {
        for header in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c"] {
            assert_eq!(Credential::read(Some(header), None), Ok(Credential::Bearer("a.b.c")));
        }
        assert_eq!(Credential::read(None, Some("tsk_x")), Ok(Credential::Key("tsk_x")));
        assert_eq!(Credential::read(None, None), Ok(Credential::None));
    }

    #[test]
    fn whatever_else_stands_there_is_refused() {
        use AuthnError::{MalformedCredential, TwoCredentials, UnknownScheme};
        assert_eq!(Credential::read(Some("Bearer a"), Some("tsk_x")), Err(TwoCredentials));
        assert_eq!(Credential::read(Some(""), Some("")), Err(TwoCredentials));
        for (header, error) in [
            ("", UnknownScheme),
            ("Basic dXNlcjpwYXNz", UnknownScheme),
            ("Bearera.b.c", UnknownScheme),
            ("Bearer", MalformedCredential),
            ("Bearer ", MalformedCredential),
            ("Bearer a b", MalformedCredential),
            ("Bearer a,Bearer b", MalformedCredential),
            ("Bearer a\tb", MalformedCredential),
            ("Bearer \"a\"", MalformedCredential),
        ] {
            assert_eq!(Credential::read(Some(header), None), Err(error), "{header:?}");
        }
        let long = "a".repeat(MOST + 1);
        let header = format!("Bearer {long}");
        assert_eq!(Credential::read(Some(&header), None), Err(MalformedCredential));
        assert_eq!(Credential::read(None, Some(&long)), Err(MalformedCredential));
        assert_eq!(Credential::read(None, Some("")), Err(MalformedCredential));
    }

    #[test]
    fn debug_output_shows_nothing_of_it() {
        let text = format!("{:?}{:?}", Credential::Bearer("hunter2"), Credential::Key("hunter2"));
        assert!(!text.contains("hunter2"), "{text}");
    }
}
