use super::*;

fn read(text: &str) -> String {
    parse("f", text.as_bytes()).map_or_else(|error| error.to_string(), |node| node.value.to_yaml())
}

fn origin(text: &str, path: &[&str]) -> String {
    let mut node = parse("f", text.as_bytes()).unwrap();
    for key in path {
        node = match node.value {
            Value::Map(mut map) => map.remove(*key).unwrap(),
            Value::List(mut list) => list.remove(key.parse().unwrap()),
            _ => panic!("no {key}"),
        };
    }
    node.origin.to_string()
}

#[test]
fn reads_what_a_configuration_needs() {
    assert_eq!(read("a: 1\nb: [x, true, -2]\nc:\n  d: 'on'\n  e:\n"), {
        r#"{"a": 1, "b": ["x", true, -2], "c": {"d": "on", "e": ~}}"#
    });
    assert_eq!(read("a: no\nb: yes\nc: 0x1F\nd: 1_000\ne: 010"), {
        r#"{"a": "no", "b": "yes", "c": 31, "d": "1_000", "e": "010"}"#
    });
    for empty in ["", "# nothing\n", "---\n", "~", "{}", "\u{FEFF}"] {
        assert_eq!(read(empty), "{}", "{empty:?}");
    }
}

#[test]
fn every_value_has_the_line_and_column_of_its_key_and_a_list_s_of_its_own() {
    let text = "a: 1\n# c\nb:\r\n  c: |\n    x: y\n    z\n  d:\n  - p\n  - {q: 1,\n     r: 2}\nlast: \"a\n  b\"\n";
    assert_eq!(origin(text, &["a"]), "f:1:1");
    assert_eq!(origin(text, &["b"]), "f:3:1");
    assert_eq!(origin(text, &["b", "c"]), "f:4:3");
    assert_eq!(origin(text, &["b", "d"]), "f:7:3");
    assert_eq!(origin(text, &["b", "d", "0"]), "f:8:5");
    assert_eq!(origin(text, &["b", "d", "1"]), "f:9:6");
    assert_eq!(origin(text, &["b", "d", "1", "r"]), "f:10:6");
    assert_eq!(origin(text, &["last"]), "f:11:1");
    assert_eq!(origin("ä: {ö: 1, ü: 2}", &["ä", "ü"]), "f:1:11");
}

#[test]
fn refuses_what_makes_two_readings_of_one_file() {
    for (text, rule) in [
        ("a: 1\na: 2", "line 2, column 1: the key \"a\" stands twice in one map"),
        ("a: {b: 1, b: 2}", "line 1, column 11: the key \"b\" stands twice in one map"),
        ("a: &x 1", "line 1, column 4: anchors are not taken: quote a text that begins with '&'"),
        ("a: !!str 1", "line 1, column 4: tags are not taken: quote a text that begins with '!'"),
        ("a: !x 1", "tags are not taken"),
        ("a: !x {b: 1}", "tags are not taken"),
        (
            "a:\r\n  b: &x\r\n",
            "line 2, column 6: anchors are not taken: quote a text that begins with '&'",
        ),
        ("<<: {a: 1}", "line 1, column 1: merge keys are not taken: write the values out"),
        ("a: 1\n---\nb: 2", "one file holds one document: remove what follows '---'"),
        ("a: 1\n---\n", "one file holds one document: remove what follows '---'"),
        ("1: a", "line 1, column 1: a key is a text, and here is a number: quote it"),
        ("a: {true: 1}", "line 1, column 5: a key is a text, and here is true or false: quote it"),
        ("a: 1.5", "no setting is a decimal or so large a number: quote it if it is a text"),
        ("a: .nan", "no setting is a decimal or so large a number: quote it if it is a text"),
        ("[a]", ROOT),
        ("text", ROOT),
        ("a: \0", "the file has a line separator or mark that not all readers see alike"),
    ] {
        assert_eq!(read(text), rule, "{text:?}");
    }
    assert!(read("[a]: 1").contains("a key is a text"), "{}", read("[a]: 1"));
    assert!(read("a: [1").starts_with("line 2, column 1: not YAML"), "{}", read("a: [1"));
    assert!(read("a: *x").contains("unknown anchor"), "{}", read("a: *x"));
    assert_eq!(parse("f", b"a: \xff").unwrap_err(), refusal("the file is not UTF-8 text"));
}

#[test]
fn an_alias_is_refused_whatever_it_stands_for() {
    for text in [
        "a: &x {b: 1}\nc: *x",
        "a: &x\n  b: 1\nc:\n  <<: *x",
        "a: &x [1]\nc: [*x, *x]",
        "a: &x [[], 1]\nc: {d: *x}",
        "&x a: 1\nb: *x",
    ] {
        let said = read(text);
        assert!(
            ["alias", "anchor", "merge key"].iter().any(|word| said.contains(word)),
            "{text:?}: {said}"
        );
    }
    let laughs = (1..20).fold("l0: &l0 [lol, lol]\n".to_owned(), |text, level| {
        let below = level - 1;
        format!("{text}l{level}: &l{level} [*l{below}, *l{below}, *l{below}]\n")
    });
    assert!(read(&laughs).contains("alias"), "{}", read(&laughs));
}

#[test]
fn size_depth_and_keys_have_bounds_on_both_sides() {
    let deep = |levels: usize| format!("a: {}1{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&deep(MAX_DEPTH - 1)).starts_with('{'));
    assert!(read(&deep(MAX_DEPTH)).contains("at most 32 deep"));
    assert!(read(&deep(MAX_BRACKETS + 1)).contains("too many brackets"));
    let key = |length: usize| read(&format!("{}: 1", "k".repeat(length)));
    assert!(key(MAX_KEY).starts_with('{'));
    assert!(key(MAX_KEY + 1).contains("at most 128"));
    let sized = |bytes: usize| read(&format!("a: 1\n{}", "#".repeat(bytes - 5)));
    assert!(sized(MAX_BYTES).starts_with('{'));
    assert!(sized(MAX_BYTES + 1).contains("1 MiB"));
}

#[test]
fn a_text_with_marks_inside_is_a_text() {
    assert_eq!(read("a: 'x &y *z !t'\nb: \"*x\"\nc: fish &chips"), {
        r#"{"a": "x &y *z !t", "b": "*x", "c": "fish &chips"}"#
    });
}

#[test]
fn the_largest_file_of_the_smallest_values_is_read_in_a_moment() {
    let text = format!("a: [{}]", "1,".repeat(MAX_BYTES / 2 - 3));
    assert!(read(&text).starts_with("{\"a\": [1, 1"));
}
