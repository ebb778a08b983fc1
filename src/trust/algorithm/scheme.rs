//! What a signature algorithm identifier says, once it is read.

use std::fmt;

use super::Hash;

/// How a signature was made.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scheme {
    /// ECDSA, over the curve of the key (FIPS 186-5 section 6).
    Ecdsa {
        /// The hash of the message.
        hash: Hash,
    },
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    RsaPkcs1 {
        /// The hash of the message.
        hash: Hash,
    },
    /// RSASSA-PSS with MGF1 and trailer field 1 (RFC 8017 section 8.1).
    RsaPss {
        /// The hash of the message.
        hash: Hash,
        /// The hash that MGF1 uses.
        mgf_hash: Hash,
        /// Bytes of salt, exactly.
        salt_len: u32,
    },
}

impl Scheme {
    /// The hash of the message.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        match *self {
            Self::Ecdsa { hash } | Self::RsaPkcs1 { hash } | Self::RsaPss { hash, .. } => hash,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa { hash } => write!(formatter, "ECDSA {hash}"),
            Self::RsaPkcs1 { hash } => write!(formatter, "RSA-PKCS1 {hash}"),
            Self::RsaPss { hash, mgf_hash, salt_len } if hash == mgf_hash => {
                write!(formatter, "RSA-PSS {hash} salt {salt_len}")
            }
            Self::RsaPss { hash, mgf_hash, salt_len } => {
                write!(formatter, "RSA-PSS {hash} MGF1 {mgf_hash} salt {salt_len}")
            }
        }
    }
}
