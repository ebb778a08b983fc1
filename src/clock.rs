//! Wall time as a value, so that every rule about time can be tested at any time.
//!
//! Pure code takes a [`UnixTime`]; only [`SystemClock`] asks the machine, and only the command line
//! and the daemon hold one.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds; negative before.
///
/// Printed and parsed as RFC 3339 in UTC with whole seconds: `2026-11-24T00:00:00Z`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The instant `seconds` after the epoch, held within the years 0000 to 9999, which is what a
    /// certificate can say.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(if seconds < YEAR_0 {
            YEAR_0
        } else if seconds > YEAR_9999 {
            YEAR_9999
        } else {
            seconds
        })
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The instant of `YYYYMMDDHHMMSS` in UTC, if it is one.
    #[must_use]
    pub fn from_digits(digits: &[u8; 14]) -> Option<Self> {
        let mut values = [0_u8; 14];
        for (value, digit) in values.iter_mut().zip(digits) {
            *value = digit.checked_sub(b'0').filter(|value| *value <= 9)?;
        }
        let [y1, y2, rest @ ..] = values;
        let [y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2] = rest;
        let pair =
            |tens: u8, ones: u8| i64::from(tens).saturating_mul(10).saturating_add(i64::from(ones));
        let year = pair(y1, y2).saturating_mul(100).saturating_add(pair(y3, y4));
        let (month, day) = (pair(m1, m2), pair(d1, d2));
        let (hour, minute, second) = (pair(h1, h2), pair(n1, n2), pair(s1, s2));
        let days = days_from_civil(year, month, day);
        // The 31st of April would be the 1st of May: the way back shows that.
        let real = (1..=12).contains(&month) && civil_from_days(days) == (year, month, day);
        if !real || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let of_day = seconds_of_day(hour, minute, second);
        Some(Self(days.saturating_mul(DAY).saturating_add(of_day)))
    }

    /// This instant moved by `seconds`, held within the same bounds.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self::from_seconds(self.0.saturating_add(seconds))
    }
}

/// Why a text is not a time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeError;

impl fmt::Display for TimeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not a time of the form 2026-11-24T00:00:00Z (RFC 3339, UTC)")
    }
}

impl std::error::Error for TimeError {}

impl FromStr for UnixTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let &[
            y1,
            y2,
            y3,
            y4,
            b'-',
            m1,
            m2,
            b'-',
            d1,
            d2,
            b'T',
            h1,
            h2,
            b':',
            n1,
            n2,
            b':',
            s1,
            s2,
            b'Z',
        ] = text.as_bytes()
        else {
            return Err(TimeError);
        };
        Self::from_digits(&[y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2])
            .ok_or(TimeError)
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY));
        let second = self.0.rem_euclid(DAY);
        write!(
            out,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            second.div_euclid(3_600),
            second.rem_euclid(3_600).div_euclid(60),
            second.rem_euclid(60)
        )
    }
}

/// Microseconds since 1970-01-01T00:00:00Z, for records.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

/// Length of a [`Timestamp`]'s text.
pub const TIMESTAMP_TEXT: usize = 27;

impl Timestamp {
    /// The instant `micros` after the epoch, held within the years 0000 to 9999.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(if micros < YEAR_0 * MICROS {
            YEAR_0 * MICROS
        } else if micros > YEAR_9999 * MICROS {
            YEAR_9999 * MICROS
        } else {
            micros
        })
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The whole second that it lies in.
    #[must_use]
    pub const fn seconds(self) -> UnixTime {
        UnixTime::from_seconds(self.0.div_euclid(MICROS))
    }

    /// RFC 3339 with microseconds: `2026-11-24T00:00:00.000000Z`.
    #[must_use]
    pub fn text(self) -> [u8; TIMESTAMP_TEXT] {
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY * MICROS));
        let of_day = self.0.rem_euclid(DAY * MICROS);
        let second = of_day.div_euclid(MICROS);
        let [
            years @ ..,
            _,
            m1,
            m2,
            _,
            d1,
            d2,
            _,
            h1,
            h2,
            _,
            n1,
            n2,
            _,
            s1,
            s2,
            _,
            f1,
            f2,
            f3,
            f4,
            f5,
            f6,
            _,
        ] = &mut text;
        digits(years, year);
        for (places, value) in [
            ([m1, m2], month),
            ([d1, d2], day),
            ([h1, h2], second.div_euclid(3_600)),
            ([n1, n2], second.rem_euclid(3_600).div_euclid(60)),
            ([s1, s2], second.rem_euclid(60)),
        ] {
            let [tens, ones] = places;
            *tens = digit(value.div_euclid(10));
            *ones = digit(value);
        }
        let mut rest = of_day.rem_euclid(MICROS);
        for place in [f6, f5, f4, f3, f2, f1] {
            *place = digit(rest);
            rest = rest.div_euclid(10);
        }
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(str::from_utf8(&self.text()).unwrap_or_default())
    }
}

