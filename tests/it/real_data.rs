//! Real master lists, document signers and CRLs, where `TRUST_SERVICE_DATA` names them.
//!
//! None of that data is ours to publish, so without the variable these tests say that they were skipped; with
//! `TRUST_SERVICE_REQUIRE_DATA=1` they fail instead.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use trust_service::clock::UnixTime;
use trust_service::runtime::parallel;
use trust_service::trust::bundle::{self, Item};
use trust_service::trust::bytes::Bytes;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{ChangeError, Draft, ImportOptions, SignerError, SourceReport};
use trust_service::trust::check::{Code, Outcome};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::snapshot::Snapshot;
use trust_service::trust::validate::{At, Question, validate};
use trust_service::trust::verdict::{Answer, Verdict};

/// As the States' own web pages give them.
const CSCA_GERMANY: &str = "2084aed7a991b3158e63ad750d3dc38bc6c9dcf5958f28d1162f49884e91ada8";
const CSCA_NETHERLANDS: &str = "411356d206b99da15efadf4b84149f8600ee6260c6727cd6bc230d6b6e151a24";
/// Known from the German list.
const CSCA_SPAIN: &str = "bf105c1496821a978447078e2d5007b6c177d31f90ac90d4b12f62a2fa333d5b";

/// The folder with the data, if there is one.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("TRUST_SERVICE_DATA").map(PathBuf::from);
    if folder.is_none() {
        let required = std::env::var("TRUST_SERVICE_REQUIRE_DATA").is_ok_and(|value| value == "1");
        assert!(!required, "TRUST_SERVICE_DATA is not set");
        println!("skipped: TRUST_SERVICE_DATA is not set");
    }
    folder
}

pub(crate) fn now() -> UnixTime {
    "2026-11-24T00:00:00Z".parse().unwrap()
}

fn items(path: &Path) -> (Fingerprint, Vec<Item>) {
    let bytes = fs::read(path).unwrap();
    (Fingerprint::of(&bytes), bundle::read(&bytes).unwrap())
}

fn list(name: &str) -> (Fingerprint, Vec<Item>) {
    items(&folder().unwrap().join("masterlists").join(name))
}

fn anchored() -> Draft<'static> {
    static EMPTY: LazyLock<Snapshot> = LazyLock::new(Snapshot::empty);
    let mut draft = Draft::new(&EMPTY, now());
    for (file, fingerprint) in
        [("DE_ROOT_CA_CSCA07.cer", CSCA_GERMANY), ("NL_ROOT_CA.cer", CSCA_NETHERLANDS)]
    {
        let path = folder().unwrap().join("masterlists").join(file);
        let certificate = Certificate::parse(fs::read(path).unwrap()).unwrap();
        assert_eq!(certificate.fingerprint(), fingerprint.parse().unwrap());
        draft.anchor(&certificate).unwrap();
    }
    draft
}

fn four_lists() -> (Snapshot, Vec<SourceReport>) {
    let mut draft = anchored();
    let accept =
        ImportOptions { accept_signers: vec![CSCA_SPAIN.parse().unwrap()], allow_older: false };
    for (file, options) in [
        ("DE-2026-05-28.ml", &ImportOptions::default()),
        ("NL-2026-07-22.ml", &ImportOptions::default()),
        ("DE-2025-10-14.ml", &ImportOptions::default()),
        ("ES.ml", &accept),
    ] {
        let (sha256, items) = list(file);
        draft.import(file.trim_end_matches(".ml"), sha256, &items, options).unwrap();
    }
    let (snapshot, _, reports) = draft.finish().unwrap();
    (snapshot, reports)
}

/// The four lists, imported once for all tests.
pub(crate) static LISTS: LazyLock<Snapshot> = LazyLock::new(|| four_lists().0);

/// The sample's certificates.
pub(crate) static SAMPLE: LazyLock<Vec<Bytes>> = LazyLock::new(|| {
    let file = fs::read(folder().unwrap().join("dsc-sample.pem")).unwrap();
    bundle::read(&file).unwrap().into_iter().map(|item| item.bytes).collect()
});

