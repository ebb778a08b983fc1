//! Which certificates are trusted to issue, how an operator takes that back, and which of several is shown.

use trust_service::clock::DAY;
use trust_service::clock::{Clock, SystemClock};
use trust_service::demo::certificate::{CertificateSpec, Validity};
use trust_service::demo::curve::Curve;
use trust_service::demo::key::{KeyPair, Params};
use trust_service::demo::{oids, writer};
use trust_service::trust::anchors::{AnchorStatus, MAX_CANDIDATES};
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{ChangeError, Draft};
use trust_service::trust::check::Code;
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::snapshot::Snapshot;
use trust_service::trust::validate::At;
use trust_service::trust::verdict::Answer;

use super::common::{
    Csca, NOW, anchor_also, anchored, answer, ask, ask_with, distrust, failed, import, imported,
    now, since,
};

/// Another root with the key of `csca`.
fn again(csca: &Csca, serial: u64, validity: Validity) -> Vec<u8> {
    let spec = CertificateSpec::csca(&csca.authority, serial, validity).unwrap();
    spec.issue(&csca.key().spki(Params::Explicit).unwrap(), csca.key()).unwrap()
}

fn status(snapshot: &Snapshot, which: Fingerprint) -> AnchorStatus {
    snapshot.anchors().status(snapshot.anchors().get(&which).unwrap(), now())
}

/// An ECDSA certificate with the other signature that everybody can make of a given one: r, n - s.
fn with_other_signature(der: &[u8]) -> Vec<u8> {
    let certificate = Certificate::parse(der).unwrap();
    let signature = certificate.signature().to_vec();
    let r_length = usize::from(signature[3]);
    let r = &signature[4..4 + r_length];
    let s = &signature[6 + r_length..];
    let order = Curve::P256.parameters().order;
    let s = [vec![0; 32_usize.saturating_sub(s.len())], s[s.len().saturating_sub(32)..].to_vec()]
        .concat();
    let mut borrow = 0_i16;
    let mut other = vec![0; 32];
    for at in (0..32).rev() {
        let digit = i16::from(order[at]) - i16::from(s[at]) - borrow;
        borrow = i16::from(digit < 0);
        other[at] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    let value = writer::sequence([writer::raw_integer(r), writer::unsigned_integer(&other)]);
    writer::sequence([
        certificate.signed_part().to_vec(),
        Curve::P256.signature_algorithm().unwrap(),
        writer::bit_string(&value),
    ])
}

#[test]
fn distrust_takes_what_an_anchor_signed_with_it() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc(5);
    let base = distrust(&anchored(&[&csca.der]), csca.id());
    let verdict = ask(&dsc.der, &base);
    assert_eq!(verdict.verdict, Answer::Invalid);
    assert_eq!(failed(&verdict), [Code::Anchor]);
    assert!(!verdict.valid_now);
    let issued = ask_with(&dsc.der, &base, |asked| asked.at = At::Issuance);
    assert_eq!(issued.verdict, Answer::Invalid);
}

#[test]
fn distrust_outlives_the_list_that_holds_it_and_every_import_after() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let full = |age| csca.list_at(&[&csca.der, &other.der], NOW - age);
    let base = imported(&anchored(&[&csca.der]), "ut", &[&full(9)]);
    let base = distrust(&base, other.id());
    let again = imported(&base, "ut", &[&full(8)]);
    assert_eq!(answer(&other.dsc(5).der, &again), Answer::Invalid);
    let dropped = imported(&again, "ut", &[&csca.list_at(&[&csca.der], NOW - 7)]);
    assert_ne!(answer(&other.dsc(5).der, &dropped), Answer::Valid);
    let back = imported(&dropped, "ut", &[&full(6)]);
    assert_eq!(answer(&other.dsc(5).der, &back), Answer::Invalid);
    let elsewhere = imported(&dropped, "second", &[&full(5)]);
    assert_eq!(answer(&other.dsc(5).der, &elsewhere), Answer::Invalid);
}

