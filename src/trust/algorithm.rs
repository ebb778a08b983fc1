//! Verifies the signatures that passport certificates carry, and prepares the keys to do so.
//!
//! Pure: numbers and bytes in, an answer out. Nothing here judges strength: SHA-1 and short RSA keys
//! are verified, so that their signer is known and a profile can name the weakness.
//!
//! `ring` does what it can: RSA from 1024 bits with the usual paddings, ECDSA over P-256 and P-384
//! with SHA-256 and SHA-384. The rest is `ecdsa` over `primeorder`, and `padding` over
//! `crypto-bigint`: no private key is ever involved, so constant time is not at stake.

mod curve;
mod ec;
mod ecdsa;
mod error;
mod hash;
mod key;
mod padding;
mod rsa;
mod scheme;
mod signature_value;
#[cfg(test)]
mod tests;

pub use curve::{Curve, DomainParameters};
pub use ec::EcKey;
pub use error::{KeyError, SignatureError};
pub use hash::{Digest, Hash};
pub use key::PublicKey;
pub use rsa::RsaKey;
pub use scheme::Scheme;
