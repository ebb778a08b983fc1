//! What must hold for any bytes whatever. The fuzz targets call these, and so does an ordinary test, on the corpus.
//!
//! The strongest oracle is that nobody can forge: Utopia's private keys are gone since `fixtures/` was made, so
//! whatever is trusted must be something that was signed then.

use std::fmt::Write;
use std::sync::LazyLock;

use trust_service::clock::UnixTime;
use trust_service::encoding;
use trust_service::trust::bundle::{self, ItemKind};
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{Draft, ImportOptions};
use trust_service::trust::crl::{Crl, Entry};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::ldif::{self, LdifKind};
use trust_service::trust::snapshot::Snapshot;
use trust_service::trust::validate::{Question, validate};
use trust_service::trust::verdict::Answer;

/// Made by `seeds.rs`: Utopia's CSCA by an operator's word, its master list, and its CRL.
const SNAPSHOT: &[u8] = include_bytes!("fixtures/utopia.snapshot");
const SIGNED: [&[u8]; 3] = [
    include_bytes!("fixtures/csca.cer"),
    include_bytes!("fixtures/valid.cer"),
    include_bytes!("fixtures/list-signer.cer"),
];
const CRL: &[u8] = include_bytes!("fixtures/utopia.crl");

static UTOPIA: LazyLock<Snapshot> =
    LazyLock::new(|| Snapshot::decode(SNAPSHOT.to_vec()).expect("a snapshot"));
static EMPTY: LazyLock<Snapshot> = LazyLock::new(Snapshot::empty);

/// The time at which the fixtures were made to be judged.
pub(crate) fn now() -> UnixTime {
    "2026-11-24T00:00:00Z".parse().expect("a time")
}

/// A certificate that comes out valid was signed by Utopia; without anchors, none comes out valid or invalid; what
/// is shown of it is one line.
pub(crate) fn certificate(bytes: &[u8]) {
    let Ok(certificate) = Certificate::parse(bytes) else { return };
    assert_eq!(&**certificate.der(), bytes);
    assert!(certificate.signed_part().len() + certificate.signature().len() < bytes.len());
    for text in [certificate.subject().text(), certificate.issuer().text()] {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    let question = Question::at(now());
    assert_eq!(validate(&certificate, &EMPTY, &question).verdict, Answer::Indeterminate);
    let verdict = validate(&certificate, &UTOPIA, &question);
    if verdict.verdict == Answer::Valid {
        let known = SIGNED.iter().any(|known| {
            Certificate::parse(*known)
                .is_ok_and(|known| known.signed_part() == certificate.signed_part())
        });
        assert!(known, "valid, and not signed by Utopia: {}", verdict.sha256);
    }
}

/// Every entry of a list is found again by its serial number, in order; and only Utopia signs Utopia's list.
pub(crate) fn crl(bytes: &[u8]) {
    let Ok(crl) = Crl::parse(bytes) else { return };
    for pair in crl.entries().windows(2) {
        assert!(pair[0].serial() <= pair[1].serial());
    }
    for entry in crl.entries() {
        assert_eq!(crl.entry(entry.serial()).map(Entry::serial), Some(entry.serial()));
    }
    assert!(!crl.is_newer_than(&crl));
    let own = Crl::parse(CRL).expect("a CRL");
    let signed = UTOPIA
        .anchors()
        .all()
        .iter()
        .filter_map(|anchor| anchor.certificate.key().ok())
        .any(|key| crl.is_signed_by(key));
    assert!(!signed || crl.signed_part() == own.signed_part());
}

/// What a file holds, written again as LDIF, is read again as the same.
pub(crate) fn ldif(bytes: &[u8]) {
    let Ok(items) = ldif::parse(bytes) else { return };
    let mut again = String::new();
    for item in &items {
        let attribute = match item.kind {
            LdifKind::Certificate => "userCertificate;binary",
            LdifKind::Crl => "certificateRevocationList;binary",
            LdifKind::MasterList => "pkdMasterListContent",
        };
        let country =
            item.country.as_deref().map(|country| format!(",c={country}")).unwrap_or_default();
        let value = encoding::base64(&item.bytes);
        write!(again, "dn: cn=x{country}\n{attribute}:: {value}\n\n").expect("a string takes it");
    }
    let read = ldif::parse(again.as_bytes()).expect("what was written can be read");
    let facts = |items: &[ldif::LdifItem]| -> Vec<_> {
        items.iter().map(|item| (item.kind, item.country.clone(), item.bytes.to_vec())).collect()
    };
    assert_eq!(facts(&read), facts(&items));
}

/// A list that may change Utopia's anchors was signed by Utopia: nothing but its CSCA becomes an anchor by it.
pub(crate) fn master_list(bytes: &[u8]) {
    let Ok(items) = bundle::read(bytes) else { return };
    if items.iter().any(|item| item.kind != ItemKind::SignedData) {
        return;
    }
    let mut draft = Draft::new(&UTOPIA, now());
    let options = ImportOptions { allow_older: true, ..ImportOptions::default() };
    if draft.import("utopia", Fingerprint::of(bytes), &items, &options).is_err() {
        return;
    }
    let (snapshot, file, _) = draft.finish().expect("a draft that took a list can be finished");
    for anchor in snapshot.anchors().all() {
        assert!(
            UTOPIA.anchors().get(&anchor.certificate.fingerprint()).is_some(),
            "an anchor that Utopia never signed"
        );
    }
    assert_eq!(Snapshot::decode(file).expect("what was written can be read").id(), snapshot.id());
}
