//! Which messages are written: `debug`, or `vault=debug,audit=trace`.
//!
//! A rule for a target holds for all below it; the longest one that fits decides. Targets are the modules of this
//! crate, without its name, and other crates by theirs.

use std::fmt;
use std::str::FromStr;

use log::{Level, LevelFilter};

/// What precedes a target of this crate.
const OWN: &str = "trust_service::";

/// Which messages are written.
///
/// Where no level stands alone, it is `info`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filter {
    others: LevelFilter,
    /// Longest target first.
    rules: Vec<(Box<str>, LevelFilter)>,
}

/// Why a text is no filter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FilterError {
    /// It holds nothing, or nothing between two commas.
    Empty,
    /// No level of this name.
    Level(Box<str>),
    /// More than 64 rules.
    Many,
    /// No target: characters of `[A-Za-z0-9_:-]`.
    Target(Box<str>),
    /// Two rules for one target, or two levels for all others.
    Twice(Box<str>),
}

/// Most rules.
const MOST: usize = 64;

impl fmt::Display for FilterError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => {
                out.write_str("a log level is missing; write `info` or `vault=debug,audit=trace`")
            }
            Self::Level(level) => {
                write!(out, "{level:?} is no log level; use off, error, warn, info, debug or trace")
            }
            Self::Many => write!(out, "more than {MOST} rules for the log"),
            Self::Target(target) => write!(
                out,
                "{target:?} is no part of the program; write `info` or `vault=debug,audit=trace`"
            ),
            Self::Twice(target) => write!(out, "two log levels for {target}; leave one"),
        }
    }
}

impl std::error::Error for FilterError {}

impl Default for Filter {
    fn default() -> Self {
        Self { others: LevelFilter::Info, rules: Vec::new() }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut others = None;
        let mut rules: Vec<(Box<str>, LevelFilter)> = Vec::new();
        for part in text.split(',').map(str::trim) {
            if part.is_empty() {
                return Err(FilterError::Empty);
            }
            match part.split_once('=') {
                None if others.is_some() => return Err(FilterError::Twice("all others".into())),
                None => others = Some(level(part)?),
                Some((target, name)) => {
                    let target = short(target.trim());
                    if !is_target(target) {
                        return Err(FilterError::Target(target.into()));
                    }
                    if rules.iter().any(|(known, _)| **known == *target) {
                        return Err(FilterError::Twice(target.into()));
                    }
                    rules.push((target.into(), level(name.trim())?));
                }
            }
        }
        if rules.len() > MOST {
            return Err(FilterError::Many);
        }
        rules.sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
        Ok(Self { others: others.unwrap_or(LevelFilter::Info), rules })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.others.as_str().to_ascii_lowercase())?;
        self.rules.iter().try_for_each(|(target, level)| {
            write!(out, ",{target}={}", level.as_str().to_ascii_lowercase())
        })
    }
}

impl Filter {
    /// Everything, down to `debug`.
    #[must_use]
    pub const fn all() -> Self {
        Self { others: LevelFilter::Debug, rules: Vec::new() }
    }

    /// Whether a message of `target` at `level` is written.
    #[must_use]
    pub fn admits(&self, target: &str, level: Level) -> bool {
        let target = short(target);
        let rule = self.rules.iter().find(|(rule, _)| {
            let below = target.strip_prefix(&**rule);
            below.is_some_and(|below| below.is_empty() || below.starts_with("::"))
        });
        level <= rule.map_or(self.others, |(_, level)| *level)
    }

    /// The most talkative level in it.
    #[must_use]
    pub fn most(&self) -> LevelFilter {
        self.rules.iter().map(|(_, level)| *level).fold(self.others, Ord::max)
    }
}

/// A target without the name of this crate.
pub(super) fn short(target: &str) -> &str {
    target.strip_prefix(OWN).unwrap_or(target)
}

fn level(name: &str) -> Result<LevelFilter, FilterError> {
    name.parse().map_err(|_| FilterError::Level(name.into()))
}

fn is_target(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Filter {
        text.parse().unwrap()
    }

    #[test]
    fn one_level_is_for_all() {
        let filter = filter("debug");
        assert!(filter.admits("trust_service::vault", Level::Debug));
        assert!(!filter.admits("trust_service::vault", Level::Trace));
        assert_eq!(filter.most(), LevelFilter::Debug);
        assert!(!Filter::default().admits("x", Level::Debug));
    }

    #[test]
    fn a_rule_holds_for_its_target_and_below_and_the_longest_decides() {
        let filter = filter("vault=debug, audit=trace,audit::spool=off,rustls=warn");
        for (target, level, admitted) in [
            ("trust_service::vault", Level::Debug, true),
            ("trust_service::vault::login", Level::Debug, true),
            ("trust_service::vaults", Level::Debug, false),
            ("vault", Level::Debug, true),
            ("trust_service::audit::chain", Level::Trace, true),
            ("trust_service::audit::spool", Level::Error, false),
            ("trust_service::server", Level::Info, true),
            ("trust_service::server", Level::Debug, false),
            ("rustls::client", Level::Warn, true),
            ("rustls::client", Level::Info, false),
        ] {
            assert_eq!(filter.admits(target, level), admitted, "{target} {level}");
        }
        assert_eq!(filter.most(), LevelFilter::Trace);
    }

    #[test]
    fn what_is_printed_reads_back() {
        for text in ["off", "WARN", "vault=debug,audit=trace", "error,trust_service::api=info"] {
            let parsed = filter(text);
            assert_eq!(filter(&parsed.to_string()), parsed, "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_with_its_reason() {
        let refusal = |text: &str| text.parse::<Filter>().unwrap_err();
        for empty in ["", " ", ",", "info,", "info,,vault=debug"] {
            assert_eq!(refusal(empty), FilterError::Empty, "{empty:?}");
        }
        for level in ["verbose", "vault=loud", "vault=", "vault=debug=info", "2"] {
            assert!(matches!(refusal(level), FilterError::Level(_)), "{level}");
        }
        for target in ["=debug", "va ult=debug", "va\nult=debug", "ä=debug"] {
            assert!(matches!(refusal(target), FilterError::Target(_)), "{target:?}");
        }
        for twice in ["info,debug", "vault=debug,vault=info", "a=info,trust_service::a=warn"] {
            assert!(matches!(refusal(twice), FilterError::Twice(_)), "{twice}");
        }
        let rules = |count: usize| -> String {
            (0..count).map(|at| format!("t{at}=debug")).collect::<Vec<_>>().join(",")
        };
        assert!(rules(MOST).parse::<Filter>().is_ok());
        assert_eq!(refusal(&rules(MOST + 1)), FilterError::Many);
    }
}
