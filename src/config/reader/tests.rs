use super::*;
use crate::config::yaml;

fn with<T>(text: &str, read: impl FnOnce(&mut Section<'_, '_>) -> T) -> (T, Vec<String>) {
    let tree = yaml::parse("f", text.as_bytes()).unwrap();
    let mut report = Report::default();
    let mut section = Section::root(&tree, "", &mut report);
    let value = read(&mut section);
    section.finish();
    (value, report.faults.iter().map(ToString::to_string).collect())
}

#[test]
fn a_number_has_bounds_on_both_sides_and_its_default_outside_them() {
    for (text, value, faults) in [
        ("n: 2", 2, 0),
        ("n: 4", 4, 0),
        ("n: 1", 3, 1),
        ("n: 5", 3, 1),
        ("n: -1", 3, 1),
        ("n: '2'", 3, 1),
        ("n: 99999999999999999999", 3, 1),
        ("n:", 3, 1),
        ("", 3, 0),
    ] {
        if text.ends_with("9999") {
            assert!(yaml::parse("f", text.as_bytes()).is_err(), "no such number is taken");
            continue;
        }
        let (read, found) = with(text, |section| section.number("n", 3_u8, 2..=4));
        assert_eq!((read, found.len()), (value, faults), "{text}: {found:?}");
    }
}

#[test]
fn a_value_of_a_file_has_its_type_and_one_of_a_variable_is_a_text() {
    assert_eq!(with("f: 'true'", |section| section.flag("f", false)).1.len(), 1);
    let node = Node { origin: Origin::variable("V"), value: Value::Text("TRUE".to_owned()) };
    let tree = node.below(&["f"]);
    let mut report = Report::default();
    assert!(Section::root(&tree, "", &mut report).flag("f", false));
    assert!(report.faults.is_empty());
}

#[test]
fn a_list_of_one_may_be_written_as_a_text() {
    let read = |text| with(text, |section| section.plain_list("l", None, "a name"));
    assert_eq!(read("l: a").0, Some(vec!["a".to_owned()]));
    assert_eq!(read("l: [a, b]").0.map(|list| list.len()), Some(2));
    assert_eq!(read("l: [a, '']").1, ["l: expected a name (f:1:1)"]);
    assert_eq!(read("l: 1").1, ["l: expected a list, each a name, found a number (f:1:1)"]);
}

#[test]
fn a_text_is_one_line_and_a_path_begins_at_the_root() {
    for bad in ["t: ''", "t: \"a\\nb\"", "t: ' a'", "t: 1", "t:"] {
        assert_eq!(with(bad, |section| section.plain("t", "d", "a text")).1.len(), 1, "{bad}");
    }
    for bad in ["p: a/b", "p: ''", "p: \"/a\\nb\""] {
        assert_eq!(with(bad, |section| section.path("p", "/d")).1.len(), 1, "{bad}");
    }
}

#[test]
fn a_secret_is_a_place() {
    let read = |text: &str| with(text, |section| section.secret("s"));
    assert_eq!(read("s: {env: X}").0, Some(SecretSource::Environment("X".to_owned())));
    for bad in ["s: X", "s: {}", "s: {env: X, file: /x}", "s: {env: 1}", "s: {literal: X}", "s: 1"]
    {
        let (source, faults) = read(bad);
        assert!(source.is_none() && faults.len() == 1, "{bad}: {faults:?}");
        assert!(faults[0].contains("{file: PATH}"), "{faults:?}");
    }
}

#[test]
fn a_key_that_is_not_asked_for_is_unknown_even_where_it_is_known_elsewhere() {
    let ((), faults) = with("a: {b: 1}\nb: 1", |section| {
        section.section("a", |inner| inner.number("b", 0_u8, 0..=9));
    });
    assert_eq!(faults, ["b: unknown key (f:2:1); known here: a"]);
}
