//! Writes the extensions of certificates and CRLs: RFC 5280's, and the two of ICAO 9303-12.

use super::error::IssueError;
use super::state::State;
use super::{oids, writer};

/// One extension, with its value not yet wrapped in an `OCTET STRING`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Extension {
    /// Dotted identifier.
    pub oid: &'static str,
    /// Written only if true, as DER wants for a default.
    pub critical: bool,
    /// The DER inside the `OCTET STRING`.
    pub value: Vec<u8>,
}

impl Extension {
    /// An extension that a reader must understand.
    #[must_use]
    pub fn critical(oid: &'static str, value: Vec<u8>) -> Self {
        Self { oid, critical: true, value }
    }

    /// An extension that a reader may skip.
    #[must_use]
    pub fn plain(oid: &'static str, value: Vec<u8>) -> Self {
        Self { oid, critical: false, value }
    }

    fn to_der(&self) -> Result<Vec<u8>, IssueError> {
        let mut parts = vec![writer::oid(self.oid)?];
        parts.extend(self.critical.then(|| writer::boolean(true)));
        parts.push(writer::octet_string(&self.value));
        Ok(writer::sequence(parts))
    }
}

/// `Extensions`: all of them in the order given.
///
/// # Errors
///
/// [`IssueError::MalformedOid`]
pub fn list(extensions: &[Extension]) -> Result<Vec<u8>, IssueError> {
    let encoded = extensions.iter().map(Extension::to_der).collect::<Result<Vec<_>, _>>()?;
    Ok(writer::sequence(encoded))
}

/// Key identifier of the issuer (RFC 5280 section 4.2.1.1).
#[must_use]
pub fn authority_key_identifier(identifier: &[u8]) -> Extension {
    let value = writer::sequence([writer::implicit(0, &writer::octet_string(identifier))]);
    Extension::plain(oids::AUTHORITY_KEY_IDENTIFIER, value)
}

/// Key identifier of the subject (RFC 5280 section 4.2.1.2).
#[must_use]
pub fn subject_key_identifier(identifier: &[u8]) -> Extension {
    Extension::plain(oids::SUBJECT_KEY_IDENTIFIER, writer::octet_string(identifier))
}

/// Key usage by the numbers of its bits: [`DIGITAL_SIGNATURE`], [`KEY_CERT_SIGN`], [`CRL_SIGN`].
#[must_use]
pub fn key_usage(bits: &[u32]) -> Extension {
    Extension::critical(oids::KEY_USAGE, writer::named_bits(bits))
}

/// From when to when the private key signs, in Unix seconds (RFC 3280 section 4.2.1.4).
///
/// # Errors
///
/// [`IssueError::TimeOutOfRange`]
pub fn private_key_usage_period(
    not_before: Option<i64>,
    not_after: Option<i64>,
) -> Result<Extension, IssueError> {
    let mut bounds = Vec::new();
    for (tag, bound) in [(0, not_before), (1, not_after)] {
        if let Some(unix) = bound {
            bounds.push(writer::implicit(tag, &writer::generalized_time(unix)?));
        }
    }
    let value = writer::sequence(bounds);
    Ok(Extension::plain(oids::PRIVATE_KEY_USAGE_PERIOD, value))
}

/// Alternative name of the subject: three-letter code and mail address of its State.
///
/// # Errors
///
/// None in practice: the identifiers are constants.
pub fn subject_alt_name(state: &State) -> Result<Extension, IssueError> {
    Ok(Extension::plain(oids::SUBJECT_ALT_NAME, state_names(state)?))
}

/// Alternative name of the issuer: three-letter code and mail address of its State.
///
/// # Errors
///
/// None in practice: the identifiers are constants.
pub fn issuer_alt_name(state: &State) -> Result<Extension, IssueError> {
    Ok(Extension::plain(oids::ISSUER_ALT_NAME, state_names(state)?))
}

/// Marks an authority; `path_length` is 0 for all of ICAO's.
#[must_use]
pub fn basic_constraints(path_length: Option<u64>) -> Extension {
    let mut parts = vec![writer::boolean(true)];
    parts.extend(path_length.map(writer::integer));
    Extension::critical(oids::BASIC_CONSTRAINTS, writer::sequence(parts))
}

/// The only purposes that the key serves; critical, as ICAO 9303-12 wants it for list signers.
///
/// # Errors
///
/// [`IssueError::MalformedOid`]
pub fn extended_key_usage(purposes: &[&str]) -> Result<Extension, IssueError> {
    let purposes = purposes.iter().map(|oid| writer::oid(oid)).collect::<Result<Vec<_>, _>>()?;
    Ok(Extension::critical(oids::EXTENDED_KEY_USAGE, writer::sequence(purposes)))
}

