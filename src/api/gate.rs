//! `ANY /v1/gate/authorize[/…]`: a proxy asks whether a request may pass that it has received for another service.
//!
//! Two callers stand behind one request. The proxy is who asks: it has shown its certificate, and comes from an address
//! that the settings name. Whoever sent the original request is shown by the credentials in its headers, which the
//! proxy passed on. The answer to a proxy is `200` for leave and nothing else; whatever goes wrong is no leave.

mod told;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use crate::authn::AuthnError;
use crate::authz::{Denied, Grant};
use crate::clock::UnixTime;
use crate::gate::{
    AUTHORIZE, Decision, DecisionSigner, GateSettings, Original, OriginalError, Proxy, Rule,
};
use crate::guard::{Credential, Known};
use crate::wire::Status;
use crate::wire::head::Head;
use crate::wire::problem::{Code, FieldError};

use super::query::{Query, wrong};
use super::{Answer, Call, Services};

/// Who sends the original requests, and how often that may.
pub trait Originals: Send + Sync + fmt::Debug {
    /// Who shows `credential`, from `address`.
    ///
    /// # Errors
    ///
    /// [`AuthnError`], which is recorded and not told.
    fn authenticate(
        &self,
        address: IpAddr,
        credential: Credential<'_>,
        now: UnixTime,
    ) -> Result<Arc<Known>, AuthnError>;

    /// Counts one request from `address`: asked once before it is known who sends it, and once after.
    ///
    /// # Errors
    ///
    /// The time after which another attempt makes sense.
    fn limit(&self, address: IpAddr, known: Option<&Known>, now: UnixTime) -> Result<(), Duration>;
}

/// Decides for proxies.
#[derive(Debug)]
pub struct Gate {
    settings: GateSettings,
    signer: DecisionSigner,
    originals: Box<dyn Originals>,
}

impl Gate {
    /// One that decides by `settings` on those whom `originals` knows.
    #[must_use]
    pub fn new(
        settings: GateSettings,
        signer: DecisionSigner,
        originals: Box<dyn Originals>,
    ) -> Self {
        Self { settings, signer, originals }
    }

    /// The key set `keys` (RFC 7517), or an empty one, with the key that decisions are verified with.
    #[must_use]
    pub fn jwks(&self, keys: Option<&[u8]>) -> Vec<u8> {
        let read = keys.and_then(|keys| serde_json::from_slice::<Json>(keys).ok());
        let mut set = read.unwrap_or_else(|| serde_json::json!({"keys": []}));
        if let Some(keys) = set.get_mut("keys").and_then(Json::as_array_mut) {
            keys.push(self.signer.jwk());
        }
        set.to_string().into_bytes()
    }
}

/// A request that may pass.
#[derive(Debug)]
struct Passed {
    place: usize,
    known: Arc<Known>,
    decision: String,
}

/// Why a request may not pass.
#[derive(Debug)]
enum Refused {
    /// Its sender lacks evidence or a permission that the rule at this place asks for.
    Denied(usize, Denied),
    /// Its sender asked too often.
    Limited(Duration),
    /// No rule is for it.
    NoRule,
    /// It has no one reading.
    Request(OriginalError),
    /// Its sender has none of the roles that the rule at this place asks for.
    Roles(usize),
    /// What is to be said of its sender is longer than a proxy would take.
    TooLong(usize),
    /// It is not known who sends it.
    Unknown(AuthnError),
}

impl Refused {
    /// What the client is told.
    const fn status(&self) -> (Code, Status) {
        match self {
            Self::Denied(..) | Self::NoRule | Self::Roles(_) | Self::TooLong(_) => {
                (Code::PermissionDenied, Status::Forbidden)
            }
            Self::Limited(_) => (Code::RateLimitExceeded, Status::TooManyRequests),
            Self::Request(_) => (Code::MalformedRequest, Status::BadRequest),
            Self::Unknown(_) => (Code::AuthenticationRequired, Status::Unauthorized),
        }
    }

