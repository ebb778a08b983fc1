//! The `Date` header's form of a time (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
//!
//! Made once a second by whoever has the clock, and copied into each answer.

use std::fmt::Write;

use crate::clock::{DAY, UnixTime};

/// A time as HTTP writes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HttpDate(String);

impl HttpDate {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<UnixTime> for HttpDate {
    fn from(time: UnixTime) -> Self {
        let days = time.seconds().div_euclid(DAY);
        let day_of_week = usize::try_from(days.saturating_add(4).rem_euclid(7)).unwrap_or_default();
        let weekday = WEEKDAYS.get(day_of_week).unwrap_or(&"");
        let rfc3339 = time.to_string();
        let (date, clock) = rfc3339.split_once('T').unwrap_or_default();
        let mut parts = date.splitn(3, '-');
        let mut part = || parts.next().unwrap_or_default();
        let (year, month, day) = (part(), part(), part());
        let month = month.parse::<usize>().ok().and_then(|month| month.checked_sub(1));
        let month = month.and_then(|month| MONTHS.get(month)).unwrap_or(&"");
        let mut text = String::with_capacity(29);
        // A string takes everything.
        let _ = write!(text, "{weekday}, {day} {month} {year} {} GMT", clock.trim_end_matches('Z'));
        Self(text)
    }
}

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_a_time_as_rfc_9110_does() {
        for (time, text) in [
            ("1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
            ("2026-11-24T12:00:00Z", "Tue, 24 Nov 2026 12:00:00 GMT"),
        ] {
            let time: UnixTime = time.parse().unwrap();
            assert_eq!(HttpDate::from(time).as_str(), text);
        }
    }
}
