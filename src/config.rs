//! Configuration: layers of YAML and variables in, typed settings out, or every fault at once.
//!
//! The layers are read ([`yaml`]) and laid over one another ([`tree`]); the [`sections`] are read from the result, each
//! key with its bounds and default, and no key passed over; `production` judges what no key can say alone. The
//! [`policy`] says who is who and who may do what. [`check_config`] shows all of it to an operator.
//!
//! Nothing here asks the machine for variables or a name: they are arguments. A secret is never in it, only where it is
//! kept ([`secret_source`]).

pub mod check_config;
pub mod environment;
pub mod fault;
mod layers;
pub mod network;
pub mod policy;
mod production;
mod reader;
mod retired;
#[cfg(test)]
mod scratch;
pub mod secret_source;
pub mod sections;
pub mod span;
pub mod tree;
pub mod unavailable;
mod value;
mod variables;
pub mod yaml;

use std::collections::BTreeMap;
use std::path::Path;

use crate::audit::settings::AuditSettings;
use crate::authn::api_key::ApiKeySettings;
use crate::limit::LimitSettings;
use crate::server::settings::ServerSettings;
use crate::tls::settings::TlsSettings;

use self::environment::Environment;
use self::fault::{Fault, Faults, Report};
use self::policy::Policy;
use self::sections::{
    audit_logging, credentials, database, gate, general, keys, mtls, ops, protection, server, vault,
};
use self::tree::{Node, Origin};
use self::unavailable::Part;

/// The name of the policy's file, beside `security.yaml`.
pub const POLICY_FILE: &str = "policy.yaml";

/// Every setting.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Which kind of installation this is.
    pub environment: Environment,
    /// `server` and `request_validation`.
    pub server: ServerSettings,
    /// `server.state_dir` and `server.run_dir`.
    pub folders: server::Folders,
    /// `server.dangerous_start_without`: parts that the operator knows to be missing.
    pub start_without: Vec<Part>,
    /// `ops`.
    pub ops: ops::OpsSettings,
    /// `vault`.
    pub vault: vault::VaultSettings,
    /// `mtls`: who is spoken with.
    pub mtls: mtls::MtlsSettings,
    /// `mtls`: how.
    pub tls: TlsSettings,
    /// `jwt`.
    pub jwt: credentials::JwtSettings,
    /// `api_keys`.
    pub api_keys: ApiKeySettings,
    /// `authorization`.
    pub authorization: credentials::AuthorizationSettings,
    /// `gate`.
    pub gate: gate::GateSection,
    /// `rate_limiting`.
    pub rate_limiting: LimitSettings,
    /// `database_security`.
    pub database: database::DatabaseSettings,
    /// `audit_logging`: the spool.
    pub audit: AuditSettings,
    /// `audit_logging`: everything else.
    pub trail: audit_logging::TrailSettings,
    /// `security_headers`.
    pub headers: protection::HeaderSettings,
    /// `network_security`.
    pub network: protection::NetworkSettings,
    /// `encryption`.
    pub encryption: keys::EncryptionSettings,
    /// `security_monitoring`.
    pub monitoring: protection::MonitoringSettings,
    /// `compliance`.
    pub compliance: general::ComplianceSettings,
    /// `secrets_management`.
    pub secrets: keys::SecretsSettings,
    /// `trust`.
    pub trust: general::TrustSettings,
    /// `logging`.
    pub logging: general::LoggingSettings,
    /// `development`.
    pub development: general::DevelopmentSettings,
}

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub configuration: Configuration,
    /// Who is who, and who may do what.
    pub policy: Policy,
    /// Warnings, notices, and every setting with its origin; no faults.
    pub report: Report,
}

impl Configuration {
    /// Reads the configuration in `folder` under the variables `environment`, on the machine `host`.
    ///
    /// # Errors
    ///
    /// [`Faults`]: every reason why it cannot be used, together with what else was noticed.
    pub fn load(
        folder: &Path,
        environment: &BTreeMap<String, String>,
        host: &str,
    ) -> Result<Loaded, Faults> {
        let mut report = Report::default();
        let kind = match Environment::parse(environment.get("ENVIRONMENT").map(String::as_str)) {
            Ok(kind) => kind,
            Err(hint) => {
                let origin = Origin::variable("ENVIRONMENT");
                report.faults.push(Fault::new("", origin, "no such environment", hint));
                Environment::Production
            }
        };
        let tree = layers::gather(folder, kind, environment, &mut report);
        let configuration = Self::interpret(&tree, kind, host, &mut report);
        production::need_master_key(&configuration, &mut report);
        let missing = configuration.unavailable(&report);
        match kind {
            Environment::Production => report.faults.extend(missing),
            Environment::Development | Environment::Staging | Environment::Testing => {
                report.warnings.extend(missing);
            }
        }
        let policy = layers::file(folder, POLICY_FILE, true, kind, &mut report).map(|tree| {
            policy::read(&tree, configuration.mtls.allowed_clients.as_deref(), &mut report)
        });
        match policy {
            Some(policy) if report.faults.is_empty() => {
                Ok(Loaded { configuration, policy, report })
            }
            _ => Err(Faults(Box::new(report))),
        }
    }

    /// The settings that `tree` says, and into `report` what is wrong with them. Key files are looked at in production.
    pub fn interpret(tree: &Node, kind: Environment, host: &str, report: &mut Report) -> Self {
        let mut configuration = sections::read(tree, kind, host, report);
        production::judge(&mut configuration, report);
        configuration
    }

    /// What is switched on although this build has no such part, and the operator has not said to know it by
    /// `server.dangerous_start_without`. In production that refuses to start; elsewhere it is a warning.
    fn unavailable(&self, report: &Report) -> Vec<Fault> {
        Part::missing(self)
            .filter(|(part, ..)| !self.start_without.contains(part))
            .map(|(part, path, sentence)| {
                let rule = format!("{part} is not part of this build: {sentence}");
                let hint = format!(
                    "switch it off, or accept that by server.dangerous_start_without: [{part}]"
                );
                Fault::new(path, report.origin(path), rule, hint)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
