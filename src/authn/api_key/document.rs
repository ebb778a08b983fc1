//! The two documents, as JSON of format 1.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::record::{KeyLimit, KeyRecord, KeyState, MOST_NETWORKS};
use super::store::{Document, KeyStoreError};
use super::usage::LastUse;
use super::{KeyId, settings::MOST_KEYS};
use crate::clock::UnixTime;
use crate::encoding;
use crate::identity::ClientId;
use crate::permission::Permission;
use crate::secret::Secret;

/// How often a key was used, and when last.
pub(super) type Counted = (u64, LastUse);

const FORMAT: u32 = 1;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    format: u32,
    keys: Vec<Line>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    name: String,
    owner: String,
    permissions: Vec<String>,
    /// Seconds since the epoch, as every time here.
    created: i64,
    created_by: String,
    expires: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    networks: Vec<String>,
    /// Requests a minute, and at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<(NonZeroU32, NonZeroU32)>,
    digest: String,
    pepper: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<(i64, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    successor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    predecessor: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Use {
    format: u32,
    /// Uses, the time of the last one, and its network.
    keys: BTreeMap<String, (u64, i64, String)>,
}

/// The document that holds `records`.
pub(super) fn write_keys<'a>(records: impl Iterator<Item = &'a KeyRecord>) -> Secret<Vec<u8>> {
    written(&Keys { format: FORMAT, keys: records.map(Line::of).collect() })
}

/// The records of a document.
pub(super) fn read_keys(content: &Secret<Vec<u8>>) -> Result<Vec<KeyRecord>, KeyStoreError> {
    let document = Document::Keys;
    let Keys { format, keys } = read(document, content)?;
    check_format(document, format)?;
    if keys.len() > MOST_KEYS {
        return Err(damaged(document, format!("more than {MOST_KEYS} keys")));
    }
    let mut seen = std::collections::BTreeSet::new();
    let records = keys.into_iter().enumerate().map(|(place, line)| {
        let record = line.record().filter(|record| seen.insert(record.id));
        record.ok_or_else(|| damaged(document, format!("record {place} is not one of a key")))
    });
    records.collect()
}

/// The document of how keys were used.
pub(super) fn write_use(counts: impl Iterator<Item = (KeyId, Counted)>) -> Secret<Vec<u8>> {
    let keys = counts.map(|(id, (uses, last))| {
        (id.to_string(), (uses, last.at.seconds(), last.network.to_string()))
    });
    written(&Use { format: FORMAT, keys: keys.collect() })
}

/// How keys were used.
pub(super) fn read_use(
    content: &Secret<Vec<u8>>,
) -> Result<BTreeMap<KeyId, Counted>, KeyStoreError> {
    let document = Document::Use;
    let Use { format, keys } = read(document, content)?;
    check_format(document, format)?;
    let counts = keys.into_iter().map(|(id, (uses, at, network))| {
        let parsed = id.parse().ok().zip(network.parse().ok());
        let (id, network) =
            parsed.ok_or_else(|| damaged(document, "not a use of a key".to_owned()))?;
        Ok((id, (uses, LastUse { at: UnixTime::from_seconds(at), network })))
    });
    counts.collect()
}

fn written(document: &impl Serialize) -> Secret<Vec<u8>> {
    // Neither document has anything in it that JSON cannot say.
    Secret::new(serde_json::to_vec(document).unwrap_or_default())
}

fn read<T: DeserializeOwned>(
    document: Document,
    content: &Secret<Vec<u8>>,
) -> Result<T, KeyStoreError> {
    serde_json::from_slice(content.expose()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        damaged(document, format!("not of format {FORMAT}, at line {line} column {column}"))
    })
}

fn check_format(document: Document, format: u32) -> Result<(), KeyStoreError> {
    if format == FORMAT {
        Ok(())
    } else {
        Err(damaged(document, format!("of format {format}, not of format {FORMAT}")))
    }
}

fn damaged(document: Document, what: String) -> KeyStoreError {
    KeyStoreError::Damaged { document, what }
}

impl Line {
    fn of(record: &KeyRecord) -> Self {
        let (until, revoked) = match &record.state {
            KeyState::Active => (None, None),
            KeyState::Rotating { until } => (Some(until.seconds()), None),
            KeyState::Revoked { at, by } => (None, Some((at.seconds(), by.to_string()))),
        };
        Self {
            id: record.id.to_string(),
            name: record.name.as_str().to_owned(),
            owner: record.owner.to_string(),
            permissions: record.permissions.iter().map(|one| one.to_string()).collect(),
            created: record.created.seconds(),
            created_by: record.created_by.to_string(),
            expires: record.expires.seconds(),
            networks: record.networks.iter().map(ToString::to_string).collect(),
            limit: record.limit.map(|limit| (limit.requests_per_minute, limit.burst)),
            digest: encoding::hex(&record.digest),
            pepper: record.pepper,
            until,
            revoked,
            successor: record.successor.map(|id| id.to_string()),
            predecessor: record.predecessor.map(|id| id.to_string()),
        }
    }

    /// The record; none where a part of it is not what it should be.
    fn record(self) -> Option<KeyRecord> {
        let permissions: Result<Vec<Permission>, _> =
            self.permissions.iter().map(|name| name.parse()).collect();
        let permissions = permissions.ok()?.into_iter().collect();
        let networks: Result<Vec<_>, _> = self.networks.iter().map(|one| one.parse()).collect();
        let networks = networks.ok().filter(|networks| networks.len() <= MOST_NETWORKS)?;
        let id = |text: Option<String>| text.map(|text| text.parse::<KeyId>()).transpose().ok();
        let time = UnixTime::from_seconds;
        let state = match (self.until, self.revoked) {
            (None, None) => KeyState::Active,
            (Some(until), None) => KeyState::Rotating { until: time(until) },
            (None, Some((at, by))) => KeyState::Revoked { at: time(at), by: by.into() },
            (Some(_), Some(_)) => return None,
        };
        let record = KeyRecord {
            id: self.id.parse().ok()?,
            name: self.name.parse().ok()?,
            owner: self.owner.parse::<ClientId>().ok()?,
            permissions,
            created: time(self.created),
            created_by: self.created_by.into(),
            expires: time(self.expires),
            networks,
            limit: self
                .limit
                .map(|(requests_per_minute, burst)| KeyLimit { requests_per_minute, burst }),
            digest: encoding::from_hex(&self.digest)?.try_into().ok()?,
            pepper: self.pepper,
            state,
            successor: id(self.successor)?,
            predecessor: id(self.predecessor)?,
        };
        // A key that permits nothing was never made.
        (!record.permissions.is_empty()).then_some(record)
    }
}
