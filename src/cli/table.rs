//! The shape of the description from which the command line is made: a program, its sections,
//! their commands, operands and options.
//!
//! Invariant, held by the tests in `cli/tests.rs`: an option with the same name takes the same
//! value in every command, so that it may stand before the command word; and no two options share
//! a letter.

use super::commands::Action;
use super::exit::Exit;

/// The whole program.
#[derive(Debug, Eq, PartialEq)]
pub struct Program {
    /// The word typed to start it.
    pub name: &'static str,
    /// Its release.
    pub version: &'static str,
    /// One line, without a full stop.
    pub summary: &'static str,
    /// Paragraphs.
    pub description: &'static [&'static str],
    /// The commands, as they are grouped in the help.
    pub sections: &'static [Section],
    /// Options that every command takes.
    pub common: &'static [Opt],
    /// Environment variables and what they do.
    pub environment: &'static [(&'static str, &'static str)],
    /// Paths and what stands there.
    pub files: &'static [(&'static str, &'static str)],
}

/// Commands that belong together; those with two words share the first.
#[derive(Debug, Eq, PartialEq)]
pub struct Section {
    /// The heading in the help.
    pub title: &'static str,
    /// One line, without a full stop; also says what the shared first word is for.
    pub summary: &'static str,
    /// In the order of the help.
    pub commands: &'static [Command],
}

/// One command.
#[derive(Debug, Eq, PartialEq)]
pub struct Command {
    /// What the caller matches on to run it.
    pub action: Action,
    /// The words that call it: `["cert", "inspect"]`.
    pub path: &'static [&'static str],
    /// One line, without a full stop.
    pub summary: &'static str,
    /// Paragraphs.
    pub description: &'static [&'static str],
    /// What follows the command words, in order.
    pub operands: &'static [Operand],
    /// Options beside the common ones.
    pub options: &'static [Opt],
    /// At least one.
    pub examples: &'static [Example],
    /// How it ends, with what each code says here.
    pub exits: &'static [(Exit, &'static str)],
}

/// An argument known by its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Operand {
    /// What it is.
    pub value: Value,
    /// How often it stands.
    pub count: Count,
}

/// How often an operand stands. `Many` and `Any` must be a command's last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Count {
    /// Exactly once.
    One,
    /// Once or not at all.
    Optional,
    /// Once or more.
    Many,
    /// Not at all, once or more.
    Any,
}

/// A value as it is shown and checked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Value {
    /// Its name in the help: `DIR`.
    pub name: &'static str,
    /// What may stand there.
    pub kind: Kind,
}

/// What may stand for a value. All but paths must be UTF-8.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A word of a command; only `help` takes it.
    Command,
    /// A path of a folder.
    Directory,
    /// A path of a file.
    File,
    /// One of these words, and nothing else.
    OneOf(&'static [&'static str]),
    /// One of these words, or other text that the command reads itself.
    Suggested(&'static [&'static str]),
    /// Text that the command reads itself.
    Text,
}

/// An option, with its value if it takes one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Opt {
    /// The name, without the two hyphens.
    pub long: &'static str,
    /// The letter, without the hyphen.
    pub short: Option<char>,
    /// What it takes; a flag takes nothing.
    pub value: Option<Value>,
    /// What stands when it is not given.
    pub default: Option<&'static str>,
    /// One or two sentences.
    pub help: &'static str,
    /// The command cannot do without it.
    pub required: bool,
    /// It may be given more than once.
    pub repeatable: bool,
}

/// A line to try.
#[derive(Debug, Eq, PartialEq)]
pub struct Example {
    /// What it does, without a full stop.
    pub does: &'static str,
    /// The line, with the program's name.
    pub line: &'static str,
}

