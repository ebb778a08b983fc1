//! Describes who issues: the State, its names, and one generation of its signing authority.

use super::error::IssueError;
use super::key::KeyPair;
use super::{oids, writer};

/// An issuing State and what its certificates say about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct State {
    /// Two letters, as in `countryName`.
    pub country: String,
    /// Three letters, as in the machine readable zone.
    pub code: String,
    /// The organisation in all names.
    pub organisation: String,
    /// Mail address in the alternative names.
    pub contact: String,
    /// Where the CRL is published.
    pub crl_url: String,
}

impl State {
    /// Any State, with made-up contacts.
    #[must_use]
    pub fn new(country: &str, code: &str) -> Self {
        let host = code.to_ascii_lowercase();
        Self {
            country: country.into(),
            code: code.into(),
            organisation: "Passport Office".into(),
            contact: format!("csca@{host}.example"),
            crl_url: format!("http://{host}.example/csca.crl"),
        }
    }

    /// Utopia, the State of ICAO's specimens.
    #[must_use]
    pub fn utopia() -> Self {
        Self::new("UT", "UTO")
    }

    /// The name of `common_name` within this State.
    #[must_use]
    pub fn name(&self, common_name: &str) -> Name {
        Name::new(&self.country, &self.organisation, common_name)
    }
}

/// One generation of a country signing authority: a name and a key.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Whose authority.
    pub state: State,
    /// Subject of its own certificate, issuer of the others.
    pub name: Name,
    /// What it signs with.
    pub key: KeyPair,
}

impl Authority {
    /// An authority named after its State.
    #[must_use]
    pub fn new(state: State, common_name: &str, key: KeyPair) -> Self {
        Self { name: state.name(common_name), state, key }
    }
}

/// A distinguished name: one attribute in each part, written in this order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Name {
    /// All attributes; any may be changed, repeated or left out.
    pub attributes: Vec<Attribute>,
}

/// One attribute of a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    /// Dotted identifier of the attribute's type.
    pub oid: &'static str,
    /// How the value is encoded.
    pub form: StringForm,
    /// The value.
    pub value: String,
}

/// The string types met in names; ICAO 9303-12 allows the first and the last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StringForm {
    /// `BMPString`, two octets a character; met in old certificates.
    Bmp,
    /// `PrintableString`, the only one for `countryName`.
    Printable,
    /// `TeletexString`, met in old certificates.
    Teletex,
    /// `UTF8String`.
    Utf8,
}

impl Name {
    /// Country, organisation and common name; all but the country in UTF-8.
    #[must_use]
    pub fn new(country: &str, organisation: &str, common_name: &str) -> Self {
        let attribute = |oid, form, value: &str| Attribute { oid, form, value: value.to_owned() };
        Self {
            attributes: vec![
                attribute(oids::COUNTRY, StringForm::Printable, country),
                attribute(oids::ORGANISATION, StringForm::Utf8, organisation),
                attribute(oids::COMMON_NAME, StringForm::Utf8, common_name),
            ],
        }
    }

    /// The same text with every attribute encoded as `form`.
    #[must_use]
    pub fn with_form(mut self, form: StringForm) -> Self {
        for attribute in &mut self.attributes {
            attribute.form = form;
        }
        self
    }

    /// The name without attributes of type `oid`.
    #[must_use]
    pub fn without(mut self, oid: &str) -> Self {
        self.attributes.retain(|attribute| attribute.oid != oid);
        self
    }

    /// The name as DER.
    ///
    /// # Errors
    ///
    /// [`IssueError::MalformedOid`]
    pub fn to_der(&self) -> Result<Vec<u8>, IssueError> {
        let parts = self.attributes.iter().map(|attribute| {
            let value = match attribute.form {
                StringForm::Bmp => writer::bmp(&attribute.value),
                StringForm::Printable => writer::printable(&attribute.value),
                StringForm::Teletex => writer::teletex(&attribute.value),
                StringForm::Utf8 => writer::utf8(&attribute.value),
            };
            let pair = writer::sequence([writer::oid(attribute.oid)?, value]);
            Ok(writer::set_of([pair]))
        });
        Ok(writer::sequence(parts.collect::<Result<Vec<_>, IssueError>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_each_attribute_in_its_own_set() {
        let name = Name::new("UT", "O", "C").without(oids::ORGANISATION);
        let expected = b"\x30\x19\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02UT\
            \x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01C";
        assert_eq!(name.to_der().unwrap(), expected);
    }

    #[test]
    fn the_same_name_can_be_encoded_in_another_form() {
        let name = State::utopia().name("CSCA");
        let printable = name.clone().with_form(StringForm::Printable);
        let teletex = name.clone().with_form(StringForm::Teletex);
        assert_ne!(printable.to_der(), name.to_der());
        assert_ne!(printable.to_der(), teletex.to_der());
        assert_eq!(printable.to_der().unwrap().len(), name.to_der().unwrap().len());
    }

    #[test]
    fn refuses_an_attribute_without_a_type() {
        let mut name = Name::new("UT", "O", "C");
        name.attributes[0].oid = "country";
        assert_eq!(name.to_der(), Err(IssueError::MalformedOid));
    }
}
