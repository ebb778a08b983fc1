//! The elliptic curves that passport certificates use, by name and by number.

use std::fmt;

use super::ecdsa;

/// A curve a public key may be on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Curve {
    /// NIST P-224, also `secp224r1`.
    P224,
    /// NIST P-256, also `secp256r1` and `prime256v1`.
    P256,
    /// NIST P-384, also `secp384r1`.
    P384,
    /// NIST P-521, also `secp521r1`.
    P521,
    /// `brainpoolP224r1` (RFC 5639 section 3.3).
    BrainpoolP224r1,
    /// `brainpoolP256r1` (RFC 5639 section 3.4).
    BrainpoolP256r1,
    /// `brainpoolP320r1` (RFC 5639 section 3.5).
    BrainpoolP320r1,
    /// `brainpoolP384r1` (RFC 5639 section 3.6).
    BrainpoolP384r1,
    /// `brainpoolP512r1` (RFC 5639 section 3.7).
    BrainpoolP512r1,
}

impl Curve {
    /// Every curve, for a caller that looks one up by its numbers or its name.
    pub const ALL: [Self; 9] = [
        Self::P224,
        Self::P256,
        Self::P384,
        Self::P521,
        Self::BrainpoolP224r1,
        Self::BrainpoolP256r1,
        Self::BrainpoolP320r1,
        Self::BrainpoolP384r1,
        Self::BrainpoolP512r1,
    ];

    /// The usual name, such as `P-256` or `brainpoolP384r1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::P224 => "P-224",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::BrainpoolP224r1 => "brainpoolP224r1",
            Self::BrainpoolP256r1 => "brainpoolP256r1",
            Self::BrainpoolP320r1 => "brainpoolP320r1",
            Self::BrainpoolP384r1 => "brainpoolP384r1",
            Self::BrainpoolP512r1 => "brainpoolP512r1",
        }
    }

    /// The object identifier of `namedCurve`, dotted (RFC 5480 section 2.1.1.1, RFC 5639 section 4.1).
    #[must_use]
    pub const fn oid(self) -> &'static str {
        match self {
            Self::P224 => "1.3.132.0.33",
            Self::P256 => "1.2.840.10045.3.1.7",
            Self::P384 => "1.3.132.0.34",
            Self::P521 => "1.3.132.0.35",
            Self::BrainpoolP224r1 => "1.3.36.3.3.2.8.1.1.5",
            Self::BrainpoolP256r1 => "1.3.36.3.3.2.8.1.1.7",
            Self::BrainpoolP320r1 => "1.3.36.3.3.2.8.1.1.9",
            Self::BrainpoolP384r1 => "1.3.36.3.3.2.8.1.1.11",
            Self::BrainpoolP512r1 => "1.3.36.3.3.2.8.1.1.13",
        }
    }

    /// Bits of the prime and, for these curves, of the order.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::P224 | Self::BrainpoolP224r1 => 224,
            Self::P256 | Self::BrainpoolP256r1 => 256,
            Self::BrainpoolP320r1 => 320,
            Self::P384 | Self::BrainpoolP384r1 => 384,
            Self::BrainpoolP512r1 => 512,
            Self::P521 => 521,
        }
    }

    /// Bytes of a field element, so of a coordinate in a SEC 1 point.
    #[must_use]
    pub fn field_bytes(self) -> usize {
        self.parameters().prime.len()
    }

    /// The numbers that define the curve.
    #[must_use]
    pub fn parameters(self) -> &'static DomainParameters {
        ecdsa::domain(self)
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The numbers that define a curve, to match explicit `ECParameters` as a whole.
///
/// All of them must match: a certificate that keeps a well-known prime and equation but brings its
/// own generator can be made for any public key at will (CVE-2020-0601).
///
/// Big-endian, each exactly [`Curve::field_bytes`] long; the order is so too for these curves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DomainParameters {
    /// The prime `p` of the field.
    pub prime: &'static [u8],
    /// The coefficient `a` of `y^2 = x^3 + a x + b`.
    pub a: &'static [u8],
    /// The coefficient `b`.
    pub b: &'static [u8],
    /// The affine `x` of the generator.
    pub generator_x: &'static [u8],
    /// The affine `y` of the generator.
    pub generator_y: &'static [u8],
    /// The order `n` of the generator.
    pub order: &'static [u8],
    /// The number of points divided by the order.
    pub cofactor: u8,
}
