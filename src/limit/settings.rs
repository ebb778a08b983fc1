//! The settings of the limits, and how they are kept so that they can be replaced while requests go on.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use super::decision::Scope;
use super::quota::Quota;

/// Settings of the limits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LimitSettings {
    /// Whether there are any.
    pub enabled: bool,
    /// Whether they are only counted, and nobody is refused.
    pub shadow: bool,
    /// New connections of each address.
    pub connections: Option<Quota>,
    /// Cost of each address, before it is known who asks.
    pub address: Option<Quota>,
    /// Cost of each user.
    pub user: Option<Quota>,
    /// Cost of each API key that has no quota of its own.
    pub api_key: Option<Quota>,
    /// What a failed authentication costs its address, beside the request itself.
    pub failure_cost: NonZeroU32,
    /// When failed authentications shut a source out of an account.
    pub lockout: LockoutSettings,
    /// Slots of the table of IPv4 strangers; other tables have as many, or a quarter. About 190 bytes are taken for
    /// each. Settled at the start.
    pub entries: NonZeroU32,
}

/// When failed authentications shut a source out of an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LockoutSettings {
    /// After so many; at most 4095.
    pub failures: NonZeroU32,
    /// Within so long, counted from the first.
    pub window: Duration,
    /// For so long, counted from the last of them.
    pub length: Duration,
}

impl Default for LimitSettings {
    /// 1,000 a minute and 100 at once for each address, user and API key; 1,200 new connections a minute and 300 at
    /// once for each address; a failure costs 10 more; ten within five minutes shut out for fifteen; 65,536 slots.
    fn default() -> Self {
        let number = |number: u32| NonZeroU32::MIN.saturating_add(number.saturating_sub(1));
        let requests = Some(Quota::new(number(1_000), number(100)));
        Self {
            enabled: true,
            shadow: false,
            connections: Some(Quota::new(number(1_200), number(300))),
            address: requests,
            user: requests,
            api_key: requests,
            failure_cost: number(10),
            lockout: LockoutSettings {
                failures: number(10),
                window: Duration::from_secs(300),
                length: Duration::from_secs(900),
            },
            entries: number(65_536),
        }
    }
}

/// Settings in force. Each is whole in itself; a request during a change may meet an old and a new one.
#[derive(Debug)]
pub(super) struct Live {
    enabled: AtomicBool,
    shadow: AtomicBool,
    quotas: [AtomicU64; Scope::ALL.len()],
    failure_cost: AtomicU32,
    failures: AtomicU32,
    window: AtomicU64,
    length: AtomicU64,
}

impl Live {
    pub(super) fn new(settings: &LimitSettings) -> Self {
        let live = Self {
            enabled: AtomicBool::new(false),
            shadow: AtomicBool::new(false),
            quotas: [const { AtomicU64::new(0) }; Scope::ALL.len()],
            failure_cost: AtomicU32::new(0),
            failures: AtomicU32::new(1),
            window: AtomicU64::new(0),
            length: AtomicU64::new(0),
        };
        live.replace(settings);
        live
    }

    pub(super) fn replace(&self, settings: &LimitSettings) {
        let of = |scope| match scope {
            Scope::Connection => settings.connections,
            Scope::Address => settings.address,
            Scope::User => settings.user,
            Scope::ApiKey => settings.api_key,
        };
        for (cell, scope) in self.quotas.iter().zip(Scope::ALL) {
            cell.store(of(scope).map_or(0, Quota::to_bits), Ordering::Relaxed);
        }
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.failure_cost.store(settings.failure_cost.get(), Ordering::Relaxed);
        self.failures.store(settings.lockout.failures.get(), Ordering::Relaxed);
        self.window.store(millis(settings.lockout.window), Ordering::Relaxed);
        self.length.store(millis(settings.lockout.length), Ordering::Relaxed);
        self.shadow.store(settings.shadow, Ordering::Relaxed);
        self.enabled.store(settings.enabled, Ordering::Relaxed);
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    pub(super) fn is_shadow(&self) -> bool {
        self.shadow.load(Ordering::Relaxed)
    }

    /// The quota of `scope`; none where it is not counted.
    pub(super) fn quota(&self, scope: Scope) -> Option<Quota> {
        let bits = self.quotas.get(scope.index())?.load(Ordering::Relaxed);
        self.is_enabled().then(|| Quota::from_bits(bits)).flatten()
    }

    pub(super) fn failure_cost(&self) -> u32 {
        self.failure_cost.load(Ordering::Relaxed)
    }

    pub(super) fn lockout(&self) -> LockoutSettings {
        LockoutSettings {
            failures: NonZeroU32::new(self.failures.load(Ordering::Relaxed))
                .unwrap_or(NonZeroU32::MIN),
            window: Duration::from_millis(self.window.load(Ordering::Relaxed)),
            length: Duration::from_millis(self.length.load(Ordering::Relaxed)),
        }
    }
}
