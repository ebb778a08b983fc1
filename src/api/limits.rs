//! `GET /v1/admin/limits`: who uses most of what they may have. It names addresses, so that it is for operators alone.

use serde_json::json;

use crate::authz::Grant;
use crate::limit::Scope;

use super::query::none;
use super::{Answer, Call, Record, Services};

/// Keys that are shown.
const SHOWN: usize = 50;

pub(super) fn view(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    if let Err(error) = none(call.query) {
        return Answer::malformed(call, &[error]);
    }
    let (Some(operator), Some(guard)) = (services.operator.get(), &services.guard) else {
        return Answer::unavailable(call, "Nothing is counted here.");
    };
    let limits = guard.limits();
    let now = operator.state().uptime;
    let rows: Vec<_> = limits
        .top(SHOWN, now)
        .into_iter()
        .map(|row| {
            json!({
                "scope": row.scope.as_str(),
                "key": row.key,
                "used_percent": row.used,
                "refused": row.refused,
                "known": row.known,
            })
        })
        .collect();
    let refused: serde_json::Map<_, _> = Scope::ALL
        .into_iter()
        .map(|scope| (scope.as_str().to_owned(), limits.refused(scope).into()))
        .collect();
    let document = json!({
        "limits": rows,
        "refused": refused,
        "lockouts": limits.lockouts(now),
        "crowded": limits.crowded(),
        "memory_bytes": limits.memory_bytes(),
    });
    Answer::json(call, &document, Record::read("service:limits", "limits"))
}