/// Where CRLs are found, one distribution point for each address.
#[must_use]
pub fn crl_distribution_points(urls: &[&str]) -> Extension {
    let points = urls.iter().map(|url| {
        let names = writer::sequence([writer::implicit(6, &writer::ia5(url))]);
        writer::sequence([writer::explicit(0, &writer::implicit(0, &names))])
    });
    Extension::plain(oids::CRL_DISTRIBUTION_POINTS, writer::sequence(points))
}

/// The types of document that a document signer may sign, such as `P` or `ID`.
#[must_use]
pub fn document_type_list(types: &[&str]) -> Extension {
    let types = writer::set_of(types.iter().map(|kind| writer::printable(kind)));
    let value = writer::sequence([writer::integer(0), types]);
    Extension::plain(oids::DOCUMENT_TYPE_LIST, value)
}

/// Says that the authority's name differs from its predecessor's.
#[must_use]
pub fn name_change() -> Extension {
    Extension::plain(oids::NAME_CHANGE, writer::null())
}

/// Number of a CRL, big-endian.
#[must_use]
pub fn crl_number(number: &[u8]) -> Extension {
    Extension::plain(oids::CRL_NUMBER, writer::unsigned_integer(number))
}

/// Why one certificate was revoked (RFC 5280 section 5.3.1), such as 1 for a compromised key.
#[must_use]
pub fn crl_reason(reason: u8) -> Extension {
    Extension::plain(oids::CRL_REASON, writer::element(0x0A, &[reason]))
}

/// Bit of [`key_usage`].
pub const DIGITAL_SIGNATURE: u32 = 0;
/// Bit of [`key_usage`].
pub const KEY_CERT_SIGN: u32 = 5;
/// Bit of [`key_usage`].
pub const CRL_SIGN: u32 = 6;

/// `GeneralNames` with `rfc822Name`, and `directoryName` that holds only the locality.
fn state_names(state: &State) -> Result<Vec<u8>, IssueError> {
    let locality = [writer::oid(oids::LOCALITY)?, writer::printable(&state.code)];
    let directory = writer::sequence([writer::set_of([writer::sequence(locality)])]);
    let contact = writer::implicit(1, &writer::ia5(&state.contact));
    Ok(writer::sequence([contact, writer::explicit(4, &directory)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_criticality_only_if_true() {
        let critical = list(&[key_usage(&[DIGITAL_SIGNATURE])]).unwrap();
        assert_eq!(
            critical,
            b"\x30\x10\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x07\x80"
        );
        let plain = list(&[name_change()]).unwrap();
        assert_eq!(plain, b"\x30\x0f\x30\x0d\x06\x07\x67\x81\x08\x01\x01\x06\x01\x04\x02\x05\x00");
    }

    #[test]
    fn writes_the_document_types_sorted_after_a_version() {
        let value = document_type_list(&["PO", "P", "ID"]).value;
        assert_eq!(value, b"\x30\x10\x02\x01\x00\x31\x0b\x13\x01P\x13\x02ID\x13\x02PO");
    }

    #[test]
    fn a_usage_period_may_lack_either_end() {
        let start = private_key_usage_period(Some(0), None).unwrap().value;
        assert_eq!(start, b"\x30\x11\x80\x0f19700101000000Z");
        let end = private_key_usage_period(None, Some(0)).unwrap().value;
        assert_eq!(end, b"\x30\x11\x81\x0f19700101000000Z");
        assert_eq!(private_key_usage_period(None, None).unwrap().value, [0x30, 0]);
    }

    #[test]
    fn names_the_state_by_its_three_letters() {
        let state = State { contact: "a@b".into(), ..State::utopia() };
        let value = subject_alt_name(&state).unwrap().value;
        let expected =
            b"\x30\x17\x81\x03a@b\xa4\x10\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x07\x13\x03UTO";
        assert_eq!(value, expected);
        assert_eq!(issuer_alt_name(&state).unwrap().value, value);
    }

    #[test]
    fn writes_the_rest_byte_for_byte() {
        assert_eq!(authority_key_identifier(&[9]).value, b"\x30\x03\x80\x01\x09");
        assert_eq!(subject_key_identifier(&[9]).value, b"\x04\x01\x09");
        assert_eq!(basic_constraints(Some(0)).value, b"\x30\x06\x01\x01\xff\x02\x01\x00");
        assert_eq!(basic_constraints(None).value, b"\x30\x03\x01\x01\xff");
        assert_eq!(
            extended_key_usage(&[oids::MASTER_LIST_SIGNER]).unwrap().value,
            b"\x30\x08\x06\x06\x67\x81\x08\x01\x01\x03"
        );
        assert_eq!(
            crl_distribution_points(&["u"]).value,
            b"\x30\x09\x30\x07\xa0\x05\xa0\x03\x86\x01u"
        );
        assert_eq!(crl_number(&[0x80]).value, b"\x02\x02\x00\x80");
        assert_eq!(crl_reason(1).value, b"\x0a\x01\x01");
    }
}
