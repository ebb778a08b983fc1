//! What a proxy is told of a decision, and what is recorded of it.
//!
//! The client is told no more than by any other route: that it is not known, may not, or should wait. The record has the
//! rule and what was missing; neither has a credential, or the query of the original request.

use std::fmt::Write as _;

use crate::audit::event::{EventType, Outcome, Pair, Severity};
use crate::gate::{Original, Proxy};
use crate::guard::Known;
use crate::identity::RoleName;
use crate::identity::cidr::CidrBlock;
use crate::trust::fingerprint::Fingerprint;
use crate::wire::Status;
use crate::wire::problem::Code;
use crate::wire::response::Field;

use super::{Passed, Refused};
use crate::api::{Answer, Call, Record};

/// What records call it.
pub(super) const ACTION: &str = "gate:decide";
const RESOURCE: &str = "gate";

/// The request may pass.
pub(super) fn passed(
    call: &Call<'_>,
    proxy: Proxy,
    original: &Original<'_>,
    passed: &Passed,
) -> Answer {
    let principal = passed.known.caller().principal();
    let roles: Vec<&str> = principal.roles().iter().map(RoleName::as_str).collect();
    let decision: Vec<Pair<'static>> =
        vec![("code", "granted".into()), ("rule", passed.place.into())];
    let record = Record {
        kind: EventType::AuthzGranted,
        decision,
        details: details(proxy, Some(original), Some(&passed.known)),
        ..Record::read(ACTION, RESOURCE)
    };
    let body = serde_json::json!({"decision_id": call.record_id.to_string()});
    let mut answer = Answer::json(call, &body, record);
    answer.fields = vec![
        (Field::AuthClient, principal.client().to_string()),
        (Field::AuthMethod, principal.method().as_str().to_owned()),
        (Field::AuthRoles, roles.join(",")),
        (Field::AuthSubject, encoded(principal.subject())),
        (Field::GateDecision, passed.decision.clone()),
    ];
    answer
}

/// The request may not pass.
///
/// nginx takes `401` and `403` for a refusal, and whatever else for a failure of its own, which it tells as `500`. So it
/// is told `403`, and by `X-Error-Status` what to tell the client.
pub(super) fn refused(
    call: &Call<'_>,
    proxy: Proxy,
    original: Option<&Original<'_>>,
    known: Option<&Known>,
    refused: &Refused,
) -> Answer {
    let (code, status) = refused.status();
    let (detail, wait) = match refused {
        // A part of a second is a second: who comes too early is refused again.
        Refused::Limited(wait) => {
            let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
            let seconds = u32::try_from(seconds).unwrap_or(u32::MAX).max(1);
            ("This caller has asked too often.", Some(seconds))
        }
        Refused::Request(_) => ("The original request has no single reading.", None),
        Refused::Unknown(_) => ("The original request shows no credential that holds.", None),
        Refused::Denied(..) | Refused::NoRule | Refused::Roles(_) | Refused::TooLong(_) => {
            ("The original request is not permitted.", None)
        }
    };
    let mut answer = Answer::problem_for(call, code, status, detail, &[], wait);
    if proxy == Proxy::Nginx {
        answer.fields.push((Field::ErrorStatus, status.code().to_string()));
        if status != Status::Unauthorized {
            answer.status = Status::Forbidden;
        }
    }
    let (code, missing) = reason(refused);
    let decision: Vec<Pair<'static>> =
        vec![("code", code.into()), ("rule", refused.place().into()), ("missing", missing.into())];
    answer.record = Record {
        kind: EventType::AuthzDenied,
        severity: Severity::Medium,
        outcome: Outcome::Denied,
        decision,
        details: details(proxy, original, known),
        ..Record::read(ACTION, RESOURCE)
    };
    answer
}

/// A short code, and what was missing in words.
fn reason(refused: &Refused) -> (&'static str, Option<String>) {
    match refused {
        Refused::Denied(_, denied) => (denied.code(), Some(denied.to_string())),
        Refused::Limited(_) => ("rate_limit_exceeded", None),
        Refused::NoRule => ("no_rule", None),
        Refused::Request(error) => (error.code(), Some(error.to_string())),
        Refused::Roles(_) => ("missing_role", None),
        Refused::TooLong(_) => ("decision_too_long", None),
        Refused::Unknown(error) => (error.code(), Some(error.to_string())),
    }
}

fn details(
    proxy: Proxy,
    original: Option<&Original<'_>>,
    known: Option<&Known>,
) -> Vec<Pair<'static>> {
    let mut details: Vec<Pair<'static>> = vec![("proxy", proxy.as_str().into())];
    if let Some(original) = original {
        let target = Fingerprint::of(original.target.as_str().as_bytes());
        details.extend::<[Pair<'static>; 5]>([
            ("host", original.host.to_string().into()),
            ("method", original.method.as_str().to_owned().into()),
            ("scheme", original.scheme.as_str().into()),
            ("target_sha256", target.to_string().into()),
            // As much of an address as records show in clear.
            ("network", CidrBlock::around(original.client, 24, 48).to_string().into()),
        ]);
    }
    if let Some(known) = known {
        let principal = known.caller().principal();
        details.push(("client", principal.client().to_string().into()));
        details.push(("authenticated_by", principal.method().as_str().into()));
    }
    details
}

/// Who asks is no proxy whose word is taken, whatever it has shown.
pub(super) fn stranger(call: &Call<'_>) -> Answer {
    let detail = "Requests from this address are not decided on.";
    let mut answer = Answer::problem(call, Code::PermissionDenied, Status::Forbidden, detail, &[]);
    answer.record = Record {
        kind: EventType::AuthzDenied,
        severity: Severity::High,
        outcome: Outcome::Denied,
        decision: vec![("code", "untrusted_proxy".into())],
        ..Record::read(ACTION, RESOURCE)
    };
    answer
}

/// There is no gate here.
pub(super) fn disabled(call: &Call<'_>) -> Answer {
    let detail = "The gate is not enabled in this service.";
    Answer::problem(call, Code::NotFound, Status::NotFound, detail, &[])
        .recorded_as(ACTION, RESOURCE)
}

/// `text` with everything but visible ASCII, and with `%`, percent-encoded: names of people have other letters.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            // A text takes everything.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_header_or_pass_for_another() {
        for (name, text) in [
            ("CN=Post 7,C=UT", "CN=Post%207,C=UT"),
            ("a\r\nX-Auth-Roles: admin", "a%0D%0AX-Auth-Roles:%20admin"),
            ("Zoë", "Zo%C3%AB"),
            ("%0D", "%250D"),
            (" a ", "%20a%20"),
        ] {
            assert_eq!(encoded(name), text);
        }
    }
}
