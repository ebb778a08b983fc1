//! The host that a request was for, and patterns of hosts.

use std::fmt;
use std::str::FromStr;

/// A host in the one way in which it may be written: lower case, without its port, at most 253 characters.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Host(Box<str>);

/// The text is no host as it may be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HostError;

impl fmt::Display for HostError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not a host of a-z, 0-9, '-' and '.', with or without a port")
    }
}

impl std::error::Error for HostError {}

impl Host {
    /// The host in `authority`, which may end in a port; a user before it, another case, a last dot, an address in
    /// brackets and an empty label are refused.
    ///
    /// # Errors
    ///
    /// [`HostError`].
    pub fn of_authority(authority: &str) -> Result<Self, HostError> {
        match authority.split_once(':') {
            None => authority.parse(),
            Some((host, port)) => {
                let digits = port.bytes().all(|byte| byte.is_ascii_digit());
                let fits = digits && !port.starts_with('0') && port.parse::<u16>().is_ok();
                if fits { host.parse() } else { Err(HostError) }
            }
        }
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if text.len() <= 253 && text.split('.').all(label) {
            Ok(Self(text.into()))
        } else {
            Err(HostError)
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// One host, or as `*.example.org` every host below one, however deep, and not that one itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostPattern {
    host: Host,
    below: bool,
}

impl HostPattern {
    /// Whether `host` is one of these.
    #[must_use]
    pub fn matches(&self, host: &Host) -> bool {
        if self.below { is_below(host, &self.host) } else { *host == self.host }
    }

    /// Whether every host of `other` is one of these.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self.below, other.below) {
            (true, true) => self.host == other.host || is_below(&other.host, &self.host),
            (true, false) => is_below(&other.host, &self.host),
            (false, true) => false,
            (false, false) => self.host == other.host,
        }
    }
}

fn is_below(host: &Host, parent: &Host) -> bool {
    host.as_str().strip_suffix(parent.as_str()).is_some_and(|front| front.ends_with('.'))
}

impl FromStr for HostPattern {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        match text.strip_prefix("*.") {
            Some(rest) => Ok(Self { host: rest.parse()?, below: true }),
            None => Ok(Self { host: text.parse()?, below: false }),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.below {
            out.write_str("*.")?;
        }
        out.write_str(self.host.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_written_in_one_way_and_its_port_is_no_part_of_it() {
        for (authority, host) in [
            ("api.example.org", "api.example.org"),
            ("api.example.org:8443", "api.example.org"),
            ("localhost:1", "localhost"),
            ("192.0.2.1:65535", "192.0.2.1"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(Host::of_authority(authority).unwrap().as_str(), host);
        }
        let long = format!("{}.org", "a.".repeat(126));
        for bad in [
            "",
            ":80",
            "API.example.org",
            "api.example.org.",
            ".example.org",
            "a..b",
            "user@api.example.org",
            "a:b@api.example.org",
            "api.example.org:",
            "api.example.org:0",
            "api.example.org:080",
            "api.example.org:65536",
            "api.example.org:+80",
            "api.example.org:80:80",
            "[::1]",
            "[::1]:80",
            "a_b.example.org",
            "a b",
            "a,b",
            "a/b",
            "-a.org",
            "a-.org",
            "bücher.example",
            "a%2eb",
            "*.example.org",
            &long,
        ] {
            assert_eq!(Host::of_authority(bad), Err(HostError), "{bad}");
        }
    }

    #[test]
    fn a_pattern_is_one_host_or_those_below_one() {
        let below: HostPattern = "*.example.org".parse().unwrap();
        let one: HostPattern = "api.example.org".parse().unwrap();
        for (host, is_below, is_one) in [
            ("api.example.org", true, true),
            ("a.api.example.org", true, false),
            ("example.org", false, false),
            ("badexample.org", false, false),
            ("api.example.org.evil.org", false, false),
        ] {
            let host = host.parse().unwrap();
            assert_eq!((below.matches(&host), one.matches(&host)), (is_below, is_one), "{host}");
        }
        assert!(below.covers(&one) && below.covers(&below) && one.covers(&one));
        assert!(below.covers(&"*.api.example.org".parse().unwrap()));
        assert!(!one.covers(&below) && !below.covers(&"example.org".parse().unwrap()));
        assert_eq!(below.to_string(), "*.example.org");
        for bad in ["*", "*.", "a.*.org", "*a.org", "*.*.org", "api.example.org:80"] {
            assert!(bad.parse::<HostPattern>().is_err(), "{bad}");
        }
    }
}
