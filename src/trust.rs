//! Pure: bytes, anchors and a time in, a [`verdict::Verdict`] out.
//!
//! Nothing here opens a file, asks the clock or starts a thread. The way of a question:
//!
//! 1. [`bundle`] tells what a file holds ([`der`], [`ldif`], PEM), and [`certificate`] reads one certificate.
//! 2. [`snapshot`] is everything that is trusted; [`change`] makes the next one from [`masterlist`]s (signed, [`cms`]),
//!    bundles, and an operator's word; [`diff`] shows what changes.
//! 3. [`validate()`](validate::validate) holds the certificate to the [`profile`] of its [`kind`], finds its issuer
//!    among the [`anchors`] ([`chain`]), verifies the signature ([`algorithm`]), and looks for its [`revocation`].
//! 4. [`verdict`] is the answer, with a [`check`] of each code.

pub mod algorithm;
pub mod anchors;
pub mod bundle;
pub mod bytes;
pub mod certificate;
pub mod chain;
pub mod change;
pub mod check;
pub mod cms;
pub mod country;
pub mod crl;
pub mod der;
pub mod diff;
pub mod extensions;
pub mod fingerprint;
pub mod kind;
pub mod ldif;
pub mod masterlist;
pub mod name;
pub mod oid;
pub mod profile;
pub mod revocation;
mod signed;
pub mod snapshot;
pub mod spki;
pub mod time;
pub mod validate;
pub mod verdict;
