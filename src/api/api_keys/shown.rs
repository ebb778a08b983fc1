//! What answers show of keys.

use serde::Serialize;

use crate::authn::api_key::{KeyId, KeyState, View};
use crate::clock::UnixTime;
use crate::permission::Permission;

/// What is known of a key.
#[derive(Debug, Serialize)]
pub(super) struct Key<'a> {
    id: &'a str,
    name: &'a str,
    owner: &'a str,
    permissions: Vec<&'static str>,
    state: &'static str,
    created: String,
    created_by: &'a str,
    expires: String,
    networks: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Limit>,
    rotation_due: bool,
    uses: u64,
    last_use: Option<Last>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<Revoked<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    successor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predecessor: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Limit {
    requests_per_minute: u32,
    burst: u32,
}

#[derive(Debug, Serialize)]
struct Last {
    at: String,
    network: String,
}

#[derive(Debug, Serialize)]
struct Revoked<'a> {
    at: String,
    by: &'a str,
}

/// A key that was made, and the key itself.
#[derive(Serialize)]
pub(super) struct NewKey<'a> {
    pub(super) key: &'a str,
    pub(super) api_key: Key<'a>,
    pub(super) decision_id: String,
}

/// A key that took the place of another.
#[derive(Serialize)]
pub(super) struct RotatedKey<'a> {
    pub(super) key: &'a str,
    pub(super) api_key: Key<'a>,
    pub(super) previous: Option<Key<'a>>,
    pub(super) decision_id: String,
}

/// A key that was withdrawn.
#[derive(Serialize)]
pub(super) struct RevokedKey<'a> {
    pub(super) api_key: Key<'a>,
    pub(super) changed: bool,
    pub(super) decision_id: String,
}

/// Several keys.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    pub(super) api_keys: Vec<Key<'a>>,
    pub(super) next_page_token: Option<String>,
    pub(super) checked_at: String,
}

impl<'a> Key<'a> {
    pub(super) fn of(view: &'a View) -> Self {
        let record = &view.record;
        Self {
            id: record.id.as_str(),
            name: record.name.as_str(),
            owner: record.owner.as_str(),
            permissions: record.permissions.iter().map(Permission::as_str).collect(),
            state: view.standing.as_str(),
            created: record.created.to_string(),
            created_by: &record.created_by,
            expires: view.ends.to_string(),
            networks: record.networks.iter().map(ToString::to_string).collect(),
            limit: record.limit.map(|limit| Limit {
                requests_per_minute: limit.requests_per_minute.get(),
                burst: limit.burst.get(),
            }),
            rotation_due: view.rotation_due,
            uses: view.uses,
            last_use: view
                .last_use
                .map(|last| Last { at: last.at.to_string(), network: last.network.to_string() }),
            taken_until: until(view).map(|until| until.to_string()),
            revoked: match &record.state {
                KeyState::Revoked { at, by } => Some(Revoked { at: at.to_string(), by }),
                KeyState::Active | KeyState::Rotating { .. } => None,
            },
            successor: record.successor.as_ref().map(KeyId::as_str),
            predecessor: record.predecessor.as_ref().map(KeyId::as_str),
        }
    }
}

/// Until when a key is taken in whose place there is another.
pub(super) fn until(view: &View) -> Option<UnixTime> {
    match view.record.state {
        KeyState::Rotating { until } => Some(until),
        KeyState::Active | KeyState::Revoked { .. } => None,
    }
}
