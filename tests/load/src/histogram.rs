//! Latencies of any number, in bounded memory, to better than one percent.
//!
//! A value below 256 has a bucket of its own. Above, each power of two is cut into 128 buckets of
//! equal width, so a quantile is at most 1/128 above the true one.

/// How often each value came.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    min: u64,
    max: u64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { buckets: vec![0; BUCKETS], count: 0, min: u64::MAX, max: 0 }
    }

    pub(crate) fn record(&mut self, value: u64) {
        if let Some(bucket) = self.buckets.get_mut(bucket_of(value)) {
            *bucket = bucket.saturating_add(1);
        }
        self.count = self.count.saturating_add(1);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The smallest value, 0 if there is none.
    pub(crate) fn min(&self) -> u64 {
        if self.count == 0 { 0 } else { self.min }
    }

    /// The greatest value, exactly.
    pub(crate) fn max(&self) -> u64 {
        self.max
    }

    /// The value that `per_mille` thousandths of all values do not exceed; 0 if there is none.
    pub(crate) fn quantile(&self, per_mille: u64) -> u64 {
        let rank = self.count.saturating_mul(per_mille).div_ceil(1_000).max(1);
        let mut seen = 0_u64;
        for (index, bucket) in self.buckets.iter().enumerate() {
            seen = seen.saturating_add(*bucket);
            if seen >= rank {
                return top_of(index).min(self.max);
            }
        }
        self.max
    }
}

/// Buckets of each power of two, as an exponent.
const FINE: u32 = 7;
const HALF: usize = 1 << FINE;
/// The greatest shift is 64 - (FINE + 1), and its buckets end at twice HALF.
const BUCKETS: usize = (64 - 8 + 2) * HALF;

fn bucket_of(value: u64) -> usize {
    let shift = value.checked_ilog2().unwrap_or(0).saturating_sub(FINE);
    let within = usize::try_from(value >> shift).unwrap_or(usize::MAX);
    usize::try_from(shift).unwrap_or(usize::MAX).saturating_mul(HALF).saturating_add(within)
}

/// The greatest value of a bucket.
fn top_of(index: usize) -> u64 {
    let shift = index.checked_div(HALF).unwrap_or(0).saturating_sub(1);
    let within = index.saturating_sub(shift.saturating_mul(HALF)).saturating_add(1);
    let next = u128::try_from(within).unwrap_or(0) << shift;
    u64::try_from(next.saturating_sub(1)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_one_has_only_zeros() {
        let empty = Histogram::new();
        let all = (empty.count(), empty.min(), empty.quantile(500), empty.max());
        assert_eq!(all, (0, 0, 0, 0));
    }

    #[test]
    fn small_values_are_exact() {
        let mut histogram = Histogram::new();
        for value in 1..=200 {
            histogram.record(value);
        }
        assert_eq!(histogram.quantile(500), 100);
        assert_eq!(histogram.quantile(990), 198);
        assert_eq!(histogram.quantile(1_000), 200);
        assert_eq!((histogram.count(), histogram.min(), histogram.max()), (200, 1, 200));
    }

    #[test]
    fn one_slow_answer_shows_in_the_last_quantile_only() {
        let mut histogram = Histogram::new();
        for _ in 0..999 {
            histogram.record(50);
        }
        histogram.record(1_000_000);
        assert_eq!(histogram.quantile(999), 50);
        assert_eq!(histogram.quantile(1_000), 1_000_000);
    }

    #[test]
    fn a_bucket_ends_at_most_one_part_in_128_above_its_values() {
        for exponent in 0..64_u32 {
            let power = 1_u64 << exponent;
            for value in [power - 1, power, power + power / 3, power + (power - 1)] {
                let top = top_of(bucket_of(value));
                assert!(top >= value, "{value}");
                assert!(top - value <= value / 128, "{value} {top}");
            }
        }
        assert!(bucket_of(u64::MAX) < BUCKETS);
    }

    #[test]
    fn buckets_are_contiguous() {
        for index in 0..BUCKETS - 1 {
            assert_eq!(bucket_of(top_of(index)), index);
            if top_of(index) < u64::MAX {
                assert_eq!(bucket_of(top_of(index) + 1), index + 1);
            }
        }
    }
}
