//! What the recorder did: for metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the histogram of commit times, in microseconds; one more bucket is above all of them.
pub const COMMIT_BUCKETS: [u64; 10] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000];

/// Counts since the start.
#[derive(Debug, Default)]
pub struct RecorderCounters {
    records: AtomicU64,
    syncs: AtomicU64,
    failures: AtomicU64,
    micros: AtomicU64,
    buckets: [AtomicU64; COMMIT_BUCKETS.len() + 1],
}

impl RecorderCounters {
    pub(super) fn synced(&self, records: usize, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = COMMIT_BUCKETS.iter().take_while(|bound| micros > **bound).count();
        self.records.fetch_add(u64::try_from(records).unwrap_or_default(), Ordering::Relaxed);
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        if let Some(count) = self.buckets.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Records that are on disk.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// Batches that were synced.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    /// Writes and syncs that failed.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Microseconds that all syncs took together.
    #[must_use]
    pub fn micros(&self) -> u64 {
        self.micros.load(Ordering::Relaxed)
    }

    /// How many commits fell into each bucket of [`COMMIT_BUCKETS`], and above.
    #[must_use]
    pub fn buckets(&self) -> [u64; COMMIT_BUCKETS.len() + 1] {
        let mut counts = [0; COMMIT_BUCKETS.len() + 1];
        for (count, bucket) in counts.iter_mut().zip(&self.buckets) {
            *count = bucket.load(Ordering::Relaxed);
        }
        counts
    }
}
