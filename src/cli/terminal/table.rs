//! Prints rows in aligned columns.
//!
//! Threat: the cells are data, and data is written by strangers. Every cell goes through
//! [`printable()`], so a cell is always one line and never more than what it says.

use super::{Style, Tint, printable};
use std::io::{self, Write};

/// Rows of `N` cells under `N` headings.
///
/// In a terminal, cells are cut with `…` where a row would be wider than it; in a pipe nothing is
/// cut. Columns stand two spaces apart, without tabs; an empty cell is printed as `-`, so that
/// a script that counts fields finds it.
#[derive(Clone, Debug)]
pub struct Table<const N: usize> {
    headings: [&'static str; N],
    numbers: [bool; N],
    rows: Vec<[Cell; N]>,
}

/// Text with the colour that says what it means. A width counts as many columns as it has
/// characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cell {
    text: String,
    tint: Option<Tint>,
}

impl<const N: usize> Table<N> {
    /// A table without rows.
    #[must_use]
    pub const fn new(headings: [&'static str; N]) -> Self {
        Self { headings, numbers: [false; N], rows: Vec::new() }
    }

    /// The same, with the column under this heading aligned to the right.
    #[must_use]
    pub fn number(mut self, heading: &str) -> Self {
        for (is_number, name) in self.numbers.iter_mut().zip(self.headings) {
            *is_number |= name == heading;
        }
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [Cell; N]) {
        self.rows.push(cells);
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Prints the headings and the rows; nothing if there are no rows.
    ///
    /// # Errors
    ///
    /// Whatever `out` fails with.
    pub fn print(&self, out: &mut dyn Write, style: &Style) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let widths = self.widths(style);
        let headings = self.headings.map(|name| Cell::tinted(name, Tint::Strong));
        for row in std::iter::once(&headings).chain(&self.rows) {
            self.print_row(row, &widths, out, style)?;
        }
        Ok(())
    }

    fn print_row(
        &self,
        row: &[Cell; N],
        widths: &[usize; N],
        out: &mut dyn Write,
        style: &Style,
    ) -> io::Result<()> {
        let mut line = String::new();
        let mut owed = 0;
        for ((cell, width), is_number) in row.iter().zip(widths).zip(self.numbers) {
            let text = cut(&cell.text, *width);
            let space = width.saturating_sub(columns(&text));
            let painted = cell.tint.map_or_else(|| text.clone(), |tint| style.colour(tint, &text));
            let before = if is_number { space } else { 0 };
            // The space after the last cell is owed but never paid: no line ends with spaces.
            line.push_str(&" ".repeat(before.saturating_add(owed)));
            line.push_str(&painted);
            owed = space.saturating_sub(before).saturating_add(GAP.len());
        }
        writeln!(out, "{line}")
    }

    /// The widest cell of each column, less what must be cut in a terminal.
    fn widths(&self, style: &Style) -> [usize; N] {
        let mut widths = self.headings.map(columns);
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(columns(&cell.text));
            }
        }
        if let Some(available) = style.width() {
            shrink(&mut widths, available);
        }
        widths
    }
}

/// Narrows the widest column again and again until the row fits or no column can be narrowed.
fn shrink<const N: usize>(widths: &mut [usize; N], available: usize) {
    for width in widths.iter_mut() {
        *width = (*width).min(available);
    }
    let gaps = N.saturating_sub(1).saturating_mul(GAP.len());
    let total = widths.iter().fold(gaps, |sum, width| sum.saturating_add(*width));
    for _ in 0..total.saturating_sub(available) {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest = widest.saturating_sub(1),
            _ => return,
        }
    }
}

fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut start: String = text.chars().take(width.saturating_sub(1)).collect();
    start.push('…');
    start
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

