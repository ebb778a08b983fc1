//! What a request that goes no further is told, and what its record says: one table.
//!
//! The record has the rule that was broken; the answer has as much as a caller who means well needs, and nothing that
//! helps another.

use std::net::SocketAddr;
use std::time::Duration;

use crate::audit::event::{EventType, Pair, Severity};
use crate::authn::AuthnError;
use crate::authz::Denied;
use crate::limit::Rejected;
use crate::metrics::labels::{HandshakeResult, TlsVersion};
use crate::wire::Status;
use crate::wire::error::WireError;
use crate::wire::problem::Code;

use super::round::Round;

/// Why a request goes no further.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The pool's queue is full.
    Busy,
    /// The caller lacks a permission.
    Denied(Denied),
    /// A limit is reached.
    Limited(Rejected),
    /// The body is of a type that the route does not take; it takes these.
    MediaType(&'static [&'static str]),
    /// The path does not have this method; it has these.
    Method(&'static str),
    /// The route wants a body.
    NoBody,
    /// The body cannot be kept: the disk has no room for it.
    NoRoom,
    /// No route has this path.
    NotFound,
    /// The user of this machine may not administer the service.
    NotAnAdministrator,
    /// The request did not come to its end in time.
    TooSlow,
    /// Nobody is calling.
    Unauthenticated {
        /// Why.
        error: AuthnError,
        /// Whether the caller's address is shut out of the account from now on.
        locks_out: bool,
    },
    /// The route takes no body.
    UnwantedBody,
    /// The bytes break a rule of HTTP.
    Wire(WireError),
}

/// What is said of a refusal.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: Status,
    pub(super) code: Code,
    pub(super) detail: &'static str,
    pub(super) kind: EventType,
    pub(super) severity: Severity,
    /// Seconds after which another attempt makes sense.
    pub(super) retry_after: Option<u32>,
    /// Whether the connection must end: where the next request begins is not known, or the body was not read.
    pub(super) closes: bool,
}

impl Refusal {
    /// What to say.
    pub(super) fn said(&self) -> Said {
        let said = |status, code, detail, kind, severity| Said {
            status,
            code,
            detail,
            kind,
            severity,
            retry_after: None,
            closes: true,
        };
        let (unavailable, error) = (Status::Unavailable, EventType::Error);
        let unable = |detail, severity| {
            said(unavailable, Code::DependencyUnavailable, detail, error, severity)
        };
        let malformed = EventType::MalformedRequest;
        let wrong = |detail| {
            let (status, code) = (Status::BadRequest, Code::MalformedRequest);
            said(status, code, detail, malformed, Severity::Low)
        };
        match self {
            Self::Busy => Said {
                retry_after: Some(1),
                ..unable(
                    "The service has more to do than it can; try again shortly.",
                    Severity::Medium,
                )
            },
            Self::Denied(_) | Self::NotAnAdministrator => said(
                Status::Forbidden,
                Code::PermissionDenied,
                "The caller does not have the permission that this route needs.",
                EventType::AuthzDenied,
                Severity::High,
            ),
            Self::Limited(rejected) => Said {
                retry_after: Some(whole_seconds(rejected.retry_after)),
                closes: false,
                ..said(
                    Status::TooManyRequests,
                    Code::RateLimitExceeded,
                    "The caller has asked for more than it may have at present.",
                    EventType::RateLimited,
                    Severity::Medium,
                )
            },
            Self::MediaType(_) => said(
                Status::UnsupportedMediaType,
                Code::UnsupportedMediaType,
                "The route does not take a body of this Content-Type; the OpenAPI document lists those it takes.",
                malformed,
                Severity::Low,
            ),
            Self::Method(_) => said(
                Status::MethodNotAllowed,
                Code::MethodNotAllowed,
                "The path does not have this method.",
                malformed,
                Severity::Low,
            ),
            Self::NoBody => wrong("The route needs a body."),
            Self::NoRoom => Said {
                retry_after: Some(60),
                ..unable("The body cannot be stored at present.", Severity::High)
            },
            Self::NotFound => said(
                Status::NotFound,
                Code::NotFound,
                "There is no such path.",
                malformed,
                Severity::Low,
            ),
            Self::TooSlow => said(
                Status::RequestTimeout,
                Code::MalformedRequest,
                "The request did not arrive whole in time.",
                EventType::Suspicious,
                Severity::Medium,
            ),
            Self::Unauthenticated { locks_out, .. } => said(
                Status::Unauthorized,
                Code::AuthenticationRequired,
                "No credential that this service accepts was shown.",
                if *locks_out { EventType::Lockout } else { EventType::AuthFailure },
                Severity::High,
            ),
            Self::UnwantedBody => wrong("The route takes no body."),
            Self::Wire(error) => {
                let problem = error.problem();
                said(
                    error.status(),
                    problem,
                    "The request breaks a rule of HTTP/1.1.",
                    malformed,
                    Severity::Medium,
                )
            }
        }
    }

