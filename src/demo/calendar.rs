//! Turns seconds since 1970 into the date and time that certificates carry.

use super::error::IssueError;

/// A moment in UTC, split as `YYYYMMDDHHMMSSZ` needs it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CivilTime {
    /// 1 to 9999.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 59: Unix time has no leap seconds.
    pub second: i64,
}

impl CivilTime {
    /// The UTC date and time `unix` seconds after 1970, by the proleptic Gregorian calendar.
    ///
    /// Years are counted from 1 March, so that the leap day is the last day of a year and months
    /// follow the pattern 31 30 31 30 31 throughout.
    ///
    /// # Errors
    ///
    /// [`IssueError::TimeOutOfRange`] outside the years 1 to 9999.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "`unix` is checked to lie within the years 1 to 9999, so no step can overflow"
    )]
    pub fn from_unix(unix: i64) -> Result<Self, IssueError> {
        if !(YEAR_1..YEAR_10000).contains(&unix) {
            return Err(IssueError::TimeOutOfRange);
        }
        let in_day = unix.rem_euclid(DAY);
        let days = unix.div_euclid(DAY) + DAYS_FROM_MARCH_OF_YEAR_0;
        let (era, in_era) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
        let leap_days_passed = in_era / 1460 - in_era / 36_524 + in_era / 146_096;
        let year_of_era = (in_era - leap_days_passed) / 365;
        let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let months_from_march = (5 * in_year + 2) / 153;
        let after_new_year = months_from_march > 9;
        Ok(Self {
            year: 400 * era + year_of_era + i64::from(after_new_year),
            month: months_from_march + if after_new_year { -9 } else { 3 },
            day: in_year - (153 * months_from_march + 2) / 5 + 1,
            hour: in_day / 3600,
            minute: in_day / 60 % 60,
            second: in_day % 60,
        })
    }
}

/// Seconds in a day.
pub const DAY: i64 = 86_400;
/// Seconds in a year of 365 days.
pub const YEAR: i64 = 31_536_000;

/// 0001-01-01T00:00:00Z.
const YEAR_1: i64 = -62_135_596_800;
/// 10000-01-01T00:00:00Z.
const YEAR_10000: i64 = 253_402_300_800;
/// From 0000-03-01 to 1970-01-01.
const DAYS_FROM_MARCH_OF_YEAR_0: i64 = 719_468;
const DAYS_IN_400_YEARS: i64 = 146_097;

#[cfg(test)]
mod tests {
    use super::*;

    fn date(unix: i64) -> (i64, i64, i64) {
        let civil = CivilTime::from_unix(unix).unwrap();
        (civil.year, civil.month, civil.day)
    }

    #[test]
    fn knows_days_around_leap_days_and_centuries() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(951_782_400), (2000, 2, 29));
        assert_eq!(date(951_868_800), (2000, 3, 1));
        assert_eq!(date(4_107_456_000), (2100, 2, 28));
        assert_eq!(date(4_107_542_400), (2100, 3, 1));
        assert_eq!(date(-1), (1969, 12, 31));
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut previous = date(-800_000 * DAY / 2);
        for day in -399_999..400_000 {
            let next = date(day * DAY);
            let same_month = (previous.0, previous.1, previous.2 + 1);
            let same_year = (previous.0, previous.1 + 1, 1);
            let new_year = (previous.0 + 1, 1, 1);
            assert!(next == same_month || next == same_year || next == new_year);
            previous = next;
        }
    }

    #[test]
    fn splits_the_time_of_day() {
        let civil = CivilTime::from_unix(DAY - 1).unwrap();
        assert_eq!((civil.hour, civil.minute, civil.second), (23, 59, 59));
    }

    #[test]
    fn refuses_years_that_four_digits_cannot_carry() {
        assert_eq!(date(YEAR_1), (1, 1, 1));
        assert_eq!(date(YEAR_10000 - 1), (9999, 12, 31));
        for outside in [YEAR_1 - 1, YEAR_10000, i64::MIN, i64::MAX] {
            assert_eq!(CivilTime::from_unix(outside), Err(IssueError::TimeOutOfRange));
        }
    }
}
