//! Revocation lists over HTTP, with a real daemon and a real server of lists: what a CA revokes reaches connections
//! that are open, and what goes wrong there takes nothing away.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use trust_service::audit::verify;
use trust_service::clock::{Clock, SystemClock};
use trust_service::demo::extension;
use trust_service::demo::tls::{Pair, Purpose, TlsAuthority};

use crate::daemon::http::ask;
use crate::daemon::rig::{Tls, connect};
use crate::serve::Host;

const STATUS: &[u8] = b"GET /v1/trust/status HTTP/1.1\r\nHost: x\r\n\r\n";

/// What the server of lists does.
#[derive(Clone)]
enum Answer {
    /// Gives this.
    List(Vec<u8>),
    /// Gives an endless document.
    Endless,
    /// Says nothing.
    Hangs,
    /// Ends every connection at once.
    Gone,
}

/// A server of lists; ends with the test.
struct Lists {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicUsize>,
    ends: Arc<AtomicBool>,
    serving: Option<JoinHandle<()>>,
}

impl Lists {
    fn serve(answer: Answer, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (answer, asked) = (Arc::new(Mutex::new(answer)), Arc::new(AtomicUsize::new(0)));
        let ends = Arc::new(AtomicBool::new(false));
        let (given, count, over) = (Arc::clone(&answer), Arc::clone(&asked), Arc::clone(&ends));
        #[expect(clippy::disallowed_methods, reason = "a test's own server")]
        let serving = thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, answer) = (stream.unwrap(), given.lock().unwrap().clone());
                stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
                stream.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
                // The client may end before the server has.
                let _ = match &tls {
                    None => give(stream, &answer),
                    Some(tls) => {
                        let connection = ServerConnection::new(Arc::clone(tls)).unwrap();
                        give(StreamOwned::new(connection, stream), &answer)
                    }
                };
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, answer, asked, ends, serving: Some(serving) }
    }

    /// From now on it does this, and has done so twice when this returns.
    fn now(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
        let before = self.asked.load(Ordering::SeqCst);
        until("the list is asked for", || self.asked.load(Ordering::SeqCst) >= before + 3);
    }
}

impl Drop for Lists {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let _ = self.serving.take().unwrap().join();
    }
}

