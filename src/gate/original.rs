//! The original request, as each kind of proxy tells of it.
//!
//! Which kind asks is said in the address that it asks by, and never guessed from headers: a client can add headers.
//! Names of headers with `_` or `.`, which some programs read as `-`, are no names here: [`crate::wire`] refuses them.

use std::fmt;
use std::net::IpAddr;

use crate::identity::cidr::CidrBlock;
use crate::wire::error::WireError;
use crate::wire::head::Head;
use crate::wire::request::{Headers, Method};
use crate::wire::target::Target;

use super::client::client_address;
use super::host::Host;
use super::path::{TargetError, check_target};

/// Where proxies ask. Envoy puts the original target behind it.
pub const AUTHORIZE: &str = "/v1/gate/authorize";

/// A kind of proxy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proxy {
    /// Envoy's `ext_authz` over HTTP: method, target and host are those of the request itself.
    Envoy,
    /// nginx's `auth_request`: method and target are in `X-Original-Method` and `X-Original-URI`.
    Nginx,
    /// Traefik's `ForwardAuth`: method and target are in `X-Forwarded-Method` and `X-Forwarded-Uri`.
    Traefik,
}

/// How the original client connected to the proxy, by the proxy's word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// What the original client asked for. Every part has one reading.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Original<'a> {
    /// The method.
    pub method: Method<'a>,
    /// The host, without its port.
    pub host: Host,
    /// The target, as the service behind receives it.
    pub target: Target<'a>,
    /// How the client connected.
    pub scheme: Scheme,
    /// The client's address.
    pub client: IpAddr,
}

/// Why it is not known what the original request was. Carries the name of the header at fault, where it is one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OriginalError {
    /// `X-Forwarded-For` is no list of addresses.
    Client,
    /// The header stands there twice, or is not ASCII.
    Header(&'static str, WireError),
    /// The host is none, or not in the way in which hosts are written.
    Host,
    /// The method is none.
    Method,
    /// The header is missing.
    Missing(&'static str),
    /// `X-Forwarded-Proto` is neither `http` nor `https`.
    Scheme,
    /// The target has more than one reading.
    Target(TargetError),
}

impl OriginalError {
    /// A short code for records.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Client => "client_address",
            Self::Header(..) => "ambiguous_header",
            Self::Host => "host",
            Self::Method => "method",
            Self::Missing(_) => "missing_header",
            Self::Scheme => "scheme",
            Self::Target(error) => error.code(),
        }
    }
}

impl fmt::Display for OriginalError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client => out.write_str("X-Forwarded-For is no list of addresses"),
            Self::Header(name, error) => write!(out, "{name}: {error}"),
            Self::Host => out.write_str("the host is not of the form that hosts have"),
            Self::Method => out.write_str("the method is not of the form that methods have"),
            Self::Missing(name) => write!(out, "{name} is missing"),
            Self::Scheme => out.write_str("X-Forwarded-Proto is neither http nor https"),
            Self::Target(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for OriginalError {}

impl Proxy {
    /// The kind with this name in the parameter `proxy`. Envoy has none: it asks behind the address.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "nginx" => Some(Self::Nginx),
            "traefik" => Some(Self::Traefik),
            _ => None,
        }
    }

    /// The name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Envoy => "envoy",
            Self::Nginx => "nginx",
            Self::Traefik => "traefik",
        }
    }
}

impl<'a> Original<'a> {
    /// What `head`, sent by a proxy that has authenticated, says of the original request.
    ///
    /// # Errors
    ///
    /// [`OriginalError`].
    pub fn read(
        proxy: Proxy,
        head: &Head<'a>,
        trusted: &[CidrBlock],
    ) -> Result<Self, OriginalError> {
        let headers = &head.headers;
        let (method, target, host) = match proxy {
            Proxy::Nginx => (
                method(headers, "X-Original-Method")?,
                once(headers, "X-Original-URI")?,
                once(headers, "X-Forwarded-Host")?,
            ),
            Proxy::Traefik => (
                method(headers, "X-Forwarded-Method")?,
                once(headers, "X-Forwarded-Uri")?,
                once(headers, "X-Forwarded-Host")?,
            ),
            Proxy::Envoy => {
                let target = head.target.as_str().strip_prefix(AUTHORIZE).unwrap_or_default();
                (head.method, target, once(headers, "Host")?)
            }
        };
        let scheme = match once(headers, "X-Forwarded-Proto")? {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(OriginalError::Scheme),
        };
        let forwarded = once(headers, "X-Forwarded-For")?;
        Ok(Self {
            method,
            host: Host::of_authority(host).map_err(|_| OriginalError::Host)?,
            target: check_target(target).map_err(OriginalError::Target)?,
            scheme,
            client: client_address(forwarded, trusted).ok_or(OriginalError::Client)?,
        })
    }
}

fn method<'a>(headers: &Headers<'a>, name: &'static str) -> Result<Method<'a>, OriginalError> {
    Method::parse(once(headers, name)?).map_err(|_| OriginalError::Method)
}

