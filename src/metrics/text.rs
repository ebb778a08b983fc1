//! The Prometheus text format, version 0.0.4.

use std::fmt::Write;

use super::histogram::seconds;

/// The media type of a [`Page`].
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the samples of a family are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Only ever rises, until the process ends.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts within bounds.
    Histogram,
}

/// A sample's value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Number {
    /// A count.
    Whole(u64),
    /// A number that may be negative.
    Signed(i64),
    /// Microseconds, shown as seconds.
    Micros(u64),
}

/// A page of families, each with its samples.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// Begins a family. Its samples follow, and no others.
    pub fn family(&mut self, name: &str, help: &str, kind: Kind) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // A text takes everything.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// Adds a sample. Label values may be any text.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: Number) {
        self.0.push_str(name);
        let mut before = '{';
        for (label, value) in labels {
            self.0.push(before);
            before = ',';
            self.0.push_str(label);
            self.0.push_str("=\"");
            self.push_escaped(value);
            self.0.push('"');
        }
        self.0.push_str(if labels.is_empty() { " " } else { "} " });
        let _ = match value {
            Number::Whole(value) => writeln!(self.0, "{value}"),
            Number::Signed(value) => writeln!(self.0, "{value}"),
            Number::Micros(value) => writeln!(self.0, "{}", seconds(value)),
        };
    }

    fn push_escaped(&mut self, value: &str) {
        for character in value.chars() {
            match character {
                '\\' => self.0.push_str("\\\\"),
                '"' => self.0.push_str("\\\""),
                '\n' => self.0.push_str("\\n"),
                other => self.0.push(other),
            }
        }
    }

    /// The page.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}
