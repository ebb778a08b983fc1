//! Text that stays within its line.

use std::fmt::{self, Write};

/// Writes to a line what it is given, escaped and cut.
pub(super) struct Printable<'a> {
    line: &'a mut String,
    room: usize,
    cut: usize,
}

impl<'a> Printable<'a> {
    /// At most `room` bytes more of `line`.
    pub(super) const fn new(line: &'a mut String, room: usize) -> Self {
        Self { line, room, cut: 0 }
    }

    /// Says how much was cut, if any was.
    pub(super) fn finish(self) {
        if self.cut > 0 {
            // Writing to a string does not fail.
            let _ = write!(self.line, "[{} more bytes]", self.cut);
        }
    }

    fn take(&mut self, text: &str) {
        // Once cut, all that follows is: a hole in the middle would read as if nothing were missing.
        match self.room.checked_sub(text.len()).filter(|_| self.cut == 0) {
            Some(room) => {
                self.room = room;
                self.line.push_str(text);
            }
            None => self.cut = self.cut.saturating_add(text.len()),
        }
    }
}

impl Write for Printable<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(is_unsafe) {
            let (plain, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.take_plain(plain);
            let mut characters = after.chars();
            for escaped in characters.next().into_iter().flat_map(char::escape_default) {
                self.take(escaped.encode_utf8(&mut [0; 4]));
            }
            rest = characters.as_str();
        }
        self.take_plain(rest);
        Ok(())
    }
}

impl Printable<'_> {
    fn take_plain(&mut self, text: &str) {
        if text.len() <= self.room {
            self.take(text);
            return;
        }
        for character in text.chars() {
            self.take(character.encode_utf8(&mut [0; 4]));
        }
    }
}

/// What could end a line, move a terminal's cursor, or make a line read otherwise than it is written.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// `text` on one line, escaped, and cut after `most` bytes.
#[must_use]
pub fn printable(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut printable = Printable::new(&mut line, most);
    // Writing to a string does not fail.
    let _ = printable.write_str(text);
    printable.finish();
    line
}

/// ` key=value` at the end of a message; the value in quotes where it would not be one word.
///
/// `info!("renewed{}{}", pair("lease", &id), pair("ttl_s", ttl))` gives `renewed lease=a1 ttl_s=3600`.
pub fn pair(key: &'static str, value: impl fmt::Display) -> impl fmt::Display {
    Pair(key, value)
}

struct Pair<V>(&'static str, V);

impl<V: fmt::Display> fmt::Display for Pair<V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.1.to_string();
        let is_word = !value.is_empty()
            && !value.contains(|character: char| {
                character.is_whitespace()
                    || is_unsafe(character)
                    || matches!(character, '"' | '=' | '\\')
            });
        if is_word {
            write!(out, " {}={value}", self.0)
        } else {
            // Escapes quotes, backslashes and line ends, so that a value cannot pass for another pair.
            write!(out, " {}={value:?}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_language_stays_as_it_is_and_what_would_hide_is_shown() {
        for same in ["", "Ä 日本 🙂", r#"a\b "quoted" <b>"#] {
            assert_eq!(printable(same, 100), same);
        }
        assert_eq!(
            printable("a\tb\u{7f}c\u{200b}d\u{feff}", 100),
            "a\\tb\\u{7f}c\\u{200b}d\\u{feff}"
        );
    }

    #[test]
    fn it_is_cut_between_characters_and_nothing_follows_a_cut() {
        assert_eq!(printable("abcd", 4), "abcd");
        assert_eq!(printable("abcde", 4), "abcd[1 more bytes]");
        assert_eq!(printable("abcä", 4), "abc[2 more bytes]");
        assert_eq!(printable("abäd", 3), "ab[3 more bytes]");
        assert_eq!(printable("abc\nd", 4), "abc\\[2 more bytes]");
    }

    #[test]
    fn a_value_cannot_pass_for_another_pair() {
        assert_eq!(pair("n", 7).to_string(), " n=7");
        assert_eq!(pair("path", "/a/b").to_string(), " path=/a/b");
        assert_eq!(pair("who", "x admin=yes").to_string(), r#" who="x admin=yes""#);
        assert_eq!(pair("who", "").to_string(), r#" who="""#);
        assert_eq!(pair("who", "a=b").to_string(), r#" who="a=b""#);
        assert_eq!(pair("who", "\" x=\"").to_string(), r#" who="\" x=\"""#);
        assert_eq!(pair("who", "a\nb").to_string(), r#" who="a\nb""#);
    }
}
