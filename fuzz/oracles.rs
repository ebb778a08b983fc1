//! What must hold for any bytes whatever. The fuzz targets call these, and so does an ordinary test, on the corpus.
//!
//! The strongest oracle is that nobody can forge: Utopia's private keys are gone since `fixtures/` was made, so
//! whatever is trusted must be something that was signed then.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use trust_service::audit::record::Record;
use trust_service::audit::spool::{Spool, Torn};
use trust_service::audit::verify::verify;
use trust_service::audit::{AuditSettings, SpoolError};
use trust_service::authn::api_key::PresentedKey;
use trust_service::authn::token::{
    Algorithm, IssuerSettings, KeySource, TokenSettings, Tokens, Unverified,
};
use trust_service::clock::{SystemClock, UnixTime};
use trust_service::config::check_config::Check;
use trust_service::config::environment::Environment;
use trust_service::config::fault::{Faults, Report};
use trust_service::config::{Configuration, policy, yaml};
use trust_service::encoding;
use trust_service::entropy::SystemEntropy;
use trust_service::gate::{Original, Proxy};
use trust_service::identity::Uuid;
use trust_service::trust::bundle::{self, ItemKind};
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{Draft, ImportOptions};
use trust_service::trust::crl::{Crl, Entry};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::ldif::{self, LdifKind};
use trust_service::trust::snapshot::Snapshot;
use trust_service::trust::validate::{Question, validate};
use trust_service::trust::verdict::Answer;
use trust_service::wire::Limits;
use trust_service::wire::body::{Decoder, Progress};
use trust_service::wire::error::WireError;
use trust_service::wire::head;
use trust_service::wire::request::BodyKind;

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

/// A tree, printed and read again, is the same; and what is in force, printed, loads to the same settings.
pub(crate) fn config(bytes: &[u8]) {
    let Ok(tree) = yaml::parse("first", bytes) else { return };
    let printed = tree.value.to_yaml();
    let again = yaml::parse("again", printed.as_bytes()).expect("what was written can be read");
    assert_eq!(again.value.to_yaml(), printed);
    policy::read(&tree, None, &mut Report::default());
    let report = interpreted(bytes);
    if !report.faults.is_empty() {
        return;
    }
    let shown = Check::new(Err(&Faults(Box::new(report.clone())))).text(true);
    let second = interpreted(shown.as_bytes());
    let values = |report: &Report| -> Vec<(String, String)> {
        report.settings.iter().map(|one| (one.path.clone(), one.yaml.clone())).collect()
    };
    assert!(second.faults.is_empty(), "{:?} in {shown}", second.faults);
    assert_eq!(values(&second), values(&report));
}

