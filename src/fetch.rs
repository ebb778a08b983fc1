//! One document from an address that an operator named, over http or https.
//!
//! Threat: whoever answers there, or stands on the way. Every phase has a deadline and the document a size; no
//! redirect is followed, no proxy of the environment asked, nothing unpacked, and no connection kept. What comes is
//! for the caller to judge: of http nothing but bytes is known.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, Error, Timeout};

/// How much a fetch may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bounds {
    /// To find the address, connect, and agree on TLS; each of the first two.
    pub connect: Duration,
    /// From there to the end of the answer's head.
    pub head: Duration,
    /// For the next bytes of the document.
    pub silence: Duration,
    /// For all of it.
    pub total: Duration,
    /// Bytes of the document.
    pub bytes: u64,
}

/// Why there is no document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FetchError {
    /// It is longer than it may be, which is so many bytes.
    Larger(u64),
    /// The caller did not want to wait any longer.
    Stopped,
    /// The server answers with another status than 200.
    Status(u16),
    /// A deadline is over; what was waited for.
    Timeout(&'static str),
    /// CA certificates of which one cannot be used.
    Roots(String),
    /// There is no connection, or no answer on it.
    Unreachable(String),
}

impl fmt::Display for FetchError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Larger(most) => write!(out, "longer than {most} bytes"),
            Self::Stopped => out.write_str("given up, as the service ends"),
            Self::Status(status) => write!(out, "the server answers {status}"),
            Self::Timeout(what) => write!(out, "too slow: {what}"),
            Self::Roots(cause) => write!(out, "a CA certificate cannot be used: {cause}"),
            Self::Unreachable(cause) => write!(out, "cannot be had: {cause}"),
        }
    }
}

impl std::error::Error for FetchError {}