fn give(mut stream: impl Read + Write, answer: &Answer) -> std::io::Result<()> {
    if matches!(answer, Answer::Gone) {
        return Ok(());
    }
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    match answer {
        Answer::List(bytes) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len());
            stream.write_all(&[head.as_bytes(), bytes].concat())?;
            stream.flush()
        }
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[0x30; 8_192])?;
            }
        }
        Answer::Hangs => {
            thread::sleep(Duration::from_secs(4));
            Ok(())
        }
        Answer::Gone => Ok(()),
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let clock = SystemClock::new();
    while !is_so() {
        assert!(clock.uptime() < Duration::from_secs(40), "not in time: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// A host whose lists come from `url` alone, asked every second.
fn host(name: &str, url: &str, more: &str) -> Host {
    let host = Host::new(&format!("crl-{name}"));
    std::fs::create_dir(host.folder.join("config/conf.d")).unwrap();
    host.write(
        "config/conf.d/lists.yaml",
        &format!(
            "mtls: {{client_crl_paths: [], client_crl_urls: ['{url}'], client_crl_refresh_seconds: 1{more}}}\n"
        ),
    );
    host
}

/// A list with these certificates on it, made so many seconds from now and good for as many more.
fn list(authority: &TlsAuthority, numbers: &[u8], number: u64, made: i64, good: i64) -> Vec<u8> {
    let now = SystemClock::new().wall().seconds();
    authority
        .revocation_list_with(numbers, |list| {
            list.this_update = now + made;
            list.next_update = Some(now + good);
            *list = list.clone().with(extension::crl_number(&number.to_be_bytes()));
        })
        .unwrap()
}

const DAY: i64 = 86_400;

fn client(host: &Host, number: u8) -> Pair {
    host.authority.issue("demo", number, Purpose::Client).unwrap()
}

fn open(host: &Host, pair: &Pair) -> Tls {
    connect(&host.authority, host.address, Some(pair))
}

fn is_served(host: &Host, pair: &Pair) -> bool {
    ask(&mut open(host, pair), STATUS).is_ok_and(|answer| answer.status == 200)
}

/// What the probe socket answers.
fn probe(host: &Host, path: &str) -> String {
    let mut socket = UnixStream::connect(host.folder.join("run/probe.sock")).unwrap();
    let question = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    socket.write_all(question.as_bytes()).unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    text
}

/// How often a fetch came to one of these.
fn fetches(host: &Host, results: &[&str]) -> u64 {
    let page = probe(host, "/metrics");
    let count = |result: &&str| -> u64 {
        let series = format!("security_revocation_list_fetches_total{{result=\"{result}\"}} ");
        page.lines().find_map(|line| line.strip_prefix(&series)).unwrap().parse().unwrap()
    };
    results.iter().map(count).sum()
}

/// What `/readyz` says is wanting.
fn not_ready(host: &Host) -> Vec<String> {
    let text = probe(host, "/readyz");
    let json: Value = serde_json::from_str(&text[text.find('{').unwrap()..]).unwrap();
    json["not_ready"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().into()).collect()
}

fn lacks_list(host: &Host) -> bool {
    not_ready(host).iter().any(|name| name == "client_crl")
}

/// The faults of records about lists, and how many say that one can be had again.
fn recorded(host: &Host) -> (Vec<String>, usize) {
    let (mut faults, mut recovered) = (Vec::new(), 0);
    verify::walk(&host.folder.join("state/audit/spool"), |_, record| {
        let json = record.json().unwrap();
        if json["resource"] == "revocation list" {
            match json["type"].as_str().unwrap() {
                "system.error" => {
                    faults.push(json["details"]["fault"].as_str().unwrap().to_owned());
                }
                _ => recovered += 1,
            }
        }
    })
    .unwrap();
    (faults, recovered)
}

#[test]
fn who_is_revoked_in_a_fetched_list_is_refused_on_the_connection_that_is_open() {
    let lists = Lists::serve(Answer::Gone, None);
    let host = host("open", &format!("http://{}/ca.crl", lists.address), "");
    let served = host.serve();
    let (bad, good) = (client(&host, 10), client(&host, 11));
    // Nothing is known, so nobody is let in.
    assert!(!is_served(&host, &bad) && lacks_list(&host));
    lists.now(Answer::List(list(&host.authority, &[66], 1, -60, DAY)));
    until("the first list is in force", || is_served(&host, &bad));
    assert!(!lacks_list(&host));

    let (mut revoked, mut other) = (open(&host, &bad), open(&host, &good));
    assert_eq!(ask(&mut revoked, STATUS).unwrap().status, 200);
    assert_eq!(ask(&mut other, STATUS).unwrap().status, 200);
    lists.now(Answer::List(list(&host.authority, &[66, 10], 2, -30, DAY)));
    until("a new connection of the revoked client is refused", || !is_served(&host, &bad));
    // The same connection as before: told so once, and closed.
    let refused = ask(&mut revoked, STATUS).unwrap();
    assert_eq!(refused.status, 401, "{}", refused.head);
    assert!(ask(&mut revoked, STATUS).is_err());
    assert_eq!(ask(&mut other, STATUS).unwrap().status, 200, "others are served on");

    let log = served.end();
    assert_eq!(log.matches("a revocation list was fetched").count(), 2, "{log}");
    let (faults, recovered) = recorded(&host);
    assert_eq!((faults.len(), recovered), (1, 1), "{faults:?}");

    // Without the network, the last good list is in force from the start.
    drop(lists);
    let served = host.serve();
    assert!(is_served(&host, &good) && !is_served(&host, &bad) && !lacks_list(&host));
    drop(served);
}

#[test]
fn what_goes_wrong_with_a_list_leaves_the_last_good_one_in_force_and_is_told_once() {
    let lists = Lists::serve(Answer::Gone, None);
    let host = host("wrong", &format!("http://{}/ca.crl", lists.address), "");
    let good_list = list(&host.authority, &[10], 5, -600, DAY);
    *lists.answer.lock().unwrap() = Answer::List(good_list.clone());
    let served = host.serve();
    let (bad, good) = (client(&host, 10), client(&host, 11));
    until("the list is in force", || is_served(&host, &good));
    let foreign = TlsAuthority::make("test CA", SystemClock::new().wall()).unwrap();
    let wrong = [
        (Answer::List(b"<html>an error page</html>".to_vec()), "not one X.509 revocation list"),
        (Answer::List(list(&foreign, &[], 9, -60, DAY)), "signature does not hold"),
        (Answer::List(list(&host.authority, &[], 4, -60, DAY)), "older than the list"),
        (Answer::List(list(&host.authority, &[], 9, -1_200, DAY)), "older than the list"),
        (Answer::List(list(&host.authority, &[], 9, -60, -5)), "out of date since"),
        (Answer::Endless, "longer than 16777216 bytes"),
        (Answer::Hangs, "too slow: nothing more comes"),
        (Answer::Gone, "cannot be had"),
    ];
    let change = |answer: &Answer, results: &[&str]| {
        let before = fetches(&host, results);
        *lists.answer.lock().unwrap() = answer.clone();
        until("the list is fetched", || fetches(&host, results) > before);
    };
    for (answer, _) in &wrong {
        change(answer, &["refused", "unreachable"]);
        assert!(is_served(&host, &good), "the last good list is in force");
        assert!(!is_served(&host, &bad), "and who is on it is refused");
        assert!(!lacks_list(&host));
        // Between one fault and the next all is well, so that each is another state.
        change(&Answer::List(good_list.clone()), &["unchanged"]);
    }
    let log = served.end();
    let (faults, recovered) = recorded(&host);
    assert_eq!((faults.len(), recovered), (wrong.len(), wrong.len()), "{faults:?}");
    for ((_, word), fault) in wrong.iter().zip(&faults) {
        assert!(fault.contains(word), "{word}: {fault}");
        assert!(log.contains(word), "{word}: {log}");
    }
}

#[test]
fn a_fault_elsewhere_does_not_keep_a_revocation_from_its_effect_for_longer_than_it_lasts() {
    let lists = Lists::serve(Answer::Gone, None);
    let host = host("fault", &format!("http://{}/ca.crl", lists.address), "");
    *lists.answer.lock().unwrap() = Answer::List(list(&host.authority, &[66], 1, -600, DAY));
    let served = host.serve();
    let (first, second, good) = (client(&host, 10), client(&host, 11), client(&host, 12));
    until("the list is in force", || is_served(&host, &first) && is_served(&host, &second));
    // Whoever edits the configuration is not done yet.
    host.write("config/security.yaml", "server: {lisen: 1}\n");
    *lists.answer.lock().unwrap() = Answer::List(list(&host.authority, &[10], 2, -300, DAY));
    until("the first client is refused", || !is_served(&host, &first));
    assert!(is_served(&host, &second));

    let key = std::fs::read_to_string(host.folder.join("server.key")).unwrap();
    host.write("server.key", "half a key");
    let before = fetches(&host, &["unchanged"]);
    *lists.answer.lock().unwrap() = Answer::List(list(&host.authority, &[10, 11], 3, -60, DAY));
    until("the list is kept", || fetches(&host, &["unchanged"]) > before + 1);
    assert!(is_served(&host, &second), "the last good state is in force, whole");
    *lists.answer.lock().unwrap() = Answer::Gone;
    host.write("server.key", &key);
    until("the second client is refused", || !is_served(&host, &second));
    assert!(is_served(&host, &good));
    let log = served.end();
    assert!(log.contains("not renewed") && log.contains("server.key"), "{log}");
}

#[test]
fn a_list_out_of_date_lets_nobody_in_unless_that_is_allowed() {
    for (name, more, is_in) in
        [("stale", "", false), ("stale-allowed", ", revocation: {on_stale: allow}", true)]
    {
        let lists = Lists::serve(Answer::Gone, None);
        let host = host(name, &format!("http://{}/ca.crl", lists.address), more);
        *lists.answer.lock().unwrap() = Answer::List(list(&host.authority, &[10], 1, -60, 6));
        let served = host.serve();
        let (bad, good) = (client(&host, 10), client(&host, 11));
        until("the list is in force", || is_served(&host, &good));
        let mut held_open = open(&host, &good);
        assert_eq!(ask(&mut held_open, STATUS).unwrap().status, 200);
        assert!(!lacks_list(&host));
        thread::sleep(Duration::from_secs(8));
        assert_eq!(is_served(&host, &good), is_in, "{name}");
        assert_eq!(ask(&mut held_open, STATUS).unwrap().status == 200, is_in, "{name}");
        assert_eq!(lacks_list(&host), !is_in, "{name}");
        assert!(!is_served(&host, &bad), "a stale list that speaks still revokes");
        drop(served);
    }
}

#[test]
fn over_https_the_server_of_lists_is_verified() {
    let host = host("https", "https://127.0.0.1:1/", "");
    let foreign = TlsAuthority::make("foreign", SystemClock::new().wall()).unwrap();
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    for (authority, is_in) in [(&foreign, false), (&host.authority, true)] {
        let pair = authority.issue("localhost", 3, Purpose::Server(loopback)).unwrap();
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(
                    vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()],
                    PrivateKeyDer::from_pem_slice(pair.key.expose().as_bytes()).unwrap(),
                )
                .unwrap();
        let good_list = list(&host.authority, &[10], 1, -60, DAY);
        let lists = Lists::serve(Answer::List(good_list), Some(Arc::new(config)));
        host.write(
            "config/conf.d/lists.yaml",
            &format!(
                "mtls: {{client_crl_paths: [], client_crl_urls: ['https://127.0.0.1:{}/ca.crl'], client_crl_refresh_seconds: 1}}\n",
                lists.address.port()
            ),
        );
        let served = host.serve();
        let good = client(&host, 11);
        if is_in {
            until("the list is in force", || is_served(&host, &good));
        } else {
            until("it was asked", || lists.asked.load(Ordering::SeqCst) >= 2);
            assert!(!is_served(&host, &good) && lacks_list(&host));
        }
        let log = served.end();
        assert_eq!(log.contains("invalid peer certificate"), !is_in, "{log}");
    }
}
