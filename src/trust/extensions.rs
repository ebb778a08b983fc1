//! What a certificate's extensions say, read as leniently as real States need it.
//!
//! An extension that is not written as its standard says becomes a [`Deviation`] instead of an error
//! where documents in use carry it: the corpus has key identifiers without their OCTET STRING and four
//! spellings of the document types.

use std::collections::BTreeSet;

use crate::clock::UnixTime;

use super::check::{Code, Deviation};
use super::der::{self, DerError, Element, Reader};
use super::{oid, time};

mod kind;

pub use kind::Kind;

/// The extensions of one certificate.
#[derive(Clone, Debug, Default)]
pub struct Extensions {
    /// keyIdentifier of the authority key identifier.
    pub authority_key_id: Option<Box<[u8]>>,
    /// The subject key identifier.
    pub subject_key_id: Option<Box<[u8]>>,
    /// The bits of key usage.
    pub key_usage: Option<KeyUsage>,
    /// Basic constraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// The object identifiers of extended key usage.
    pub extended_key_usage: Option<Vec<Box<[u8]>>>,
    /// notBefore and notAfter of the private key usage period.
    pub private_key_usage: Option<(Option<UnixTime>, Option<UnixTime>)>,
    /// Types of document that the signer may sign, such as `P` or `ID`.
    pub document_types: Option<Vec<Box<str>>>,
    /// localityName in the directory names of the subject's alternative name: the State's three letters.
    pub locality: Option<Box<str>>,
    /// Addresses of the CRL distribution points.
    pub distribution_points: Vec<Box<str>>,
    /// Critical extensions that are not known here.
    pub unknown_critical: Vec<Box<[u8]>>,
    unknown: BTreeSet<Box<[u8]>>,
    present: Vec<(Kind, bool)>,
}

/// The bits of key usage (RFC 5280 section 4.2.1.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyUsage(u8);

impl KeyUsage {
    /// digitalSignature.
    #[must_use]
    pub const fn digital_signature(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// keyCertSign.
    #[must_use]
    pub const fn key_cert_sign(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// cRLSign.
    #[must_use]
    pub const fn crl_sign(self) -> bool {
        self.0 & 0x02 != 0
    }

    /// Whether exactly keyCertSign and cRLSign are set.
    #[must_use]
    pub const fn is_signing_ca(self) -> bool {
        self.0 == 0x06
    }

    /// Whether exactly digitalSignature is set.
    #[must_use]
    pub const fn is_signer(self) -> bool {
        self.0 == 0x80
    }
}

impl std::fmt::Display for KeyUsage {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const NAMES: [&str; 8] = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
        ];
        let mut first = true;
        for (name, bit) in NAMES.iter().zip([0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01]) {
            if self.0 & bit != 0 {
                write!(out, "{}{name}", if first { "" } else { ", " })?;
                first = false;
            }
        }
        if first { out.write_str("none") } else { Ok(()) }
    }
}

/// Basic constraints (RFC 5280 section 4.2.1.9).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BasicConstraints {
    /// cA.
    pub ca: bool,
    /// pathLenConstraint.
    pub path_len: Option<u32>,
}

impl Extensions {
    /// Takes in one extension; what is odd about it goes to `deviations`.
    pub fn add(
        &mut self,
        octets: &[u8],
        critical: bool,
        value: &[u8],
        deviations: &mut Vec<Deviation>,
    ) {
        let Some(kind) = Kind::of(octets) else {
            if critical {
                self.unknown_critical.push(octets.into());
            }
            if !self.unknown.insert(octets.into()) {
                let detail = format!("two extensions {}", oid::dotted(octets));
                deviations.push(Deviation::tolerated(Code::ForbiddenExtension, detail));
            }
            return;
        };
        if self.has(kind) {
            // RFC 5280 section 4.2: two of a kind are two readings.
            deviations
                .push(Deviation::dangerous(kind.code(), format!("two {} extensions", kind.name())));
            return;
        }
        self.present.push((kind, critical));
        if let Err(error) = self.read(kind, value, deviations) {
            let detail = format!("{} cannot be read: {error}", kind.name());
            deviations.push(match kind {
                Kind::KeyUsage | Kind::BasicConstraints | Kind::ExtendedKeyUsage => {
                    Deviation::dangerous(kind.code(), detail)
                }
                _ => Deviation::tolerated(kind.code(), detail),
            });
        }
    }

