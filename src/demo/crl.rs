//! Issues certificate revocation lists after the CRL profile of ICAO 9303-12.

use super::error::IssueError;
use super::extension::{self, Extension};
use super::key::{Signer, seal};
use super::state::{Authority, Name};
use super::writer;

/// All that a CRL says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CrlSpec {
    /// 1 for version 2; `None` leaves the field out, which means version 1.
    pub version: Option<u64>,
    /// `AlgorithmIdentifier` within the signed part, if not the signer's own.
    pub inner_algorithm: Option<Vec<u8>>,
    /// `AlgorithmIdentifier` beside the signature, if not the signer's own.
    pub outer_algorithm: Option<Vec<u8>>,
    /// Who signs.
    pub issuer: Name,
    /// Unix seconds.
    pub this_update: i64,
    /// Unix seconds; mandatory for ICAO 9303-12, optional in RFC 5280's syntax.
    pub next_update: Option<i64>,
    /// If empty, the field is left out.
    pub revoked: Vec<Revoked>,
    /// In the order in which they are written; if empty, the field is left out.
    pub extensions: Vec<Extension>,
}

/// One revoked certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revoked {
    /// Content of the serial's `INTEGER`, as it is.
    pub serial: Vec<u8>,
    /// When it was revoked, in Unix seconds.
    pub at: i64,
    /// ICAO 9303-12 wants none. If empty, the field is left out.
    pub extensions: Vec<Extension>,
}

impl Revoked {
    /// Revoked without a reason.
    #[must_use]
    pub fn new(serial: &[u8], at: i64) -> Self {
        Self { serial: serial.to_vec(), at, extensions: Vec::new() }
    }

    /// Revoked for a reason (RFC 5280 section 5.3.1), as some States do though they should not.
    #[must_use]
    pub fn because(mut self, reason: u8) -> Self {
        self.extensions.push(extension::crl_reason(reason));
        self
    }

    fn to_der(&self) -> Result<Vec<u8>, IssueError> {
        let mut parts = vec![writer::raw_integer(&self.serial), writer::time(self.at)?];
        if !self.extensions.is_empty() {
            parts.push(extension::list(&self.extensions)?);
        }
        Ok(writer::sequence(parts))
    }
}

impl CrlSpec {
    /// An empty list that is replaced by `next_update`, with the extensions that are mandatory.
    #[must_use]
    pub fn new(csca: &Authority, number: u64, this_update: i64, next_update: i64) -> Self {
        Self {
            version: Some(1),
            inner_algorithm: None,
            outer_algorithm: None,
            issuer: csca.name.clone(),
            this_update,
            next_update: Some(next_update),
            revoked: Vec::new(),
            extensions: vec![
                extension::authority_key_identifier(&csca.key.key_identifier()),
                extension::crl_number(&number.to_be_bytes()),
            ],
        }
    }

    /// The same without the extensions of type `oid`.
    #[must_use]
    pub fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|extension| extension.oid != oid);
        self
    }

    /// The same with this extension, in place of all others of its type.
    #[must_use]
    pub fn with(self, extension: Extension) -> Self {
        let mut changed = self.without(extension.oid);
        changed.extensions.push(extension);
        changed
    }

    /// The signed CRL as DER.
    ///
    /// # Errors
    ///
    /// [`IssueError::MalformedOid`], [`IssueError::SigningFailed`], or
    /// [`IssueError::TimeOutOfRange`]
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, IssueError> {
        let mut parts = Vec::new();
        parts.extend(self.version.map(writer::integer));
        parts.push(match &self.inner_algorithm {
            Some(given) => given.clone(),
            None => signer.curve().signature_algorithm()?,
        });
        parts.push(self.issuer.to_der()?);
        parts.push(writer::time(self.this_update)?);
        if let Some(next_update) = self.next_update {
            parts.push(writer::time(next_update)?);
        }
        if !self.revoked.is_empty() {
            let entries =
                self.revoked.iter().map(Revoked::to_der).collect::<Result<Vec<_>, _>>()?;
            parts.push(writer::sequence(entries));
        }
        if !self.extensions.is_empty() {
            parts.push(writer::explicit(0, &extension::list(&self.extensions)?));
        }
        seal(&writer::sequence(parts), self.outer_algorithm.as_deref(), signer)
    }
}

#[cfg(test)]
mod tests {
    use super::super::curve::Curve;
    use super::super::key::KeyPair;
    use super::super::state::State;
    use super::*;

    fn authority() -> Authority {
        let key = KeyPair::generate(Curve::P256).unwrap();
        Authority::new(State::utopia(), "CSCA", key)
    }

    fn contains(der: &[u8], part: &[u8]) -> bool {
        der.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn writes_version_algorithm_issuer_and_times_in_order() {
        let csca = authority();
        let spec = CrlSpec::new(&csca, 7, 0, 86_400);
        let head = [
            writer::integer(1),
            Curve::P256.signature_algorithm().unwrap(),
            csca.name.to_der().unwrap(),
            b"\x17\x0d700101000000Z\x17\x0d700102000000Z\xa0".to_vec(),
        ];
        assert!(contains(&spec.issue(&csca.key).unwrap(), &head.concat()));
    }

    #[test]
    fn writes_an_entry_with_and_without_a_reason() {
        let csca = authority();
        let mut spec = CrlSpec::new(&csca, 7, 0, 86_400);
        spec.revoked = vec![Revoked::new(&[5], 0), Revoked::new(&[0xFF], 0).because(1)];
        let entries = b"\x30\x36\x30\x12\x02\x01\x05\x17\x0d700101000000Z\
            \x30\x20\x02\x01\xff\x17\x0d700101000000Z\
            \x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01";
        let der = spec.issue(&csca.key).unwrap();
        assert!(contains(&der, entries), "{der:02x?}");
    }

    #[test]
    fn leaves_out_what_is_absent() {
        let csca = authority();
        let mut spec = CrlSpec::new(&csca, 7, 0, 86_400);
        spec.next_update = None;
        spec.extensions.clear();
        spec.version = None;
        let tbs = writer::sequence([
            Curve::P256.signature_algorithm().unwrap(),
            csca.name.to_der().unwrap(),
            writer::time(0).unwrap(),
        ]);
        assert!(contains(&spec.issue(&csca.key).unwrap(), &tbs));
    }

    #[test]
    fn an_extension_can_be_replaced_or_removed() {
        let spec = CrlSpec::new(&authority(), 7, 0, 86_400);
        let replaced = spec.clone().with(extension::crl_number(&[8]));
        assert_eq!(replaced.extensions.len(), 2);
        assert_eq!(replaced.extensions[1], extension::crl_number(&[8]));
        assert_eq!(spec.without(super::super::oids::CRL_NUMBER).extensions.len(), 1);
    }

    #[test]
    fn refuses_a_time_that_cannot_be_written() {
        let csca = authority();
        let spec = CrlSpec::new(&csca, 7, 0, i64::MAX);
        assert_eq!(spec.issue(&csca.key), Err(IssueError::TimeOutOfRange));
    }
}
