//! The table of routes, and which of them a request is for.

use crate::authz::Permission;
use crate::wire::request::Method;
use crate::wire::target::Target;

use super::docs::Docs;
use super::table::{LOCAL_ROUTES, ROUTES};
use super::{BodyRule, Handler, Work};

/// One route.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: Verb,
    /// The path; one `{name}` may stand in it, for one segment, or for [`Verb::Any`] for all that follows.
    pub path: &'static str,
    /// What the caller must be permitted; none where TLS alone decides.
    pub permission: Option<Permission>,
    /// What comes with the request.
    pub body: BodyRule,
    /// Where the handler runs.
    pub work: Work,
    /// The handler.
    pub handler: Handler,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// What else callers must know of it.
    pub docs: Docs,
}

/// What of a request may show who sends it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Evidence {
    /// The certificate of the connection, and credentials in headers.
    Any,
    /// The certificate alone: what stands in headers is of whoever the request is about.
    CertificateAlone,
}

/// A method that a route may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verb {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `DELETE`.
    Delete,
    /// Every method: the request stands for another, of whatever method, that a proxy has received.
    Any,
    /// A method that no route has.
    Other,
}

impl Route {
    /// What may show who sends a request for it. One for every method is asked by proxies, with the credentials of
    /// those whom they ask about.
    #[must_use]
    pub const fn evidence(&self) -> Evidence {
        match self.method {
            Verb::Any => Evidence::CertificateAlone,
            Verb::Get | Verb::Post | Verb::Put | Verb::Delete | Verb::Other => Evidence::Any,
        }
    }

    /// Its place in the table, or behind it where only the admin socket has it.
    #[must_use]
    pub fn place(&self) -> Option<usize> {
        ROUTES.iter().chain(LOCAL_ROUTES).position(|route| std::ptr::eq(route, self))
    }
}

impl Verb {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Any => "ANY",
            Self::Other => "",
        }
    }

    /// The verb that `method` is.
    #[must_use]
    pub const fn of(method: Method<'_>) -> Self {
        match method {
            Method::Get => Self::Get,
            Method::Post => Self::Post,
            Method::Put => Self::Put,
            Method::Delete => Self::Delete,
            Method::Head | Method::Options | Method::Other(_) => Self::Other,
        }
    }

    /// Its bit among the methods of a path.
    const fn bit(self) -> usize {
        match self {
            Self::Get => 1,
            Self::Post => 1 << 1,
            Self::Put => 1 << 2,
            Self::Delete => 1 << 3,
            Self::Any | Self::Other => 0,
        }
    }
}

/// What a path is to the table.
#[derive(Debug)]
pub enum Found<'a> {
    /// A route, and what the path holds for its `{…}`.
    Route(&'static Route, Parameters<'a>),
    /// A path that is there for other methods, which are these.
    MethodNotAllowed(&'static str),
    /// No path of this service.
    NotFound,
}

/// What a path holds for a route's `{…}`, which may be one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Parameters<'a>(Option<&'a str>);

impl<'a> Parameters<'a> {
    /// The segment that stands for `{…}`; empty where the route has none.
    #[must_use]
    pub fn only(&self) -> &'a str {
        self.0.unwrap_or_default()
    }
}

/// The route for `verb` and the path of `target`.
#[must_use]
pub fn find<'a>(verb: Verb, target: &Target<'a>) -> Found<'a> {
    find_in(ROUTES.iter(), verb, target)
}

/// The same, with the routes that only the admin socket has.
#[must_use]
pub fn find_local<'a>(verb: Verb, target: &Target<'a>) -> Found<'a> {
    find_in(LOCAL_ROUTES.iter().chain(ROUTES), verb, target)
}

fn find_in<'a>(
    routes: impl Iterator<Item = &'static Route>,
    verb: Verb,
    target: &Target<'a>,
) -> Found<'a> {
    let path = target.path();
    let mut others = 0;
    for route in routes {
        if let Some(parameters) = matches(route, path) {
            if matches!(route.method, Verb::Any) || route.method == verb {
                return Found::Route(route, parameters);
            }
            others |= route.method.bit();
        }
    }
    match ALLOW.get(others) {
        Some(methods) if !methods.is_empty() => Found::MethodNotAllowed(methods),
        _ => Found::NotFound,
    }
}

/// What `Allow` says, by the bits of the methods that there are.
const ALLOW: [&str; 16] = [
    "",
    "GET",
    "POST",
    "GET, POST",
    "PUT",
    "GET, PUT",
    "POST, PUT",
    "GET, POST, PUT",
    "DELETE",
    "GET, DELETE",
    "POST, DELETE",
    "GET, POST, DELETE",
    "PUT, DELETE",
    "GET, PUT, DELETE",
    "POST, PUT, DELETE",
    "GET, POST, PUT, DELETE",
];

