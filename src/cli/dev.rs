//! `dev`: the daemon with made-up certificates, for trying out.

mod logger;
mod material;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::{Daemon, Settings, StartError, audit_keys};
use crate::audit::AuditSettings;
use crate::authn::local::{Administrator, Administrators};
use crate::authn::mtls::ClientRules;
use crate::authn::rule::{ClientRule, Term};
use crate::authz::{Permission, Roles};
use crate::clock::{Clock, SystemClock};
use crate::identity::NameError;
use crate::runtime::shutdown::Shutdown;
use crate::runtime::signals::{Message, Signals};
use crate::runtime::supervisor::{How, Supervisor};
use crate::server::{Deadlines, ServerSettings};
use crate::tls::{MinVersion, TlsSettings};
use crate::trust::validate::OnUnknown;
use crate::wire::Limits;

use logger::ToStderr;

use super::exit::Exit;
use super::session::{Failure, Session};
use super::terminal::{Tint, printable};
use super::usage_error::UsageError;

/// Makes the material, serves until a signal, and ends in order.
pub(super) fn run(session: &mut Session<'_>) -> Result<Exit, Failure> {
    let listen = listen(session)?;
    let folder = session.invocation.value("dir").map(PathBuf::from).unwrap_or_default();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    // Where there is a logger already, it is as good.
    let _ = log::set_logger(&ToStderr).map(|()| log::set_max_level(log::LevelFilter::Info));
    // Before any thread is started, so that none of them dies of a signal.
    let signals = Signals::take().map_err(|error| internal(&error))?;
    let master = material::write(&folder, session.now(), listen.ip())?;
    let settings = settings(&folder, listen).map_err(|error| internal(&error))?;
    let daemon = Daemon::start(settings, &audit_keys(&master), None, Arc::clone(&clock))?;
    hint(session, &folder, daemon.address())?;
    let stop = daemon.stop_of_all();
    let mut watch = listen_for_signals(signals, stop, clock)?;
    let reason = daemon.stop_of_all().wait_for_reason();
    writeln!(session.err, "trust-service: {}; ending in order", printable(&reason))?;
    let failure = daemon.stop();
    let _ = watch.0.stop(watch.1, std::time::Duration::from_secs(1));
    match failure {
        None => Ok(Exit::Good),
        Some(ended) => Err(Failure::new(Exit::Internal, ended.to_string())),
    }
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
            terms: vec![Term::CommonName(name.to_owned())],
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
            min_version: MinVersion::Tls12,
        },
        audit: AuditSettings { segment_bytes: 8 * 1024 * 1024, ..AuditSettings::default() },
        state: folder.join("state"),
        run: Some(folder.join("run")),
        clients: ClientRules::new(clients, None),
        // Whoever started it.
        administrators: Administrators::new(vec![Administrator {
            uid: rustix::process::geteuid().as_raw(),
            roles: vec![administrator],
        }]),
        roles: Roles::new(roles.into()),
        on_unknown: OnUnknown::Warn,
    })
}

/// Ends the daemon on the first signal, and does not wait for it on the second.
fn listen_for_signals(
    signals: Signals,
    stop: Shutdown,
    clock: Arc<dyn Clock>,
) -> Result<(Supervisor, crate::runtime::supervisor::Group), Failure> {
    let mut supervisor = Supervisor::new(clock, |ended| {
        if ended.how != How::Asked {
            log::error!(target: "app", "{ended}");
        }
    });
    let group = supervisor.group();
    let body = move |life: crate::runtime::supervisor::Life| {
        let heard = signals.run(&life, |message| match message {
            Message::Drain => stop.ask("a signal asks for the end"),
            Message::EndNow => stop.ask("a second signal asks for the end"),
            Message::Reload | Message::Reopen => {}
        });
        if let Err(error) = heard {
            log::error!(target: "app", "signals can no longer be heard: {error}");
        }
    };
    supervisor.spawn(group, "signals", body).map_err(|error| internal(&error))?;
    Ok((supervisor, group))
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

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let exit = match error {
            StartError::State(error) => return error.into(),
            StartError::Owner(_) => Exit::Permission,
            StartError::Listen(..) | StartError::Local(_) => Exit::Unavailable,
            StartError::Audit(_) | StartError::FirstRecord(_) | StartError::SubjectKeys(_) => {
                Exit::WriteFailed
            }
            StartError::Limit(_) | StartError::Tls(_) => Exit::Configuration,
            StartError::Kernel(_) | StartError::NoEntropy | StartError::Thread(_) => Exit::Internal,
        };
        Self::new(exit, error.to_string())
    }
}
