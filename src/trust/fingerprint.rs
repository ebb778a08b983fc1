//! The name of a certificate, CRL or file here: SHA-256 over its bytes.
//!
//! Distinguished names, serial numbers and key identifiers repeat in real trust stores; this does not.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoding;

/// SHA-256 over exact bytes. Printed as 64 lower-case hexadecimal digits; parsed in either case, and
/// with the colons that other tools print.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        let mut value = [0; 32];
        value.copy_from_slice(digest.as_ref());
        Self(value)
    }

    /// The fingerprint of one file; of several, that of their fingerprints, each added in turn. None of no files.
    #[must_use]
    pub fn of_files(files: &[&[u8]]) -> Option<Self> {
        let each = files.iter().map(|file| Self::of(file));
        each.reduce(|all, next| Self::of(&[all.0, next.0].concat()))
    }

    /// The 32 octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&encoding::hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Why a text is not a fingerprint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FingerprintError;

impl fmt::Display for FingerprintError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not a SHA-256 fingerprint: 64 hexadecimal digits, colons allowed")
    }
}

impl std::error::Error for FingerprintError {}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let text = text.strip_prefix("sha256:").unwrap_or(text);
        let digits: String = text.chars().filter(|character| *character != ':').collect();
        let bytes = encoding::from_hex(&digits).ok_or(FingerprintError)?;
        bytes.try_into().map(Self).map_err(|_| FingerprintError)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <std::borrow::Cow<'de, str>>::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_other_tools_print_it() {
        let own = Fingerprint::of(b"abc");
        let text = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD";
        assert_eq!(text.parse(), Ok(own));
        assert_eq!(own.to_string().parse(), Ok(own));
        assert_eq!(format!("sha256:{own}").parse(), Ok(own));
    }

    #[test]
    fn refuses_other_lengths_and_digits() {
        for text in ["", "ba78", &"0".repeat(63), &"0".repeat(66), &"g".repeat(64)] {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "{text}");
        }
    }
}