#[test]
fn an_operator_cannot_anchor_what_is_distrusted() {
    let csca = Csca::new("UT", "CSCA");
    let base = distrust(&anchored(&[]), csca.id());
    let error = anchor_also(&base, &csca.der).unwrap_err();
    assert!(matches!(error, ChangeError::Distrusted { .. }), "{error}");
}

#[test]
fn distrust_before_the_certificate_is_known_holds_once_it_comes() {
    let (csca, other) = (Csca::new("UT", "CSCA"), Csca::new("XX", "CSCA"));
    let base = distrust(&anchored(&[&csca.der]), other.id());
    let base = imported(&base, "ut", &[&csca.list(&[&other.der])]);
    assert_eq!(answer(&other.dsc(5).der, &base), Answer::Invalid);
}

#[test]
fn distrust_covers_every_certificate_with_the_same_key() {
    let csca = Csca::new("UT", "CSCA");
    let twin = again(&csca, 2, since(600, 12));
    let base = distrust(&anchored(&[&csca.der, &twin]), Fingerprint::of(&twin));
    assert_eq!(answer(&csca.dsc(5).der, &base), Answer::Invalid);
    assert_eq!(status(&base, csca.id()), AnchorStatus::Distrusted);
    let later = distrust(&anchored(&[&csca.der]), csca.id());
    let later = anchor_also(&later, &again(&csca, 3, since(500, 12))).unwrap();
    assert_eq!(answer(&csca.dsc(5).der, &later), Answer::Invalid, "a re-issue brings nothing back");
}

#[test]
fn distrust_of_a_root_covers_the_link_to_it_and_not_its_issuer() {
    let (old, new) = (Csca::new("UT", "CSCA"), Csca::since("UT", "CSCA", since(700, 13)));
    let link = old.link_to(&new);
    let base = distrust(&anchored(&[&old.der, &link, &new.der]), new.id());
    assert_eq!(answer(&new.dsc(5).der, &base), Answer::Invalid);
    assert_eq!(answer(&old.dsc(5).der, &base), Answer::Valid);
    assert_eq!(status(&base, Fingerprint::of(&link)), AnchorStatus::Distrusted);
}

#[test]
fn a_document_signer_is_distrusted_by_its_fingerprint() {
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc(5);
    let base = distrust(&anchored(&[&csca.der]), Fingerprint::of(&dsc.der));
    assert_eq!(answer(&dsc.der, &base), Answer::Invalid);
    assert_eq!(answer(&csca.dsc(6).der, &base), Answer::Valid);
}

#[test]
fn a_distrusted_document_signer_is_not_washed_by_writing_it_differently() {
    // Whoever holds a certificate can make another one of it with the same signed part: a second ECDSA
    // signature, or a length in more octets. Its fingerprint is another one, the key is the same.
    let csca = Csca::new("UT", "CSCA");
    let dsc = csca.dsc(5);
    let base = imported(&anchored(&[&csca.der]), "bundle", &[&dsc.der]);
    let base = distrust(&base, Fingerprint::of(&dsc.der));
    let longer = [&[0x30, 0x83, 0][..], &dsc.der[2..]].concat();
    for washed in [with_other_signature(&dsc.der), longer] {
        assert_ne!(washed, dsc.der);
        let Ok(certificate) = Certificate::parse(washed.clone()) else { continue };
        let same = Certificate::parse(dsc.der.clone()).unwrap();
        assert_eq!(certificate.signed_part(), same.signed_part());
        assert_ne!(answer(&washed, &base), Answer::Valid);
    }
}

#[test]
fn the_status_says_whether_an_anchor_is_of_use() {
    let expired = Csca::since("AA", "CSCA", since(4_000, 10));
    let old = Csca::new("UT", "CSCA");
    let new = Csca::since("UT", "CSCA", since(100, 13));
    let lost = Csca::new("XX", "CSCA");
    let base = anchored(&[&expired.der, &old.der, &new.der, &lost.der]);
    let base = distrust(&base, lost.id());
    assert_eq!(status(&base, expired.id()), AnchorStatus::Expired);
    assert_eq!(status(&base, old.id()), AnchorStatus::Superseded);
    assert_eq!(status(&base, new.id()), AnchorStatus::Trusted);
    assert_eq!(status(&base, lost.id()), AnchorStatus::Distrusted);
}

