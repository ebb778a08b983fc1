//! Certificates written otherwise than they should be: changed bits, odd numbers, doubled parts.

use trust_service::demo::certificate::CertificateSpec;
use trust_service::demo::curve::Curve;
use trust_service::demo::extension::{self, Extension};
use trust_service::demo::key::Params;
use trust_service::demo::state::{Attribute, StringForm};
use trust_service::demo::{oids, writer};
use trust_service::trust::certificate::Certificate;
use trust_service::trust::check::{Code, Outcome, Policy};
use trust_service::trust::validate::{Question, validate};
use trust_service::trust::verdict::Answer;

use super::common::{Csca, anchored, answer, ask, ask_with, now, outcome};

#[test]
fn what_the_profile_asks_for_is_valid_under_the_strict_policy() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let link = csca.link_to(&Csca::new("UT", "CSCA"));
    for der in [&csca.der, &csca.dsc(5).der, &csca.list_signer().der, &link] {
        let verdict = ask_with(der, &base, |asked| asked.policy = Policy::Strict);
        assert_eq!(verdict.verdict, Answer::Valid, "{:?}", verdict.reason());
    }
}

#[test]
fn no_certificate_with_one_bit_changed_is_valid() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let pair = super::common::key();
    let spec =
        CertificateSpec::dsc(&csca.authority, "S", &pair, 5, super::common::since(30, 10)).unwrap();
    let der = spec.issue(&pair.spki(Params::Named).unwrap(), csca.key()).unwrap();
    assert_eq!(answer(&der, &base), Answer::Valid);
    let mut valid = Vec::new();
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut changed = der.clone();
            changed[at] ^= 1 << bit;
            let Ok(certificate) = Certificate::parse(changed) else { continue };
            let verdict = validate(&certificate, &base, &Question::at(now()));
            if verdict.verdict == Answer::Valid || verdict.valid_now {
                valid.push((at, bit, der.len()));
            }
        }
    }
    assert!(valid.is_empty(), "octet, bit, octets in all: {valid:?}");
}

#[test]
fn a_certificate_cut_anywhere_is_an_error() {
    let der = Csca::new("UT", "CSCA").dsc(5).der;
    for end in 0..der.len() {
        assert!(Certificate::parse(&der[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn bytes_behind_a_certificate_are_an_error() {
    let csca = Csca::new("UT", "CSCA");
    let der = csca.dsc(5).der;
    for tail in [&[0][..], &[0, 0], b"\n", &csca.der] {
        assert!(Certificate::parse([&der, tail].concat()).is_err());
    }
}

#[test]
fn an_odd_serial_number_is_a_deviation_that_strict_fails() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let odd: [&[u8]; 6] = [&[0xFF], &[0x80, 1], &[0], &[0x7F; 21], &[0, 5], &[0xFF, 0xFF]];
    for serial in odd {
        let dsc = csca.dsc_with(1, |spec| spec.serial = serial.to_vec());
        let verdict = ask(&dsc.der, &base);
        assert_eq!(verdict.verdict, Answer::Valid, "{serial:?}");
        assert_eq!(outcome(&verdict, Code::Serial), Outcome::Warn, "{serial:?}");
        let strict = ask_with(&dsc.der, &base, |asked| asked.policy = Policy::Strict);
        assert_eq!(strict.verdict, Answer::Invalid, "{serial:?}");
    }
    let longest = csca.dsc_with(1, |spec| spec.serial = vec![0x7F; 20]);
    assert_eq!(outcome(&ask(&longest.der, &base), Code::Serial), Outcome::Pass);
}

#[test]
fn an_empty_or_endless_serial_number_is_an_error() {
    let csca = Csca::new("UT", "CSCA");
    for serial in [vec![], vec![1; 65]] {
        let dsc = csca.dsc_with(1, |spec| spec.serial = serial.clone());
        assert!(Certificate::parse(dsc.der).is_err());
    }
}

#[test]
fn an_algorithm_outside_the_signed_part_that_differs_is_never_valid() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let with_null =
        writer::sequence([writer::oid(oids::ECDSA_WITH_SHA256).unwrap(), writer::null()]);
    for other in [Curve::P384.signature_algorithm().unwrap(), with_null] {
        let outside = csca.dsc_with(5, |spec| spec.outer_algorithm = Some(other.clone()));
        let inside = csca.dsc_with(5, |spec| spec.inner_algorithm = Some(other.clone()));
        for dsc in [outside, inside] {
            let verdict = ask(&dsc.der, &base);
            assert_eq!(verdict.verdict, Answer::Invalid);
            assert_eq!(outcome(&verdict, Code::SignatureAlgorithm), Outcome::Fail);
        }
    }
}

#[test]
fn an_unknown_critical_extension_is_never_valid_and_an_uncritical_one_is_passed_over() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let critical = csca.dsc_with(5, |spec| {
        spec.extensions.push(Extension::critical("2.999.1", writer::null()));
    });
    let verdict = ask(&critical.der, &base);
    assert_eq!(verdict.verdict, Answer::Invalid);
    assert_eq!(outcome(&verdict, Code::CriticalExtension), Outcome::Fail);
    let plain = csca.dsc_with(5, |spec| {
        spec.extensions.push(Extension::plain("2.999.1", writer::null()));
    });
    assert_eq!(answer(&plain.der, &base), Answer::Valid);
}

#[test]
fn an_anchor_with_an_unknown_critical_extension_is_refused() {
    let root = Csca::with("UT", "CSCA", super::common::since(730, 13), |spec| {
        spec.extensions.push(Extension::critical("2.999.1", writer::null()));
    });
    assert!(super::common::anchor_also(&anchored(&[]), &root.der).is_err());
}

#[test]
fn an_extension_that_stands_there_twice_is_never_valid() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let count = CertificateSpec::dsc(
        &csca.authority,
        "S",
        &super::common::key(),
        5,
        super::common::since(30, 10),
    )
    .unwrap()
    .extensions
    .len();
    for which in 0..count {
        let dsc = csca.dsc_with(5, |spec| {
            let twin = spec.extensions[which].clone();
            spec.extensions.push(twin);
        });
        if let Ok(certificate) = Certificate::parse(dsc.der) {
            let verdict = validate(&certificate, &base, &Question::at(now()));
            assert_eq!(verdict.verdict, Answer::Invalid, "extension {which}");
        }
    }
}

#[test]
fn an_unknown_extension_that_stands_there_twice_is_not_valid_under_the_strict_policy() {
    // RFC 5280 section 4.2: "A certificate MUST NOT include more than one instance of a particular extension."
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc_with(5, |spec| {
        for value in [writer::null(), writer::integer(1)] {
            spec.extensions.push(Extension::plain("2.999.1", value));
        }
    });
    let strict = ask_with(&dsc.der, &anchored(&[&csca.der]), |asked| asked.policy = Policy::Strict);
    assert_eq!(strict.verdict, Answer::Invalid);
}

#[test]
fn the_first_of_two_key_usages_does_not_hide_the_second() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc_with(5, |spec| {
        spec.extensions.push(extension::key_usage(&[extension::KEY_CERT_SIGN]));
    });
    assert_eq!(answer(&dsc.der, &anchored(&[&csca.der])), Answer::Invalid);
}

