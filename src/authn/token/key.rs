//! Public keys: named, each for one algorithm, and read from JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037).

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use jsonwebtoken::DecodingKey;
use ring::digest::{SHA256, digest};

use crate::encoding;

use super::TokenError;
use super::algorithm::Algorithm;

/// The name of a key: 1 to 128 characters of `[A-Za-z0-9_-]`. Ours are their RFC 7638 thumbprints.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId(Box<str>);

/// The numbers of a public key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Public {
    /// Modulus and exponent, big-endian, without zero octets in front.
    Rsa(Vec<u8>, Vec<u8>),
    /// The two coordinates of a point on P-256.
    Ec([u8; 32], [u8; 32]),
    /// A point of Ed25519.
    Ed([u8; 32]),
}

/// A public key of an issuer.
#[derive(Debug)]
pub(super) struct VerifyingKey {
    id: KeyId,
    public: Public,
    decoding: DecodingKey,
    /// No longer taken: a token that it verified before is none now.
    gone: AtomicBool,
    generation: u64,
}

impl KeyId {
    /// The name, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.into()))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Public {
    /// What it is for. RSA keys are taken for RS256 alone (RFC 8725 section 3.1: one key, one algorithm).
    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(..) => Algorithm::Rs256,
            Self::Ec(..) => Algorithm::Es256,
            Self::Ed(_) => Algorithm::EdDsa,
        }
    }

    /// The key at this point of P-256, written without compression (SEC 1 section 2.3.3).
    pub(super) fn of_point(point: &[u8]) -> Option<Self> {
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
        Some(Self::Ec(x.try_into().ok()?, y.try_into().ok()?))
    }

    /// The members that define it, in the order of RFC 7638 section 3, in which they are hashed.
    pub(super) fn json(&self) -> String {
        match self {
            Self::Rsa(n, e) => format!(
                r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
                encoding::base64url(e),
                encoding::base64url(n)
            ),
            Self::Ec(x, y) => format!(
                r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                encoding::base64url(x),
                encoding::base64url(y)
            ),
            Self::Ed(x) => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encoding::base64url(x))
            }
        }
    }

    /// SHA-256 over [`Self::json`], in base64url (RFC 7638; for Ed25519 RFC 8037 appendix A.3).
    pub(super) fn thumbprint(&self) -> KeyId {
        KeyId(encoding::base64url(digest(&SHA256, self.json().as_bytes()).as_ref()).into())
    }
}

impl VerifyingKey {
    /// The key `public` by the name `id`; `generation` numbers the keys of an issuer.
    pub(super) fn new(id: KeyId, public: Public, generation: u64) -> Self {
        let decoding = match &public {
            Public::Rsa(n, e) => DecodingKey::from_rsa_raw_components(n, e),
            Public::Ec(x, y) => DecodingKey::from_ec_der(&[&[4], x.as_slice(), y].concat()),
            Public::Ed(x) => DecodingKey::from_ed_der(x),
        };
        Self { id, public, decoding, gone: AtomicBool::new(false), generation }
    }

    pub(super) fn id(&self) -> &KeyId {
        &self.id
    }

    pub(super) fn public(&self) -> &Public {
        &self.public
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// From now on nothing that it signed is taken, verified before or not.
    pub(super) fn retire_for_good(&self) {
        self.gone.store(true, Ordering::Release);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// Verifies `signature`, in base64url, over `signed`.
    pub(super) fn verify(&self, signed: &str, signature: &str) -> Result<(), TokenError> {
        let algorithm = self.algorithm().library();
        match jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &self.decoding, algorithm)
        {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(TokenError::SignatureWrong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_the_one_of_rfc_7638_section_3_1() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRX\
                 jBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSq\
                 zs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHa\
                 Q-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let public = Public::Rsa(encoding::from_base64url(n.as_bytes()).unwrap(), vec![1, 0, 1]);
        assert_eq!(public.thumbprint().as_str(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn the_thumbprint_of_ed25519_is_the_one_of_rfc_8037_appendix_a_3() {
        let x = encoding::from_base64url(b"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let public = Public::Ed(x.try_into().unwrap());
        assert_eq!(public.thumbprint().as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
