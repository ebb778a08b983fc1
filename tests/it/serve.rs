//! `serve` as a process: it starts, tells systemd, reloads, and ends in order, or says why it does not start.

use std::fs;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use trust_service::audit::verify;
use trust_service::clock::{Clock, SystemClock};
use trust_service::demo::tls::{Purpose, TlsAuthority};

use crate::daemon::http::ask;
use crate::daemon::rig::connect;

const STATUS: &[u8] = b"GET /v1/trust/status HTTP/1.1\r\nHost: x\r\n\r\n";

/// A configured host: certificates, a policy, a master key; gone when the test is over.
pub(crate) struct Host {
    pub(crate) folder: PathBuf,
    pub(crate) authority: TlsAuthority,
    pub(crate) address: SocketAddr,
}

impl Host {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("ts-serve-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("config")).unwrap();
        let authority = TlsAuthority::make("test CA", SystemClock::new().wall()).unwrap();
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let server = authority.issue("localhost", 2, Purpose::Server(loopback)).unwrap();
        // A port that was free a moment ago.
        let address = TcpListener::bind((loopback, 0)).unwrap().local_addr().unwrap();
        let host = Self { folder, authority, address };
        host.write("server.pem", &server.certificate);
        host.write("server.key", server.key.expose());
        host.write("ca.pem", &host.authority.certificate());
        host.write("clients.crl", &host.authority.revocation_list(&[66]).unwrap());
        host.write(
            "master.key",
            "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592",
        );
        let at = |name: &str| host.folder.join(name).display().to_string();
        let security = format!(
            "server: {{listen: '{address}', state_dir: {}, run_dir: {}}}\n\
             mtls: {{server_cert_path: {}, server_key_path: {}, client_ca_path: {}, client_crl_paths: [{}]}}\n\
             audit_logging: {{segment_bytes: 4194304}}\nencryption: {{master_key: {{file: {}}}}}\n",
            at("state"),
            at("run"),
            at("server.pem"),
            at("server.key"),
            at("ca.pem"),
            at("clients.crl"),
            at("master.key"),
        );
        host.write("config/security.yaml", &security);
        host.write(
            "config/policy.yaml",
            "roles: {reader: [trust:query]}\nclients: [{match: {cn: demo}, client: demo, roles: [reader]}]\n",
        );
        host
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn command(&self, variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trust-service"));
        command
            .args(["serve", "--config"])
            .arg(self.folder.join("config"))
            .env_clear()
            .env("ENVIRONMENT", "testing")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    fn refused(&self) -> Output {
        self.command(&[]).output().unwrap()
    }

    /// Starts it, and waits until it says to systemd that it serves.
    pub(crate) fn serve(&self) -> Served {
        let path = self.folder.join("notify");
        let _ = fs::remove_file(&path);
        let told = UnixDatagram::bind(&path).unwrap();
        told.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let variables = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "1600000")];
        let mut served = Served { child: Some(self.command(&variables).spawn().unwrap()), told };
        served.wait_for("READY=1");
        served
    }

    pub(crate) fn ask(&self) -> std::io::Result<u16> {
        let client = self.authority.issue("demo", 10, Purpose::Client).unwrap();
        let mut tls = connect(&self.authority, self.address, Some(&client));
        ask(&mut tls, STATUS).map(|answer| answer.status)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(crate) struct Served {
    child: Option<Child>,
    told: UnixDatagram,
}

impl Served {
    /// Waits until systemd is told `what`.
    fn wait_for(&mut self, what: &str) {
        loop {
            let mut bytes = [0; 1_024];
            let Ok(length) = self.told.recv(&mut bytes) else {
                let mut child = self.child.take().unwrap();
                let _ = child.kill();
                let said = child.wait_with_output().unwrap();
                panic!("never told {what}: {}", String::from_utf8_lossy(&said.stderr));
            };
            if bytes[..length] == *what.as_bytes() {
                return;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.as_ref().unwrap().id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Ends it in order, and gives what it logged.
    pub(crate) fn end(mut self) -> String {
        self.signal(Signal::TERM);
        self.wait_for("STOPPING=1");
        let mut child = self.child.take().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let mut log = String::new();
        child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn it_serves_shows_life_reloads_on_hup_and_ends_on_term() {
    let host = Host::new("all");
    let mut served = host.serve();
    assert_eq!(host.ask().unwrap(), 200);
    served.wait_for("WATCHDOG=1");
    // Another instance finds the state folder, or the port, in use.
    let second = host.refused();
    assert_eq!(second.status.code(), Some(69), "{}", String::from_utf8_lossy(&second.stderr));
    // The client is revoked, and let in again.
    for (revoked, is_in) in [(10, false), (66, true)] {
        host.write("clients.crl", &host.authority.revocation_list(&[revoked]).unwrap());
        served.signal(Signal::HUP);
        let settled = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            host.ask().is_ok() == is_in
        });
        assert!(settled, "revoked {revoked}");
    }
    let log = served.end();
    assert!(log.contains("serving on https://") && log.contains("reloaded (a signal)"), "{log}");
    let mut types = Vec::new();
    verify::walk(&host.folder.join("state/audit/spool"), |_, record| {
        types.push(record.kind.to_owned());
    })
    .unwrap();
    assert_eq!(types.iter().filter(|kind| *kind == "system.reload").count(), 2);
    assert_eq!(types.last().map(String::as_str), Some("system.shutdown"));
}

#[test]
fn a_tls_file_that_is_replaced_is_read_again_by_itself() {
    let host = Host::new("watch");
    let served = host.serve();
    assert_eq!(host.ask().unwrap(), 200);
    host.write("clients.crl", &host.authority.revocation_list(&[10]).unwrap());
    let noticed = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        host.ask().is_err()
    });
    assert!(noticed);
    assert!(served.end().contains("a file of TLS has changed"));
}

#[test]
fn what_keeps_it_from_starting_is_said_whole() {
    let host = Host::new("refused");
    let says = |file: &str, text: &str, exit: i32, words: &[&str]| {
        let before = fs::read_to_string(host.folder.join(file)).unwrap();
        host.write(file, text);
        let output = host.refused();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{said}");
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
        host.write(file, &before);
    };
    says(
        "config/security.yaml",
        "server: {lisen: 1}\nmtls: {enabled: maybe}\n",
        78,
        &["server.lisen", "security.yaml:1", "listen", "mtls.enabled", "security.yaml:2"],
    );
    says("master.key", "short", 78, &["encryption.master_key", "master.key"]);
    says("server.key", "no key", 78, &["server.key"]);
    let key = host.folder.join("server.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let output = host.refused();
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8(output.stderr).unwrap().contains("server.key"));
}
