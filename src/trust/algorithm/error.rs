//! Why a key or a signature was refused.

use std::error::Error;
use std::fmt;

/// Why the numbers of a public key were refused. Each variant is one rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// The RSA exponent is even, so it has no inverse (RFC 8017 section 3.1).
    ExponentEven,
    /// The RSA exponent is 2^33 or more: a verification would take too long.
    ExponentTooLarge,
    /// The RSA exponent is 0 or 1. With 1 every message is its own signature.
    ExponentTooSmall,
    /// The RSA modulus is even, so it is not a product of two odd primes (RFC 8017 section 3.1).
    ModulusEven,
    /// The RSA modulus has more than 8192 bits: a verification would take too long.
    ModulusTooLarge {
        /// Bits of the modulus.
        bits: usize,
    },
    /// The RSA modulus has fewer than 512 bits.
    ModulusTooSmall {
        /// Bits of the modulus.
        bits: usize,
    },
    /// The point is infinity, which is no public key (SEC 1 section 3.2.2.1 step 1).
    PointAtInfinity,
    /// The point is neither a compressed nor an uncompressed one of the right length (SEC 1
    /// section 2.3.4).
    PointMalformed,
    /// The point is not on the curve, or a coordinate is not below the prime (SEC 1 section 3.2.2.1
    /// steps 2 and 3).
    PointOffCurve,
}

impl fmt::Display for KeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExponentEven => formatter.write_str("the RSA exponent is even"),
            Self::ExponentTooLarge => formatter.write_str("the RSA exponent is 2^33 or more"),
            Self::ExponentTooSmall => formatter.write_str("the RSA exponent is below 3"),
            Self::ModulusEven => formatter.write_str("the RSA modulus is even"),
            Self::ModulusTooLarge { bits } => {
                write!(formatter, "the RSA modulus has {bits} bits, more than 8192")
            }
            Self::ModulusTooSmall { bits } => {
                write!(formatter, "the RSA modulus has {bits} bits, fewer than 512")
            }
            Self::PointAtInfinity => formatter.write_str("the public point is infinity"),
            Self::PointMalformed => formatter.write_str("the public point is malformed"),
            Self::PointOffCurve => formatter.write_str("the public point is not on the curve"),
        }
    }
}

impl Error for KeyError {}

/// Why a signature was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignatureError {
    /// The signature is not by this key over this message, or not in the form the scheme asks for.
    Mismatch,
    /// The key is for RSA and the scheme for ECDSA, or the other way round.
    WrongKeyType,
    /// An ECDSA signature is not the strict DER of two integers (RFC 3279 section 2.2.3).
    WronglyEncoded,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Mismatch => "the signature does not match",
            Self::WrongKeyType => "the key is not of the kind the signature scheme needs",
            Self::WronglyEncoded => "the signature is not strict DER",
        })
    }
}

impl Error for SignatureError {}
