//! The kinds of evidence that a caller can show, and sets of them.

use std::fmt;
use std::str::FromStr;

/// A kind of evidence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Factor {
    /// A client certificate, of which a rule of the policy speaks.
    Mtls,
    /// A bearer token (RFC 6750).
    Token,
    /// An API key.
    ApiKey,
    /// The kernel's word which user of this machine it is.
    Local,
}

/// A set of kinds of evidence.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Factors(u8);

/// No kind of evidence has this name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownFactor;

impl Factor {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Mtls, Self::Token, Self::ApiKey, Self::Local];

    /// The name in the policy and in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mtls => "mtls",
            Self::Token => "token",
            Self::ApiKey => "api_key",
            Self::Local => "local",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Mtls => 1,
            Self::Token => 1 << 1,
            Self::ApiKey => 1 << 2,
            Self::Local => 1 << 3,
        }
    }
}

impl Factors {
    /// No evidence at all.
    pub const NONE: Self = Self(0);

    /// This one alone.
    #[must_use]
    pub const fn only(factor: Factor) -> Self {
        Self(factor.bit())
    }

    /// Those of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of `wanted` that are not here.
    #[must_use]
    pub const fn missing(self, wanted: Self) -> Self {
        Self(wanted.0 & !self.0)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `factor` is among them.
    #[must_use]
    pub const fn contains(self, factor: Factor) -> bool {
        self.0 & factor.bit() != 0
    }
}

impl FromIterator<Factor> for Factors {
    fn from_iter<I: IntoIterator<Item = Factor>>(all: I) -> Self {
        all.into_iter().fold(Self::NONE, |set, one| set.union(Self::only(one)))
    }
}

/// The names, parted by ` and `.
impl fmt::Display for Factors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for one in Factor::ALL.into_iter().filter(|one| self.contains(*one)) {
            write!(out, "{between}{}", one.as_str())?;
            between = " and ";
        }
        Ok(())
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Display for UnknownFactor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not one of mtls, token, api_key, local")
    }
}

impl std::error::Error for UnknownFactor {}

impl FromStr for Factor {
    type Err = UnknownFactor;

    fn from_str(text: &str) -> Result<Self, UnknownFactor> {
        Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or(UnknownFactor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_what_was_wanted_and_not_shown() {
        let shown: Factors = [Factor::Mtls, Factor::Token].into_iter().collect();
        assert!(shown.missing(Factors::only(Factor::Mtls)).is_empty());
        let missing = shown.missing([Factor::ApiKey, Factor::Mtls].into_iter().collect());
        assert_eq!(missing, Factors::only(Factor::ApiKey));
        assert_eq!(shown.to_string(), "mtls and token");
        for one in Factor::ALL {
            assert_eq!(one.as_str().parse(), Ok(one));
        }
    }
}
