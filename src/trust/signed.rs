//! What X.509 signs, be it a certificate or a CRL: a signed part, an algorithm, and the signature.
//!
//! Threat: the algorithm and the signature stand outside the signed part, where anybody may write. So they have one
//! accepted form, and whether the algorithm is the one that the signed part names is told octet by octet.

use super::algorithm::Scheme;
use super::der::{self, DerError, Element, Reader};
use super::spki::{self, SchemeError};

/// `SEQUENCE { signed part, AlgorithmIdentifier, BIT STRING }` (RFC 5280 sections 4.1.1 and 5.1.1).
#[derive(Debug)]
pub(super) struct Signed<'a> {
    /// The signed part, header and all.
    pub(super) part: Element<'a>,
    /// The signature's octets.
    pub(super) signature: &'a [u8],
    algorithm: &'a [u8],
    kind: &'a [u8],
    parameters: Option<Element<'a>>,
}

impl<'a> Signed<'a> {
    /// Takes `der` apart.
    ///
    /// # Errors
    ///
    /// Where it has any other form.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, DerError> {
        let mut outer = Reader::new(der);
        let mut fields = outer.inside(der::SEQUENCE)?;
        outer.end()?;
        let part = fields.take(der::SEQUENCE)?;
        let algorithm = fields.take(der::SEQUENCE)?;
        let signature = fields.bit_string()?;
        fields.end()?;
        let mut identifier = algorithm.reader();
        let kind = identifier.take(der::OID)?.content;
        let parameters = if identifier.is_empty() { None } else { Some(identifier.element()?) };
        Ok(Self { part, signature, algorithm: algorithm.whole, kind, parameters })
    }

    /// Whether the signed part names the algorithm that stands outside it.
    pub(super) fn names_its_algorithm(&self) -> bool {
        let inside = || {
            let mut fields = self.part.reader();
            fields.optional(der::context(0))?;
            fields.optional(der::INTEGER)?;
            fields.take(der::SEQUENCE)
        };
        inside().is_ok_and(|inside| inside.whole == self.algorithm)
    }

    /// Whether the algorithm has parameters, NULL among them.
    pub(super) const fn has_parameters(&self) -> bool {
        self.parameters.is_some()
    }

    /// How it is signed.
    ///
    /// # Errors
    ///
    /// Where that is not a way that is verified here.
    pub(super) fn scheme(&self) -> Result<Scheme, SchemeError> {
        spki::scheme(self.kind, self.parameters)
    }
}
