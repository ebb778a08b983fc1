//! The profile of those who sign documents, master lists and deviation lists.

use super::super::certificate::Certificate;
use super::super::check::{Code, Deviation, Findings};
use super::super::extensions::Kind as Extension;
use super::super::kind::CertificateType;
use super::super::oid;
use super::require;

pub(super) fn check(certificate: &Certificate, kind: CertificateType, findings: &mut Findings) {
    let extensions = certificate.extensions();
    match extensions.key_usage {
        None => require(certificate, Extension::KeyUsage, findings),
        Some(usage) if !usage.digital_signature() => {
            let detail = format!("keyUsage is {usage}, without digitalSignature");
            findings.deviation(&Deviation::dangerous(Code::KeyUsage, detail));
        }
        Some(usage) if usage.key_cert_sign() => {
            let detail = format!("keyUsage is {usage}: a signer's key must not sign certificates");
            findings.deviation(&Deviation::dangerous(Code::KeyUsage, detail));
        }
        Some(usage) if !usage.is_signer() => {
            let detail = format!("keyUsage is {usage}, where it must be digitalSignature alone");
            findings.deviation(&Deviation::tolerated(Code::KeyUsage, detail));
        }
        Some(_) => {}
    }
    match extensions.basic_constraints {
        Some(constraints) if constraints.ca => {
            let detail = "a CA's certificate where a signer's belongs";
            findings.deviation(&Deviation::dangerous(Code::BasicConstraints, detail));
        }
        Some(_) => {
            let detail = "basicConstraints in a signer's certificate";
            findings.deviation(&Deviation::tolerated(Code::BasicConstraints, detail));
        }
        None => {}
    }
    check_purpose(certificate, kind, findings);
    require(certificate, Extension::AuthorityKeyIdentifier, findings);
    require(certificate, Extension::SubjectAltName, findings);
    require(certificate, Extension::IssuerAltName, findings);
    require(certificate, Extension::CrlDistributionPoints, findings);
    if kind == CertificateType::Dsc {
        findings.pass(Code::DocumentType);
        require(certificate, Extension::PrivateKeyUsagePeriod, findings);
        require(certificate, Extension::DocumentTypeList, findings);
    }
}

/// Extended key usage keeps the signers apart: a list's signer must not sign documents, nor the reverse.
fn check_purpose(certificate: &Certificate, kind: CertificateType, findings: &mut Findings) {
    let extensions = certificate.extensions();
    let lists = [
        (CertificateType::MasterListSigner, oid::MASTER_LIST_SIGNER, "master lists"),
        (CertificateType::DeviationListSigner, oid::DEVIATION_LIST_SIGNER, "deviation lists"),
    ];
    for (owner, purpose, what) in lists {
        let has = extensions.has_purpose(purpose);
        if has && kind != owner {
            let detail = format!(
                "extKeyUsage is for signing {what}, which a certificate of type {kind} must not"
            );
            findings.deviation(&Deviation::dangerous(Code::ExtendedKeyUsage, detail));
        } else if !has && kind == owner {
            let detail =
                format!("extKeyUsage {} for signing {what} is missing", oid::dotted(purpose));
            findings.deviation(&Deviation::dangerous(Code::ExtendedKeyUsage, detail));
        }
    }
    if kind == CertificateType::Dsc && extensions.has(Extension::ExtendedKeyUsage) {
        let detail = "extKeyUsage in a document signer's certificate";
        let critical = extensions.criticality(Extension::ExtendedKeyUsage) == Some(true);
        findings.deviation(&if critical {
            // RFC 5280 section 4.2.1.12: critical, it is for those purposes only.
            Deviation::dangerous(Code::ExtendedKeyUsage, detail)
        } else {
            Deviation::tolerated(Code::ExtendedKeyUsage, detail)
        });
    }
}
