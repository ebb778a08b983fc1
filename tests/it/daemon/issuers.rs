//! Another issuer's keys, fetched from a real server over TLS while the daemon runs.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use trust_service::authn::Method;
use trust_service::authn::token::{
    Algorithm, Asker, IssuerSettings, KeySource, TokenRequest, TokenSettings, Tokens,
};
use trust_service::authz::Permission;
use trust_service::clock::{Clock, SystemClock};
use trust_service::demo::tls::{Purpose, TlsAuthority};
use trust_service::entropy::SystemEntropy;

use super::rig::{LOOPBACK, Rig};
use crate::command_line::run;

const ISSUER: &str = "https://idp.example";

/// A server of one document; ends with the test.
struct Site {
    address: SocketAddr,
    document: Arc<Mutex<Vec<u8>>>,
    ends: Arc<AtomicBool>,
    serving: Option<JoinHandle<()>>,
}

impl Site {
    fn serve(listener: TcpListener, authority: &TlsAuthority, document: &[u8]) -> Self {
        let pair = authority.issue("localhost", 3, Purpose::Server(LOOPBACK)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(pair.key.expose().as_bytes()).unwrap(),
            )
            .unwrap();
        let (tls, address) = (Arc::new(tls), listener.local_addr().unwrap());
        let document = Arc::new(Mutex::new(document.to_vec()));
        let ends = Arc::new(AtomicBool::new(false));
        let (given, over) = (Arc::clone(&document), Arc::clone(&ends));
        #[expect(clippy::disallowed_methods, reason = "a test's own server")]
        let serving = thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
                let connection = ServerConnection::new(Arc::clone(&tls)).unwrap();
                // A client that does not like the certificate leaves.
                let _ = give(StreamOwned::new(connection, stream), &given.lock().unwrap());
            }
        });
        Self { address, document, ends, serving: Some(serving) }
    }

    fn now_gives(&self, document: &[u8]) {
        *self.document.lock().unwrap() = document.to_vec();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let _ = self.serving.take().unwrap().join();
    }
}

fn give(mut stream: impl Read + Write, document: &[u8]) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", document.len());
    stream.write_all(&[head.as_bytes(), document].concat())?;
    stream.flush()
}

/// Another service that issues tokens, with keys of its own.
fn issuer() -> Tokens {
    let settings = TokenSettings {
        issuer: ISSUER.into(),
        algorithm: Algorithm::EdDsa,
        algorithms: vec![Algorithm::EdDsa],
        ..TokenSettings::default()
    };
    let tokens = Tokens::new(settings).unwrap();
    tokens.tend(SystemClock::new().wall(), &SystemEntropy::new(), drop).unwrap();
    tokens
}

fn token(issuer: &Tokens) -> String {
    let asker = Asker {
        client: &"post-7".parse().unwrap(),
        method: Method::Mtls,
        roles: &["staff".parse().unwrap()],
        held: std::iter::once(Permission::TrustQuery).collect(),
        peer: None,
    };
    let now = SystemClock::new().wall();
    let made = issuer.issue(&asker, &TokenRequest::default(), now, &SystemEntropy::new());
    made.unwrap().text.expose().clone()
}

/// A daemon that believes the issuer whose keys are at `port`.
fn rig(name: &str, port: u16) -> Rig {
    Rig::made(name, |settings| {
        let issuer = IssuerSettings {
            issuer: ISSUER.into(),
            audience: "trust-service-api".into(),
            algorithms: vec![Algorithm::EdDsa],
            keys: KeySource::Url {
                url: format!("https://127.0.0.1:{port}/jwks.json"),
                ca: settings.tls.client_ca.clone(),
            },
            roles_claim: "roles".into(),
            role_map: [("staff".to_owned(), "reader".parse().unwrap())].into(),
            scoped: false,
            max_lifetime: Duration::from_secs(3_600),
            max_stale: Duration::from_secs(3_600),
        };
        settings.tokens = Some(TokenSettings {
            algorithm: Algorithm::EdDsa,
            algorithms: vec![Algorithm::EdDsa],
            issuers: vec![issuer],
            ..TokenSettings::default()
        });
    })
}

fn holds(rig: &Rig, token: &str) -> bool {
    let path = rig.folder.join("token");
    fs::write(&path, token).unwrap();
    let state = rig.folder.join("state");
    let words = ["token", "inspect", path.to_str().unwrap(), "--state", state.to_str().unwrap()];
    run(&words).status.code() == Some(0)
}

#[expect(clippy::disallowed_methods, reason = "a test waits in real time")]
fn until(what: &str, done: impl Fn() -> bool) {
    let from = Instant::now();
    while !done() {
        assert!(from.elapsed() < Duration::from_secs(30), "waited in vain: {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn keys_are_fetched_and_fetched_again_for_a_key_that_is_not_known_and_the_last_good_ones_stay() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut rig = rig("issuers", listener.local_addr().unwrap().port());
    let (old, new) = (issuer(), issuer());
    let site = Site::serve(listener, &rig.authority, &old.jwks());
    let (first, second) = (token(&old), token(&new));
    until("the keys are fetched", || holds(&rig, &first));
    site.now_gives(&new.jwks());
    assert!(!holds(&rig, &second));
    until("they are fetched again", || holds(&rig, &second));
    assert!(!holds(&rig, &first), "a key that left the set is none");
    site.now_gives(b"{}");
    assert!(!holds(&rig, &first));
    thread::sleep(Duration::from_secs(11));
    assert!(holds(&rig, &second), "the last good keys stay");
    let records = rig.records();
    let read: Vec<_> = records.iter().filter(|one| one["resource"] == "jwt-issuer").collect();
    let outcomes: Vec<_> = read.iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["success", "success", "error"]);
    assert!(read[2]["details"]["fault"].as_str().unwrap().contains("no JSON Web Key Set"));
}

#[test]
fn a_server_under_another_authority_gives_no_keys() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut rig = rig("issuers-foreign", listener.local_addr().unwrap().port());
    let foreign = TlsAuthority::make("foreign", SystemClock::new().wall()).unwrap();
    let idp = issuer();
    let site = Site::serve(listener, &foreign, &idp.jwks());
    let text = token(&idp);
    thread::sleep(Duration::from_secs(2));
    assert!(!holds(&rig, &text));
    drop(site);
    let records = rig.records();
    let read = records.iter().find(|one| one["resource"] == "jwt-issuer").unwrap();
    let fault = read["details"]["fault"].as_str().unwrap();
    assert!(fault.contains("invalid peer certificate"), "{fault}");
}
