//! Issues certificates after the certificate profile of ICAO 9303-12, or one change away from it.

use crate::clock::DAY;

use super::error::IssueError;
use super::extension::{self, Extension};
use super::key::{KeyPair, Signer, seal};
use super::state::{Authority, Name};
use super::{oids, writer};

/// All that a certificate says, apart from the subject's key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateSpec {
    /// 2 for version 3; `None` leaves the field out, which means version 1.
    pub version: Option<u64>,
    /// Content of the serial's `INTEGER`, as it is.
    pub serial: Vec<u8>,
    /// `AlgorithmIdentifier` within the signed part, if not the signer's own.
    pub inner_algorithm: Option<Vec<u8>>,
    /// `AlgorithmIdentifier` beside the signature, if not the signer's own.
    pub outer_algorithm: Option<Vec<u8>>,
    /// Who signs.
    pub issuer: Name,
    /// Unix seconds.
    pub not_before: i64,
    /// Unix seconds.
    pub not_after: i64,
    /// How both times are written.
    pub times: TimeForm,
    /// Whose key it is.
    pub subject: Name,
    /// Content of `subjectUniqueID`, which ICAO 9303-12 forbids.
    pub subject_unique_id: Option<Vec<u8>>,
    /// In the order in which they are written; if empty, the field is left out.
    pub extensions: Vec<Extension>,
}

/// How the times of a certificate are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TimeForm {
    /// `UTCTime` up to 2049, as all profiles want it.
    ByYear,
    /// `GeneralizedTime` whatever the year, as some real certificates have it.
    Generalized,
}

/// From when to when a certificate holds, in Unix seconds, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validity {
    /// First second.
    pub not_before: i64,
    /// Last second.
    pub not_after: i64,
}

impl Validity {
    /// `years` of 365 days from `not_before`.
    #[must_use]
    pub fn years(not_before: i64, years: u32) -> Self {
        let span = YEAR.saturating_mul(i64::from(years));
        Self { not_before, not_after: not_before.saturating_add(span) }
    }
}

impl CertificateSpec {
    /// A self-signed root. Its private key is used for at most 5 years.
    ///
    /// # Errors
    ///
    /// [`IssueError::TimeOutOfRange`]
    pub fn csca(own: &Authority, serial: u64, validity: Validity) -> Result<Self, IssueError> {
        let own_part = authority_extensions();
        Self::issued(own, &own.name, &own.key, serial, validity, CSCA_USE, own_part)
    }

    /// Carries trust from the `old` key to the `new` one: issued by the old authority, with the
    /// `NameChange` extension if the name is not the same.
    ///
    /// # Errors
    ///
    /// [`IssueError::TimeOutOfRange`]
    pub fn link(
        old: &Authority,
        new: &Authority,
        serial: u64,
        validity: Validity,
    ) -> Result<Self, IssueError> {
        let mut own_part = authority_extensions();
        own_part.extend((old.name != new.name).then(extension::name_change));
        Self::issued(old, &new.name, &new.key, serial, validity, CSCA_USE, own_part)
    }

    /// A document signer, for passports. Its private key is used for 90 days.
    ///
    /// # Errors
    ///
    /// [`IssueError::TimeOutOfRange`]
    pub fn dsc(
        csca: &Authority,
        common_name: &str,
        key: &KeyPair,
        serial: u64,
        validity: Validity,
    ) -> Result<Self, IssueError> {
        let own_part = vec![
            extension::key_usage(&[extension::DIGITAL_SIGNATURE]),
            extension::document_type_list(&["P"]),
        ];
        let subject = csca.state.name(common_name);
        Self::issued(csca, &subject, key, serial, validity, SIGNER_USE, own_part)
    }

    /// A signer of master lists.
    ///
    /// # Errors
    ///
    /// [`IssueError::TimeOutOfRange`]
    pub fn master_list_signer(
        csca: &Authority,
        common_name: &str,
        key: &KeyPair,
        serial: u64,
        validity: Validity,
    ) -> Result<Self, IssueError> {
        let own_part = list_signer_extensions(oids::MASTER_LIST_SIGNER)?;
        let subject = csca.state.name(common_name);
        Self::issued(csca, &subject, key, serial, validity, SIGNER_USE, own_part)
    }

