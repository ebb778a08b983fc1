//! A token as text: three parts of base64url with dots between (RFC 7515 section 7.1), written in the one way in which
//! they can be, so that one token has one text and one name in a cache.

use crate::encoding;

use super::TokenError;

/// Most bytes of a token.
pub const TOKEN_MOST: usize = 16 * 1_024;

/// The parts of a token.
#[derive(Debug)]
pub(super) struct Parts<'t> {
    /// The header, decoded.
    pub(super) header: Vec<u8>,
    /// The claims, decoded.
    pub(super) claims: Vec<u8>,
    /// What is signed: header and claims with their dot, as they came.
    pub(super) signed: &'t str,
    /// The signature, still encoded; that it is base64url was looked at.
    pub(super) signature: &'t str,
}

/// Takes a token apart.
///
/// # Errors
///
/// [`TokenError::TooLong`] before anything else is looked at, [`TokenError::NotThreeParts`],
/// [`TokenError::NotBase64url`].
pub(super) fn split(text: &str) -> Result<Parts<'_>, TokenError> {
    if text.len() > TOKEN_MOST {
        return Err(TokenError::TooLong);
    }
    let (signed, signature) = text.rsplit_once('.').ok_or(TokenError::NotThreeParts)?;
    let (header, claims) = signed.split_once('.').ok_or(TokenError::NotThreeParts)?;
    if claims.contains('.') || [header, claims, signature].iter().any(|part| part.is_empty()) {
        return Err(TokenError::NotThreeParts);
    }
    let decode =
        |part: &str| encoding::from_base64url(part.as_bytes()).ok_or(TokenError::NotBase64url);
    decode(signature)?;
    Ok(Parts { header: decode(header)?, claims: decode(claims)?, signed, signature })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_parts_of_canonical_base64url_are_taken_apart() {
        let parts = split("e30.e30.AAA").unwrap();
        assert_eq!((parts.header.as_slice(), parts.claims.as_slice()), (&b"{}"[..], &b"{}"[..]));
        assert_eq!((parts.signed, parts.signature), ("e30.e30", "AAA"));
    }

    #[test]
    fn one_megabyte_is_refused_before_anything_is_looked_at() {
        assert_eq!(split(&"a.".repeat(512 * 1_024)).unwrap_err(), TokenError::TooLong);
        // On either side of the bound: the last of them has parts that are looked at.
        let exact = format!("e30.{}.AAAA", "A".repeat(TOKEN_MOST - 9));
        assert_eq!(exact.len(), TOKEN_MOST);
        assert_ne!(split(&exact).err(), Some(TokenError::TooLong));
        assert_eq!(split(&format!("{exact}A")).unwrap_err(), TokenError::TooLong);
    }

    #[test]
    fn other_than_three_parts_are_no_token() {
        for bad in [
            "",
            ".",
            "..",
            "e30",
            "e30.e30",
            "e30.e30.",
            ".e30.AAA",
            "e30..AAA",
            "e30.e30.AAA.",
            "a.b.c.d.e",
        ] {
            assert_eq!(split(bad).unwrap_err(), TokenError::NotThreeParts, "{bad:?}");
        }
    }

    #[test]
    fn padding_other_alphabets_and_bits_left_over_are_refused_in_every_part() {
        for bad in ["e30=", "e3+0", "e3/0", "e31", "e3 0", "e30\n", "e", "é30"] {
            for text in
                [format!("{bad}.e30.AAA"), format!("e30.{bad}.AAA"), format!("e30.e30.{bad}")]
            {
                assert_eq!(split(&text).unwrap_err(), TokenError::NotBase64url, "{text:?}");
            }
        }
    }
}
