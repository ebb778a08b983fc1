//! A snapshot's file, and input that is made to exhaust.

use std::time::Duration;

use trust_service::clock::{Clock, SystemClock};
use trust_service::demo::extension::Extension;
use trust_service::demo::writer;
use trust_service::trust::bundle;
use trust_service::trust::certificate::{Certificate, CertificateError};
use trust_service::trust::change::Draft;
use trust_service::trust::crl::Crl;
use trust_service::trust::masterlist::MasterList;

use trust_service::trust::snapshot::Snapshot;
use trust_service::trust::verdict::Answer;

use super::common::{Csca, anchored, answer, ask, distrust, imported, now};

/// A snapshot with something of everything, and its file.
fn full() -> (Snapshot, Vec<u8>, Csca) {
    let csca = Csca::new("UT", "CSCA");
    let other = Csca::new("XX", "CSCA");
    let distrusted = Csca::new("YY", "CSCA");
    let link = csca.link_to(&Csca::new("UT", "CSCA"));
    let base = anchored(&[&csca.der]);
    let list = csca.list(&[&csca.der, &other.der, &distrusted.der, &link]);
    let base = imported(&base, "ut", &[&list]);
    let base = imported(&base, "bundle", &[&csca.dsc(9).der, &csca.crl_of(1, 5)]);
    let base = distrust(&base, distrusted.id());
    let (snapshot, bytes, _) = Draft::new(&base, now()).finish().unwrap();
    (snapshot, bytes, csca)
}

#[test]
fn what_is_written_is_read_back_as_the_same_snapshot() {
    let (snapshot, bytes, csca) = full();
    let read = Snapshot::decode(bytes).unwrap();
    assert_eq!(read.id(), snapshot.id());
    assert_eq!(read.label(), snapshot.label());
    assert_eq!(read.content(), snapshot.content());
    for serial in [5, 6] {
        let dsc = csca.dsc(serial);
        let (one, other) = (ask(&dsc.der, &snapshot), ask(&dsc.der, &read));
        assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&other).unwrap());
    }
    assert_eq!(answer(&csca.dsc(5).der, &read), Answer::Invalid);
}

#[test]
fn nothing_changed_is_the_same_snapshot() {
    let (snapshot, bytes, _) = full();
    let (again, same, _) = Draft::new(&snapshot, now().plus(999)).finish().unwrap();
    assert_eq!(again.id(), snapshot.id());
    assert_eq!(same, bytes);
    let empty = Snapshot::empty();
    let (again, bytes, _) = Draft::new(&empty, now()).finish().unwrap();
    assert_eq!(again.id(), empty.id());
    assert_eq!(Snapshot::decode(bytes).unwrap().id(), empty.id());
}

#[test]
fn any_changed_octet_is_an_error_or_another_snapshot() {
    let (snapshot, bytes, _) = full();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x04;
        if let Ok(read) = Snapshot::decode(changed) {
            assert_ne!(read.id(), snapshot.id(), "octet {at}");
        }
    }
}

#[test]
fn a_changed_certificate_of_an_anchor_is_an_error() {
    let (_, bytes, csca) = full();
    let start = bytes.windows(csca.der.len()).position(|window| window == csca.der).unwrap();
    for at in start..start + csca.der.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        assert!(Snapshot::decode(changed).is_err(), "octet {at}");
    }
}

