//! What a limit says.

use std::fmt;
use std::time::Duration;

use super::quota::Quota;

/// By what is counted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scope {
    /// New connections of an address, before TLS.
    Connection,
    /// Requests of an address, before authentication.
    Address,
    /// Requests of a user.
    User,
    /// Requests with an API key.
    ApiKey,
}

impl Scope {
    /// All of them, in the order of [`Self::index`].
    pub const ALL: [Self; 4] = [Self::Connection, Self::Address, Self::User, Self::ApiKey];

    /// The name, as headers, records and metrics have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Address => "address",
            Self::User => "user",
            Self::ApiKey => "api_key",
        }
    }

    /// The place in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Connection => 0,
            Self::Address => 1,
            Self::User => 2,
            Self::ApiKey => 3,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Whether a request may go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Decision {
    /// It may, and was charged.
    Admit(Left),
    /// It may not, and was not charged. In shadow mode it goes on all the same: [`Decision::enforced`] tells.
    Reject(Rejected),
    /// Nothing is counted here, by the settings.
    Uncounted,
}

impl Decision {
    /// The refusal that is to be carried out; none in shadow mode.
    #[must_use]
    pub const fn enforced(&self) -> Option<&Rejected> {
        match self {
            Self::Reject(rejected) if !rejected.shadow => Some(rejected),
            Self::Reject(_) | Self::Admit(_) | Self::Uncounted => None,
        }
    }

    /// How the key stands, to be told to the caller; none in shadow mode when it would have been refused.
    #[must_use]
    pub const fn reading(&self) -> Option<&Reading> {
        match self {
            Self::Admit(left) => Some(&left.reading),
            Self::Reject(rejected) if !rejected.shadow => Some(&rejected.reading),
            Self::Reject(_) | Self::Uncounted => None,
        }
    }
}

/// How a key stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reading {
    /// By what it is counted.
    pub scope: Scope,
    /// What it may have.
    pub quota: Quota,
    /// Units that it could have at once.
    pub remaining: u32,
    /// Until all has come back.
    pub reset: Duration,
}

/// How a key stands after what was admitted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Left {
    /// How it stands.
    pub reading: Reading,
    /// How many were refused in the run of refusals that this request ends, counting the first; 0 if it ends none.
    pub refused: u32,
}

/// A refusal.
///
/// Refusals of one key form a *run*, which ends with the first request that is admitted while no more than half of the
/// burst is used. So a key that hovers at its bound is one run, and not one for each request that gets through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rejected {
    /// How it stands.
    pub reading: Reading,
    /// When the same cost can be had, if nothing else is admitted before.
    pub retry_after: Duration,
    /// Whether it is the first of a run: that one is written down; the others are counted, and told by
    /// [`Left::refused`] at the end of the run.
    pub first: bool,
    /// Whether it is only told, and not to be carried out.
    pub shadow: bool,
}

/// A source is shut out of an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lockout {
    /// For so long from now.
    pub left: Duration,
    /// Whether it is only told, and not to be carried out.
    pub shadow: bool,
}
