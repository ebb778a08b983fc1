//! `openssl verify -partial_chain` beside this program, on 500 real document signers.
//!
//! Every disagreement is printed and must be of a kind that is explained here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use trust_service::encoding;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::validate::{At, Question, validate};
use trust_service::trust::verdict::Answer;

use crate::real_data::{LISTS, SAMPLE, folder, now};

const COMPARED: usize = 500;

/// Why the two differ, by OpenSSL's error number (0: it accepts) and our answer.
fn explanation(error: u32, answer: Answer) -> Option<&'static str> {
    Some(match (error, answer) {
        (94, Answer::Valid) => {
            "OpenSSL refuses curves that are written out; here they are matched whole to a known curve"
        }
        (34, Answer::Valid) => {
            "OpenSSL does not know the critical extension; the passport profile does"
        }
        (10, Answer::Valid) => {
            "OpenSSL refuses a CSCA that is past its notAfter; documents outlive it (Doc 9303-12)"
        }
        (0, Answer::Invalid) => "OpenSSL accepts a key that is too weak here (RSA below 2048)",
        _ => return None,
    })
}

#[test]
fn every_disagreement_with_openssl_is_explained() {
    if folder().is_none() {
        return;
    }
    let scratch =
        std::env::temp_dir().join(format!("trust-service-openssl-{}", std::process::id()));
    fs::create_dir_all(&scratch).unwrap();
    let pem = |der: &[u8]| {
        let text = encoding::base64(der);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    };
    let mut anchors = String::new();
    for anchor in LISTS.anchors().all() {
        write!(anchors, "{}", pem(anchor.certificate.der())).unwrap();
    }
    fs::write(scratch.join("anchors.pem"), anchors).unwrap();
    // Every fourteenth, so that all States of the sample are among them.
    let chosen: Vec<Certificate> = SAMPLE
        .iter()
        .step_by(14)
        .take(COMPARED)
        .map(|bytes| Certificate::parse(bytes.clone()).unwrap())
        .collect();
    assert_eq!(chosen.len(), COMPARED);
    let paths: Vec<_> =
        chosen.iter().map(|one| scratch.join(format!("{}.pem", one.fingerprint()))).collect();
    for (one, path) in chosen.iter().zip(&paths) {
        fs::write(path, pem(one.der())).unwrap();
    }
    let output = Command::new("openssl")
        .args(["verify", "-partial_chain", "-attime", &now().seconds().to_string(), "-trusted"])
        .arg(scratch.join("anchors.pem"))
        .args(&paths)
        .output()
        .expect("openssl is installed");
    fs::remove_dir_all(&scratch).unwrap();
    // Of each file it says either `FILE: OK`, or lines `error N at D depth lookup: …` and `error FILE: …`.
    let text = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat();
    let mut theirs: BTreeMap<String, u32> = BTreeMap::new();
    let mut last = 0;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("error ") {
            if let Some((number, _)) = rest.split_once(" at ") {
                last = number.parse().unwrap();
            } else if let Some((file, _)) = rest.split_once(".pem: ") {
                theirs.insert(file.rsplit('/').next().unwrap().to_owned(), last);
            }
        } else if let Some(file) = line.strip_suffix(".pem: OK") {
            theirs.insert(file.rsplit('/').next().unwrap().to_owned(), 0);
        }
    }
    assert_eq!(theirs.len(), COMPARED, "openssl said something else: {text}");
    let question = Question { at: At::Time(now()), ..Question::at(now()) };
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    for one in &chosen {
        let error = theirs[&one.fingerprint().to_string()];
        let answer = validate(one, &LISTS, &question).verdict;
        if (error == 0) == (answer == Answer::Valid) {
            *tally.entry("agree".to_owned()).or_default() += 1;
            continue;
        }
        let why = explanation(error, answer);
        println!(
            "{} openssl {error}, here {}: {}",
            one.fingerprint(),
            answer.name(),
            why.unwrap_or("UNEXPLAINED")
        );
        *tally
            .entry(format!("openssl {error}, here {}: {}", answer.name(), why.unwrap_or("?")))
            .or_default() += 1;
        if why.is_none() {
            unexplained.push(one.fingerprint());
        }
    }
    println!("{tally:#?}");
    assert!(unexplained.is_empty(), "{unexplained:?}");
}
