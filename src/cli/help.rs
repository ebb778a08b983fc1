//! The help pages: of the program, of commands that share a first word, and of one command.

use super::arguments::unknown_command;
use super::commands::PROGRAM;
use super::exit::Exit;
use super::layout::Text;
use super::table::{Command, Opt, Program, Section};
use super::terminal::{Style, Tint};
use super::usage_error::UsageError;
use std::ffi::OsString;

/// The help for `words`: a command, the beginning of some, or nothing for the whole program.
///
/// # Errors
///
/// [`UsageError::UnknownCommand`].
pub fn page(words: &[OsString], style: &Style) -> Result<String, UsageError> {
    let mut known: Vec<&'static str> = Vec::new();
    for word in words {
        let next = PROGRAM.next_words(&known);
        match next.iter().find(|(name, _)| word == name) {
            Some((name, _)) => known.push(name),
            None => return Err(unknown_command(&PROGRAM, &known, word)),
        }
    }
    let text = Text::new(style.text_width());
    let mut page = Page { program: &PROGRAM, style, text };
    match (PROGRAM.command(&known), known.is_empty()) {
        (Some(command), _) => page.command(command),
        (None, true) => page.program(),
        (None, false) => page.group(&known),
    }
    Ok(page.text.finish())
}

/// Every way `command` ends: its own codes, then the two that any command may end with.
pub(super) fn exits(command: &Command) -> Vec<(String, String)> {
    let any = [Exit::Usage, Exit::Internal].map(|exit| (exit, exit.meaning()));
    let mut exits: Vec<(Exit, &str)> = command.exits.iter().copied().chain(any).collect();
    exits.sort_by_key(|(exit, _)| exit.code());
    let entry = |(exit, meaning): (Exit, &str)| (exit.code().to_string(), meaning.to_owned());
    exits.into_iter().map(entry).collect()
}

struct Page<'a> {
    program: &'static Program,
    style: &'a Style,
    text: Text,
}

impl Page<'_> {
    fn program(&mut self) {
        let (program, name) = (self.program, self.program.name);
        self.text.paragraph(&format!("{name} {}: {}", program.version, program.summary), 0);
        self.heading("Usage");
        self.text.line(&format!("  {name} COMMAND [OPTION]... [ARGUMENT]..."));
        for section in program.sections {
            self.heading(section.title);
            self.commands(section.commands.iter());
        }
        self.common_options();
        self.text.line("");
        let more = format!("`{name} help COMMAND` explains one command, `{name} man` all of them.");
        self.text.paragraph(&more, 0);
    }

    fn group(&mut self, words: &[&str]) {
        let belongs = |command: &&Command| command.path.starts_with(words);
        let has_one = |section: &&Section| section.commands.iter().any(|command| belongs(&command));
        let section = self.program.sections.iter().find(has_one);
        let (name, said) = (self.program.name, words.join(" "));

        self.text.paragraph(section.map_or("", |section| section.summary), 0);
        self.heading("Usage");
        self.text.line(&format!("  {name} {said} COMMAND [OPTION]... [ARGUMENT]..."));
        self.heading("Commands");
        self.commands(self.program.commands().filter(belongs));
        self.common_options();
        self.text.line("");
        self.text.paragraph(&format!("`{name} help {said} COMMAND` explains one of them."), 0);
    }

    fn command(&mut self, command: &Command) {
        self.text.paragraph(command.summary, 0);
        self.heading("Usage");
        self.text.line(&format!("  {} {} [OPTION]...", self.program.name, command.usage()));
        for part in command.description {
            self.text.line("");
            self.text.paragraph(part, 0);
        }
        if !command.options.is_empty() {
            self.heading("Options");
            self.options(command.options);
        }
        self.common_options();
        self.heading("Examples");
        for example in command.examples {
            self.text.paragraph(&format!("{}:", example.does), 2);
            self.text.line(&format!("    {}", example.line));
        }
        self.heading("Exit codes");
        self.text.list(&exits(command), 8);
    }

    fn heading(&mut self, title: &str) {
        let heading = self.style.paint(Tint::Strong, &format!("{title}:"));
        self.text.line("");
        self.text.line(&heading);
    }

    fn commands(&mut self, commands: impl Iterator<Item = &'static Command>) {
        let line = |command: &Command| format!("{} {}", command.name(), command.operand_line());
        let entries: Vec<(String, String)> = commands
            .map(|command| (line(command).trim_end().to_owned(), command.summary.to_owned()))
            .collect();
        self.text.list(&entries, 36);
    }

    fn common_options(&mut self) {
        self.heading("Options of every command");
        self.options(self.program.common);
    }

    fn options(&mut self, options: &[Opt]) {
        let entries: Vec<(String, String)> =
            options.iter().map(|option| (with_letter(option), option.full_help())).collect();
        self.text.list(&entries, 30);
    }
}