#[test]
fn neither_a_distrusted_nor_a_future_successor_supersedes() {
    let old = Csca::new("UT", "CSCA");
    let future = Csca::since("UT", "CSCA", since(-10, 13));
    let base = anchored(&[&old.der, &future.der]);
    assert_eq!(status(&base, old.id()), AnchorStatus::Trusted);
    let new = Csca::since("UT", "CSCA", since(100, 13));
    let base = distrust(&anchored(&[&old.der, &new.der]), new.id());
    assert_eq!(status(&base, old.id()), AnchorStatus::Trusted);
}

#[test]
fn a_reissue_of_one_key_does_not_supersede_it() {
    let csca = Csca::new("UT", "CSCA");
    let twin = again(&csca, 2, since(100, 13));
    let base = anchored(&[&csca.der, &twin]);
    assert_eq!(status(&base, csca.id()), AnchorStatus::Trusted);
}

#[test]
fn two_roots_with_one_issuer_and_serial_number_are_told_apart() {
    let (first, second) = (Csca::new("UT", "CSCA"), Csca::new("UT", "CSCA"));
    let base = anchored(&[&first.der, &second.der]);
    assert_eq!(base.anchors().all().len(), 2);
    for csca in [&first, &second] {
        assert_eq!(ask(&csca.dsc(5).der, &base).path[0].sha256, csca.id());
        let without_id = csca.dsc_with(5, |spec| {
            *spec = spec.clone().without(oids::AUTHORITY_KEY_IDENTIFIER);
        });
        assert_eq!(ask(&without_id.der, &base).path[0].sha256, csca.id());
    }
}

#[test]
fn of_several_issuers_one_in_force_is_shown_then_a_root_then_the_latest_then_the_lowest() {
    let old = Csca::new("UT", "CSCA");
    let csca = Csca::since("UT", "CSCA", since(650, 13));
    let link = old.link_to(&csca);
    let expired = again(&csca, 2, Validity { not_before: NOW - 60 * DAY, not_after: NOW - DAY });
    let newer = again(&csca, 3, since(600, 13));
    let same: Vec<Vec<u8>> = (4..8).map(|serial| again(&csca, serial, since(600, 13))).collect();
    let shown = |roots: &[&[u8]]| ask(&csca.dsc(5).der, &anchored(roots)).path[0].sha256;
    assert_eq!(shown(&[&link, &expired]), Fingerprint::of(&link), "in force before self-signed");
    assert_eq!(shown(&[&link, &csca.der]), csca.id(), "self-signed before a link");
    assert_eq!(shown(&[&csca.der, &newer]), Fingerprint::of(&newer), "latest notBefore");
    let all: Vec<&[u8]> = same.iter().map(Vec::as_slice).collect();
    let lowest = same.iter().map(|der| Fingerprint::of(der)).min().unwrap();
    assert_eq!(shown(&all), lowest, "lowest SHA-256");
    let before = |asked: &mut trust_service::trust::validate::Question| {
        asked.at = At::Time(now().plus(-40 * DAY));
    };
    let base = anchored(&[&newer, &expired]);
    let dsc = csca.dsc(5);
    assert_eq!(ask_with(&dsc.der, &base, before).path[0].sha256, Fingerprint::of(&expired));
}

#[test]
fn a_key_counts_once_however_its_curve_is_written() {
    let csca = Csca::new("UT", "CSCA");
    let spec = CertificateSpec::csca(&csca.authority, 9, since(500, 12)).unwrap();
    let named = spec.issue(&csca.key().spki(Params::Named).unwrap(), csca.key()).unwrap();
    let base = anchored(&[&csca.der, &named]);
    let anchor = base.anchors().get(&csca.id()).unwrap();
    assert_eq!(base.anchors().with_key_of(anchor).count(), 2);
}

