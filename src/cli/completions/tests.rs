//! Runs the scripts in the shells themselves. bash must be there; what needs zsh or fish says
//! nothing where they are not installed.

use super::*;
use std::fs;
use std::path::PathBuf;
use std::process::{Command as Process, Output};

/// A folder with a file, a folder and the scripts in it; removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("completions-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("some folder")).unwrap();
        fs::write(folder.join("some file.cer"), "").unwrap();
        for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
            fs::write(folder.join(format!("{shell:?}")), shell.script()).unwrap();
        }
        Self(folder)
    }

    /// Runs `script` in `shell` with `words` as its arguments; nothing if there is no such shell.
    fn run(&self, shell: &str, options: &[&str], script: &str, words: &[&str]) -> Option<Output> {
        let mut process = Process::new(shell);
        process.args(options).args(["-c", script, "x"]).args(words).current_dir(&self.0);
        process.env("HOME", &self.0).output().ok()
    }

    fn bash(&self, words: &[&str]) -> Vec<String> {
        let script = "source ./Bash && COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) \
                      && _trust_service && printf '%s\\n' \"${COMPREPLY[@]}\"";
        let typed = [&["trust-service"], words].concat();
        let output = self.run("bash", &["--norc", "-u"], script, &typed).unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
        lines(&output)
    }

    fn fish(&self, line: &str) -> Option<Vec<String>> {
        let script = format!("source ./Fish; complete -C 'trust-service {line}'");
        let mut process = Process::new("fish");
        process.args(["--no-config", "-c", &script]).current_dir(&self.0).env("HOME", &self.0);
        let output = process.output().ok()?;
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
        let word = |line: String| line.split('\t').next().unwrap_or_default().to_owned();
        Some(lines(&output).into_iter().map(word).collect())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn lines(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn registers_a_function_for_the_program_in_bash() {
    let folder = Folder::new("register");
    let script = "source ./Bash; complete -p trust-service";
    let output = folder.run("bash", &["--norc"], script, &[]).unwrap();
    assert_eq!(lines(&output), ["complete -F _trust_service trust-service"]);
}

#[test]
fn completes_the_words_of_commands_in_bash() {
    let folder = Folder::new("words");
    assert_eq!(folder.bash(&["c"]), ["check-config", "cert", "completions"]);
    assert_eq!(folder.bash(&["cert", ""]), ["inspect", "validate"]);
    assert_eq!(folder.bash(&["--state", "cert", "trust", "d"]), ["distrust", "diff"]);
    assert_eq!(folder.bash(&["help", "trust", "an"]), ["anchor"]);
    assert_eq!(folder.bash(&["nonsense", ""]), [""; 0]);
}

#[test]
fn completes_the_options_of_the_command_in_bash_and_no_others() {
    let folder = Folder::new("options");
    assert_eq!(folder.bash(&["trust", "distrust", "--r"]), ["--reason"]);
    assert_eq!(folder.bash(&["trust", "status", "--r"]), [""; 0]);
    assert_eq!(folder.bash(&["--v"]), ["--verbose", "--version"]);
    assert_eq!(folder.bash(&["cert", "inspect", "--", "--s"]), [""; 0]);
}

#[test]
fn completes_the_allowed_values_in_bash_also_after_an_equals_sign() {
    let folder = Folder::new("values");
    let path = ["cert", "validate"];
    for last in [&["--format", ""][..], &["--format", "="], &["--format", "=", ""]] {
        assert_eq!(folder.bash(&[&path, last].concat()), ["text", "json"], "{last:?}");
    }
    assert_eq!(folder.bash(&["cert", "validate", "--on-unknown", "i"]), ["indeterminate"]);
    assert_eq!(folder.bash(&["cert", "validate", "--at", ""]), ["now", "issuance"]);
    assert_eq!(folder.bash(&["completions", ""]), ["bash", "zsh", "fish"]);
    assert_eq!(folder.bash(&["completions", "bash", ""]), [""; 0]);
    assert_eq!(folder.bash(&["trust", "distrust", "--reason", ""]), [""; 0]);
}

#[test]
fn completes_files_and_folders_with_spaces_in_bash() {
    let folder = Folder::new("files");
    let mut all = folder.bash(&["trust", "import", "a.ml", "some"]);
    all.sort();
    assert_eq!(all, ["some file.cer", "some folder"]);
    assert_eq!(folder.bash(&["trust", "import", "--state", "some"]), ["some folder"]);
    assert_eq!(folder.bash(&["trust", "anchor", "a.cer", "some"]), [""; 0]);
}

#[test]
fn is_understood_by_each_shell() {
    let folder = Folder::new("syntax");
    for (shell, file) in [("bash", "Bash"), ("zsh", "Zsh"), ("fish", "Fish")] {
        let check = Process::new(shell).args(["-n", file]).current_dir(&folder.0).output();
        let Ok(output) = check else { continue };
        assert!(output.status.success(), "{shell}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{shell}");
    }
}

#[test]
fn completes_commands_options_values_and_paths_in_fish() {
    let folder = Folder::new("fish");
    let cases: [(&str, &[&str]); 12] = [
        ("c", &["cert", "check-config", "completions"]),
        ("cert ", &["inspect", "validate"]),
        ("--state x trust d", &["diff", "distrust"]),
        ("help trust an", &["anchor"]),
        ("trust distrust --r", &["--reason"]),
        ("trust status --r", &[]),
        ("cert validate --on-unknown ", &["indeterminate", "warn"]),
        ("cert validate --format=", &["--format=json", "--format=text"]),
        ("completions ", &["bash", "fish", "zsh"]),
        ("completions bash ", &[]),
        ("cert inspect so", &["some file.cer", "some folder/"]),
        ("cert inspect --state so", &["some folder/"]),
    ];
    for (line, expected) in cases {
        let Some(mut offered) = folder.fish(line) else {
            return;
        };
        offered.sort();
        let offered: Vec<String> = offered.iter().map(|word| word.replace('\\', "")).collect();
        assert_eq!(offered, expected, "{line}");
    }
}

#[test]
fn quotes_sentences_by_the_rule_of_each_shell() {
    let script = Shell::Zsh.script();
    assert!(script.contains(r"certificate'\''s own beginning"), "{script}");
    assert!(Shell::Fish.script().contains(r"certificate\'s own beginning"));
}

#[test]
fn knows_every_shell_that_the_command_allows_and_no_other() {
    let operands = PROGRAM.commands().flat_map(|command| command.operands);
    let kinds = operands.filter(|operand| operand.value.name == "SHELL");
    for operand in kinds {
        let crate::cli::table::Kind::OneOf(names) = operand.value.kind else { panic!() };
        assert!(names.iter().all(|name| Shell::named(name).is_some()));
    }
    assert_eq!(Shell::named("tcsh"), None);
}
