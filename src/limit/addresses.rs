//! Rates by address: strangers in one pair of tables, sources that have authenticated in another.
//!
//! Strangers on IPv6 are told apart by /64 as long as few of a network are live at once, that is, have used something
//! that has not come back. All of one /48 share a bucket, so one look through it counts them: with [`MOST_OF_56`] live
//! /64 of a /56, its further ones are counted together; with [`MOST_OF_48`] live ones of a /48, all further of that. So
//! the strangers of a /48, however many, are never given more than [`MOST_OF_48`] + 1 times the quota, and where their
//! bucket is full, what they get of its shared cell.
//!
//! A source is *known* for [`KNOWN_FOR`] after it last authenticated. Its slot is its own: no request of a stranger
//! reads or writes it, and only another source that has authenticated may take it over, after [`SAFE_FOR`]. Where all
//! slots of a bucket are taken by known sources, another one stays a stranger until it authenticates again and finds
//! room.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::hash::{Keyed, Kind};
use super::quota::Quota;
use super::rate::{Bill, Outcome, body, level};
use super::source::Source;
use super::table::{ATTEMPTS, Claim, Home, Slot, Table};
use super::word::{Width, micros, width};

/// How many /64 of one /56 are told apart.
pub const MOST_OF_56: usize = 4;

/// How many networks of one /48 are told apart, /64 and /56 together.
pub const MOST_OF_48: usize = 8;

/// How long a source is known after it authenticated.
pub const KNOWN_FOR: Duration = Duration::from_secs(86_400);

/// How long no other source that has authenticated can take its slot.
pub const SAFE_FOR: Duration = Duration::from_secs(600);

/// How much of it is kept for known sources: one slot in so many.
const KNOWN_SHARE: usize = 4;

/// How old the mark of a known source gets before it is written anew.
const FRESH_FOR: u32 = 60;

/// Rates of one kind by address.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) v4: Table,
    pub(super) v6: Table,
    pub(super) known_v4: Table,
    pub(super) known_v6: Table,
}

impl Addresses {
    pub(super) fn new(entries: usize) -> Self {
        let known = entries.div_ceil(KNOWN_SHARE);
        Self {
            v4: Table::new(entries),
            v6: Table::new(entries),
            known_v4: Table::new(known),
            known_v6: Table::new(known),
        }
    }

    /// Settles `bill` for `source`.
    pub(super) fn settle(
        &self,
        hash: &Keyed,
        source: Source,
        bill: Bill,
        quota: Quota,
        now: Duration,
    ) -> Outcome {
        let own = own_hash(hash, source);
        let (table, home) = self.known_home(source, own);
        let known = table.find(&home).filter(|found| is_known(found.slot, now));
        let at = micros(now);
        if let Some(outcome) = known.and_then(|one| one.slot.settle(home.tag, bill, quota, at)) {
            return outcome;
        }
        let (table, home) = self.stranger_home(hash, source, own, at);
        table.settle(&home, bill, quota, at).0
    }

    /// Notes that `source` has authenticated. It takes along what it has used.
    pub(super) fn welcome(&self, hash: &Keyed, source: Source, now: Duration) {
        let own = own_hash(hash, source);
        let (table, home) = self.known_home(source, own);
        let second = seconds(now);
        for _ in 0..ATTEMPTS {
            if let Some(found) = table.find(&home) {
                if age(found.slot, now).is_none_or(|age| age >= FRESH_FOR) {
                    found.slot.seen.store(second, Ordering::Relaxed);
                }
                return;
            }
            let at = micros(now);
            let (strangers, stranger) = self.stranger_home(hash, source, own, at);
            let word = strangers.find(&stranger).map(|found| found.slot.load());
            // What a whole network has used together is not this source's alone.
            let word = word.filter(|word| width(*word) == Width::Whole);
            let used = word.map_or(0, |word| level(word, at));
            let free = |slot: &Slot, word| level(word, at) == 0 && !is_known(slot, now);
            let stale = |slot: &Slot, word| level(word, at) == 0 && !is_safe(slot, now);
            let claim = match table.claim(&home, body(used, at), free) {
                Claim::Full => table.claim(&home, body(used, at), stale),
                claim => claim,
            };
            match claim {
                Claim::Taken(found) => return found.slot.seen.store(second, Ordering::Relaxed),
                Claim::Raced => {}
                Claim::Full => return,
            }
        }
    }

