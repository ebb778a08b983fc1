//! What came back, counted by kind.

use crate::answer::Answer;
use rustls::HandshakeKind;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Answers by status, failures by what failed, and handshakes.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) statuses: BTreeMap<u16, u64>,
    pub(crate) errors: BTreeMap<String, u64>,
    pub(crate) full: u64,
    pub(crate) resumed: u64,
}

impl Counts {
    pub(crate) fn answer(&mut self, answer: &Answer) {
        more(self.statuses.entry(answer.status).or_default());
    }

    pub(crate) fn error(&mut self, error: &impl fmt::Display) {
        more(self.errors.entry(error.to_string()).or_default());
    }

    pub(crate) fn handshake(&mut self, kind: HandshakeKind) {
        more(match kind {
            HandshakeKind::Resumed => &mut self.resumed,
            _ => &mut self.full,
        });
    }
}

/// One more.
pub(crate) fn more(count: &mut u64) {
    *count = count.saturating_add(1);
}

/// Seconds, to the hundredth.
pub(crate) fn seconds(time: Duration) -> f64 {
    let hundredths = time.as_millis().saturating_add(5).checked_div(10).unwrap_or(0);
    f64::from(u32::try_from(hundredths).unwrap_or(u32::MAX)) / 100.0
}

/// `part / whole` to one decimal, 0 where there is no whole.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    let tenths = u128::from(part).saturating_mul(10).checked_div(u128::from(whole)).unwrap_or(0);
    f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0
}

/// Prints a report as one line of JSON.
pub(crate) fn print(report: &impl Serialize) {
    match serde_json::to_string(report) {
        Ok(line) => println!("{line}"),
        Err(error) => eprintln!("report: {error}"),
    }
}
