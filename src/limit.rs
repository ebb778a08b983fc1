//! How much of the service one caller may have: connections at once, and work in the course of time.
//!
//! [`connections`] caps what is open at once. [`Limits`] counts what is asked over time, by address before it is known
//! who asks, and by user or API key afterwards, each against a [`Quota`], after the generic cell rate algorithm: a
//! key's whole state is one instant, the one at which what it has used will have come back.
//!
//! Threat: a caller, or a million of them, that wants all of the service, or all of the memory that telling callers
//! apart takes. So all memory is taken at the start ([`Limits::memory_bytes`]) and never grows. Invariant: whatever
//! does not fit in a table is counted together with others that did not fit, and never goes uncounted. Sources that
//! have authenticated have tables of their own, which no stranger's request ever writes to.
//!
//! There are no locks: a check of what is in a table already is one compare-and-swap.

pub mod addresses;
pub mod connections;
pub mod decision;
mod hash;
pub mod header;
mod limits;
pub mod lockout;
mod principals;
pub mod quota;
mod rate;
pub mod settings;
mod source;
mod table;
#[cfg(test)]
mod tests;
pub mod top;
mod word;

pub use connections::{Connections, Full, Place};
pub use decision::{Decision, Left, Lockout, Reading, Rejected, Scope};
pub use limits::{Limits, Subject};
pub use quota::Quota;
pub use settings::{LimitSettings, LockoutSettings};