    pub(super) fn tables(&self) -> [&Table; 4] {
        [&self.known_v4, &self.known_v6, &self.v4, &self.v6]
    }

    fn known_home(&self, source: Source, own: u64) -> (&Table, Home) {
        let (table, key) = match source {
            Source::V4(address) => (&self.known_v4, u64::from(address)),
            Source::V6(prefix) => (&self.known_v6, prefix),
        };
        (table, table.home(own, Width::Whole, key))
    }

    fn stranger_home(&self, hash: &Keyed, source: Source, own: u64, now: u64) -> (&Table, Home) {
        match source {
            Source::V4(address) => (&self.v4, self.v4.home(own, Width::Whole, address.into())),
            Source::V6(prefix) => {
                let site = hash.hash(Kind::V6Site, prefix >> 16, b"");
                let (width, key) = self.widen(&self.v6.home(site, Width::Whole, prefix), now);
                (&self.v6, self.v6.home(site, width, key))
            }
        }
    }

    /// As what the /64 at `home` is counted.
    fn widen(&self, home: &Home, now: u64) -> (Width, u64) {
        let prefix = home.key;
        let (mut of_56, mut of_48, mut has_56) = (0_usize, 0_usize, false);
        for (slot, word) in self.v6.neighbours(home).filter(|(_, word)| level(*word, now) > 0) {
            let key = slot.key();
            if key >> 16 != prefix >> 16 {
                continue;
            }
            match width(word) {
                Width::Whole if key == prefix => return (Width::Whole, prefix),
                Width::Whole => {
                    of_48 = of_48.saturating_add(1);
                    of_56 = of_56.saturating_add(usize::from(key >> 8 == prefix >> 8));
                }
                Width::Net56 => {
                    of_48 = of_48.saturating_add(1);
                    has_56 |= key == prefix & NET_56;
                }
                Width::Net48 => {}
            }
        }
        if of_56 >= MOST_OF_56 && (has_56 || of_48 < MOST_OF_48) {
            (Width::Net56, prefix & NET_56)
        } else if of_48 >= MOST_OF_48 {
            (Width::Net48, prefix & NET_48)
        } else {
            (Width::Whole, prefix)
        }
    }
}

/// The hash of the source by itself, whatever network it is in.
fn own_hash(hash: &Keyed, source: Source) -> u64 {
    match source {
        Source::V4(address) => hash.hash(Kind::V4, address.into(), b""),
        Source::V6(prefix) => hash.hash(Kind::V6, prefix, b""),
    }
}

const NET_56: u64 = !0xFF;
const NET_48: u64 = !0xFFFF;

/// Whether the source of this slot of a table of known ones is known.
pub(super) fn is_known(slot: &Slot, now: Duration) -> bool {
    age(slot, now).is_some_and(|age| u64::from(age) < KNOWN_FOR.as_secs())
}

fn is_safe(slot: &Slot, now: Duration) -> bool {
    age(slot, now).is_some_and(|age| u64::from(age) < SAFE_FOR.as_secs())
}

/// Seconds since the source of this slot authenticated, if it ever did.
fn age(slot: &Slot, now: Duration) -> Option<u32> {
    match slot.seen.load(Ordering::Relaxed) {
        0 => None,
        seen => Some(seconds(now).saturating_sub(seen)),
    }
}

/// Seconds, counted from 1.
fn seconds(now: Duration) -> u32 {
    u32::try_from(now.as_secs()).unwrap_or(u32::MAX).saturating_add(1)
}
