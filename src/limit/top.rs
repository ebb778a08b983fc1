//! Who uses most of what they may have: a view for an operator, made by looking through the tables once.

use std::cmp::Reverse;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::addresses::{Addresses, is_known};
use super::decision::Scope;
use super::hash::Keyed;
use super::principals::Principals;
use super::quota::Quota;
use super::rate::level;
use super::source::{v4_text, v6_text};
use super::table::Table;
use super::word::{MARK, Width, micros, width};

/// The most that is shown at once.
pub const MOST_SHOWN: usize = 1_000;

/// One key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Top {
    /// By what it is counted.
    pub scope: Scope,
    /// The address, the network as `2001:db8::/64`, the user or the key's id; `#` and a hash where the name is longer
    /// than 64 bytes; `*` for a cell that several share who found their bucket full.
    pub key: String,
    /// How much of its burst is used, in per cent; above 100 in debt.
    pub used: u32,
    /// Refusals of the run that is on.
    pub refused: u32,
    /// Whether it is an address from which somebody has authenticated.
    pub known: bool,
}

/// The keys with the most used, then the most refused, as they are gathered.
#[derive(Debug)]
pub(super) struct Board<'a> {
    most: usize,
    now: Duration,
    hash: &'a Keyed,
    rows: Vec<Row<'a>>,
}

/// A key before its text is made, which is done only for those that are shown.
#[derive(Debug)]
struct Row<'a> {
    scope: Scope,
    key: Key<'a>,
    used: u32,
    refused: u32,
    known: bool,
}

#[derive(Debug)]
enum Key<'a> {
    Shared,
    V4(u64),
    V6(u64, Width),
    Named(&'a Principals, usize, u64),
}

impl<'a> Board<'a> {
    pub(super) fn new(most: usize, now: Duration, hash: &'a Keyed) -> Self {
        Self { most: most.min(MOST_SHOWN), now, hash, rows: Vec::new() }
    }

    pub(super) fn addresses(&mut self, scope: Scope, quota: Quota, addresses: &'a Addresses) {
        let v4 = |_, key, _| (Key::V4(key), quota);
        let v6 = |_, key, word| (Key::V6(key, width(word)), quota);
        self.look(scope, &addresses.v4, Some(quota), v4);
        self.look(scope, &addresses.known_v4, Some(quota), v4);
        self.look(scope, &addresses.v6, Some(quota), v6);
        self.look(scope, &addresses.known_v6, Some(quota), v6);
    }

    /// `general` is the quota of the shared cells, and of each key that has none of its own.
    pub(super) fn principals(&mut self, scope: Scope, general: Option<Quota>, of: &'a Principals) {
        self.look(scope, &of.table, general, |index, key, _| {
            (Key::Named(of, index, key), of.quota(index).or(general))
        });
    }

    /// Ranks each slot of `table` that has used something.
    fn look<Q: Into<Option<Quota>>>(
        &mut self,
        scope: Scope,
        table: &'a Table,
        shared: Option<Quota>,
        key: impl Fn(usize, u64, u64) -> (Key<'a>, Q),
    ) {
        let now = micros(self.now);
        for (index, slot) in table.all() {
            let word = slot.load();
            let level = level(word, now);
            if level == 0 {
                continue;
            }
            let (key, quota) = match index {
                Some(index) => {
                    let (key, quota) = key(index, slot.key(), word);
                    (key, quota.into())
                }
                None => (Key::Shared, shared),
            };
            let Some(quota) = quota else { continue };
            let refused = if word & MARK == 0 { 0 } else { slot.refused.load(Ordering::Relaxed) };
            let known = is_known(slot, self.now);
            self.rows.push(Row { scope, key, used: quota.used(level), refused, known });
            if self.rows.len() >= self.most.saturating_mul(2).max(1) {
                self.keep();
            }
        }
    }

    fn keep(&mut self) {
        self.rows.sort_unstable_by_key(|row| Reverse((row.used, row.refused)));
        self.rows.truncate(self.most);
    }

    pub(super) fn rows(mut self) -> Vec<Top> {
        self.keep();
        let hash = self.hash;
        let shown = self.rows.into_iter().map(|row| Top {
            scope: row.scope,
            key: row.key.text(hash),
            used: row.used,
            refused: row.refused,
            known: row.known,
        });
        shown.collect()
    }
}

impl Key<'_> {
    fn text(&self, hash: &Keyed) -> String {
        match self {
            Self::Shared => "*".to_owned(),
            Self::V4(key) => v4_text(u32::try_from(*key).unwrap_or_default()),
            Self::V6(key, Width::Whole) => v6_text(*key, 64),
            Self::V6(key, Width::Net56) => v6_text(*key, 56),
            Self::V6(key, Width::Net48) => v6_text(*key, 48),
            Self::Named(of, index, key) => of.name(hash, *index, *key),
        }
    }
}
