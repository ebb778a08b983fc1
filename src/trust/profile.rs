//! The certificate profile of Doc 9303-12: what each type must, may and must not carry.
//!
//! A deviation that States in the measured corpus show is tolerated; one that would let a key do what it
//! was not certified for is dangerous. Types outside the profile are held to RFC 5280 alone.

use std::borrow::Cow;

use super::algorithm::{Hash, PublicKey, Scheme};
use super::certificate::Certificate;
use super::check::{Code, Deviation, Findings};
use super::country;
use super::der;
use super::extensions::Kind as Extension;
use super::kind::CertificateType;
use super::spki::{Parameters, SubjectKeyError};

mod authority;
mod signer;

/// The smallest RSA modulus that is trusted, in bits.
const MIN_RSA_BITS: u32 = 2_048;
/// The smallest RSA modulus that Doc 9303-12 advises for a country signing CA, in bits.
const ADVISED_CSCA_RSA_BITS: u32 = 3_072;

/// Holds `certificate` to the profile of `kind`.
pub fn check(certificate: &Certificate, kind: CertificateType, findings: &mut Findings) {
    const ALWAYS: [Code; 11] = [
        Code::Parse,
        Code::Encoding,
        Code::Version,
        Code::Serial,
        Code::SignatureAlgorithm,
        Code::Key,
        Code::KeyStrength,
        Code::KeyUsage,
        Code::BasicConstraints,
        Code::ExtendedKeyUsage,
        Code::CriticalExtension,
    ];
    const OF_PASSPORTS: [Code; 6] = [
        Code::PrivateKeyUsagePeriod,
        Code::Name,
        Code::Country,
        Code::KeyIdentifiers,
        Code::AlternativeName,
        Code::ForbiddenExtension,
    ];
    for code in ALWAYS {
        findings.pass(code);
    }
    for deviation in certificate.deviations() {
        findings.deviation(deviation);
    }
    check_serial(certificate, kind, findings);
    check_algorithm(certificate, findings);
    check_key(certificate, kind, findings);
    for unknown in &certificate.extensions().unknown_critical {
        let detail = format!("critical extension {} is not known", super::oid::dotted(unknown));
        findings.deviation(&Deviation::dangerous(Code::CriticalExtension, detail));
    }
    let version = certificate.version();
    if version != 3 {
        let detail = format!("version {version} instead of 3");
        findings.deviation(&match kind {
            CertificateType::Other => Deviation::tolerated(Code::Version, detail),
            _ => Deviation::dangerous(Code::Version, detail),
        });
    }
    if kind == CertificateType::Other {
        return;
    }
    for code in OF_PASSPORTS {
        findings.pass(code);
    }
    check_names(certificate, findings);
    check_extensions(certificate, kind, findings);
    match kind {
        CertificateType::Csca | CertificateType::Link => {
            authority::check(certificate, kind, findings);
        }
        _ => signer::check(certificate, kind, findings),
    }
}

fn check_serial(certificate: &Certificate, kind: CertificateType, findings: &mut Findings) {
    let serial = certificate.serial();
    let detail: Cow<'static, str> = match serial {
        [first, ..] if first & 0x80 != 0 => "the serial number is negative".into(),
        [0] => "the serial number is zero".into(),
        _ if serial.len() > 20 => format!("the serial number has {} octets", serial.len()).into(),
        _ if !der::is_minimal_integer(serial) => "the serial number is padded".into(),
        _ => return,
    };
    findings.deviation(&match kind {
        // RFC 5280 section 4.1.2.2 has readers cope.
        CertificateType::Other => Deviation::advisory(Code::Serial, detail),
        _ => Deviation::tolerated(Code::Serial, detail),
    });
}

fn check_algorithm(certificate: &Certificate, findings: &mut Findings) {
    let scheme = match certificate.scheme() {
        Ok(scheme) => scheme,
        Err(error) => {
            return findings
                .deviation(&Deviation::dangerous(Code::SignatureAlgorithm, error.to_string()));
        }
    };
    if scheme.hash() == Hash::Sha1 {
        findings.deviation(&Deviation::tolerated(Code::SignatureAlgorithm, "signed over SHA-1"));
    }
    if let Scheme::RsaPss { hash, mgf_hash, salt_len } = scheme {
        if mgf_hash != hash {
            let detail = format!("PSS with {} and a mask of {}", hash.name(), mgf_hash.name());
            findings.deviation(&Deviation::tolerated(Code::SignatureAlgorithm, detail));
        }
        if usize::try_from(*salt_len) != Ok(hash.digest_len()) {
            let detail = format!("PSS with {} and a salt of {salt_len} octets", hash.name());
            findings.deviation(&Deviation::tolerated(Code::SignatureAlgorithm, detail));
        }
    }
}

