//! What a request asks of a key.

use std::num::NonZeroU32;

use serde::Deserialize;

use crate::authn::api_key::change::Asked;
use crate::authn::api_key::{KeyLimit, KeyName};
use crate::identity::cidr::CIDR;
use crate::permission::Permission;
use crate::wire::problem::FieldError;

use super::super::Call;
use super::super::answer::json_fault;
use super::super::query::wrong;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    owner: String,
    permissions: Vec<String>,
    expires: String,
    #[serde(default)]
    networks: Vec<String>,
    limit: Option<Limit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    requests_per_minute: NonZeroU32,
    burst: NonZeroU32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotate {
    grace_seconds: u64,
}

/// The key that the body asks for.
pub(super) fn create(call: &Call<'_>) -> Result<Asked, FieldError> {
    let Create { name, owner, permissions, expires, networks, limit } =
        serde_json::from_slice(call.body.bytes()).map_err(|error| json_fault(&error))?;
    let permissions: Result<Vec<Permission>, _> =
        permissions.iter().map(|one| one.parse()).collect();
    let permissions = permissions.map_err(|_| wrong("permissions", "no such permission"))?;
    let networks: Result<Vec<_>, _> = networks.iter().map(|one| one.parse()).collect();
    let name: KeyName = name.parse().map_err(|_| wrong("name", NAME))?;
    Ok(Asked {
        name,
        owner: owner.parse().map_err(|_| wrong("owner", OWNER))?,
        permissions: permissions.into_iter().collect(),
        expires: expires
            .parse()
            .map_err(|_| wrong("expires", "not a time as 2026-01-31T12:00:00Z"))?,
        networks: networks.map_err(|_| wrong("networks", format!("one is not {CIDR}")))?,
        limit: limit
            .map(|Limit { requests_per_minute, burst }| KeyLimit { requests_per_minute, burst }),
    })
}

/// For how long the body asks that the old key be taken.
pub(super) fn grace_seconds(call: &Call<'_>) -> Result<u64, FieldError> {
    let asked: Rotate =
        serde_json::from_slice(call.body.bytes()).map_err(|error| json_fault(&error))?;
    Ok(asked.grace_seconds)
}

const NAME: &str = "not 1 to 64 printable ASCII characters";
const OWNER: &str = "not the name of a client: 1 to 64 of a-z, 0-9, '.' and '-'";
