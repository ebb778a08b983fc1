//! Files as people have them: DER, PEM, LDIF, one object or thousands, told apart by their bytes.

use std::fmt;

use crate::encoding::{self, PemError};

use super::bytes::Bytes;
use super::certificate::MAX_CERTIFICATE_BYTES;
use super::crl::MAX_CRL_BYTES;
use super::der::{self, DerError, Reader};
use super::ldif::{self, LdifError, LdifKind};
use super::masterlist::MAX_LIST_BYTES;
use super::oid;

/// The largest file that is read.
pub const MAX_FILE_BYTES: usize = 128 * 1024 * 1024;
/// The most objects in one file.
const MAX_ITEMS: usize = 200_000;

/// What an object is, by its outermost structure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ItemKind {
    /// An X.509 certificate.
    Certificate,
    /// An X.509 CRL.
    Crl,
    /// CMS signed data, such as a master list.
    SignedData,
}

/// One object of a file.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its DER.
    pub bytes: Bytes,
    /// The State under which an LDIF file lists it.
    pub country: Option<String>,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BundleError {
    /// An object in DER that is broken.
    Der {
        /// Its place in the file, counted from one.
        place: usize,
        /// What is wrong.
        error: DerError,
    },
    /// There is nothing in it.
    Empty,
    /// LDIF that is broken.
    Ldif(LdifError),
    /// PEM that is broken.
    Pem {
        /// The place of the block in the file, counted from one.
        place: usize,
        /// What is wrong.
        error: PemError,
    },
    /// More objects than are read.
    TooMany,
    /// A file or an object that is too large.
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The largest size that is read.
        most: usize,
    },
    /// Neither DER nor PEM nor LDIF, or DER of something else.
    Unknown,
}

impl fmt::Display for BundleError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Der { place, error } => write!(out, "object {place} is not DER: {error}"),
            Self::Empty => out.write_str("there is nothing in it"),
            Self::Ldif(error) => write!(out, "{error}"),
            Self::Pem { place, error } => write!(out, "block {place}: {error}"),
            Self::TooMany => write!(out, "more than {MAX_ITEMS} objects in one file"),
            Self::TooLarge { bytes, most } => {
                write!(out, "{bytes} bytes, where at most {most} are read")
            }
            Self::Unknown => {
                out.write_str("neither a certificate, a CRL nor a master list (DER, PEM or LDIF)")
            }
        }
    }
}

impl std::error::Error for BundleError {}

/// The objects of a file, in order.
///
/// # Errors
///
/// As [`BundleError`]: a file is read whole or not at all.
pub fn read(file: &[u8]) -> Result<Vec<Item>, BundleError> {
    if file.len() > MAX_FILE_BYTES {
        return Err(BundleError::TooLarge { bytes: file.len(), most: MAX_FILE_BYTES });
    }
    let items = if file.first() == Some(&der::SEQUENCE) {
        from_der(file)?
    } else if ldif::is_ldif(file) {
        from_ldif(file)?
    } else if encoding::is_pem(file) {
        from_pem(file)?
    } else if file.iter().all(u8::is_ascii_whitespace) {
        return Err(BundleError::Empty);
    } else {
        return Err(BundleError::Unknown);
    };
    if items.is_empty() { Err(BundleError::Empty) } else { Ok(items) }
}

/// Objects one behind the other; line ends between and behind them are let pass.
fn from_der(file: &[u8]) -> Result<Vec<Item>, BundleError> {
    let mut reader = Reader::new(file);
    let mut items = Vec::new();
    while !reader.is_empty() {
        if !items.is_empty() && reader.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            reader.skip();
            continue;
        }
        if items.len() == MAX_ITEMS {
            return Err(BundleError::TooMany);
        }
        let place = items.len().saturating_add(1);
        let element = reader.element().map_err(|error| BundleError::Der { place, error })?;
        items.push(item(element.whole.into())?);
    }
    Ok(items)
}

fn from_pem(file: &[u8]) -> Result<Vec<Item>, BundleError> {
    let mut items = Vec::new();
    for (place, block) in (1..).zip(encoding::pem_blocks(file)) {
        let block = block.map_err(|error| BundleError::Pem { place, error })?;
        if items.len() == MAX_ITEMS {
            return Err(BundleError::TooMany);
        }
        if !matches!(
            block.label,
            "CERTIFICATE"
                | "X509 CERTIFICATE"
                | "TRUSTED CERTIFICATE"
                | "X509 CRL"
                | "CRL"
                | "PKCS7"
                | "CMS"
        ) {
            continue;
        }
        der::only(&block.bytes).map_err(|error| BundleError::Der { place, error })?;
        items.push(item(block.bytes.into())?);
    }
    Ok(items)
}

fn from_ldif(file: &[u8]) -> Result<Vec<Item>, BundleError> {
    let items = ldif::parse(file).map_err(BundleError::Ldif)?;
    Ok(items
        .into_iter()
        .map(|item| Item {
            kind: match item.kind {
                LdifKind::Certificate => ItemKind::Certificate,
                LdifKind::Crl => ItemKind::Crl,
                LdifKind::MasterList => ItemKind::SignedData,
            },
            bytes: item.bytes,
            country: item.country,
        })
        .collect())
}

/// An object of the kind that its outermost structure shows, within the bounds of its kind.
fn item(bytes: Bytes) -> Result<Item, BundleError> {
    let kind = kind_of(&bytes).ok_or(BundleError::Unknown)?;
    let most = match kind {
        ItemKind::Certificate => MAX_CERTIFICATE_BYTES,
        ItemKind::Crl => MAX_CRL_BYTES,
        ItemKind::SignedData => MAX_LIST_BYTES,
    };
    if bytes.len() > most {
        return Err(BundleError::TooLarge { bytes: bytes.len(), most });
    }
    Ok(Item { kind, bytes, country: None })
}

/// Signed data begins with its type. A certificate and a CRL begin with the signed part, in which the issuer is
/// followed by a validity, which is a SEQUENCE, or by a time.
fn kind_of(bytes: &[u8]) -> Option<ItemKind> {
    let mut outer = Reader::new(bytes).inside(der::SEQUENCE).ok()?;
    if outer.peek() == Some(der::OID) {
        let signed_data = outer.take(der::OID).ok()?.content == oid::SIGNED_DATA;
        return signed_data.then_some(ItemKind::SignedData);
    }
    let mut tbs = outer.inside(der::SEQUENCE).ok()?;
    tbs.optional(der::context(0)).ok()?;
    tbs.optional(der::INTEGER).ok()?;
    tbs.take(der::SEQUENCE).ok()?;
    tbs.take(der::SEQUENCE).ok()?;
    match tbs.peek() {
        Some(der::SEQUENCE) => Some(ItemKind::Certificate),
        Some(der::UTC_TIME | der::GENERALIZED_TIME) => Some(ItemKind::Crl),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nothing_of_ours_is_said_to_be() {
        assert!(matches!(read(b"hello"), Err(BundleError::Unknown)));
        assert!(matches!(read(b" \n"), Err(BundleError::Empty)));
        assert!(matches!(read(b""), Err(BundleError::Empty)));
        assert!(matches!(read(&[0x30, 0]), Err(BundleError::Unknown)));
        assert!(matches!(read(&[0x30, 0x82, 1]), Err(BundleError::Der { place: 1, .. })));
        let key = b"-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n";
        assert!(matches!(read(key), Err(BundleError::Empty)));
    }
}
