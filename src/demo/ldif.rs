//! Writes LDIF as the ICAO PKD offers it for download (RFC 2849).

use std::fmt::Write as _;

use crate::encoding;

/// One object of the directory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LdifEntry {
    /// What it is.
    pub kind: EntryKind,
    /// Two letters: the branch that it lies under.
    pub country: String,
    /// The entry's own name; the real PKD takes the subject or issuer, written as text.
    pub common_name: String,
    /// Serial in hexadecimal, or a number that keeps namesakes apart.
    pub serial: String,
    /// The certificate, CRL or master list.
    pub der: Vec<u8>,
    /// Code and text of a broken rule, such as `ERR:CSCA.CDP.14`: puts the entry under `nc-data`.
    pub nonconformity: Option<(String, String)>,
}

/// The kinds of object in the directory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EntryKind {
    /// A revocation list.
    Crl,
    /// A document signer's certificate.
    DocumentSigner,
    /// A signed master list.
    MasterList,
}

/// A whole file of entries, without those for the branches above them.
#[must_use]
pub fn write(entries: &[LdifEntry]) -> String {
    let mut text = String::from("version: 1\n");
    for entry in entries {
        text.push('\n');
        text.push_str(&entry.to_text());
    }
    text
}

impl LdifEntry {
    /// An entry without fault.
    #[must_use]
    pub fn new(
        kind: EntryKind,
        country: &str,
        common_name: &str,
        serial: &str,
        der: &[u8],
    ) -> Self {
        Self {
            kind,
            country: country.into(),
            common_name: common_name.into(),
            serial: serial.into(),
            der: der.to_vec(),
            nonconformity: None,
        }
    }

    fn to_text(&self) -> String {
        let (branch, attribute, classes) = match self.kind {
            EntryKind::Crl => ("crl", "certificateRevocationList;binary", CRL_CLASSES),
            EntryKind::DocumentSigner => ("dsc", "userCertificate;binary", SIGNER_CLASSES),
            EntryKind::MasterList => ("ml", "pkdMasterListContent", LIST_CLASSES),
        };
        let data = if self.nonconformity.is_some() { "nc-data" } else { "data" };
        let name = format!(
            "cn={}+sn={},o={branch},c={},dc={data},dc=download,dc=pkd,dc=icao,dc=int",
            escaped(&self.common_name),
            escaped(&self.serial),
            escaped(&self.country)
        );
        let mut lines = vec![
            line("dn", &name),
            line("pkdVersion", "1"),
            binary_line(attribute, &self.der),
            line("sn", &self.serial),
            line("cn", &self.common_name),
        ];
        if let Some((code, explanation)) = &self.nonconformity {
            lines.push(line("pkdConformanceCode", code));
            lines.push(line("pkdConformanceText", explanation));
        }
        lines.extend(classes.iter().map(|class| line("objectClass", class)));
        lines.concat()
    }
}

/// `attribute: value`, or `attribute:: base64` where the value is no `SAFE-STRING` (RFC 2849).
fn line(attribute: &str, value: &str) -> String {
    let safe_start = !value.starts_with([' ', ':', '<']);
    let safe = |letter: char| letter.is_ascii() && !matches!(letter, '\0' | '\n' | '\r');
    if safe_start && !value.ends_with(' ') && value.chars().all(safe) {
        return folded(&format!("{attribute}: {value}"));
    }
    binary_line(attribute, value.as_bytes())
}

fn binary_line(attribute: &str, value: &[u8]) -> String {
    folded(&format!("{attribute}:: {}", encoding::base64(value)))
}

/// A line that is cut after 76 columns, each following one led by a blank. ASCII only.
fn folded(long: &str) -> String {
    let mut text = String::new();
    let mut column: u32 = 0;
    for letter in long.chars() {
        if column == COLUMNS {
            text.push_str("\n ");
            column = 1;
        }
        text.push(letter);
        column = column.saturating_add(1);
    }
    text.push('\n');
    text
}

