//! What is wrong with a configuration: everything at once, so that an operator repairs it in one go.

use std::fmt;

use super::secret_source::SecretSource;
use super::tree::{Origin, Value};

/// One thing that is wrong, or worth a word. It never holds the text of a value where that may be a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The key, as `mtls.server_key_path`; of the policy file, after `policy:`. Empty where a whole file is meant.
    pub path: String,
    /// Where it was set.
    pub origin: Origin,
    /// The rule that it breaks, or what was noticed.
    pub rule: String,
    /// What to do; may be empty.
    pub hint: String,
}

impl Fault {
    /// A fault of the key `path`.
    #[must_use]
    pub fn new(
        path: impl Into<String>,
        origin: Origin,
        rule: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), origin, rule: rule.into(), hint: hint.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(out, "{}: ", self.path)?;
        }
        write!(out, "{} ({})", self.rule, self.origin)?;
        if self.hint.is_empty() { Ok(()) } else { write!(out, "; {}", self.hint) }
    }
}

/// One setting as it is in force.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setting {
    /// The key, as `mtls.enabled`.
    pub path: String,
    /// The value on one line of YAML; of a secret, where it is kept.
    pub yaml: String,
    /// Where it was set.
    pub origin: Origin,
}

/// What reading a configuration brings to light.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What forbids to start.
    pub faults: Vec<Fault>,
    /// What is allowed and should be changed.
    pub warnings: Vec<Fault>,
    /// What was understood in another way than it is written.
    pub notices: Vec<Fault>,
    /// Every setting in force, in the order of the sections.
    pub settings: Vec<Setting>,
    pub(super) secrets: Vec<(String, SecretSource)>,
}

impl Report {
    /// Where the key `path` was set.
    #[must_use]
    pub fn origin(&self, path: &str) -> Origin {
        self.setting(path).map_or(Origin::Default, |setting| setting.origin.clone())
    }

    pub(super) fn fault(&mut self, path: &str, rule: impl Into<String>, hint: impl Into<String>) {
        let origin = self.origin(path);
        self.faults.push(Fault::new(path, origin, rule, hint));
    }

    pub(super) fn warn(&mut self, path: &str, rule: impl Into<String>, hint: impl Into<String>) {
        let origin = self.origin(path);
        self.warnings.push(Fault::new(path, origin, rule, hint));
    }

    pub(super) fn note(&mut self, path: &str, rule: impl Into<String>, hint: impl Into<String>) {
        let origin = self.origin(path);
        self.notices.push(Fault::new(path, origin, rule, hint));
    }

    /// Shows `value` for the key `path` from now on.
    pub(super) fn correct(&mut self, path: &str, value: &Value) {
        if let Some(setting) = self.settings.iter_mut().find(|setting| setting.path == path) {
            setting.yaml = value.to_yaml();
        }
    }

    fn setting(&self, path: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.path == path)
    }
}

/// A configuration that cannot be used, and every reason.
#[derive(Clone, Debug)]
pub struct Faults(pub Box<Report>);

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the configuration has {} faults", self.0.faults.len())?;
        for fault in &self.0.faults {
            write!(out, "\n  {fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
