//! Ways around distrust, pins and revocation that a reviewer found, and that stay closed.

use std::time::{Duration, Instant};

use trust_service::clock::DAY;
use trust_service::demo::certificate::CertificateSpec;
use trust_service::demo::crl::Revoked;
use trust_service::demo::curve::Curve;
use trust_service::demo::extension;
use trust_service::demo::key::{Params, seal};
use trust_service::demo::ldif::{self, EntryKind, LdifEntry};
use trust_service::demo::writer;
use trust_service::trust::bundle;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{Draft, ImportOptions};
use trust_service::trust::check::{Code, Policy};
use trust_service::trust::crl::{Crl, CrlError};
use trust_service::trust::der::{self, Reader};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::snapshot::Snapshot;
use trust_service::trust::verdict::Answer;

use super::common::{
    Csca, Imported, NOW, anchor_also, anchored, answer, ask, ask_with, distrust, failed, import,
    imported, key, now, since,
};

/// The same certificate with the other signature that ECDSA allows: (r, n - s).
fn respelt(der: &[u8]) -> Vec<u8> {
    let certificate = Certificate::parse(der).unwrap();
    let signature = certificate.signature();
    let (r, rest) = signature[4..].split_at(usize::from(signature[3]));
    let s = &rest[2..];
    let order = Curve::P256.parameters().order;
    let mut other = vec![0; order.len()];
    let mut borrow = 0_i16;
    for at in 0..order.len() {
        let digit_of_s = s.iter().rev().nth(at).copied().unwrap_or(0);
        let place = order.len() - 1 - at;
        let digit = i16::from(order[place]) - i16::from(digit_of_s) - borrow;
        borrow = i16::from(digit < 0);
        other[place] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    let value = writer::sequence([writer::raw_integer(r), writer::unsigned_integer(&other)]);
    let algorithm = Curve::P256.signature_algorithm().unwrap();
    writer::sequence([certificate.signed_part().to_vec(), algorithm, writer::bit_string(&value)])
}

fn import_ldif(base: &Snapshot, lists: &[(&str, &[u8])], options: &ImportOptions) -> Imported {
    let entries: Vec<LdifEntry> = lists
        .iter()
        .map(|(country, list)| LdifEntry::new(EntryKind::MasterList, country, "List", "1", list))
        .collect();
    let text = ldif::write(&entries);
    let mut draft = Draft::new(base, now());
    let items = bundle::read(text.as_bytes()).unwrap();
    draft.import("pkd", Fingerprint::of(text.as_bytes()), &items, options)?;
    let (snapshot, _, reports) = draft.finish()?;
    Ok((snapshot, reports))
}

#[test]
fn a_distrusted_list_signer_is_known_again_however_its_certificate_is_spelt() {
    let (csca, rogue) = (Csca::new("UT", "CSCA"), Csca::new("XX", "ROGUE"));
    let signer = csca.list_signer();
    let good = csca.list_spec(&signer, &[&csca.der], NOW - 2 * DAY).issue(&signer.key).unwrap();
    let base = imported(&anchored(&[&csca.der]), "ut", &[&good]);
    let base = distrust(&base, Fingerprint::of(&signer.der));
    let mut spec = csca.list_spec(&signer, &[&csca.der, &rogue.der], NOW - DAY);
    spec.certificates[0] = respelt(&signer.der);
    let respelt = spec.issue(&signer.key).unwrap();
    assert!(import(&base, "ut", &[&respelt]).is_err());
}

#[test]
fn a_link_that_its_csca_revoked_moves_no_pin_and_issues_nothing() {
    let (old, new) = (Csca::new("UT", "CSCA old"), Csca::since("UT", "CSCA new", since(300, 13)));
    let link = old.link_to(&new);
    let base = imported(&anchored(&[&old.der]), "ut", &[&old.list(&[&old.der])]);
    let list = new.list_at(&[&new.der, &link], NOW - 3_600);
    assert!(import(&base, "ut", &[&list]).is_ok(), "unrevoked, it does");
    let revoked = imported(&base, "crl", &[&old.crl_of(1, 2)]);
    assert_eq!(answer(&link, &revoked), Answer::Invalid);
    assert!(import(&revoked, "ut", &[&list]).is_err());
    let anchored = anchor_also(&revoked, &link).unwrap();
    let verdict = ask(&new.dsc(9).der, &anchored);
    assert_eq!(failed(&verdict), [Code::Anchor]);
}

#[test]
fn an_unsigned_file_does_not_bring_an_older_list_back_under_another_name() {
    let (csca, gone) = (Csca::new("UT", "CSCA"), Csca::new("XX", "GONE"));
    let old = csca.list_at(&[&csca.der, &gone.der], NOW - 20 * DAY);
    let new = csca.list_at(&[&csca.der], NOW - DAY);
    let options = ImportOptions::default();
    let (base, _) =
        import_ldif(&anchored(&[&csca.der]), &[("UT", &new), ("YY", &new)], &options).unwrap();
    for lists in [[("UT", &*new), ("UT", &*old)], [("UT", &*new), ("ZZ", &*old)]] {
        let (snapshot, reports) = import_ldif(&base, &lists, &options).unwrap();
        assert_eq!(answer(&gone.dsc(3).der, &snapshot), Answer::Indeterminate);
        assert!(reports.iter().any(|report| !report.refused.is_empty()));
    }
}

#[test]
fn what_is_accepted_for_one_list_of_a_file_moves_no_other_pin() {
    let (de, fr) = (Csca::new("DE", "CSCA"), Csca::new("FR", "CSCA"));
    let held = de.list_at(&[&de.der], NOW - 10 * DAY);
    let options = ImportOptions::default();
    let (base, _) =
        import_ldif(&anchored(&[&de.der]), &[("DE", &held), ("XX", &held)], &options).unwrap();
    let list = fr.list_at(&[&fr.der], NOW - DAY);
    let accept = ImportOptions { accept_signers: vec![fr.id()], allow_older: false };
    let (snapshot, _) = import_ldif(&base, &[("DE", &list), ("FR", &list)], &accept).unwrap();
    let pin = |source: &str| snapshot.content().sources[source].signer.as_ref().unwrap().csca;
    assert_eq!((pin("pkd-DE"), pin("pkd-FR")), (de.id(), fr.id()));
}

#[test]
fn a_negative_serial_is_revoked_by_its_unsigned_spelling() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc_with(1, |spec| spec.serial = vec![0xF0, 0x01]);
    let mut crl = csca.crl(1);
    crl.revoked = vec![Revoked::new(&[0x00, 0xF0, 0x01], NOW - DAY)];
    let crl = crl.issue(csca.key()).unwrap();
    let snapshot = imported(&anchored(&[&csca.der]), "crl", &[&crl]);
    assert_eq!(answer(&dsc.der, &snapshot), Answer::Invalid);
}

