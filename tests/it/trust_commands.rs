//! `trust …`: what changes, what is refused, and what stays as it was.

use std::fs;

use crate::command_line::{Demo, json, run, stderr, stdout};

fn sha256(demo: &Demo, name: &str) -> String {
    let output = run(&["cert", "inspect", &demo.path(name), "--format", "json"]);
    json(&output)["results"][0]["sha256"].as_str().unwrap().to_owned()
}

#[test]
fn an_anchor_needs_its_fingerprint_compared() {
    let demo = Demo::make();
    let (csca, fresh) = (demo.path("csca.cer"), demo.path("fresh"));
    let unasked = run(&["trust", "anchor", &csca, "--state", &fresh]);
    assert_eq!(unasked.status.code(), Some(64), "{}", stderr(&unasked));
    assert!(stderr(&unasked).contains(&sha256(&demo, "csca.cer")));
    let wrong = run(&["trust", "anchor", &csca, "--state", &fresh, "--sha256", &"0".repeat(64)]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(stderr(&wrong).contains("nothing was changed"));
    let right = sha256(&demo, "csca.cer").to_ascii_uppercase();
    let done =
        run(&["trust", "anchor", &csca, "--state", &fresh, "--sha256", &right, "--format", "json"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(json(&done)["committed"], true);
    let again =
        run(&["trust", "anchor", &csca, "--state", &fresh, "--sha256", &right, "--format", "json"]);
    assert_eq!(json(&again)["committed"], false, "what is an anchor already changes nothing");
}

#[test]
fn a_signers_certificate_cannot_be_an_anchor() {
    let demo = Demo::make();
    let before = demo.snapshot();
    let output = demo.run(&[
        "trust",
        "anchor",
        &demo.path("valid.cer"),
        "--sha256",
        &sha256(&demo, "valid.cer"),
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("not a CA's certificate"), "{}", stderr(&output));
    assert_eq!(demo.snapshot(), before);
}

#[test]
fn an_import_is_all_or_nothing() {
    let demo = Demo::make();
    let before = demo.snapshot();
    fs::write(demo.path("broken.ldif"), "dn: c=UT\nuserCertificate;binary:: MIIB").unwrap();
    let output = demo.run(&["trust", "import", &demo.path("valid.cer"), &demo.path("broken.ldif")]);
    assert_eq!(output.status.code(), Some(66));
    assert!(stderr(&output).contains("broken.ldif: LDIF line 2"), "{}", stderr(&output));
    assert!(stderr(&output).contains("nothing was changed"));
    assert_eq!(demo.snapshot(), before);
}

#[test]
fn a_list_from_an_unknown_signer_is_refused_and_changes_nothing() {
    let (demo, other) = (Demo::make(), Demo::make());
    let before = demo.snapshot();
    let output = demo.run(&["trust", "import", &other.path("utopia.ml"), "--source", "other"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--accept-signer"), "{}", stderr(&output));
    assert_eq!(demo.snapshot(), before);
    let accepted = sha256(&other, "csca.cer");
    let taken = demo.run(&[
        "trust",
        "import",
        &other.path("utopia.ml"),
        "--source",
        "other",
        "--accept-signer",
        &accepted,
    ]);
    assert_eq!(taken.status.code(), Some(0), "{}", stderr(&taken));
    assert_ne!(demo.snapshot(), before);
}

#[test]
fn a_dry_run_shows_the_difference_and_makes_none() {
    let demo = Demo::make();
    let before = demo.snapshot();
    let output = demo.run(&["trust", "import", &demo.path("valid.cer"), "--dry-run"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("source valid added"), "{}", stdout(&output));
    assert!(stdout(&output).contains("dry run"));
    assert_eq!(demo.snapshot(), before);
}

#[test]
fn distrust_shows_in_verdicts_lists_and_differences() {
    let demo = Demo::make();
    let csca = sha256(&demo, "csca.cer");
    let output = demo.run(&["trust", "distrust", &csca, "--reason", "key lost"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let verdict =
        json(&demo.run(&["cert", "validate", &demo.path("valid.cer"), "--format", "json"]));
    assert_eq!(verdict["results"][0]["verdict"], "invalid");
    assert!(verdict.to_string().contains("key lost"));
    let list = json(&demo.run(&["trust", "list", "--country", "ut", "--format", "json"]));
    let of_csca = |anchor: &&serde_json::Value| anchor["sha256"] == csca.as_str();
    let anchor = list.as_array().unwrap().iter().find(of_csca).unwrap();
    assert_eq!(anchor["status"], "distrusted");
    let difference = json(&demo.run(&["trust", "diff", "--format", "json"]));
    assert_eq!(difference["distrusted"][0]["sha256"], csca.as_str());
    let list = demo.run(&["trust", "import", &demo.path("utopia.ml"), "--source", "again"]);
    assert_eq!(list.status.code(), Some(1), "a list of a distrusted CSCA is not taken");
    let anchor = demo.run(&["trust", "anchor", &demo.path("csca.cer"), "--sha256", &csca]);
    assert_eq!(anchor.status.code(), Some(1));
}

#[test]
fn a_state_that_another_process_holds_is_left_alone() {
    let demo = Demo::make();
    let lock = fs::File::open(format!("{}/lock", demo.state())).unwrap();
    lock.lock().unwrap();
    let output = demo.run(&["trust", "distrust", &"0".repeat(64), "--reason", "x"]);
    assert_eq!(output.status.code(), Some(69));
    assert!(stderr(&output).contains("another process holds the lock"), "{}", stderr(&output));
    assert_eq!(demo.validate(&["valid.cer"]).status.code(), Some(0), "reading goes on");
}

#[test]
fn a_damaged_snapshot_is_named_and_gives_no_answer() {
    let demo = Demo::make();
    let id = demo.snapshot();
    let path =
        format!("{}/trust/snapshots/{}.snapshot", demo.state(), id.trim_start_matches("sha256:"));
    let whole = fs::read(&path).unwrap();
    for cut in [0, 10, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).unwrap();
        let output = demo.validate(&["valid.cer"]);
        assert_eq!(output.status.code(), Some(66), "cut at {cut}");
        assert!(stderr(&output).contains("damaged"), "{}", stderr(&output));
    }
    fs::write(&path, &whole).unwrap();
    fs::write(format!("{}/trust/.history.new", demo.state()), b"half").unwrap();
    assert_eq!(demo.validate(&["valid.cer"]).status.code(), Some(0));
}

#[test]
fn two_files_of_one_name_are_not_taken_for_one_source() {
    let demo = Demo::make();
    fs::copy(demo.path("revoked.cer"), demo.path("valid.der")).unwrap();
    let output = demo.run(&["trust", "import", &demo.path("valid.cer"), &demo.path("valid.der")]);
    assert_eq!(output.status.code(), Some(64));
    let both = demo.run(&[
        "trust",
        "import",
        &demo.path("valid.cer"),
        &demo.path("valid.der"),
        "--source",
        "both",
    ]);
    assert_eq!(both.status.code(), Some(0), "{}", stderr(&both));
    assert!(stdout(&both).contains("both: 2 certificates (no anchors)"), "{}", stdout(&both));
}
