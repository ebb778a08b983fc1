//! A time with its unit: `90s`, `15m`, `8h`, `30d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The time, in whole seconds, at most ten years.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span(u64);

/// What a [`Span`] is, in words.
pub const SPAN: &str = "a time with its unit, as 90s, 15m, 8h or 30d";

/// The text is no such time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpanError;

impl fmt::Display for SpanError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(SPAN)
    }
}

impl std::error::Error for SpanError {}

impl Span {
    /// So many seconds.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The time.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let (digits, unit) = UNITS
            .iter()
            .find_map(|(name, unit)| Some((text.strip_suffix(*name)?, *unit)))
            .ok_or(SpanError)?;
        let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let number: u64 = digits.parse().map_err(|_| SpanError)?;
        let seconds = number.checked_mul(unit).filter(|seconds| plain && *seconds <= TEN_YEARS);
        seconds.map(Self).ok_or(SpanError)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole =
            UNITS.iter().find(|(_, unit)| self.0 > 0 && self.0.checked_rem(*unit) == Some(0));
        let (name, unit) = whole.unwrap_or(&("s", 1));
        write!(out, "{}{name}", self.0.checked_div(*unit).unwrap_or(0))
    }
}

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
const TEN_YEARS: u64 = 3_650 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_unit_and_its_bounds() {
        for (text, seconds) in
            [("0s", 0), ("90s", 90), ("15m", 900), ("8h", 28_800), ("3650d", TEN_YEARS)]
        {
            let span: Span = text.parse().unwrap();
            assert_eq!(span, Span(seconds));
            assert_eq!(span.to_string().parse(), Ok(span));
        }
        for bad in
            ["", "15", "m", "+1s", "-1s", "1.5h", "1 h", "3651d", "18446744073709551616s", "15M"]
        {
            assert_eq!(bad.parse::<Span>(), Err(SpanError), "{bad}");
        }
    }
}
