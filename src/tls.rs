//! Mutual TLS: the server's credentials, who may connect, and what is known of a client whose certificate held.
//!
//! Invariant: a [`VerifiedPeer`] is made by an [`Acceptor`] alone, from a chain that verified under its client CA and
//! revocation lists at that time, on a full handshake or a resumed one. rustls does not look at a resumed session's
//! certificate again; the acceptor does.

pub mod acceptor;
pub mod check;
pub mod credentials;
pub mod crl;
pub mod error;
pub mod names;
pub mod settings;
mod verifier;

pub use acceptor::{Acceptor, VerifiedPeer};
pub use credentials::certificates as ca_certificates;
pub use error::TlsError;
pub use settings::{CrlFetch, MinVersion, TlsSettings};
