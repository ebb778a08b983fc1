use super::*;
use std::os::unix::ffi::OsStringExt;

fn read(line: &str) -> Result<Invocation, UsageError> {
    parse(line.split_whitespace().map(OsString::from))
}

fn called(line: &str) -> Invocation {
    read(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn refused(line: &str) -> UsageError {
    match read(line) {
        Ok(invocation) => panic!("{line}: {invocation:?}"),
        Err(error) => error,
    }
}

#[test]
fn finds_the_command_with_its_operands_and_options() {
    let typed = called("cert validate one.cer --at issuance two.pem --policy=strict -vv");
    assert_eq!(typed.action(), Action::CertValidate);
    assert_eq!(typed.operands(), ["one.cer", "two.pem"]);
    assert_eq!(typed.text("at"), Some("issuance"));
    assert_eq!(typed.text("policy"), Some("strict"));
    assert_eq!(typed.count("verbose"), 2);
}

#[test]
fn takes_options_before_between_and_after_the_words_of_the_command() {
    for line in [
        "--state S trust status",
        "trust --state S status",
        "trust status --state S",
        "trust status --state=S",
    ] {
        let typed = called(line);
        assert_eq!(typed.action(), Action::TrustStatus, "{line}");
        assert_eq!(typed.value("state"), Some(OsStr::new("S")), "{line}");
    }
}

#[test]
fn ends_the_options_at_two_hyphens() {
    let typed = called("cert inspect --format json -- --state -x --help");
    assert_eq!(typed.operands(), ["--state", "-x", "--help"]);
    assert!(!typed.flag("state"));
}

#[test]
fn takes_a_lone_hyphen_for_an_operand() {
    assert_eq!(called("cert inspect -").operands(), ["-"]);
}

#[test]
fn gives_the_default_where_nothing_was_typed_and_tells_the_two_apart() {
    let typed = called("cert validate a");
    assert_eq!(typed.text("format"), Some("text"));
    assert!(!typed.flag("format"));
    assert_eq!(typed.text("type"), None);
    assert_eq!(typed.values("format").count(), 0);
    let typed = called("cert validate a --format text");
    assert!(typed.flag("format"));
}

#[test]
fn collects_every_value_of_an_option_that_may_be_repeated() {
    let typed = called("trust import a --accept-signer 1 b --accept-signer=2");
    assert_eq!(typed.values("accept-signer").collect::<Vec<_>>(), ["1", "2"]);
    assert!(!typed.flag("dry-run"));
    assert!(called("trust import a --dry-run").flag("dry-run"));
}

#[test]
fn keeps_a_path_that_is_not_utf_8() {
    let odd = OsString::from_vec(vec![b'a', 0xff]);
    let words = ["cert", "inspect", "--state"].map(OsString::from);
    let typed = parse(words.into_iter().chain([odd.clone(), odd.clone()])).unwrap();
    assert_eq!(typed.value("state"), Some(odd.as_os_str()));
    assert_eq!(typed.operands(), std::slice::from_ref(&odd));
    assert_eq!(typed.operand_text(0), None);
}

#[test]
fn refuses_text_that_is_not_utf_8() {
    let odd = OsString::from_vec(vec![0xff]);
    let words = ["trust", "distrust", "00", "--reason"].map(OsString::from);
    let error = parse(words.into_iter().chain([odd])).unwrap_err();
    assert!(matches!(&error, UsageError::NotText { argument, .. } if argument == "--reason"));
    let odd = OsString::from_vec(vec![0xff]);
    let error = parse(["completions".into(), odd]).unwrap_err();
    assert!(matches!(&error, UsageError::NotText { argument, .. } if argument == "SHELL"));
}

#[test]
fn turns_help_anywhere_into_the_command_help_whatever_else_is_missing() {
    for line in ["--help", "-h", "--help -v"] {
        let typed = called(line);
        assert_eq!(typed.action(), Action::Help);
        assert!(typed.operands().is_empty());
    }
    for line in ["cert validate --help", "--help cert validate", "cert -h validate a b"] {
        assert_eq!(called(line).operands(), ["cert", "validate"], "{line}");
    }
    assert_eq!(called("cert --help").operands(), ["cert"]);
    assert_eq!(called("help trust import").operands(), ["trust", "import"]);
}

#[test]
fn turns_the_option_version_into_the_command_version() {
    for line in ["--version", "-V", "version", "cert --version"] {
        assert_eq!(called(line).action(), Action::Version, "{line}");
    }
}

#[test]
fn bounds_the_number_of_operands_on_both_sides() {
    for line in ["trust diff", "trust diff a", "trust diff a b", "trust anchor a"] {
        called(line);
    }
    for line in ["trust diff a b c", "trust anchor a b", "trust status x", "demo x", "version x"] {
        assert!(matches!(refused(line), UsageError::TooManyOperands { .. }), "{line}");
    }
    for line in ["trust anchor", "cert validate", "completions", "trust distrust --reason x"] {
        assert!(matches!(refused(line), UsageError::MissingOperand { .. }), "{line}");
    }
}

/// Each misuse with the whole message: what happened, to what, what to do next.
#[test]
fn says_of_each_misuse_what_happened_and_what_to_do() {
    let cases = [
        ("", "no command was given; `trust-service help` lists them"),
        ("cert", "`cert` is not a whole command; it goes on with one of: inspect, validate"),
        (
            "crt inspect a",
            "there is no command `crt` (did you mean `cert`?); `trust-service help` lists the commands",
        ),
        (
            "cert valdate a",
            "there is no command `cert valdate` (did you mean `cert validate`?); `trust-service help` lists the commands",
        ),
        (
            "inspect a",
            "there is no command `inspect` (did you mean `cert inspect`?); `trust-service help` lists the commands",
        ),
        ("xyzzy", "there is no command `xyzzy`; `trust-service help` lists the commands"),
        (
            "trust status --fromat json",
            "there is no option --fromat (did you mean `--format`?); `trust-service help trust status` lists the options",
        ),
        (
            "--frobnicate",
            "there is no option --frobnicate; `trust-service help` lists the commands and options",
        ),
        (
            "trust status -x",
            "there is no option -x; `trust-service help trust status` lists the options",
        ),
        (
            "cert inspect a --reason x",
            "`cert inspect` does not take --reason, which belongs to: trust distrust; see `trust-service help cert inspect`",
        ),
        (
            "--reason x cert inspect a",
            "`cert inspect` does not take --reason, which belongs to: trust distrust; see `trust-service help cert inspect`",
        ),
        (
            "cert inspect",
            "`cert inspect` lacks FILE; write `trust-service cert inspect FILE...`, or see `trust-service help cert inspect`",
        ),
        (
            "trust distrust 00",
            "`trust distrust` lacks --reason TEXT; write `trust-service trust distrust SHA256 --reason TEXT`, or see `trust-service help trust distrust`",
        ),
        (
            "trust diff a b c",
            "`c` is one argument too many for `trust-service trust diff [SNAPSHOT [SNAPSHOT]]`; see `trust-service help trust diff`",
        ),
        ("trust status --format xml", "`xml` is not a value of --format; write one of: text, json"),
        (
            "trust status --format jsn",
            "`jsn` is not a value of --format (did you mean `json`?); write one of: text, json",
        ),
        (
            "completions fsih",
            "`fsih` is not a value of SHELL (did you mean `fish`?); write one of: bash, zsh, fish",
        ),
        (
            "trust status --state a --state b",
            "--state is given more than once, and only one can count; leave one",
        ),
        ("trust status --state", "--state lacks its value; write `--state DIR`"),
        (
            "trust import a --source --dry-run",
            "--source lacks its value; write `--source NAME`, or `--source=--dry-run` if that is the value",
        ),
        (
            "trust status --state=",
            "the value of --state is empty; give one, or leave the option out",
        ),
        (
            "trust import a --dry-run=yes",
            "--dry-run takes no value, but `yes` is tied to it; leave `=` and the value out",
        ),
    ];
    for (line, message) in cases {
        let error = refused(line);
        assert_eq!(error.to_string(), message, "{line}");
        assert_eq!(error.exit().code(), 64);
    }
}

#[test]
fn takes_an_option_for_a_value_only_if_it_is_tied() {
    assert_eq!(called("trust import a --source=--dry-run").text("source"), Some("--dry-run"));
    assert_eq!(called("trust import a --source -1").text("source"), Some("-1"));
    for line in [
        "trust import a --source -v",
        "trust import a --source --state=x",
        "trust import a --source --",
    ] {
        assert!(matches!(refused(line), UsageError::MissingValue { .. }), "{line}");
    }
}

#[test]
fn knows_no_beginnings_of_option_names() {
    assert!(matches!(refused("trust import a --dry"), UsageError::UnknownOption { .. }));
}

#[test]
fn shows_control_characters_of_what_was_typed_instead_of_obeying_them() {
    for words in [
        vec!["\u{1b}[2Jx"],
        vec!["--\u{1b}x"],
        vec!["trust", "diff", "a", "b", "\u{1b}"],
        vec!["-\u{1b}"],
        vec!["trust", "status", "--format", "\u{202e}txet"],
        vec!["help", "\u{1b}"],
        vec!["man", "--help=\u{1b}"],
    ] {
        let shown = match parse(words.iter().map(OsString::from)) {
            Err(error) => error,
            Ok(typed) => {
                let plain = crate::cli::terminal::Style::plain();
                crate::cli::help::page(typed.operands(), &plain).unwrap_err()
            }
        };
        let shown = shown.to_string();
        assert!(shown.contains("\\u{"), "{shown:?}");
        assert!(!shown.contains(char::is_control) && !shown.contains('\u{202e}'), "{shown:?}");
    }
}

#[test]
fn cuts_what_was_typed_in_a_message_so_that_the_message_stays_readable() {
    let error = refused(&"x".repeat(10_000));
    assert!(error.to_string().chars().count() < 250);
}

#[test]
fn lets_a_command_refuse_a_value_it_reads_itself() {
    let expected = "now, issuance or a time as 2026-01-31T12:00:00Z";
    let error = UsageError::Malformed { argument: "--at", value: "noon".into(), expected };
    assert_eq!(error.to_string(), format!("`noon` does not fit --at; write {expected}"));
}

#[test]
#[should_panic(expected = "trust status has no --policy")]
fn trips_an_assertion_when_a_command_asks_for_an_option_it_does_not_take() {
    let _ = called("trust status").flag("policy");
}

#[test]
fn answers_every_mixture_of_words_with_a_command_or_a_sentence() {
    let words = [
        "cert",
        "validate",
        "trust",
        "status",
        "distrust",
        "help",
        "--help",
        "--state",
        "--state=x",
        "--format=json",
        "--reason",
        "-v",
        "-vh",
        "--",
        "-",
        "",
        "x.cer",
        "--dry-run",
        "-=",
        "--=",
    ];
    let mut lines: Vec<Vec<&str>> = vec![Vec::new()];
    for _ in 0..3 {
        let longer =
            |line: &Vec<&'static str>| words.map(|word| [line.as_slice(), &[word]].concat());
        lines = lines.iter().flat_map(longer).collect();
        for line in &lines {
            match parse(line.iter().map(OsString::from)) {
                Ok(typed) => assert_eq!(typed.check_operands(), Ok(()), "{line:?}"),
                Err(error) => assert!(!error.to_string().is_empty(), "{line:?}"),
            }
        }
    }
}
