//! Durations, counted by the bound that they are within.

use std::sync::atomic::{AtomicU64, Ordering};

use super::text::{Number, Page};

/// For each row a count of durations within each bound, and their sum.
#[derive(Debug)]
pub struct Histogram {
    rows: Vec<String>,
    bounds: &'static [u64],
    /// For each row as many cells as there are bounds, one for what is above them all, and one for the sum.
    cells: Vec<AtomicU64>,
}

impl Histogram {
    /// Rows of these values of the label, with `bounds` in microseconds, rising.
    #[must_use]
    pub fn new(rows: &[&str], bounds: &'static [u64]) -> Self {
        let count = rows.len().saturating_mul(bounds.len().saturating_add(2));
        Self {
            rows: rows.iter().map(|row| (*row).to_owned()).collect(),
            bounds,
            cells: (0..count).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Counts a duration; nothing outside the rows.
    pub fn observe(&self, row: usize, micros: u64) {
        let Some([buckets @ .., sum]) = self.row(row) else { return };
        let at = self.bounds.partition_point(|bound| *bound < micros);
        if let Some(bucket) = buckets.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
            sum.fetch_add(micros, Ordering::Relaxed);
        }
    }

    fn row(&self, row: usize) -> Option<&[AtomicU64]> {
        let width = self.bounds.len().checked_add(2)?;
        let start = row.checked_mul(width)?;
        self.cells.get(start..start.checked_add(width)?)
    }

    /// Writes buckets, sum and count of each row; `label` is the name of the rows' label, if they have one.
    pub(super) fn write(&self, page: &mut Page, name: &str, label: &[&str]) {
        let [bucket, sum, count] = ["bucket", "sum", "count"].map(|end| format!("{name}_{end}"));
        for (at, row) in self.rows.iter().enumerate() {
            let Some([buckets @ .., total]) = self.row(at) else { continue };
            let labels: Vec<(&str, &str)> =
                label.iter().map(|label| (*label, row.as_str())).collect();
            let mut so_far = 0_u64;
            for (at, cell) in buckets.iter().enumerate() {
                so_far = so_far.saturating_add(cell.load(Ordering::Relaxed));
                let bound = self.bounds.get(at);
                let bound = bound.map_or_else(|| "+Inf".to_owned(), |bound| seconds(*bound));
                let labels = [labels.as_slice(), &[("le", bound.as_str())]].concat();
                page.sample(&bucket, &labels, Number::Whole(so_far));
            }
            page.sample(&sum, &labels, Number::Micros(total.load(Ordering::Relaxed)));
            page.sample(&count, &labels, Number::Whole(so_far));
        }
    }
}

/// Microseconds as seconds, without needless zeros.
pub(super) fn seconds(micros: u64) -> String {
    let (whole, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    if rest == 0 {
        return whole.to_string();
    }
    let text = format!("{whole}.{rest:06}");
    text.trim_end_matches('0').to_owned()
}