fn interpreted(bytes: &[u8]) -> Report {
    let tree = yaml::parse("security.yaml", bytes).expect("a tree");
    let mut report = Report::default();
    Configuration::interpret(&tree, Environment::Testing, "host", &mut report);
    report
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

/// A head that is taken, printed and read again is the same; every part of it is incomplete; what is refused in part
/// is refused alike in whole; and `httparse` never differs from our own pass before it.
pub(crate) fn http_head(bytes: &[u8]) {
    let limits = Limits::default();
    let whole = head::parse(bytes, &limits);
    assert_ne!(whole, Err(WireError::Syntax));
    let parts = [bytes.len() / 4, bytes.len() / 2, bytes.len().saturating_sub(1)];
    for part in parts.map(|end| head::parse(&bytes[..end], &limits)) {
        assert!(part == Ok(None) || part == whole, "{part:?} and then {whole:?}");
    }
    let Ok(Some((head, used))) = whole else { return };
    assert_eq!(head::parse(&bytes[..used - 1], &limits), Ok(None));
    for segment in head.target.segments().flatten() {
        assert!(segment != ".." && !segment.contains(['/', '\\', '\0', '\r', '\n']), "{segment:?}");
    }
    let mut again = Vec::new();
    head.write_to(&mut again);
    // "Name: value" can be a byte longer a line than what came.
    let roomy = Limits { head_bytes: 2 * limits.head_bytes, ..limits };
    assert_eq!(head::parse(&again, &roomy), Ok(Some((head, again.len()))));
}

/// An original request that is let through has one reading: told again in any proxy's way it is the same, and nothing
/// in its path leads elsewhere, however often it is decoded.
pub(crate) fn forwarded(bytes: &[u8]) {
    let limits = Limits { head_bytes: 1 << 16, target_bytes: 1 << 15, ..Limits::default() };
    let Ok(Some((head, _))) = head::parse(bytes, &limits) else { return };
    let trusted = ["10.0.0.0/8".parse().unwrap()];
    for proxy in [Proxy::Nginx, Proxy::Traefik, Proxy::Envoy] {
        let Ok(original) = Original::read(proxy, &head, &trusted) else { continue };
        let decoded: Vec<_> = original.target.segments().map(|one| one.unwrap()).collect();
        for segment in &decoded {
            assert!(segment != ".." && segment != "." && !segment.contains(['%', '/', ';', '\\']));
        }
        assert!(decoded.iter().rev().skip(1).all(|segment| !segment.is_empty()), "{decoded:?}");
        let Original { method, host, target, scheme, client } = &original;
        let (method, target, scheme) = (method.as_str(), target.as_str(), scheme.as_str());
        let common = format!("X-Forwarded-Proto: {scheme}\r\nX-Forwarded-For: {client}\r\n");
        for (again, text) in [
            (
                Proxy::Nginx,
                format!(
                    "GET /v1/gate/authorize?proxy=nginx HTTP/1.1\r\nHost: us\r\n\
                 X-Original-Method: {method}\r\nX-Original-URI: {target}\r\nX-Forwarded-Host: {host}\r\n{common}\r\n"
                ),
            ),
            (
                Proxy::Traefik,
                format!(
                    "GET /v1/gate/authorize?proxy=traefik HTTP/1.1\r\nHost: us\r\n\
                 X-Forwarded-Method: {method}\r\nX-Forwarded-Uri: {target}\r\nX-Forwarded-Host: {host}\r\n{common}\r\n"
                ),
            ),
            (
                Proxy::Envoy,
                format!(
                    "{method} /v1/gate/authorize{target} HTTP/1.1\r\nHost: {host}\r\n{common}\r\n"
                ),
            ),
        ] {
            let (head, _) = head::parse(text.as_bytes(), &limits).unwrap().unwrap();
            assert_eq!(Original::read(again, &head, &trusted).as_ref(), Ok(&original), "{text}");
        }
    }
}

/// Wherever a body is cut, the same bytes come out of it, and the same end. The first byte says how it is cut and framed.
pub(crate) fn http_body(bytes: &[u8]) {
    let Some((first, input)) = bytes.split_first() else { return };
    let step = usize::from(first & 0x0F) + 1;
    let kind = if first & 0x80 == 0 {
        BodyKind::Chunked
    } else {
        BodyKind::Length(u64::from(first & 0x70))
    };
    let whole = fed(kind, input, input.len().max(1));
    assert_eq!(fed(kind, input, step), whole);
    assert_eq!(fed(kind, input, 1), whole);
    assert!(whole.0.len() <= MAX_BODY);
    if let Ok(Progress { used, done: true }) = whole.1 {
        assert_eq!(fed(kind, &input[..used], step), whole, "what follows has no say");
    }
}

const MAX_BODY: usize = 4096;

/// Feeds `input` in pieces of `step` bytes: what comes out, and where it ends.
fn fed(kind: BodyKind, input: &[u8], step: usize) -> (Vec<u8>, Result<Progress, WireError>) {
    let most = u64::try_from(MAX_BODY).expect("a small number");
    let mut decoder = Decoder::new(kind, most).expect("within the limit");
    let mut body = Vec::new();
    let mut progress = Progress { used: 0, done: decoder.is_done() };
    for piece in input.chunks(step) {
        match decoder.decode(piece, &mut |data| body.extend_from_slice(data)) {
            Err(error) => return (body, Err(error)),
            Ok(step) => {
                assert!(step.done || step.used == piece.len());
                progress = Progress { used: progress.used + step.used, done: step.done };
            }
        }
        if progress.done {
            break;
        }
    }
    (body, Ok(progress))
}

/// What is taken for a key is one octet for octet, its check sum is the one that a table computes, and no other character
/// in any place of it makes a key. The input is tried as it is, and with the check sum that it would need.
pub(crate) fn api_key(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    for text in [text.to_owned(), format!("{text}_{}", check_sum(text))] {
        let Ok(key) = PresentedKey::parse(&text) else { continue };
        assert_eq!(key.expose(), text);
        let (body, check) = text.rsplit_once('_').expect("a key has a check sum");
        assert_eq!(check, check_sum(body));
        assert_eq!(body.split('_').nth(1), Some(key.id().as_str()));
        assert!(!format!("{key:?}").contains(&body[17..]));
        for at in 0..text.len() {
            let own = text.as_bytes()[at];
            for other in [own ^ 1, own ^ 0x20, b'_', b'0', own.wrapping_add(1) & 0x7F] {
                let mut changed = text.clone().into_bytes();
                changed[at] = other;
                let changed = String::from_utf8(changed).expect("ASCII");
                assert!(other == own || PresentedKey::parse(&changed).is_err(), "{changed}");
            }
        }
    }
}

/// CRC-32 in six digits of base62, by a table and by hand: nothing of what it checks.
fn check_sum(body: &str) -> String {
    let table: Vec<u32> = (0..256_u32)
        .map(|byte| (0..8).fold(byte, |sum, _| (sum >> 1) ^ (0xEDB8_8320 * (sum & 1))))
        .collect();
    let mut sum = !body.bytes().fold(u32::MAX, |sum, byte| {
        let place = usize::from(sum.to_le_bytes()[0] ^ byte);
        (sum >> 8) ^ table[place]
    });
    let digits: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    let mut check = Vec::new();
    for _ in 0..6 {
        check.insert(0, digits[usize::try_from(sum % 62).expect("small")]);
        sum /= 62;
    }
    check.into_iter().collect()
}

/// A start over a segment goes on behind what verifies, or is refused, and says the same when it is asked again. The
/// input's lines are tried as they are, and with the hash that each would need, since nobody finds one by chance.
pub(crate) fn spool(bytes: &[u8]) {
    let mut hashed = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        hashed.extend_from_slice(line);
        let hash = Fingerprint::of(line);
        hashed.extend_from_slice(format!(",\"hash\":\"{hash}\"}}\n").as_bytes());
    }
    for segment in [bytes, &hashed] {
        records(segment);
        let scratch = Scratch::new();
        let zeros = [0; 4096];
        let file = scratch.0.join(format!("{:020}.log", 1));
        fs::write(file, [segment, &zeros].concat()).expect("memory");
        let before = verify(&scratch.0);
        let Ok((spool, torn)) = open(&scratch.0) else {
            assert!(before.is_err(), "what verifies must not keep a service from starting");
            continue;
        };
        let after = verify(&scratch.0).expect("what a start goes on from verifies");
        assert_eq!(spool.next(), after.last_seq.unwrap_or(0) + 1);
        assert_eq!(torn.is_none(), before.is_ok());
        drop(spool);
        let (again, torn) = open(&scratch.0).expect("once is enough");
        assert_eq!((again.next(), torn), (after.last_seq.unwrap_or(0) + 1, None));
    }
}

