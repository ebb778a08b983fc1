//! What an operator sets of the audit trail.

use std::time::Duration;

/// Settings of the recorder and its spool.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditSettings {
    /// The name of this instance, as every record carries it.
    pub instance: String,
    /// Bytes of one spool segment, written out in zeros before use.
    pub segment_bytes: u64,
    /// The least time between the starts of two syncs; zero where every group may sync at once.
    pub min_sync_gap: Duration,
    /// Bytes of refusal records that one source may cause at once, and a second thereafter.
    pub refusal_burst_bytes: u32,
    /// Bytes of refusal records that one source may cause a second, in the long run.
    pub refusal_bytes_per_second: u32,
    /// Bits of an IPv4 address that a record shows in clear.
    pub ipv4_prefix: u8,
    /// Bits of an IPv6 address that a record shows in clear.
    pub ipv6_prefix: u8,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            instance: "trust-service".to_owned(),
            segment_bytes: 64 * 1024 * 1024,
            min_sync_gap: Duration::ZERO,
            refusal_burst_bytes: 256 * 1024,
            refusal_bytes_per_second: 4 * 1024,
            ipv4_prefix: 24,
            ipv6_prefix: 48,
        }
    }
}
