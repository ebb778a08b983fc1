//! Issues signed lists, above all master lists: CMS `SignedData` as ICAO 9303-12 wants it.
//!
//! A deviation list has the same envelope around other content.

use super::error::IssueError;
use super::key::Signer;
use super::state::Name;
use super::{oids, writer};

/// All that a signed list says, and all that can be wrong with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedListSpec {
    /// `SignedData.version`: 3, as the content is not plain data.
    pub version: u64,
    /// Dotted identifier of the content.
    pub content_type: &'static str,
    /// What is signed: for a master list, see [`master_list_content`].
    pub content: Vec<u8>,
    /// Certificates beside the content: the signer's, and that of its CSCA. If empty, the field is
    /// left out.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs beside the content; ICAO 9303-12 forbids them. If empty, the field is left out.
    pub crls: Vec<Vec<u8>>,
    /// How the signer's certificate is named.
    pub signer_id: SignerId,
    /// Whether the digest's identifier is followed by `NULL`: both are met, and both are right.
    pub digest_with_null: bool,
    /// Dotted identifier in the signed attribute `contentType`; `None` leaves it out.
    pub content_type_attribute: Option<&'static str>,
    /// The signed attribute `messageDigest`.
    pub message_digest: MessageDigest,
    /// The signed attribute `signingTime`, in Unix seconds; `None` leaves it out.
    pub signing_time: Option<i64>,
    /// Further signed attributes, each made by [`attribute`].
    pub more_signed_attributes: Vec<Vec<u8>>,
    /// Unsigned attributes, each made by [`attribute`]. If empty, the field is left out.
    pub unsigned_attributes: Vec<Vec<u8>>,
    /// Further complete `SignerInfo`s, each made by [`SignedListSpec::signer_info`].
    pub more_signer_infos: Vec<Vec<u8>>,
}

/// How a signature names the certificate that verifies it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignerId {
    /// Version 1: by issuer, and by the content of the serial's `INTEGER`.
    IssuerAndSerial(Name, Vec<u8>),
    /// Version 3, which ICAO 9303-12 recommends: by subject key identifier.
    KeyIdentifier(Vec<u8>),
}

/// What the signed attribute `messageDigest` holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MessageDigest {
    /// The attribute is missing.
    Absent,
    /// The digest of the content.
    OfContent,
    /// These bytes, right or wrong.
    Other(Vec<u8>),
}

impl SignedListSpec {
    /// A master list of `entries`, signed by `signer` at `signing_time`.
    ///
    /// `beside` are the certificates of the signer and of its CSCA.
    #[must_use]
    pub fn master_list(
        entries: &[Vec<u8>],
        beside: Vec<Vec<u8>>,
        signer: &dyn Signer,
        signing_time: i64,
    ) -> Self {
        let content = master_list_content(0, entries);
        Self::new(oids::MASTER_LIST, content, beside, signer, signing_time)
    }

    /// A deviation list with this content.
    #[must_use]
    pub fn deviation_list(
        content: Vec<u8>,
        beside: Vec<Vec<u8>>,
        signer: &dyn Signer,
        signing_time: i64,
    ) -> Self {
        Self::new(oids::DEVIATION_LIST, content, beside, signer, signing_time)
    }

    fn new(
        content_type: &'static str,
        content: Vec<u8>,
        certificates: Vec<Vec<u8>>,
        signer: &dyn Signer,
        signing_time: i64,
    ) -> Self {
        Self {
            version: 3,
            content_type,
            content,
            certificates,
            crls: Vec::new(),
            signer_id: SignerId::KeyIdentifier(signer.key_identifier()),
            digest_with_null: false,
            content_type_attribute: Some(content_type),
            message_digest: MessageDigest::OfContent,
            signing_time: Some(signing_time),
            more_signed_attributes: Vec::new(),
            unsigned_attributes: Vec::new(),
            more_signer_infos: Vec::new(),
        }
    }

