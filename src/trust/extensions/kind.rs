//! The extensions that the profile speaks of, by name.

use super::super::check::Code;
use super::super::oid;

/// The extensions that the profile speaks of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the standard's names")]
pub enum Kind {
    AuthorityInfoAccess,
    AuthorityKeyIdentifier,
    BasicConstraints,
    CertificatePolicies,
    CrlDistributionPoints,
    DocumentTypeList,
    ExtendedKeyUsage,
    FreshestCrl,
    InhibitAnyPolicy,
    IssuerAltName,
    KeyUsage,
    NameChange,
    NameConstraints,
    NetscapeCertType,
    PolicyConstraints,
    PolicyMappings,
    PrivateKeyUsagePeriod,
    SubjectAltName,
    SubjectDirectoryAttributes,
    SubjectInfoAccess,
    SubjectKeyIdentifier,
}

impl Kind {
    /// The extension with these octets as its object identifier.
    #[must_use]
    pub fn of(octets: &[u8]) -> Option<Self> {
        Some(match octets {
            oid::AUTHORITY_KEY_IDENTIFIER => Self::AuthorityKeyIdentifier,
            oid::SUBJECT_KEY_IDENTIFIER => Self::SubjectKeyIdentifier,
            oid::KEY_USAGE => Self::KeyUsage,
            oid::PRIVATE_KEY_USAGE_PERIOD => Self::PrivateKeyUsagePeriod,
            oid::SUBJECT_ALT_NAME => Self::SubjectAltName,
            oid::ISSUER_ALT_NAME => Self::IssuerAltName,
            oid::BASIC_CONSTRAINTS => Self::BasicConstraints,
            oid::CRL_DISTRIBUTION_POINTS => Self::CrlDistributionPoints,
            oid::DOCUMENT_TYPE_LIST => Self::DocumentTypeList,
            oid::EXTENDED_KEY_USAGE => Self::ExtendedKeyUsage,
            oid::CERTIFICATE_POLICIES => Self::CertificatePolicies,
            oid::AUTHORITY_INFO_ACCESS => Self::AuthorityInfoAccess,
            oid::SUBJECT_INFO_ACCESS => Self::SubjectInfoAccess,
            oid::NAME_CHANGE => Self::NameChange,
            oid::FRESHEST_CRL => Self::FreshestCrl,
            oid::INHIBIT_ANY_POLICY => Self::InhibitAnyPolicy,
            oid::NAME_CONSTRAINTS => Self::NameConstraints,
            oid::NETSCAPE_CERT_TYPE => Self::NetscapeCertType,
            oid::POLICY_CONSTRAINTS => Self::PolicyConstraints,
            oid::POLICY_MAPPINGS => Self::PolicyMappings,
            oid::SUBJECT_DIRECTORY_ATTRIBUTES => Self::SubjectDirectoryAttributes,
            _ => return None,
        })
    }

    /// The standard's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorityInfoAccess => "authorityInfoAccess",
            Self::AuthorityKeyIdentifier => "authorityKeyIdentifier",
            Self::BasicConstraints => "basicConstraints",
            Self::CertificatePolicies => "certificatePolicies",
            Self::CrlDistributionPoints => "cRLDistributionPoints",
            Self::DocumentTypeList => "documentTypeList",
            Self::ExtendedKeyUsage => "extKeyUsage",
            Self::FreshestCrl => "freshestCRL",
            Self::InhibitAnyPolicy => "inhibitAnyPolicy",
            Self::IssuerAltName => "issuerAltName",
            Self::KeyUsage => "keyUsage",
            Self::NameChange => "nameChange",
            Self::NameConstraints => "nameConstraints",
            Self::NetscapeCertType => "netscapeCertType",
            Self::PolicyConstraints => "policyConstraints",
            Self::PolicyMappings => "policyMappings",
            Self::PrivateKeyUsagePeriod => "privateKeyUsagePeriod",
            Self::SubjectAltName => "subjectAltName",
            Self::SubjectDirectoryAttributes => "subjectDirectoryAttributes",
            Self::SubjectInfoAccess => "subjectInfoAccess",
            Self::SubjectKeyIdentifier => "subjectKeyIdentifier",
        }
    }

    /// The code under which this extension is judged.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::AuthorityKeyIdentifier | Self::SubjectKeyIdentifier => Code::KeyIdentifiers,
            Self::BasicConstraints => Code::BasicConstraints,
            Self::DocumentTypeList => Code::DocumentType,
            Self::ExtendedKeyUsage => Code::ExtendedKeyUsage,
            Self::KeyUsage => Code::KeyUsage,
            Self::PrivateKeyUsagePeriod => Code::PrivateKeyUsagePeriod,
            Self::SubjectAltName | Self::IssuerAltName => Code::AlternativeName,
            Self::CrlDistributionPoints => Code::Revocation,
            _ => Code::ForbiddenExtension,
        }
    }
}
