//! CMS signed data (RFC 5652) as master lists use it: content inside, signed attributes, one signer or a few.
//!
//! What is verified here is that the named certificate's key made the signature over this content. Whether that
//! certificate may sign such a thing is the caller's question.

use std::fmt;

use crate::clock::UnixTime;

use super::algorithm::{Hash, Scheme};
use super::certificate::{Certificate, CertificateError};
use super::der::{self, DerError, Element, Reader};
use super::name::Name;
use super::spki::{self, SchemeError};
use super::{oid, time};

/// The most certificates beside the content, and the most signers. Real lists have 2 and 1.
const MAX_CERTIFICATES: usize = 16;

/// The parts of a `SignedData`, none of them verified yet.
#[derive(Debug)]
pub struct SignedData<'a> {
    /// eContentType.
    pub content_type: &'a [u8],
    /// The content's octets.
    pub content: &'a [u8],
    /// The certificates beside it, those that can be read.
    pub certificates: Vec<Certificate>,
    signers: Vec<SignerInfo<'a>>,
}

/// What a verified signature says.
#[derive(Debug)]
pub struct Signed {
    /// Where in [`SignedData::certificates`] the signer's stands.
    pub signer: usize,
    /// signingTime, the signer's word.
    pub signing_time: UnixTime,
}

#[derive(Debug)]
struct SignerInfo<'a> {
    id: SignerId<'a>,
    digest: Hash,
    attributes: Element<'a>,
    scheme: Scheme,
    signature: &'a [u8],
}

#[derive(Debug)]
enum SignerId<'a> {
    IssuerAndSerial { issuer: Name, serial: &'a [u8] },
    KeyIdentifier(&'a [u8]),
}

/// Why signed data is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CmsError {
    /// A signed attribute that must be there once is missing, repeated or malformed.
    Attribute(&'static str),
    /// A certificate beside the content that cannot be read.
    Certificate(CertificateError),
    /// The signed digest is not that of the content.
    Digest,
    /// No signer at all.
    NoSigner,
    /// Not CMS signed data.
    NotSignedData,
    /// The signature algorithm is not one that is verified here.
    Scheme(SchemeError),
    /// The signature does not verify under the signer's key.
    Signature,
    /// The signer's certificate is not beside the content.
    SignerCertificate,
    /// Signed or digested with SHA-1, which no longer binds.
    Sha1,
    /// Not the structure of signed data.
    Structure(DerError),
}

impl fmt::Display for CmsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => {
                write!(out, "the signed attribute {name} must be there once, with one value")
            }
            Self::Certificate(error) => write!(out, "a certificate beside the content: {error}"),
            Self::Digest => {
                out.write_str("the content is not the one that was signed: its digest differs")
            }
            Self::NoSigner => out.write_str("nobody signed it"),
            Self::NotSignedData => out.write_str("not CMS signed data"),
            Self::Scheme(error) => write!(out, "{error}"),
            Self::Signature => {
                out.write_str("the signature does not verify under the signer's key")
            }
            Self::SignerCertificate => out.write_str("the signer's certificate is not in it"),
            Self::Sha1 => out.write_str("signed over SHA-1, which no longer binds"),
            Self::Structure(error) => write!(out, "not the structure of CMS signed data: {error}"),
        }
    }
}

impl std::error::Error for CmsError {}

impl From<DerError> for CmsError {
    fn from(error: DerError) -> Self {
        Self::Structure(error)
    }
}

impl From<SchemeError> for CmsError {
    fn from(error: SchemeError) -> Self {
        Self::Scheme(error)
    }
}

