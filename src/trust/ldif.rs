//! LDIF as the ICAO PKD's download files use it (RFC 2849): entries with one certificate, CRL or master list each.
//!
//! Read line by line; a value is base64, folded at any column. A file that is cut short is refused as a whole.

use std::fmt;

use crate::encoding;

use super::bytes::Bytes;
use super::der::{self, DerError};

/// The most entries in one file. The PKD's largest has some 30,000.
const MAX_ENTRIES: usize = 200_000;

/// What an entry holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LdifKind {
    /// `userCertificate;binary`, or `cACertificate;binary`.
    Certificate,
    /// `certificateRevocationList;binary`.
    Crl,
    /// `pkdMasterListContent`.
    MasterList,
}

/// One value of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LdifItem {
    /// The line on which it begins, counted from one.
    pub line: usize,
    /// What it holds.
    pub kind: LdifKind,
    /// The State that the entry's name says it is of, two letters in upper case.
    pub country: Option<String>,
    /// The bytes.
    pub bytes: Bytes,
}

/// Why a file is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LdifError {
    /// A value that is not base64.
    Base64 {
        /// The line on which the value begins.
        line: usize,
    },
    /// A value that ends before its own length says.
    Cut {
        /// The line on which the value begins.
        line: usize,
    },
    /// A line that is neither an attribute, nor a continuation, nor a comment.
    Line {
        /// The line.
        line: usize,
    },
    /// More entries than are allowed.
    TooMany,
}

impl fmt::Display for LdifError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base64 { line } => {
                write!(out, "LDIF line {line}: the value is not base64; is the file cut short?")
            }
            Self::Cut { line } => {
                write!(out, "LDIF line {line}: the value ends too early; the file is cut short")
            }
            Self::Line { line } => {
                write!(out, "LDIF line {line}: neither an attribute nor its continuation")
            }
            Self::TooMany => write!(out, "LDIF with more than {MAX_ENTRIES} values"),
        }
    }
}

impl std::error::Error for LdifError {}

/// Whether `bytes` look like LDIF: a first line that begins with `dn:`, `version:` or a comment before one.
#[must_use]
pub fn is_ldif(bytes: &[u8]) -> bool {
    bytes
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .find(|line| !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b" "))
        .is_some_and(|line| line.starts_with(b"dn:") || line.starts_with(b"version:"))
}

/// The certificates, CRLs and master lists of a file, in order.
///
/// # Errors
///
/// As [`LdifError`]: the first thing that is wrong with the file.
pub fn parse(text: &[u8]) -> Result<Vec<LdifItem>, LdifError> {
    let mut items = Vec::new();
    let mut country = None;
    let mut attribute: Option<(usize, Vec<u8>)> = None;
    let mut comment = false;
    let lines =
        text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    for (line, content) in (1..).zip(lines) {
        if let Some(continued) = content.strip_prefix(b" ") {
            match &mut attribute {
                Some((_, value)) => value.extend_from_slice(continued),
                None if comment => {}
                None => return Err(LdifError::Line { line }),
            }
            continue;
        }
        if let Some((line, whole)) = attribute.take() {
            take(line, &whole, &mut country, &mut items)?;
        }
        comment = content.starts_with(b"#");
        if content.is_empty() || comment || content == b"-" {
            continue;
        }
        if !content.contains(&b':') {
            return Err(LdifError::Line { line });
        }
        attribute = Some((line, content.to_vec()));
    }
    if let Some((line, whole)) = attribute {
        take(line, &whole, &mut country, &mut items)?;
    }
    Ok(items)
}

/// Takes in one unfolded attribute.
fn take(
    line: usize,
    whole: &[u8],
    country: &mut Option<String>,
    items: &mut Vec<LdifItem>,
) -> Result<(), LdifError> {
    let colon = whole.iter().position(|byte| *byte == b':').ok_or(LdifError::Line { line })?;
    let (name, value) = whole.split_at_checked(colon).ok_or(LdifError::Line { line })?;
    let value = value.get(1..).unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let kind = match lower.strip_suffix(b";binary").unwrap_or(&lower) {
        b"dn" => {
            *country = country_of(value);
            return Ok(());
        }
        b"usercertificate" | b"cacertificate" => LdifKind::Certificate,
        b"certificaterevocationlist" => LdifKind::Crl,
        b"pkdmasterlistcontent" => LdifKind::MasterList,
        _ => return Ok(()),
    };
    let encoded = value.strip_prefix(b":").ok_or(LdifError::Base64 { line })?;
    let bytes = encoding::from_base64(encoded).ok_or(LdifError::Base64 { line })?;
    if der::only(&bytes) == Err(DerError::Truncated) {
        return Err(LdifError::Cut { line });
    }
    if items.len() == MAX_ENTRIES {
        return Err(LdifError::TooMany);
    }
    items.push(LdifItem { line, kind, country: country.clone(), bytes: bytes.into() });
    Ok(())
}

/// `c=XX` in a distinguished name in text.
fn country_of(dn: &[u8]) -> Option<String> {
    let decoded;
    let dn = match dn.strip_prefix(b":") {
        Some(encoded) => {
            decoded = encoding::from_base64(encoded)?;
            &decoded
        }
        None => dn,
    };
    let text = std::str::from_utf8(dn).ok()?.to_ascii_lowercase();
    let code =
        text.split(',').rev().find_map(|part| part.trim().strip_prefix("c=").map(str::to_owned))?;
    (code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase()))
        .then(|| code.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "version: 1\n\n# a comment\n  that goes on\ndn: cn=x+sn=1,o=dsc,c=DE,dc=data\r\nuserCertificate;binary:: MAMC\r\n AQU=\r\nobjectClass: top\n\ndn: o=crl,c=nl\ncertificateRevocationList;binary:: MAA=\n";

    #[test]
    fn reads_folded_values_with_their_countries_and_lines() {
        let items = parse(ENTRY.as_bytes()).unwrap();
        let read: Vec<_> = items
            .iter()
            .map(|item| (item.line, item.kind, item.country.as_deref(), item.bytes.to_vec()))
            .collect();
        assert_eq!(
            read,
            [
                (6, LdifKind::Certificate, Some("DE"), vec![0x30, 3, 2, 1, 5]),
                (11, LdifKind::Crl, Some("NL"), vec![0x30, 0])
            ]
        );
        assert!(is_ldif(ENTRY.as_bytes()));
    }

    #[test]
    fn a_file_cut_anywhere_within_a_value_is_refused() {
        let value = ENTRY.find("MAMC").unwrap();
        let end = ENTRY.find("\r\nobjectClass").unwrap();
        for cut in value + 1..end {
            assert!(parse(&ENTRY.as_bytes()[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_line_without_a_colon_is_refused_by_its_number() {
        assert_eq!(parse(b"dn: c=DE\nnonsense\n"), Err(LdifError::Line { line: 2 }));
        assert_eq!(parse(b" leading\n"), Err(LdifError::Line { line: 1 }));
        assert_eq!(
            parse(b"dn: c=DE\nuserCertificate: plain\n"),
            Err(LdifError::Base64 { line: 2 })
        );
    }

    #[test]
    fn other_text_is_not_taken_for_ldif() {
        assert!(!is_ldif(b"-----BEGIN CERTIFICATE-----"));
        assert!(!is_ldif(b""));
        assert!(!is_ldif(&[0x30, 0x82]));
    }
}
