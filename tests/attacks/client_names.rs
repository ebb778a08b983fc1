//! Certificates whose names read differently to different programs: none of them is a name here.

use trust_service::clock::{Clock, SystemClock};
use trust_service::demo::certificate::{CertificateSpec, TimeForm};
use trust_service::demo::curve::Curve;
use trust_service::demo::extension::Extension;
use trust_service::demo::key::{KeyPair, Params};
use trust_service::demo::state::{Attribute, Name, StringForm};
use trust_service::demo::{oids, writer};
use trust_service::tls::names::Names;

/// The names of a certificate with these common names, and these alternative names: 2 for DNS, 6 for a URI.
fn names(common: &[(StringForm, &str)], alternative: &[(u8, &[u8])]) -> Names {
    let key = KeyPair::generate(Curve::P256).unwrap();
    let attribute = |(form, value): &(StringForm, &str)| Attribute {
        oid: oids::COMMON_NAME,
        form: *form,
        value: (*value).to_owned(),
    };
    let name = Name { attributes: common.iter().map(attribute).collect() };
    let alternative: Vec<Vec<u8>> =
        alternative.iter().map(|(kind, text)| writer::element(0x80 | kind, text)).collect();
    let now = SystemClock::new().wall();
    let spec = CertificateSpec {
        version: Some(2),
        serial: vec![1],
        inner_algorithm: None,
        outer_algorithm: None,
        issuer: name.clone(),
        not_before: now.seconds(),
        not_after: now.plus(60).seconds(),
        times: TimeForm::ByYear,
        subject: name,
        subject_unique_id: None,
        extensions: vec![Extension::plain(oids::SUBJECT_ALT_NAME, writer::sequence(alternative))],
    };
    let der = spec.issue(&key.spki(Params::Named).unwrap(), &key).unwrap();
    Names::of(&der).unwrap()
}

const HOST: &[(u8, &[u8])] = &[(2, b"host.example")];

#[test]
fn plain_names_are_read_in_every_form_that_all_programs_read_alike() {
    for form in [StringForm::Utf8, StringForm::Printable] {
        let read = names(&[(form, "admin")], &[(2, b"host.example"), (6, b"spiffe://x/y")]);
        assert_eq!(
            (&*read.common_names, &*read.issuer_common_names),
            (&["admin".into()][..], &["admin".into()][..])
        );
        assert_eq!(
            (&*read.dns, &*read.uris),
            (&["host.example".into()][..], &["spiffe://x/y".into()][..])
        );
        assert!(read.left_out.is_empty());
    }
}

#[test]
fn a_common_name_with_a_control_character_or_in_a_form_of_two_readings_is_none() {
    for (form, text) in [
        (StringForm::Utf8, "admin\0"),
        (StringForm::Utf8, "admin\0.example"),
        (StringForm::Utf8, "admin\nroles: [operator]"),
        (StringForm::Utf8, "\radmin"),
        (StringForm::Utf8, "admin\u{85}"),
        (StringForm::Printable, "admin\0"),
        (StringForm::Bmp, "admin"),
        (StringForm::Teletex, "admin"),
    ] {
        let read = names(&[(form, text)], HOST);
        assert!(read.common_names.is_empty() && read.issuer_common_names.is_empty(), "{text:?}");
        assert_eq!(read.left_out, ["cn", "issuer"], "{text:?}");
        assert_eq!(read.dns, ["host.example"], "what else it says still counts");
    }
}

#[test]
fn of_two_common_names_none_hides_the_other() {
    let two = names(&[(StringForm::Utf8, "admin"), (StringForm::Utf8, "post-7")], HOST);
    assert_eq!(two.common_names, ["admin", "post-7"], "two, and so no rule takes either");
    for (form, text) in [
        (StringForm::Bmp, "post-7"),
        (StringForm::Teletex, "post-7"),
        (StringForm::Utf8, "post-7\0"),
        (StringForm::Utf8, "\n"),
    ] {
        for pair in [
            [(StringForm::Utf8, "admin"), (form, text)],
            [(form, text), (StringForm::Utf8, "admin")],
        ] {
            assert!(names(&pair, HOST).common_names.is_empty(), "{pair:?}");
        }
    }
}

#[test]
fn alternative_names_with_control_characters_or_no_text_are_none() {
    let read = names(
        &[(StringForm::Utf8, "a")],
        &[
            (2, b"host.example\0.evil"),
            (2, b"good.example"),
            (2, b"\nhost.example"),
            (6, b"spiffe://x/y\0"),
            (6, b"spiffe://x/\xff"),
        ],
    );
    assert_eq!(read.dns, ["good.example"]);
    assert!(read.uris.is_empty());
    assert_eq!(read.left_out, ["dns", "uri"]);
}
