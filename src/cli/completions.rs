//! The scripts that complete this command line in a shell, made from the table.
//!
//! The scripts are self-contained: they run no program, so completing a line touches neither the
//! state folder nor the lock. Only words of the table go into them, and a test holds those to
//! letters that mean nothing to a shell; sentences are quoted by each shell's own rule.

mod bash;
mod fish;
#[cfg(test)]
mod tests;
mod zsh;

use super::commands::PROGRAM;
use super::table::{Count, Opt, Program};

/// A shell that completes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shell {
    /// GNU bash 4 or later.
    Bash,
    /// fish 3 or later.
    Fish,
    /// zsh 5 or later.
    Zsh,
}

impl Shell {
    /// The shell of this name, as the operand `SHELL` allows them.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "bash" => Some(Self::Bash),
            "fish" => Some(Self::Fish),
            "zsh" => Some(Self::Zsh),
            _ => None,
        }
    }

    /// The script for this shell.
    #[must_use]
    pub fn script(self) -> String {
        match self {
            Self::Bash => bash::script(&PROGRAM),
            Self::Fish => fish::script(&PROGRAM),
            Self::Zsh => zsh::script(&PROGRAM),
        }
    }
}

/// `--state`, and `-s` if there is one.
fn spellings(option: &Opt) -> impl Iterator<Item = String> {
    let short = option.short.map(|letter| format!("-{letter}"));
    std::iter::once(format!("--{}", option.long)).chain(short)
}

/// Every spelling of every option after which the next word is its value, as a pattern for `case`.
fn valued_pattern(program: &Program, between: &str) -> String {
    let options = program.all_options();
    let valued = options.iter().filter(|option| option.value.is_some());
    valued.flat_map(|option| spellings(option)).collect::<Vec<_>>().join(between)
}

/// Every word or words that make a command or begin one: `cert`, `cert inspect`.
fn paths(program: &Program) -> Vec<String> {
    let commands = program.commands().map(|command| command.path);
    let groups = program.groups();
    groups.into_iter().chain(commands).map(|path| path.join(" ")).collect()
}

/// Whether the operand stands for all that follow, too.
const fn repeats(count: Count) -> bool {
    matches!(count, Count::Any | Count::Many)
}