    /// Whether an extension of this kind is there.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.criticality(kind).is_some()
    }

    /// Whether the extension of this kind is critical; none where there is none.
    #[must_use]
    pub fn criticality(&self, kind: Kind) -> Option<bool> {
        self.present.iter().find(|(present, _)| *present == kind).map(|(_, critical)| *critical)
    }

    /// The known extensions in the order of the certificate, each with its criticality.
    #[must_use]
    pub fn present(&self) -> &[(Kind, bool)] {
        &self.present
    }

    /// Whether extended key usage names `purpose`.
    #[must_use]
    pub fn has_purpose(&self, purpose: &[u8]) -> bool {
        self.extended_key_usage.as_ref().is_some_and(|all| all.iter().any(|one| **one == *purpose))
    }

    fn read(
        &mut self,
        kind: Kind,
        value: &[u8],
        deviations: &mut Vec<Deviation>,
    ) -> Result<(), DerError> {
        match kind {
            Kind::AuthorityKeyIdentifier => {
                self.authority_key_id =
                    der::only(value)?.reader().optional(0x80)?.map(|id| id.content.into());
            }
            Kind::SubjectKeyIdentifier => {
                self.subject_key_id = Some(key_identifier(value, deviations));
            }
            Kind::KeyUsage => self.key_usage = Some(key_usage(value)?),
            Kind::PrivateKeyUsagePeriod => self.private_key_usage = Some(private_key_usage(value)?),
            Kind::SubjectAltName => self.locality = locality(value)?,
            Kind::BasicConstraints => {
                self.basic_constraints = Some(basic_constraints(value, deviations)?);
            }
            Kind::ExtendedKeyUsage => {
                let mut purposes = der_sequence(value)?;
                let mut all = Vec::new();
                while !purposes.is_empty() {
                    all.push(purposes.take(der::OID)?.content.into());
                }
                self.extended_key_usage = Some(all);
            }
            Kind::CrlDistributionPoints => self.distribution_points = distribution_points(value)?,
            Kind::DocumentTypeList => {
                self.document_types = Some(document_types(value, deviations)?);
            }
            _ => {}
        }
        Ok(())
    }
}

fn der_sequence(value: &[u8]) -> Result<Reader<'_>, DerError> {
    let mut outer = Reader::new(value);
    let inner = outer.inside(der::SEQUENCE)?;
    outer.end()?;
    Ok(inner)
}

fn key_identifier(value: &[u8], deviations: &mut Vec<Deviation>) -> Box<[u8]> {
    if let Ok(Element { tag: der::OCTET_STRING, content, .. }) = der::only(value) {
        return content.into();
    }
    let detail = "subjectKeyIdentifier is not an OCTET STRING: its raw octets are used";
    deviations.push(Deviation::tolerated(Code::KeyIdentifiers, detail));
    value.into()
}

fn key_usage(value: &[u8]) -> Result<KeyUsage, DerError> {
    let bits = Reader::new(value).take(der::BIT_STRING)?.content;
    match bits {
        [0..=7, first, ..] => Ok(KeyUsage(*first)),
        [0] => Ok(KeyUsage(0)),
        _ => Err(DerError::Value),
    }
}

fn private_key_usage(value: &[u8]) -> Result<(Option<UnixTime>, Option<UnixTime>), DerError> {
    let mut fields = der_sequence(value)?;
    let instant = |field: Option<Element<'_>>| match field {
        None => Ok(None),
        Some(field) => time::from_digits(field.content).map(Some).ok_or(DerError::Value),
    };
    let not_before = instant(fields.optional(0x80)?)?;
    let not_after = instant(fields.optional(0x81)?)?;
    fields.end()?;
    Ok((not_before, not_after))
}

