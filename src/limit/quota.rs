//! How much one key may have, and the rule by which it is given out.
//!
//! The generic cell rate algorithm: each unit of cost takes a *share* of time to come back, 60 s over the number a
//! minute. A key's *level* is the time until all it has used has come back; with `burst` units at hand, the level may
//! not rise above `burst` shares, the *window*.

use std::num::NonZeroU32;
use std::time::Duration;

/// How far work that is charged after it was done can bring a key below nothing: so long after the next request would
/// have been admitted otherwise, it is admitted in any case.
pub const LONGEST_DEBT: Duration = Duration::from_secs(60);

/// The longest that a burst may take to come back. A greater burst is cut to it.
pub const LONGEST_WINDOW: Duration = Duration::from_secs(86_400);

const MINUTE: u64 = 60_000_000;
const DEBT: u64 = 60_000_000;
const WINDOW: u64 = 86_400_000_000;

/// The highest level there is, in microseconds.
pub(super) const MOST: u64 = WINDOW + DEBT;

/// So much a minute in the long run, and so much at once.
///
/// A share is a whole number of microseconds, rounded up: up to a million a minute that costs at most one part in
/// sixty, at ten million nothing, and more than sixty million a minute are not given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quota {
    per_minute: NonZeroU32,
    burst: NonZeroU32,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// It may go on, and the level is this afterwards.
    Admit { level: u64 },
    /// It may not, nor may one of its cost for so many microseconds.
    Refuse { wait: u64 },
}

impl Quota {
    /// A quota. `burst` is cut to what a day brings.
    #[must_use]
    pub fn new(per_minute: NonZeroU32, burst: NonZeroU32) -> Self {
        let daily = per_minute.saturating_mul(MINUTES_OF_A_DAY);
        Self { per_minute, burst: burst.min(daily) }
    }

    /// Units a minute.
    #[must_use]
    pub const fn per_minute(self) -> NonZeroU32 {
        self.per_minute
    }

    /// Units at once.
    #[must_use]
    pub const fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// How long an empty quota takes to be full; at most [`LONGEST_WINDOW`].
    #[must_use]
    pub fn window(self) -> Duration {
        Duration::from_micros(self.full())
    }

    /// Microseconds until one unit has come back.
    fn share(self) -> u64 {
        MINUTE.div_ceil(u64::from(self.per_minute.get()))
    }

    fn price(self, cost: u32) -> u64 {
        self.share().saturating_mul(u64::from(cost))
    }

    /// The window in microseconds.
    pub(super) fn full(self) -> u64 {
        self.price(self.burst.get()).min(WINDOW)
    }

    /// Whether a key at `level` may have `cost`. Nothing is free: a cost of 0 counts as 1. A cost above the burst is
    /// admitted where the whole burst is there, and leaves a debt.
    pub(super) fn judge(self, level: u64, cost: u32) -> Verdict {
        let cost = cost.max(1);
        let full = self.full();
        let need = self.price(cost.min(self.burst.get())).min(full);
        let with_it = self.bounded(level).saturating_add(need);
        if with_it <= full {
            Verdict::Admit { level: self.charged(level, cost) }
        } else {
            Verdict::Refuse { wait: with_it.saturating_sub(full) }
        }
    }

    /// The level after `cost` more, which is never more than [`LONGEST_DEBT`] above the window.
    pub(super) fn charged(self, level: u64, cost: u32) -> u64 {
        self.bounded(level.saturating_add(self.price(cost)))
    }

    /// The level, or the highest that this quota knows: another may have been in force when it was reached.
    pub(super) fn bounded(self, level: u64) -> u64 {
        level.min(self.full().saturating_add(DEBT))
    }

    /// Units that are left at `level`.
    pub(super) fn remaining(self, level: u64) -> u32 {
        let left = self.full().saturating_sub(level).checked_div(self.share()).unwrap_or(0);
        u32::try_from(left).unwrap_or(u32::MAX)
    }

    /// How much of the window `level` is, in per cent; above 100 in debt.
    pub(super) fn used(self, level: u64) -> u32 {
        let used = level.saturating_mul(100).checked_div(self.full()).unwrap_or(0);
        u32::try_from(used).unwrap_or(u32::MAX)
    }

    /// Both numbers in one word, which is never 0.
    pub(super) fn to_bits(self) -> u64 {
        u64::from(self.per_minute.get()) << 32 | u64::from(self.burst.get())
    }

