//! The resources without a socket: what each answers to good and to bad requests, and what it has recorded.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod anchors;
mod api_keys;
mod certificates;
mod changes;
mod gate;
mod ingest;
mod metrics;
mod openapi;
mod reference;
mod revocations;
mod rig;
mod schema;
mod tokens;
mod trust;
