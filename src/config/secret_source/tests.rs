use std::fs;

use super::*;
use crate::config::scratch::Scratch;

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_file_that_others_can_read_or_change_keeps_no_secret() {
    let scratch = Scratch::new();
    let path = scratch.write("key", "hunter2\n");
    let source = SecretSource::File(path.clone());
    for mode in [0o400, 0o600, 0o700] {
        set_mode(&path, mode);
        assert_eq!(source.read(&BTreeMap::new()).unwrap().expose(), b"hunter2\n", "{mode:o}");
    }
    for mode in [0o440, 0o604, 0o620, 0o602, 0o644] {
        set_mode(&path, mode);
        let error = source.read(&BTreeMap::new()).unwrap_err();
        assert!(matches!(&error, SecretError::Exposed(_, found) if *found == mode), "{mode:o}");
        assert!(!error.to_string().contains("hunter2"));
    }
}

#[test]
fn a_line_loses_its_end_and_a_key_s_last_byte_may_be_a_line_feed() {
    let scratch = Scratch::new();
    let path = scratch.write("key", "a\n\r\n");
    set_mode(&path, 0o400);
    let source = SecretSource::File(path);
    assert_eq!(source.read(&BTreeMap::new()).unwrap().expose(), b"a\n\r\n");
    assert_eq!(source.read_line(&BTreeMap::new()).unwrap().expose(), b"a\n");
}

#[test]
fn a_credential_comes_from_the_folder_that_systemd_names() {
    let scratch = Scratch::new();
    scratch.write("master-key", "k");
    let folder = scratch.path().to_string_lossy().into_owned();
    let source = SecretSource::parse("credential", "master-key").unwrap();
    let given = variables(&[("CREDENTIALS_DIRECTORY", &folder)]);
    assert_eq!(source.read(&given).unwrap().expose(), b"k");
    assert!(matches!(source.read(&BTreeMap::new()), Err(SecretError::NoCredentials(_))));
}

#[test]
fn a_variable_and_vault_are_read_or_refused_in_plain_words() {
    let source = SecretSource::parse("env", "TOKEN").unwrap();
    assert_eq!(source.read(&variables(&[("TOKEN", "t")])).unwrap().expose(), b"t");
    assert!(matches!(source.read(&variables(&[("TOKEN", "")])), Err(SecretError::Empty(_))));
    assert!(matches!(source.read(&BTreeMap::new()), Err(SecretError::NoVariable(_))));
    let vault = SecretSource::parse("vault", "kv/trust#pepper").unwrap();
    let said = vault.read(&BTreeMap::new()).unwrap_err().to_string();
    assert!(said.contains("this build cannot ask"), "{said}");
}

#[test]
fn size_has_a_bound_on_both_sides() {
    let scratch = Scratch::new();
    for (bytes, fits) in [(0, false), (1, true), (MAX_BYTES, true), (MAX_BYTES + 1, false)] {
        let path = scratch.write("key", &"k".repeat(bytes));
        set_mode(&path, 0o400);
        let read = SecretSource::File(path.clone()).read(&BTreeMap::new());
        assert_eq!(read.is_ok(), fits, "{bytes}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn names_cannot_leave_their_folder() {
    for bad in ["", "../key", "a/b", ".hidden", "a b", "ä"] {
        assert!(SecretSource::parse("credential", bad).is_err(), "{bad}");
    }
    for bad in ["", "A B", "A=B", "A-B"] {
        assert!(SecretSource::parse("env", bad).is_err(), "{bad}");
    }
    for bad in ["", "relative/key"] {
        assert!(SecretSource::parse("file", bad).is_err(), "{bad}");
    }
    for bad in ["", "kv/trust", "kv#field", "kv/trust#", "kv/trust#a#b"] {
        assert!(SecretSource::parse("vault", bad).is_err(), "{bad}");
    }
    assert!(SecretSource::parse("value", "hunter2").is_err());
}

#[test]
fn a_source_is_written_as_it_is_read() {
    for (kind, text) in [("file", "/a b"), ("credential", "c"), ("env", "E"), ("vault", "kv/p#f")] {
        let source = SecretSource::parse(kind, text).unwrap();
        assert_eq!(source.to_string(), format!("{{\"{kind}\": \"{text}\"}}"));
    }
}
