//! Master lists: country signing CAs that one State vouches for, signed (Doc 9303-12, CSCA master list).

use std::fmt;

use crate::clock::UnixTime;

use super::bytes::Bytes;
use super::certificate::Certificate;
use super::cms::{CmsError, SignedData};
use super::der::{self, DerError, Reader};
use super::fingerprint::Fingerprint;
use super::oid;

/// The largest list that is read. The German one has below 1 MiB.
pub const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;
/// The most certificates in a list. The German one has below 600.
const MAX_ENTRIES: usize = 10_000;
/// The most elements that the outer structure may consist of.
const MAX_ELEMENTS: usize = 2_000_000;

/// A master list whose signature verifies under the signer's certificate that it carries.
///
/// Not trusted yet: whether the signer may sign is for the importer to find out.
#[derive(Debug)]
pub struct MasterList {
    /// SHA-256 over the whole list.
    pub fingerprint: Fingerprint,
    /// The signer's certificate.
    pub signer: Certificate,
    /// The other certificates that came with the signature.
    pub beside: Vec<Certificate>,
    /// When it was signed, by the signer's word.
    pub signing_time: UnixTime,
    /// The certificates that it vouches for, each as its own bytes, not parsed.
    pub entries: Vec<Bytes>,
}

/// Why bytes are not a master list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ListError {
    /// Not signed as it must be.
    Cms(CmsError),
    /// Its content is not a list of certificates.
    Content(DerError),
    /// Another kind of signed content.
    ContentType(String),
    /// More than [`MAX_LIST_BYTES`].
    TooLarge(usize),
}

impl fmt::Display for ListError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cms(error) => write!(out, "the master list is not signed as it must be: {error}"),
            Self::Content(error) => {
                write!(out, "the master list's content is not a list of certificates: {error}")
            }
            Self::ContentType(oid) => {
                write!(out, "signed content of type {oid}, not a master list")
            }
            Self::TooLarge(bytes) => {
                write!(out, "{bytes} bytes; a master list has at most {MAX_LIST_BYTES}")
            }
        }
    }
}

impl std::error::Error for ListError {}

impl From<CmsError> for ListError {
    fn from(error: CmsError) -> Self {
        Self::Cms(error)
    }
}

impl MasterList {
    /// Reads a DER master list and verifies its signature under the signer's certificate in it.
    ///
    /// # Errors
    ///
    /// As [`ListError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ListError> {
        if bytes.len() > MAX_LIST_BYTES {
            return Err(ListError::TooLarge(bytes.len()));
        }
        der::walk(bytes, MAX_ELEMENTS).map_err(CmsError::Structure)?;
        let data = SignedData::parse(bytes)?;
        if data.content_type != oid::MASTER_LIST {
            return Err(ListError::ContentType(oid::dotted(data.content_type)));
        }
        let signature = data.verify()?;
        let entries = entries(data.content).map_err(ListError::Content)?;
        let mut beside = data.certificates;
        let signer = beside.remove(signature.signer);
        Ok(Self {
            fingerprint: Fingerprint::of(bytes),
            signer,
            beside,
            signing_time: signature.signing_time,
            entries,
        })
    }
}

/// `CscaMasterList ::= SEQUENCE { version INTEGER (0), certList SET OF Certificate }`.
fn entries(content: &[u8]) -> Result<Vec<Bytes>, DerError> {
    let mut outer = Reader::new(content);
    let mut list = outer.inside(der::SEQUENCE)?;
    outer.end()?;
    if list.small()? != 0 {
        return Err(DerError::Value);
    }
    let mut set = list.inside(der::SET)?;
    list.end()?;
    let mut entries = Vec::new();
    while !set.is_empty() {
        if entries.len() == MAX_ENTRIES {
            return Err(DerError::TooMany);
        }
        entries.push(Bytes::from(set.element()?.whole));
    }
    Ok(entries)
}
