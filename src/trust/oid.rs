//! The object identifiers that this profile knows, as the octets that stand in DER.

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = [$($octet:literal),+];)+) => {
        $($(#[$doc])* pub const $name: &[u8] = &[$($octet),+];)+
    };
}

oids! {
    /// rsaEncryption (RFC 8017).
    RSA = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
    /// id-RSASSA-PSS (RFC 4055).
    RSA_PSS = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
    /// id-mgf1 (RFC 4055).
    MGF1 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 8];
    /// sha1WithRSAEncryption.
    RSA_SHA1 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 5];
    /// sha256WithRSAEncryption.
    RSA_SHA256 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
    /// sha384WithRSAEncryption.
    RSA_SHA384 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 12];
    /// sha512WithRSAEncryption.
    RSA_SHA512 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 13];
    /// sha224WithRSAEncryption.
    RSA_SHA224 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 14];
    /// id-ecPublicKey (RFC 5480).
    EC = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
    /// prime-field (RFC 3279).
    PRIME_FIELD = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 1, 1];
    /// ecdsa-with-SHA1.
    ECDSA_SHA1 = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1];
    /// ecdsa-with-SHA224 (RFC 5758).
    ECDSA_SHA224 = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 1];
    /// ecdsa-with-SHA256 (RFC 5758).
    ECDSA_SHA256 = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
    /// ecdsa-with-SHA384 (RFC 5758).
    ECDSA_SHA384 = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 3];
    /// ecdsa-with-SHA512 (RFC 5758).
    ECDSA_SHA512 = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 4];
    /// id-sha1.
    SHA1 = [0x2B, 0x0E, 3, 2, 0x1A];
    /// id-sha256.
    SHA256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    /// id-sha384.
    SHA384 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
    /// id-sha512.
    SHA512 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
    /// id-sha224.
    SHA224 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4];
    /// secp224r1.
    P224 = [0x2B, 0x81, 4, 0, 0x21];
    /// secp256r1.
    P256 = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
    /// secp384r1.
    P384 = [0x2B, 0x81, 4, 0, 0x22];
    /// secp521r1.
    P521 = [0x2B, 0x81, 4, 0, 0x23];
    /// brainpoolP224r1 (RFC 5639).
    BRAINPOOL_P224R1 = [0x2B, 0x24, 3, 3, 2, 8, 1, 1, 5];
    /// brainpoolP256r1 (RFC 5639).
    BRAINPOOL_P256R1 = [0x2B, 0x24, 3, 3, 2, 8, 1, 1, 7];
    /// brainpoolP320r1 (RFC 5639).
    BRAINPOOL_P320R1 = [0x2B, 0x24, 3, 3, 2, 8, 1, 1, 9];
    /// brainpoolP384r1 (RFC 5639).
    BRAINPOOL_P384R1 = [0x2B, 0x24, 3, 3, 2, 8, 1, 1, 11];
    /// brainpoolP512r1 (RFC 5639).
    BRAINPOOL_P512R1 = [0x2B, 0x24, 3, 3, 2, 8, 1, 1, 13];
    /// id-at-countryName.
    COUNTRY = [0x55, 4, 6];
    /// id-at-commonName.
    COMMON_NAME = [0x55, 4, 3];
    /// id-at-localityName.
    LOCALITY = [0x55, 4, 7];
    /// subjectDirectoryAttributes.
    SUBJECT_DIRECTORY_ATTRIBUTES = [0x55, 0x1D, 9];
    /// subjectKeyIdentifier.
    SUBJECT_KEY_IDENTIFIER = [0x55, 0x1D, 14];
    /// keyUsage.
    KEY_USAGE = [0x55, 0x1D, 15];
    /// privateKeyUsagePeriod.
    PRIVATE_KEY_USAGE_PERIOD = [0x55, 0x1D, 16];
    /// subjectAltName.
    SUBJECT_ALT_NAME = [0x55, 0x1D, 17];
    /// issuerAltName.
    ISSUER_ALT_NAME = [0x55, 0x1D, 18];
    /// basicConstraints.
    BASIC_CONSTRAINTS = [0x55, 0x1D, 19];
    /// cRLNumber.
    CRL_NUMBER = [0x55, 0x1D, 20];
    /// reasonCode.
    REASON_CODE = [0x55, 0x1D, 21];
    /// invalidityDate.
    INVALIDITY_DATE = [0x55, 0x1D, 24];
    /// deltaCRLIndicator.
    DELTA_CRL_INDICATOR = [0x55, 0x1D, 27];
    /// issuingDistributionPoint.
    ISSUING_DISTRIBUTION_POINT = [0x55, 0x1D, 28];
    /// certificateIssuer.
    CERTIFICATE_ISSUER = [0x55, 0x1D, 29];
    /// nameConstraints.
    NAME_CONSTRAINTS = [0x55, 0x1D, 30];
    /// cRLDistributionPoints.
    CRL_DISTRIBUTION_POINTS = [0x55, 0x1D, 31];
    /// certificatePolicies.
    CERTIFICATE_POLICIES = [0x55, 0x1D, 32];
    /// policyMappings.
    POLICY_MAPPINGS = [0x55, 0x1D, 33];
    /// authorityKeyIdentifier.
    AUTHORITY_KEY_IDENTIFIER = [0x55, 0x1D, 35];
    /// policyConstraints.
    POLICY_CONSTRAINTS = [0x55, 0x1D, 36];
    /// extKeyUsage.
    EXTENDED_KEY_USAGE = [0x55, 0x1D, 37];
    /// freshestCRL.
    FRESHEST_CRL = [0x55, 0x1D, 46];
    /// inhibitAnyPolicy.
    INHIBIT_ANY_POLICY = [0x55, 0x1D, 54];
    /// authorityInfoAccess.
    AUTHORITY_INFO_ACCESS = [0x2B, 6, 1, 5, 5, 7, 1, 1];
    /// subjectInfoAccess.
    SUBJECT_INFO_ACCESS = [0x2B, 6, 1, 5, 5, 7, 1, 11];
    /// netscape-cert-type.
    NETSCAPE_CERT_TYPE = [0x60, 0x86, 0x48, 1, 0x86, 0xF8, 0x42, 1, 1];
    /// id-icao-mrtd-security-cscaMasterList, 2.23.136.1.1.2.
    MASTER_LIST = [0x67, 0x81, 8, 1, 1, 2];
    /// id-icao-mrtd-security-cscaMasterListSigningKey, 2.23.136.1.1.3.
    MASTER_LIST_SIGNER = [0x67, 0x81, 8, 1, 1, 3];
    /// id-icao-mrtd-security-extensions-nameChange, 2.23.136.1.1.6.1.
    NAME_CHANGE = [0x67, 0x81, 8, 1, 1, 6, 1];
    /// id-icao-mrtd-security-extensions-documentTypeList, 2.23.136.1.1.6.2.
    DOCUMENT_TYPE_LIST = [0x67, 0x81, 8, 1, 1, 6, 2];
    /// id-icao-mrtd-security-DeviationListSigningKey, 2.23.136.1.1.8.
    DEVIATION_LIST_SIGNER = [0x67, 0x81, 8, 1, 1, 8];
    /// id-signedData (RFC 5652).
    SIGNED_DATA = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2];
    /// id-contentType (RFC 5652).
    CONTENT_TYPE = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 3];
    /// id-messageDigest (RFC 5652).
    MESSAGE_DIGEST = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 4];
    /// id-signingTime (RFC 5652).
    SIGNING_TIME = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 5];
}

/// The dotted form of the octets of an object identifier, for messages.
#[must_use]
pub fn dotted(octets: &[u8]) -> String {
    let mut text = String::new();
    let mut arc = 0_u64;
    for octet in octets.iter().take(64) {
        arc = (arc << 7) | u64::from(octet & 0x7F);
        if octet & 0x80 != 0 {
            continue;
        }
        if text.is_empty() {
            let first = arc.div_euclid(40).min(2);
            text = format!("{first}.{}", arc.saturating_sub(first.saturating_mul(40)));
        } else {
            text.push('.');
            text.push_str(&arc.to_string());
        }
        arc = 0;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_printed_in_dotted_form() {
        assert_eq!(dotted(RSA_SHA256), "1.2.840.113549.1.1.11");
        assert_eq!(dotted(DOCUMENT_TYPE_LIST), "2.23.136.1.1.6.2");
        assert_eq!(dotted(BRAINPOOL_P512R1), "1.3.36.3.3.2.8.1.1.13");
        assert_eq!(dotted(SHA384), "2.16.840.1.101.3.4.2.2");
        assert_eq!(dotted(SHA1), "1.3.14.3.2.26");
        assert_eq!(dotted(&[]), "");
    }
}
