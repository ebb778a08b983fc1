//! `/v1/api-keys`: making, showing, replacing and withdrawing API keys.
//!
//! A key itself stands in the one answer that gives it out, and nowhere else. A change is on record before it is made,
//! and the record of its answer has the stamp of the file that it left.

mod asked;
mod refused;
mod shown;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::audit::event::{EventType, Outcome, Pair, Severity, Value};
use crate::audit::stamps;
use crate::authn::api_key::change::{Change, Manager};
use crate::authn::api_key::{ApiKeys, KeyId, KeyLimit, Made, View};
use crate::authz::Grant;
use crate::entropy::Entropy;
use crate::wire::Status;
use crate::wire::problem::FieldError;

use super::change::Journal;
use super::query::{self, Query, wrong};
use super::{Answer, Call, Record, Services};

use refused::Refused;
use shown::{Key, NewKey, Page, RevokedKey, RotatedKey};

/// Bytes of what is asked of a key.
pub(super) const MOST: u64 = 16 * 1024;

/// Keys on a page, by default and at most.
const PAGE: usize = 100;
const MOST_ON_A_PAGE: usize = 1_000;

const MANAGE: &str = "apikey:manage";
const READ: &str = "apikey:read";

/// What changes keys by a request.
pub struct KeyDesk {
    keys: Arc<ApiKeys>,
    journal: Box<dyn Journal>,
    entropy: Arc<dyn Entropy>,
}

impl KeyDesk {
    /// Changes `keys`, each change first recorded in `journal`; new keys are made of `entropy`.
    #[must_use]
    pub fn new(keys: Arc<ApiKeys>, journal: Box<dyn Journal>, entropy: Arc<dyn Entropy>) -> Self {
        Self { keys, journal, entropy }
    }
}

impl fmt::Debug for KeyDesk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("KeyDesk").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// `POST /v1/api-keys`.
pub(super) fn create(services: &Services, grant: &Grant, call: &Call<'_>) -> Answer {
    let kind = EventType::KeyCreated;
    let made = made(services, grant, call, kind, |change, manager, entropy| {
        let asked = asked::create(call)?;
        Ok(change.create(asked, manager, entropy)?)
    });
    match made {
        Ok((made, record)) => {
            let decision_id = call.record_id.to_string();
            let shown =
                NewKey { key: made.key.expose(), api_key: Key::of(&made.view), decision_id };
            created(Answer::json(call, &shown, record))
        }
        Err(refused) => refused.answer(call).recorded_as(MANAGE, "api-keys"),
    }
}

/// `POST /v1/api-keys/{id}/rotate`.
pub(super) fn rotate(services: &Services, grant: &Grant, call: &Call<'_>) -> Answer {
    let kind = EventType::KeyRotated;
    let made = made(services, grant, call, kind, |change, manager, entropy| {
        let grace = Duration::from_secs(asked::grace_seconds(call)?);
        Ok(change.rotate(id(call)?, grace, manager, entropy)?)
    });
    match made {
        Ok((made, record)) => {
            let shown = RotatedKey {
                key: made.key.expose(),
                api_key: Key::of(&made.view),
                previous: made.previous.as_ref().map(Key::of),
                decision_id: call.record_id.to_string(),
            };
            created(Answer::json(call, &shown, record))
        }
        Err(refused) => refused.answer(call).recorded_as(MANAGE, resource(call)),
    }
}

/// `DELETE /v1/api-keys/{id}`.
pub(super) fn revoke(services: &Services, grant: &Grant, call: &Call<'_>) -> Answer {
    match revoked(services, grant, call) {
        Ok(answer) => answer,
        Err(refused) => refused.answer(call).recorded_as(MANAGE, resource(call)),
    }
}

/// `GET /v1/api-keys/{id}`.
pub(super) fn one(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    let found = query::none(call.query).map_err(Refused::from).and_then(|()| {
        let keys = services.api_keys.as_ref().ok_or(Refused::Off)?;
        keys.get(id(call)?, call.now).ok_or(Refused::Unknown)
    });
    match found {
        Ok(view) => Answer::json(call, &Key::of(&view), Record::read(READ, name(view.record.id))),
        Err(refused) => refused.answer(call).recorded_as(READ, resource(call)),
    }
}

/// `GET /v1/api-keys`.
pub(super) fn page(services: &Services, _: &Grant, call: &Call<'_>) -> Answer {
    let found = which(call).map_err(Refused::from).and_then(|(after, size)| {
        let keys = services.api_keys.as_ref().ok_or(Refused::Off)?;
        Ok(keys.page(after, size, call.now))
    });
    match found {
        Ok((views, next)) => {
            let page = Page {
                api_keys: views.iter().map(Key::of).collect(),
                next_page_token: next.map(|id| id.to_string()),
                checked_at: call.now.to_string(),
            };
            Answer::json(call, &page, Record::read(READ, "api-keys"))
        }
        Err(refused) => refused.answer(call).recorded_as(READ, "api-keys"),
    }
}

/// Makes a key that `work` works out, and says what the record of it is.
fn made(
    services: &Services,
    grant: &Grant,
    call: &Call<'_>,
    kind: EventType,
    work: impl FnOnce(&mut Change<'_>, Manager<'_>, &dyn Entropy) -> Result<Made, Refused>,
) -> Result<(Made, Record), Refused> {
    query::none(call.query)?;
    let desk = services.key_desk.as_ref().ok_or(Refused::Off)?;
    let manager = manager(grant);
    let mut change = desk.keys.change(call.now);
    let made = work(&mut change, manager, &*desk.entropy)?;
    let mut facts = facts(manager, &made.view);
    facts.extend(made.previous.iter().flat_map(replaced));
    let record = done(desk, call, change, kind, made.view.record.id, facts)?;
    Ok((made, record))
}

