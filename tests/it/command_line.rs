//! The program as its users meet it: exit codes, streams, formats.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

/// A folder of a test's own, with the demo's material in it; gone when the test is over.
pub(crate) struct Demo(PathBuf);

impl Demo {
    pub(crate) fn make() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("trust-service-cli-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let demo = Self(folder);
        let output = run(&["demo", "--dir", demo.0.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        demo
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn state(&self) -> String {
        self.path("state")
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        let state = self.state();
        run(&[words, &["--state", &state]].concat())
    }

    pub(crate) fn validate(&self, names: &[&str]) -> Output {
        let paths: Vec<String> = names.iter().map(|name| self.path(name)).collect();
        let words: Vec<&str> =
            ["cert", "validate"].into_iter().chain(paths.iter().map(String::as_str)).collect();
        self.run(&words)
    }

    pub(crate) fn snapshot(&self) -> String {
        json(&self.run(&["trust", "status", "--format", "json"]))["snapshot"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trust-service"))
        .args(words)
        .stdin(Stdio::null())
        .env_remove("NO_COLOR")
        .output()
        .unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", stdout(output)))
}

#[test]
fn openapi_prints_the_description_without_a_server() {
    let output = run(&["openapi"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/v1/certificates/validate"]["post"].is_object());
}

#[test]
fn the_demo_shows_one_certificate_of_each_outcome_with_its_reason() {
    let demo = Demo::make();
    let output = run(&["demo", "--dir", &demo.path("again")]);
    let text = stdout(&output);
    let row = |word: &str, reason: &str| {
        assert!(
            text.lines().any(|line| line.starts_with(word) && line.contains(reason)),
            "{word} {reason}: {text}"
        );
    };
    row("valid", "every check passed");
    row("invalid", "revocation: revoked at");
    row("indeterminate", "issuer: no anchor is held for issuer");
    row("invalid", "signature: the signature");
    assert!(!text.contains('\u{1b}'), "colours in a pipe");
}

#[test]
fn the_exit_code_is_the_worst_of_the_answers() {
    let demo = Demo::make();
    for (names, code) in [
        (&["valid.cer"][..], 0),
        (&["valid.cer", "unknown.cer"], 2),
        (&["unknown.cer", "revoked.cer"], 1),
        (&["valid.cer", "forged.cer"], 1),
        (&["forged.cer", "missing.cer"], 1),
        (&["unknown.cer", "missing.cer"], 66),
    ] {
        let output = demo.validate(names);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{names:?}: {}{}",
            stdout(&output),
            stderr(&output)
        );
    }
    assert_eq!(run(&["cert", "validate"]).status.code(), Some(64));
    assert_eq!(run(&["cert", "vallidate", "x"]).status.code(), Some(64));
}

#[test]
fn a_verdict_in_json_has_what_the_contract_names() {
    let demo = Demo::make();
    let output = demo.run(&["cert", "validate", &demo.path("revoked.cer"), "--format", "json"]);
    let document = json(&output);
    let verdict = &document["results"][0];
    for field in [
        "verdict",
        "type",
        "policy",
        "at",
        "valid_now",
        "checked_at",
        "snapshot",
        "subject",
        "issuer",
        "serial",
        "sha256",
        "country",
        "key",
        "signature",
        "path",
        "revocation",
        "checks",
        "input",
    ] {
        assert!(!verdict[field].is_null(), "{field} is missing: {verdict}");
    }
    assert_eq!(verdict["verdict"], "invalid");
    assert_eq!(verdict["revocation"]["status"], "revoked");
    assert_eq!(verdict["path"][0]["role"], "csca");
    assert_eq!(verdict["path"][0]["sources"], serde_json::json!(["operator", "utopia"]));
    assert_eq!(verdict["input"]["index"], 0);
    assert_eq!(verdict["checks"].as_array().unwrap().len(), 24);
    assert!(verdict.get("decision_id").is_none(), "only what is recorded has a decision_id");
    assert_eq!(document["summary"]["invalid"], 1);
}

#[test]
fn verbose_text_shows_every_check_with_its_rule() {
    let demo = Demo::make();
    let text = stdout(&demo.run(&["cert", "validate", &demo.path("forged.cer"), "-v"]));
    for (code, rule) in
        [("signature", "RFC 5280 section 6.1.3 (a)(1)"), ("curve", "RFC 3279 section 2.3.5")]
    {
        assert!(text.lines().any(|line| line.contains(code) && line.contains(rule)), "{text}");
    }
}

#[test]
fn a_folder_with_a_device_and_a_dangling_link_is_read_around_them() {
    let demo = Demo::make();
    let folder = demo.path("mixed");
    fs::create_dir(&folder).unwrap();
    fs::copy(demo.path("valid.cer"), format!("{folder}/valid.cer")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", format!("{folder}/device")).unwrap();
    std::os::unix::fs::symlink("nowhere", format!("{folder}/dangling")).unwrap();
    let output = demo.run(&["cert", "validate", &folder]);
    assert_eq!(output.status.code(), Some(66));
    assert!(stdout(&output).contains("1 valid"), "{}", stdout(&output));
    let messages = stderr(&output);
    assert!(messages.contains("device: neither a file nor a folder"), "{messages}");
    assert!(messages.contains("dangling: a link that leads nowhere"), "{messages}");
}

#[test]
fn what_is_no_certificate_is_named_with_what_is_wrong_with_it() {
    let demo = Demo::make();
    let good = fs::read(demo.path("valid.cer")).unwrap();
    let nested = (0..10_000).fold(Vec::new(), |inner: Vec<u8>, _| {
        let length = inner.len();
        let header = if length < 0x80 {
            vec![0x30, u8::try_from(length).unwrap()]
        } else {
            [&[0x30, 0x83][..], &u32::try_from(length).unwrap().to_be_bytes()[1..]].concat()
        };
        // In the fewest octets, for the lengths that occur here.
        let header = match length {
            0x80..=0xFF => vec![0x30, 0x81, u8::try_from(length).unwrap()],
            0x100..=0xFFFF => {
                [&[0x30, 0x82][..], &u16::try_from(length).unwrap().to_be_bytes()].concat()
            }
            _ => header,
        };
        [header, inner].concat()
    });
    let mut huge = vec![0x30, 0x84];
    huge.extend(50_000_000_u32.to_be_bytes());
    huge.extend(&good);
    huge.resize(50_000_006, 0);
    let mut wrong_tag = good.clone();
    wrong_tag[0] = 0x31;
    for (name, bytes, message) in [
        ("truncated", good[..good.len() - 1].to_vec(), "cut short"),
        ("trailing", [&good[..], b"!"].concat(), "object 2"),
        ("wrong-tag", wrong_tag, "neither a certificate, a CRL nor a master list"),
        ("nested", nested, "neither a certificate"),
        ("huge", huge, "neither a certificate"),
        ("empty", Vec::new(), "there is nothing in it"),
        ("text", b"-----BEGIN CERTIFICATE-----\nMII".to_vec(), "cut short"),
    ] {
        fs::write(demo.path(name), bytes).unwrap();
        let output = demo.validate(&[name]);
        assert_eq!(output.status.code(), Some(66), "{name}");
        assert!(stderr(&output).contains(message), "{name}: {}", stderr(&output));
    }
}

#[test]
fn a_certificate_of_fifty_megabytes_is_refused_for_its_size() {
    let demo = Demo::make();
    let good = fs::read(demo.path("valid.cer")).unwrap();
    // The first elements of a certificate, in one that claims fifty million octets and has them.
    let tbs = &good[4..];
    let mut bytes = vec![0x30, 0x84];
    bytes.extend(u32::try_from(50_000_000_usize).unwrap().to_be_bytes());
    bytes.extend(tbs);
    bytes.resize(50_000_006, 0);
    fs::write(demo.path("huge.cer"), bytes).unwrap();
    let output = demo.validate(&["huge.cer"]);
    assert_eq!(output.status.code(), Some(66));
    assert!(
        stderr(&output).contains("50000006 bytes, where at most 65536 are read"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn without_anchors_no_answer_is_certain_and_the_next_step_is_named() {
    let demo = Demo::make();
    let output =
        run(&["cert", "validate", &demo.path("valid.cer"), "--state", &demo.path("nothing")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("trust anchor FILE"), "{}", stderr(&output));
    assert!(!Path::new(&demo.path("nothing")).exists(), "looking makes no folder");
}

#[test]
fn standard_input_is_read_for_a_hyphen() {
    use std::io::Write;
    let demo = Demo::make();
    let mut child = Command::new(env!("CARGO_BIN_EXE_trust-service"))
        .args(["cert", "validate", "-", "--state", &demo.state()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(demo.path("valid.cer")).unwrap()).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn a_reader_that_leaves_does_not_change_the_answer() {
    let demo = Demo::make();
    let script = format!(
        "set -o pipefail; {} cert validate {} --state {} -v | head -1 >/dev/null; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_trust-service"),
        demo.path("revoked.cer"),
        demo.state()
    );
    let status = Command::new("bash").args(["-c", &script]).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn inspection_shows_a_certificate_and_judges_nothing() {
    let demo = Demo::make();
    let output = run(&["cert", "inspect", &demo.path("forged.cer"), "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let document = json(&output);
    assert_eq!(document["results"][0]["type"], "dsc");
    assert_eq!(document["results"][0]["curve"], "written out");
    assert_eq!(document["results"][0]["document_types"], serde_json::json!(["P"]));
}