/// Whether `path` is `pattern`. Text is compared as it came: no other spelling of a path reaches a route. A segment
/// for `{…}` is of letters, digits, `.`, `_` and `-`, so nothing in it needs decoding.
fn matches<'a>(route: &Route, path: &'a str) -> Option<Parameters<'a>> {
    let pattern = route.path;
    let parts = pattern.split_once('{').and_then(|(before, rest)| {
        let (_, after) = rest.split_once('}')?;
        Some((before, after))
    });
    let Some((before, after)) = parts else {
        return (pattern == path).then(Parameters::default);
    };
    let segment = path.strip_prefix(before)?.strip_suffix(after)?;
    // The target of another request, which the handler judges.
    if route.method == Verb::Any {
        return Some(Parameters(Some(segment)));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let fits = !segment.is_empty() && segment.bytes().all(plain);
    fits.then_some(Parameters(Some(segment)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(verb: Verb, path: &str) -> String {
        match find(verb, &Target::parse(path).unwrap()) {
            Found::Route(route, parameters) => format!("{} {}", route.path, parameters.only()),
            Found::MethodNotAllowed(allow) => allow.to_owned(),
            Found::NotFound => "not found".to_owned(),
        }
    }

    #[test]
    fn a_path_has_its_route_and_its_parameter() {
        assert_eq!(found(Verb::Get, "/v1/trust/status?x=1"), "/v1/trust/status ");
        assert_eq!(found(Verb::Get, "/v1/trust/anchors"), "/v1/trust/anchors ");
        assert_eq!(found(Verb::Get, "/v1/trust/anchors/ab12"), "/v1/trust/anchors/{sha256} ab12");
    }

    #[test]
    fn what_follows_a_parameter_is_part_of_the_route() {
        let rotate = "/v1/api-keys/{id}/rotate";
        assert_eq!(found(Verb::Post, "/v1/api-keys/4kGd/rotate"), format!("{rotate} 4kGd"));
        assert_eq!(found(Verb::Get, "/v1/api-keys/rotate"), "/v1/api-keys/{id} rotate");
        for path in [
            "/v1/api-keys//rotate",
            "/v1/api-keys/rotate/",
            "/v1/api-keys/a/rotate/",
            "/v1/api-keys/a/b/rotate",
            "/v1/api-keys/a/%72otate",
            "/v1/api-keys/a/rotate/rotate",
            "/v1/api-keys/%61/rotate",
            "/v1/api-keys/a/Rotate",
            "/v1/api-keys/a/",
        ] {
            assert_eq!(found(Verb::Post, path), "not found", "{path}");
        }
        for route in ROUTES.iter().chain(LOCAL_ROUTES) {
            let braces = route.path.matches(['{', '}']).count();
            assert!(braces == 0 || braces == 2, "{}", route.path);
            let whole = route.path.split('/').all(|one| one.starts_with('{') == one.ends_with('}'));
            assert!(whole, "{}: not a whole segment", route.path);
        }
    }

    #[test]
    fn another_spelling_of_a_path_is_no_route() {
        for path in [
            "/",
            "//v1/trust/status",
            "/v1/trust/status/",
            "/v1/trust//status",
            "/v1/./trust/status",
            "/v1/trust/anchors/",
            "/v1/trust/anchors/a/b",
            "/v1/trust/anchors/%61b",
            "/V1/trust/status",
            "/v1/trust/%73tatus",
            "/v1/trust/anchors/a;b",
        ] {
            assert_eq!(found(Verb::Get, path), "not found", "{path}");
        }
    }

    #[test]
    fn what_only_the_admin_socket_has_is_not_found_over_the_network() {
        for route in LOCAL_ROUTES {
            let target = Target::parse(route.path).unwrap();
            assert!(!matches!(find(route.method, &target), Found::Route(..)), "{}", route.path);
            let found = find_local(route.method, &target);
            assert!(matches!(found, Found::Route(one, _) if std::ptr::eq(one, route)));
            let harmless = route.path == "/v1/admin/status";
            assert_eq!(route.permission.is_none(), harmless, "{}: anybody could", route.path);
        }
        let status = Target::parse("/v1/trust/status").unwrap();
        assert!(matches!(find_local(Verb::Get, &status), Found::Route(..)));
    }

    #[test]
    fn a_path_says_which_method_it_has() {
        assert_eq!(found(Verb::Post, "/v1/trust/status"), "GET");
        assert_eq!(found(Verb::Put, "/v1/api-keys"), "GET, POST");
        assert_eq!(found(Verb::Post, "/v1/api-keys/4kGd"), "GET, DELETE");
        assert_eq!(found(Verb::Delete, "/v1/api-keys/4kGd/rotate"), "POST");
        assert_eq!(found(Verb::Other, "/v1/certificates/validate"), "POST");
    }

    #[test]
    fn a_proxy_asks_in_any_method_and_behind_its_route_stands_any_target() {
        let whole = "/v1/gate/authorize/{target}";
        for verb in [Verb::Get, Verb::Post, Verb::Put, Verb::Delete, Verb::Other] {
            assert_eq!(found(verb, "/v1/gate/authorize?proxy=nginx"), "/v1/gate/authorize ");
            assert_eq!(found(verb, "/v1/gate/authorize/"), format!("{whole} "));
            assert_eq!(found(verb, "/v1/gate/authorize/a/b/?c"), format!("{whole} a/b/"));
            assert_eq!(found(verb, "/v1/gate/authorize//a"), format!("{whole} /a"));
        }
        for path in ["/v1/gate/authorized", "/v1/gate", "/v1/gate/", "/v1/gate/Authorize/a"] {
            assert_eq!(found(Verb::Get, path), "not found", "{path}");
        }
        for route in ROUTES.iter().chain(LOCAL_ROUTES) {
            let alone = route.evidence() == Evidence::CertificateAlone;
            assert_eq!(alone, route.permission == Some(Permission::GateDecide), "{}", route.path);
        }
    }
}
