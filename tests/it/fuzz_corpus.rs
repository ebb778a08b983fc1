//! Replays the fuzz targets' corpora, so that whatever fuzzing found stays fixed.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/oracles.rs"]
mod oracles;

fn replay(target: &str, oracle: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut replayed = 0;
    for entry in
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    {
        oracle(&fs::read(entry.unwrap().path()).unwrap());
        replayed += 1;
    }
    println!("{target}: {replayed} files");
    assert!(replayed > 0, "{} is empty", folder.display());
}

#[test]
fn api_keys() {
    replay("api_key", oracles::api_key);
}

#[test]
fn certificates() {
    replay("certificate", oracles::certificate);
}

#[test]
fn configurations() {
    replay("config", oracles::config);
}

#[test]
fn crls() {
    replay("crl", oracles::crl);
}

#[test]
fn forwarded_requests() {
    replay("forwarded", oracles::forwarded);
}

#[test]
fn http_bodies() {
    replay("http_body", oracles::http_body);
}

#[test]
fn http_heads() {
    replay("http_head", oracles::http_head);
}

#[test]
fn ldif() {
    replay("ldif", oracles::ldif);
}

#[test]
fn master_lists() {
    replay("master_list", oracles::master_list);
}

#[test]
fn spools() {
    replay("spool", oracles::spool);
}

#[test]
fn tokens() {
    replay("token", oracles::token);
}

/// Else an oracle could hold because nothing ever parses.
#[test]
fn the_fixtures_are_what_the_oracles_take_them_for() {
    use trust_service::gate::{Original, Proxy};
    use trust_service::trust::certificate::Certificate;
    use trust_service::trust::snapshot::Snapshot;
    use trust_service::trust::validate::{Question, validate};
    use trust_service::trust::verdict::Answer;
    use trust_service::wire::{Limits, head};

    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fixtures");
    let utopia = Snapshot::decode(fs::read(fixtures.join("utopia.snapshot")).unwrap()).unwrap();
    let valid = Certificate::parse(fs::read(fixtures.join("valid.cer")).unwrap()).unwrap();
    assert_eq!(validate(&valid, &utopia, &Question::at(oracles::now())).verdict, Answer::Valid);
    let seed = fs::read(fixtures.join("../corpus/forwarded/seed-0")).unwrap();
    let (head, _) = head::parse(&seed, &Limits::default()).unwrap().unwrap();
    assert!(Original::read(Proxy::Nginx, &head, &[]).is_ok());
    assert!(oracles::tokens().verify(oracles::TOKEN, oracles::now()).is_ok());
}
