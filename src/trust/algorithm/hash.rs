//! The hash functions that passport signatures use.

use std::fmt;

use ring::digest;
use sha2::Digest as _;

/// A hash function.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Hash {
    /// SHA-1. Broken for signatures; whether it is accepted is for the profile to say, not for us.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// The usual name, such as `SHA-256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// Bytes of a digest.
    #[must_use]
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of `message`.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Digest {
        self.digest_of_parts(&[message])
    }

    /// The digest of `parts`, one after the other.
    #[must_use]
    pub(super) fn digest_of_parts(self, parts: &[&[u8]]) -> Digest {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => return sha224(parts),
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        let mut context = digest::Context::new(algorithm);
        for part in parts {
            context.update(part);
        }
        Digest(Output::Ring(context.finish()))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a hash function gave: 20 to 64 bytes, held without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct Digest(Output);

#[derive(Clone, Copy, Debug)]
enum Output {
    Ring(digest::Digest),
    Sha224([u8; 28]),
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        match &self.0 {
            Output::Ring(digest) => digest.as_ref(),
            Output::Sha224(digest) => digest,
        }
    }
}

/// ring has no SHA-224.
fn sha224(parts: &[&[u8]]) -> Digest {
    let mut context = sha2::Sha224::new();
    for part in parts {
        context.update(part);
    }
    Digest(Output::Sha224(context.finalize().into()))
}
