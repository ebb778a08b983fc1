//! Builds a text line by line: paragraphs and lists of terms, set into a given width.

/// A text that grows by whole lines.
#[derive(Debug)]
pub(super) struct Text {
    text: String,
    width: usize,
}

impl Text {
    /// An empty text, to be set in `width` columns.
    pub(super) const fn new(width: usize) -> Self {
        Self { text: String::new(), width }
    }

    /// A line as it is, however long.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A paragraph, indented by `indent`.
    pub(super) fn paragraph(&mut self, text: &str, indent: usize) {
        let space = " ".repeat(indent);
        for line in wrap(text, self.width.saturating_sub(indent)) {
            self.line(&format!("{space}{line}"));
        }
    }

    /// Terms on the left, what they mean on the right, aligned at `column`; a term that does not
    /// fit before it has a line of its own.
    pub(super) fn list(&mut self, entries: &[(String, String)], column: usize) {
        for (term, meaning) in entries {
            let mut start = format!("  {term}");
            let mut lines = wrap(meaning, self.width.saturating_sub(column));
            if start.chars().count().saturating_add(2) > column || lines.is_empty() {
                self.line(&start);
                start.clear();
            }
            for line in lines.drain(..) {
                self.line(&format!("{start:<column$}{line}"));
                start.clear();
            }
        }
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// `text` in lines of at most `width` characters; a longer word has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let length = line.chars().count().saturating_add(word.chars().count());
        if !line.is_empty() && length.saturating_add(1) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(entries: &[(&str, &str)]) -> String {
        let own = |(term, meaning): &(&str, &str)| ((*term).to_owned(), (*meaning).to_owned());
        let mut text = Text::new(12);
        text.list(&entries.iter().map(own).collect::<Vec<_>>(), 8);
        text.finish()
    }

    #[test]
    fn fills_lines_up_to_the_width_and_not_beyond() {
        assert_eq!(wrap("ab cd ef", 5), ["ab cd", "ef"]);
        assert_eq!(wrap("ab cd ef", 4), ["ab", "cd", "ef"]);
        assert_eq!(wrap("  ", 5), Vec::<String>::new());
    }

    #[test]
    fn gives_a_word_that_is_too_long_a_line_of_its_own() {
        assert_eq!(wrap("a longest b", 3), ["a", "longest", "b"]);
        assert_eq!(wrap("a b", 0), ["a", "b"]);
    }

    #[test]
    fn aligns_meanings_and_moves_long_terms_to_their_own_line() {
        let text = listed(&[("ab", "one two"), ("abcdefgh", "three")]);
        assert_eq!(text, "  ab    one\n        two\n  abcdefgh\n        three\n");
    }

    #[test]
    fn prints_a_term_without_a_meaning() {
        assert_eq!(listed(&[("ab", "")]), "  ab\n");
    }

    #[test]
    fn indents_every_line_of_a_paragraph() {
        let mut text = Text::new(6);
        text.paragraph("ab cd ef", 2);
        assert_eq!(text.finish(), "  ab\n  cd\n  ef\n");
    }
}