impl Program {
    /// Every command, in the order of the help.
    pub fn commands(&self) -> impl Iterator<Item = &'static Command> {
        self.sections.iter().flat_map(|section| section.commands)
    }

    /// The command called by exactly these words.
    #[must_use]
    pub fn command(&self, path: &[&str]) -> Option<&'static Command> {
        self.commands().find(|command| command.path == path)
    }

    /// The words that may follow `path`, each once, with what they are for.
    #[must_use]
    pub fn next_words(&self, path: &[&str]) -> Vec<(&'static str, &'static str)> {
        let mut words: Vec<(&str, &str)> = Vec::new();
        for section in self.sections {
            for command in section.commands {
                let mut rest = command.path.iter().skip(path.len());
                let (true, Some(word)) = (command.path.starts_with(path), rest.next()) else {
                    continue;
                };
                let whole = rest.next().is_none();
                if !words.iter().any(|(known, _)| known == word) {
                    words.push((word, if whole { command.summary } else { section.summary }));
                }
            }
        }
        words
    }

    /// The beginnings of commands that are not commands themselves: `["cert"]`.
    #[must_use]
    pub fn groups(&self) -> Vec<&'static [&'static str]> {
        let mut groups: Vec<&[&str]> = Vec::new();
        for command in self.commands() {
            let mut path = command.path;
            while let Some((_, shorter)) = path.split_last() {
                if !shorter.is_empty() && !groups.contains(&shorter) {
                    groups.push(shorter);
                }
                path = shorter;
            }
        }
        groups
    }

    /// Every option of the program, each name once.
    #[must_use]
    pub fn all_options(&self) -> Vec<&'static Opt> {
        let mut options: Vec<&'static Opt> = self.common.iter().collect();
        for option in self.commands().flat_map(|command| command.options) {
            if !options.iter().any(|known| known.long == option.long) {
                options.push(option);
            }
        }
        options
    }

    /// The options that `command` takes: its own, then the common ones.
    pub fn options_of(&self, command: &Command) -> impl Iterator<Item = &'static Opt> {
        command.options.iter().chain(self.common)
    }
}

impl Command {
    /// The words that call it, as one line.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.join(" ")
    }

    /// Its operands as one line: `[SNAPSHOT [SNAPSHOT]]`; empty without any.
    #[must_use]
    pub fn operand_line(&self) -> String {
        self.operands.iter().rev().fold(String::new(), |rest, operand| {
            let name = operand.value.name;
            let space = if rest.is_empty() { "" } else { " " };
            match operand.count {
                Count::One => format!("{name}{space}{rest}"),
                Count::Optional => format!("[{name}{space}{rest}]"),
                Count::Many => format!("{name}...{space}{rest}"),
                Count::Any => format!("[{name}...]{space}{rest}"),
            }
        })
    }

    /// What must or may follow the program's name, without the optional options.
    #[must_use]
    pub fn usage(&self) -> String {
        let mut line = self.name();
        let operands = self.operand_line();
        let required = self.options.iter().filter(|option| option.required).map(Opt::usage);
        for part in std::iter::once(operands).chain(required).filter(|part| !part.is_empty()) {
            line.push(' ');
            line.push_str(&part);
        }
        line
    }
}

impl Opt {
    /// An option without a value.
    #[must_use]
    pub const fn flag(long: &'static str, help: &'static str) -> Self {
        let (short, value, default) = (None, None, None);
        Self { long, short, value, default, help, required: false, repeatable: false }
    }

    /// An option with a value.
    #[must_use]
    pub const fn valued(
        long: &'static str,
        name: &'static str,
        kind: Kind,
        help: &'static str,
    ) -> Self {
        let mut option = Self::flag(long, help);
        option.value = Some(Value { name, kind });
        option
    }

    /// The same, with a letter.
    #[must_use]
    pub const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    /// The same, with the value that stands when it is not given.
    #[must_use]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    /// The same, which the command cannot do without.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same, which may be given more than once.
    #[must_use]
    pub const fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// `--state DIR`.
    #[must_use]
    pub fn usage(&self) -> String {
        match self.value {
            Some(value) => format!("--{} {}", self.long, value.name),
            None => format!("--{}", self.long),
        }
    }

    /// All that the help says of it: the sentences, the allowed values, the default.
    #[must_use]
    pub fn full_help(&self) -> String {
        let mut text = self.help.to_owned();
        if let Some(Value { kind: Kind::OneOf(allowed), .. }) = self.value {
            text.push_str(" One of: ");
            text.push_str(&allowed.join(", "));
            text.push('.');
        }
        if let Some(default) = self.default {
            text.push_str(" Default: ");
            text.push_str(default);
            text.push('.');
        }
        if self.required {
            text.push_str(" Must be given.");
        }
        if self.repeatable {
            text.push_str(" May be given more than once.");
        }
        text
    }
}