#[test]
fn a_crl_of_eighty_thousand_extensions_is_refused_at_once() {
    let algorithm = Curve::P256.signature_algorithm().unwrap();
    let extensions: Vec<Vec<u8>> = (0..80_000_u32)
        .map(|number| {
            let [_, high, middle, low] = number.to_be_bytes();
            let arcs = [
                0x2A,
                0x81 + high,
                0x80 | middle >> 1,
                0x80 | (middle << 6 | low >> 2) & 0x7F,
                low & 3,
            ];
            writer::sequence([writer::element(0x06, &arcs), writer::octet_string(&[])])
        })
        .chain([writer::sequence([
            writer::element(0x06, &[0x2A, 0x03]),
            writer::boolean(true),
            writer::octet_string(&[]),
        ])])
        .collect();
    let signed = writer::sequence([
        writer::integer(1),
        algorithm.clone(),
        writer::sequence([Vec::new()]),
        writer::time(NOW).unwrap(),
        writer::explicit(0, &writer::sequence(extensions)),
    ]);
    let crl = writer::sequence([signed, algorithm, writer::bit_string(&[0])]);
    #[expect(
        clippy::disallowed_methods,
        reason = "a bound far above what it takes, far below what it took"
    )]
    let began = Instant::now();
    assert!(matches!(Crl::parse(crl), Err(CrlError::UnknownCritical(_))));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn strict_takes_no_times_but_those_to_the_second_in_z() {
    let csca = Csca::new("UT", "CSCA");
    let subject = key();
    let spec = CertificateSpec::dsc(&csca.authority, "Signer", &subject, 5, since(30, 10)).unwrap();
    let whole = spec.to_be_signed(&subject.spki(Params::Explicit).unwrap(), csca.key()).unwrap();
    let snapshot = anchored(&[&csca.der]);
    for (tag, not_before, fails) in [
        (der::UTC_TIME, "261025000000Z", false),
        (der::UTC_TIME, "2610250000Z", true),
        (der::UTC_TIME, "261025000000+0100", true),
        (der::GENERALIZED_TIME, "20261025000000.5Z", true),
    ] {
        let mut fields = Reader::new(&whole).inside(der::SEQUENCE).unwrap();
        let mut parts = Vec::new();
        while !fields.is_empty() {
            parts.push(fields.element().unwrap().whole.to_vec());
        }
        let not_after = writer::element(der::UTC_TIME, b"361124000000Z");
        parts[4] = writer::sequence([writer::element(tag, not_before.as_bytes()), not_after]);
        let signer = seal(&writer::sequence(parts), None, csca.key()).unwrap();
        if let Ok(certificate) = Certificate::parse(signer) {
            let verdict =
                ask_with(certificate.der(), &snapshot, |question| question.policy = Policy::Strict);
            assert_eq!(failed(&verdict).contains(&Code::Encoding), fails, "{not_before}");
        } else {
            assert!(fails, "{not_before}");
        }
    }
}

#[test]
fn a_critical_purpose_of_another_kind_is_no_document_signers() {
    let csca = Csca::new("UT", "CSCA");
    let snapshot = anchored(&[&csca.der]);
    for (critical, expected) in [(true, Answer::Invalid), (false, Answer::Valid)] {
        let dsc = csca.dsc_with(7, |spec| {
            let mut purpose = extension::extended_key_usage(&["1.3.6.1.5.5.7.3.8"]).unwrap();
            purpose.critical = critical;
            *spec = spec.clone().with(purpose);
        });
        assert_eq!(answer(&dsc.der, &snapshot), expected, "critical: {critical}");
    }
}