fn revoked(services: &Services, grant: &Grant, call: &Call<'_>) -> Result<Answer, Refused> {
    query::none(call.query)?;
    let id = id(call)?;
    let desk = services.key_desk.as_ref().ok_or(Refused::Off)?;
    let manager = manager(grant);
    let mut change = desk.keys.change(call.now);
    let decision_id = call.record_id.to_string();
    let Some(view) = change.revoke(id, manager.name)? else {
        // Asked again, it is no other key and no other end.
        let view = desk.keys.get(id, call.now).ok_or(Refused::Unknown)?;
        let mut record = Record::read(MANAGE, name(id));
        record.decision.push(("code", Value::from("unchanged")));
        let shown = RevokedKey { api_key: Key::of(&view), changed: false, decision_id };
        return Ok(Answer::json(call, &shown, record));
    };
    let mut facts = facts(manager, &view);
    facts.extend(last_use("last_use", &view));
    let record = done(desk, call, change, EventType::KeyRevoked, id, facts)?;
    let shown = RevokedKey { api_key: Key::of(&view), changed: true, decision_id };
    Ok(Answer::json(call, &shown, record))
}

/// Records that the change is about to be made, makes it, and gives the record of that.
fn done(
    desk: &KeyDesk,
    call: &Call<'_>,
    change: Change<'_>,
    kind: EventType,
    id: KeyId,
    facts: Vec<Pair<'static>>,
) -> Result<Record, Refused> {
    let record = |code: &'static str, details| Record {
        cost: 0,
        kind,
        severity: Severity::High,
        outcome: Outcome::Success,
        action: MANAGE,
        resource: name(id).into(),
        decision: vec![("code", Value::from(code))],
        details,
    };
    let mut details = facts.clone();
    details.push(("request_id", Value::from(call.request_id.to_string())));
    details.push(("decision_id", Value::from(call.record_id.to_string())));
    desk.journal.record(record("begun", details)).map_err(|_| Refused::Unrecorded)?;
    let stamp = change.commit().map_err(Refused::Store)?;
    let mut details = facts;
    details.push(stamps::pair(&[stamp]));
    Ok(record("committed", details))
}

/// Who asks, for the checks and for the records.
fn manager(grant: &Grant) -> Manager<'_> {
    let name = grant.client().map_or("", |client| client.as_str());
    Manager { name, held: grant.held() }
}

/// What both records of a change say of the key.
fn facts(manager: Manager<'_>, view: &View) -> Vec<Pair<'static>> {
    let key = &view.record;
    let permissions = key.permissions.iter().map(|one| Value::from(one.as_str()));
    let networks = key.networks.iter().map(|block| Value::from(block.to_string()));
    vec![
        ("client", Value::from(manager.name.to_owned())),
        ("key", Value::from(key.id.to_string())),
        ("owner", Value::from(key.owner.to_string())),
        ("name", Value::from(key.name.as_str().to_owned())),
        ("permissions", Value::List(permissions.collect())),
        ("expires", Value::from(view.ends.to_string())),
        ("networks", Value::List(networks.collect())),
        ("limit", key.limit.map_or(Value::Null, |limit| Value::Map(limit_pairs(limit)))),
        ("pepper", Value::from(u64::from(key.pepper))),
    ]
}

fn limit_pairs(limit: KeyLimit) -> Vec<Pair<'static>> {
    vec![
        ("requests_per_minute", Value::from(u64::from(limit.requests_per_minute.get()))),
        ("burst", Value::from(u64::from(limit.burst.get()))),
    ]
}

/// What they say of the key that another takes the place of.
fn replaced(view: &View) -> Vec<Pair<'static>> {
    let until = shown::until(view).map(|until| until.to_string());
    let mut pairs = vec![
        ("previous", Value::from(view.record.id.to_string())),
        ("previous_until", until.into()),
    ];
    pairs.extend(last_use("previous_last_use", view));
    pairs
}

fn last_use(name: &'static str, view: &View) -> [Pair<'static>; 2] {
    let last = view.last_use.map(|last| {
        Value::Map(vec![
            ("at", Value::from(last.at.to_string())),
            ("network", Value::from(last.network.to_string())),
        ])
    });
    [(name, last.unwrap_or(Value::Null)), ("uses", Value::from(view.uses))]
}

fn id(call: &Call<'_>) -> Result<KeyId, FieldError> {
    call.parameters.only().parse().map_err(|_| wrong("id", "not 12 digits and letters"))
}

/// The name of a key in records.
fn name(id: KeyId) -> String {
    format!("key:{id}")
}

/// The same for a request that may not name one.
fn resource(call: &Call<'_>) -> String {
    id(call).map_or_else(|_| "api-keys".to_owned(), name)
}

/// Where the page begins, and how long it is.
fn which(call: &Call<'_>) -> Result<(Option<KeyId>, usize), FieldError> {
    let query = Query::parse(call.query, &["page_size", "page_token"])?;
    let size = match query.get("page_size") {
        None => PAGE,
        Some(text) => {
            let size = text.parse().ok().filter(|size| (1..=MOST_ON_A_PAGE).contains(size));
            size.ok_or_else(|| wrong("page_size", "not a number from 1 to 1000"))?
        }
    };
    let after = query.get("page_token").map(str::parse).transpose();
    Ok((after.map_err(|_| wrong("page_token", "not the token of a page"))?, size))
}

fn created(mut answer: Answer) -> Answer {
    if answer.status == Status::Ok {
        answer.status = Status::Created;
    }
    answer
}
