//! `trust`, `compliance`, `logging` and `development`.

use std::fmt;
use std::str::FromStr;

use log::LevelFilter;

use crate::config::reader::Section;
use crate::trust::validate::OnUnknown;

/// Settings of verdicts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TrustSettings {
    /// What an unknown revocation status comes to.
    pub on_unknown: OnUnknown,
}

pub(in crate::config) fn trust(section: &mut Section<'_, '_>) -> TrustSettings {
    let kinds = [("warn", OnUnknown::Warn), ("indeterminate", OnUnknown::Indeterminate)];
    let on_unknown = section.section("revocation", |revocation| {
        revocation.choice("on_unknown", OnUnknown::Warn, &kinds)
    });
    TrustSettings { on_unknown }
}

/// Which reports are offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ComplianceSettings {
    /// GDPR.
    pub gdpr: bool,
    /// SOC 2.
    pub soc2: bool,
    /// ISO 27001.
    pub iso27001: bool,
}

pub(in crate::config) fn compliance(section: &mut Section<'_, '_>) -> ComplianceSettings {
    ComplianceSettings {
        gdpr: section.flag("gdpr_enabled", false),
        soc2: section.flag("soc2_enabled", false),
        iso27001: section.flag("iso27001_enabled", false),
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogFormat {
    /// JSON, a line for each entry.
    Json,
    /// Text, a line for each entry.
    Text,
}

/// Settings of the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LoggingSettings {
    /// What is logged.
    pub level: LogLevels,
    /// How.
    pub format: LogFormat,
}

pub(in crate::config) fn logging(section: &mut Section<'_, '_>) -> LoggingSettings {
    let formats = [("json", LogFormat::Json), ("text", LogFormat::Text)];
    let level = LogLevels { general: LevelFilter::Info, targets: Vec::new() };
    LoggingSettings {
        level: section.parsed("level", level, "a level as info, or vault=debug,audit=trace"),
        format: section.choice("format", LogFormat::Text, &formats),
    }
}

/// Levels: one in general, and others for modules: `info`, `debug`, or `vault=debug,audit=trace`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogLevels {
    /// For what is not named.
    pub general: LevelFilter,
    /// For modules by name.
    pub targets: Vec<(String, LevelFilter)>,
}

impl LogLevels {
    /// The most that is logged of anything.
    #[must_use]
    pub fn most(&self) -> LevelFilter {
        self.targets.iter().map(|(_, level)| *level).fold(self.general, Ord::max)
    }
}

impl FromStr for LogLevels {
    type Err = log::ParseLevelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut levels = Self { general: LevelFilter::Info, targets: Vec::new() };
        for part in text.split(',').map(str::trim) {
            match part.split_once('=') {
                Some((target, level)) => levels.targets.push((target.to_owned(), level.parse()?)),
                None => levels.general = part.parse()?,
            }
        }
        Ok(levels)
    }
}

impl fmt::Display for LogLevels {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.general.as_str().to_ascii_lowercase())?;
        for (target, level) in &self.targets {
            write!(out, ",{target}={}", level.as_str().to_ascii_lowercase())?;
        }
        Ok(())
    }
}

/// What a developer may set, and production refuses whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DevelopmentSettings {
    /// Whether the section is there.
    pub is_set: bool,
    /// Whether everything is logged, whatever `logging.level` says.
    pub verbose_logging: bool,
}

pub(in crate::config) fn development(section: &mut Section<'_, '_>) -> DevelopmentSettings {
    DevelopmentSettings {
        is_set: section.is_set(),
        verbose_logging: section.flag("verbose_logging", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_as_operators_write_them_and_written_as_they_are_read() {
        for (text, most) in [
            ("info", LevelFilter::Info),
            ("debug", LevelFilter::Debug),
            ("vault=debug,audit=trace", LevelFilter::Trace),
            ("warn,vault=info", LevelFilter::Info),
        ] {
            let levels: LogLevels = text.parse().unwrap();
            assert_eq!(levels.most(), most, "{text}");
            assert_eq!(levels.to_string().parse::<LogLevels>().unwrap(), levels);
        }
        for bad in ["", "loud", "vault=", "vault=loud", "info,,"] {
            assert!(bad.parse::<LogLevels>().is_err(), "{bad}");
        }
    }
}