fn check_key(certificate: &Certificate, kind: CertificateType, findings: &mut Findings) {
    let key = match certificate.key() {
        Ok(key) => key,
        Err(error) => {
            let code = match error {
                SubjectKeyError::Curve(_) | SubjectKeyError::Parameters { .. } => Code::Curve,
                _ => Code::Key,
            };
            return findings.deviation(&Deviation::dangerous(code, error.to_string()));
        }
    };
    if let Some(weakness) = weakness(key) {
        findings.deviation(&Deviation::dangerous(Code::KeyStrength, weakness));
    } else if kind.is_authority()
        && matches!(key, PublicKey::Rsa(_))
        && key.bits() < ADVISED_CSCA_RSA_BITS
    {
        let detail = format!(
            "RSA {} for a country signing CA, where {ADVISED_CSCA_RSA_BITS} is advised",
            key.bits()
        );
        findings.deviation(&Deviation::advisory(Code::KeyStrength, detail));
    }
    if certificate.has_compressed_key() {
        let detail = "the public point is compressed, where Doc 9303-12 has it uncompressed";
        findings.deviation(&Deviation::tolerated(Code::Key, detail));
    }
    match certificate.key_parameters() {
        None | Some(Parameters::None) => {}
        Some(Parameters::Named) if kind != CertificateType::Other => {
            findings.deviation(&Deviation::tolerated(
                Code::Curve,
                "the curve is named instead of written out",
            ));
        }
        Some(Parameters::ExplicitWithoutCofactor) => {
            findings.deviation(&Deviation::tolerated(
                Code::Curve,
                "the curve is written out without its cofactor",
            ));
        }
        Some(Parameters::Named | Parameters::Explicit) => findings.pass(Code::Curve),
    }
}

/// Why `key` is too weak to be trusted, if it is.
#[must_use]
pub fn weakness(key: &PublicKey) -> Option<String> {
    match key {
        PublicKey::Rsa(_) if key.bits() < MIN_RSA_BITS => Some(format!(
            "RSA {}: key too weak, at least {MIN_RSA_BITS} bits are needed",
            key.bits()
        )),
        PublicKey::Rsa(_) | PublicKey::Ec(_) => None,
    }
}

fn check_names(certificate: &Certificate, findings: &mut Findings) {
    let (issuer, subject) = (certificate.issuer(), certificate.subject());
    for deviation in issuer.deviations("issuer").chain(subject.deviations("subject")) {
        findings.deviation(&deviation);
    }
    if let (Some(of_issuer), Some(of_subject)) = (issuer.country(), subject.country())
        && of_issuer != of_subject
    {
        let detail = format!(
            "issuer's country '{}' is not the subject's '{}'",
            of_issuer.escape_debug(),
            of_subject.escape_debug()
        );
        findings.deviation(&Deviation::tolerated(Code::Country, detail));
    }
    if let (Some(three), Some(two)) = (&certificate.extensions().locality, certificate.country())
        && country::two_letters(three).is_some_and(|state| state != two)
    {
        let detail = format!("subjectAltName is of {}, the name of {two}", three.escape_debug());
        findings.deviation(&Deviation::tolerated(Code::AlternativeName, detail));
    }
    if certificate.has_unique_ids() {
        let detail = "unique identifiers, which the profile forbids";
        findings.deviation(&Deviation::tolerated(Code::ForbiddenExtension, detail));
    }
}

/// What the profile says of extensions whatever the type: which are never there, and which never critical.
fn check_extensions(certificate: &Certificate, kind: CertificateType, findings: &mut Findings) {
    for (extension, critical) in certificate.extensions().present() {
        let name = extension.name();
        if is_forbidden(*extension, kind) {
            let detail = format!("{name} is forbidden in a certificate of type {kind}");
            // Critical, it says that whoever does not act on it must not go on, and nothing here does.
            findings.deviation(&if *critical && constrains_paths(*extension) {
                Deviation::dangerous(Code::CriticalExtension, detail)
            } else {
                Deviation::tolerated(Code::ForbiddenExtension, detail)
            });
        } else if *critical != must_be_critical(*extension) && !is_out_of_place(*extension, kind) {
            let detail = format!("{name} is {}critical", if *critical { "" } else { "not " });
            findings.deviation(&Deviation::tolerated(extension.code(), detail));
        }
    }
}

const fn is_forbidden(extension: Extension, kind: CertificateType) -> bool {
    match extension {
        Extension::PolicyMappings
        | Extension::NameConstraints
        | Extension::PolicyConstraints
        | Extension::SubjectDirectoryAttributes
        | Extension::FreshestCrl
        | Extension::NetscapeCertType
        | Extension::InhibitAnyPolicy => true,
        Extension::NameChange => !kind.is_authority(),
        Extension::DocumentTypeList => !matches!(kind, CertificateType::Dsc),
        _ => false,
    }
}

/// Whether the profile of the type says more of the extension than whether it is critical.
const fn is_out_of_place(extension: Extension, kind: CertificateType) -> bool {
    matches!(extension, Extension::ExtendedKeyUsage)
        && !matches!(kind, CertificateType::MasterListSigner | CertificateType::DeviationListSigner)
}

const fn constrains_paths(extension: Extension) -> bool {
    matches!(
        extension,
        Extension::NameConstraints
            | Extension::PolicyConstraints
            | Extension::PolicyMappings
            | Extension::InhibitAnyPolicy
    )
}

const fn must_be_critical(extension: Extension) -> bool {
    matches!(
        extension,
        Extension::KeyUsage | Extension::BasicConstraints | Extension::ExtendedKeyUsage
    )
}

/// Says that `extension` is missing where the profile has it.
fn require(certificate: &Certificate, extension: Extension, findings: &mut Findings) {
    if !certificate.extensions().has(extension) {
        let detail = format!("{} is missing", extension.name());
        findings.deviation(&Deviation::tolerated(extension.code(), detail));
    }
}