fn basic_constraints(
    value: &[u8],
    deviations: &mut Vec<Deviation>,
) -> Result<BasicConstraints, DerError> {
    let mut fields = der_sequence(value)?;
    let ca = match fields.optional(der::BOOLEAN)? {
        None => false,
        Some(Element { content: [octet], .. }) => {
            if !matches!(octet, 0 | 0xFF) {
                // BER has any octet but zero be TRUE; an anchor of Ukraine writes 01.
                let detail = format!("cA is TRUE by the octet {octet:02x}, where DER has ff");
                deviations.push(Deviation::tolerated(Code::Encoding, detail));
            }
            *octet != 0
        }
        Some(_) => return Err(DerError::Value),
    };
    let path_len = if fields.is_empty() { None } else { Some(fields.small()?) };
    fields.end()?;
    Ok(BasicConstraints { ca, path_len })
}

/// localityName of the first directoryName that has one.
fn locality(value: &[u8]) -> Result<Option<Box<str>>, DerError> {
    let mut names = der_sequence(value)?;
    while !names.is_empty() {
        let name = names.element()?;
        if name.tag != der::context(4) {
            continue;
        }
        let mut relative_names = name.reader().inside(der::SEQUENCE)?;
        while !relative_names.is_empty() {
            let mut attributes = relative_names.inside(der::SET)?;
            while !attributes.is_empty() {
                let mut attribute = attributes.inside(der::SEQUENCE)?;
                let kind = attribute.take(der::OID)?.content;
                let text = std::str::from_utf8(attribute.element()?.content).ok();
                if let (oid::LOCALITY, Some(text)) = (kind, text) {
                    return Ok(Some(text.into()));
                }
            }
        }
    }
    Ok(None)
}

/// The addresses in the full names of the distribution points.
fn distribution_points(value: &[u8]) -> Result<Vec<Box<str>>, DerError> {
    let mut points = der_sequence(value)?;
    let mut addresses = Vec::new();
    while !points.is_empty() {
        let mut point = points.inside(der::SEQUENCE)?;
        if let Some(name) = point.optional(der::context(0))? {
            push_addresses(name.reader(), &mut addresses)?;
        }
    }
    Ok(addresses)
}

/// The addresses of a `DistributionPointName` (RFC 5280 section 4.2.1.13); relative names are passed over.
pub(super) fn push_addresses(
    mut name: Reader<'_>,
    into: &mut Vec<Box<str>>,
) -> Result<(), DerError> {
    if let Some(full) = name.optional(der::context(0))? {
        let mut names = full.reader();
        while !names.is_empty() {
            let name = names.element()?;
            if let (0x86, Ok(address)) = (name.tag, std::str::from_utf8(name.content)) {
                into.push(address.into());
            }
        }
    }
    Ok(())
}

/// `SEQUENCE { version INTEGER, SET OF PrintableString }` by the standard; in the corpus also several sets,
/// a sequence of strings without version, and a bare string.
fn document_types(
    value: &[u8],
    deviations: &mut Vec<Deviation>,
) -> Result<Vec<Box<str>>, DerError> {
    let outer = der::only(value)?;
    let mut types = Vec::new();
    let mut push = |content: &[u8]| {
        types.push(std::str::from_utf8(content).map_err(|_| DerError::Value)?.into());
        Ok::<_, DerError>(())
    };
    let mut standard = false;
    match outer.tag {
        der::SEQUENCE => {
            let mut fields = outer.reader();
            let versioned = fields.optional(der::INTEGER)?.is_some();
            let mut sets = 0_usize;
            while !fields.is_empty() {
                let field = fields.element()?;
                if field.tag == der::SET {
                    sets = sets.saturating_add(1);
                    let mut strings = field.reader();
                    while !strings.is_empty() {
                        push(strings.element()?.content)?;
                    }
                } else {
                    push(field.content)?;
                    sets = usize::MAX;
                }
            }
            standard = versioned && sets == 1;
        }
        der::PRINTABLE_STRING => push(outer.content)?,
        found => return Err(DerError::Unexpected { found, wanted: der::SEQUENCE }),
    }
    if !standard {
        let detail =
            "documentTypeList is not written as SEQUENCE { INTEGER, SET OF PrintableString }";
        deviations.push(Deviation::tolerated(Code::DocumentType, detail));
    }
    Ok(types)
}

#[cfg(test)]
mod tests;