/// A value within a distinguished name (RFC 4514 section 2.4); `=` too, as the PKD has it.
fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut text = String::new();
    for (at, letter) in value.chars().enumerate() {
        let outer_blank = letter == ' ' && (at == 0 || at == last);
        let leading_hash = letter == '#' && at == 0;
        match letter {
            '\0' => text.push_str("\\00"),
            _ if SPECIAL.contains(letter) || outer_blank || leading_hash => {
                // Writing to a `String` cannot fail.
                let _ = write!(text, "\\{letter}");
            }
            _ => text.push(letter),
        }
    }
    text
}

const COLUMNS: u32 = 76;
const SPECIAL: &str = ",+\"\\<>;=";
const CRL_CLASSES: &[&str] = &["top", "cRLDistributionPoint", "pkdDownload"];
const LIST_CLASSES: &[&str] = &["top", "person", "pkdMasterList", "pkdDownload"];
const SIGNER_CLASSES: &[&str] =
    &["top", "person", "organizationalPerson", "inetOrgPerson", "pkdDownload"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_at_76_columns_and_not_before() {
        let exact = "x".repeat(76);
        assert_eq!(folded(&exact), format!("{exact}\n"));
        assert_eq!(folded(&"x".repeat(77)), format!("{exact}\n x\n"));
        let third = "x".repeat(76 + 75 + 1);
        assert_eq!(folded(&third), format!("{exact}\n {}\n x\n", "x".repeat(75)));
    }

    #[test]
    fn writes_each_kind_under_its_branch() {
        for (kind, start, attribute) in [
            (
                EntryKind::Crl,
                "dn: cn=N+sn=1,o=crl,c=UT,dc=data,",
                "certificateRevocationList;binary",
            ),
            (
                EntryKind::DocumentSigner,
                "dn: cn=N+sn=1,o=dsc,c=UT,dc=data,",
                "userCertificate;binary",
            ),
            (EntryKind::MasterList, "dn: cn=N+sn=1,o=ml,c=UT,dc=data,", "pkdMasterListContent"),
        ] {
            let text = write(&[LdifEntry::new(kind, "UT", "N", "1", b"foo")]);
            assert!(text.starts_with(&format!("version: 1\n\n{start}")), "{text}");
            assert!(text.contains(&format!("\n{attribute}:: Zm9v\n")), "{text}");
        }
    }

    #[test]
    fn puts_a_faulty_entry_under_nc_data() {
        let mut entry = LdifEntry::new(EntryKind::DocumentSigner, "UT", "N", "1", b"foo");
        entry.nonconformity = Some(("ERR:CSCA.CDP.14".into(), "no address".into()));
        let text = write(&[entry]);
        assert!(text.contains(",c=UT,dc=nc-data,"), "{text}");
        assert!(text.contains("\npkdConformanceCode: ERR:CSCA.CDP.14\n"), "{text}");
    }

    #[test]
    fn separates_entries_by_one_empty_line() {
        let entry = LdifEntry::new(EntryKind::Crl, "UT", "N", "1", b"foo");
        assert_eq!(write(&[entry.clone(), entry]).matches("\n\ndn: ").count(), 2);
        assert_eq!(write(&[]), "version: 1\n");
    }

    #[test]
    fn escapes_a_name_so_that_it_cannot_move_its_entry() {
        assert_eq!(escaped("CN=A,C=UT"), "CN\\=A\\,C\\=UT");
        assert_eq!(escaped(" a b "), "\\ a b\\ ");
        assert_eq!(escaped("#a#"), "\\#a#");
        assert_eq!(escaped("a\0"), "a\\00");
        assert_eq!(escaped(""), "");
    }

    #[test]
    fn encodes_what_is_not_safe_so_that_a_name_cannot_forge_a_line() {
        assert_eq!(line("cn", "a\ndn: b"), "cn:: YQpkbjogYg==\n");
        assert_eq!(line("cn", "ü"), "cn:: w7w=\n");
        assert_eq!(line("cn", " a"), "cn:: IGE=\n");
        assert_eq!(line("cn", "a "), "cn:: YSA=\n");
        assert_eq!(line("cn", "a b"), "cn: a b\n");
    }
}
