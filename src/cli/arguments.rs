//! Turns what was typed into an [`Invocation`]: a command of the table with checked values.
//!
//! Options may stand before the command, between its words or after its operands; `--` ends them.
//! Nothing is guessed: what does not fit exactly is a [`UsageError`].

use super::commands::{Action, PROGRAM};
use super::table::{Command, Count, Kind, Operand, Opt, Program, Value};
use super::usage_error::{UsageError, shown};
use reading::Reading;
pub(super) use reading::unknown_command;
use std::ffi::{OsStr, OsString};

mod reading;
#[cfg(test)]
mod tests;

/// A command that was called rightly, and with what.
///
/// The getters take an option's long name. To ask for one that the command does not take is a
/// slip of the programmer: it trips an assertion in debug builds and counts as not given.
#[derive(Debug)]
pub struct Invocation {
    command: &'static Command,
    given: Vec<Given>,
    operands: Vec<OsString>,
}

/// An option that was typed.
#[derive(Debug)]
struct Given {
    option: &'static Opt,
    value: Option<OsString>,
}

/// Reads a command line; `arguments` begins after the program's own name.
///
/// `--help` anywhere makes it the command `help` with the words typed so far, and `--version` the
/// command `version`, whatever else is missing.
///
/// # Errors
///
/// Any [`UsageError`].
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, UsageError> {
    let reading = Reading::of(&PROGRAM, arguments)?;
    if reading.has("help") {
        let words = reading.words.iter().map(OsString::from).collect();
        return called_for(Action::Help, words);
    }
    if reading.has("version") {
        return called_for(Action::Version, Vec::new());
    }
    let command = reading.command.ok_or_else(|| unfinished(&PROGRAM, &reading.words))?;
    let invocation = Invocation { command, given: reading.given, operands: reading.operands };
    invocation.check_options()?;
    invocation.check_operands()?;
    Ok(invocation)
}

/// What is wrong with words that do not make a command.
fn unfinished(program: &Program, words: &[&str]) -> UsageError {
    if words.is_empty() {
        return UsageError::NoCommand;
    }
    let choices = program.next_words(words).into_iter().map(|(word, _)| word).collect();
    UsageError::IncompleteCommand { words: words.join(" "), choices }
}

fn called_for(action: Action, operands: Vec<OsString>) -> Result<Invocation, UsageError> {
    let command = PROGRAM.commands().find(|command| command.action == action);
    let command = command.ok_or(UsageError::NoCommand)?;
    Ok(Invocation { command, given: Vec::new(), operands })
}

impl Invocation {
    /// The command that was called.
    #[must_use]
    pub const fn command(&self) -> &'static Command {
        self.command
    }

    /// Its name, to match on.
    #[must_use]
    pub const fn action(&self) -> Action {
        self.command.action
    }

    /// Whether the option was typed, with or without a value.
    #[must_use]
    pub fn flag(&self, long: &str) -> bool {
        self.count(long) > 0
    }

    /// How often the option was typed.
    #[must_use]
    pub fn count(&self, long: &str) -> usize {
        debug_assert!(self.option(long).is_some(), "{} has no --{long}", self.command.name());
        self.given.iter().filter(|given| given.option.long == long).count()
    }

    /// The option's value, or else its default; [`Self::flag`] tells the two apart.
    #[must_use]
    pub fn value(&self, long: &str) -> Option<&OsStr> {
        let default = self.option(long).and_then(|option| option.default).map(OsStr::new);
        self.values(long).next_back().or(default)
    }

    /// The same for a value that must be text, which the parser has checked.
    #[must_use]
    pub fn text(&self, long: &str) -> Option<&str> {
        self.value(long).and_then(OsStr::to_str)
    }

    /// Every value typed for an option that may be repeated, in order; never the default.
    #[must_use]
    pub fn values(&self, long: &str) -> impl DoubleEndedIterator<Item = &OsStr> {
        debug_assert!(self.option(long).is_some(), "{} has no --{long}", self.command.name());
        let named = self.given.iter().filter(move |given| given.option.long == long);
        named.filter_map(|given| given.value.as_deref())
    }

    /// The operands, as many as the command demands.
    #[must_use]
    pub fn operands(&self) -> &[OsString] {
        &self.operands
    }

    /// One operand that must be text, counted from 0.
    #[must_use]
    pub fn operand_text(&self, place: usize) -> Option<&str> {
        self.operands.get(place).and_then(|operand| operand.to_str())
    }

    fn option(&self, long: &str) -> Option<&'static Opt> {
        PROGRAM.options_of(self.command).find(|option| option.long == long)
    }

    fn check_options(&self) -> Result<(), UsageError> {
        for given in &self.given {
            let Some(option) = self.option(given.option.long) else {
                return Err(not_taken(self.command, given.option));
            };
            if !option.repeatable && self.count(option.long) > 1 {
                return Err(UsageError::Repeated { option });
            }
            if let (Some(kind), Some(value)) = (option.value, &given.value) {
                check(kind, &format!("--{}", option.long), value)?;
            }
        }
        let missing = |option: &&Opt| option.required && !self.flag(option.long);
        self.command.options.iter().find(missing).map_or(Ok(()), |option| {
            Err(UsageError::MissingOption { command: self.command, option })
        })
    }

    fn check_operands(&self) -> Result<(), UsageError> {
        let command = self.command;
        let mut typed = self.operands.iter().peekable();
        for operand in command.operands {
            let one = matches!(operand.count, Count::One | Count::Many);
            if one && typed.peek().is_none() {
                return Err(UsageError::MissingOperand { command, operand });
            }
            let most = if repeats(operand) { usize::MAX } else { 1 };
            for value in typed.by_ref().take(most) {
                check(operand.value, operand.value.name, value)?;
            }
        }
        typed.next().map_or(Ok(()), |extra| {
            Err(UsageError::TooManyOperands { command, extra: extra.clone() })
        })
    }
}

const fn repeats(operand: &Operand) -> bool {
    matches!(operand.count, Count::Many | Count::Any)
}

/// Whether `value` may stand for `argument`.
fn check(kind: Value, argument: &str, value: &OsStr) -> Result<(), UsageError> {
    let allowed = match kind.kind {
        Kind::Directory | Kind::File => return Ok(()),
        Kind::Command | Kind::Suggested(_) | Kind::Text => None,
        Kind::OneOf(allowed) => Some(allowed),
    };
    let argument = argument.to_owned();
    match (value.to_str(), allowed) {
        (Some(text), Some(allowed)) if !allowed.contains(&text) => {
            Err(UsageError::NotAllowed { argument, value: value.to_owned(), allowed })
        }
        (Some(_), _) => Ok(()),
        (None, _) => Err(UsageError::NotText { argument, value: value.to_owned() }),
    }
}

fn not_taken(command: &'static Command, option: &'static Opt) -> UsageError {
    let has_it = |other: &&Command| other.options.iter().any(|known| known.long == option.long);
    let takers = PROGRAM.commands().filter(has_it).map(Command::name).collect();
    UsageError::OptionNotTaken { command, option, takers }
}
