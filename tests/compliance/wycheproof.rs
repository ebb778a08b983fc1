//! Every Wycheproof vector for the signatures of passport certificates (C2SP/wycheproof).
//!
//! "Project Wycheproof tests crypto libraries against known attacks." A `valid` vector must be
//! accepted and an `invalid` one refused; an `acceptable` one as [`POLICY`] says for its flag.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "test code: a vector that cannot be read must stop the test, and counts are printed"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use trust_service::trust::algorithm::{Curve, EcKey, Hash, PublicKey, RsaKey, Scheme};

/// What becomes of an `acceptable` vector, by flag; a flag that is not listed fails the test.
///
/// `MissingNull`: a `DigestInfo` whose parameters are absent instead of NULL. RFC 8017 section 9.2
/// note 1 asks for NULL, and the encoding is compared as a whole, so it is refused.
const POLICY: &[(&str, bool)] = &[("MissingNull", false)];

/// Every file of the set that is about passports, so that one that is missing is noticed.
const FILES: &[&str] = &[
    "ecdsa_brainpoolP224r1_sha224_test.json",
    "ecdsa_brainpoolP256r1_sha256_test.json",
    "ecdsa_brainpoolP320r1_sha384_test.json",
    "ecdsa_brainpoolP384r1_sha384_test.json",
    "ecdsa_brainpoolP512r1_sha512_test.json",
    "ecdsa_secp224r1_sha224_test.json",
    "ecdsa_secp224r1_sha256_test.json",
    "ecdsa_secp256r1_sha256_test.json",
    "ecdsa_secp256r1_sha512_test.json",
    "ecdsa_secp384r1_sha256_test.json",
    "ecdsa_secp384r1_sha384_test.json",
    "ecdsa_secp384r1_sha512_test.json",
    "ecdsa_secp521r1_sha512_test.json",
    "rsa_pss_2048_sha1_mgf1_20_test.json",
    "rsa_pss_2048_sha256_mgf1_0_test.json",
    "rsa_pss_2048_sha256_mgf1_32_test.json",
    "rsa_pss_2048_sha384_mgf1_48_test.json",
    "rsa_pss_3072_sha256_mgf1_32_test.json",
    "rsa_pss_4096_sha512_mgf1_32_test.json",
    "rsa_signature_2048_sha224_test.json",
    "rsa_signature_2048_sha256_test.json",
    "rsa_signature_3072_sha384_test.json",
    "rsa_signature_4096_sha512_test.json",
];

#[test]
fn every_vector_is_judged_as_wycheproof_says() {
    let Some(folder) = folder() else { return };
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let ours = name.starts_with("ecdsa_") || name.starts_with("rsa_");
        assert!(!ours || FILES.contains(&name.as_str()), "{name} is not on the list");
    }
    let mut total = Counts::default();
    for file in FILES {
        let counts = run(&folder.join(file));
        println!("{file}: {counts:?}");
        assert!(counts.valid > 0 && counts.invalid > 0, "{file} holds no vectors");
        total.add(&counts);
    }
    println!("{} files: {total:?}", FILES.len());
    assert!(total.acceptable > 0, "no vector put the policy to the test");
}

#[derive(Debug, Default)]
struct Counts {
    valid: usize,
    invalid: usize,
    acceptable: usize,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.valid += other.valid;
        self.invalid += other.invalid;
        self.acceptable += other.acceptable;
    }
}

fn run(path: &std::path::Path) -> Counts {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let set: Value = serde_json::from_str(&text).unwrap();
    let policy: BTreeMap<_, _> = POLICY.iter().copied().collect();
    let mut counts = Counts::default();
    for group in set["testGroups"].as_array().unwrap() {
        let (key, scheme) = key_and_scheme(group);
        for test in group["tests"].as_array().unwrap() {
            let message = hex(&test["msg"]);
            let signature = hex(&test["sig"]);
            let accepted = key.verify(&scheme, &message, &signature).is_ok();
            let expected = match test["result"].as_str().unwrap() {
                "valid" => {
                    counts.valid += 1;
                    true
                }
                "invalid" => {
                    counts.invalid += 1;
                    false
                }
                "acceptable" => {
                    counts.acceptable += 1;
                    let flags = test["flags"].as_array().unwrap();
                    flags.iter().all(|flag| policy[flag.as_str().unwrap()])
                }
                other => panic!("unknown result {other}"),
            };
            assert_eq!(accepted, expected, "{} {} {test}", path.display(), scheme);
        }
    }
    assert_eq!(
        Some(u64::try_from(counts.valid + counts.invalid + counts.acceptable).unwrap()),
        set["numberOfTests"].as_u64(),
        "{}: not every vector was run",
        path.display()
    );
    counts
}

fn key_and_scheme(group: &Value) -> (PublicKey, Scheme) {
    let hash = hash(&group["sha"]);
    let public = &group["publicKey"];
    let rsa = || {
        PublicKey::Rsa(
            RsaKey::new(&hex(&public["modulus"]), &hex(&public["publicExponent"])).unwrap(),
        )
    };
    match group["type"].as_str().unwrap() {
        "EcdsaVerify" => {
            let point = hex(&public["uncompressed"]);
            let key = EcKey::new(curve(&public["curve"]), &point).unwrap();
            (PublicKey::Ec(key), Scheme::Ecdsa { hash })
        }
        "RsassaPkcs1Verify" => (rsa(), Scheme::RsaPkcs1 { hash }),
        "RsassaPssVerify" => {
            assert_eq!(group["mgf"], "MGF1");
            let mgf_hash = self::hash(&group["mgfSha"]);
            let salt_len = u32::try_from(group["sLen"].as_u64().unwrap()).unwrap();
            (rsa(), Scheme::RsaPss { hash, mgf_hash, salt_len })
        }
        other => panic!("unknown group type {other}"),
    }
}

fn curve(name: &Value) -> Curve {
    let name = match name.as_str().unwrap() {
        "secp224r1" => "P-224",
        "secp256r1" => "P-256",
        "secp384r1" => "P-384",
        "secp521r1" => "P-521",
        other => other,
    };
    Curve::ALL.into_iter().find(|curve| curve.name() == name).unwrap()
}

fn hash(name: &Value) -> Hash {
    let all = [Hash::Sha1, Hash::Sha224, Hash::Sha256, Hash::Sha384, Hash::Sha512];
    all.into_iter().find(|hash| hash.name() == name.as_str().unwrap()).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap().as_bytes();
    assert!(digits.len().is_multiple_of(2));
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// Where the vectors are; `None`, and a word about it, where the data set is not at hand.
fn folder() -> Option<PathBuf> {
    if let Some(data) = std::env::var_os("TRUST_SERVICE_DATA") {
        return Some(PathBuf::from(data).join("wycheproof"));
    }
    assert!(
        std::env::var_os("TRUST_SERVICE_REQUIRE_DATA").is_none_or(|value| value != "1"),
        "TRUST_SERVICE_REQUIRE_DATA=1, but TRUST_SERVICE_DATA is not set"
    );
    println!("skipped: TRUST_SERVICE_DATA is not set");
    None
}
