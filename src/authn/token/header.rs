//! The header of a token: which key signed it, and nothing else (RFC 9068 section 2.1).
//!
//! Threat: a header is read before anything is verified, and its author wants to choose the key. So it can only name
//! one: `jku`, `jwk`, `x5u`, `x5c` and whatever changes how the token is to be read is refused, not passed over.

use super::TokenError;
use super::algorithm::Algorithm;
use super::json::{Fault, Json, Members};
use super::key::KeyId;

/// What a header says.
#[derive(Debug)]
pub(super) struct Header {
    /// The key.
    pub(super) key_id: KeyId,
    /// What the token claims to be signed with; the key decides.
    pub(super) algorithm: Algorithm,
}

impl Header {
    /// The header in `bytes`.
    ///
    /// # Errors
    ///
    /// [`TokenError`], the rule that it breaks.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, TokenError> {
        let members = Members::read(bytes).map_err(|fault| match fault {
            Fault::Duplicate => TokenError::HeaderDuplicate,
            Fault::Malformed | Fault::Deep | Fault::Many => TokenError::HeaderMalformed,
        })?;
        for (name, _) in members.iter() {
            known(name)?;
        }
        let text = |name: &str, missing: TokenError| {
            members.get(name).ok_or(missing)?.text().ok_or(TokenError::HeaderMalformed)
        };
        let typ = text("typ", TokenError::TypeOther)?;
        let algorithm = text("alg", TokenError::AlgorithmNotAllowed)?;
        let algorithm = algorithm.parse().map_err(|_| refused(algorithm))?;
        if !matches!(typ, "at+jwt" | "application/at+jwt") {
            return Err(TokenError::TypeOther);
        }
        let key_id = match members.get("kid") {
            None | Some(Json::Null) => return Err(TokenError::KeyIdMissing),
            Some(name) => name.text().and_then(KeyId::parse).ok_or(TokenError::KeyIdMalformed)?,
        };
        Ok(Self { key_id, algorithm })
    }
}

/// Refuses every member but the three that are known, each with its reason.
fn known(name: &str) -> Result<(), TokenError> {
    Err(match name {
        "typ" | "alg" | "kid" => return Ok(()),
        "b64" => TokenError::HeaderUnencoded,
        "crit" => TokenError::HeaderCritical,
        "jku" => TokenError::HeaderKeyUrl,
        "jwk" => TokenError::HeaderKey,
        "x5c" => TokenError::HeaderCertificate,
        "x5u" => TokenError::HeaderCertificateUrl,
        "zip" => TokenError::HeaderCompressed,
        _ => TokenError::HeaderUnknown,
    })
}

/// Why this is no `alg` that is taken.
fn refused(name: &str) -> TokenError {
    let begins = |with: &str| name.get(..with.len()).is_some_and(|s| s.eq_ignore_ascii_case(with));
    if name.eq_ignore_ascii_case("none") {
        TokenError::AlgorithmNone
    } else if begins("HS") {
        TokenError::AlgorithmSymmetric
    } else {
        TokenError::AlgorithmNotAllowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Header, TokenError> {
        Header::read(text.as_bytes())
    }

    #[test]
    fn a_header_names_type_algorithm_and_key() {
        for kind in ["at+jwt", "application/at+jwt"] {
            let header =
                read(&format!(r#"{{"typ":"{kind}","alg":"ES256","kid":"a_B-9"}}"#)).unwrap();
            assert_eq!((header.algorithm, header.key_id.as_str()), (Algorithm::Es256, "a_B-9"));
        }
    }

    #[test]
    fn none_is_refused_in_any_case_and_so_is_a_shared_secret() {
        for (alg, error) in [
            ("none", TokenError::AlgorithmNone),
            ("None", TokenError::AlgorithmNone),
            ("NONE", TokenError::AlgorithmNone),
            ("nOnE", TokenError::AlgorithmNone),
            ("HS256", TokenError::AlgorithmSymmetric),
            ("hs512", TokenError::AlgorithmSymmetric),
            ("RS512", TokenError::AlgorithmNotAllowed),
            ("rs256", TokenError::AlgorithmNotAllowed),
            ("PS256", TokenError::AlgorithmNotAllowed),
            ("ES256 ", TokenError::AlgorithmNotAllowed),
            ("", TokenError::AlgorithmNotAllowed),
        ] {
            let header = read(&format!(r#"{{"typ":"at+jwt","alg":"{alg}","kid":"k"}}"#));
            assert_eq!(header.unwrap_err(), error, "{alg}");
        }
    }

    #[test]
    fn a_header_that_brings_its_own_key_or_changes_the_reading_is_refused_with_the_reason() {
        for (member, error) in [
            (r#""jku":"https://x.example/jwks""#, TokenError::HeaderKeyUrl),
            (r#""x5u":"https://x.example/c""#, TokenError::HeaderCertificateUrl),
            (r#""jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, TokenError::HeaderKey),
            (r#""x5c":["MIIB"]"#, TokenError::HeaderCertificate),
            (r#""crit":["exp"]"#, TokenError::HeaderCritical),
            (r#""crit":[]"#, TokenError::HeaderCritical),
            (r#""b64":false"#, TokenError::HeaderUnencoded),
            (r#""zip":"DEF""#, TokenError::HeaderCompressed),
            (r#""cty":"JWT""#, TokenError::HeaderUnknown),
            (r#""Alg":"none""#, TokenError::HeaderUnknown),
            (r#""alg":"none""#, TokenError::HeaderDuplicate),
            (r#""\u0061lg":"none""#, TokenError::HeaderDuplicate),
        ] {
            let header = read(&format!(r#"{{"typ":"at+jwt","alg":"RS256","kid":"k",{member}}}"#));
            assert_eq!(header.unwrap_err(), error, "{member}");
        }
    }

    #[test]
    fn a_key_is_named_by_plain_characters_and_looked_up_as_they_are() {
        let long = "k".repeat(129);
        for bad in [
            "",
            "../../etc/passwd",
            "a/b",
            "a'b",
            r#"a\"b"#,
            "a b",
            "a.b",
            r"a\u0000",
            "ä",
            long.as_str(),
        ] {
            let header = read(&format!(r#"{{"typ":"at+jwt","alg":"RS256","kid":"{bad}"}}"#));
            assert_eq!(header.unwrap_err(), TokenError::KeyIdMalformed, "{bad}");
        }
        assert!(
            read(&format!(r#"{{"typ":"at+jwt","alg":"RS256","kid":"{}"}}"#, &long[1..])).is_ok()
        );
        for kid in ["", r#","kid":null"#] {
            let header = read(&format!(r#"{{"typ":"at+jwt","alg":"RS256"{kid}}}"#));
            assert_eq!(header.unwrap_err(), TokenError::KeyIdMissing);
        }
    }

    #[test]
    fn another_type_of_token_is_refused() {
        for kind in [r#""typ":"JWT","#, r#""typ":"AT+JWT","#, r#""typ":"id+jwt","#, ""] {
            let header = read(&format!(r#"{{{kind}"alg":"RS256","kid":"k"}}"#));
            assert_eq!(header.unwrap_err(), TokenError::TypeOther, "{kind}");
        }
        for bad in [
            r#"{"typ":1,"alg":"RS256","kid":"k"}"#,
            r#"{"typ":"at+jwt","alg":["RS256"],"kid":"k"}"#,
            "[]",
        ] {
            assert_eq!(read(bad).unwrap_err(), TokenError::HeaderMalformed, "{bad}");
        }
    }
}
