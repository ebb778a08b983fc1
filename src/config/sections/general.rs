//! `trust`, `compliance`, `logging` and `development`.

use crate::config::reader::Section;
use crate::logger::{Filter, Format};
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

/// Settings of the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LoggingSettings {
    /// What is logged.
    pub level: Filter,
    /// How.
    pub format: Format,
}

pub(in crate::config) fn logging(section: &mut Section<'_, '_>) -> LoggingSettings {
    let formats = [("json", Format::Json), ("text", Format::Text)];
    LoggingSettings {
        level: section.parsed(
            "level",
            Filter::default(),
            "a level as info, or vault=debug,audit=trace",
        ),
        format: section.choice("format", Format::Text, &formats),
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