    /// A signer of deviation lists.
    ///
    /// # Errors
    ///
    /// [`IssueError::TimeOutOfRange`]
    pub fn deviation_list_signer(
        csca: &Authority,
        common_name: &str,
        key: &KeyPair,
        serial: u64,
        validity: Validity,
    ) -> Result<Self, IssueError> {
        let own_part = list_signer_extensions(oids::DEVIATION_LIST_SIGNER)?;
        let subject = csca.state.name(common_name);
        Self::issued(csca, &subject, key, serial, validity, SIGNER_USE, own_part)
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

    /// The signed certificate as DER.
    ///
    /// # Errors
    ///
    /// [`IssueError::MalformedOid`], [`IssueError::SigningFailed`], or
    /// [`IssueError::TimeOutOfRange`]
    pub fn issue(&self, subject_spki: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, IssueError> {
        let to_sign = self.to_be_signed(subject_spki, signer)?;
        seal(&to_sign, self.outer_algorithm.as_deref(), signer)
    }

    /// `TBSCertificate` as DER, for a caller that wants to change bytes before [`seal`].
    ///
    /// # Errors
    ///
    /// [`IssueError::MalformedOid`] or [`IssueError::TimeOutOfRange`]
    pub fn to_be_signed(
        &self,
        subject_spki: &[u8],
        signer: &dyn Signer,
    ) -> Result<Vec<u8>, IssueError> {
        let write_time = match self.times {
            TimeForm::ByYear => writer::time,
            TimeForm::Generalized => writer::generalized_time,
        };
        let validity = [write_time(self.not_before)?, write_time(self.not_after)?];
        let mut parts = Vec::new();
        parts.extend(self.version.map(|number| writer::explicit(0, &writer::integer(number))));
        parts.push(writer::raw_integer(&self.serial));
        parts.push(match &self.inner_algorithm {
            Some(given) => given.clone(),
            None => signer.curve().signature_algorithm()?,
        });
        parts.push(self.issuer.to_der()?);
        parts.push(writer::sequence(validity));
        parts.push(self.subject.to_der()?);
        parts.push(subject_spki.to_vec());
        let unique_id = self.subject_unique_id.as_deref();
        parts.extend(unique_id.map(|id| writer::implicit(2, &writer::bit_string(id))));
        if !self.extensions.is_empty() {
            parts.push(writer::explicit(3, &extension::list(&self.extensions)?));
        }
        Ok(writer::sequence(parts))
    }

    /// What all types share, followed by what is their own.
    fn issued(
        issuer: &Authority,
        subject: &Name,
        key: &KeyPair,
        serial: u64,
        validity: Validity,
        private_use: i64,
        own_part: Vec<Extension>,
    ) -> Result<Self, IssueError> {
        let Validity { not_before, not_after } = validity;
        let use_ends = not_before.saturating_add(private_use).min(not_after);
        let mut extensions = vec![
            extension::authority_key_identifier(&issuer.key.key_identifier()),
            extension::subject_key_identifier(&key.key_identifier()),
            extension::private_key_usage_period(Some(not_before), Some(use_ends))?,
            extension::subject_alt_name(&issuer.state)?,
            extension::issuer_alt_name(&issuer.state)?,
            extension::crl_distribution_points(&[&issuer.state.crl_url]),
        ];
        extensions.extend(own_part);
        Ok(Self {
            version: Some(2),
            serial: serial_content(serial),
            inner_algorithm: None,
            outer_algorithm: None,
            issuer: issuer.name.clone(),
            not_before,
            not_after,
            times: TimeForm::ByYear,
            subject: subject.clone(),
            subject_unique_id: None,
            extensions,
        })
    }
}

/// Content of the `INTEGER` for `serial`: positive and minimal.
#[must_use]
pub fn serial_content(serial: u64) -> Vec<u8> {
    // An `INTEGER` of at most 9 bytes: one byte of tag, one of length.
    writer::integer(serial).into_iter().skip(2).collect()
}

fn authority_extensions() -> Vec<Extension> {
    vec![
        extension::key_usage(&[extension::KEY_CERT_SIGN, extension::CRL_SIGN]),
        extension::basic_constraints(Some(0)),
    ]
}

fn list_signer_extensions(purpose: &str) -> Result<Vec<Extension>, IssueError> {
    Ok(vec![
        extension::key_usage(&[extension::DIGITAL_SIGNATURE]),
        extension::extended_key_usage(&[purpose])?,
    ])
}

/// 365 days, in seconds.
const YEAR: i64 = 365 * DAY;
/// Seconds that an authority's private key is used: ICAO 9303-12 allows 3 to 5 years.
const CSCA_USE: i64 = YEAR.saturating_mul(5);
/// Seconds that a signer's private key is used: ICAO 9303-12 allows up to 3 months.
const SIGNER_USE: i64 = DAY.saturating_mul(90);

#[cfg(test)]
mod tests;
