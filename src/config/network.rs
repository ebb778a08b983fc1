//! Where things are in a network: the address of a server, and blocks of addresses.

use std::fmt;
use std::str::FromStr;

pub use crate::identity::cidr::{CIDR, CidrBlock, CidrError};

/// The address of a server: `https://host[:port][/path]`.
///
/// A user, a password, a query and a fragment are refused: they are where secrets hide in an address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Url(String);

/// The text is no address of a server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UrlError;

impl fmt::Display for UrlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(URL)
    }
}

impl std::error::Error for UrlError {}

/// What a [`Url`] is, in words.
pub const URL: &str = "an address as https://host:port, without user and query";

impl Url {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl fmt::Display for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let authority = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
        // What follows the last colon, unless that is one of an address in brackets.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        let fits = text.len() <= 512
            && !host.is_empty()
            && port_fits
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"@?#\\\"<>".contains(&byte));
        if fits { Ok(Self(text.to_owned())) } else { Err(UrlError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_room_for_a_password() {
        for good in
            ["https://vault.internal:8200", "http://[::1]:8200/v1", "https://v", "https://[::1]"]
        {
            assert_eq!(good.parse::<Url>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "vault:8200",
            "https://",
            "https:///x",
            "ftp://v",
            "https://u:p@v",
            "https://v?t=x",
            "https://v#x",
            "https://v:0",
            "https://v:65536",
            "https://v:",
            "https://v/\r\nX: y",
            "https://v w",
        ] {
            assert_eq!(bad.parse::<Url>(), Err(UrlError), "{bad}");
        }
        assert!(!"http://v".parse::<Url>().unwrap().is_https());
    }
}
