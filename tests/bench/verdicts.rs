//! Whole verdicts a second on one core, by the key of the issuer; and how long a snapshot takes to load.
//!
//! `TRUST_SERVICE_DATA=… cargo bench --bench verdicts`: real master lists and signers where they are at hand. Each
//! verdict begins with the certificate's bytes: parsing, every check, the signature. Issuers' keys are prepared. Beside
//! it stands the bare signature, so that the ratio tells what all the rest costs.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark"
)]

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use trust_service::clock::UnixTime;
use trust_service::demo::certificate::{CertificateSpec, Validity};
use trust_service::demo::curve::Curve;
use trust_service::demo::key::{KeyPair, Params};
use trust_service::demo::state::{Authority, State};
use trust_service::trust::bundle;
use trust_service::trust::bytes::Bytes;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{ChangeError, Draft, ImportOptions, SignerError};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::kind::CertificateType;
use trust_service::trust::snapshot::{Content, ListSigner, Object, Snapshot, Source};
use trust_service::trust::validate::{At, Question, validate};

/// How long each rate is measured at a time, and how often.
const TURN: Duration = Duration::from_millis(400);
const TURNS: usize = 5;

fn main() {
    load(1_000, 30_000);
    load(30_000, 30_000);
    match std::env::var_os("TRUST_SERVICE_DATA").map(PathBuf::from) {
        Some(folder) => verdicts(&folder),
        None => println!("verdicts: skipped, TRUST_SERVICE_DATA is not set"),
    }
}

/// Rates over the real sample, by the kind of the key that verifies.
fn verdicts(folder: &Path) {
    let now: UnixTime = "2026-11-24T00:00:00Z".parse().unwrap();
    let snapshot = lists(folder, now);
    let question = Question { at: At::Issuance, ..Question::at(now) };
    let mut by_key: BTreeMap<String, Vec<(Bytes, Fingerprint)>> = BTreeMap::new();
    let sample = bundle::read(&fs::read(folder.join("dsc-sample.pem")).unwrap()).unwrap();
    let key_of =
        |issuer: &Fingerprint| snapshot.anchors().get(issuer).unwrap().certificate.key().unwrap();
    for item in sample {
        let verdict =
            validate(&Certificate::parse(item.bytes.clone()).unwrap(), &snapshot, &question);
        if let Some(issuer) = verdict.path.first() {
            let kind = format!("{}, {}", key_of(&issuer.sha256), verdict.signature);
            by_key.entry(kind).or_default().push((item.bytes, issuer.sha256));
        }
    }
    println!(
        "{:<40}{:>8}{:>14}{:>18}{:>8}",
        "issuer's key and signature", "sample", "verdicts/s", "signatures/s", "ratio"
    );
    for (kind, mut sample) in by_key {
        let all = sample.len();
        sample.truncate(64);
        let parsed: Vec<(Certificate, Fingerprint)> = sample
            .iter()
            .map(|(bytes, issuer)| (Certificate::parse(bytes.clone()).unwrap(), *issuer))
            .collect();
        // Turn by turn, since a virtual machine has good and bad seconds.
        let (mut whole, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            bare.push(rate(&parsed, |(certificate, issuer)| {
                black_box(certificate.is_signed_by(key_of(issuer)));
            }));
            whole.push(rate(&sample, |(bytes, _)| {
                black_box(validate(
                    &Certificate::parse(bytes.clone()).unwrap(),
                    &snapshot,
                    &question,
                ));
            }));
        }
        let (whole, bare) = (median(whole), median(bare));
        println!("{kind:<40}{all:>8}{whole:>14.0}{bare:>18.0}{:>8.2}", whole / bare);
    }
}

/// The real master lists, each by its own CSCA's word.
fn lists(folder: &Path, now: UnixTime) -> Snapshot {
    let base = Snapshot::empty();
    let mut draft = Draft::new(&base, now);
    for file in ["DE_ROOT_CA_CSCA07.cer", "NL_ROOT_CA.cer"] {
        let certificate =
            Certificate::parse(fs::read(folder.join("masterlists").join(file)).unwrap()).unwrap();
        draft.anchor(&certificate).unwrap();
    }
    for file in ["DE-2026-05-28", "NL-2026-07-22", "DE-2025-10-14", "ES"] {
        let bytes = fs::read(folder.join("masterlists").join(format!("{file}.ml"))).unwrap();
        let items = bundle::read(&bytes).unwrap();
        let mut options = ImportOptions::default();
        if let Err(ChangeError::Signer(SignerError::NotPinned { csca, .. })) =
            draft.import(file, Fingerprint::of(&bytes), &items, &options)
        {
            options.accept_signers = vec![csca];
            draft.import(file, Fingerprint::of(&bytes), &items, &options).unwrap();
        }
    }
    draft.finish().unwrap().0
}

/// How often a second `work` is done, after one round over the items that prepares the keys.
fn rate<T>(items: &[T], work: impl Fn(&T)) -> f64 {
    items.iter().for_each(&work);
    let began = Instant::now();
    let mut done = 0_usize;
    while began.elapsed() < TURN {
        items.iter().for_each(&work);
        done += items.len();
    }
    done as f64 / began.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// Loads a snapshot of `certificates` made-up certificates, of which `anchors` are anchors, each with its own key.
fn load(anchors: usize, certificates: usize) {
    let signer =
        Authority::new(State::utopia(), "CSCA Utopia", KeyPair::generate(Curve::P256).unwrap());
    let mut content = Content::default();
    let mut entries = Vec::new();
    for number in 0..certificates {
        let key = KeyPair::generate(Curve::P256).unwrap();
        let name = format!("CSCA {number}");
        let own = Authority::new(State::utopia(), &name, key);
        let validity = Validity::years(1_700_000_000, 10);
        let serial = u64::try_from(number).unwrap();
        let (spec, kind) = if number < anchors {
            (CertificateSpec::link(&signer, &own, serial, validity).unwrap(), CertificateType::Link)
        } else {
            (
                CertificateSpec::dsc(&signer, &name, &own.key, serial, validity).unwrap(),
                CertificateType::Dsc,
            )
        };
        let der = spec.issue(&own.key.spki(Params::Explicit).unwrap(), &signer.key).unwrap();
        let fingerprint = Fingerprint::of(&der);
        entries.push(fingerprint);
        content.certificates.insert(fingerprint, Object::new(kind, der.into()));
    }
    let sha256 = Fingerprint::of(b"list");
    let list_signer = ListSigner {
        csca: sha256,
        certificate: sha256,
        signed_at: "2026-11-24T00:00:00Z".to_owned(),
    };
    content.sources.insert(
        "list".to_owned(),
        Source {
            sha256,
            imported_at: list_signer.signed_at.clone(),
            signer: Some(list_signer),
            entries,
        },
    );
    let (_, file) = Snapshot::of(content).unwrap();
    let times = [0; 5].map(|_| {
        let copy = file.clone();
        let began = Instant::now();
        let snapshot = Snapshot::decode(copy).unwrap();
        assert_eq!(snapshot.anchors().all().len(), anchors);
        began.elapsed()
    });
    let best = times.iter().min().unwrap();
    println!(
        "loading {certificates} certificates, {anchors} of them anchors ({} MB): {best:.0?} best of 5",
        file.len() / 1_000_000
    );
}