impl Cell {
    /// Text in a colour.
    #[must_use]
    pub fn tinted(text: impl AsRef<str>, tint: Tint) -> Self {
        Self { tint: Some(tint), ..Self::from(text.as_ref()) }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        let text = if text.trim().is_empty() { "-".to_owned() } else { printable(text) };
        Self { text, tint: None }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

const GAP: &str = "  ";
const NARROWEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn terminal(columns: &str) -> Style {
        let columns = columns.to_owned();
        Style::decide(true, move |name| match name {
            "COLUMNS" => Some(OsString::from(&columns)),
            "NO_COLOR" => Some("1".into()),
            _ => None,
        })
    }

    fn printed<const N: usize>(table: &Table<N>, style: &Style) -> String {
        let mut out = Vec::new();
        table.print(&mut out, style).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn anchors() -> Table<3> {
        let mut table = Table::new(["COUNTRY", "SUBJECT", "AGE"]).number("AGE");
        table.row(["DE".into(), "CN=CSCA".into(), "7".into()]);
        table.row(["F".into(), "CN=CSCA-FRANCE".into(), "1200".into()]);
        table
    }

    #[test]
    fn aligns_text_to_the_left_and_numbers_to_the_right_without_spaces_at_the_end() {
        assert_eq!(
            printed(&anchors(), &Style::plain()),
            "COUNTRY  SUBJECT          AGE\n\
             DE       CN=CSCA            7\n\
             F        CN=CSCA-FRANCE  1200\n"
        );
        let mut table = Table::new(["A", "B"]);
        table.row(["x".into(), "longer".into()]);
        table.row(["x".into(), "y".into()]);
        assert!(printed(&table, &Style::plain()).lines().all(|line| line == line.trim_end()));
    }

    #[test]
    fn prints_nothing_without_rows() {
        assert_eq!(printed(&Table::new(["A"]), &Style::plain()), "");
    }

    #[test]
    fn cuts_the_longest_cells_in_a_terminal_only() {
        let mut table = Table::new(["COUNTRY", "SUBJECT"]);
        table.row(["DE".into(), "x".repeat(90).into()]);
        let narrow = printed(&table, &terminal("40"));
        assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
        assert!(narrow.contains("x…"));
        assert!(narrow.contains("COUNTRY"));
        assert!(printed(&table, &Style::plain()).contains(&"x".repeat(90)));
        assert!(printed(&table, &terminal("120")).contains(&"x".repeat(90)));
    }

    #[test]
    fn keeps_a_few_characters_of_each_cell_although_the_row_then_does_not_fit() {
        let cells = || std::array::from_fn::<Cell, 9, _>(|_| "x".repeat(50).into());
        let mut table = Table::new(["H"; 9]);
        table.row(cells());
        let text = printed(&table, &terminal("40"));
        assert!(text.contains("xxxxxxx…  xxxxxxx…"), "{text}");
    }

    #[test]
    fn copes_with_a_cell_of_a_million_characters() {
        let mut table = Table::new(["A", "B"]);
        table.row(["x".repeat(1_000_000).into(), "y".into()]);
        assert!(printed(&table, &terminal("80")).lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn shows_control_characters_of_a_subject_instead_of_obeying_them() {
        let mut table = Table::new(["SUBJECT", "VERDICT"]);
        table.row(["CN=a\n\u{1b}[2Jvalid\t\u{202e}b".into(), "invalid".into()]);
        let text = printed(&table, &Style::plain());
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("CN=a\\u{a}\\u{1b}[2Jvalid\\u{9}\\u{202e}b  invalid"));
    }

    #[test]
    fn marks_an_empty_cell_so_that_a_script_can_count_fields() {
        let mut table = Table::new(["A", "B", "C"]);
        table.row(["x".into(), "".into(), "z".into()]);
        assert!(printed(&table, &Style::plain()).ends_with("x  -  z\n"));
    }

    #[test]
    fn does_not_count_a_colour_as_width() {
        let coloured = Style::decide(true, |_| None);
        let mut table = Table::new(["VERDICT", "FILE"]);
        table.row([Cell::tinted("valid", Tint::Good), "a.cer".into()]);
        let text = printed(&table, &coloured);
        assert!(text.contains("\u{1b}[32mvalid\u{1b}[0m    a.cer"), "{text:?}");
    }
}
