//! Completion for bash.
//!
//! The script walks the words before the cursor once, to learn the command, how many operands it
//! has, and whether an option still waits for its value. Readline breaks a word at `=`, so
//! `--format=json` arrives as three words.

use super::{paths, repeats, spellings, valued_pattern};
use crate::cli::layout::Text;
use crate::cli::table::{Command, Kind, Opt, Program};

pub(super) fn script(program: &Program) -> String {
    let mut text = Text::new(usize::MAX);
    text.line(&format!("# bash completion for {0}, made by `{0} completions bash`", program.name));
    text.line(HELPERS);
    next_words(program, &mut text);
    text.line(&format!("_trust_service() {{\n{LOCALS}"));
    walk(program, &mut text);
    values(program, &mut text);
    options(program, &mut text);
    operands(program, &mut text);
    text.line(&format!("}}\ncomplete -F _trust_service {}", program.name));
    text.finish()
}

/// The function that offers the words that go on from the words in `$1`.
fn next_words(program: &Program, text: &mut Text) {
    text.line("_trust_service_next() {\n    case $1 in");
    for group in program.groups().into_iter().chain([[].as_slice()]) {
        let words: Vec<&str> = program.next_words(group).iter().map(|(word, _)| *word).collect();
        let (path, words) = (group.join(" "), words.join(" "));
        text.line(&format!("        '{path}') _trust_service_words {words} ;;"));
    }
    text.line("    esac\n}\n");
}

fn walk(program: &Program, text: &mut Text) {
    let valued = valued_pattern(program, "|");
    let paths: Vec<String> = paths(program).iter().map(|path| format!("'{path}'")).collect();
    let paths = paths.join("|");
    text.line(&format!(
        "    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{COMP_WORDS[i]}}
        if [[ -n $awaiting ]]; then
            [[ $word == = ]] || awaiting=
            continue
        fi
        if [[ -z $ended && $word == -- ]]; then
            ended=yes
            continue
        fi
        if [[ -z $ended && $word == -?* ]]; then
            case $word in
                {valued}) awaiting=$word ;;
            esac
            continue
        fi
        case \"${{path:+$path }}$word\" in
            {paths}) path=\"${{path:+$path }}$word\" ;;
            *) rest=\"${{rest:+$rest }}$word\" count=$((count + 1)) ;;
        esac
    done"
    ));
}

/// The value that an option waits for.
fn values(program: &Program, text: &mut Text) {
    text.line("    if [[ -n $awaiting ]]; then\n        if [[ $cur == = ]]; then cur=; fi\n        case $awaiting in");
    for option in program.all_options() {
        let Some(value) = option.value else { continue };
        let pattern = spellings(option).collect::<Vec<_>>().join("|");
        text.line(&format!("            {pattern}) {} ;;", action(value.kind)));
    }
    text.line("        esac\n        return\n    fi");
}

/// The options of the command, once the word begins with a hyphen.
fn options(program: &Program, text: &mut Text) {
    text.line("    if [[ -z $ended && $cur == -* ]]; then\n        case $path in");
    for command in program.commands() {
        let words = all_spellings(program.options_of(command));
        text.line(&format!("            '{}') _trust_service_words {words} ;;", command.name()));
    }
    let common = all_spellings(program.common.iter());
    text.line(&format!("            *) _trust_service_words {common} ;;"));
    text.line("        esac\n        return\n    fi");
}

fn all_spellings<'t>(options: impl Iterator<Item = &'t Opt>) -> String {
    options.flat_map(spellings).collect::<Vec<_>>().join(" ")
}

/// The operands of the command by their place, or the next word of the command itself.
fn operands(program: &Program, text: &mut Text) {
    text.line("    case $path:$count in");
    for command in program.commands() {
        for (pattern, kind) in places(command) {
            text.line(&format!("        '{}':{pattern}) {} ;;", command.name(), action(kind)));
        }
    }
    text.line("        *:0) _trust_service_next \"$path\" ;;\n    esac");
}

fn places(command: &Command) -> impl Iterator<Item = (String, Kind)> {
    command.operands.iter().enumerate().map(|(place, operand)| {
        let pattern = if repeats(operand.count) { "*".to_owned() } else { place.to_string() };
        (pattern, operand.value.kind)
    })
}

fn action(kind: Kind) -> String {
    match kind {
        Kind::Command => "_trust_service_next \"$rest\"".to_owned(),
        Kind::Directory => "_trust_service_paths -d".to_owned(),
        Kind::File => "_trust_service_paths -f".to_owned(),
        Kind::OneOf(words) | Kind::Suggested(words) => {
            format!("_trust_service_words {}", words.join(" "))
        }
        Kind::Text => ":".to_owned(),
    }
}

/// These use `cur` and `COMPREPLY` of the function that calls them.
const HELPERS: &str = r#"
_trust_service_words() {
    local word
    for word in "$@"; do
        if [[ $word == "$cur"* ]]; then
            COMPREPLY+=("$word")
        fi
    done
}

_trust_service_paths() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}
"#;

const LOCALS: &str = "    local cur=${COMP_WORDS[COMP_CWORD]} path= rest= awaiting= ended= word
    local -i i count=0
    COMPREPLY=()";