    /// The signed list as DER: `ContentInfo` around `SignedData` (RFC 5652 section 5.1).
    ///
    /// # Errors
    ///
    /// [`IssueError::MalformedOid`], [`IssueError::SigningFailed`], or
    /// [`IssueError::TimeOutOfRange`]
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, IssueError> {
        let content = writer::explicit(0, &writer::octet_string(&self.content));
        let mut signer_infos = vec![self.signer_info(signer)?];
        signer_infos.extend_from_slice(&self.more_signer_infos);
        let mut parts = vec![
            writer::integer(self.version),
            writer::set_of([self.digest_algorithm(signer)?]),
            writer::sequence([writer::oid(self.content_type)?, content]),
        ];
        parts.extend(implicit_set(0, &self.certificates));
        parts.extend(implicit_set(1, &self.crls));
        parts.push(writer::set_of(signer_infos));
        let signed_data = writer::explicit(0, &writer::sequence(parts));
        Ok(writer::sequence([writer::oid(oids::SIGNED_DATA)?, signed_data]))
    }

    /// One `SignerInfo` (RFC 5652 section 5.3).
    ///
    /// The signature covers the signed attributes under their `SET OF` tag, though they are written
    /// under `[0]` (section 5.4); without any attribute, it covers the content.
    ///
    /// # Errors
    ///
    /// [`IssueError::MalformedOid`], [`IssueError::SigningFailed`], or
    /// [`IssueError::TimeOutOfRange`]
    pub fn signer_info(&self, signer: &dyn Signer) -> Result<Vec<u8>, IssueError> {
        let (version, signer_id) = match &self.signer_id {
            SignerId::IssuerAndSerial(issuer, serial) => {
                (1, writer::sequence([issuer.to_der()?, writer::raw_integer(serial)]))
            }
            SignerId::KeyIdentifier(identifier) => {
                (3, writer::implicit(0, &writer::octet_string(identifier)))
            }
        };
        let attributes = self.signed_attributes(signer)?;
        let covered = match attributes.as_slice() {
            [] => self.content.clone(),
            some => writer::set_of(some),
        };
        let mut parts = vec![writer::integer(version), signer_id, self.digest_algorithm(signer)?];
        parts.extend(implicit_set(0, &attributes));
        parts.push(signer.curve().signature_algorithm()?);
        parts.push(writer::octet_string(&signer.sign(&covered)?));
        parts.extend(implicit_set(1, &self.unsigned_attributes));
        Ok(writer::sequence(parts))
    }

    fn signed_attributes(&self, signer: &dyn Signer) -> Result<Vec<Vec<u8>>, IssueError> {
        let digest = match &self.message_digest {
            MessageDigest::Absent => None,
            MessageDigest::OfContent => Some(signer.curve().hash(&self.content)),
            MessageDigest::Other(bytes) => Some(bytes.clone()),
        };
        let mut attributes = self.more_signed_attributes.clone();
        if let Some(content_type) = self.content_type_attribute {
            attributes.push(attribute(oids::CONTENT_TYPE, &writer::oid(content_type)?)?);
        }
        if let Some(bytes) = digest {
            attributes.push(attribute(oids::MESSAGE_DIGEST, &writer::octet_string(&bytes))?);
        }
        if let Some(unix) = self.signing_time {
            attributes.push(attribute(oids::SIGNING_TIME, &writer::time(unix)?)?);
        }
        Ok(attributes)
    }

    fn digest_algorithm(&self, signer: &dyn Signer) -> Result<Vec<u8>, IssueError> {
        let mut parts = vec![writer::oid(signer.curve().digest_oid())?];
        parts.extend(self.digest_with_null.then(writer::null));
        Ok(writer::sequence(parts))
    }
}

/// `CscaMasterList`: a version, which is 0, and the entries as a `SET OF`.
///
/// The entries are taken as they are, so that one can be no certificate at all.
#[must_use]
pub fn master_list_content(version: u64, entries: &[Vec<u8>]) -> Vec<u8> {
    writer::sequence([writer::integer(version), writer::set_of(entries)])
}

/// One CMS attribute with a single value, already encoded.
///
/// # Errors
///
/// [`IssueError::MalformedOid`]
pub fn attribute(oid: &str, value: &[u8]) -> Result<Vec<u8>, IssueError> {
    Ok(writer::sequence([writer::oid(oid)?, writer::set_of([value])]))
}

/// `[number] IMPLICIT SET OF`, or nothing if there is no element.
fn implicit_set(number: u8, elements: &[Vec<u8>]) -> Option<Vec<u8>> {
    let present = !elements.is_empty();
    present.then(|| writer::implicit(number, &writer::set_of(elements)))
}

#[cfg(test)]
mod tests;
