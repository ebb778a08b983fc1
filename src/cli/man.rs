//! The manual page, as roff source for the `man` macros.
//!
//! Everything in it is literal text of the table, so `escape` turns off all that roff would take
//! for itself: a hyphen stays a hyphen that can be copied, and no line begins with a request.

use super::commands::PROGRAM;
use super::exit::Exit;
use super::help::exits;
use super::layout::Text;
use super::table::{Command, Opt, Program};
use super::terminal::printable;

/// The page `trust-service(8)`.
#[must_use]
pub fn page() -> String {
    let mut page = Page { text: Text::new(usize::MAX) };
    page.whole(&PROGRAM);
    page.text.finish()
}

struct Page {
    text: Text,
}

impl Page {
    fn whole(&mut self, program: &Program) {
        let (name, version) = (program.name, program.version);
        let title = escape(&name.to_uppercase());
        self.text
            .line(&format!(".TH \"{title}\" 8 \"\" \"{}\"", escape(&format!("{name} {version}"))));
        self.text.line(".SH NAME");
        self.text.line(&format!("{} \\- {}", escape(name), escape(program.summary)));
        self.text.line(".SH SYNOPSIS");
        self.text.line(&format!(
            "{}\n\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...",
            bold(name)
        ));
        self.text.line(".SH DESCRIPTION");
        self.paragraphs(program.description);
        self.text.line(".SH COMMANDS");
        for command in program.commands() {
            self.command(program, command);
        }
        self.text.line(".SH OPTIONS");
        self.plain(
            "Every command takes these. Options may stand before or after the other \
                    arguments; -- ends them.",
        );
        self.options(program.common);
        self.text.line(".SH EXIT STATUS");
        for exit in Exit::ALL {
            self.term(&bold(&exit.code().to_string()), exit.meaning());
        }
        self.text.line(".SH ENVIRONMENT");
        for (variable, meaning) in program.environment {
            self.term(&bold(variable), meaning);
        }
        self.text.line(".SH FILES");
        for (path, meaning) in program.files {
            self.term(&italic(path), meaning);
        }
    }

    fn command(&mut self, program: &Program, command: &Command) {
        self.text
            .line(&format!(".SS {}", quoted(&format!("{} {}", program.name, command.usage()))));
        self.plain(&format!("{}.", command.summary));
        for part in command.description {
            self.text.line(".PP");
            self.plain(part);
        }
        self.options(command.options);
        for example in command.examples {
            self.text.line(".PP");
            self.plain(&format!("{}:", example.does));
            self.text.line(".PP\n.in +4n\n.nf");
            self.plain(example.line);
            self.text.line(".fi\n.in");
        }
        self.text.line(".PP");
        self.plain("Exit status:");
        for (code, meaning) in exits(command) {
            self.term(&bold(&code), &meaning);
        }
    }

    fn options(&mut self, options: &[Opt]) {
        for option in options {
            let mut term = bold(&format!("--{}", option.long));
            if let Some(letter) = option.short {
                term = format!("{}, {term}", bold(&format!("-{letter}")));
            }
            if let Some(value) = option.value {
                term = format!("{term} {}", italic(value.name));
            }
            self.term(&term, &option.full_help());
        }
    }

    fn paragraphs(&mut self, paragraphs: &[&str]) {
        for (place, text) in paragraphs.iter().enumerate() {
            if place > 0 {
                self.text.line(".PP");
            }
            self.plain(text);
        }
    }

    /// A term, which is roff already, and what it means.
    fn term(&mut self, term: &str, meaning: &str) {
        self.text.line(".TP");
        self.text.line(term);
        self.plain(meaning);
    }

    fn plain(&mut self, text: &str) {
        self.text.line(&escape(text));
    }
}

fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", escape(text))
}

fn italic(text: &str) -> String {
    format!("\\fI{}\\fR", escape(text))
}

/// `text` as one argument of a macro.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escape(text))
}

/// `text` such that roff prints it as it is, on one line (`groff_char(7)`, `groff(7)`).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    if text.starts_with(['.', '\'']) {
        // Takes no space, and keeps a request from being seen at the start of the line.
        escaped.push_str("\\&");
    }
    for character in printable(text).chars() {
        match character {
            '\\' => escaped.push_str("\\(rs"),
            '-' => escaped.push_str("\\-"),
            '\'' => escaped.push_str("\\(aq"),
            '"' => escaped.push_str("\\(dq"),
            '`' => escaped.push_str("\\(ga"),
            '^' => escaped.push_str("\\(ha"),
            '~' => escaped.push_str("\\(ti"),
            plain if plain.is_ascii() => escaped.push(plain),
            other => escaped.push_str(&by_number(other)),
        }
    }
    escaped
}

fn by_number(character: char) -> String {
    format!("\\[u{:04X}]", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::process::{Command as Process, Stdio};

    #[test]
    fn keeps_roff_from_taking_text_for_requests_and_escapes() {
        assert_eq!(escape(".SH x"), "\\&.SH x");
        assert_eq!(escape("'br"), "\\&\\(aqbr");
        assert_eq!(escape("a\\fB"), "a\\(rsfB");
        assert_eq!(escape("--dry-run"), "\\-\\-dry\\-run");
        assert_eq!(escape("say \"`x`\""), "say \\(dq\\(gax\\(ga\\(dq");
        assert_eq!(escape("…é"), "\\[u2026]\\[u00E9]");
    }

    #[test]
    fn keeps_a_line_end_in_the_text_from_beginning_a_request() {
        assert_eq!(escape("a\n.br"), "a\\(rsu{a}.br");
    }

    #[test]
    fn writes_ascii_so_that_any_roff_reads_it() {
        assert!(page().is_ascii());
    }

    #[test]
    fn begins_with_the_title_and_the_name_line_that_apropos_reads() {
        let page = page();
        assert!(page.starts_with(".TH \"TRUST\\-SERVICE\" 8 "), "{page}");
        assert!(page.contains(".SH NAME\ntrust\\-service \\- validates "));
    }

    #[test]
    fn uses_no_request_but_the_few_it_means_to() {
        for line in page().lines().filter(|line| line.starts_with(['.', '\''])) {
            let request = line.split(' ').next().unwrap();
            let meant = [".TH", ".SH", ".SS", ".PP", ".TP", ".in", ".nf", ".fi"];
            assert!(meant.contains(&request), "{line}");
        }
    }

    /// Says nothing where groff is not installed.
    #[test]
    fn renders_without_warnings() {
        let groff = Process::new("groff")
            .args(["-man", "-Tutf8", "-ww", "-P-cbou"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut groff) = groff else { return };
        groff.stdin.take().unwrap().write_all(page().as_bytes()).unwrap();
        let output = groff.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert!(String::from_utf8_lossy(&output.stdout).contains("ENVIRONMENT"));
    }
}
