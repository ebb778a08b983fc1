//! The rule of [`super::quota`] on the slots of a table.
//!
//! The body of a word is the instant at which all that the key has used will have come back, in microseconds.

use std::sync::atomic::Ordering;

use super::quota::{MOST, Quota, Verdict};
use super::table::{ATTEMPTS, Claim, Found, Home, Slot, Table};
use super::word::{BODY, IDENTITY, MARK, Tag, ahead};

/// What is wanted of a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bill {
    /// To do something of this cost, if there is so much.
    Ask(u32),
    /// To pay for what was done.
    Charge(u32),
}

/// What came of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// Admitted. `refused` is how many of the key were refused in the run that ends here.
    Admitted { level: u64, refused: u32 },
    /// Refused, as the first of a run or not; the same cost can be had in `wait` microseconds.
    Refused { level: u64, wait: u64, first: bool },
}

/// Microseconds until all has come back that the slot with this word has used.
pub(super) const fn level(word: u64, now: u64) -> u64 {
    ahead(word & BODY, now, BODY, MOST)
}

impl Slot {
    /// Settles `bill` at the instant `now`, or does nothing where the slot is no longer that of `tag`.
    pub(super) fn settle(&self, tag: Tag, bill: Bill, quota: Quota, now: u64) -> Option<Outcome> {
        loop {
            let word = self.load();
            if !tag.is_of(word) {
                return None;
            }
            let before = quota.bounded(level(word, now));
            let running = word & MARK != 0;
            let verdict = match bill {
                Bill::Ask(cost) => quota.judge(before, cost),
                Bill::Charge(cost) => Verdict::Admit { level: quota.charged(before, cost) },
            };
            match verdict {
                Verdict::Admit { level } => {
                    // A key that hovers at its bound is one run, not one with each request that happens to pass.
                    let asked = matches!(bill, Bill::Ask(_));
                    let over = running && asked && before <= quota.full() >> 1;
                    let mark = if over { 0 } else { word & MARK };
                    if self.swap(word, word & IDENTITY | mark | body(level, now)) {
                        let refused =
                            if over { self.refused.swap(0, Ordering::Relaxed) } else { 0 };
                        return Some(Outcome::Admitted { level, refused });
                    }
                }
                Verdict::Refuse { wait } => {
                    let new = word & IDENTITY | MARK | body(before, now);
                    if new == word || self.swap(word, new) {
                        self.count();
                        return Some(Outcome::Refused { level: before, wait, first: !running });
                    }
                }
            }
        }
    }

    /// One more refused, up to a number that a word can hold.
    fn count(&self) {
        if self.refused.fetch_add(1, Ordering::Relaxed) == u32::MAX {
            self.refused.store(u32::MAX, Ordering::Relaxed);
        }
    }
}

impl Table {
    /// Settles `bill` for the key at `home`: in its slot, in one that is free, or in the shared cell of its bucket.
    /// With it comes the number of the slot, and whether it was taken just now; nothing for the shared cell.
    pub(super) fn settle(
        &self,
        home: &Home,
        bill: Bill,
        quota: Quota,
        now: u64,
    ) -> (Outcome, Option<(usize, bool)>) {
        for _ in 0..ATTEMPTS {
            if let Some(Found { slot, index }) = self.find(home) {
                if let Some(outcome) = slot.settle(home.tag, bill, quota, now) {
                    return (outcome, Some((index, false)));
                }
                continue;
            }
            let level = fresh(bill, quota);
            match self.claim(home, body(level, now), |_, word| level_is_nothing(word, now)) {
                Claim::Taken(found) => {
                    return (Outcome::Admitted { level, refused: 0 }, Some((found.index, true)));
                }
                Claim::Raced => {}
                Claim::Full => break,
            }
        }
        let shared = self.shared(home);
        let outcome = shared.and_then(|cell| cell.settle(Tag::SHARED, bill, quota, now));
        // Nobody else writes a tag there. Were it so, to refuse is the safe side.
        let refused = Outcome::Refused { level: quota.full(), wait: quota.full(), first: false };
        (outcome.unwrap_or(refused), None)
    }
}

/// The level of a key that had used nothing.
fn fresh(bill: Bill, quota: Quota) -> u64 {
    let (Bill::Ask(cost) | Bill::Charge(cost)) = bill;
    quota.charged(0, cost.max(1))
}

const fn level_is_nothing(word: u64, now: u64) -> bool {
    level(word, now) == 0
}

/// The body for a level at `now`.
pub(super) const fn body(level: u64, now: u64) -> u64 {
    now.wrapping_add(level) & BODY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::word::{Width, YOUNG};

    const NOW: u64 = 1_000_000;

    fn quota() -> Quota {
        Quota::new(60.try_into().unwrap(), 5.try_into().unwrap())
    }

    fn settle(table: &Table, home: &Home) -> (Outcome, Option<(usize, bool)>) {
        table.settle(home, Bill::Ask(1), quota(), NOW)
    }

    #[test]
    fn who_finds_its_slot_in_other_hands_writes_nothing_there() {
        let table = Table::new(1);
        let (mine, other) = (table.home(0, Width::Whole, 1), table.home(0, Width::Whole, 2));
        let (_, at) = settle(&table, &mine);
        assert_eq!(at, Some((0, true)));
        let slot = table.find(&mine).unwrap().slot;
        let before = slot.load();
        assert_eq!(slot.settle(other.tag, Bill::Charge(3), quota(), NOW), None);
        assert_eq!(slot.load(), before);
        assert!(slot.settle(mine.tag, Bill::Charge(3), quota(), NOW).is_some());
        assert_ne!(slot.load(), before);
    }

    #[test]
    fn a_key_that_another_thread_is_just_writing_gets_no_second_slot() {
        let table = Table::new(1);
        let mine = table.home(0, Width::Whole, 1);
        // As another thread leaves it between its claim and its key: the slot has no key yet.
        let (slot, word) = table.neighbours(&mine).next().unwrap();
        assert!((0..99).any(|_| slot.swap(word, mine.tag.bits() | YOUNG | body(4_000_000, NOW))));
        assert_eq!(
            settle(&table, &mine),
            (Outcome::Admitted { level: 5_000_000, refused: 0 }, Some((0, false)))
        );
        assert!(matches!(settle(&table, &mine).0, Outcome::Refused { .. }));
        // Nor does anybody else take it, even when all has come back.
        let other = table.home(0, Width::Whole, 2);
        let later = table.settle(&other, Bill::Ask(1), quota(), NOW.saturating_add(10_000_000));
        assert_eq!(later.1, Some((1, true)));
        assert_ne!(slot.load() & YOUNG, 0);
    }

    #[test]
    fn two_keys_with_the_same_tag_are_two_keys() {
        let table = Table::new(1);
        let (one, other) = (table.home(0, Width::Whole, 0x01), table.home(0, Width::Whole, 0x0100));
        assert_eq!(one.tag, other.tag);
        assert_eq!(settle(&table, &one).1, Some((0, true)));
        assert_eq!(settle(&table, &other).1, Some((1, true)));
        assert_eq!(settle(&table, &one).1, Some((0, false)));
    }
}
