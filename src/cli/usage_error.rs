//! Why a command line was not understood, in words that help to type it right.
//!
//! Each message says what happened, to what, and what to do next. What was typed is shown through
//! `shown`, since a script may pass on a file name that a stranger chose.

use super::commands::PROGRAM;
use super::exit::Exit;
use super::table::{Command, Operand, Opt};
use super::terminal::printable;
use crate::nearest::nearest;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt;

/// A command line that was not understood. The program ends with [`Exit::Usage`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UsageError {
    /// An option's value is the empty text, as from a variable that is not set.
    EmptyValue {
        /// The option, as `--state`.
        option: String,
    },
    /// The words begin a command but do not end it.
    IncompleteCommand {
        /// What was typed.
        words: String,
        /// The words that may follow.
        choices: Vec<&'static str>,
    },
    /// A value that the command reads itself is not written as it must be. For the commands to
    /// raise.
    Malformed {
        /// The option or the operand, as `--at` or `SHA256`.
        argument: &'static str,
        /// What was typed.
        value: OsString,
        /// What it must look like.
        expected: &'static str,
    },
    /// An operand that must stand is not there.
    MissingOperand {
        /// The command.
        command: &'static Command,
        /// The operand.
        operand: &'static Operand,
    },
    /// An option that must be given is not there.
    MissingOption {
        /// The command.
        command: &'static Command,
        /// The option.
        option: &'static Opt,
    },
    /// An option that takes a value stands at the end, or before another option.
    MissingValue {
        /// The option.
        option: &'static Opt,
        /// The option that stands where the value should.
        found: Option<OsString>,
    },
    /// There is no command at all.
    NoCommand,
    /// A value is not one of those allowed.
    NotAllowed {
        /// The option or the operand, as `--format` or `SHELL`.
        argument: String,
        /// What was typed.
        value: OsString,
        /// What may stand there.
        allowed: &'static [&'static str],
    },
    /// A value that must be text is not UTF-8.
    NotText {
        /// The option or the operand.
        argument: String,
        /// What was typed.
        value: OsString,
    },
    /// The option exists, but this command does not take it.
    OptionNotTaken {
        /// The command.
        command: &'static Command,
        /// The option.
        option: &'static Opt,
        /// The commands that take it.
        takers: Vec<String>,
    },
    /// An option that may stand once stands again.
    Repeated {
        /// The option.
        option: &'static Opt,
    },
    /// There are more operands than the command takes.
    TooManyOperands {
        /// The command.
        command: &'static Command,
        /// The first one too many.
        extra: OsString,
    },
    /// A value is tied to an option that takes none: `--dry-run=yes`.
    UnexpectedValue {
        /// The option.
        option: String,
        /// The value.
        value: OsString,
    },
    /// There is no such command.
    UnknownCommand {
        /// What was typed.
        words: String,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// There is no such option.
    UnknownOption {
        /// The command, if it came first.
        command: Option<&'static Command>,
        /// What was typed, with its hyphens.
        option: String,
        /// What may have been meant, with its hyphens.
        suggestion: Option<String>,
    },
}

impl UsageError {
    /// The code to end with.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        Exit::Usage
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = PROGRAM.name;
        match self {
            Self::EmptyValue { option } => {
                write!(f, "the value of {option} is empty; give one, or leave the option out")
            }
            Self::IncompleteCommand { words, choices } => write!(
                f,
                "`{words}` is not a whole command; it goes on with one of: {}",
                choices.join(", ")
            ),
            Self::Malformed { argument, value, expected } => {
                write!(f, "`{}` does not fit {argument}; write {expected}", shown(value))
            }
            Self::MissingOperand { command, operand } => lacks(f, command, operand.value.name),
            Self::MissingOption { command, option } => lacks(f, command, &option.usage()),
            Self::MissingValue { option, found } => {
                let long = option.long;
                write!(f, "--{long} lacks its value; write `{}`", option.usage())?;
                match found {
                    Some(found) => {
                        write!(f, ", or `--{long}={}` if that is the value", shown(found))
                    }
                    None => Ok(()),
                }
            }
            Self::NoCommand => {
                write!(f, "no command was given; `{program} help` lists them")
            }
            Self::NotAllowed { argument, value, allowed } => {
                write!(f, "`{}` is not a value of {argument}", shown(value))?;
                let typed = value.to_string_lossy();
                did_you_mean(f, nearest(&typed, allowed.iter().copied()))?;
                write!(f, "; write one of: {}", allowed.join(", "))
            }
            Self::NotText { argument, value } => write!(
                f,
                "`{}` is not UTF-8, which {argument} must be; write it in UTF-8",
                shown(value)
            ),
            Self::OptionNotTaken { command, option, takers } => write!(
                f,
                "`{0}` does not take --{1}, which belongs to: {2}; see `{program} help {0}`",
                command.name(),
                option.long,
                takers.join(", ")
            ),
            Self::Repeated { option } => write!(
                f,
                "--{} is given more than once, and only one can count; leave one",
                option.long
            ),
            Self::TooManyOperands { command, extra } => write!(
                f,
                "`{}` is one argument too many for `{program} {}`; see `{program} help {}`",
                shown(extra),
                command.usage(),
                command.name()
            ),
            Self::UnexpectedValue { option, value } => write!(
                f,
                "{option} takes no value, but `{}` is tied to it; leave `=` and the value out",
                shown(value)
            ),
            Self::UnknownCommand { words, suggestion } => {
                write!(f, "there is no command `{words}`")?;
                did_you_mean(f, suggestion.as_deref())?;
                write!(f, "; `{program} help` lists the commands")
            }
            Self::UnknownOption { command, option, suggestion } => {
                write!(f, "there is no option {option}")?;
                did_you_mean(f, suggestion.as_deref())?;
                match command {
                    Some(command) => {
                        write!(f, "; `{program} help {}` lists the options", command.name())
                    }
                    None => write!(f, "; `{program} help` lists the commands and options"),
                }
            }
        }
    }
}

impl Error for UsageError {}

fn lacks(f: &mut fmt::Formatter<'_>, command: &Command, what: &str) -> fmt::Result {
    let (program, name, usage) = (PROGRAM.name, command.name(), command.usage());
    write!(f, "`{name}` lacks {what}; write `{program} {usage}`, or see `{program} help {name}`")
}

fn did_you_mean(f: &mut fmt::Formatter<'_>, suggestion: Option<&str>) -> fmt::Result {
    suggestion.map_or(Ok(()), |name| write!(f, " (did you mean `{name}`?)"))
}

/// What was typed, safe to print and at most 100 characters of it.
pub(super) fn shown(typed: &OsStr) -> String {
    let text = printable(&typed.to_string_lossy());
    if text.chars().count() <= LONGEST {
        return text;
    }
    let mut start: String = text.chars().take(LONGEST).collect();
    start.push('…');
    start
}

const LONGEST: usize = 100;
