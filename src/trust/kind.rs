//! What a certificate is for: the types of Doc 9303-12's certificate profile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::extensions::Kind as Extension;
use super::oid;

/// The type of a certificate.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateType {
    /// A country signing CA's own certificate: signed with the key that it holds.
    Csca,
    /// A CA certificate signed with another key: it carries trust from a State's old key to its new one.
    Link,
    /// Signs documents.
    Dsc,
    /// Signs lists of country signing CAs.
    MasterListSigner,
    /// Signs lists of deviations.
    DeviationListSigner,
    /// None of the passport profile.
    Other,
}

impl CertificateType {
    /// All of them, in the order of the contract.
    pub const ALL: [Self; 6] = [
        Self::Csca,
        Self::Link,
        Self::Dsc,
        Self::MasterListSigner,
        Self::DeviationListSigner,
        Self::Other,
    ];

    /// The name in a verdict.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csca => "csca",
            Self::Link => "link",
            Self::Dsc => "dsc",
            Self::MasterListSigner => "master_list_signer",
            Self::DeviationListSigner => "deviation_list_signer",
            Self::Other => "other",
        }
    }

    /// Whether its key signs certificates.
    #[must_use]
    pub const fn is_authority(self) -> bool {
        matches!(self, Self::Csca | Self::Link)
    }

    /// The type that `certificate` shows itself to be.
    ///
    /// A CA is told from a link by its key, not by its name: 186 real links have one name for both ends.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        let extensions = certificate.extensions();
        if extensions.has_purpose(oid::MASTER_LIST_SIGNER) {
            return Self::MasterListSigner;
        }
        if extensions.has_purpose(oid::DEVIATION_LIST_SIGNER) {
            return Self::DeviationListSigner;
        }
        if says_authority(certificate) {
            return if is_self_signed(certificate) { Self::Csca } else { Self::Link };
        }
        let may_sign =
            extensions.key_usage.is_none_or(super::extensions::KeyUsage::digital_signature);
        let names_types = extensions.has(Extension::DocumentTypeList);
        let other_purpose = extensions.has(Extension::ExtendedKeyUsage);
        if names_types || (may_sign && !other_purpose) { Self::Dsc } else { Self::Other }
    }
}

impl fmt::Display for CertificateType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Why a text is not the name of a type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownType;

impl FromStr for CertificateType {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, UnknownType> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownType)
    }
}

/// Whether a certificate says, by basic constraints or key usage, that its key signs certificates.
#[must_use]
pub fn says_authority(certificate: &Certificate) -> bool {
    let extensions = certificate.extensions();
    extensions.basic_constraints.is_some_and(|constraints| constraints.ca)
        || extensions.key_usage.is_some_and(super::extensions::KeyUsage::key_cert_sign)
}

/// Whether a certificate is signed with the key that it holds.
#[must_use]
pub fn is_self_signed(certificate: &Certificate) -> bool {
    certificate.issuer() == certificate.subject()
        && certificate.key().is_ok_and(|key| certificate.is_signed_by(key))
}