fn judge(certificates: &[Bytes], at: At) -> Vec<Option<Verdict>> {
    let question = Question { at, ..Question::at(now()) };
    parallel::map(certificates, |bytes| {
        Certificate::parse(bytes.clone())
            .ok()
            .map(|certificate| validate(&certificate, &LISTS, &question))
    })
}

fn count(verdicts: &[Option<Verdict>]) -> [usize; 3] {
    [Answer::Valid, Answer::Invalid, Answer::Indeterminate]
        .map(|answer| verdicts.iter().flatten().filter(|verdict| verdict.verdict == answer).count())
}

#[test]
fn all_722_certificates_of_four_lists_become_anchors() {
    if folder().is_none() {
        return;
    }
    let (snapshot, reports) = four_lists();
    for report in &reports {
        println!(
            "{}: {} CSCA, {} link, {} with warnings, {} refused",
            report.source,
            report.cscas,
            report.links,
            report.with_warnings,
            report.refused.len()
        );
        assert!(report.refused.is_empty(), "{:?}", report.refused);
    }
    let split: BTreeMap<&str, usize> =
        snapshot.anchors().all().iter().fold(BTreeMap::new(), |mut split, anchor| {
            *split.entry(anchor.kind.name()).or_default() += 1;
            split
        });
    println!("different certificates: {split:?}");
    assert_eq!(snapshot.anchors().all().len(), 722);
}

#[test]
fn a_list_whose_signer_only_another_list_vouches_for_is_refused_by_its_fingerprint() {
    if folder().is_none() {
        return;
    }
    let mut draft = anchored();
    let (sha256, items) = list("DE-2026-05-28.ml");
    draft.import("DE", sha256, &items, &ImportOptions::default()).unwrap();
    let (sha256, items) = list("ES.ml");
    let refused = draft.import("ES", sha256, &items, &ImportOptions::default()).unwrap_err();
    let ChangeError::Signer(SignerError::NotPinned { csca, .. }) = refused else {
        panic!("{refused}")
    };
    assert_eq!(csca, CSCA_SPAIN.parse().unwrap());
}

#[test]
fn an_older_list_is_refused_unless_it_is_asked_for() {
    if folder().is_none() {
        return;
    }
    let (sha256, newer) = list("DE-2026-05-28.ml");
    let mut draft = anchored();
    draft.import("DE", sha256, &newer, &ImportOptions::default()).unwrap();
    let (sha256, older) = list("DE-2025-10-14.ml");
    let refused = draft.import("DE", sha256, &older, &ImportOptions::default()).unwrap_err();
    assert!(matches!(refused, ChangeError::Older { .. }), "{refused}");
    let options = ImportOptions { allow_older: true, ..ImportOptions::default() };
    draft.import("DE", sha256, &older, &options).unwrap();
}

#[test]
fn the_issuer_shown_is_one_whose_key_an_independent_program_found_to_verify() {
    let Some(folder) = folder() else { return };
    let table = fs::read_to_string(folder.join("dsc-sample.tsv")).unwrap();
    let truth: HashMap<Fingerprint, BTreeSet<&str>> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            (fields[0].parse().unwrap(), fields[4].split(',').collect())
        })
        .collect();
    let mut linked = 0;
    for verdict in judge(&SAMPLE, At::Issuance).iter().flatten() {
        let shown = verdict.path.first().map_or("-".to_owned(), |issuer| issuer.sha256.to_string());
        assert!(truth[&verdict.sha256].contains(shown.as_str()), "{}: {shown}", verdict.sha256);
        linked += usize::from(shown != "-");
    }
    assert_eq!((truth.len(), linked), (7_249, 6_867));
}