    /// The place of the rule that refuses, from 0.
    const fn place(&self) -> Option<usize> {
        match self {
            Self::Denied(place, _) | Self::Roles(place) | Self::TooLong(place) => Some(*place),
            Self::Limited(_) | Self::NoRule | Self::Request(_) | Self::Unknown(_) => None,
        }
    }
}

/// `ANY /v1/gate/authorize` and what is behind it.
pub(super) fn authorize(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    let Some(gate) = &services.gate else { return told::disabled(call) };
    let (Some(head), Some(address)) = (call.head, call.address) else {
        return told::stranger(call);
    };
    if !gate.settings.trusts(address) {
        return told::stranger(call);
    }
    let proxy = match proxy(call, head) {
        Ok(proxy) => proxy,
        Err(error) => return Answer::malformed(call, &[error]).recorded_as(told::ACTION, "gate"),
    };
    let original = match Original::read(proxy, head, &gate.settings.trusted_proxies) {
        Ok(original) => original,
        Err(error) => return told::refused(call, proxy, None, None, &Refused::Request(error)),
    };
    let mut known = None;
    match gate.decide(call, head, &original, &mut known) {
        Ok(passed) => told::passed(call, proxy, &original, &passed),
        Err(refused) => told::refused(call, proxy, Some(&original), known.as_deref(), &refused),
    }
}

/// Which kind of proxy asks. Behind the address nothing is a parameter: it is of the original request.
fn proxy(call: &Call<'_>, head: &Head<'_>) -> Result<Proxy, FieldError> {
    if head.target.path() != AUTHORIZE {
        return Ok(Proxy::Envoy);
    }
    let query = Query::parse(call.query, &["proxy"])?;
    let name = query.get("proxy").ok_or_else(|| wrong("proxy", "is missing"))?;
    Proxy::named(name).ok_or_else(|| wrong("proxy", "neither nginx nor traefik"))
}

impl Gate {
    /// May `original` pass? Its sender, once known, is noted in `sender`.
    fn decide(
        &self,
        call: &Call<'_>,
        head: &Head<'_>,
        original: &Original<'_>,
        sender: &mut Option<Arc<Known>>,
    ) -> Result<Passed, Refused> {
        let (client, now) = (original.client, call.now);
        self.originals.limit(client, None, now).map_err(Refused::Limited)?;
        let header = |name| {
            let value = head.headers.get(name);
            value.map_err(|error| Refused::Request(OriginalError::Header(name, error)))
        };
        let (authorization, key) = (header("Authorization")?, header("X-API-Key")?);
        let credential = Credential::read(authorization, key).map_err(Refused::Unknown)?;
        if credential == Credential::None {
            return Err(Refused::Unknown(AuthnError::NoCredential));
        }
        let known = self.originals.authenticate(client, credential, now);
        let known = Arc::clone(sender.insert(known.map_err(Refused::Unknown)?));
        self.originals.limit(client, Some(&*known), now).map_err(Refused::Limited)?;
        let (place, rule) = self.settings.rules.find(original).ok_or(Refused::NoRule)?;
        allows(rule, place, &known)?;
        let decision = self.sign(call, original, &known).ok_or(Refused::TooLong(place))?;
        Ok(Passed { place, known, decision })
    }

    fn sign(&self, call: &Call<'_>, original: &Original<'_>, known: &Known) -> Option<String> {
        let principal = known.caller().principal();
        let settings = &self.settings;
        self.signer.sign(&Decision {
            issuer: &settings.issuer,
            audience: settings.audience.as_deref().unwrap_or(original.host.as_str()),
            id: call.record_id,
            now: call.now,
            lifetime: settings.lifetime,
            client: principal.client(),
            subject: principal.subject(),
            roles: principal.roles(),
            method: principal.method().as_str(),
            original,
        })
    }
}

/// Whether `rule`, which stands at `place`, lets `known` through.
fn allows(rule: &Rule, place: usize, known: &Known) -> Result<(), Refused> {
    let caller = known.caller();
    let granted = caller.grant(rule.permission, rule.require);
    granted.map(|_| ()).map_err(|denied| Refused::Denied(place, denied))?;
    if rule.is_for_roles(caller.principal().roles()) { Ok(()) } else { Err(Refused::Roles(place)) }
}
