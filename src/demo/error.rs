//! Why demo material could not be issued.

use std::fmt;

/// Why demo material could not be issued.
///
/// Only what cannot be written at all is an error. A value that breaks a rule of ICAO 9303-12 is
/// written as asked, since that is what the tests need.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IssueError {
    /// ring refused the private key: neither a P-256 nor a P-384 key in PKCS #8 form.
    KeyRejected,
    /// The dotted text is no object identifier (X.660: first arc 0 to 2, second below 40 under
    /// 0 and 1).
    MalformedOid,
    /// The system's random source failed.
    NoEntropy,
    /// ring could not sign.
    SigningFailed,
    /// The moment lies outside the years 0 to 9999, so no ASN.1 time can carry it.
    TimeOutOfRange,
}

impl fmt::Display for IssueError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::KeyRejected => "the private key is neither P-256 nor P-384 in PKCS #8 form",
            Self::MalformedOid => "the text is no object identifier",
            Self::NoEntropy => "the system's random source failed",
            Self::SigningFailed => "the signature could not be made",
            Self::TimeOutOfRange => "the time lies outside the years 1 to 9999",
        })
    }
}

impl std::error::Error for IssueError {}
