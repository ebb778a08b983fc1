//! The audit trail: no answer without its record, and no record that can be changed unseen.
//!
//! A worker describes what happened as an [`Event`] and writes it into its [`Batch`]; once a round it hands the batch
//! to the [`Recorder`], whose thread numbers and chains the records, writes them into the [`Spool`], syncs once, and
//! gives each submission its [`Receipt`]. Only then may an answer go out. Whatever else wants the records (files,
//! syslog, a database, a person) reads the spool behind it, at its own pace.
//!
//! Invariant: a [`Receipt`] exists only for records that a sync has returned for.
//!
//! Threats: a full or failing disk (submissions are refused, the records under way are written again until they are
//! down), power loss (a torn write is told from damage and kept aside), changed records ([`verify`] names the first),
//! and personal data that must go ([`subject_keys`]: the key is erased, the proof stays).

pub mod batch;
pub mod event;
#[cfg(test)]
mod fixtures;
pub mod receipt;
pub mod record;
pub mod recorder;
pub mod refusal_budget;
pub mod settings;
pub mod spool;
pub mod stamps;
pub mod subject_keys;
pub mod verify;

pub use batch::Batch;
pub use event::{Event, EventType, Prefixes};
pub use receipt::{Delivered, Receipt, Ticket};
pub use recorder::{AuditUnavailable, Port, Recorder};
pub use refusal_budget::RefusalBudget;
pub use settings::AuditSettings;
pub use spool::{Spool, SpoolError};
pub use subject_keys::{AuditKeys, SubjectKey, SubjectKeys};
