//! What a client's certificate calls its holder, read once when its chain is verified.

use ring::digest::{SHA256, digest};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use crate::clock::UnixTime;
use crate::encoding;

/// The names in a certificate, as text, in the order they stand there.
///
/// A name that is no UTF-8 text is left out: no rule can match it.
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
    /// SHA-256 of the subject's public key info.
    pub key_pin: [u8; 32],
    /// SHA-256 of the certificate.
    pub sha256: [u8; 32],
}

impl Names {
    /// The names in `der`, and the last second of its validity. None where it is no certificate.
    pub(super) fn read(der: &[u8]) -> Option<(Self, UnixTime)> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let mut dns = Vec::new();
        let mut uris = Vec::new();
        // Two such extensions are an error: the certificate then has no alternative names at all.
        if let Ok(Some(names)) = certificate.subject_alternative_name() {
            for name in &names.value.general_names {
                match name {
                    GeneralName::DNSName(text) => dns.push((*text).to_owned()),
                    GeneralName::URI(text) => uris.push((*text).to_owned()),
                    _ => {}
                }
            }
        }
        let names = Self {
            subject: certificate.subject().to_string(),
            serial: encoding::hex(certificate.raw_serial()),
            common_names: texts(certificate.subject().iter_common_name()),
            organisational_units: texts(certificate.subject().iter_organizational_unit()),
            issuer_common_names: issuer_names(certificate.issuer()),
            dns,
            uris,
            key_pin: sha256(certificate.public_key().raw),
            sha256: sha256(der),
        };
        let until = UnixTime::from_seconds(certificate.validity().not_after.timestamp());
        Some((names, until))
    }
}

fn issuer_names(issuer: &X509Name<'_>) -> Vec<String> {
    texts(issuer.iter_common_name())
}

fn texts<'a>(
    attributes: impl Iterator<Item = &'a x509_parser::x509::AttributeTypeAndValue<'a>>,
) -> Vec<String> {
    attributes.filter_map(|one| one.as_str().ok()).map(str::to_owned).collect()
}

/// SHA-256 of `bytes`.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap_or_default()
}