#[test]
fn a_version_other_than_three_is_never_valid() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    for version in [None, Some(0), Some(1), Some(3), Some(255)] {
        let dsc = csca.dsc_with(5, |spec| spec.version = version);
        if let Ok(certificate) = Certificate::parse(dsc.der) {
            let verdict = validate(&certificate, &base, &Question::at(now()));
            assert_eq!(verdict.verdict, Answer::Invalid, "{version:?}");
        }
    }
}

#[test]
fn a_name_with_control_characters_reaches_no_output_as_it_is() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc_with(5, |spec| {
        spec.subject.attributes.push(Attribute {
            oid: oids::COMMON_NAME,
            form: StringForm::Utf8,
            value: "x\n2026 verdict=valid\r\u{1b}[2J\u{0}\u{9b}".to_owned(),
        });
    });
    let verdict = ask(&dsc.der, &anchored(&[&csca.der]));
    assert!(!verdict.subject.chars().any(char::is_control), "{:?}", verdict.subject);
    for check in &verdict.checks {
        assert!(!check.detail.chars().any(char::is_control), "{:?}", check.detail);
    }
}

#[test]
fn a_name_cannot_turn_the_direction_of_a_line_or_break_it() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc_with(5, |spec| {
        spec.subject.attributes.push(Attribute {
            oid: oids::COMMON_NAME,
            form: StringForm::Utf8,
            value: "a\u{202e}dilav\u{2028}\u{2029}\u{2066}".to_owned(),
        });
    });
    let verdict = ask(&dsc.der, &anchored(&[&csca.der]));
    let sly = |one: char| matches!(one, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!verdict.subject.chars().any(sly), "{:?}", verdict.subject);
}

#[test]
fn one_name_in_two_spellings_is_one_issuer() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc_with(5, |spec| {
        for attribute in &mut spec.issuer.attributes {
            attribute.form = StringForm::Printable;
            attribute.value = format!(" {} ", attribute.value.to_lowercase());
        }
    });
    assert_eq!(answer(&dsc.der, &anchored(&[&csca.der])), Answer::Valid);
}
