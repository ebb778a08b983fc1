//! Decides what one output stream can show: colours, and how wide.

use super::printable;
use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};

/// What a stream can show. Whatever is not a terminal gets plain text of any width.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Style {
    terminal: bool,
    colour: bool,
    redraw: bool,
    columns: usize,
}

/// What a colour says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tint {
    /// Valid, done: green.
    Good,
    /// Invalid, failed: red.
    Bad,
    /// Uncertain, a warning: yellow.
    Doubt,
    /// A heading: bold.
    Strong,
    /// Beside the point: dim.
    Faint,
}

impl Style {
    /// For standard output.
    #[must_use]
    pub fn of_stdout() -> Self {
        Self::decide(io::stdout().is_terminal(), |name| env::var_os(name))
    }

    /// For standard error.
    #[must_use]
    pub fn of_stderr() -> Self {
        Self::decide(io::stderr().is_terminal(), |name| env::var_os(name))
    }

    /// For a pipe or a file.
    #[must_use]
    pub const fn plain() -> Self {
        Self { terminal: false, colour: false, redraw: false, columns: DEFAULT_COLUMNS }
    }

    /// Colours need a terminal that is not `dumb`, and `NO_COLOR` unset or empty
    /// (<https://no-color.org>). The width is `COLUMNS`, 40 to 1000, or 100.
    #[must_use]
    pub fn decide(terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let unwanted = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|value| value == "dumb");
        let columns = variable("COLUMNS").and_then(|value| value.to_str()?.parse().ok());
        Self {
            terminal,
            colour: terminal && !dumb && !unwanted,
            redraw: terminal && !dumb,
            columns: columns.map_or(DEFAULT_COLUMNS, |columns: usize| columns.clamp(40, 1000)),
        }
    }

    /// Whether a person is likely to read this as it comes.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether a line may be drawn over.
    #[must_use]
    pub const fn can_redraw(&self) -> bool {
        self.redraw
    }

    /// How many columns a line may take; `None` in a pipe, where nothing is cut.
    #[must_use]
    pub const fn width(&self) -> Option<usize> {
        if self.terminal { Some(self.columns) } else { None }
    }

    /// How many columns running text may take: never more than 100, which reads badly.
    #[must_use]
    pub fn text_width(&self) -> usize {
        self.width().unwrap_or(DEFAULT_COLUMNS).min(DEFAULT_COLUMNS)
    }

    /// `text`, made [`printable()`], in its colour if the stream shows colours.
    #[must_use]
    pub fn paint(&self, tint: Tint, text: &str) -> String {
        self.colour(tint, &printable(text))
    }

    /// `text`, which is printable already, in its colour.
    pub(super) fn colour(&self, tint: Tint, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match tint {
            Tint::Good => "32",
            Tint::Bad => "31",
            Tint::Doubt => "33",
            Tint::Strong => "1",
            Tint::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

const DEFAULT_COLUMNS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn with(terminal: bool, variables: &[(&str, &str)]) -> Style {
        Style::decide(terminal, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    fn is_coloured(style: Style) -> bool {
        style.paint(Tint::Bad, "x") != "x"
    }

    #[test]
    fn colours_only_in_a_terminal() {
        assert!(is_coloured(with(true, &[("TERM", "xterm")])));
        assert!(!is_coloured(with(false, &[("TERM", "xterm")])));
        assert!(!is_coloured(Style::plain()));
    }

    #[test]
    fn honours_no_color_unless_it_is_empty() {
        assert!(!is_coloured(with(true, &[("NO_COLOR", "1")])));
        assert!(is_coloured(with(true, &[("NO_COLOR", "")])));
    }

    #[test]
    fn neither_colours_nor_redraws_in_a_dumb_terminal() {
        let dumb = with(true, &[("TERM", "dumb")]);
        assert!(!is_coloured(dumb));
        assert!(!dumb.can_redraw());
        assert!(with(true, &[("NO_COLOR", "1")]).can_redraw());
    }

    #[test]
    fn takes_the_width_from_columns_or_else_100() {
        assert_eq!(with(true, &[("COLUMNS", "132")]).width(), Some(132));
        assert_eq!(with(true, &[]).width(), Some(100));
        assert_eq!(with(true, &[("COLUMNS", "wide")]).width(), Some(100));
        assert_eq!(with(true, &[("COLUMNS", "0")]).width(), Some(40));
        assert_eq!(with(true, &[("COLUMNS", "999999999")]).width(), Some(1000));
    }

    #[test]
    fn has_no_width_in_a_pipe_so_that_nothing_is_cut() {
        assert_eq!(with(false, &[("COLUMNS", "80")]).width(), None);
        assert_eq!(with(false, &[("COLUMNS", "80")]).text_width(), 100);
        assert_eq!(with(true, &[("COLUMNS", "80")]).text_width(), 80);
        assert_eq!(with(true, &[("COLUMNS", "200")]).text_width(), 100);
    }

    #[test]
    fn paints_only_its_own_escape_sequences() {
        let painted = with(true, &[]).paint(Tint::Good, "a\u{1b}[0m");
        assert_eq!(painted, "\u{1b}[32ma\\u{1b}[0m\u{1b}[0m");
    }
}
