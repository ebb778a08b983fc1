//! Who has failed too often, as a pair of a source and an account: so nobody else is shut out of that account, nor that
//! source out of another.
//!
//! The first failure opens a window. As many as are allowed within it begin a lockout, whose end is fixed there and
//! then; what is tried meanwhile changes nothing. With the end all is forgotten.
//!
//! Where a bucket is full, a pair that is not locked makes room; where all of it is locked, a failure is not counted
//! here. It is charged to its address all the same, as each failure is.
//!
//! The mark of a word says that the pair is locked. Its body has the count above, and below, 40 bits of milliseconds,
//! when the window or the lockout ends.

use std::time::Duration;

use super::hash::{Keyed, Kind};
use super::settings::LockoutSettings;
use super::source::Source;
use super::table::{ATTEMPTS, Claim, Home, Table};
use super::word::{BODY, IDENTITY, MARK, Width, ahead};

/// The longest window and the longest lockout.
pub const LONGEST_LOCKOUT: Duration = Duration::from_secs(30 * 86_400);

/// Failures that a word can count.
const MOST_FAILURES: u64 = (1 << 12) - 1;

const TIME: u64 = (1 << 40) - 1;
const LONGEST: u64 = LONGEST_LOCKOUT.as_secs() * 1_000;

/// Pairs that have failed of late.
#[derive(Debug)]
pub(super) struct Lockouts(pub(super) Table);

impl Lockouts {
    pub(super) fn new(entries: usize) -> Self {
        Self(Table::new(entries))
    }

    /// Notes a failure of `source` at `account`. Gives the length of the lockout that it begins.
    pub(super) fn failed(
        &self,
        hash: &Keyed,
        source: Source,
        account: Option<&str>,
        rule: &LockoutSettings,
        now: Duration,
    ) -> Option<Duration> {
        let home = self.home(hash, source, account);
        let now = millis(now);
        for _ in 0..ATTEMPTS {
            if let Some(found) = self.0.find(&home) {
                let word = found.slot.load();
                if !home.tag.is_of(word) {
                    continue;
                }
                let left = left(word, now);
                if left > 0 && word & MARK != 0 {
                    return None;
                }
                let count = if left > 0 { (word & BODY) >> 40 } else { 0 };
                let (body, began) = next(count, left, rule, now);
                if found.slot.swap(word, word & IDENTITY | body) {
                    return began;
                }
                continue;
            }
            let (body, began) = next(0, 0, rule, now);
            let claim = match self.0.claim(&home, body, |_, word| left(word, now) == 0) {
                Claim::Full => self.0.claim(&home, body, |_, word| word & MARK == 0),
                claim => claim,
            };
            match claim {
                Claim::Taken(_) => return began,
                Claim::Raced => {}
                Claim::Full => return None,
            }
        }
        None
    }

    /// How long `source` is still shut out of `account`.
    pub(super) fn locked(
        &self,
        hash: &Keyed,
        source: Source,
        account: Option<&str>,
        now: Duration,
    ) -> Option<Duration> {
        let home = self.home(hash, source, account);
        // A slot that is just being claimed may be another pair's.
        let found = self.0.find(&home).filter(|found| found.slot.key() == home.key)?;
        let word = found.slot.load();
        let left = left(word, millis(now));
        (word & MARK != 0 && left > 0).then(|| Duration::from_millis(left))
    }

    /// How many pairs are locked.
    pub(super) fn count(&self, now: Duration) -> usize {
        let now = millis(now);
        let words = self.0.all().map(|(_, slot)| slot.load());
        words.filter(|word| word & MARK != 0 && left(*word, now) > 0).count()
    }

    fn home(&self, hash: &Keyed, source: Source, account: Option<&str>) -> Home {
        let (kind, nobody, number) = match source {
            Source::V4(address) => (Kind::PairV4, Kind::PairV4Nobody, u64::from(address)),
            Source::V6(prefix) => (Kind::PairV6, Kind::PairV6Nobody, prefix),
        };
        let key = match account {
            Some(account) => hash.hash(kind, number, account.as_bytes()),
            None => hash.hash(nobody, number, b""),
        };
        self.0.home(key, Width::Whole, key)
    }
}

/// The body and mark after one more failure than `count`, with `left` milliseconds of the window to go, 0 if there is
/// none; and the lockout that begins.
fn next(count: u64, left: u64, rule: &LockoutSettings, now: u64) -> (u64, Option<Duration>) {
    let count = count.saturating_add(1);
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(LONGEST).min(LONGEST);
    let until = |after: u64| now.wrapping_add(after) & TIME;
    if count >= u64::from(rule.failures.get()).min(MOST_FAILURES) {
        let length = millis(rule.length).max(1);
        return (MARK | until(length), Some(Duration::from_millis(length)));
    }
    let left = if left > 0 { left } else { millis(rule.window).max(1) };
    (count << 40 | until(left), None)
}

/// Milliseconds until the window or the lockout of `word` ends.
const fn left(word: u64, now: u64) -> u64 {
    ahead(word & TIME, now, TIME, LONGEST)
}

fn millis(now: Duration) -> u64 {
    u64::try_from(now.as_millis() & u128::from(TIME)).unwrap_or_default()
}
