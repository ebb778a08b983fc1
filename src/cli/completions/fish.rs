//! Completion for fish.
//!
//! Every line is a condition on the words before the cursor and what to offer when it holds. fish
//! itself knows that an option waits for its value, once it is told that the option takes one.

use super::{paths, repeats, valued_pattern};
use crate::cli::layout::Text;
use crate::cli::table::{Kind, Opt, Program};

pub(super) fn script(program: &Program) -> String {
    let name = program.name;
    let mut text = Text::new(usize::MAX);
    text.line(&format!("# fish completion for {name}, made by `{name} completions fish`"));
    functions(program, &mut text);
    text.line(&format!("complete -c {name} -f"));
    for option in program.common {
        text.line(&format!("complete -c {name}{}", described(option)));
    }
    for group in program.groups().into_iter().chain([[].as_slice()]) {
        let path = group.join(" ");
        for (word, summary) in program.next_words(group) {
            let summary = quoted(summary);
            let condition = format!("__trust_service_at \"{path}\" 0");
            text.line(&format!("complete -c {name} -n '{condition}' -a {word} -d {summary}"));
        }
    }
    for command in program.commands() {
        let path = command.name();
        for option in command.options {
            let condition = format!("__trust_service_at \"{path}\"");
            text.line(&format!("complete -c {name} -n '{condition}'{}", described(option)));
        }
        for (place, operand) in command.operands.iter().enumerate() {
            let place = if repeats(operand.count) { String::new() } else { format!(" {place}") };
            let condition = format!("__trust_service_at \"{path}\"{place}");
            let offer = offer(operand.value.kind);
            if !offer.is_empty() {
                text.line(&format!("complete -c {name} -n '{condition}'{offer}"));
            }
        }
    }
    text.finish()
}

fn functions(program: &Program, text: &mut Text) {
    let valued = valued_pattern(program, " ");
    let paths: Vec<String> = paths(program).iter().map(|path| format!("'{path}'")).collect();
    let paths = paths.join(" ");
    text.line(&format!(
        "
# Prints the command before the cursor, then each of its operands, a line each.
function __trust_service_words
    set -l tokens (commandline -opc)
    set -l path ''
    set -l operands
    set -l awaiting no
    set -l ended no
    for token in $tokens[2..]
        if test $awaiting = yes
            set awaiting no
            continue
        end
        if test $ended = no
            switch $token
                case --
                    set ended yes
                    continue
                case {valued}
                    set awaiting yes
                    continue
                case '-?*'
                    continue
            end
        end
        set -l longer (string trim -- \"$path $token\")
        if contains -- \"$longer\" {paths}
            set path $longer
        else
            set -a operands $token
        end
    end
    printf '%s\\n' \"$path\" $operands
end

# Whether the command is $argv[1] and, if $argv[2] is given, has that many operands.
function __trust_service_at
    set -l words (__trust_service_words)
    test \"$words[1]\" = \"$argv[1]\"; or return 1
    test (count $argv) -lt 2; or test (count $words[2..]) -eq $argv[2]
end

# The words that go on from the operands, which name a command.
function __trust_service_next
    set -l words (__trust_service_words)
    switch \"$words[2..]\""
    ));
    for group in program.groups().into_iter().chain([[].as_slice()]) {
        let words: Vec<&str> = program.next_words(group).iter().map(|(word, _)| *word).collect();
        text.line(&format!("        case '{}'", group.join(" ")));
        text.line(&format!("            printf '%s\\n' {}", words.join(" ")));
    }
    text.line("    end\nend\n");
}

fn described(option: &Opt) -> String {
    let short = option.short.map(|letter| format!(" -s {letter}")).unwrap_or_default();
    let value = option.value.map(|value| format!(" -r{}", offer(value.kind))).unwrap_or_default();
    format!("{short} -l {}{value} -d {}", option.long, quoted(option.help))
}

fn offer(kind: Kind) -> String {
    match kind {
        Kind::Command => " -f -a '(__trust_service_next)'".to_owned(),
        Kind::Directory => " -f -a '(__fish_complete_directories (commandline -ct))'".to_owned(),
        Kind::File => " -F".to_owned(),
        Kind::OneOf(words) | Kind::Suggested(words) => format!(" -f -a '{}'", words.join(" ")),
        Kind::Text => " -f".to_owned(),
    }
}

/// In single quotes, where only a quote and a backslash mean something to fish.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
