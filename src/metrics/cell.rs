//! Counters and gauges as atomics.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::text::{Number, Page};

/// A value that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// Adds `by`, which may be negative.
    pub fn add(&self, by: i64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// Makes it `value`.
    pub fn set(&self, value: i64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A counter for each pair of a row and a column.
#[derive(Debug)]
pub struct Table {
    rows: Vec<String>,
    columns: Vec<String>,
    cells: Vec<AtomicU64>,
}

impl Table {
    /// A table with these values of its first and its second label. A table of one label has one column.
    #[must_use]
    pub fn new(rows: &[impl AsRef<str>], columns: &[impl AsRef<str>]) -> Self {
        let count = rows.len().saturating_mul(columns.len());
        Self {
            rows: rows.iter().map(|name| name.as_ref().to_owned()).collect(),
            columns: columns.iter().map(|name| name.as_ref().to_owned()).collect(),
            cells: (0..count).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Counts one at `row` and `column`; nothing outside the table.
    pub fn add(&self, row: usize, column: usize) {
        if let Some(cell) = self.cell(row, column) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The count at `row` and `column`; 0 outside the table.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> u64 {
        self.cell(row, column).map_or(0, |cell| cell.load(Ordering::Relaxed))
    }

    fn cell(&self, row: usize, column: usize) -> Option<&AtomicU64> {
        if column >= self.columns.len() {
            return None;
        }
        self.cells.get(row.checked_mul(self.columns.len())?.checked_add(column)?)
    }

    /// Writes a sample for each cell; `labels` are the names of the rows' and of the columns' label.
    pub(super) fn write(&self, page: &mut Page, name: &str, labels: &[&str]) {
        for (at, row) in self.rows.iter().enumerate() {
            for (column, value) in self.columns.iter().enumerate() {
                let values = [row.as_str(), value.as_str()];
                let pairs: Vec<(&str, &str)> = labels.iter().copied().zip(values).collect();
                page.sample(name, &pairs, Number::Whole(self.get(at, column)));
            }
        }
    }
}
