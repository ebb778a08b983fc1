//! `database_security`: Postgres, and how its connections are protected.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::reader::Section;
use crate::config::secret_source::SecretSource;
use crate::tls::settings::MinVersion;

/// What is demanded of a connection, by libpq's names; the weaker first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SslMode {
    /// No TLS.
    Disable,
    /// TLS if the server likes.
    Prefer,
    /// TLS with whomever.
    Require,
    /// TLS with a certificate of the CA.
    VerifyCa,
    /// TLS with a certificate of the CA for this host.
    VerifyFull,
}

/// The names of the modes.
pub(in crate::config) const SSL_MODES: [(&str, SslMode); 5] = [
    ("disable", SslMode::Disable),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

/// Settings of the database's client.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// Where it is; none where there is none.
    pub host: Option<String>,
    /// Its port.
    pub port: u16,
    /// The database's name.
    pub name: String,
    /// The user; none where Vault makes users.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<SecretSource>,
    /// What is demanded of a connection.
    pub ssl_mode: SslMode,
    /// The CA above the server, in PEM.
    pub ssl_ca_cert: Option<PathBuf>,
    /// Our certificate, in PEM.
    pub ssl_client_cert: Option<PathBuf>,
    /// Its key, in PEM.
    pub ssl_client_key: Option<PathBuf>,
    /// The lowest version of TLS.
    pub min_version: MinVersion,
    /// Whether Vault's users are changed while running.
    pub credential_rotation: bool,
    /// How long such a user lives.
    pub credential_ttl: Duration,
    /// Connections at most.
    pub max_connections: u16,
    /// Time to connect.
    pub connection_timeout: Duration,
    /// How long an unused connection is kept.
    pub idle_timeout: Duration,
    /// How long any connection is kept.
    pub max_lifetime: Duration,
}

pub(in crate::config) fn read(section: &mut Section<'_, '_>) -> DatabaseSettings {
    let versions = [("TLSv1.2", MinVersion::Tls12), ("TLSv1.3", MinVersion::Tls13)];
    let hours = section.number("credential_ttl_hours", 8, 1..=720_u64);
    let settings = DatabaseSettings {
        host: section.optional_plain("host", "the name of a host"),
        port: section.number("port", 5_432, 1..=u16::MAX),
        name: section.plain("name", "trust_service", "the name of a database"),
        user: section.optional_plain("user", "the name of a user"),
        password: section.secret("password"),
        ssl_mode: section.choice("ssl_mode", SslMode::VerifyFull, &SSL_MODES),
        ssl_ca_cert: section.optional_path("ssl_ca_cert"),
        ssl_client_cert: section.optional_path("ssl_client_cert"),
        ssl_client_key: section.optional_path("ssl_client_key"),
        min_version: section.choice("min_tls_version", MinVersion::Tls12, &versions),
        credential_rotation: section.flag("credential_rotation_enabled", false),
        credential_ttl: Duration::from_secs(hours.saturating_mul(3_600)),
        max_connections: section.number("max_connections", 20, 1..=1_000),
        connection_timeout: Duration::from_millis(section.number(
            "connection_timeout_ms",
            30_000,
            100..=300_000,
        )),
        idle_timeout: Duration::from_secs(section.number(
            "idle_timeout_seconds",
            3_600,
            1..=86_400,
        )),
        max_lifetime: Duration::from_secs(section.number(
            "max_lifetime_seconds",
            7_200,
            1..=604_800,
        )),
    };
    if settings.ssl_client_cert.is_some() != settings.ssl_client_key.is_some() {
        let rule = "a client certificate and its key go together";
        section.fault("ssl_client_key", rule, "set both or neither");
    }
    settings
}
