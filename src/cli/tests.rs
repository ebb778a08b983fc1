//! What must hold for the description as a whole, and for all that is made from it.

use super::commands::PROGRAM;
use super::completions::Shell;
use super::table::{Command, Count, Kind, Opt};
use super::terminal::Style;
use super::{help, man};
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;

fn help_of(command: &Command) -> String {
    let words: Vec<OsString> = command.path.iter().map(OsString::from).collect();
    help::page(&words, &Style::plain()).unwrap()
}

fn options_with_takers() -> impl Iterator<Item = (&'static Command, &'static Opt)> {
    PROGRAM.commands().flat_map(|command| PROGRAM.options_of(command).map(move |o| (command, o)))
}

#[test]
fn mentions_every_command_and_option_in_the_help() {
    let top = help::page(&[], &Style::plain()).unwrap();
    for (command, option) in options_with_takers() {
        assert!(top.contains(&command.name()), "{}", command.name());
        assert!(help_of(command).contains(&option.usage()), "{}: {}", command.name(), option.long);
    }
}

#[test]
fn mentions_every_command_and_option_in_the_manual_page() {
    let page = man::page().replace("\\-", "-").replace("\\fI", "").replace("\\fR", "");
    for (command, option) in options_with_takers() {
        let begin = format!(".SS \"{} {}", PROGRAM.name, command.usage());
        let from = page.find(&begin).unwrap_or_else(|| panic!("{begin}"));
        let rest = &page[from + 1..];
        let own = &rest[..rest.find(".SS").unwrap_or(rest.len())];
        let common = PROGRAM.common.contains(option);
        let place = if common { page.as_str() } else { own };
        let long = format!("\\fB--{}", option.long);
        assert!(place.contains(&long), "{}: {long}", command.name());
    }
}

#[test]
fn mentions_every_command_and_option_in_the_completions() {
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let script = shell.script();
        let words: HashSet<&str> =
            script.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
        for (command, option) in options_with_takers() {
            assert!(script.contains(&command.name()), "{shell:?}: {}", command.name());
            assert!(command.path.iter().all(|word| words.contains(word)), "{shell:?}");
            let fish = shell == Shell::Fish && script.contains(&format!(" -l {} ", option.long));
            assert!(
                fish || script.contains(&format!("--{}", option.long)),
                "{shell:?}: {option:?}"
            );
        }
    }
}

#[test]
fn calls_each_command_by_its_own_words_and_names_each_once() {
    let mut paths = HashSet::new();
    let mut actions = HashSet::new();
    for command in PROGRAM.commands() {
        assert!(!command.path.is_empty());
        assert!(paths.insert(command.path), "{}", command.name());
        assert!(actions.insert(command.action), "{}", command.name());
    }
    for group in PROGRAM.groups() {
        assert!(!paths.contains(group), "{group:?} is a command and begins others");
    }
}

#[test]
fn lets_an_option_take_the_same_value_in_every_command_so_that_it_may_stand_first() {
    let mut known: HashMap<&str, &Opt> = HashMap::new();
    for (command, option) in options_with_takers() {
        let first = known.entry(option.long).or_insert(option);
        assert_eq!(first.value, option.value, "{}: --{}", command.name(), option.long);
        assert_eq!(first.short, option.short, "{}: --{}", command.name(), option.long);
    }
    let letters: Vec<char> = known.values().filter_map(|option| option.short).collect();
    assert_eq!(letters.iter().collect::<HashSet<_>>().len(), letters.len());
}

#[test]
fn names_no_option_of_a_command_twice() {
    for command in PROGRAM.commands() {
        let names: Vec<&str> = PROGRAM.options_of(command).map(|option| option.long).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{}", command.name());
    }
}

#[test]
fn uses_only_words_that_mean_nothing_to_a_shell() {
    let harmless = |word: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        !word.is_empty() && !word.starts_with('-') && word.chars().all(plain)
    };
    for (command, option) in options_with_takers() {
        assert!(command.path.iter().all(|word| harmless(word)), "{}", command.name());
        assert!(harmless(option.long), "{}", option.long);
        assert!(option.short.is_none_or(|letter| letter.is_ascii_alphanumeric()));
        let operands = command.operands.iter().map(|operand| operand.value);
        for value in operands.chain(option.value) {
            assert!(value.name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()));
            if let Kind::OneOf(words) | Kind::Suggested(words) = value.kind {
                assert!(words.iter().all(|word| harmless(word)), "{words:?}");
            }
        }
    }
}

#[test]
fn has_a_default_that_is_allowed() {
    for (_, option) in options_with_takers() {
        let Some(default) = option.default else {
            continue;
        };
        let value = option.value.expect("only an option with a value has a default");
        assert!(!option.required, "--{}", option.long);
        if let Kind::OneOf(allowed) = value.kind {
            assert!(allowed.contains(&default), "--{}", option.long);
        }
    }
}

#[test]
fn puts_an_operand_that_repeats_last_and_none_that_must_stand_after_one_that_may() {
    for command in PROGRAM.commands() {
        for pair in command.operands.windows(2) {
            let (first, second) = (pair[0].count, pair[1].count);
            assert!(matches!(first, Count::One | Count::Optional), "{}", command.name());
            let falls = first == Count::Optional && matches!(second, Count::One | Count::Many);
            assert!(!falls, "{}", command.name());
        }
    }
}

#[test]
fn tells_of_each_command_what_it_does_how_it_ends_and_what_to_try() {
    for command in PROGRAM.commands() {
        let name = command.name();
        assert!(!command.summary.is_empty() && !command.summary.ends_with('.'), "{name}");
        assert!(!command.description.is_empty(), "{name}");
        let codes: HashSet<u8> = command.exits.iter().map(|(exit, _)| exit.code()).collect();
        assert_eq!(codes.len(), command.exits.len(), "{name}: a code twice");
        assert!(codes.contains(&0), "{name}");
        assert!(!command.examples.is_empty(), "{name}");
    }
}

#[test]
fn gives_examples_that_the_parser_accepts() {
    let examples = PROGRAM
        .commands()
        .flat_map(|command| command.examples.iter().map(move |example| (command, example.line)));
    for (command, line) in examples {
        let line = line.split(" | ").next().unwrap();
        let line = line.strip_prefix("source <(").map_or(line, |line| line.trim_end_matches(')'));
        let (plain, quoted) = line.split_once('\'').unwrap_or((line, ""));
        let words = plain.split_whitespace().chain(quoted.strip_suffix('\''));
        let mut words = words.map(OsString::from);
        assert_eq!(words.next().unwrap(), PROGRAM.name);
        let invocation = super::arguments::parse(words).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(invocation.command(), command, "{line}");
    }
}