/// The value of a header that must stand there once.
fn once<'a>(headers: &Headers<'a>, name: &'static str) -> Result<&'a str, OriginalError> {
    let value = headers.get(name).map_err(|error| OriginalError::Header(name, error))?;
    value.ok_or(OriginalError::Missing(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Limits, head};

    const LIMITS: Limits =
        Limits { head_bytes: 8_192, headers: 64, target_bytes: 8_192, body_bytes: 0 };

    const NGINX: &str = "X-Original-Method: PUT\r\nX-Original-URI: /a/b?c=d\r\n\
        X-Forwarded-Host: api.example.org:8443\r\nX-Forwarded-Proto: https\r\n\
        X-Forwarded-For: 203.0.113.5, 192.0.2.1, 10.0.0.2\r\n";

    const TRAEFIK: &str = "X-Forwarded-Method: PUT\r\nX-Forwarded-Uri: /a/b?c=d\r\n\
        X-Forwarded-Host: api.example.org\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.1\r\n";

    fn read(proxy: Proxy, line: &str, headers: &str) -> Result<String, OriginalError> {
        let bytes = format!("{line} HTTP/1.1\r\n{headers}\r\n");
        let (head, _) = head::parse(bytes.as_bytes(), &LIMITS).unwrap().unwrap();
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        Original::read(proxy, &head, &trusted).map(|one| {
            format!(
                "{} {}://{}{} {}",
                one.method.as_str(),
                one.scheme.as_str(),
                one.host,
                one.target.as_str(),
                one.client
            )
        })
    }

    fn nginx(headers: &str) -> Result<String, OriginalError> {
        read(Proxy::Nginx, "GET /v1/gate/authorize?proxy=nginx", &format!("Host: us\r\n{headers}"))
    }

    #[test]
    fn each_kind_of_proxy_tells_of_the_request_in_its_own_way() {
        let wanted = Ok("PUT https://api.example.org/a/b?c=d 192.0.2.1".to_owned());
        assert_eq!(nginx(NGINX), wanted);
        let headers = format!("Host: us\r\n{TRAEFIK}");
        assert_eq!(read(Proxy::Traefik, "GET /v1/gate/authorize?proxy=traefik", &headers), wanted);
        let headers =
            "Host: api.example.org\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.1\r\n";
        assert_eq!(read(Proxy::Envoy, "PUT /v1/gate/authorize/a/b?c=d", headers), wanted);
    }

    #[test]
    fn every_header_must_stand_there_once() {
        for line in NGINX.split_inclusive("\r\n") {
            let name = line.split(':').next().unwrap();
            let without = NGINX.replace(line, "");
            let missing = nginx(&without);
            assert!(
                matches!(missing, Err(OriginalError::Missing(own)) if own == name),
                "{name}: {missing:?}"
            );
            // Not even twice the same, in another case.
            let twice = nginx(&format!("{NGINX}{}", line.replace(name, &name.to_lowercase())));
            assert!(
                matches!(twice, Err(OriginalError::Header(own, WireError::DuplicateHeader)) if own == name),
                "{name}: {twice:?}"
            );
            let empty = nginx(&NGINX.replace(line, &format!("{name}:\r\n")));
            assert!(empty.is_err(), "{name}");
        }
    }

    #[test]
    fn headers_of_another_kind_of_proxy_say_nothing() {
        assert_eq!(nginx(TRAEFIK), Err(OriginalError::Missing("X-Original-Method")));
        let spoofed = format!("{NGINX}X-Forwarded-Uri: /public\r\nX-Forwarded-Method: GET\r\n");
        assert_eq!(nginx(&spoofed), nginx(NGINX));
    }

    #[test]
    fn what_has_a_second_reading_is_refused() {
        for (from, to, error) in [
            ("/a/b?", "/a/%2e%2e/b?", OriginalError::Target(TargetError::EncodedPlain)),
            ("/a/b?", "/a/../b?", OriginalError::Target(TargetError::DotSegment)),
            ("URI: /a", "URI: //a", OriginalError::Target(TargetError::EmptySegment)),
            ("api.example", "user@api.example", OriginalError::Host),
            ("api.example", "API.example", OriginalError::Host),
            ("PUT", "put", OriginalError::Method),
            ("PUT", "PUT GET", OriginalError::Method),
            (": https", ": HTTPS", OriginalError::Scheme),
            (": https", ": https,http", OriginalError::Scheme),
            ("203.0.113.5", "nobody", OriginalError::Client),
        ] {
            let changed = NGINX.replacen(from, to, 1);
            assert_ne!(changed, NGINX);
            assert_eq!(nginx(&changed), Err(error), "{to}");
        }
        let headers =
            "Host: api.example.org\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.1\r\n";
        for (target, error) in [
            ("/v1/gate/authorize//x", TargetError::EmptySegment),
            ("/v1/gate/authorize/../trust", TargetError::DotSegment),
            ("/v1/gate/authorize", TargetError::Wire(WireError::AuthorityTarget)),
            ("/v1/gate/authorize?proxy=nginx", TargetError::Wire(WireError::AuthorityTarget)),
            ("/elsewhere", TargetError::Wire(WireError::AuthorityTarget)),
        ] {
            let found = read(Proxy::Envoy, &format!("GET {target}"), headers);
            assert_eq!(found, Err(OriginalError::Target(error)), "{target}");
        }
    }

    #[test]
    fn a_header_by_an_alias_of_its_name_never_gets_here() {
        for name in ["X_Original_URI", "X.Original.URI", "X-Original_URI", "x_forwarded_for"] {
            let bytes =
                format!("GET /v1/gate/authorize HTTP/1.1\r\nHost: us\r\n{name}: /a\r\n\r\n");
            let refused = head::parse(bytes.as_bytes(), &LIMITS);
            assert_eq!(refused.map(|_| ()), Err(WireError::HeaderName), "{name}");
        }
    }
}