#[test]
fn of_forty_csca_of_one_name_a_certificate_that_names_its_key_finds_it() {
    let all: Vec<Csca> = (0..40).map(|_| Csca::new("UT", "CSCA")).collect();
    let roots: Vec<&[u8]> = all.iter().map(|csca| &csca.der[..]).collect();
    let base = anchored(&roots);
    for csca in &all {
        assert_eq!(answer(&csca.dsc(5).der, &base), Answer::Valid);
    }
}

#[test]
fn of_forty_csca_of_one_name_no_genuine_certificate_is_called_forged_since_not_all_are_tried() {
    // `invalid` is: no key of the issuer verifies the signature. Whoever tries 32 keys of 40 cannot say so.
    let all: Vec<Csca> = (0..40).map(|_| Csca::new("UT", "CSCA")).collect();
    let roots: Vec<&[u8]> = all.iter().map(|csca| &csca.der[..]).collect();
    let snapshot = anchored(&roots);
    let name = Certificate::parse(all[0].der.clone()).unwrap();
    let candidates = snapshot.anchors().candidates(name.subject().normal(), None);
    assert_eq!(candidates.len(), MAX_CANDIDATES);
    let clock = SystemClock::new();
    let mut found = 0_usize;
    for csca in &all {
        let without_id = csca.dsc_with(5, |spec| {
            *spec = spec.clone().without(oids::AUTHORITY_KEY_IDENTIFIER);
        });
        let verdict = answer(&without_id.der, &snapshot);
        assert_ne!(verdict, Answer::Invalid, "a genuine certificate");
        found += usize::from(verdict == Answer::Valid);
    }
    assert_eq!(found, MAX_CANDIDATES);
    assert!(clock.uptime().as_secs() < 20, "{:?}", clock.uptime());
}

#[test]
fn a_key_that_is_no_authoritys_is_no_anchor() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[]);
    for der in [csca.dsc(5).der, csca.list_signer().der] {
        let error = anchor_also(&base, &der).unwrap_err();
        assert!(matches!(error, ChangeError::Unfit { .. }), "{error}");
    }
}

#[test]
fn an_anchor_that_was_a_bundles_candidate_before_is_an_anchor() {
    let csca = Csca::new("UT", "CSCA");
    let other = Csca::new("XX", "CSCA");
    let base = imported(&anchored(&[&csca.der]), "bundle", &[&other.der]);
    assert_eq!(answer(&other.dsc(5).der, &base), Answer::Indeterminate);
    let (base, _) = import(&base, "ut", &[&csca.list(&[&other.der])]).unwrap();
    assert_eq!(answer(&other.dsc(5).der, &base), Answer::Valid);
}

#[test]
fn the_larger_curve_serves_as_well() {
    let state = trust_service::demo::state::State::utopia();
    let pair = KeyPair::generate(Curve::P384).unwrap();
    let authority = trust_service::demo::state::Authority::new(state, "CSCA", pair);
    let spec = CertificateSpec::csca(&authority, 1, since(730, 13)).unwrap();
    let der = spec.issue(&authority.key.spki(Params::Explicit).unwrap(), &authority.key).unwrap();
    let csca = Csca { authority, der };
    assert_eq!(answer(&csca.dsc(5).der, &anchored(&[&csca.der])), Answer::Valid);
}

#[test]
fn a_draft_that_is_not_finished_changes_nothing() {
    let csca = Csca::new("UT", "CSCA");
    let base = anchored(&[&csca.der]);
    let before = base.id();
    let mut draft = Draft::new(&base, now());
    draft.distrust(csca.id(), "a test");
    drop(draft);
    assert_eq!(base.id(), before);
    assert_eq!(answer(&csca.dsc(5).der, &base), Answer::Valid);
}
