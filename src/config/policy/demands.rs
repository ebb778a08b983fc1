//! `demands`: what must be shown for single routes.

use crate::api::ROUTES;
use crate::authn::Factors;
use crate::authz::Demands;
use crate::config::reader::Section;
use crate::nearest::nearest;

use super::roles::evidence;

pub(super) fn read(root: &mut Section<'_, '_>) -> Demands {
    let mut all: Vec<(usize, Factors)> = Vec::new();
    for demand in root.sections("demands", |section, _| demand(section)).into_iter().flatten() {
        if all.iter().any(|(place, _)| *place == demand.0) {
            let hint = "put all that it demands into one entry";
            root.fault("demands", "a route stands here twice", hint);
        }
        all.push(demand);
    }
    Demands::new(all)
}

fn demand(section: &mut Section<'_, '_>) -> Option<(usize, Factors)> {
    let place = route(section);
    let require = evidence(section, "require", false);
    let place = place?;
    if ROUTES.get(place).is_some_and(|route| route.permission.is_none()) {
        section.fault("path", "anybody may whom TLS lets in", "remove the entry");
        return None;
    }
    Some((place, require))
}

/// The place of the route that `method` and `path` name.
pub(super) fn route(section: &mut Section<'_, '_>) -> Option<usize> {
    let method = section.optional_plain("method", "a method, as GET").unwrap_or_default();
    let path = section.optional_plain("path", "a path, as the API's description has it");
    let names: Vec<String> =
        ROUTES.iter().map(|route| format!("{} {}", route.method.as_str(), route.path)).collect();
    let wanted = format!("{method} {}", path.unwrap_or_default());
    let found = names.iter().position(|name| *name == wanted);
    if found.is_none() {
        let hint = nearest(&wanted, names.iter().map(String::as_str)).map_or_else(
            || "GET /v1/openapi.json shows the routes".to_owned(),
            |name| format!("did you mean {name}?"),
        );
        section.fault("path", "no such route", hint);
    }
    found
}
