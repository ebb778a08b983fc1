//! May this request go on: who sends it, which route it is for, what the caller may, what it may bring.

use std::net::IpAddr;

use crate::api::{self, BodyRule, Evidence, Found, Parameters, Route, Verb};
use crate::authn::AuthnError;
use crate::authz::Grant;
use crate::guard::Credential;
use crate::limit::Decision;
use crate::metrics::labels::{AuthMethod, AuthResult};
use crate::wire::body::Decoder;
use crate::wire::head::Head;
use crate::wire::request::BodyKind;

use super::exchange::Context;
use super::identity::Identity;
use super::refusal::Refusal;
use super::round::Round;

/// A request that may go on.
#[derive(Debug)]
pub(super) struct Admitted<'a> {
    pub(super) route: &'static Route,
    pub(super) parameters: Parameters<'a>,
    pub(super) grant: Grant,
    /// How its body ends, where its route takes one.
    pub(super) decoder: Option<Decoder>,
}

/// Every check of a request that its head allows, in the order that gives least away: a stranger learns nothing of
/// routes.
pub(super) fn admit<'a>(
    round: &Round,
    identity: &mut Identity,
    address: IpAddr,
    head: &Head<'a>,
    context: &mut Context,
) -> Result<Admitted<'a>, Refusal> {
    limited(context, round.shared.guard.limits().address(address, 1, round.now))?;
    let found = api::find(Verb::of(head.method), &head.target);
    let is_public = matches!(&found, Found::Route(route, _) if route.permission.is_none());
    let own =
        !matches!(&found, Found::Route(route, _) if route.evidence() == Evidence::CertificateAlone);
    let credential = if own { credential(head)? } else { Ok(Credential::None) };
    let known = credential.and_then(|credential| identity.caller(round, address, credential));
    let shown = own.then_some(head);
    let locks_out = count(round, shown, address, known.as_ref().err().copied());
    let known = match known {
        Ok(known) => Some(known),
        Err(_) if is_public => None,
        Err(error) => return Err(Refusal::Unauthenticated { error, locks_out }),
    };
    if let Some(known) = known {
        limited(context, round.shared.guard.admit(known, 1, round.now))?;
    }
    let (route, parameters) = match found {
        Found::Route(route, parameters) => (route, parameters),
        Found::MethodNotAllowed(allow) => return Err(Refusal::Method(allow)),
        Found::NotFound => return Err(Refusal::NotFound),
    };
    context.route = Some(route);
    let demanded = round.access.policy.demands.of(route.place());
    let grant = match known {
        Some(known) => known.caller().grant(route.permission, demanded).map_err(Refusal::Denied)?,
        None => Grant::public(),
    };
    let decoder = body(&route.body, head)?;
    Ok(Admitted { route, parameters, grant, decoder })
}

/// What is shown beside a certificate. The outer fault is one of HTTP.
fn credential<'a>(head: &Head<'a>) -> Result<Result<Credential<'a>, AuthnError>, Refusal> {
    let header = |name| head.headers.get(name).map_err(Refusal::Wire);
    Ok(Credential::read(header("Authorization")?, header("X-API-Key")?))
}

/// What a limit says, for the answer's headers, and for an end here.
fn limited(context: &mut Context, decision: Decision) -> Result<(), Refusal> {
    context.reading = decision.reading().copied().or(context.reading);
    match decision.enforced() {
        Some(rejected) => Err(Refusal::Limited(*rejected)),
        None => Ok(()),
    }
}

/// Counts an attempt by what was shown; who shows nothing attempts nothing. Whether a lockout begins with it.
fn count(
    round: &Round,
    head: Option<&Head<'_>>,
    address: IpAddr,
    failed: Option<AuthnError>,
) -> bool {
    let shows = |name| head.is_some_and(|head| head.headers.all(name).next().is_some());
    let method = match failed {
        Some(AuthnError::NoCredential) => return false,
        _ if shows("Authorization") => AuthMethod::Jwt,
        _ if shows("X-API-Key") => AuthMethod::ApiKey,
        _ => AuthMethod::Mtls,
    };
    let result = if failed.is_none() { AuthResult::Success } else { AuthResult::Failure };
    round.shared.services.metrics.auth_attempts.add(method.index(), result.index());
    let guard = &round.shared.guard;
    if let Some(error) = failed {
        return guard.failed(address, error, round.now).is_some();
    }
    guard.succeeded(address, round.now);
    false
}

/// How the body of a request ends, where its route takes one.
pub(super) fn body(rule: &BodyRule, head: &Head<'_>) -> Result<Option<Decoder>, Refusal> {
    let (types, most) = match rule {
        BodyRule::None => {
            return match head.body {
                BodyKind::None | BodyKind::Length(0) => Ok(None),
                BodyKind::Length(_) | BodyKind::Chunked => Err(Refusal::UnwantedBody),
            };
        }
        BodyRule::Memory { types, most } | BodyRule::Disk { types, most } => (*types, *most),
        // A stream may be endless; what is bounded is the line.
        BodyRule::Lines { types, .. } => (*types, u64::MAX),
    };
    let media = head.headers.get("Content-Type").map_err(Refusal::Wire)?.unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim_ascii();
    if !types.iter().any(|one| one.eq_ignore_ascii_case(media)) {
        return Err(Refusal::MediaType(types));
    }
    Decoder::new(head.body, most).map(Some).map_err(Refusal::Wire)
}
