//! `audit_logging`: the spool that every answer waits for, and where records are shipped to.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::audit::settings::AuditSettings;
use crate::config::reader::Section;

/// What a required sink that lags beyond its bound comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OnLag {
    /// The service is not ready, and answers.
    NotReady,
    /// The service refuses.
    Refuse,
}

/// How a record is written to syslog.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SyslogFormat {
    /// `ArcSight` Common Event Format.
    Cef,
    /// Open Cybersecurity Schema Framework.
    Ocsf,
    /// RFC 5424 with JSON as the message.
    Rfc5424,
}

/// Settings of the audit trail beside those of the spool.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct TrailSettings {
    /// Whether records are made.
    pub enabled: bool,
    /// Whether sensitive fields are encrypted.
    pub encryption_enabled: bool,
    /// How long records are kept.
    pub retention: Duration,
    /// Names of details that are sensitive.
    pub sensitive_fields: Vec<String>,
    /// What a lag of a required sink comes to.
    pub on_required_lag: OnLag,
    /// Whether records are shipped to [`TrailSettings::file`].
    pub log_to_file: bool,
    /// Whether records are shipped to the database.
    pub log_to_database: bool,
    /// Whether records are shipped by syslog.
    pub log_to_siem: bool,
    /// The file, its bytes at most, and how many older ones are kept.
    pub file: (PathBuf, u64, u16),
    /// Where syslog's server is, as `host:port`.
    pub syslog_server: Option<String>,
    /// How records are written there.
    pub syslog_format: SyslogFormat,
    /// The private enterprise number of the structured data; 32473 is the one for examples (RFC 5612).
    pub enterprise_id: u32,
}

pub(in crate::config) fn read(
    section: &mut Section<'_, '_>,
    host: &str,
) -> (AuditSettings, TrailSettings) {
    let default = AuditSettings::default();
    let host = host.parse().unwrap_or(InstanceName(default.instance));
    let micros = section.number("min_sync_gap_us", 0, 0..=10_000_u64);
    let spool = AuditSettings {
        instance: section.parsed("instance", host, INSTANCE).0,
        segment_bytes: section.number(
            "segment_bytes",
            default.segment_bytes,
            (1 << 20)..=(1 << 30),
        ),
        min_sync_gap: Duration::from_micros(micros),
        refusal_burst_bytes: section.number(
            "refusal_burst_bytes",
            default.refusal_burst_bytes,
            4_096..=16_777_216,
        ),
        refusal_bytes_per_second: section.number(
            "refusal_bytes_per_second",
            default.refusal_bytes_per_second,
            256..=1_048_576,
        ),
        ipv4_prefix: section.number("ipv4_prefix_bits", default.ipv4_prefix, 0..=32),
        ipv6_prefix: section.number("ipv6_prefix_bits", default.ipv6_prefix, 0..=128),
    };
    if spool.refusal_bytes_per_second > spool.refusal_burst_bytes {
        let hint = "raise refusal_burst_bytes to at least as much";
        section.fault("refusal_bytes_per_second", "more a second than at once", hint);
    }
    let days = section.number("retention_days", 365, 1..=3_650_u64);
    let lags = [("not_ready", OnLag::NotReady), ("refuse", OnLag::Refuse)];
    let fields = ["password", "token", "key", "secret", "private_key"];
    let (server, format, enterprise) = section.section("syslog", |syslog| {
        let formats = [
            ("rfc5424", SyslogFormat::Rfc5424),
            ("cef", SyslogFormat::Cef),
            ("ocsf", SyslogFormat::Ocsf),
        ];
        (
            syslog.optional_plain("server", "a server as host:port"),
            syslog.choice("format", SyslogFormat::Rfc5424, &formats),
            syslog.number("enterprise_id", 32_473, 1..=u32::MAX),
        )
    });
    let trail = TrailSettings {
        enabled: section.flag("enabled", true),
        encryption_enabled: section.flag("encryption_enabled", true),
        retention: Duration::from_secs(days.saturating_mul(86_400)),
        sensitive_fields: section
            .plain_list("sensitive_fields", Some(&fields), "the name of a field")
            .unwrap_or_default(),
        on_required_lag: section.choice("on_required_lag", OnLag::NotReady, &lags),
        log_to_file: section.flag("log_to_file", false),
        log_to_database: section.flag("log_to_database", false),
        log_to_siem: section.flag("log_to_siem", false),
        file: (
            section.path("log_file_path", "/var/log/trust-service/audit.log"),
            section.number("log_file_max_bytes", 104_857_600, (1 << 20)..=(1 << 40)),
            section.number("log_file_backup_count", 10, 0..=1_000),
        ),
        syslog_server: server,
        syslog_format: format,
        enterprise_id: enterprise,
    };
    if trail.log_to_siem && trail.syslog_server.is_none() {
        section.fault("log_to_siem", "no server is named", "set audit_logging.syslog.server");
    }
    (spool, trail)
}

const INSTANCE: &str = "1 to 64 characters of letters, digits, '.', '_' and '-'";

/// The name of an instance: it stands in every record as it is.
struct InstanceName(String);

impl FromStr for InstanceName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if fits { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

impl fmt::Display for InstanceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