    /// What the record's decision says beside the answer's code: which rule, and which permission is missing.
    pub(super) fn reason(&self) -> Vec<Pair<'static>> {
        match self {
            Self::Denied(denied) => {
                let permission = denied.permission().map(|one| ("permission", one.as_str().into()));
                std::iter::once(("reason", denied.code().into())).chain(permission).collect()
            }
            Self::Limited(rejected) => vec![
                ("scope", rejected.reading.scope.as_str().into()),
                ("first", rejected.first.into()),
            ],
            Self::Unauthenticated { error, .. } => vec![("reason", error.code().into())],
            _ => Vec::new(),
        }
    }

    /// The rule, for the record.
    pub(super) fn rule(&self) -> String {
        match self {
            Self::Busy => "the queue for blocking work is full".to_owned(),
            Self::Denied(denied) => denied.to_string(),
            Self::MediaType(types) => format!("the route takes {}", types.join(", ")),
            Self::Method(allow) => format!("the path has {allow}"),
            Self::NoBody => "the route needs a body".to_owned(),
            Self::NoRoom => "the body cannot be stored".to_owned(),
            Self::NotFound => "no route has this path".to_owned(),
            Self::NotAnAdministrator => AuthnError::NotAnAdministrator.to_string(),
            Self::TooSlow => "the deadline of the request is over".to_owned(),
            Self::Limited(rejected) => {
                let quota = rejected.reading.quota;
                format!(
                    "{} a minute and {} at once, by {}",
                    quota.per_minute(),
                    quota.burst(),
                    rejected.reading.scope
                )
            }
            Self::Unauthenticated { error, .. } => error.to_string(),
            Self::UnwantedBody => "the route takes no body".to_owned(),
            Self::Wire(error) => error.to_string(),
        }
    }
}

/// Seconds, rounded up, at least one.
fn whole_seconds(time: Duration) -> u32 {
    let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    seconds.saturating_add(u32::from(time.subsec_nanos() > 0)).max(1)
}

/// A connection that TLS could not go on with: counted, and a certificate that did not verify is recorded, as far as
/// the source's budget goes.
pub(super) fn broken(round: &mut Round, peer: SocketAddr, error: &rustls::Error, shaking: bool) {
    let counters = &round.shared.counters;
    if shaking {
        failed_handshake(round);
    }
    match error {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::InvalidCertRevocationList(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::General(_)
            if shaking =>
        {
            counters.certificate.one();
            round.record_handshake(peer, &error.to_string());
        }
        _ => counters.not_tls.one(),
    }
}

/// Counts a handshake that did not come to its end.
pub(super) fn failed_handshake(round: &Round) {
    let handshakes = &round.shared.services.metrics.handshakes;
    handshakes.add(TlsVersion::Unknown.index(), HandshakeResult::Failure.index());
}
