//! A daemon with an authority, clients and trust material of its own, gone when the test is over.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use trust_service::app::{Daemon, Keys, Settings, StartError};
use trust_service::audit::{AuditKeys, AuditSettings, verify};
use trust_service::authn::api_key::ApiKeySettings;
use trust_service::authn::local::{Administrator, Administrators};
use trust_service::authn::mtls::ClientRules;
use trust_service::authn::rule::{ClientRule, Condition, Term};
use trust_service::authz::{Permission, Roles};
use trust_service::clock::{Clock, SystemClock};
use trust_service::demo::material::Material;
use trust_service::demo::tls::{Pair, Purpose, TlsAuthority};
use trust_service::guard::Policy;
use trust_service::limit::LimitSettings;
use trust_service::secret::Secret;
use trust_service::server::{Deadlines, ServerSettings};
use trust_service::state::{FolderLock, TrustStore};
use trust_service::tls::{MinVersion, TlsSettings};
use trust_service::trust::bundle;
use trust_service::trust::certificate::Certificate;
use trust_service::trust::change::{Draft, ImportOptions};
use trust_service::trust::fingerprint::Fingerprint;
use trust_service::trust::snapshot::Snapshot;
use trust_service::wire::Limits;

pub(super) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(crate) type Tls = StreamOwned<ClientConnection, TcpStream>;

pub(super) struct Rig {
    pub(super) folder: PathBuf,
    pub(super) daemon: Option<Daemon>,
    pub(super) authority: TlsAuthority,
    pub(super) material: Material,
    pub(super) settings: Settings,
}

impl Rig {
    pub(super) fn start(name: &str) -> Self {
        Self::with(name, Deadlines::default())
    }

    pub(super) fn with(name: &str, deadlines: Deadlines) -> Self {
        Self::made(name, |settings| settings.server.deadlines = deadlines)
    }

    pub(super) fn administered(name: &str, administrators: Vec<Administrator>) -> Self {
        Self::made(name, |settings| settings.administrators = Administrators::new(administrators))
    }

