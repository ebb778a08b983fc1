//! The resources of the HTTP API: what each route takes, does, answers and records.
//!
//! A handler is reached with a [`Grant`] only, so none can run unchecked, and what it answers leaves only with the
//! receipt of its record. Handlers know nothing of sockets; what they may use is in their [`Services`].

mod anchors;
mod answer;
mod api_keys;
mod certificates;
mod change;
mod changes;
mod counts;
mod docs;
mod gate;
mod ingest;
mod limits;
mod manifest;
mod openapi;
mod operate;
mod options;
mod query;
mod revocations;
mod route;
mod services;
mod snapshot;
mod status;
mod table;
mod tokens;
mod view;

use std::fs::File;
use std::net::IpAddr;

use crate::audit::event::{EventType, Outcome, Pair, Severity};
use crate::authz::Grant;
use crate::clock::UnixTime;
use crate::identity::Uuid;
use crate::wire::head::Head;

pub use answer::{Answer, Content};
pub use api_keys::KeyDesk;
pub use change::{Ingest, Journal};
pub use counts::write as write_metrics;
pub use docs::{Docs, Parameter, Reply};
pub use gate::{Gate, Originals};
pub use manifest::{IMPORT_TYPE, Manifest, ManifestError, Part};
pub use openapi::document as openapi;
pub use operate::{DaemonState, NotReloaded, Operator};
pub use route::{Evidence, Found, Parameters, Route, Verb, find, find_local};
pub use services::Services;
pub use snapshot::{SIGNED_HEADING, SnapshotSigner};
pub use table::{LOCAL_ROUTES, ROUTES};
pub use view::TrustView;

/// What comes with a request.
#[derive(Debug)]
pub enum BodyRule {
    /// Nothing.
    None,
    /// A body of one of these types, at most so many bytes, in memory.
    Memory {
        /// Media types, without parameters.
        types: &'static [&'static str],
        /// Bytes.
        most: u64,
    },
    /// Lines without end, answered as they come.
    Lines {
        /// Media types, without parameters.
        types: &'static [&'static str],
        /// Bytes of a line.
        line_most: usize,
    },
    /// A body of one of these types, at most so many bytes, in a file.
    Disk {
        /// Media types, without parameters.
        types: &'static [&'static str],
        /// Bytes.
        most: u64,
    },
}

/// Where a handler runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Work {
    /// On the worker: it takes some microseconds and never blocks.
    Inline,
    /// In the blocking pool.
    Blocking,
}

/// A function that answers a request.
#[derive(Debug)]
pub enum Handler {
    /// One answer.
    Call(fn(&Services, &Grant, &Call<'_>) -> Answer),
    /// One line of output, appended, and one record for each line of a group.
    Lines(fn(&Services, &Grant, &Lines<'_>, &mut Vec<u8>) -> Vec<Record>),
    /// An answer once something has changed: none as long as it has not, which may not be when it is expired.
    Poll(fn(&Services, &Grant, &Call<'_>, Expired) -> Option<Answer>),
}

/// Whether a request that waits for a change has waited long enough.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expired {
    /// It may wait on.
    No,
    /// It must be answered.
    Yes,
}

/// A request that may be done.
#[derive(Debug)]
pub struct Call<'a> {
    /// What the path holds for the route's `{…}`.
    pub parameters: Parameters<'a>,
    /// What stands behind the `?`, as it came.
    pub query: Option<&'a str>,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Accept`.
    pub accept: Option<&'a str>,
    /// The body.
    pub body: Body<'a>,
    /// The head, for what is told in headers that single routes have; none where a request came without one.
    pub head: Option<&'a Head<'a>>,
    /// Where the request comes from; none where that is no network.
    pub address: Option<IpAddr>,
    /// SHA-256 of the client certificate of this connection; none where it has none.
    pub peer: Option<[u8; 32]>,
    /// The wall clock.
    pub now: UnixTime,
    /// The id of the record that the answer waits for.
    pub record_id: Uuid,
    /// The request's own id.
    pub request_id: Uuid,
}

/// A body that is whole.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// There is none.
    None,
    /// In memory.
    Memory(&'a [u8]),
    /// In a file without a name.
    File(&'a File),
}

impl Body<'_> {
    /// What is in memory.
    #[must_use]
    pub const fn bytes(&self) -> &[u8] {
        match self {
            Self::Memory(bytes) => bytes,
            Self::None | Self::File(_) => &[],
        }
    }
}

/// A group of lines, and the id that the record of each is to have.
#[derive(Debug)]
pub struct Lines<'a> {
    /// The lines, without their ends.
    pub lines: &'a [&'a [u8]],
    /// As many ids.
    pub record_ids: &'a [Uuid],
    /// What stands behind the `?` of the request, as it came.
    pub query: Option<&'a str>,
    /// The wall clock.
    pub now: UnixTime,
    /// The id of the request that they came with.
    pub request_id: Uuid,
}

/// What is to be recorded, beside who and where from, which the server knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What kind of thing happened.
    pub kind: EventType,
    /// How much it matters.
    pub severity: Severity,
    /// How it ended.
    pub outcome: Outcome,
    /// What was done.
    pub action: &'static str,
    /// To what.
    pub resource: std::borrow::Cow<'static, str>,
    /// What was decided, and why.
    pub decision: Vec<Pair<'static>>,
    /// What else is worth keeping.
    pub details: Vec<Pair<'static>>,
    /// What it cost, beside the 1 that each request costs; not kept, but charged to the caller.
    pub cost: u32,
}

impl Record {
    /// That `action` was done to `resource`, with nothing else to tell.
    #[must_use]
    pub fn read(action: &'static str, resource: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self {
            kind: EventType::DataAccessed,
            severity: Severity::Low,
            outcome: Outcome::Success,
            action,
            resource: resource.into(),
            decision: Vec::new(),
            details: Vec::new(),
            cost: 0,
        }
    }
}
