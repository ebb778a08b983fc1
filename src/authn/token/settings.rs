//! Settings of tokens.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::identity::RoleName;

use super::algorithm::Algorithm;

/// How tokens are issued and which are taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenSettings {
    /// `iss` of our own.
    pub issuer: String,
    /// `aud` of our own.
    pub audience: String,
    /// How long one of our own lives at most, and lives where nothing else is asked.
    pub expiry: Duration,
    /// By how much clocks may differ.
    pub leeway: Duration,
    /// How long a key signs.
    pub key_rotation: Duration,
    /// What new keys sign with.
    pub algorithm: Algorithm,
    /// Which algorithms our own keys may have; keys of others are neither used nor taken.
    pub algorithms: Vec<Algorithm>,
    /// Whether someone who shows a certificate may ask for a token that is not bound to it.
    pub allow_unbound: bool,
    /// Most single tokens, and most subjects and clients, on the lists of what was taken back.
    pub max_revoked: usize,
    /// Who else is believed.
    pub issuers: Vec<IssuerSettings>,
}

/// Another issuer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IssuerSettings {
    /// `iss`.
    pub issuer: String,
    /// What `aud` must hold.
    pub audience: String,
    /// Which algorithms its keys may have.
    pub algorithms: Vec<Algorithm>,
    /// Where its keys are.
    pub keys: KeySource,
    /// The claim that has the roles.
    pub roles_claim: String,
    /// The role that each of its values stands for.
    pub role_map: BTreeMap<String, RoleName>,
    /// Whether `scope` has permissions of ours, beyond which the roles do not go.
    pub scoped: bool,
    /// How long a token may live.
    pub max_lifetime: Duration,
    /// How long keys are believed that could not be read again.
    pub max_stale: Duration,
}

/// Where an issuer's keys are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeySource {
    /// In a file, a JSON Web Key Set (RFC 7517 section 5).
    File(PathBuf),
    /// At an address of https.
    Url {
        /// The address.
        url: String,
        /// The CAs that its server is verified under, PEM.
        ca: PathBuf,
    },
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            issuer: "trust-service".into(),
            audience: "trust-service-api".into(),
            expiry: Duration::from_secs(3_600),
            leeway: Duration::from_secs(30),
            key_rotation: Duration::from_secs(30 * 86_400),
            algorithm: Algorithm::Rs256,
            algorithms: vec![Algorithm::Rs256],
            allow_unbound: false,
            max_revoked: 10_000,
            issuers: Vec::new(),
        }
    }
}

/// Whole seconds.
pub(super) fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}
