//! How often a key is used, when last, and from which network.
//!
//! A use is three stores to memory and nothing else. What they come to is written at most once a minute, and when the
//! service ends in order; a crash loses the uses of the last minute, never a key.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::clock::UnixTime;
use crate::identity::cidr::CidrBlock;

/// The last use of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LastUse {
    /// When.
    pub at: UnixTime,
    /// From where: the /24 or /48 around the address.
    pub network: CidrBlock,
}

/// Seconds between two writes of what keys were used for.
pub const FLUSH_SECONDS: i64 = 60;

/// How a key is used.
#[derive(Debug)]
pub(super) struct Usage {
    count: AtomicU64,
    /// Seconds since the epoch; [`NEVER`] where there was no use.
    last: AtomicI64,
    /// The network of a use, see [`packed`].
    network: AtomicU64,
}

const NEVER: i64 = i64::MIN;

impl Default for Usage {
    fn default() -> Self {
        Self { count: AtomicU64::new(0), last: AtomicI64::new(NEVER), network: AtomicU64::new(0) }
    }
}

impl Usage {
    /// That it was used so often, and last then.
    pub(super) fn of(count: u64, last: &LastUse) -> Self {
        Self {
            count: AtomicU64::new(count),
            last: AtomicI64::new(last.at.seconds()),
            network: AtomicU64::new(packed(last.network.address())),
        }
    }

    /// Counts a use. The last use only moves forward, whatever the clock does.
    pub(super) fn count(&self, address: IpAddr, now: UnixTime) {
        self.count.fetch_add(1, Ordering::Relaxed);
        if self.last.fetch_max(now.seconds(), Ordering::Relaxed) <= now.seconds() {
            self.network.store(packed(address), Ordering::Relaxed);
        }
    }

    /// How often it was used.
    pub(super) fn uses(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// The last use.
    pub(super) fn last(&self) -> Option<LastUse> {
        let at = self.last.load(Ordering::Relaxed);
        let address = unpacked(self.network.load(Ordering::Relaxed))?;
        let network = CidrBlock::around(address, IPV4_BITS, IPV6_BITS);
        (at != NEVER).then_some(LastUse { at: UnixTime::from_seconds(at), network })
    }
}

/// How many bits of an address are kept.
const IPV4_BITS: u8 = 24;
const IPV6_BITS: u8 = 48;

/// Which kind of address the rest is, in the highest octet.
const V4: u64 = 4 << 56;
const V6: u64 = 6 << 56;

/// What of an address is kept, as one word: three or six octets, and which kind they are of.
fn packed(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(v4) => V4 | u64::from(v4.to_bits() >> 8),
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            V6 | u64::from(a) << 32 | u64::from(b) << 16 | u64::from(c)
        }
    }
}

fn unpacked(word: u64) -> Option<IpAddr> {
    let [kind, _, six @ ..] = word.to_be_bytes();
    match kind {
        4 => {
            let [_, _, _, three @ ..] = six;
            let [first, second, third] = three;
            Some(Ipv4Addr::new(first, second, third, 0).into())
        }
        6 => {
            let mut octets = [0; 16];
            octets.iter_mut().zip(six).for_each(|(place, octet)| *place = octet);
            Some(Ipv6Addr::from(octets).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_795_478_400);

    #[test]
    fn a_key_that_was_never_used_has_no_last_use() {
        let usage = Usage::default();
        assert_eq!((usage.uses(), usage.last()), (0, None));
    }

    #[test]
    fn the_last_use_is_known_by_its_network_and_never_moves_back() {
        let usage = Usage::default();
        for (address, network, at) in [
            ("192.0.2.77", "192.0.2.0/24", NOW),
            ("::ffff:198.51.100.9", "198.51.100.0/24", NOW.plus(1)),
            ("2001:db8:a:b::1", "2001:db8:a::/48", NOW.plus(2)),
            ("ffff:ffff:ffff:ffff::", "ffff:ffff:ffff::/48", NOW.plus(2)),
            ("0.0.0.0", "0.0.0.0/24", NOW.plus(3)),
        ] {
            usage.count(address.parse().unwrap(), at);
            let last = usage.last().unwrap();
            assert_eq!((last.network.to_string().as_str(), last.at), (network, at));
        }
        usage.count("203.0.113.1".parse().unwrap(), NOW);
        let last = usage.last().unwrap();
        assert_eq!((last.network.to_string().as_str(), last.at), ("0.0.0.0/24", NOW.plus(3)));
        assert_eq!(usage.uses(), 6);
        assert_eq!(Usage::of(6, &last).last(), Some(last));
    }
}
