//! The sections, each in a file of what belongs together: which keys it has, their bounds and their defaults.

pub mod audit_logging;
pub mod credentials;
pub mod database;
pub mod gate;
pub mod general;
pub mod keys;
pub mod mtls;
pub mod ops;
pub mod protection;
mod rate_limiting;
pub mod server;
pub mod vault;

use super::Configuration;
use super::environment::Environment;
use super::fault::Report;
use super::reader::Section;
use super::tree::Node;

/// Reads a whole tree. Every section is known, whether or not its part is built.
pub(super) fn read(
    tree: &Node,
    environment: Environment,
    host: &str,
    report: &mut Report,
) -> Configuration {
    let mut root = Section::root(tree, "", report);
    let limits = root.section("request_validation", server::limits);
    let (server, folders, start_without) =
        root.section("server", |section| server::read(section, limits));
    let (mtls, tls) = root.section("mtls", |section| mtls::read(section, &folders.state));
    let (audit, trail) =
        root.section("audit_logging", |section| audit_logging::read(section, host));
    let jwt = root.section("jwt", credentials::jwt);
    let gate = root.section("gate", |section| gate::read(section, &jwt.tokens.issuer));
    let configuration = Configuration {
        environment,
        server,
        folders,
        start_without,
        ops: root.section("ops", ops::read),
        vault: root.section("vault", vault::read),
        mtls,
        tls,
        jwt,
        api_keys: root.section("api_keys", credentials::api_keys),
        authorization: root.section("authorization", credentials::authorization),
        gate,
        rate_limiting: root.section("rate_limiting", rate_limiting::read),
        database: root.section("database_security", database::read),
        audit,
        trail,
        headers: root.section("security_headers", protection::headers),
        network: root.section("network_security", protection::network),
        encryption: root.section("encryption", keys::encryption),
        monitoring: root.section("security_monitoring", protection::monitoring),
        compliance: root.section("compliance", general::compliance),
        secrets: root.section("secrets_management", keys::secrets),
        trust: root.section("trust", general::trust),
        logging: root.section("logging", general::logging),
        development: root.section("development", general::development),
    };
    root.finish();
    configuration
}
