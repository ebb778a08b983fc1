//! Cases of a policy: what somebody is to be allowed, and what not, as a reviewer writes it down.

use std::path::Path;

use crate::api::{ROUTES, Route};
use crate::authn::{Factor, Factors, Rights};
use crate::authz::{Denied, judge, permissions};
use crate::config::environment::Environment;
use crate::config::fault::{Fault, Report};
use crate::config::layers;
use crate::config::reader::Section;
use crate::config::tree::Origin;
use crate::identity::{ClientId, RoleName};
use crate::permission::{Permission, Permissions};

use super::{Policy, demands, roles};

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called in the report.
    pub name: String,
    roles: Vec<RoleName>,
    show: Factors,
    scope: Option<Permissions>,
    route: &'static Route,
    /// Whether it is to be allowed.
    pub allow: bool,
}

/// What a policy makes of a case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// What the case is called.
    pub name: String,
    /// Whether it is as it should be.
    pub holds: bool,
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why not, where it is not.
    pub reason: Option<Denied>,
}

impl Case {
    /// What `policy` makes of it, by the very rules that decide on a request.
    #[must_use]
    pub fn judge(&self, policy: &Policy) -> Finding {
        let rights = self.scope.map_or(Rights::OfRoles, Rights::OfRolesWithin);
        let held = permissions(rights, &policy.roles, &self.roles, self.show);
        let demanded = policy.demands.of(self.route.place());
        let judged = judge(rights, held, self.show, self.route.permission, demanded);
        let allowed = judged.is_ok();
        Finding {
            name: self.name.clone(),
            holds: allowed == self.allow,
            allowed,
            reason: judged.err(),
        }
    }
}

/// The cases in the file at `path`, whose clients and roles are those of `policy`.
///
/// # Errors
///
/// Every fault of the file.
pub fn read(path: &Path, policy: &Policy) -> Result<Vec<Case>, Vec<Fault>> {
    let mut report = Report::default();
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let tree = layers::file(folder, &name, true, Environment::Testing, &mut report);
    let cases = tree.map(|tree| {
        let mut root = Section::root(&tree, "", &mut report);
        let cases = root.sections("cases", |section, origin| case(section, origin, policy));
        if cases.is_empty() {
            root.fault("cases", "there are no cases", "list at least one under 'cases'");
        }
        root.finish();
        cases
    });
    match cases {
        Some(cases) if report.faults.is_empty() => Ok(cases.into_iter().flatten().collect()),
        _ => Err(report.faults),
    }
}

fn case(section: &mut Section<'_, '_>, origin: &Origin, policy: &Policy) -> Option<Case> {
    let route = demands::route(section);
    let known = Permission::ALL.map(|one| (one.as_str(), one));
    let scope = section.choices("scope", &known);
    let show = if section.has("show") {
        roles::evidence(section, "show", false)
    } else {
        Factors::only(Factor::Mtls)
    };
    let allow = section.choice("expect", None, &[("allow", Some(true)), ("deny", Some(false))]);
    if allow.is_none() {
        section.fault("expect", "the case says not what is expected", "add expect: allow or deny");
    }
    let client: Option<ClientId> = section.optional("client", "the name of a client");
    let named: Option<Vec<RoleName>> = section.list("roles", None, "the name of a role");
    let held = match (&client, named) {
        (Some(client), None) => {
            policy.clients.iter().find(|rule| rule.client == *client).map(|rule| rule.roles.clone())
        }
        (None, Some(roles)) => {
            let defined = roles.iter().all(|role| policy.roles.get(role).is_some());
            defined.then_some(roles)
        }
        (Some(_), Some(_)) | (None, None) => None,
    };
    if held.is_none() {
        let hint = "name either a client or roles of the policy";
        section.fault_at_origin("client", origin, "the case says not who asks", hint);
    }
    let place = route.and_then(|place| ROUTES.get(place));
    let what = place.map(|route| format!("{} {}", route.method.as_str(), route.path));
    let name = section.optional_plain("name", "a text").or(what)?;
    Some(Case {
        name,
        roles: held?,
        show,
        scope: scope.map(|scope| scope.into_iter().flatten().collect()),
        route: place?,
        allow: allow?,
    })
}
