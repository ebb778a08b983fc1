//! The commands that exist, as one static description.
//!
//! To add a command: write its entry in a section (a file of `commands/`), with a name of its own
//! in [`Action`], on which the caller's `match` then insists. Parser, help, man page and
//! completions follow by themselves.

use super::exit::Exit;
use super::options as option;
use super::table::{Count, Kind, Operand, Program, Value};

mod audit;
mod certificates;
mod general;
mod keys;
mod service;
mod token;
mod trust;

/// Names each command for the caller's `match`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Action {
    /// `audit verify`
    AuditVerify,
    /// `cert inspect`
    CertInspect,
    /// `cert validate`
    CertValidate,
    /// `check-config`
    CheckConfig,
    /// `completions`
    Completions,
    /// `demo`
    Demo,
    /// `dev`
    Dev,
    /// `serve`
    Serve,
    /// `help`, and `--help` after any command
    Help,
    /// `key create`
    KeyCreate,
    /// `key list`
    KeyList,
    /// `key revoke`
    KeyRevoke,
    /// `key rotate`
    KeyRotate,
    /// `key show`
    KeyShow,
    /// `man`
    Man,
    /// `openapi`
    Openapi,
    /// `policy test`
    PolicyTest,
    /// `status`
    Status,
    /// `token inspect`
    TokenInspect,
    /// `token issue`
    TokenIssue,
    /// `token revoke`
    TokenRevoke,
    /// `trust anchor`
    TrustAnchor,
    /// `trust diff`
    TrustDiff,
    /// `trust distrust`
    TrustDistrust,
    /// `trust import`
    TrustImport,
    /// `trust list`
    TrustList,
    /// `trust status`
    TrustStatus,
    /// `version`, and `--version`
    Version,
}

/// The command line of this program.
pub static PROGRAM: Program = Program {
    name: "trust-service",
    version: env!("CARGO_PKG_VERSION"),
    summary: "validates ePassport certificates and answers with reasons",
    description: &[
        "Judges the certificates behind electronic passports by ICAO Doc 9303: is the issuer \
         trusted, is the signature true, is the certificate in force, was it revoked, does it \
         follow the profile. Each verdict comes with its reasons.",
        "Trust begins with an operator's `trust anchor` or with a master list whose signer was \
         verified; nothing else makes an anchor.",
    ],
    sections: &[
        general::TRY,
        service::SERVICE,
        certificates::CERTIFICATES,
        trust::TRUST,
        keys::KEYS,
        token::TOKEN,
        audit::AUDIT,
        general::GENERAL,
    ],
    common: &[option::VERBOSE, option::HELP, option::VERSION],
    environment: &[
        (
            "ENVIRONMENT",
            "Which kind of installation it is, and so which security-ENVIRONMENT.yaml is laid over \
             security.yaml: development, testing, staging or production. Default: production.",
        ),
        (
            "TRUST_SERVICE__SECTION__KEY",
            "Sets one key of the configuration, over all files. `check-config --effective` lists \
             the keys.",
        ),
        (
            "VAULT_ADDR, VAULT_NAMESPACE, VAULT_CACERT, VAULT_ROLE_ID, VAULT_SECRET_ID, VAULT_TOKEN",
            "Where Vault is and how to log in; with _FILE after the name, the path of a file that \
             holds it.",
        ),
        (
            "MTLS_ENABLED, AUDIT_LOGGING_ENABLED, DB_SSL_MODE, DB_CREDENTIAL_ROTATION, LOG_LEVEL",
            "One key each: mtls.enabled, audit_logging.enabled, database_security.ssl_mode, \
             database_security.credential_rotation_enabled, logging.level.",
        ),
        ("NO_COLOR", "If set and not empty, the output has no colours."),
        ("COLUMNS", "The width that the output in a terminal may take. Default: 100."),
        ("TERM", "If dumb, there are no colours and no progress line."),
    ],
    files: &[
        (
            "/etc/trust-service",
            "The configuration: security.yaml, security-ENVIRONMENT.yaml, conf.d/*.yaml, and \
             policy.yaml, which says who is who and who may do what.",
        ),
        (
            "/var/lib/trust-service",
            "The state: snapshots of the trust material, keys, and a lock with one owner.",
        ),
        (
            "/run/trust-service",
            "The local sockets of the running service: probe.sock for monitors, admin.sock for administrators.",
        ),
    ],
};

const FILE: Value = Value { name: "FILE", kind: Kind::File };
const FILES: Operand = Operand { value: FILE, count: Count::Many };

const DONE: (Exit, &str) = (Exit::Good, "done");
const CONFIGURATION: (Exit, &str) =
    (Exit::Configuration, "the configuration has faults, all of which are shown");
const BAD_FILE: (Exit, &str) = (Exit::Unreadable, "a file cannot be read or holds no such thing");
const BAD_STATE: (Exit, &str) = (Exit::Unreadable, "the state folder cannot be read");
