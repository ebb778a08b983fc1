//! The profile of country signing CAs and of the links between their keys.

use super::super::certificate::Certificate;
use super::super::check::{Code, Deviation, Findings};
use super::super::extensions::Kind as Extension;
use super::super::kind::{self, CertificateType};
use super::require;

pub(super) fn check(certificate: &Certificate, kind: CertificateType, findings: &mut Findings) {
    let extensions = certificate.extensions();
    if !kind::says_authority(certificate) {
        let detail = "neither basicConstraints nor keyUsage makes it a CA";
        findings.deviation(&Deviation::dangerous(Code::BasicConstraints, detail));
    }
    match extensions.key_usage {
        None => require(certificate, Extension::KeyUsage, findings),
        Some(usage) if !usage.is_signing_ca() => {
            let detail = format!("keyUsage is {usage}, where it must be keyCertSign, cRLSign");
            findings.deviation(&Deviation::tolerated(Code::KeyUsage, detail));
        }
        Some(_) => {}
    }
    match extensions.basic_constraints {
        None => require(certificate, Extension::BasicConstraints, findings),
        Some(constraints) if !constraints.ca => {
            findings.deviation(&Deviation::tolerated(
                Code::BasicConstraints,
                "cA is FALSE in a CA's certificate",
            ));
        }
        Some(constraints) if constraints.path_len != Some(0) => {
            let detail = match constraints.path_len {
                None => "pathLenConstraint is missing, where it must be 0".to_owned(),
                Some(length) => format!("pathLenConstraint is {length}, where it must be 0"),
            };
            findings.deviation(&Deviation::tolerated(Code::BasicConstraints, detail));
        }
        Some(_) => {}
    }
    if extensions.has(Extension::ExtendedKeyUsage) {
        let detail = "extKeyUsage in a CA's certificate";
        findings.deviation(&Deviation::tolerated(Code::ExtendedKeyUsage, detail));
    }
    for extension in [
        Extension::SubjectKeyIdentifier,
        Extension::PrivateKeyUsagePeriod,
        Extension::SubjectAltName,
        Extension::IssuerAltName,
        Extension::CrlDistributionPoints,
    ] {
        require(certificate, extension, findings);
    }
    if kind == CertificateType::Link {
        require(certificate, Extension::AuthorityKeyIdentifier, findings);
        let renamed = certificate.issuer() != certificate.subject();
        if renamed && !extensions.has(Extension::NameChange) {
            let detail = "the name changes from issuer to subject, and nameChange is missing";
            findings.deviation(&Deviation::tolerated(Code::Name, detail));
        }
    }
}
