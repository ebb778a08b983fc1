//! The address of the original client, by what proxies have written down on the way.

use std::net::IpAddr;

use crate::identity::cidr::CidrBlock;

/// Most addresses on the way.
const MOST: usize = 16;

/// The client's address in `forwarded`, the value of the one `X-Forwarded-For` that an authenticated proxy sent: the
/// rightmost that is none of the `trusted`, since only what trusted proxies wrote is known to be true. Where all of
/// them are trusted, the first one asked.
///
/// None where any entry is no plain address, or there are more than sixteen. What a client made up further left is
/// held to its form too: a proxy that adds to nonsense is not one that was set up for this.
#[must_use]
pub fn client_address(forwarded: &str, trusted: &[CidrBlock]) -> Option<IpAddr> {
    let mut addresses = [None; MOST];
    let mut places = addresses.iter_mut();
    for text in forwarded.split(',') {
        let text = text.trim_matches([' ', '\t']);
        *places.next()? = Some(text.parse::<IpAddr>().ok()?.to_canonical());
    }
    let mut found = addresses.into_iter().flatten().rev().peekable();
    while let Some(address) = found.next() {
        if found.peek().is_none() || !trusted.iter().any(|block| block.contains(address)) {
            return Some(address);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rightmost_address_that_no_trusted_proxy_has_is_the_clients() {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for (forwarded, client) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("192.0.2.1, 10.1.1.1", Some("192.0.2.1")),
            ("198.51.100.9, 192.0.2.1,10.1.1.1, fd00::1", Some("192.0.2.1")),
            ("10.9.9.9, 192.0.2.1", Some("192.0.2.1")),
            ("10.9.9.9, 10.1.1.1", Some("10.9.9.9")),
            ("::ffff:192.0.2.1", Some("192.0.2.1")),
            ("192.0.2.1, ::ffff:10.1.1.1", Some("192.0.2.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("", None),
            ("unknown", None),
            ("unknown, 192.0.2.1", None),
            ("192.0.2.1,", None),
            ("192.0.2.1:80", None),
            ("[2001:db8::1]", None),
            ("192.0.2.01", None),
            ("192.0.2.1 192.0.2.2", None),
            ("fe80::1%eth0", None),
        ] {
            let client: Option<IpAddr> = client.map(|text| text.parse().unwrap());
            assert_eq!(client_address(forwarded, &trusted), client, "{forwarded}");
        }
        let many = |count| vec!["192.0.2.1"; count].join(",");
        assert!(client_address(&many(16), &trusted).is_some());
        assert_eq!(client_address(&many(17), &trusted), None);
    }
}