/// `-v, --verbose`; without a letter, space for one.
fn with_letter(option: &Opt) -> String {
    match option.short {
        Some(letter) => format!("-{letter}, {}", option.usage()),
        None => format!("    {}", option.usage()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(words: &[&str]) -> String {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        page(&words, &Style::plain()).unwrap()
    }

    fn every_page() -> Vec<String> {
        let commands = PROGRAM.commands().map(|command| command.path);
        let pages = commands.chain(PROGRAM.groups()).map(help);
        pages.chain([help(&[])]).collect()
    }

    #[test]
    fn keeps_every_line_within_100_columns_and_free_of_spaces_at_its_end() {
        for text in every_page() {
            for line in text.lines() {
                assert!(line.chars().count() <= 100, "{line}");
                assert_eq!(line, line.trim_end());
            }
        }
    }

    #[test]
    fn fits_a_narrower_terminal_but_for_examples_and_usage() {
        let narrow = Style::decide(true, |name| match name {
            "COLUMNS" => Some("80".into()),
            "NO_COLOR" => Some("1".into()),
            _ => None,
        });
        let words = ["cert", "validate"].map(OsString::from);
        for line in page(&words, &narrow).unwrap().lines() {
            assert!(line.chars().count() <= 80 || line.contains("trust-service"), "{line}");
        }
    }

    #[test]
    fn tells_of_a_command_all_that_the_table_holds() {
        let text = help(&["cert", "validate"]);
        for part in [
            "trust-service cert validate FILE... [OPTION]...",
            "--on-unknown ACTION",
            "Default: warn.",
            "-v, --verbose",
            "    trust-service cert validate --at issuance one.cer two.pem\n",
            "  1     at least one is invalid\n",
            "  64    the command line is not understood\n",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn names_a_required_option_in_the_usage() {
        let text = help(&["trust", "distrust"]);
        assert!(text.contains("trust-service trust distrust SHA256 --reason TEXT [OPTION]..."));
    }

    #[test]
    fn lists_the_commands_that_share_a_word_and_no_others() {
        let text = help(&["cert"]);
        assert!(text.contains("cert inspect FILE...") && text.contains("cert validate FILE..."));
        assert!(!text.contains("trust status"));
    }

    #[test]
    fn refuses_to_explain_what_does_not_exist() {
        for words in [vec!["certs"], vec!["cert", "sign"], vec!["cert", "inspect", "x"]] {
            let words: Vec<OsString> = words.into_iter().map(OsString::from).collect();
            let error = page(&words, &Style::plain()).unwrap_err();
            assert!(matches!(error, UsageError::UnknownCommand { .. }), "{error}");
        }
    }

    #[test]
    fn prints_headings_bold_in_a_terminal_only() {
        let coloured = page(&[], &Style::decide(true, |_| None)).unwrap();
        assert!(coloured.contains("\u{1b}[1mUsage:\u{1b}[0m"));
        assert!(!help(&[]).contains('\u{1b}'));
    }
}
