//! Rates by name: of users, or of API keys. A name is told by its hash; its text is kept for an operator to read.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::hash::{Keyed, Kind};
use super::quota::Quota;
use super::rate::{Bill, Outcome};
use super::table::Table;
use super::word::{Width, micros};

/// Rates of one kind by name.
#[derive(Debug)]
pub(super) struct Principals {
    pub(super) table: Table,
    labels: Box<[Label]>,
}

/// What is shown of a slot. Words are written one by one, and believed only where their hash is the slot's key.
#[derive(Debug, Default)]
struct Label {
    quota: AtomicU64,
    text: [AtomicU64; 8],
}

/// Bytes of the longest name that is shown.
const SHOWN: usize = 64;

impl Principals {
    pub(super) fn new(entries: usize) -> Self {
        let table = Table::new(entries);
        let labels = (0..table.len()).map(|_| Label::default()).collect();
        Self { table, labels }
    }

    /// Settles `bill` for `name`.
    pub(super) fn settle(
        &self,
        hash: &Keyed,
        name: &str,
        bill: Bill,
        quota: Quota,
        now: Duration,
    ) -> Outcome {
        let key = hash.hash(Kind::Principal, 0, name.as_bytes());
        let home = self.table.home(key, Width::Whole, key);
        let (outcome, at) = self.table.settle(&home, bill, quota, micros(now));
        if let Some((index, new)) = at
            && let Some(label) = self.labels.get(index)
        {
            label.write(quota, new.then_some(name));
        }
        outcome
    }

    /// The name in the slot `index`, whose key is `key`. One that is too long to be kept, or just being written, is
    /// shown as its hash.
    pub(super) fn name(&self, hash: &Keyed, index: usize, key: u64) -> String {
        let text = self.labels.get(index).map(Label::read).unwrap_or_default();
        let whole = hash.hash(Kind::Principal, 0, text.as_bytes()) == key;
        if whole { text } else { format!("#{key:016x}") }
    }

    /// The quota by which the key in the slot `index` was last judged.
    pub(super) fn quota(&self, index: usize) -> Option<Quota> {
        Quota::from_bits(self.labels.get(index)?.quota.load(Ordering::Relaxed))
    }

    pub(super) fn bytes(&self) -> usize {
        self.table.bytes().saturating_add(size_of_val(&*self.labels))
    }
}

impl Label {
    fn write(&self, quota: Quota, name: Option<&str>) {
        if self.quota.load(Ordering::Relaxed) != quota.to_bits() {
            self.quota.store(quota.to_bits(), Ordering::Relaxed);
        }
        let Some(name) = name else { return };
        let fits = if name.len() <= SHOWN { name.as_bytes() } else { b"" };
        let mut chunks = fits.chunks(8);
        for word in &self.text {
            let mut bytes = [0; 8];
            for (to, from) in bytes.iter_mut().zip(chunks.next().unwrap_or_default()) {
                *to = *from;
            }
            word.store(u64::from_le_bytes(bytes), Ordering::Relaxed);
        }
    }

    fn read(&self) -> String {
        let words = self.text.iter().map(|word| word.load(Ordering::Relaxed).to_le_bytes());
        let bytes: Vec<u8> = words.flatten().take_while(|byte| *byte != 0).collect();
        String::from_utf8(bytes).unwrap_or_default()
    }
}
