//! Which certificate is which client: the rules of the policy file, compared exactly.

use crate::identity::{ClientId, RoleName};

/// One rule: every term must hold. The first rule that holds names the client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientRule {
    /// What the certificate must have; never empty.
    pub terms: Vec<Term>,
    /// Who it then is.
    pub client: ClientId,
    /// Which roles the client has.
    pub roles: Vec<RoleName>,
}

/// What a certificate must have, compared byte for byte; a DNS name in any case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Term {
    /// The one common name of the subject.
    CommonName(String),
    /// A DNS name among the subject's alternative names.
    Dns(String),
    /// A URI among the subject's alternative names.
    Uri(String),
    /// An organisational unit of the subject.
    OrganisationalUnit(String),
    /// The common name of the issuer.
    IssuerCommonName(String),
    /// SHA-256 of the subject's public key info.
    KeyPin([u8; 32]),
}
