//! Tokens that were verified, by their text: so that a signature is verified once and not at each request.
//!
//! Only what cannot change is kept here. Whether a token still holds is asked at each request, so that taking one back
//! empties nothing of the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ring::digest::{SHA256, digest};

/// SHA-256 over a token's text.
pub type TokenDigest = [u8; 32];

/// Parts that are locked apart from one another.
const SHARDS: usize = 16;

/// Entries, where nothing else is said.
pub const TOKEN_CACHE_ENTRIES: usize = 4_096;

/// A bounded cache of what was verified.
///
/// It never holds more than it was made for. When it is full, what has not been asked for since the hand of the clock
/// last came by makes room, and a newcomer is always taken.
#[derive(Debug)]
pub struct TokenCache<V> {
    shards: Box<[Mutex<Shard<V>>]>,
}

#[derive(Debug)]
struct Shard<V> {
    places: HashMap<TokenDigest, usize>,
    slots: Vec<Slot<V>>,
    /// The slot that is looked at next.
    hand: usize,
    most: usize,
}

#[derive(Debug)]
struct Slot<V> {
    key: TokenDigest,
    generation: u64,
    value: Arc<V>,
    asked_for: bool,
}

/// The name of a token in the cache.
#[must_use]
pub fn token_digest(text: &str) -> TokenDigest {
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    key
}

impl<V> TokenCache<V> {
    /// An empty cache of at most `entries`, rounded up to a multiple of 16.
    #[must_use]
    pub fn new(entries: usize) -> Self {
        let most = entries.div_ceil(SHARDS).max(1);
        let shard = || Shard { places: HashMap::new(), slots: Vec::new(), hand: 0, most };
        Self { shards: (0..SHARDS).map(|_| Mutex::new(shard())).collect() }
    }

    /// What was kept for this token under this `generation`; what was kept under another is no more.
    #[must_use]
    pub fn get(&self, key: &TokenDigest, generation: u64) -> Option<Arc<V>> {
        let mut shard = self.shard(key)?.lock().unwrap_or_else(PoisonError::into_inner);
        let at = *shard.places.get(key)?;
        let slot = shard.slots.get_mut(at).filter(|slot| slot.generation == generation)?;
        slot.asked_for = true;
        Some(Arc::clone(&slot.value))
    }

    /// Keeps `value` for this token.
    pub fn put(&self, key: TokenDigest, generation: u64, value: Arc<V>) {
        let Some(shard) = self.shard(&key) else { return };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.put(Slot { key, generation, value, asked_for: false });
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let one = |shard: &Mutex<Shard<V>>| {
            shard.lock().unwrap_or_else(PoisonError::into_inner).slots.len()
        };
        self.shards.iter().map(one).fold(0, usize::saturating_add)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, key: &TokenDigest) -> Option<&Mutex<Shard<V>>> {
        let [first, ..] = key;
        self.shards.get(usize::from(*first).checked_rem(SHARDS)?)
    }
}

impl<V> Default for TokenCache<V> {
    fn default() -> Self {
        Self::new(TOKEN_CACHE_ENTRIES)
    }
}

impl<V> Shard<V> {
    fn put(&mut self, slot: Slot<V>) {
        let at = match self.places.get(&slot.key) {
            Some(at) => *at,
            None if self.slots.len() < self.most => {
                self.places.insert(slot.key, self.slots.len());
                self.slots.push(slot);
                return;
            }
            None => self.make_room(),
        };
        if let Some(place) = self.slots.get_mut(at) {
            self.places.remove(&place.key);
            self.places.insert(slot.key, at);
            *place = slot;
        }
    }

    /// The place of one that was not asked for lately. At most one turn and a step: the first turn clears the marks.
    fn make_room(&mut self) -> usize {
        for _ in 0..=self.slots.len() {
            let at = self.hand;
            self.hand = at.saturating_add(1);
            match self.slots.get_mut(at) {
                None => self.hand = 0,
                Some(slot) if slot.asked_for => slot.asked_for = false,
                Some(_) => return at,
            }
        }
        self.hand = 1;
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> TokenDigest {
        token_digest(&number.to_string())
    }

    #[test]
    fn a_million_tokens_leave_it_as_large_as_it_was_made() {
        let cache = TokenCache::new(64);
        for number in 0..1_000_000_usize {
            cache.put(key(number), 1, Arc::new(number));
            if number % 100_000 == 0 {
                assert_eq!(cache.get(&key(number), 1).as_deref(), Some(&number));
            }
        }
        assert_eq!(cache.len(), 64);
        let shard = cache.shards[0].lock().unwrap();
        assert_eq!((shard.places.len(), shard.slots.len()), (4, 4));
    }

    #[test]
    fn what_is_asked_for_stays_while_strangers_come_and_go() {
        let cache = TokenCache::new(64);
        let known: Vec<usize> = (0..8).collect();
        for number in &known {
            cache.put(key(*number), 1, Arc::new(*number));
        }
        for stranger in 100..10_000 {
            let still = known.iter().filter(|one| cache.get(&key(**one), 1).is_some()).count();
            assert_eq!(still, 8, "at {stranger}");
            cache.put(key(stranger), 1, Arc::new(stranger));
        }
    }

    #[test]
    fn another_generation_finds_nothing_and_what_is_kept_anew_is_found() {
        let cache = TokenCache::default();
        cache.put(key(1), 1, Arc::new("old"));
        assert_eq!(cache.get(&key(1), 2), None);
        assert_eq!(cache.get(&key(2), 1), None);
        cache.put(key(1), 2, Arc::new("new"));
        assert_eq!(cache.get(&key(1), 2).as_deref(), Some(&"new"));
        assert_eq!(cache.get(&key(1), 1), None);
        assert_eq!(cache.len(), 1);
    }
}
