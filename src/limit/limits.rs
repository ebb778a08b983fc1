//! The limits of the service, as the server asks them.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::addresses::Addresses;
use super::decision::{Decision, Left, Lockout, Reading, Rejected, Scope};
use super::hash::Keyed;
use super::lockout::Lockouts;
use super::principals::Principals;
use super::quota::Quota;
use super::rate::{Bill, Outcome};
use super::settings::{LimitSettings, Live};
use super::source::Source;
use super::top::{Board, Top};

/// How many slots of the table of IPv4 strangers there are for one of users, of API keys, and of lockouts.
const PRINCIPAL_SHARE: usize = 4;

/// All limits, for all threads.
///
/// Every `now` is the time since the service began. Threads may be a little apart.
#[derive(Debug)]
pub struct Limits {
    hash: Keyed,
    live: Live,
    connections: Addresses,
    addresses: Addresses,
    users: Principals,
    api_keys: Principals,
    lockouts: Lockouts,
    refused: [AtomicU64; Scope::ALL.len()],
}

/// Whom something is charged to.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// The connections of an address.
    Connection(IpAddr),
    /// An address.
    Address(IpAddr),
    /// A user.
    User(&'a str),
    /// An API key by its id, and the quota of its own if it has one.
    ApiKey(&'a str, Option<Quota>),
}

impl Subject<'_> {
    /// By what it is counted.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        match self {
            Self::Connection(_) => Scope::Connection,
            Self::Address(_) => Scope::Address,
            Self::User(_) => Scope::User,
            Self::ApiKey(..) => Scope::ApiKey,
        }
    }
}

impl Limits {
    /// Limits of which nothing is used yet. `seed` is of chance, another at each start: whoever knows it can choose
    /// keys that share a bucket.
    #[must_use]
    pub fn new(settings: &LimitSettings, seed: [u8; 16]) -> Self {
        let entries = usize::try_from(settings.entries.get()).unwrap_or(usize::MAX);
        let fewer = entries.div_ceil(PRINCIPAL_SHARE);
        Self {
            hash: Keyed::new(seed),
            live: Live::new(settings),
            connections: Addresses::new(entries),
            addresses: Addresses::new(entries),
            users: Principals::new(fewer),
            api_keys: Principals::new(fewer),
            lockouts: Lockouts::new(fewer),
            refused: [const { AtomicU64::new(0) }; Scope::ALL.len()],
        }
    }

    /// Puts other settings in force, all but [`LimitSettings::entries`]. What was used stays used, and lockouts that
    /// have begun end when they were going to.
    pub fn replace_settings(&self, settings: &LimitSettings) {
        self.live.replace(settings);
    }

    /// A new connection from `address`, before anything is done for it.
    pub fn connection(&self, address: IpAddr, now: Duration) -> Decision {
        self.ask(Subject::Connection(address), 1, now)
    }

    /// A request from `address`, before it is known who asks.
    pub fn address(&self, address: IpAddr, cost: u32, now: Duration) -> Decision {
        self.ask(Subject::Address(address), cost, now)
    }

    /// A request of the user `client`.
    pub fn user(&self, client: &str, cost: u32, now: Duration) -> Decision {
        self.ask(Subject::User(client), cost, now)
    }

    /// A request with the API key `id`, which may have a quota of its `own`.
    pub fn api_key(&self, id: &str, cost: u32, now: Duration, own: Option<Quota>) -> Decision {
        self.ask(Subject::ApiKey(id, own), cost, now)
    }

    /// Whether `subject` may have `cost`, which is charged if it may.
    ///
    /// A cost of 0 counts as 1. A cost above the burst is admitted where all of the burst is there, and leaves a debt
    /// of at most [`super::quota::LONGEST_DEBT`].
    pub fn ask(&self, subject: Subject<'_>, cost: u32, now: Duration) -> Decision {
        let scope = subject.scope();
        let Some((quota, outcome)) = self.settle(subject, Bill::Ask(cost), now) else {
            return Decision::Uncounted;
        };
        let reading = |level| Reading {
            scope,
            quota,
            remaining: quota.remaining(level),
            reset: Duration::from_micros(level),
        };
        match outcome {
            Outcome::Admitted { level, refused } => {
                Decision::Admit(Left { reading: reading(level), refused })
            }
            Outcome::Refused { level, wait, first } => {
                if let Some(count) = self.refused.get(scope.index()) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Decision::Reject(Rejected {
                    reading: reading(level),
                    retry_after: Duration::from_micros(wait),
                    first,
                    shadow: self.live.is_shadow(),
                })
            }
        }
    }

