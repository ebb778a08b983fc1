//! A table of fixed size: each key has one bucket, in which it may take any of fifteen slots.
//!
//! A slot whose word says nothing any more is free for whoever comes. Where none is, the newcomer goes to the bucket's
//! shared cell.
//!
//! A slot changes hands by one compare-and-swap of its word, from the very state that was found to be free, so nothing
//! that was charged in between is lost. The new word is *young*; then the key is written; then it is young no more. A
//! young slot is told by its tag alone, so that of two threads with the same new key the second finds the first's.
//!
//! What remains of races: where a slot becomes free just between two threads with the same new key, each may take one;
//! then the slot that is found first counts from there, and one request went uncounted. So a key is given at most one
//! request more than its quota for each further thread, and that only once in each time that it comes anew.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::word::{Tag, Width, YOUNG};

/// Slots of a bucket.
pub(super) const WAYS: usize = 15;

/// How often a claim is tried again that another thread came before.
pub(super) const ATTEMPTS: usize = 8;

/// The place of one key.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) word: AtomicU64,
    key: AtomicU64,
    /// Refusals of the run that is on.
    pub(super) refused: AtomicU32,
    /// When the source last authenticated, in seconds, counted from 1; 0 for a stranger.
    pub(super) seen: AtomicU32,
}

/// Six cache lines.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Bucket {
    slots: [Slot; WAYS],
    shared: Slot,
}

/// Slots, all of them there from the start.
pub(super) struct Table {
    buckets: Box<[Bucket]>,
    crowded: AtomicU64,
}

/// Where a key belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home {
    bucket: usize,
    pub(super) key: u64,
    pub(super) tag: Tag,
}

/// A slot and its number in the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    pub(super) slot: &'a Slot,
    pub(super) index: usize,
}

/// What came of a claim.
#[derive(Debug)]
pub(super) enum Claim<'a> {
    /// The slot is the key's.
    Taken(Found<'a>),
    /// Another thread came before: look again.
    Raced,
    /// No slot is free.
    Full,
}

impl Slot {
    pub(super) fn key(&self) -> u64 {
        self.key.load(Ordering::Acquire)
    }

    pub(super) fn load(&self) -> u64 {
        self.word.load(Ordering::Acquire)
    }

    /// Writes `new` where `old` still stands.
    pub(super) fn swap(&self, old: u64, new: u64) -> bool {
        self.word.compare_exchange_weak(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

impl Table {
    /// A table of at least `entries` slots.
    pub(super) fn new(entries: usize) -> Self {
        let buckets = entries.div_ceil(WAYS).max(1);
        Self {
            buckets: (0..buckets).map(|_| Bucket::default()).collect(),
            crowded: AtomicU64::new(0),
        }
    }

    /// Where `key` belongs, whose hash is `hash`.
    pub(super) fn home(&self, hash: u64, width: Width, key: u64) -> Home {
        let count = u128::try_from(self.buckets.len()).unwrap_or(1);
        // As many hashes lead to each bucket, but for one.
        let bucket = u128::from(hash).saturating_mul(count) >> 64;
        Home { bucket: usize::try_from(bucket).unwrap_or(0), key, tag: Tag::new(width, key) }
    }

    /// The slots of the bucket of `home`, with their words.
    pub(super) fn neighbours(&self, home: &Home) -> impl Iterator<Item = (&Slot, u64)> {
        self.slots_of(home).iter().map(|slot| (slot, slot.load()))
    }

    /// The slot of the key at `home`, if it has one.
    pub(super) fn find(&self, home: &Home) -> Option<Found<'_>> {
        let at = self.slots_of(home).iter().position(|slot| {
            let word = slot.load();
            home.tag.is_of(word) && (slot.key() == home.key || word & YOUNG != 0)
        })?;
        self.found(home, at)
    }

    /// Makes the first slot that is `free`, judged by itself and its word, that of the key at `home`, with `body` as
    /// its body and mark.
    pub(super) fn claim(
        &self,
        home: &Home,
        body: u64,
        free: impl Fn(&Slot, u64) -> bool,
    ) -> Claim<'_> {
        let candidate = self.neighbours(home).enumerate().find(|(_, (slot, word))| {
            // Another thread's claim is under way there.
            word & YOUNG == 0 && free(slot, *word)
        });
        let Some((at, (slot, word))) = candidate else { return Claim::Full };
        if !slot.swap(word, home.tag.bits() | YOUNG | body) {
            return Claim::Raced;
        }
        slot.refused.store(0, Ordering::Relaxed);
        slot.seen.store(0, Ordering::Relaxed);
        slot.key.store(home.key, Ordering::Release);
        slot.word.fetch_and(!YOUNG, Ordering::Release);
        self.found(home, at).map_or(Claim::Full, Claim::Taken)
    }

    /// The cell of all who found the bucket of `home` full; its use is counted.
    pub(super) fn shared(&self, home: &Home) -> Option<&Slot> {
        self.crowded.fetch_add(1, Ordering::Relaxed);
        self.buckets.get(home.bucket).map(|bucket| &bucket.shared)
    }

    /// How many checks went to a shared cell since the start.
    pub(super) fn crowded(&self) -> u64 {
        self.crowded.load(Ordering::Relaxed)
    }

    /// All slots with their numbers; a shared cell has none.
    pub(super) fn all(&self) -> impl Iterator<Item = (Option<usize>, &Slot)> {
        self.buckets.iter().enumerate().flat_map(|(bucket, at)| {
            let slots = at.slots.iter().enumerate();
            let numbered = slots.map(move |(way, slot)| (Some(number(bucket, way)), slot));
            numbered.chain(std::iter::once((None, &at.shared)))
        })
    }

    /// How many slots there are, without shared cells.
    pub(super) fn len(&self) -> usize {
        self.buckets.len().saturating_mul(WAYS)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.buckets)
    }

    fn slots_of(&self, home: &Home) -> &[Slot] {
        self.buckets.get(home.bucket).map_or(&[], |bucket| &bucket.slots)
    }

    fn found(&self, home: &Home, way: usize) -> Option<Found<'_>> {
        let slot = self.slots_of(home).get(way)?;
        Some(Found { slot, index: number(home.bucket, way) })
    }
}

fn number(bucket: usize, way: usize) -> usize {
    bucket.saturating_mul(WAYS).saturating_add(way)
}

impl std::fmt::Debug for Table {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Table").field("slots", &self.len()).finish_non_exhaustive()
    }
}
