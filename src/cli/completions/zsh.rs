//! Completion for zsh.
//!
//! The script finds the command among the words before the cursor, takes its words out, and hands
//! the rest to `_arguments` with that command's options and operands.

use super::{paths, repeats, valued_pattern};
use crate::cli::layout::Text;
use crate::cli::table::{Command, Count, Kind, Opt, Program};

pub(super) fn script(program: &Program) -> String {
    let name = program.name;
    let mut text = Text::new(usize::MAX);
    text.line(&format!(
        "#compdef {name}\n# zsh completion for {name}, made by `{name} completions zsh`\n"
    ));
    next_words(program, &mut text);
    walk(program, &mut text);
    text.line("    case $at in");
    for command in program.commands() {
        text.line(&format!("        '{}') _arguments -s -S : $common \\", command.name()));
        for spec in specs(command) {
            text.line(&format!("            {spec} \\"));
        }
        text.line("            ;;");
    }
    text.line(
        "        *)
            if [[ $words[CURRENT] == -* ]]; then
                _arguments -s -S : $common '*: : '
            else
                _trust_service_next \"$at\"
            fi
            ;;
    esac
}
",
    );
    text.line(&format!(
        "if [[ ${{funcstack[1]}} == _{name} ]]; then
    _trust_service \"$@\"
else
    compdef _trust_service {name}
fi"
    ));
    text.finish()
}

/// The function that offers the words that go on from the words in `$1`.
fn next_words(program: &Program, text: &mut Text) {
    text.line("_trust_service_next() {\n    local -a next\n    case $1 in");
    for group in program.groups().into_iter().chain([[].as_slice()]) {
        text.line(&format!("        '{}') next=(", group.join(" ")));
        for (word, summary) in program.next_words(group) {
            let entry = format!("{word}:{}", summary.replace('\\', "\\\\").replace(':', "\\:"));
            text.line(&format!("            {}", quoted(&entry)));
        }
        text.line("        ) ;;");
    }
    text.line("    esac\n    _describe -t commands command next\n}\n");
    text.line(
        "# Completes the words of a command where they are operands.
_trust_service_operands() {
    local word rest=
    for word in ${words[2,CURRENT-1]}; do
        [[ $word == -* ]] || rest=\"${rest:+$rest }$word\"
    done
    _trust_service_next \"$rest\"
}
",
    );
}

fn walk(program: &Program, text: &mut Text) {
    let valued = valued_pattern(program, "|");
    let paths: Vec<String> = paths(program).iter().map(|path| format!("'{path}'")).collect();
    let paths = paths.join("|");
    text.line("_trust_service() {\n    local -a common kept\n    common=(");
    for option in program.common {
        text.line(&format!("        {}", option_spec(option)));
    }
    text.line(&format!(
        "    )
    local at= word awaiting= ended= longer
    local -i i gone=0
    for ((i = 2; i < CURRENT; i++)); do
        word=$words[i]
        if [[ -n $awaiting ]]; then
            awaiting=
        elif [[ -z $ended && $word == -- ]]; then
            ended=yes
        elif [[ -z $ended && $word == -?* ]]; then
            case $word in
                {valued}) awaiting=yes ;;
            esac
        else
            longer=\"${{at:+$at }}$word\"
            case $longer in
                {paths})
                    at=$longer
                    ((gone++))
                    continue
                    ;;
            esac
        fi
        kept+=(\"$word\")
    done
    words=(\"$words[1]\" \"${{(@)kept}}\" \"${{(@)words[CURRENT,-1]}}\")
    ((CURRENT -= gone))"
    ));
}

/// The options and the operands of a command, as `_arguments` reads them.
fn specs(command: &Command) -> Vec<String> {
    let operands = command.operands.iter().enumerate().map(|(place, operand)| {
        let place = match operand.count {
            count if repeats(count) => "*:".to_owned(),
            Count::Optional => format!("{}::", place.saturating_add(1)),
            _ => format!("{}:", place.saturating_add(1)),
        };
        quoted(&format!("{place}{}:{}", operand.value.name, action(operand.value.kind)))
    });
    command.options.iter().map(option_spec).chain(operands).collect()
}

fn option_spec(option: &Opt) -> String {
    let help = option.help.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
    let (tie, value) = match option.value {
        Some(value) => ("=", format!(":{}:{}", value.name, action(value.kind))),
        None => ("", String::new()),
    };
    let long = format!("--{}{tie}", option.long);
    match option.short {
        None => {
            quoted(&format!("{}{long}[{help}]{value}", if option.repeatable { "*" } else { "" }))
        }
        Some(letter) => {
            // The list before the braces says which spellings exclude this one.
            let before = if option.repeatable {
                "'*'".to_owned()
            } else {
                format!("'(-{letter} --{})'", option.long)
            };
            let short = if tie.is_empty() { format!("-{letter}") } else { format!("-{letter}+") };
            format!("{before}{{{short},{long}}}{}", quoted(&format!("[{help}]{value}")))
        }
    }
}

fn action(kind: Kind) -> String {
    match kind {
        Kind::Command => "_trust_service_operands".to_owned(),
        Kind::Directory => "_files -/".to_owned(),
        Kind::File => "_files".to_owned(),
        Kind::OneOf(words) | Kind::Suggested(words) => format!("({})", words.join(" ")),
        Kind::Text => " ".to_owned(),
    }
}

/// In single quotes, where nothing but a quote means something to zsh.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
