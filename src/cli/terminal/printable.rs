//! Makes text of unknown origin safe to show.
//!
//! Threat: a certificate's subject is written by whoever made the certificate. Control characters
//! in it could recolour or overwrite what was already printed, answer the terminal's questions, or
//! forge a line; characters that reverse or hide text could make one name look like another.
//! All of them are shown as what they are: `\u{1b}`.

use std::fmt::Write as _;

/// `text` with every character that acts instead of being seen written as `\u{..}`.
///
/// A backslash stays as it is (names are full of them), so the result is for reading, not for
/// turning back.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            // Writing to a string does not fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Controls of C0 and C1, line and paragraph separators, whatever changes the direction of writing
/// (Unicode Standard Annex 9, section 2), and characters that take no space.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_plain_names_in_any_script_as_they_are() {
        for name in ["CN=CSCA Müller,C=DE", "C=中国,O=外交部", "C=\\#13024445", "Ελλάδα", ""]
        {
            assert_eq!(printable(name), name);
        }
    }

    #[test]
    fn shows_an_escape_sequence_instead_of_obeying_it() {
        assert_eq!(printable("\u{1b}[31mvalid"), "\\u{1b}[31mvalid");
        assert_eq!(printable("\u{9b}2J"), "\\u{9b}2J");
        assert_eq!(printable("a\u{7f}b"), "a\\u{7f}b");
    }

    #[test]
    fn shows_line_ends_and_tabs_so_that_a_name_cannot_forge_a_line() {
        assert_eq!(printable("a\nvalid\tb\r"), "a\\u{a}valid\\u{9}b\\u{d}");
        assert_eq!(printable("a\u{2028}b\u{85}"), "a\\u{2028}b\\u{85}");
    }

    #[test]
    fn shows_what_reverses_the_direction_so_that_a_name_cannot_read_backwards() {
        for turn in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            assert_eq!(printable(&turn.to_string()), format!("\\u{{{:x}}}", u32::from(turn)));
        }
        assert_eq!(printable("\u{200e}\u{200f}\u{61c}"), "\\u{200e}\\u{200f}\\u{61c}");
    }

    #[test]
    fn shows_what_cannot_be_seen_so_that_two_names_cannot_look_alike() {
        assert_eq!(printable("D\u{200b}E"), "D\\u{200b}E");
        assert_eq!(printable("\u{feff}DE"), "\\u{feff}DE");
        assert_eq!(printable("DE\u{e0041}"), "DE\\u{e0041}");
    }

    #[test]
    fn never_lets_a_control_character_through() {
        for character in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let shown = printable(&character.to_string());
            assert!(!shown.contains(char::is_control), "{:x}", u32::from(character));
        }
    }
}
