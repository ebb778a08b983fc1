//! Issues ePassport certificates, CRLs, master lists and LDIF files for demonstrations and tests.
//!
//! The service itself only validates. Here a State can be made up whose material follows ICAO
//! 9303-12, or breaks exactly one of its rules: a `…Spec` is built complete by its constructor, all
//! its fields are public, and what a caller changes is written as it is.
//!
//! Nothing asks the clock; only fresh keys and the one-time number in each signature are random.
//! Nothing made here may be trusted outside a demonstration.
//!
//! ```
//! use trust_service::demo::certificate::{CertificateSpec, Validity};
//! use trust_service::demo::curve::Curve;
//! use trust_service::demo::key::{KeyPair, Params};
//! use trust_service::demo::state::{Authority, State};
//!
//! # fn main() -> Result<(), trust_service::demo::error::IssueError> {
//! let csca = Authority::new(State::utopia(), "CSCA Utopia", KeyPair::generate(Curve::P256)?);
//! let signer = KeyPair::generate(Curve::P256)?;
//! let validity = Validity::years(1_700_000_000, 10);
//! let mut spec = CertificateSpec::dsc(&csca, "Signer 1", &signer, 1, validity)?;
//! spec.serial = vec![0xFF]; // negative: one rule broken, all others kept
//! let der = spec.issue(&signer.spki(Params::Explicit)?, &csca.key)?;
//! # assert!(!der.is_empty());
//! # Ok(())
//! # }
//! ```

mod brainpool;
pub mod certificate;
pub mod crl;
pub mod curve;
pub mod error;
pub mod extension;
pub mod key;
pub mod ldif;
pub mod master_list;
pub mod material;
pub mod oids;
pub mod state;
pub mod tls;
pub mod writer;