/// A record says in JSON what its reader says, and does not survive the change of a bit.
fn records(segment: &[u8]) {
    for line in segment.split(|byte| *byte == b'\n') {
        let Ok(record) = Record::parse(line) else { continue };
        assert_eq!(record.line, line);
        if let Some(json) = record.json() {
            assert_eq!(json["seq"], record.seq);
            assert_eq!(json["id"], record.id.to_string());
            assert_eq!(json["hash"], record.hash.as_str());
        }
        let mut changed = line.to_vec();
        let at = usize::try_from(record.seq).unwrap_or(0) % changed.len();
        changed[at] ^= 1;
        assert!(Record::parse(&changed).is_err());
    }
}

/// Made by `seeds.rs`: an issuer's keys, and a token that it signed before its private key was thrown away.
const KEY_SET: &[u8] = include_bytes!("fixtures/issuer.jwks");
pub(crate) const TOKEN: &str = include_str!("fixtures/issuer.token");

static TOKENS: LazyLock<Tokens> = LazyLock::new(|| {
    let issuer = IssuerSettings {
        issuer: "https://utopia.example".into(),
        audience: "trust-service-api".into(),
        algorithms: vec![Algorithm::EdDsa],
        keys: KeySource::File(PathBuf::new()),
        roles_claim: "roles".into(),
        role_map: BTreeMap::new(),
        scoped: true,
        max_lifetime: Duration::from_secs(86_400),
        max_stale: Duration::from_secs(86_400),
    };
    let settings = TokenSettings { issuers: vec![issuer], ..TokenSettings::default() };
    let tokens = Tokens::new(settings).expect("ours is the one provider");
    let taken = tokens.take_jwks("https://utopia.example", KEY_SET, now());
    assert!(taken.is_ok_and(|taken| taken.keys > 0));
    tokens
});

