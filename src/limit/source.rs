//! Whose an address is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One host: an IPv4 address, or an IPv6 /64, since that is what one host is given. An IPv4 address that is written as
/// an IPv6 one is still that IPv4 address.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Source {
    /// The address.
    V4(u32),
    /// The first 64 bits.
    V6(u64),
}

impl Source {
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => {
                Self::V6(u64::try_from(address.to_bits() >> 64).unwrap_or_default())
            }
        }
    }
}

/// An IPv4 address as text.
pub(super) fn v4_text(address: u32) -> String {
    Ipv4Addr::from_bits(address).to_string()
}

/// An IPv6 network as text, `prefix` being its first 64 bits.
pub(super) fn v6_text(prefix: u64, bits: u8) -> String {
    format!("{}/{bits}", Ipv6Addr::from_bits(u128::from(prefix) << 64))
}
