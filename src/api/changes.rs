//! `GET /v1/trust/changes`: a long poll for whoever keeps a copy of what is trusted.
//!
//! The answer has every change since the snapshot that the caller knows, in order. A caller that knows one from before
//! this process, or before too many changes, is told to read everything anew.

use serde_json::json;

use crate::authz::Grant;
use crate::trust::fingerprint::Fingerprint;
use crate::wire::problem::FieldError;

use super::query::{Query, wrong};
use super::services::Changes;
use super::{Answer, Call, Expired, Record, Services};

/// `GET /v1/trust/changes?since=`: answers at once where the snapshot is another than `since`, else when it is.
pub(super) fn changes(
    services: &Services,
    _: &Grant,
    call: &Call<'_>,
    expired: Expired,
) -> Option<Answer> {
    let since = match since(call.query) {
        Ok(since) => since,
        Err(error) => return Some(Answer::malformed(call, &[error])),
    };
    let Changes { view: trust, steps } = services.changes(&since);
    let changed = trust.snapshot.id() != since;
    if !changed && expired == Expired::No {
        return None;
    }
    let mut json = b"{\"changes\":".to_vec();
    match steps {
        None => json.extend_from_slice(b"null"),
        Some(steps) => {
            let mut before = b'[';
            for step in &steps {
                json.push(before);
                json.extend_from_slice(step);
                before = b',';
            }
            json.extend_from_slice(if steps.is_empty() { b"[]" } else { b"]" });
        }
    }
    let rest = json!({
        "snapshot": trust.snapshot.label(),
        "since": format!("sha256:{since}"),
        "changed": changed,
    });
    json.push(b',');
    json.extend_from_slice(rest.to_string().as_bytes().get(1..).unwrap_or_default());
    Some(Answer::ok(json.into(), Record::read("trust:query", "changes")))
}

fn since(query: Option<&str>) -> Result<Fingerprint, FieldError> {
    let query = Query::parse(query, &["since"])?;
    let text = query.get("since").ok_or_else(|| wrong("since", "is missing"))?;
    text.parse().map_err(|_| wrong("since", "not the id of a snapshot: sha256: and 64 digits"))
}