#[test]
fn the_sample_comes_out_as_it_must_at_issuance_and_on_a_day() {
    if folder().is_none() {
        return;
    }
    let at_issuance = judge(&SAMPLE, At::Issuance);
    assert_eq!(count(&at_issuance), [6_850, 17, 382]);
    for invalid in at_issuance.iter().flatten().filter(|verdict| verdict.verdict == Answer::Invalid)
    {
        let failed: Vec<Code> = invalid
            .checks
            .iter()
            .filter(|check| check.outcome == Outcome::Fail)
            .map(|check| check.code)
            .collect();
        assert_eq!(failed, [Code::KeyStrength], "{}", invalid.sha256);
    }
    assert_eq!(count(&judge(&SAMPLE, At::Time(now()))), [5_474, 1_393, 382]);
}

#[test]
fn with_a_bit_of_the_signature_flipped_nothing_is_valid() {
    if folder().is_none() {
        return;
    }
    let flipped: Vec<Bytes> = SAMPLE
        .iter()
        .map(|bytes| {
            let mut bytes = bytes.to_vec();
            *bytes.last_mut().unwrap() ^= 0x01;
            bytes.into()
        })
        .collect();
    let verdicts = judge(&flipped, At::Issuance);
    assert_eq!(verdicts.iter().flatten().count(), 7_249);
    // All whose issuer is known are forgeries of it; of the others nothing can be said.
    assert_eq!(count(&verdicts), [0, 6_867, 382]);
}

#[test]
fn with_a_bit_of_the_signed_part_flipped_nothing_is_valid() {
    if folder().is_none() {
        return;
    }
    let mut parsed = 0;
    // Another place each time, spread over the signed part.
    for round in 1..=3_usize {
        let flipped: Vec<Bytes> = SAMPLE
            .iter()
            .enumerate()
            .map(|(number, bytes)| {
                let signed = Certificate::parse(bytes.clone()).unwrap().signed_part().len();
                let mut bytes = bytes.to_vec();
                bytes[4 + (number * 131 + round * 1_009) % signed] ^= 1 << (number % 8);
                bytes.into()
            })
            .collect();
        let verdicts = judge(&flipped, At::Issuance);
        parsed += verdicts.iter().flatten().count();
        let valid: Vec<_> = verdicts
            .iter()
            .flatten()
            .filter(|verdict| verdict.verdict == Answer::Valid)
            .map(|verdict| verdict.sha256)
            .collect();
        assert!(valid.is_empty(), "{valid:?}");
        let names_a_known_key = |verdict: &&Verdict| {
            let certificate =
                verdict.checks.iter().find(|check| check.code == Code::Issuer).unwrap();
            certificate.outcome == Outcome::Pass
        };
        for verdict in verdicts.iter().flatten().filter(names_a_known_key) {
            assert_eq!(verdict.verdict, Answer::Invalid, "{}", verdict.sha256);
        }
    }
    println!("{parsed} of {} flipped certificates still parse", 3 * 7_249);
    assert!(parsed > 10_000, "{parsed}");
}

#[test]
fn real_crls_are_taken_from_cscas_and_refused_from_other_authorities() {
    let Some(folder) = folder() else { return };
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder.join("crl")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut draft = Draft::new(&LISTS, now());
    for path in &paths {
        let (sha256, items) = items(path);
        let name = path.file_stem().unwrap().to_str().unwrap();
        draft.import(name, sha256, &items, &ImportOptions::default()).unwrap();
    }
    let (snapshot, _, reports) = draft.finish().unwrap();
    let refused: Vec<&str> = reports
        .iter()
        .filter(|report| !report.refused.is_empty())
        .map(|report| report.source.as_str())
        .collect();
    assert_eq!(refused, ["EE-spoc", "LT-spoc_test"]);
    assert_eq!(snapshot.crls().count(), 14);
    assert_eq!(snapshot.crls().map(|crl| crl.entries().len()).sum::<usize>(), 15);
    // All are past their next update by now: they reveal what they revoke, and call nothing good.
    let good = SAMPLE.iter().filter(|bytes| {
        let certificate = Certificate::parse((*bytes).clone()).unwrap();
        let verdict = validate(&certificate, &snapshot, &Question::at(now()));
        verdict.revocation.status == trust_service::trust::revocation::RevocationStatus::Good
    });
    assert_eq!(good.take(1).count(), 0);
}
