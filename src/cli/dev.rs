//! `dev`: the daemon with made-up certificates, for trying out.

mod material;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use crate::app::{Settings, Source};
use crate::audit::AuditSettings;
use crate::authn::api_key::ApiKeySettings;
use crate::authn::local::{Administrator, Administrators};
use crate::authn::mtls::ClientRules;
use crate::authn::rule::{ClientRule, Condition, Term};
use crate::authn::token::{Algorithm, TokenSettings};
use crate::authz::{Demands, Permission};
use crate::guard::Policy;
use crate::identity::NameError;
use crate::limit::{LimitSettings, Quota};
use crate::logger::{Filter, Format};
use crate::server::{Deadlines, ServerSettings};
use crate::tls::{MinVersion, TlsSettings};
use crate::trust::validate::OnUnknown;
use crate::wire::Limits;

use super::exit::Exit;
use super::process::Process;
use super::session::{Failure, Session};
use super::terminal::{Tint, printable};
use super::usage_error::UsageError;

/// Makes the material, serves until a signal, and ends in order.
pub(super) fn run(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let listen = listen(session)?;
    let folder = session.invocation.value("dir").map(PathBuf::from).unwrap_or_default();
    let process = Process::prepare(Filter::default(), Format::Text)?;
    let master = material::write(&folder, session.now(), listen.ip())?;
    let first = settings(&folder, listen).map_err(|error| internal(&error))?;
    let again = folder.clone();
    let source: Source =
        Box::new(move || settings(&again, listen).map_err(|error| error.to_string()));
    process.serve(session, first, &master, source, |session, daemon| {
        hint(session, &folder, daemon.address())
    })
}

fn internal(error: &impl ToString) -> Failure {
    Failure::new(Exit::Internal, error.to_string())
}

fn listen(session: &Session<'_>) -> Result<SocketAddr, Failure> {
    let text = session.invocation.text("listen").unwrap_or("127.0.0.1:8443");
    text.parse().map_err(|_| {
        let expected = "an address and a port, as 127.0.0.1:8443 or [::1]:8443";
        UsageError::Malformed { argument: "--listen", value: text.into(), expected }.into()
    })
}

fn settings(folder: &Path, listen: SocketAddr) -> Result<Settings, NameError> {
    let operator: crate::identity::RoleName = "operator".parse()?;
    let administrator: crate::identity::RoleName = "administrator".parse()?;
    let reader = "reader".parse()?;
    let rule = |name: &str, role: &crate::identity::RoleName| {
        Ok(ClientRule {
            condition: Condition::Term(Term::CommonName(name.to_owned())),
            client: name.parse()?,
            roles: vec![role.clone()],
        })
    };
    let clients = vec![rule(material::CLIENT, &operator)?, rule(material::READER, &reader)?];
    let all = [
        Permission::CertificateValidate,
        Permission::TrustQuery,
        Permission::TrustIngest,
        Permission::MetricsRead,
        Permission::AuditRead,
        Permission::TokenIssue,
        Permission::TokenIntrospect,
        Permission::TokenRevoke,
    ];
    let roles = [
        (administrator.clone(), Permission::ALL.into_iter().collect()),
        (operator, all.into_iter().collect()),
        (reader, std::iter::once(Permission::TrustQuery).collect()),
    ];
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(Settings {
        server: ServerSettings {
            listen,
            workers: u16::try_from(cores).unwrap_or(1),
            blocking_threads: 4,
            blocking_queue: 256,
            max_connections: 4_096,
            max_connections_per_address: 4_096,
            limits: Limits::default(),
            deadlines: Deadlines::default(),
        },
        tls: TlsSettings {
            certificate: folder.join("server.pem"),
            key: folder.join("server.key"),
            client_ca: folder.join("ca.pem"),
            client_crls: vec![folder.join("clients.crl")],
            require_client_certificate: true,
            allow_unknown_revocation: false,
            allow_stale_revocation: false,
            client_crl_fetch: None,
            min_version: MinVersion::Tls12,
        },
        audit: AuditSettings { segment_bytes: 8 * 1024 * 1024, ..AuditSettings::default() },
        state: folder.join("state"),
        accept_state: None,
        run: Some(folder.join("run")),
        policy: Policy {
            clients: ClientRules::new(clients, None),
            roles: roles.into_iter().collect(),
            demands: Demands::default(),
        },
        // Whoever started it.
        administrators: Administrators::new(vec![Administrator {
            uid: rustix::process::geteuid().as_raw(),
            roles: vec![administrator],
        }]),
        api_keys: ApiKeySettings { enabled: true, ..ApiKeySettings::default() },
        gate: None,
        limits: generous(),
        on_unknown: OnUnknown::Warn,
        // Keys of RSA take seconds to make.
        tokens: Some(TokenSettings {
            algorithm: Algorithm::Es256,
            algorithms: vec![Algorithm::Es256],
            ..TokenSettings::default()
        }),
    })
}

/// Limits that nobody meets by hand, so that a load test of a developer tells of the service and not of them.
fn generous() -> LimitSettings {
    let many = NonZeroU32::MIN.saturating_add(10_000_000);
    let quota = Some(Quota::new(many, many));
    LimitSettings {
        connections: quota,
        address: quota,
        user: quota,
        api_key: quota,
        ..LimitSettings::default()
    }
}

/// Lines that can be pasted.
fn hint(session: &mut Session<'_>, folder: &Path, address: SocketAddr) -> Result<(), Failure> {
    let style = session.style;
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => format!("localhost:{}", address.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("localhost:{}", address.port()),
        _ => address.to_string(),
    };
    let file = |name: &str| quoted(&folder.join(name).display().to_string());
    let curl = format!(
        "curl --cacert {} --cert {} --key {}",
        file("ca.pem"),
        // What follows a colon would be a passphrase to curl.
        quoted(&folder.join("client.pem").display().to_string().replace(':', "\\:")),
        file("client.key")
    );
    writeln!(
        session.out,
        "serving on https://{host}, everything it made is in {}\n",
        printable(&folder.display().to_string())
    )?;
    let validate = |name: &str| {
        format!(
            "{curl} -H 'Content-Type: application/pkix-cert' --data-binary @{} https://{host}/v1/certificates/validate",
            file(name)
        )
    };
    let program = quoted(&session.program);
    for (does, line) in [
        ("A valid certificate", validate("certificates/valid.cer")),
        ("A revoked one", validate("certificates/revoked.cer")),
        ("One of an issuer that nobody vouches for", validate("certificates/unknown.cer")),
        ("One in brainpool, with its curve written out", validate("certificates/brainpool.cer")),
        ("What is trusted", format!("{curl} https://{host}/v1/trust/status")),
        (
            "A token for no more than that, which works over this certificate alone",
            format!("{curl} --json '{{\"scope\": \"trust:query\"}}' https://{host}/v1/tokens"),
        ),
        (
            "An API key, which is shown this once",
            format!(
                "{program} key create --name demo --owner demo --permission trust:query --state {}",
                file("state")
            ),
        ),
        ("The records of all that", format!("{program} audit verify --state {}", file("state"))),
    ] {
        writeln!(
            session.out,
            "{}\n{}",
            style.paint(Tint::Faint, &format!("# {does}")),
            printable(&line)
        )?;
    }
    session.out.flush()?;
    Ok(())
}

/// `text` as one word for a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
