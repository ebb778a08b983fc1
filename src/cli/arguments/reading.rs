//! Sorts the words of a command line into command, options and operands, before any is judged by
//! the command's own rules.

use super::{Given, UsageError, shown};
use crate::cli::table::{Command, Opt, Program};
use crate::nearest::nearest;
use lexopt::{Arg, Parser};
use std::ffi::{OsStr, OsString};

/// A command line sorted into its parts.
pub(super) struct Reading {
    program: &'static Program,
    /// The words of the command so far, as they stand in the table.
    pub(super) words: Vec<&'static str>,
    /// Set once the words make a whole command.
    pub(super) command: Option<&'static Command>,
    pub(super) given: Vec<Given>,
    pub(super) operands: Vec<OsString>,
}

/// How an option was typed.
enum Typed {
    Long(String),
    Short(char),
}

impl Reading {
    /// Sorts all of `arguments`, which begin after the program's own name.
    pub(super) fn of(
        program: &'static Program,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, UsageError> {
        let (words, given, operands) = (Vec::new(), Vec::new(), Vec::new());
        let mut reading = Self { program, words, command: None, given, operands };
        let mut parser = Parser::from_args(arguments);
        loop {
            let typed = match parser.next().map_err(unexpected)? {
                None => return Ok(reading),
                Some(Arg::Value(word)) => {
                    reading.take_word(word)?;
                    continue;
                }
                Some(Arg::Long(name)) => Typed::Long(name.to_owned()),
                Some(Arg::Short(letter)) => Typed::Short(letter),
            };
            let option = reading.find(&typed)?;
            let value = match option.value {
                Some(_) => Some(reading.take_value(option, &mut parser)?),
                None => None,
            };
            reading.given.push(Given { option, value });
        }
    }

    /// Whether the option `long` was typed.
    pub(super) fn has(&self, long: &str) -> bool {
        self.given.iter().any(|given| given.option.long == long)
    }

    /// A word that is no option: the next of the command, or an operand.
    fn take_word(&mut self, word: OsString) -> Result<(), UsageError> {
        if self.command.is_some() {
            self.operands.push(word);
            return Ok(());
        }
        let known = self.program.next_words(&self.words);
        match known.iter().find(|(known, _)| word == *known) {
            Some((known, _)) => {
                self.words.push(known);
                self.command = self.program.command(&self.words);
                Ok(())
            }
            None => Err(unknown_command(self.program, &self.words, &word)),
        }
    }

    /// Looks an option up among all commands, because its own may still follow.
    fn find(&self, typed: &Typed) -> Result<&'static Opt, UsageError> {
        let options = self.program.all_options();
        let found = options.iter().find(|option| match typed {
            Typed::Long(name) => option.long == name,
            Typed::Short(letter) => option.short == Some(*letter),
        });
        found.copied().ok_or_else(|| self.unknown_option(typed))
    }

    fn take_value(
        &self,
        option: &'static Opt,
        parser: &mut Parser,
    ) -> Result<OsString, UsageError> {
        let value = match parser.optional_value() {
            Some(tied) => tied,
            None => match parser.value() {
                Ok(next) if self.is_option(&next) => {
                    return Err(UsageError::MissingValue { option, found: Some(next) });
                }
                Ok(next) => next,
                Err(_) => {
                    return Err(UsageError::MissingValue { option, found: None });
                }
            },
        };
        if value.is_empty() {
            return Err(UsageError::EmptyValue { option: format!("--{}", option.long) });
        }
        Ok(value)
    }

    /// Whether a word that stands for a value is an option of ours: then the value was forgotten.
    fn is_option(&self, word: &OsStr) -> bool {
        let Some(word) = word.to_str().and_then(|word| word.strip_prefix('-')) else {
            return false;
        };
        let mut options = self.program.all_options().into_iter();
        match word.strip_prefix('-') {
            Some(long) => {
                let name = long.split_once('=').map_or(long, |(name, _)| name);
                name.is_empty() || options.any(|option| option.long == name)
            }
            None => {
                options.any(|option| option.short.is_some_and(|letter| word == letter.to_string()))
            }
        }
    }

    fn unknown_option(&self, typed: &Typed) -> UsageError {
        let name = match typed {
            Typed::Short(letter) => {
                let option = format!("-{}", shown(OsStr::new(&letter.to_string())));
                return UsageError::UnknownOption {
                    command: self.command,
                    option,
                    suggestion: None,
                };
            }
            Typed::Long(name) => name,
        };
        let names: Vec<&str> = match self.command {
            Some(command) => self.program.options_of(command).map(|option| option.long).collect(),
            None => self.program.all_options().iter().map(|option| option.long).collect(),
        };
        UsageError::UnknownOption {
            command: self.command,
            option: format!("--{}", shown(OsStr::new(name))),
            suggestion: nearest(name, names).map(|near| format!("--{near}")),
        }
    }
}

/// What is wrong with `word`, which does not go on from `words`; with the nearest that does, or
/// the whole command that ends with it: `cert inspect` for `inspect`.
pub(in crate::cli) fn unknown_command(
    program: &Program,
    words: &[&'static str],
    word: &OsStr,
) -> UsageError {
    let typed = word.to_string_lossy();
    let known = program.next_words(words);
    let said = |word: &str| words.iter().copied().chain([word]).collect::<Vec<_>>().join(" ");
    let by_end = || {
        let mut ends = program.commands().filter_map(|command| command.path.split_last());
        let (last, first) = ends.find(|(last, _)| **last == typed)?;
        Some(first.iter().chain([last]).copied().collect::<Vec<_>>().join(" "))
    };
    let suggestion = nearest(&typed, known.iter().map(|(word, _)| *word)).map(said);
    UsageError::UnknownCommand { words: said(&shown(word)), suggestion: suggestion.or_else(by_end) }
}

fn unexpected(error: lexopt::Error) -> UsageError {
    match error {
        lexopt::Error::UnexpectedValue { option, value } => {
            UsageError::UnexpectedValue { option: shown(OsStr::new(&option)), value }
        }
        other => UsageError::UnknownOption {
            command: None,
            option: shown(OsStr::new(&other.to_string())),
            suggestion: None,
        },
    }
}
