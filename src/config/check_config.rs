//! What `check-config` says: every fault at once, and with `--effective` every setting and where it comes from.
//!
//! What is printed as effective is YAML, and loads to the same settings. Secrets are shown as the places where they are
//! kept; nothing else is known of them.

use serde::Serialize;

use super::Loaded;
use super::fault::{Fault, Faults, Report, Setting};

/// The outcome of a check.
#[derive(Clone, Debug)]
pub struct Check {
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
    notices: Vec<Fault>,
    settings: Vec<Setting>,
}

impl Check {
    /// The outcome of loading.
    #[must_use]
    pub fn new(loaded: Result<&Loaded, &Faults>) -> Self {
        let report: &Report = match loaded {
            Ok(loaded) => &loaded.report,
            Err(faults) => &faults.0,
        };
        Self {
            faults: report.faults.clone(),
            warnings: report.warnings.clone(),
            notices: report.notices.clone(),
            settings: report.settings.clone(),
        }
    }

    /// Whether the service may start.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }

    /// For a reader: a line for each finding, aligned as `path  origin  rule  hint`.
    #[must_use]
    pub fn text(&self, effective: bool) -> String {
        let mut out = String::new();
        // Among YAML, the findings are comments, so that the whole can be kept as a file.
        let mark = if effective { "# " } else { "" };
        if effective {
            out.push_str(&effective_yaml(&self.settings));
        }
        for (title, findings) in
            [("fault", &self.faults), ("warning", &self.warnings), ("notice", &self.notices)]
        {
            lines(&mut out, mark, title, findings);
        }
        let verdict = match self.faults.len() {
            0 => "the configuration is good".to_owned(),
            1 => "the configuration has 1 fault".to_owned(),
            many => format!("the configuration has {many} faults"),
        };
        out.push_str(mark);
        out.push_str(&verdict);
        out.push('\n');
        out
    }

    /// For a program: one document of texts and flags.
    #[must_use]
    pub fn document(&self, effective: bool) -> impl Serialize {
        Document {
            good: self.is_good(),
            faults: self.faults.iter().map(Finding::from).collect(),
            warnings: self.warnings.iter().map(Finding::from).collect(),
            notices: self.notices.iter().map(Finding::from).collect(),
            effective: effective.then(|| self.settings.iter().map(Effective::from).collect()),
        }
    }
}

/// A line for each of `findings`, in columns.
fn lines(out: &mut String, mark: &str, title: &str, findings: &[Fault]) {
    let path_of = |finding: &Fault| {
        if finding.path.is_empty() { "-".to_owned() } else { shown(&finding.path) }
    };
    let width = |text: &dyn Fn(&Fault) -> String| {
        findings.iter().map(|finding| text(finding).chars().count()).max().unwrap_or(0)
    };
    let path_width = width(&path_of);
    let origin_width = width(&|finding| shown(&finding.origin.to_string()));
    for finding in findings {
        let (path, origin) = (path_of(finding), shown(&finding.origin.to_string()));
        let (rule, hint) = (shown(&finding.rule), shown(&finding.hint));
        let line =
            format!("{mark}{title}: {path:path_width$}  {origin:origin_width$}  {rule}  {hint}");
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// One line, whatever a file put into a key.
fn shown(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let hidden = character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
            if hidden { character.escape_unicode().collect::<Vec<_>>() } else { vec![character] }
        })
        .collect()
}

/// The settings as YAML in blocks, each with its origin.
fn effective_yaml(settings: &[Setting]) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut sorted: Vec<&Setting> = settings.iter().collect();
    // A section within a section must not be torn apart; order is kept otherwise.
    sorted.sort_by_key(|setting| {
        let (section, rest) = setting.path.split_once('.').unwrap_or((&setting.path, ""));
        let first = settings.iter().position(|other| {
            other.path.split_once('.').map_or(other.path.as_str(), |(head, _)| head) == section
        });
        (first, rest.contains('.'))
    });
    for setting in sorted {
        let mut keys: Vec<&str> = setting.path.split('.').collect();
        let Some(key) = keys.pop() else { continue };
        let shared = keys.iter().zip(&open).take_while(|(new, old)| new == old).count();
        for (depth, name) in keys.iter().enumerate().skip(shared) {
            rows.push((format!("{}{name}:", indent(depth)), String::new()));
        }
        open.clone_from(&keys);
        let origin = shown(&setting.origin.to_string());
        if setting.yaml == "~" {
            rows.push((format!("{}# {key}:", indent(keys.len())), "not set".to_owned()));
        } else {
            rows.push((format!("{}{key}: {}", indent(keys.len()), setting.yaml), origin));
        }
    }
    let width = rows.iter().map(|(left, _)| left.chars().count().min(WIDEST)).max().unwrap_or(0);
    rows.into_iter().fold(String::new(), |mut out, (left, origin)| {
        let line = if origin.is_empty() { left } else { format!("{left:width$}  # {origin}") };
        out.push_str(&line);
        out.push('\n');
        out
    })
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

const WIDEST: usize = 60;

#[derive(Serialize)]
struct Document {
    good: bool,
    faults: Vec<Finding>,
    warnings: Vec<Finding>,
    notices: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<Vec<Effective>>,
}

#[derive(Serialize)]
struct Finding {
    path: String,
    origin: String,
    rule: String,
    hint: String,
}

impl From<&Fault> for Finding {
    fn from(fault: &Fault) -> Self {
        Self {
            path: fault.path.clone(),
            origin: fault.origin.to_string(),
            rule: fault.rule.clone(),
            hint: fault.hint.clone(),
        }
    }
}

#[derive(Serialize)]
struct Effective {
    path: String,
    value: String,
    origin: String,
}

impl From<&Setting> for Effective {
    fn from(setting: &Setting) -> Self {
        Self {
            path: setting.path.clone(),
            value: setting.yaml.clone(),
            origin: setting.origin.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
