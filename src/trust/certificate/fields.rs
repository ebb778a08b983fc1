//! The fields of a certificate's signed part, each as it stands, none of them judged.

use super::super::der::{self, DerError, Element, Reader};

/// `TBSCertificate` (RFC 5280 section 4.1.2).
#[derive(Debug)]
pub(super) struct Fields<'a> {
    /// The version as it is written, which counts from zero.
    pub(super) version: u32,
    /// The serial number's octets, whatever they are.
    pub(super) serial: &'a [u8],
    pub(super) issuer: &'a [u8],
    pub(super) not_before: Element<'a>,
    pub(super) not_after: Element<'a>,
    pub(super) subject: &'a [u8],
    pub(super) key: &'a [u8],
    /// Whether there is an issuer's or a subject's unique identifier.
    pub(super) unique_ids: bool,
    pub(super) extensions: Vec<Extension<'a>>,
}

/// `Extension` (RFC 5280 section 4.1).
#[derive(Debug)]
pub(super) struct Extension<'a> {
    pub(super) kind: &'a [u8],
    pub(super) critical: bool,
    pub(super) value: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Takes the content of a signed part apart.
    ///
    /// # Errors
    ///
    /// Where a field is missing, out of place, or of another type.
    pub(super) fn read(mut fields: Reader<'a>) -> Result<Self, DerError> {
        let version = match fields.optional(der::context(0))? {
            None => 0,
            Some(version) => version.reader().small()?,
        };
        let serial = fields.take(der::INTEGER)?.content;
        fields.inside(der::SEQUENCE)?.take(der::OID)?;
        let issuer = fields.take(der::SEQUENCE)?.whole;
        let mut validity = fields.inside(der::SEQUENCE)?;
        let (not_before, not_after) = (validity.element()?, validity.element()?);
        let subject = fields.take(der::SEQUENCE)?.whole;
        let key = fields.take(der::SEQUENCE)?;
        let mut key_fields = key.reader();
        key_fields.inside(der::SEQUENCE)?.take(der::OID)?;
        key_fields.bit_string()?;
        let unique_ids = [fields.optional(ISSUER_ID)?, fields.optional(SUBJECT_ID)?];
        let extensions = extensions(fields)?;
        Ok(Self {
            version,
            serial,
            issuer,
            not_before,
            not_after,
            subject,
            key: key.whole,
            unique_ids: unique_ids.iter().any(Option::is_some),
            extensions,
        })
    }
}

/// `[3] EXPLICIT SEQUENCE OF Extension`, and nothing behind it.
///
/// Whether a critical one is TRUE is told as BER has it, where any octet but zero is.
fn extensions(mut fields: Reader<'_>) -> Result<Vec<Extension<'_>>, DerError> {
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let mut wrapped = fields.inside(der::context(3))?;
    fields.end()?;
    let mut each = wrapped.inside(der::SEQUENCE)?;
    wrapped.end()?;
    let mut extensions = Vec::with_capacity(USUAL_EXTENSIONS);
    while !each.is_empty() {
        let mut extension = each.inside(der::SEQUENCE)?;
        let kind = extension.take(der::OID)?.content;
        let critical = match extension.optional(der::BOOLEAN)? {
            None => false,
            Some(Element { content: [octet], .. }) => *octet != 0,
            Some(_) => return Err(DerError::Value),
        };
        let value = extension.take(der::OCTET_STRING)?.content;
        extensions.push(Extension { kind, critical, value });
    }
    Ok(extensions)
}

/// `[1] IMPLICIT BIT STRING`.
const ISSUER_ID: u8 = 0x81;
/// `[2] IMPLICIT BIT STRING`.
const SUBJECT_ID: u8 = 0x82;
/// Room for as many as real certificates have.
const USUAL_EXTENSIONS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    /// A signed part's content: serial 5, empty names and times, a key without bits, both identifiers, two extensions.
    const WHOLE: [u8; 70] = [
        0xA0, 3, 2, 1, 2, 2, 1, 5, 0x30, 3, 6, 1, 0x2A, 0x30, 0, 0x30, 4, 0x17, 0, 0x17, 0, 0x30,
        0, 0x30, 8, 0x30, 3, 6, 1, 0x2A, 3, 1, 0, 0x81, 2, 0, 1, 0x82, 2, 0, 1, 0xA3, 0x1B, 0x30,
        0x19, 0x30, 0x0B, 6, 3, 0x55, 0x1D, 15, 1, 1, 1, 4, 1, 9, 0x30, 0x0A, 6, 3, 0x55, 0x1D, 14,
        4, 3, 1, 2, 3,
    ];

    fn read(bytes: &[u8]) -> Result<Fields<'_>, DerError> {
        Fields::read(Reader::new(bytes))
    }

    #[test]
    fn reads_every_field_as_it_stands() {
        let fields = read(&WHOLE).unwrap();
        assert_eq!((fields.version, fields.serial, fields.unique_ids), (2, &[5][..], true));
        let extensions: Vec<_> =
            fields.extensions.iter().map(|one| (one.critical, one.value)).collect();
        assert_eq!(extensions, [(true, &[9][..]), (false, &[1, 2, 3][..])]);
        let bare = read(&WHOLE[5..33]).unwrap();
        assert_eq!((bare.version, bare.unique_ids, bare.extensions.len()), (0, false, 0));
    }

    #[test]
    fn refuses_fields_that_are_cut_short_or_of_another_type() {
        for end in (5..33).chain(34..37).chain(38..41).chain(42..WHOLE.len()) {
            assert!(read(&WHOLE[..end]).is_err(), "cut at {end}");
        }
        for tag in [0, 2, 5, 8, 10, 13, 15, 21, 23, 25, 27, 30, 33, 41, 43, 45, 47, 55, 58, 60, 65]
        {
            let mut other = WHOLE;
            other[tag] ^= 0x40;
            assert!(read(&other).is_err(), "tag at {tag}");
        }
        assert!(read(&[&WHOLE[..], &[5, 0]].concat()).is_err());
    }
}
