//! Blocks of addresses.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A block of addresses: `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CidrBlock {
    address: IpAddr,
    bits: u8,
}

/// The text is no block of addresses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CidrError;

impl fmt::Display for CidrError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(CIDR)
    }
}

impl std::error::Error for CidrError {}

/// What a [`CidrBlock`] is, in words.
pub const CIDR: &str = "a block of addresses as 10.0.0.0/8, its host bits zero";

impl CidrBlock {
    /// The block around `address` that has its first `ipv4` or `ipv6` bits; more than there are is one address. An IPv4
    /// address within IPv6 counts as the IPv4 address that it is.
    #[must_use]
    pub fn around(address: IpAddr, ipv4: u8, ipv6: u8) -> Self {
        let address = address.to_canonical();
        let bits = if address.is_ipv4() { ipv4.min(32) } else { ipv6.min(128) };
        Self { address: cut(address, bits), bits }
    }

    /// Its first address.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// Whether `address` lies in the block. An IPv4 address within IPv6 counts as the IPv4 address that it is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && cut(address, self.bits) == self.address
    }
}

fn cut(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits.into())).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits.into())).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

impl fmt::Display for CidrBlock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.bits)
    }
}

impl FromStr for CidrBlock {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| CidrError)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| CidrError)?;
        let mapped = address.to_canonical() != address;
        if bits > most || mapped || cut(address, bits) != address {
            return Err(CidrError);
        }
        Ok(Self { address, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_its_addresses_and_not_its_neighbours() {
        let block: CidrBlock = "10.0.0.0/8".parse().unwrap();
        for (address, within) in [
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("9.255.255.255", false),
            ("11.0.0.0", false),
            ("::ffff:10.1.1.1", true),
            ("::", false),
        ] {
            assert_eq!(block.contains(address.parse().unwrap()), within, "{address}");
        }
        assert!("::/0".parse::<CidrBlock>().unwrap().contains("::1".parse().unwrap()));
        assert_eq!("192.0.2.1".parse::<CidrBlock>().unwrap().to_string(), "192.0.2.1/32");
        for bad in
            ["", "10.0.0.1/8", "10.0.0.0/33", "::/129", "10/8", "10.0.0.0/", "::ffff:10.0.0.0/104"]
        {
            assert_eq!(bad.parse::<CidrBlock>(), Err(CidrError), "{bad}");
        }
    }

    #[test]
    fn the_block_around_an_address_holds_it_and_is_written_as_it_is_read() {
        for (address, block) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ] {
            let around = CidrBlock::around(address.parse().unwrap(), 24, 48);
            assert_eq!((around.to_string().as_str(), block.parse()), (block, Ok(around)));
            assert!(around.contains(address.parse().unwrap()));
        }
    }
}
