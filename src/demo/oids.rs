//! Names the object identifiers that demo material carries.

// X.520 name attributes.

/// `commonName`.
pub const COMMON_NAME: &str = "2.5.4.3";
/// `countryName`.
pub const COUNTRY: &str = "2.5.4.6";
/// `localityName`.
pub const LOCALITY: &str = "2.5.4.7";
/// `organizationName`.
pub const ORGANISATION: &str = "2.5.4.10";

// RFC 5280 extensions.

/// `subjectKeyIdentifier`.
pub const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
/// `keyUsage`.
pub const KEY_USAGE: &str = "2.5.29.15";
/// `privateKeyUsagePeriod`.
pub const PRIVATE_KEY_USAGE_PERIOD: &str = "2.5.29.16";
/// `subjectAltName`.
pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
/// `issuerAltName`.
pub const ISSUER_ALT_NAME: &str = "2.5.29.18";
/// `basicConstraints`.
pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
/// `cRLNumber`.
pub const CRL_NUMBER: &str = "2.5.29.20";
/// `reasonCode` of a CRL entry.
pub const CRL_REASON: &str = "2.5.29.21";
/// `cRLDistributionPoints`.
pub const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
/// `authorityKeyIdentifier`.
pub const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
/// `extKeyUsage`.
pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
/// Purpose `id-kp-serverAuth`.
pub const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
/// Purpose `id-kp-clientAuth`.
pub const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

// ICAO 9303-12.

/// Content of a master list.
pub const MASTER_LIST: &str = "2.23.136.1.1.2";
/// Extended key usage of a master list signer.
pub const MASTER_LIST_SIGNER: &str = "2.23.136.1.1.3";
/// Extension of a link certificate whose names differ.
pub const NAME_CHANGE: &str = "2.23.136.1.1.6.1";
/// Extension of a document signer.
pub const DOCUMENT_TYPE_LIST: &str = "2.23.136.1.1.6.2";
/// Content of a deviation list.
pub const DEVIATION_LIST: &str = "2.23.136.1.1.7";
/// Extended key usage of a deviation list signer.
pub const DEVIATION_LIST_SIGNER: &str = "2.23.136.1.1.8";

// RFC 5652 content types and attributes.

/// `id-signedData`.
pub const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
/// Attribute `contentType`.
pub const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
/// Attribute `messageDigest`.
pub const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
/// Attribute `signingTime`.
pub const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";

// Keys, hashes and signatures.

/// `id-ecPublicKey`.
pub const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
/// `prime-field`.
pub const PRIME_FIELD: &str = "1.2.840.10045.1.1";
/// `brainpoolP256r1`.
pub const BRAINPOOL_P256R1: &str = "1.3.36.3.3.2.8.1.1.7";
/// `secp256r1`.
pub const P256: &str = "1.2.840.10045.3.1.7";
/// `secp384r1`.
pub const P384: &str = "1.3.132.0.34";
/// `id-sha256`.
pub const SHA256: &str = "2.16.840.1.101.3.4.2.1";
/// `id-sha384`.
pub const SHA384: &str = "2.16.840.1.101.3.4.2.2";
/// `ecdsa-with-SHA256`.
pub const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";
/// `ecdsa-with-SHA384`.
pub const ECDSA_WITH_SHA384: &str = "1.2.840.10045.4.3.3";