impl<'a> SignedData<'a> {
    /// Reads DER `ContentInfo` with `SignedData` (RFC 5652 sections 3 and 5.1).
    ///
    /// # Errors
    ///
    /// As [`CmsError`]; BER that is not DER is [`CmsError::Structure`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CmsError> {
        let mut outer = Reader::new(bytes);
        let mut info = outer.inside(der::SEQUENCE)?;
        outer.end()?;
        if info.take(der::OID)?.content != oid::SIGNED_DATA {
            return Err(CmsError::NotSignedData);
        }
        let mut wrapped = info.inside(der::context(0))?;
        info.end()?;
        let mut data = wrapped.inside(der::SEQUENCE)?;
        wrapped.end()?;
        data.small()?;
        data.take(der::SET)?;
        let mut encapsulated = data.inside(der::SEQUENCE)?;
        let content_type = encapsulated.take(der::OID)?.content;
        let content = encapsulated.inside(der::context(0))?.take(der::OCTET_STRING)?.content;
        let mut certificates = Vec::new();
        if let Some(set) = data.optional(der::context(0))? {
            let mut set = set.reader();
            while !set.is_empty() {
                let element = set.element()?;
                if certificates.len() == MAX_CERTIFICATES {
                    return Err(DerError::TooMany.into());
                }
                certificates
                    .push(Certificate::parse(element.whole).map_err(CmsError::Certificate)?);
            }
        }
        data.optional(der::context(1))?;
        let mut infos = data.inside(der::SET)?;
        data.end()?;
        let mut signers = Vec::new();
        while !infos.is_empty() {
            if signers.len() == MAX_CERTIFICATES {
                return Err(DerError::TooMany.into());
            }
            signers.push(SignerInfo::parse(infos.inside(der::SEQUENCE)?)?);
        }
        Ok(Self { content_type, content, certificates, signers })
    }

    /// Verifies the signature of the first signer whose signature holds.
    ///
    /// # Errors
    ///
    /// What is wrong with the last signer, where none holds.
    pub fn verify(&self) -> Result<Signed, CmsError> {
        let mut wrong = CmsError::NoSigner;
        for signer in &self.signers {
            match self.verify_signer(signer) {
                Ok(signed) => return Ok(signed),
                Err(error) => wrong = error,
            }
        }
        Err(wrong)
    }

    fn verify_signer(&self, signer: &SignerInfo<'_>) -> Result<Signed, CmsError> {
        if signer.digest == Hash::Sha1 || signer.scheme.hash() == Hash::Sha1 {
            return Err(CmsError::Sha1);
        }
        let at = self
            .certificates
            .iter()
            .position(|certificate| signer.id.is_of(certificate))
            .ok_or(CmsError::SignerCertificate)?;
        let content_type = attribute(signer.attributes, oid::CONTENT_TYPE, "contentType")?;
        if (content_type.tag, content_type.content) != (der::OID, self.content_type) {
            return Err(CmsError::Attribute("contentType"));
        }
        let digest = attribute(signer.attributes, oid::MESSAGE_DIGEST, "messageDigest")?;
        if digest.tag != der::OCTET_STRING
            || digest.content != signer.digest.digest(self.content).as_ref()
        {
            return Err(CmsError::Digest);
        }
        let signing_time = attribute(signer.attributes, oid::SIGNING_TIME, "signingTime")?;
        let signing_time = time::parse(&signing_time).ok_or(CmsError::Attribute("signingTime"))?;
        // RFC 5652 section 5.4: signed is the SET OF, not the [0] that stands in its place.
        let mut message = signer.attributes.whole.to_vec();
        if let Some(tag) = message.first_mut() {
            *tag = der::SET;
        }
        let key = self.certificates.get(at).and_then(|certificate| certificate.key().ok());
        let verified =
            key.is_some_and(|key| key.verify(&signer.scheme, &message, signer.signature).is_ok());
        if verified { Ok(Signed { signer: at, signing_time }) } else { Err(CmsError::Signature) }
    }
}

impl<'a> SignerInfo<'a> {
    fn parse(mut fields: Reader<'a>) -> Result<Self, CmsError> {
        fields.small()?;
        let id = if let Some(0x80) = fields.peek() {
            SignerId::KeyIdentifier(fields.element()?.content)
        } else {
            let mut pair = fields.inside(der::SEQUENCE)?;
            let issuer = Name::parse(pair.take(der::SEQUENCE)?.whole)?;
            SignerId::IssuerAndSerial { issuer, serial: pair.take(der::INTEGER)?.content }
        };
        let digest = spki::hash(fields.inside(der::SEQUENCE)?)?;
        let attributes = fields.take(der::context(0))?;
        let mut algorithm = fields.inside(der::SEQUENCE)?;
        let kind = algorithm.take(der::OID)?.content;
        let parameters = if algorithm.is_empty() { None } else { Some(algorithm.element()?) };
        let scheme = match kind {
            // RFC 3370 section 3.2: the key's algorithm alone; the hash is the digest's.
            oid::RSA => Scheme::RsaPkcs1 { hash: digest },
            oid::EC => Scheme::Ecdsa { hash: digest },
            _ => spki::scheme(kind, parameters)?,
        };
        let signature = fields.take(der::OCTET_STRING)?.content;
        fields.optional(der::context(1))?;
        fields.end()?;
        Ok(Self { id, digest, attributes, scheme, signature })
    }
}

impl SignerId<'_> {
    fn is_of(&self, certificate: &Certificate) -> bool {
        match self {
            Self::KeyIdentifier(id) => {
                certificate.extensions().subject_key_id.as_deref() == Some(*id)
            }
            Self::IssuerAndSerial { issuer, serial } => {
                certificate.issuer() == issuer && certificate.serial() == *serial
            }
        }
    }
}

/// The one value of the one attribute of this kind (RFC 5652 section 11).
fn attribute<'a>(
    attributes: Element<'a>,
    kind: &[u8],
    name: &'static str,
) -> Result<Element<'a>, CmsError> {
    let mut found = None;
    let mut all = attributes.reader();
    while !all.is_empty() {
        let mut fields = all.inside(der::SEQUENCE)?;
        if fields.take(der::OID)?.content != kind {
            continue;
        }
        let mut values = fields.inside(der::SET)?;
        let value = values.element()?;
        if !values.is_empty() || found.replace(value).is_some() {
            return Err(CmsError::Attribute(name));
        }
    }
    found.ok_or(CmsError::Attribute(name))
}
