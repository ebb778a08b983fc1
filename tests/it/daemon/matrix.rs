//! Every route of the network, asked with every single permission, and without a certificate: a route answers whoever
//! has its permission, and refuses everybody else before anything else of the request is looked at.

use trust_service::api::{LOCAL_ROUTES, ROUTES, Route, Verb};
use trust_service::authn::mtls::ClientRules;
use trust_service::authn::rule::{ClientRule, Condition, Term};
use trust_service::authz::Permission;
use trust_service::demo::tls::Pair;

use super::http::ask;
use super::rig::Rig;

/// A name that a client and a role may have.
fn name(permission: Permission) -> String {
    permission.as_str().replace(':', "-")
}

fn status(rig: &Rig, pair: Option<&Pair>, route: &Route) -> u16 {
    let path = route
        .path
        .replace("{sha256}", "x")
        .replace("{name}", "x")
        .replace("{id}", "x")
        .replace("{target}", "x");
    let query = if path.ends_with("/changes") { "?since=sha256:0" } else { "" };
    let method = if route.method == Verb::Any { "GET" } else { route.method.as_str() };
    let request = format!("{method} {path}{query} HTTP/1.1\r\nHost: x\r\n\r\n");
    ask(&mut rig.connect(pair), request.as_bytes()).unwrap().status
}

#[test]
fn each_route_answers_its_permission_alone() {
    let rig = Rig::made("matrix", |settings| {
        settings.tls.require_client_certificate = false;
        let rule = |permission: Permission| ClientRule {
            condition: Condition::Term(Term::CommonName(name(permission))),
            client: name(permission).parse().unwrap(),
            roles: vec![name(permission).parse().unwrap()],
        };
        settings.policy.clients = ClientRules::new(Permission::ALL.map(rule).into(), None);
        settings.policy.roles = Permission::ALL
            .into_iter()
            .map(|one| (name(one).parse().unwrap(), std::iter::once(one).collect()))
            .collect();
    });
    let mut answered = 0;
    for permission in Permission::ALL {
        let pair = rig.client(&name(permission));
        for route in ROUTES {
            let status = status(&rig, Some(&pair), route);
            let may = route.permission.is_none_or(|needed| needed == permission);
            let what = format!("{} {} with {permission}", route.method.as_str(), route.path);
            assert_eq!(status != 403, may, "{what}: {status}");
            assert!(status != 401 && status < 500 || status == 503, "{what}: {status}");
            answered += usize::from(may);
        }
        for route in LOCAL_ROUTES {
            let found = status(&rig, Some(&pair), route);
            assert!(matches!(found, 404 | 405), "{}: {found} over the network", route.path);
        }
    }
    let public = ROUTES.iter().filter(|route| route.permission.is_none()).count();
    let guarded = ROUTES.len() - public;
    assert_eq!(answered, guarded + public * Permission::ALL.len());
    for route in ROUTES {
        let found = status(&rig, None, route);
        assert_eq!(found == 401, route.permission.is_some(), "{}: {found}", route.path);
    }
}