/// The document at `url`. A server of https is verified under `roots`. `go_on` is asked after each piece.
///
/// # Errors
///
/// As [`FetchError`]. A redirect is a status other than 200.
pub fn get(
    url: &str,
    roots: &[CertificateDer<'_>],
    bounds: &Bounds,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<u8>, FetchError> {
    let agent = agent(url, roots, bounds)?;
    let answer = agent.get(url).call().map_err(|error| refused(&error))?;
    if answer.status().as_u16() != 200 {
        return Err(FetchError::Status(answer.status().as_u16()));
    }
    read(answer.into_body(), bounds.bytes, go_on)
}

fn agent(url: &str, roots: &[CertificateDer<'_>], bounds: &Bounds) -> Result<Agent, FetchError> {
    let is_https = url.starts_with("https://");
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&roots_of(if is_https { roots } else { &[] })?))
        .unversioned_rustls_crypto_provider(Arc::new(default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .https_only(is_https)
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .accept_encoding("identity")
        .user_agent(concat!("trust-service/", env!("CARGO_PKG_VERSION")))
        .max_idle_connections(0)
        .max_response_header_size(HEAD_BYTES)
        .timeout_global(Some(bounds.total))
        .timeout_resolve(Some(bounds.connect))
        .timeout_connect(Some(bounds.connect))
        .timeout_send_request(Some(bounds.head))
        .timeout_recv_response(Some(bounds.head))
        .timeout_per_read(Some(bounds.silence))
        .build();
    Ok(config.new_agent())
}

/// The client passes over roots that it cannot use, and then knows no server: so they are looked at here.
fn roots_of(roots: &[CertificateDer<'_>]) -> Result<Vec<Certificate<'static>>, FetchError> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store
            .add(root.clone().into_owned())
            .map_err(|cause| FetchError::Roots(cause.to_string()))?;
    }
    Ok(roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect())
}

fn read(body: Body, most: u64, go_on: &dyn Fn() -> bool) -> Result<Vec<u8>, FetchError> {
    if body.content_length().is_some_and(|length| length > most) {
        return Err(FetchError::Larger(most));
    }
    let mut reader = body.into_reader();
    let mut document = Vec::new();
    let mut piece = vec![0; PIECE];
    loop {
        if !go_on() {
            return Err(FetchError::Stopped);
        }
        let count = reader.read(&mut piece).map_err(|error| refused(&Error::from(error)))?;
        let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else {
            return Ok(document);
        };
        let length = document.len().saturating_add(count);
        if u64::try_from(length).unwrap_or(u64::MAX) > most {
            return Err(FetchError::Larger(most));
        }
        document.extend_from_slice(bytes);
    }
}

fn refused(error: &Error) -> FetchError {
    match error {
        Error::StatusCode(status) => FetchError::Status(*status),
        Error::Timeout(which) => FetchError::Timeout(match which {
            Timeout::Resolve => "the name is not resolved",
            Timeout::Connect => "no connection",
            Timeout::PerRead => "nothing more comes",
            Timeout::RecvResponse => "no answer",
            _ => "the whole takes too long",
        }),
        other => FetchError::Unreachable(other.to_string()),
    }
}

/// A head of more is no answer to a plain question.
const HEAD_BYTES: usize = 16 * 1024;

/// Bytes that are read at a time.
const PIECE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::{SocketAddr, TcpListener};
    use std::thread::{self, JoinHandle};

    const BOUNDS: Bounds = Bounds {
        connect: Duration::from_secs(2),
        head: Duration::from_millis(400),
        silence: Duration::from_millis(300),
        total: Duration::from_secs(2),
        bytes: 1_000,
    };

    /// A server that answers one connection with these pieces, so long apart.
    fn server(pieces: Vec<Vec<u8>>, pause: Duration) -> (SocketAddr, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test's own server")]
        let serving = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = vec![0; 4_096];
            let count = stream.read(&mut asked).unwrap();
            for piece in pieces {
                // The client may have given up.
                if stream.write_all(&piece).is_err() {
                    break;
                }
                thread::sleep(pause);
            }
            String::from_utf8_lossy(&asked[..count]).into_owned()
        });
        (address, serving)
    }

    fn answered(pieces: &[&[u8]], pause: Duration) -> (Result<Vec<u8>, FetchError>, String) {
        let (address, serving) = server(pieces.iter().map(|piece| piece.to_vec()).collect(), pause);
        let got = get(&format!("http://{address}/a.crl"), &[], &BOUNDS, &|| true);
        (got, serving.join().unwrap())
    }

    const NONE: Duration = Duration::ZERO;

    #[test]
    fn a_document_is_read_to_its_end_and_the_question_says_little() {
        let (got, asked) =
            answered(&[b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"list!"], NONE);
        assert_eq!(got.unwrap(), b"list!");
        let asked = asked.to_ascii_lowercase();
        assert!(asked.starts_with("get /a.crl http/1.1\r\n"), "{asked}");
        assert!(!asked.contains("cookie") && !asked.contains("authorization"), "{asked}");
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nli\r\n0\r\n\r\n";
        assert_eq!(answered(&[chunked], NONE).0.unwrap(), b"li");
    }

    #[test]
    fn a_document_that_is_too_long_is_refused_by_its_head_and_without_one() {
        let long = [b'a'; 1_001];
        let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n";
        let endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
        for head in [&announced[..], endless] {
            assert_eq!(answered(&[head, &long], NONE).0, Err(FetchError::Larger(1_000)));
        }
        assert_eq!(answered(&[endless, &long[..1_000]], NONE).0.unwrap().len(), 1_000);
    }

    #[test]
    fn a_document_that_is_cut_short_is_none() {
        let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort";
        assert!(matches!(answered(&[cut], NONE).0, Err(FetchError::Unreachable(_))));
    }

    #[test]
    fn a_redirect_is_not_followed_and_other_statuses_are_no_document() {
        let elsewhere = server(vec![], NONE).0;
        let redirect = format!(
            "HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\r\n"
        );
        assert_eq!(answered(&[redirect.as_bytes()], NONE).0, Err(FetchError::Status(302)));
        let missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nlist";
        assert_eq!(answered(&[missing], NONE).0, Err(FetchError::Status(404)));
    }

    #[test]
    fn a_server_that_hangs_or_drips_is_given_up() {
        let pause = Duration::from_millis(700);
        assert!(matches!(answered(&[b"", b"x"], pause).0, Err(FetchError::Timeout(_))));
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
        assert!(matches!(answered(&[head, b"x"], pause).0, Err(FetchError::Timeout(_))));
        // A byte at a time, each soon enough: the whole is bounded too.
        let mut drip: Vec<&[u8]> = vec![b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"];
        drip.resize(40, b"x");
        let (got, _) = answered(&drip, Duration::from_millis(100));
        assert!(matches!(got, Err(FetchError::Timeout(_))), "{got:?}");
    }

    #[test]
    fn nobody_at_the_address_and_a_head_without_end_are_said() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let got = get(&format!("http://{free}/"), &[], &BOUNDS, &|| true);
        assert!(matches!(got, Err(FetchError::Unreachable(_))), "{got:?}");
        let header = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'a'; HEAD_BYTES + 1]].concat();
        assert!(matches!(answered(&[&header], NONE).0, Err(FetchError::Unreachable(_))));
    }

    #[test]
    fn who_does_not_want_to_wait_does_not() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlist!";
        let (address, _) = server(vec![head.to_vec()], NONE);
        let got = get(&format!("http://{address}/"), &[], &BOUNDS, &|| false);
        assert_eq!(got, Err(FetchError::Stopped));
    }

    #[test]
    fn a_root_that_is_none_is_an_error_and_not_passed_over() {
        let bad = CertificateDer::from(vec![0x30, 0]);
        let got = get("https://127.0.0.1:1/", &[bad], &BOUNDS, &|| true);
        assert!(matches!(got, Err(FetchError::Roots(_))), "{got:?}");
    }
}