    /// The quota that [`Self::to_bits`] was of; none of 0.
    pub(super) fn from_bits(bits: u64) -> Option<Self> {
        let per_minute = u32::try_from(bits >> 32).ok().and_then(NonZeroU32::new)?;
        let burst = u32::try_from(bits & u64::from(u32::MAX)).ok().and_then(NonZeroU32::new)?;
        Some(Self { per_minute, burst })
    }
}

const MINUTES_OF_A_DAY: NonZeroU32 = NonZeroU32::MIN.saturating_add(1_439);

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(per_minute: u32, burst: u32) -> Quota {
        Quota::new(per_minute.try_into().unwrap(), burst.try_into().unwrap())
    }

    #[test]
    fn a_request_is_admitted_at_the_bound_and_refused_a_microsecond_above() {
        let quota = quota(1_000, 100);
        assert_eq!(quota.window(), Duration::from_secs(6));
        assert_eq!(quota.judge(0, 1), Verdict::Admit { level: 60_000 });
        assert_eq!(quota.judge(5_940_000, 1), Verdict::Admit { level: 6_000_000 });
        assert_eq!(quota.judge(5_940_001, 1), Verdict::Refuse { wait: 1 });
        assert_eq!(quota.judge(6_000_000, 30), Verdict::Refuse { wait: 30 * 60_000 });
        assert_eq!(quota.judge(4_200_000, 30), Verdict::Admit { level: 6_000_000 });
        assert_eq!(quota.judge(4_200_001, 30), Verdict::Refuse { wait: 1 });
    }

    #[test]
    fn the_whole_burst_is_there_even_where_a_share_is_no_whole_number() {
        for (per_minute, burst) in [(7, 10), (999, 33), (9_999_999, 1_000), (1, 1), (u32::MAX, 5)] {
            let quota = quota(per_minute, burst);
            let mut level = 0;
            for left in (0..burst).rev() {
                let Verdict::Admit { level: next } = quota.judge(level, 1) else { panic!() };
                level = next;
                assert_eq!(quota.remaining(level), left, "{per_minute} {burst}");
            }
            assert!(matches!(quota.judge(level, 1), Verdict::Refuse { .. }));
        }
    }

    #[test]
    fn a_cost_of_nothing_counts_as_one() {
        let quota = quota(60, 1);
        assert_eq!(quota.judge(0, 0), quota.judge(0, 1));
        assert_eq!(quota.judge(1, 0), Verdict::Refuse { wait: 1 });
    }

    #[test]
    fn a_cost_above_the_burst_needs_all_of_it_and_leaves_a_debt_that_ends() {
        let quota = quota(60, 10);
        assert_eq!(quota.judge(0, 25), Verdict::Admit { level: 25_000_000 });
        assert_eq!(quota.judge(1, 25), Verdict::Refuse { wait: 1 });
        let full = 10_000_000;
        assert_eq!(quota.judge(0, u32::MAX), Verdict::Admit { level: full + DEBT });
        // The next request of cost 1 waits the debt and its own second.
        assert_eq!(quota.judge(full + DEBT, 1), Verdict::Refuse { wait: DEBT + 1_000_000 });
    }

    #[test]
    fn debt_is_never_longer_than_said_even_after_a_greater_quota_was_cut() {
        let small = quota(60, 10);
        assert_eq!(small.charged(0, 0), 0);
        assert_eq!(small.charged(small.full() + DEBT, 1_000), small.full() + DEBT);
        assert_eq!(small.charged(MOST, 1), small.full() + DEBT);
        assert_eq!(small.judge(MOST, 1), Verdict::Refuse { wait: DEBT + 1_000_000 });
    }

    #[test]
    fn no_quota_takes_more_than_a_day_to_come_back() {
        let slow = quota(1, u32::MAX);
        assert_eq!((slow.burst().get(), slow.window()), (1_440, LONGEST_WINDOW));
        for quota in [slow, quota(u32::MAX, u32::MAX), quota(40_000_000, u32::MAX)] {
            assert!(quota.window() <= LONGEST_WINDOW);
            assert!(matches!(quota.judge(0, u32::MAX), Verdict::Admit { .. }), "{quota:?}");
        }
        assert_eq!(LONGEST_WINDOW.as_micros(), u128::from(WINDOW));
        assert_eq!(LONGEST_DEBT.as_micros(), u128::from(DEBT));
    }

    #[test]
    fn a_quota_comes_back_from_its_bits_and_nothing_from_none() {
        let quota = quota(1_000, 100);
        assert_eq!(Quota::from_bits(quota.to_bits()), Some(quota));
        for bits in [0, 1, 1 << 32] {
            assert_eq!(Quota::from_bits(bits), None);
        }
    }
}
