//! An RSA key: ring verifies what it can, the paddings of [`super::padding`] the rest.

use std::hash::{Hash as StdHash, Hasher};
use std::sync::OnceLock;

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents};

use super::{Hash, KeyError, SignatureError, padding};

/// A modulus of 512 to 8192 bits and an odd exponent of 3 to 2^33 - 1.
#[derive(Clone, Debug)]
pub struct RsaKey {
    /// Big-endian, without leading zeros.
    modulus: Box<[u8]>,
    /// Big-endian, without leading zeros.
    exponent: Box<[u8]>,
    bits: u32,
    /// Made when first needed, as ring makes its own; `None` inside cannot happen for an odd modulus
    /// and refuses every signature.
    montgomery: OnceLock<Option<BoxedMontyParams>>,
}

impl RsaKey {
    /// Takes the two numbers, big-endian; leading zeros do not matter.
    ///
    /// Keys too weak to trust are let in, so that a signer can be recognised before it is judged.
    ///
    /// # Errors
    ///
    /// The [`KeyError`] of the first rule that is broken.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let modulus = without_leading_zeros(modulus);
        let exponent = without_leading_zeros(exponent);
        let bits = bit_len(modulus);
        if bits < MIN_MODULUS_BITS {
            return Err(KeyError::ModulusTooSmall { bits });
        }
        if bits > MAX_MODULUS_BITS {
            return Err(KeyError::ModulusTooLarge { bits });
        }
        if is_even(modulus) {
            return Err(KeyError::ModulusEven);
        }
        if bit_len(exponent) > MAX_EXPONENT_BITS {
            return Err(KeyError::ExponentTooLarge);
        }
        if bit_len(exponent) < 2 {
            return Err(KeyError::ExponentTooSmall);
        }
        if is_even(exponent) {
            return Err(KeyError::ExponentEven);
        }
        Ok(Self {
            modulus: Box::from(modulus),
            exponent: Box::from(exponent),
            bits: u32::try_from(bits).unwrap_or(u32::MAX),
            montgomery: OnceLock::new(),
        })
    }

    /// Bits of the modulus.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// The modulus, big-endian without leading zeros.
    #[must_use]
    pub const fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The exponent, big-endian without leading zeros.
    #[must_use]
    pub const fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    pub(super) fn verify_pkcs1(
        &self,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        if let Some(parameters) = pkcs1_in_ring(self.bits, hash) {
            return self.verify_in_ring(parameters, message, signature);
        }
        let encoded = self.public_operation(signature).ok_or(SignatureError::Mismatch)?;
        let accepted = padding::is_pkcs1(&encoded, hash, message);
        if accepted { Ok(()) } else { Err(SignatureError::Mismatch) }
    }

    pub(super) fn verify_pss(
        &self,
        hash: Hash,
        mgf_hash: Hash,
        salt_len: u32,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let salt_len = usize::try_from(salt_len).map_err(|_| SignatureError::Mismatch)?;
        let usual = hash == mgf_hash && salt_len == hash.digest_len();
        if let Some(parameters) = pss_in_ring(self.bits, hash).filter(|_| usual) {
            return self.verify_in_ring(parameters, message, signature);
        }
        let encoded = self.public_operation(signature).ok_or(SignatureError::Mismatch)?;
        let pss = padding::Pss { hash, mgf_hash, salt_len };
        let accepted = pss.matches(&encoded, self.bits, message);
        if accepted { Ok(()) } else { Err(SignatureError::Mismatch) }
    }

    fn verify_in_ring(
        &self,
        parameters: &RsaParameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent }
            .verify(parameters, message, signature)
            .map_err(|ring::error::Unspecified| SignatureError::Mismatch)
    }

    /// RSAVP1 (RFC 8017 section 5.2.2): as many bytes as the modulus has. `None` if `signature` is
    /// of another length or not below the modulus.
    fn public_operation(&self, signature: &[u8]) -> Option<Box<[u8]>> {
        if signature.len() != self.modulus.len() || signature >= &*self.modulus {
            return None;
        }
        let montgomery = self.montgomery.get_or_init(|| {
            let modulus = BoxedUint::from_be_slice_vartime(&self.modulus);
            Odd::new(modulus).into_option().map(BoxedMontyParams::new)
        });
        let base =
            BoxedMontyForm::new(BoxedUint::from_be_slice_vartime(signature), montgomery.as_ref()?);
        let mut power = BoxedMontyForm::one(base.params());
        for byte in &self.exponent {
            for bit in (0..8).rev() {
                power = power.square();
                if byte >> bit & 1 == 1 {
                    power = power.mul(&base);
                }
            }
        }
        let bytes = power.retrieve().to_be_bytes();
        let start = bytes.len().checked_sub(self.modulus.len())?;
        bytes.get(start..).map(Box::from)
    }
}

impl Eq for RsaKey {}

impl PartialEq for RsaKey {
    fn eq(&self, other: &Self) -> bool {
        self.modulus == other.modulus && self.exponent == other.exponent
    }
}

impl StdHash for RsaKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.modulus.hash(state);
        self.exponent.hash(state);
    }
}

/// ring's parameters for a modulus of so many bits, if it has any.
fn pkcs1_in_ring(bits: u32, hash: Hash) -> Option<&'static RsaParameters> {
    match (bits, hash) {
        (2048.., Hash::Sha1) => Some(&signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (2048.., Hash::Sha256) => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        (2048.., Hash::Sha384) => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        (2048.., Hash::Sha512) => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        (1024.., Hash::Sha1) => Some(&signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (1024.., Hash::Sha256) => Some(&signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        (1024.., Hash::Sha512) => Some(&signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        _ => None,
    }
}

/// ring's parameters for a salt as long as the hash and the same hash in MGF1, if it has any.
fn pss_in_ring(bits: u32, hash: Hash) -> Option<&'static RsaParameters> {
    match (bits, hash) {
        (2048.., Hash::Sha256) => Some(&signature::RSA_PSS_2048_8192_SHA256),
        (2048.., Hash::Sha384) => Some(&signature::RSA_PSS_2048_8192_SHA384),
        (2048.., Hash::Sha512) => Some(&signature::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or_default()
}

/// Bits of a big-endian number without leading zeros.
fn bit_len(bytes: &[u8]) -> usize {
    let leading = bytes.first().map_or(0, |byte| byte.leading_zeros());
    bytes.len().saturating_mul(8).saturating_sub(usize::try_from(leading).unwrap_or(0))
}

fn is_even(bytes: &[u8]) -> bool {
    bytes.last().is_none_or(|byte| byte & 1 == 0)
}

/// The exponent stays below 2^33, as in ring.
const MAX_EXPONENT_BITS: usize = 33;
const MAX_MODULUS_BITS: usize = 8192;
const MIN_MODULUS_BITS: usize = 512;
