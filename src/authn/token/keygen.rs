//! Making private keys. It can take seconds, and is for no thread that answers requests.

use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
    RsaPublicKeyComponents,
};
use rsa::PrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::rand_core::{TryCryptoRng, TryRng};

use crate::entropy::{Entropy, NoEntropy};
use crate::secret::Secret;

use super::algorithm::Algorithm;
use super::key::Public;

/// Bits of an RSA modulus.
const RSA_BITS: usize = 3_072;

/// A private key: PKCS #1 for RSA, PKCS #8 for the others.
pub(super) type Private = Secret<Vec<u8>>;

/// A key cannot be made, or is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyError;

impl fmt::Display for KeyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            "no key could be made: the operating system gave no random bytes, or they made no key",
        )
    }
}

impl std::error::Error for KeyError {}

/// A new private key for `algorithm`.
///
/// # Errors
///
/// [`KeyError`].
pub(super) fn generate(algorithm: Algorithm, entropy: &dyn Entropy) -> Result<Private, KeyError> {
    let random = SystemRandom::new();
    let document = match algorithm {
        Algorithm::Rs256 => return rsa(RSA_BITS, entropy),
        Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random),
        Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&random),
    };
    document.map(|der| Secret::new(der.as_ref().to_vec())).map_err(|_| KeyError)
}

/// A new RSA key of `bits` bits.
///
/// This crate makes the primes and does nothing else: what it lacks against timing (RUSTSEC-2023-0071) is in the
/// operations with a private key, which are ring's here.
pub(super) fn rsa(bits: usize, entropy: &dyn Entropy) -> Result<Private, KeyError> {
    let key = PrivateKey::new(&mut Chance(entropy), bits).map_err(|_| KeyError)?;
    let der = key.to_pkcs1_der().map_err(|_| KeyError)?;
    Ok(Secret::new(der.as_bytes().to_vec()))
}

/// The public half of a private key, where it is one for `algorithm`.
pub(super) fn public(algorithm: Algorithm, private: &Private) -> Result<Public, KeyError> {
    let der = private.expose();
    match algorithm {
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::from_der(der).map_err(|_| KeyError)?;
            let RsaPublicKeyComponents { n, e } = pair.public().into();
            Ok(Public::Rsa(n, e))
        }
        Algorithm::Es256 => {
            let random = SystemRandom::new();
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random);
            let pair = pair.map_err(|_| KeyError)?;
            Public::of_point(pair.public_key().as_ref()).ok_or(KeyError)
        }
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| KeyError)?;
            pair.public_key().as_ref().try_into().map(Public::Ed).map_err(|_| KeyError)
        }
    }
}

/// Entropy as the crate takes it.
struct Chance<'e>(&'e dyn Entropy);

impl TryRng for Chance<'_> {
    type Error = NoEntropy;

    fn try_next_u32(&mut self) -> Result<u32, NoEntropy> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes).map(|()| u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, NoEntropy> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes).map(|()| u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        self.0.fill(out)
    }
}

impl TryCryptoRng for Chance<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[derive(Debug)]
    struct Dry;

    impl Entropy for Dry {
        fn fill(&self, _: &mut [u8]) -> Result<(), NoEntropy> {
            Err(NoEntropy)
        }
    }

    #[test]
    fn a_key_is_for_the_algorithm_it_was_made_for_and_no_other() {
        for made in [Algorithm::Es256, Algorithm::EdDsa] {
            let key = generate(made, &SystemEntropy::new()).unwrap();
            for algorithm in Algorithm::ALL {
                let public = public(algorithm, &key);
                assert_eq!(public.is_ok(), algorithm == made, "{made} {algorithm}");
            }
            assert!(!format!("{key:?}").contains("30"));
        }
    }

    #[test]
    fn without_entropy_there_is_no_rsa_key() {
        assert_eq!(generate(Algorithm::Rs256, &Dry).err(), Some(KeyError));
    }

    #[test]
    fn an_rsa_key_has_the_bits_that_were_asked_for() {
        let key = rsa(2_048, &SystemEntropy::new()).unwrap();
        let Public::Rsa(modulus, exponent) = public(Algorithm::Rs256, &key).unwrap() else {
            panic!("RSA")
        };
        assert_eq!((modulus.len(), modulus[0] >> 7, exponent), (256, 1, vec![1, 0, 1]));
    }
}
