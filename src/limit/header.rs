//! The values of `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers) and of `Retry-After` (RFC
//! 9110 section 10.2.3), appended to a text that the caller uses again and again.
//!
//! The draft's `q` is what can be had at once and `w` the seconds in which that comes back; `r` is what is left of it
//! and `t` the seconds until nothing is missing. Seconds are rounded up, so that nobody comes too early.

use std::fmt::Write;
use std::time::Duration;

use super::decision::Reading;

/// Appends the value of `RateLimit-Policy`: `"address";q=100;w=6`, one item for each reading.
pub fn policy<'a>(readings: impl IntoIterator<Item = &'a Reading>, out: &mut String) {
    for (index, reading) in readings.into_iter().enumerate() {
        let (comma, scope) = (comma(index), reading.scope);
        let window = seconds(reading.quota.window());
        // A text takes everything.
        let _ = write!(out, "{comma}\"{scope}\";q={};w={window}", reading.quota.burst());
    }
}

/// Appends the value of `RateLimit`: `"address";r=50;t=3`, one item for each reading.
pub fn limit<'a>(readings: impl IntoIterator<Item = &'a Reading>, out: &mut String) {
    for (index, reading) in readings.into_iter().enumerate() {
        let (comma, scope) = (comma(index), reading.scope);
        let reset = seconds(reading.reset);
        let _ = write!(out, "{comma}\"{scope}\";r={};t={reset}", reading.remaining);
    }
}

/// Appends the value of `Retry-After`: whole seconds, at least 1.
pub fn retry_after(wait: Duration, out: &mut String) {
    let _ = write!(out, "{}", seconds(wait).max(1));
}

const fn comma(index: usize) -> &'static str {
    if index == 0 { "" } else { ", " }
}

fn seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::{Quota, Scope};

    fn reading(scope: Scope, reset_ms: u64) -> Reading {
        let quota = Quota::new(1_000.try_into().unwrap(), 100.try_into().unwrap());
        Reading { scope, quota, remaining: 50, reset: Duration::from_millis(reset_ms) }
    }

    #[test]
    fn items_are_written_as_the_draft_has_them() {
        let readings = [reading(Scope::Address, 3_000), reading(Scope::ApiKey, 3_001)];
        let mut out = String::new();
        policy(&readings, &mut out);
        assert_eq!(out, "\"address\";q=100;w=6, \"api_key\";q=100;w=6");
        out.clear();
        limit(&readings, &mut out);
        assert_eq!(out, "\"address\";r=50;t=3, \"api_key\";r=50;t=4");
    }

    #[test]
    fn a_text_with_room_is_not_moved() {
        let mut out = String::with_capacity(64);
        let before = out.as_ptr();
        limit(&[reading(Scope::User, 0)], &mut out);
        assert_eq!((out.as_str(), out.as_ptr()), ("\"user\";r=50;t=0", before));
    }

    #[test]
    fn nobody_is_told_to_come_back_at_once_or_too_early() {
        for (ms, said) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2"), (59_999, "60")] {
            let mut out = String::new();
            retry_after(Duration::from_millis(ms), &mut out);
            assert_eq!(out, said);
        }
    }
}