    /// Charges work whose cost was known only afterwards. Never refuses, and brings nobody further into debt than
    /// [`super::quota::LONGEST_DEBT`]. A cost of 0 changes nothing.
    pub fn charge(&self, subject: Subject<'_>, cost: u32, now: Duration) {
        if cost > 0 {
            self.settle(subject, Bill::Charge(cost), now);
        }
    }

    /// Somebody authenticated from `address`: from now on it is told apart from strangers, and cannot be crowded out by
    /// them. To be called with each authentication; it writes once a minute.
    pub fn authenticated(&self, address: IpAddr, now: Duration) {
        if self.live.is_enabled() {
            let source = Source::of(address);
            self.connections.welcome(&self.hash, source, now);
            self.addresses.welcome(&self.hash, source, now);
        }
    }

    /// Somebody failed to authenticate from `address`, as `account` if a name was given. The address is charged
    /// [`LimitSettings::failure_cost`]. Gives the lockout that begins with it, if one does.
    pub fn failed(&self, address: IpAddr, account: Option<&str>, now: Duration) -> Option<Lockout> {
        if !self.live.is_enabled() {
            return None;
        }
        self.charge(Subject::Address(address), self.live.failure_cost(), now);
        let (source, rule) = (Source::of(address), self.live.lockout());
        let began = self.lockouts.failed(&self.hash, source, account, &rule, now)?;
        Some(Lockout { left: began, shadow: self.live.is_shadow() })
    }

    /// The lockout of `address` from `account`, if there is one; `None` as account is for those who gave no name.
    #[must_use]
    pub fn locked(&self, address: IpAddr, account: Option<&str>, now: Duration) -> Option<Lockout> {
        if !self.live.is_enabled() {
            return None;
        }
        let left = self.lockouts.locked(&self.hash, Source::of(address), account, now)?;
        Some(Lockout { left, shadow: self.live.is_shadow() })
    }

    /// How many sources are shut out of an account. Looks through a table.
    #[must_use]
    pub fn lockouts(&self, now: Duration) -> usize {
        self.lockouts.count(now)
    }

    /// The `most` keys that have used most of what they may have, at most [`super::top::MOST_SHOWN`]. Looks through
    /// all tables: a matter of milliseconds.
    #[must_use]
    pub fn top(&self, most: usize, now: Duration) -> Vec<Top> {
        let mut board = Board::new(most, now, &self.hash);
        for (scope, addresses) in
            [(Scope::Connection, &self.connections), (Scope::Address, &self.addresses)]
        {
            if let Some(quota) = self.live.quota(scope) {
                board.addresses(scope, quota, addresses);
            }
        }
        for (scope, principals) in [(Scope::User, &self.users), (Scope::ApiKey, &self.api_keys)] {
            board.principals(scope, self.live.quota(scope), principals);
        }
        board.rows()
    }

    /// How many were refused since the start, those of shadow mode among them.
    #[must_use]
    pub fn refused(&self, scope: Scope) -> u64 {
        self.refused.get(scope.index()).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How often since the start a key found its bucket full and was counted together with others.
    #[must_use]
    pub fn crowded(&self) -> u64 {
        let addresses = self.connections.tables().into_iter().chain(self.addresses.tables());
        let all = addresses.chain([&self.users.table, &self.api_keys.table]);
        all.fold(0, |sum, table| sum.saturating_add(table.crowded()))
    }

    /// Bytes of all tables, which is the same from the start to the end.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let addresses = self.connections.tables().into_iter().chain(self.addresses.tables());
        let rest = [self.users.bytes(), self.api_keys.bytes(), self.lockouts.0.bytes()];
        addresses.map(super::table::Table::bytes).chain(rest).fold(0, usize::saturating_add)
    }

    fn settle(&self, subject: Subject<'_>, bill: Bill, now: Duration) -> Option<(Quota, Outcome)> {
        let general = self.live.quota(subject.scope());
        let quota = match subject {
            Subject::ApiKey(_, own) if self.live.is_enabled() => own.or(general)?,
            _ => general?,
        };
        let hash = &self.hash;
        let outcome = match subject {
            Subject::Connection(address) => {
                self.connections.settle(hash, Source::of(address), bill, quota, now)
            }
            Subject::Address(address) => {
                self.addresses.settle(hash, Source::of(address), bill, quota, now)
            }
            Subject::User(name) => self.users.settle(hash, name, bill, quota, now),
            Subject::ApiKey(id, _) => self.api_keys.settle(hash, id, bill, quota, now),
        };
        Some((quota, outcome))
    }
}
