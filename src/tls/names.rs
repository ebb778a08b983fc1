//! What a client's certificate calls its holder, read once when its chain is verified.

use ring::digest::{SHA256, digest};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::clock::UnixTime;
use crate::encoding;

/// The names in a certificate, as text, in the order they stand there.
///
/// Only what every program reads alike is a name here: UTF-8, ASCII strings, without control characters. What is not
/// is left out, and no rule can match it. Where it is a common name, all common names of that holder are left out: to
/// a program that reads both, there are two.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Names {
    /// The subject's distinguished name, for records.
    pub subject: String,
    /// The serial number, in hexadecimal.
    pub serial: String,
    /// The subject's common names.
    pub common_names: Vec<String>,
    /// The subject's organisational units.
    pub organisational_units: Vec<String>,
    /// The issuer's common names.
    pub issuer_common_names: Vec<String>,
    /// DNS names among the alternative names.
    pub dns: Vec<String>,
    /// URIs among the alternative names.
    pub uris: Vec<String>,
    /// Which kinds of names were left out, at least in part.
    pub left_out: Vec<&'static str>,
    /// SHA-256 of the subject's public key info.
    pub key_pin: [u8; 32],
    /// SHA-256 of the certificate.
    pub sha256: [u8; 32],
}

impl Names {
    /// The names in `der`. None where it is no certificate.
    #[must_use]
    pub fn of(der: &[u8]) -> Option<Self> {
        Self::read(der).map(|(names, _)| names)
    }

    /// The names in `der`, and the last second of its validity. None where it is no certificate.
    pub(super) fn read(der: &[u8]) -> Option<(Self, UnixTime)> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let mut left_out = Vec::new();
        let (subject, issuer) = (certificate.subject(), certificate.issuer());
        let (dns, uris) = alternative(&certificate, &mut left_out);
        let names = Self {
            subject: subject.to_string(),
            serial: encoding::hex(certificate.raw_serial()),
            common_names: all_or_none(subject, "cn", &mut left_out),
            organisational_units: kept(
                subject.iter_organizational_unit().map(text),
                "ou",
                &mut left_out,
            ),
            issuer_common_names: all_or_none(issuer, "issuer", &mut left_out),
            dns,
            uris,
            left_out,
            key_pin: sha256(certificate.public_key().raw),
            sha256: sha256(der),
        };
        let until = UnixTime::from_seconds(certificate.validity().not_after.timestamp());
        Some((names, until))
    }
}

/// DNS names and URIs. Two such extensions are an error: the certificate then has no alternative names at all.
fn alternative(
    certificate: &X509Certificate<'_>,
    left_out: &mut Vec<&'static str>,
) -> (Vec<String>, Vec<String>) {
    let Ok(found) = certificate.subject_alternative_name() else {
        left_out.extend(["dns", "uri"]);
        return Default::default();
    };
    let all = found.iter().flat_map(|names| &names.value.general_names);
    let (mut dns, mut uris) = (Vec::new(), Vec::new());
    for name in all {
        match name {
            GeneralName::DNSName(text) => dns.push(plain(text)),
            GeneralName::URI(text) => uris.push(plain(text)),
            // Of which kind it was meant to be is not known.
            GeneralName::Invalid(..) => {
                dns.push(None);
                uris.push(None);
            }
            _ => {}
        }
    }
    (kept(dns, "dns", left_out), kept(uris, "uri", left_out))
}

/// The common names of `name`, or none where one of them is not plain text.
fn all_or_none(
    name: &X509Name<'_>,
    kind: &'static str,
    left_out: &mut Vec<&'static str>,
) -> Vec<String> {
    let names: Option<Vec<String>> = name.iter_common_name().map(text).collect();
    names.unwrap_or_else(|| {
        left_out.push(kind);
        Vec::new()
    })
}

/// Those that are plain text.
fn kept(
    names: impl IntoIterator<Item = Option<String>>,
    kind: &'static str,
    left_out: &mut Vec<&'static str>,
) -> Vec<String> {
    let mut texts = Vec::new();
    let mut is_whole = true;
    for name in names {
        is_whole &= name.is_some();
        texts.extend(name);
    }
    if !is_whole {
        left_out.push(kind);
    }
    texts
}

/// An attribute of a type that all read alike. Teletex, BMP and universal strings are not: what one program reads as
/// a name is another's error (RFC 5280 section 4.1.2.4).
fn text(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    attribute.as_str().ok().and_then(plain)
}

/// A text without control characters: to a program that stops at a NUL, `admin\0.example` is `admin`.
fn plain(text: &str) -> Option<String> {
    (!text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// SHA-256 of `bytes`.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap_or_default()
}
