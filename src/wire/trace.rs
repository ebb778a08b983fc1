//! `traceparent` (W3C Trace Context): by what a caller's own records and ours are found together.
//!
//! What the caller says names nothing and proves nothing: it stands in a record beside our own request id. A value that
//! does not follow the rules is as good as none, as the recommendation has it, and so are two values.

use super::request::Headers;

/// The id of a trace: sixteen bytes in lowercase hexadecimal, not all zero.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TraceId([u8; 32]);

impl TraceId {
    /// The trace that `headers` say the request is part of, if they say one.
    #[must_use]
    pub fn of(headers: &Headers<'_>) -> Option<Self> {
        let mut values = headers.all("traceparent");
        let value = values.next()?;
        if values.next().is_some() {
            return None;
        }
        Self::parse(value)
    }

    /// The trace of a header's value: `version "-" trace-id "-" parent-id "-" flags`, behind which a version above 00
    /// may say more (section 2.2).
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (version, rest) = field::<2>(value)?;
        let (trace, rest) = field::<32>(rest.strip_prefix(b"-")?)?;
        let (parent, rest) = field::<16>(rest.strip_prefix(b"-")?)?;
        let (_flags, rest) = field::<2>(rest.strip_prefix(b"-")?)?;
        let ends = rest.is_empty() || (version != *b"00" && rest.starts_with(b"-"));
        let zero = |digits: &[u8]| digits.iter().all(|digit| *digit == b'0');
        let holds = ends && version != *b"ff" && !zero(&trace) && !zero(&parent);
        holds.then_some(Self(trace))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The next `N` lowercase hexadecimal digits, and what is behind them.
fn field<const N: usize>(bytes: &[u8]) -> Option<([u8; N], &[u8])> {
    let (digits, rest) = bytes.split_first_chunk::<N>()?;
    let hex = digits.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    hex.then_some((*digits, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn trace(value: &str) -> Option<String> {
        TraceId::parse(value.as_bytes()).map(|id| id.as_str().to_owned())
    }

    #[test]
    fn the_trace_is_the_second_field() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(trace(GOOD).as_deref(), Some(id));
        let later = format!("cc{}-what-comes-later", &GOOD[2..]);
        assert_eq!(trace(&later).as_deref(), Some(id));
    }

    #[test]
    fn what_breaks_a_rule_is_no_trace() {
        let zeros = "0".repeat(32);
        for bad in [
            "",
            "00",
            &GOOD[..54],
            &format!("{GOOD}-more"),
            &format!("{GOOD}0"),
            &format!("{GOOD} "),
            &format!("ff{}", &GOOD[2..]),
            &GOOD.replace('a', "A"),
            &GOOD.replace('-', "_"),
            &GOOD.replace("0af7651916cd43dd8448eb211c80319c", &zeros),
            &GOOD.replace("b7ad6b7169203331", "0000000000000000"),
            &GOOD.replace("af", "\"x"),
        ] {
            assert_eq!(trace(bad), None, "{bad}");
        }
    }
}
