//! The three algorithms that tokens are signed with (RFC 7518 section 3.1, RFC 8037), carried out by ring.
//!
//! The token library knows more of them, and takes the token's word for which it is. Here the key says which: the
//! provider that the library calls refuses every other pair.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as LibraryResult};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::rand::SystemRandom;
use ring::signature::{
    self, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// What a key signs with.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Algorithm {
    /// RSA, PKCS #1 v1.5, SHA-256.
    Rs256,
    /// ECDSA on P-256, SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// No such algorithm is taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// The name, as `alg` has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The library's name for it.
    pub(super) const fn library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        }
    }

    /// Ours for the library's, where the key is of its family.
    fn of(library: jsonwebtoken::Algorithm, family: AlgorithmFamily) -> LibraryResult<Self> {
        let found = Self::ALL.into_iter().find(|one| one.library() == library);
        match found {
            Some(one) if library.family() == family => Ok(one),
            Some(_) => Err(ErrorKind::InvalidKeyFormat.into()),
            None => Err(ErrorKind::UnsupportedAlgorithm.into()),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not one of RS256, ES256, EdDSA")
    }
}

impl std::error::Error for UnknownAlgorithm {}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or(UnknownAlgorithm)
    }
}

/// Makes the token library use ring in this process; whether it does. It does not where another part of the process
/// gave it something else before, which must not verify tokens for us.
#[must_use]
pub(super) fn install() -> bool {
    static OURS: OnceLock<bool> = OnceLock::new();
    *OURS.get_or_init(|| PROVIDER.install_default().is_ok())
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    // For the library's own key sets, which are not used: their defaults panic.
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: |_| Err(ErrorKind::UnsupportedAlgorithm.into()),
        rsa_pub_components_from_public_key: |_| Err(ErrorKind::UnsupportedAlgorithm.into()),
        ec_pub_components_from_private_key: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
        ed_pub_components_from_private_key: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
        compute_digest: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    },
};

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the library's signature")]
fn verifier(
    library: &jsonwebtoken::Algorithm,
    key: &DecodingKey,
) -> LibraryResult<Box<dyn JwtVerifier>> {
    let public = match (Algorithm::of(*library, key.family())?, key.kind()) {
        (Algorithm::Rs256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            Public::Rsa(RsaPublicKeyComponents { n: n.clone(), e: e.clone() })
        }
        (Algorithm::Es256, DecodingKeyKind::SecretOrDer(point)) => Public::Ec(point.clone()),
        (Algorithm::EdDsa, DecodingKeyKind::SecretOrDer(point)) => Public::Ed(point.clone()),
        _ => return Err(ErrorKind::InvalidKeyFormat.into()),
    };
    Ok(Box::new(public))
}

enum Public {
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    Ec(Vec<u8>),
    Ed(Vec<u8>),
}

impl Verifier<Vec<u8>> for Public {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        let held = match self {
            // Of 2048 to 8192 bits.
            Self::Rsa(key) => {
                key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Self::Ec(point) => UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature),
            Self::Ed(point) => {
                UnparsedPublicKey::new(&signature::ED25519, point).verify(message, signature)
            }
        };
        held.map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for Public {
    fn algorithm(&self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256.library(),
            Self::Ec(_) => Algorithm::Es256.library(),
            Self::Ed(_) => Algorithm::EdDsa.library(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the library's signature")]
fn signer(
    library: &jsonwebtoken::Algorithm,
    key: &EncodingKey,
) -> LibraryResult<Box<dyn JwtSigner>> {
    let content = key.as_bytes();
    Ok(Box::new(match Algorithm::of(*library, key.family())? {
        Algorithm::Rs256 => {
            Private::Rsa(RsaKeyPair::from_der(content).map_err(|_| ErrorKind::InvalidKeyFormat)?)
        }
        Algorithm::Es256 => {
            let kind = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_pkcs8(kind, content, &SystemRandom::new());
            Private::Ec(pair.map_err(|_| ErrorKind::InvalidEcdsaKey)?)
        }
        Algorithm::EdDsa => Private::Ed(
            Ed25519KeyPair::from_pkcs8(content).map_err(|_| ErrorKind::InvalidEddsaKey)?,
        ),
    }))
}

enum Private {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer<Vec<u8>> for Private {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        // ECDSA needs a fresh secret for each signature, RSA chance against timing: the machine's own, whatever
        // entropy a caller has.
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut out = vec![0; pair.public().modulus_len()];
                let signed = pair.sign(&signature::RSA_PKCS1_SHA256, &random, message, &mut out);
                signed.map(|()| out).map_err(|_| SignatureError::new())
            }
            Self::Ec(pair) => {
                let signed = pair.sign(&random, message).map_err(|_| SignatureError::new())?;
                Ok(signed.as_ref().to_vec())
            }
            Self::Ed(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl JwtSigner for Private {
    fn algorithm(&self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256.library(),
            Self::Ec(_) => Algorithm::Es256.library(),
            Self::Ed(_) => Algorithm::EdDsa.library(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_carried_out_only_with_a_key_that_is_for_it() {
        let (rsa, ec, secret) = (
            DecodingKey::from_rsa_raw_components(&[0xC1; 256], &[1, 0, 1]),
            DecodingKey::from_ec_der(&[4; 65]),
            DecodingKey::from_secret(&[7; 32]),
        );
        let makes = |library, key: &DecodingKey| verifier(&library, key).is_ok();
        assert!(
            makes(jsonwebtoken::Algorithm::RS256, &rsa)
                && makes(jsonwebtoken::Algorithm::ES256, &ec)
        );
        for (library, key) in [
            (jsonwebtoken::Algorithm::ES256, &rsa),
            (jsonwebtoken::Algorithm::EdDSA, &ec),
            (jsonwebtoken::Algorithm::RS256, &ec),
            // The public key as a shared secret.
            (jsonwebtoken::Algorithm::HS256, &secret),
            (jsonwebtoken::Algorithm::HS256, &rsa),
            (jsonwebtoken::Algorithm::RS256, &secret),
            (jsonwebtoken::Algorithm::PS256, &rsa),
            (jsonwebtoken::Algorithm::RS512, &rsa),
            (jsonwebtoken::Algorithm::ES384, &ec),
        ] {
            assert!(!makes(library, key), "{library:?}");
        }
    }
}