pub(crate) fn tokens() -> &'static Tokens {
    &TOKENS
}

/// What is read as a token is written back as it was and reads again; whose claims keep the rules, another reader finds
/// the same in; and what verifies is what Utopia signed. The input is tried as a token, and, since nobody finds base64
/// by chance, as a line with a header and the claims after it, with the signature of the one good token.
pub(crate) fn token(bytes: &[u8]) {
    let signature = TOKEN.rsplit_once('.').expect("a token").1;
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n').map(encoding::base64url);
    let (header, claims) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let made = format!("{header}.{claims}.{signature}");
    for text in str::from_utf8(bytes).ok().into_iter().chain([made.as_str()]) {
        if let Ok(token) = Unverified::read(text) {
            assert_eq!(token.to_text(), text);
            assert_eq!(Unverified::read(&token.to_text()).as_ref(), Ok(&token));
            if token.rules().is_ok() {
                plain(token.claims());
            }
        }
        if tokens().verify(text, now()).is_ok() {
            assert_eq!(text, TOKEN, "nobody can forge, and there is one way to write it");
            assert!(Unverified::read(text).is_ok_and(|token| token.rules().is_ok()));
        }
    }
}

/// Claims that keep the rules are to another reader what they are to ours.
fn plain(claims: &[u8]) {
    let claims: serde_json::Value = serde_json::from_slice(claims).expect("JSON");
    for name in ["exp", "iat", "nbf"] {
        let Some(value) = claims.get(name) else { continue };
        assert!(value.as_u64().is_some_and(|seconds| seconds <= 1 << 53), "{name}: {value}");
    }
    assert!(claims["exp"].as_u64() > claims["iat"].as_u64());
    for name in ["iss", "sub", "client_id", "jti"] {
        let text = claims[name].as_str().expect("a text");
        assert!(!text.is_empty() && !text.chars().any(char::is_control), "{name}: {text:?}");
    }
    assert!(
        claims["aud"].is_string() || claims["aud"].as_array().is_some_and(|all| all.len() <= 8)
    );
}

fn open(folder: &Path) -> Result<(Spool, Option<Torn>), SpoolError> {
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy::new()));
    let boot: Uuid = "0192f3a4-5b6c-7d8e-9f01-23456789abcd".parse().expect("an id");
    let settings = AuditSettings::default();
    Spool::open(folder, &settings, &boot, clock, entropy, Arc::new(Vec::new))
}

/// A folder in memory where there is one.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let own = format!("ts-fuzz-spool-{}", std::process::id());
        let folder = base.join(own);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).expect("memory");
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