#[test]
fn a_snapshot_cut_or_continued_anywhere_is_an_error() {
    let (_, bytes, _) = full();
    for end in 0..bytes.len() {
        assert!(Snapshot::decode(bytes[..end].to_vec()).is_err(), "cut at {end}");
    }
    assert!(Snapshot::decode([&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn lengths_beyond_the_file_are_an_error() {
    let (_, bytes, _) = full();
    let heading = b"trust-snapshot 1\n".len();
    for length in [u64::MAX, u64::MAX - 24, 1 << 40] {
        let mut changed = bytes.clone();
        changed[heading..heading + 8].copy_from_slice(&length.to_be_bytes());
        assert!(Snapshot::decode(changed).is_err());
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let field = text.find("\"length\":").unwrap();
    assert!(text[field..].len() > 20);
    let manifest = br#"{"sources":{},"operator_anchors":{},"distrusted":{},"links":[],"certificates":{"0000000000000000000000000000000000000000000000000000000000000000":{"about":"csca","length":18446744073709551615}},"crls":{}}"#;
    let length = u64::try_from(manifest.len()).unwrap().to_be_bytes();
    let huge = [b"trust-snapshot 1\n".as_slice(), &length, manifest].concat();
    assert!(Snapshot::decode(huge).is_err());
}

/// So many sequences inside one another around `inner`.
fn nested(depth: usize, inner: &[u8]) -> Vec<u8> {
    // From the inside out, headers in reverse order, so that it takes no quadratic time.
    let mut headers: Vec<Vec<u8>> = Vec::with_capacity(depth);
    let mut length = inner.len();
    for _ in 0..depth {
        let header = if length < 0x80 {
            vec![0x30, u8::try_from(length).unwrap()]
        } else {
            let digits = u32::try_from(length).unwrap().to_be_bytes();
            let skipped = digits.iter().take_while(|digit| **digit == 0).count();
            let mut header = vec![0x30, 0x80 | u8::try_from(4 - skipped).unwrap()];
            header.extend_from_slice(&digits[skipped..]);
            header
        };
        length += header.len();
        headers.push(header);
    }
    headers.reverse();
    [headers.concat(), inner.to_vec()].concat()
}

/// Runs `work`, which must end within `most`.
fn within(most: Duration, work: impl FnOnce()) {
    let clock = SystemClock::new();
    work();
    assert!(clock.uptime() < most, "{:?}", clock.uptime());
}

#[test]
fn ten_thousand_sequences_inside_one_another_are_refused_without_using_the_stack() {
    let deep = nested(10_000, &[]);
    within(Duration::from_secs(2), || {
        assert!(Certificate::parse(deep.clone()).is_err());
        assert!(Crl::parse(deep.clone()).is_err());
        assert!(MasterList::parse(&deep).is_err());
        assert!(bundle::read(&deep).is_err());
    });
}

#[test]
fn nesting_inside_an_extension_is_bounded_as_well() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    for oid in ["2.5.29.17", "2.5.29.31", "2.5.29.35", "2.5.29.37", "2.23.136.1.1.6.2", "2.999.1"] {
        let dsc = csca.dsc_with(5, |spec| {
            spec.extensions.retain(|one| one.oid != oid);
            spec.extensions.push(Extension::plain(oid, nested(8_000, &[])));
        });
        within(Duration::from_secs(2), || {
            if let Ok(certificate) = Certificate::parse(dsc.der.clone()) {
                let question = trust_service::trust::validate::Question::at(now());
                let _ = trust_service::trust::validate::validate(&certificate, &base, &question);
            }
        });
    }
}

#[test]
fn a_certificate_of_fifty_megabytes_is_refused_by_its_length() {
    let csca = Csca::new("UT", "CSCA");
    let big = csca.dsc_with(5, |spec| {
        spec.extensions.push(Extension::plain("2.999.1", vec![0; 50_000_000]));
    });
    within(Duration::from_secs(5), || {
        let error = Certificate::parse(big.der.as_slice()).unwrap_err();
        assert!(matches!(error, CertificateError::TooLarge(bytes) if bytes > 50_000_000));
        assert!(bundle::read(&big.der).is_err());
    });
}

#[test]
fn a_certificate_may_have_so_many_octets_and_no_more() {
    let csca = Csca::new("UT", "CSCA");
    let sized = |octets: usize| {
        csca.dsc_with(5, |spec| {
            spec.extensions.push(Extension::plain("2.999.1", vec![0; octets]));
        })
        .der
    };
    let around = sized(60_000).len() - 60_000;
    let most = trust_service::trust::certificate::MAX_CERTIFICATE_BYTES;
    // A signature is up to two octets shorter.
    assert!(Certificate::parse(sized(most - around - 8)).is_ok());
    assert!(Certificate::parse(sized(most - around + 8)).is_err());
}

#[test]
fn a_million_elements_are_refused_before_any_is_kept() {
    let many = writer::sequence([[0x05, 0x00].repeat(30_000)]);
    within(Duration::from_secs(2), || {
        assert!(Certificate::parse(many.clone()).is_err());
    });
    let many = writer::sequence([[0x05, 0x00].repeat(3_000_000)]);
    within(Duration::from_secs(10), || {
        assert!(Crl::parse(many.clone()).is_err());
        assert!(MasterList::parse(&many).is_err());
    });
}
