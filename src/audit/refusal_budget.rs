//! What refusals may cost: a stranger who is refused is recorded, but cannot fill the disk with it.
//!
//! Each source (a /24 of IPv4, a /48 of IPv6) has a budget in bytes of records, kept as one time by the generic cell
//! rate algorithm: the moment at which what it was charged will have been paid off.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::settings::AuditSettings;

/// Sources that are told apart; when there are more, those that owe nothing are forgotten, and if all owe, new ones
/// share one budget.
const MOST_SOURCES: usize = 16_384;

/// What is to become of a refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Decision {
    /// It is recorded and answered.
    Record,
    /// Its source has used up its budget: it is counted, and its connection ends unanswered.
    Suppress,
}

/// The budgets of all sources.
#[derive(Debug)]
pub struct RefusalBudget {
    burst: Duration,
    per_byte: Duration,
    paid_off: Mutex<HashMap<Source, Duration>>,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Source {
    V4([u8; 3]),
    V6([u16; 3]),
    /// All that there is no room for.
    Others,
}

impl Source {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Self::V6([a, b, c])
            }
        }
    }
}

impl RefusalBudget {
    /// Budgets as the settings say.
    #[must_use]
    pub fn new(settings: &AuditSettings) -> Self {
        let rate = settings.refusal_bytes_per_second.max(1);
        let per_byte = Duration::from_secs(1).checked_div(rate).unwrap_or_default();
        Self {
            burst: per_byte.saturating_mul(settings.refusal_burst_bytes),
            per_byte,
            paid_off: Mutex::default(),
        }
    }

    /// Charges a refusal's record of `bytes` to its source, at `now` since the service began.
    pub fn admit(&self, address: IpAddr, bytes: u32, now: Duration) -> Decision {
        let mut all = self.paid_off.lock().unwrap_or_else(PoisonError::into_inner);
        let mut source = Source::of(address);
        if all.len() >= MOST_SOURCES && !all.contains_key(&source) {
            all.retain(|_, paid_off| *paid_off > now);
            if all.len() >= MOST_SOURCES {
                source = Source::Others;
            }
        }
        let paid_off = all.entry(source).or_default();
        let after = (*paid_off).max(now).saturating_add(self.per_byte.saturating_mul(bytes));
        if after.saturating_sub(now) > self.burst {
            return Decision::Suppress;
        }
        *paid_off = after;
        Decision::Record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> RefusalBudget {
        RefusalBudget::new(&AuditSettings {
            refusal_burst_bytes: 1_000,
            refusal_bytes_per_second: 100,
            ..AuditSettings::default()
        })
    }

    #[test]
    fn a_source_has_its_burst_and_then_its_rate() {
        let budget = budget();
        let source = "192.0.2.1".parse().unwrap();
        let second = Duration::from_secs(1);
        for _ in 0..10 {
            assert_eq!(budget.admit(source, 100, second), Decision::Record);
        }
        assert_eq!(budget.admit(source, 100, second), Decision::Suppress);
        assert_eq!(budget.admit("192.0.2.200".parse().unwrap(), 100, second), Decision::Suppress);
        assert_eq!(budget.admit("192.0.3.1".parse().unwrap(), 100, second), Decision::Record);
        assert_eq!(budget.admit(source, 100, 2 * second), Decision::Record);
        assert_eq!(budget.admit(source, 100, 2 * second), Decision::Suppress);
    }

    #[test]
    fn any_number_of_sources_costs_bounded_memory_and_bounded_records() {
        let budget = budget();
        let mut recorded = 0_usize;
        for number in 0..40_000_u32 {
            let source = IpAddr::from((number << 8).to_be_bytes());
            if budget.admit(source, 1_000, Duration::from_secs(1)) == Decision::Record {
                recorded += 1;
            }
        }
        assert!(budget.paid_off.lock().unwrap().len() <= MOST_SOURCES + 1);
        assert!(recorded <= MOST_SOURCES + 1, "{recorded}");
    }
}