fn digits(places: &mut [u8], mut value: i64) {
    for place in places.iter_mut().rev() {
        *place = digit(value);
        value = value.div_euclid(10);
    }
}

/// The last digit of `value`.
fn digit(value: i64) -> u8 {
    u8::try_from(value.rem_euclid(10)).unwrap_or_default().saturating_add(b'0')
}

const MICROS: i64 = 1_000_000;

/// Where code that must ask repeatedly gets the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Wall time, for validity periods and records. May step.
    fn wall(&self) -> UnixTime {
        self.stamp().seconds()
    }
    /// The same to the microsecond, for records.
    fn stamp(&self) -> Timestamp;
    /// Time since this clock was made, for progress and limits. Never steps back.
    fn uptime(&self) -> Duration;
}

/// The machine's own clock.
#[derive(Debug)]
pub struct SystemClock {
    made: Instant,
}

impl SystemClock {
    /// A clock whose uptime begins now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn new() -> Self {
        Self { made: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn stamp(&self) -> Timestamp {
        let micros = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
        Timestamp::from_micros(micros)
    }

    fn uptime(&self) -> Duration {
        self.made.elapsed()
    }
}

const YEAR_0: i64 = -62_167_219_200;
const YEAR_9999: i64 = 253_402_300_799;

fn seconds_of_day(hour: i64, minute: i64, second: i64) -> i64 {
    hour.saturating_mul(3_600).saturating_add(minute.saturating_mul(60)).saturating_add(second)
}

/// Days since the epoch of a date in the proleptic Gregorian calendar, years 0 to 9999.
///
/// Counts years from March, so that the leap day is a year's last.
#[expect(clippy::arithmetic_side_effects, reason = "years are 0 to 9999, so nothing can overflow")]
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9).rem_euclid(12);
    let day_of_year = (153 * month_from_march + 2).div_euclid(5) + day - 1;
    let day_of_era =
        year_of_era * 365 + year_of_era.div_euclid(4) - year_of_era.div_euclid(100) + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
#[expect(clippy::arithmetic_side_effects, reason = "days come from a bounded UnixTime")]
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era.div_euclid(1_460) + day_of_era.div_euclid(36_524)
        - day_of_era.div_euclid(146_096))
    .div_euclid(365);
    let day_of_year =
        day_of_era - (365 * year_of_era + year_of_era.div_euclid(4) - year_of_era.div_euclid(100));
    let month_from_march = (5 * day_of_year + 2).div_euclid(153);
    let day = day_of_year - (153 * month_from_march + 2).div_euclid(5) + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses_the_same_instant() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_478_400, "2026-11-24T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (YEAR_0, "0000-01-01T00:00:00Z"),
            (YEAR_9999, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(UnixTime::from_seconds(seconds).to_string(), text);
            assert_eq!(text.parse(), Ok(UnixTime::from_seconds(seconds)));
        }
    }

    #[test]
    fn every_day_of_four_centuries_survives_the_round_trip() {
        for day in 0..146_097 {
            let (year, month, of_month) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, of_month), day);
        }
    }

    #[test]
    fn refuses_what_is_no_date_or_no_utc() {
        for text in [
            "",
            "2026-11-24",
            "2026-02-29T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T00:00:60Z",
            "2026-11-24T00:00:00+",
            "2026-11-24t00:00:00Z",
            "+026-11-24T00:00:00Z",
            "2026-11-24T00:00:00Zé",
        ] {
            assert_eq!(text.parse::<UnixTime>(), Err(TimeError), "{text}");
        }
    }

    #[test]
    fn a_timestamp_is_printed_to_the_microsecond() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (1_795_526_645_012_345, "2026-11-24T13:24:05.012345Z"),
            (i64::MAX, "9999-12-31T23:59:59.000000Z"),
            (i64::MIN, "0000-01-01T00:00:00.000000Z"),
        ] {
            assert_eq!(Timestamp::from_micros(micros).to_string(), text);
        }
        let at = Timestamp::from_micros(1_795_526_645_999_999);
        assert_eq!(at.seconds().to_string(), "2026-11-24T13:24:05Z");
    }

    #[test]
    fn stays_within_what_a_certificate_can_say() {
        assert_eq!(UnixTime::from_seconds(i64::MAX).to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(UnixTime::from_seconds(i64::MIN).to_string(), "0000-01-01T00:00:00Z");
    }
}