    /// With other settings. Whoever runs the test is administrator.
    pub(super) fn made(name: &str, change: impl FnOnce(&mut Settings)) -> Self {
        let administrator = Administrator {
            uid: rustix::process::geteuid().as_raw(),
            roles: vec!["operator".parse().unwrap()],
        };
        let folder = std::env::temp_dir().join(format!("ts-daemon-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("state")).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let now = clock.wall();
        let authority = TlsAuthority::make("test CA", now).unwrap();
        let server = authority.issue("localhost", 2, Purpose::Server(LOOPBACK)).unwrap();
        for (name, text) in [
            ("server.pem", &server.certificate),
            ("server.key", server.key.expose()),
            ("ca.pem", &authority.certificate()),
            ("clients.crl", &authority.revocation_list(&[66]).unwrap()),
        ] {
            write_private(&folder.join(name), text);
        }
        let material = Material::make(now).unwrap();
        trust(&folder.join("state"), &material);
        let rule = |name: &str, role: &str| ClientRule {
            condition: Condition::Term(Term::CommonName(name.into())),
            client: name.parse().unwrap(),
            roles: vec![role.parse().unwrap()],
        };
        let reader = std::iter::once(Permission::TrustQuery).collect();
        let roles: Roles = [
            ("operator".parse().unwrap(), Permission::ALL.into_iter().collect()),
            ("reader".parse().unwrap(), reader),
        ]
        .into_iter()
        .collect();
        let settings = Settings {
            server: ServerSettings {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                workers: 2,
                blocking_threads: 2,
                blocking_queue: 64,
                max_connections: 64,
                max_connections_per_address: 64,
                limits: Limits::default(),
                deadlines: Deadlines::default(),
            },
            tls: tls_settings(&folder),
            audit: AuditSettings { segment_bytes: 2 * 1024 * 1024, ..AuditSettings::default() },
            state: folder.join("state"),
            accept_state: None,
            run: Some(folder.join("run")),
            policy: Policy {
                clients: ClientRules::new(
                    vec![rule("demo", "operator"), rule("reader", "reader")],
                    None,
                ),
                roles,
                ..Policy::default()
            },
            administrators: Administrators::new(vec![administrator]),
            api_keys: ApiKeySettings { enabled: true, ..ApiKeySettings::default() },
            gate: None,
            limits: LimitSettings { enabled: false, ..LimitSettings::default() },
            on_unknown: trust_service::trust::validate::OnUnknown::Warn,
            tokens: None,
        };
        let mut settings = settings;
        change(&mut settings);
        let mut rig = Self { folder, daemon: None, authority, material, settings };
        rig.run().unwrap();
        rig
    }

    /// Starts the daemon, once more where it was stopped.
    pub(super) fn run(&mut self) -> Result<(), StartError> {
        let audit = AuditKeys {
            key_encryption_key: Secret::new([1; 32]),
            pseudonym_key: Secret::new([2; 32]),
        };
        let keys = Keys { audit, pepper: Secret::new([4; 32]), state: Secret::new([3; 32]) };
        let again = self.settings.clone();
        let source = Box::new(move || Ok(again.clone()));
        let clock = Arc::new(SystemClock::new());
        self.daemon = Some(Daemon::start(self.settings.clone(), &keys, None, clock, source)?);
        Ok(())
    }

    pub(super) fn client(&self, name: &str) -> Pair {
        self.authority.issue(name, 10, Purpose::Client).unwrap()
    }

    pub(super) fn connect(&self, pair: Option<&Pair>) -> Tls {
        connect(&self.authority, self.daemon.as_ref().unwrap().address(), pair)
    }

    /// Stops the daemon in order, and gives its records.
    pub(super) fn records(&mut self) -> Vec<Value> {
        self.daemon.take().unwrap().stop().unwrap();
        let mut all = Vec::new();
        verify::walk(&self.folder.join("state/audit/spool"), |_, record| {
            all.push(record.json().unwrap());
        })
        .unwrap();
        all
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        drop(self.daemon.take().map(Daemon::stop));
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(super) fn tls_settings(folder: &Path) -> TlsSettings {
    TlsSettings {
        certificate: folder.join("server.pem"),
        key: folder.join("server.key"),
        client_ca: folder.join("ca.pem"),
        client_crls: vec![folder.join("clients.crl")],
        require_client_certificate: true,
        allow_unknown_revocation: false,
        allow_stale_revocation: false,
        client_crl_fetch: None,
        min_version: MinVersion::Tls12,
    }
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file =
        fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn trust(state: &Path, material: &Material) {
    let lock = FolderLock::take(state).unwrap();
    let base = Snapshot::empty();
    let mut draft = Draft::new(&base, SystemClock::new().wall());
    for csca in [&material.csca, &material.brainpool_csca] {
        draft.anchor(&Certificate::parse(csca.clone()).unwrap()).unwrap();
    }
    let items = bundle::read(&material.crl).unwrap();
    draft.import("crl", Fingerprint::of(&material.crl), &items, &ImportOptions::default()).unwrap();
    let (snapshot, bytes, _) = draft.finish().unwrap();
    TrustStore::new(state).commit(&lock, snapshot.id(), &bytes).unwrap();
}

/// A client with this certificate, or without any, at a server of this authority.
pub(crate) fn connect(authority: &TlsAuthority, address: SocketAddr, pair: Option<&Pair>) -> Tls {
    let mut roots = RootCertStore::empty();
    let ca = authority.certificate();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match pair {
        None => builder.with_no_client_auth(),
        Some(pair) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(pair.key.expose().as_bytes()).unwrap(),
            )
            .unwrap(),
    };
    let name = ServerName::try_from("localhost").unwrap();
    let tls = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    StreamOwned::new(tls, socket)
}
