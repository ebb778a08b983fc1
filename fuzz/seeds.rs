//! Makes `fuzz/fixtures` and the seeds in `fuzz/corpus`, all of them made up: `cargo run --example fuzz-seeds`.
//!
//! The private keys are thrown away, which is what the oracles rest on.
#![expect(clippy::expect_used, reason = "a tool for developers: it ends where it cannot go on")]

use std::fs;
use std::path::Path;

use trust_service::authn::api_key::PresentedKey;
use trust_service::clock::UnixTime;
use trust_service::demo::ldif::{self, EntryKind, LdifEntry};
use trust_service::demo::material::Material;
use trust_service::entropy::SystemEntropy;
use trust_service::trust::bundle;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{Draft, ImportOptions};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::snapshot::Snapshot;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let now: UnixTime = "2026-11-24T00:00:00Z".parse().expect("a time");
    let material = Material::make(now).expect("material");
    let put = |path: String, bytes: &[u8]| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    };
    let base = Snapshot::empty();
    let mut draft = Draft::new(&base, now);
    draft.anchor(&Certificate::parse(&*material.csca).expect("a CSCA")).expect("an anchor");
    for (name, file) in [("utopia", &material.master_list), ("utopia-crl", &material.crl)] {
        let items = bundle::read(file).expect("a bundle");
        draft
            .import(name, Fingerprint::of(file), &items, &ImportOptions::default())
            .expect("an import");
    }
    let (_, snapshot, _) = draft.finish().expect("a snapshot");
    put("fixtures/utopia.snapshot".to_owned(), &snapshot);
    for (name, bytes) in [
        ("csca.cer", &material.csca),
        ("valid.cer", &material.valid),
        ("list-signer.cer", &material.list_signer),
        ("utopia.crl", &material.crl),
    ] {
        put(format!("fixtures/{name}"), bytes);
    }
    let certificates = [
        &material.csca,
        &material.valid,
        &material.revoked,
        &material.unknown,
        &material.forged,
        &material.list_signer,
    ];
    for (number, bytes) in certificates.into_iter().enumerate() {
        put(format!("corpus/certificate/seed-{number}"), bytes);
    }
    let keys: Vec<PresentedKey> = [32, 40, 64]
        .map(|bytes| PresentedKey::make(bytes, &SystemEntropy::new()).expect("a key"))
        .into();
    for (number, key) in keys.iter().enumerate() {
        put(format!("corpus/api_key/seed-{number}"), key.expose().as_bytes());
        let body = key.expose().rsplit_once('_').expect("a check sum").0;
        put(format!("corpus/api_key/seed-body-{number}"), body.as_bytes());
    }
    let shipped = fs::read_dir(root.with_file_name("config")).expect("a folder");
    let mut shipped: Vec<_> = shipped.map(|entry| entry.expect("an entry").path()).collect();
    shipped.retain(|path| path.is_file());
    shipped.sort();
    for (number, path) in shipped.into_iter().enumerate() {
        put(format!("corpus/config/seed-{number}"), &fs::read(path).expect("a file"));
    }
    put("corpus/crl/seed-0".to_owned(), &material.crl);
    put("corpus/master_list/seed-0".to_owned(), &material.master_list);
    let text = ldif::write(&[
        LdifEntry::new(EntryKind::DocumentSigner, "UT", "Document Signer 3", "3", &material.valid),
        LdifEntry::new(EntryKind::Crl, "UT", "CSCA Utopia", "1", &material.crl),
        LdifEntry::new(
            EntryKind::MasterList,
            "UT",
            "Master List Signer",
            "2",
            &material.master_list,
        ),
    ]);
    put("corpus/ldif/seed-0".to_owned(), text.as_bytes());
    put(
        "corpus/ldif/seed-1".to_owned(),
        b"version: 1\n# note\ndn:: Yz1VVA==\ncACertificate;binary:: MAA=\n",
    );
}
