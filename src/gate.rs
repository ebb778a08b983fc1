//! The gate: may a request pass that a proxy in front of another service has received?
//!
//! Everything here is a value in and a value out: what the original request was, by the proxy's headers; which rule is
//! for it; and the signed decision that the service behind the proxy checks for itself.
//!
//! Threat: three programs read one request (the proxy, the gate, the service behind), and an attacker looks for one
//! that they read differently. So nothing is repaired or normalised: what has a second reading is refused.

mod client;
mod host;
mod original;
mod path;
mod rule;
mod signer;

use std::time::Duration;

use crate::identity::cidr::CidrBlock;

pub use client::client_address;
pub use host::{Host, HostError, HostPattern};
pub use original::{AUTHORIZE, Original, OriginalError, Proxy, Scheme};
pub use path::{PathPattern, TargetError, check_target};
pub use rule::{HiddenRule, Rule, Rules};
pub use signer::{Decision, DecisionKeyError, DecisionSigner, KEY_FILE, MOST_DECISION};

/// Settings of the gate.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GateSettings {
    /// Proxies whose word about the original request is taken, once they have authenticated.
    pub trusted_proxies: Vec<CidrBlock>,
    /// Which requests may pass; what no rule is for may not.
    pub rules: Rules,
    /// For whom decisions are; none where that is the host that was asked for.
    pub audience: Option<String>,
    /// Who decides, as decisions say it.
    pub issuer: String,
    /// For how long a decision is good: at most [`LONGEST`].
    pub lifetime: Duration,
}

/// The longest that a decision is good.
pub const LONGEST: Duration = Duration::from_secs(30);

impl GateSettings {
    /// Whether `address` is that of a proxy whose word is taken.
    #[must_use]
    pub fn trusts(&self, address: std::net::IpAddr) -> bool {
        self.trusted_proxies.iter().any(|block| block.contains(address))
    }
}
