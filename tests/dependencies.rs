//! Holds `audit/DEPENDENCIES.md` to `Cargo.toml`: no dependency without its line, no line without its dependency.

use std::collections::BTreeSet;
use std::fs;

#[test]
fn every_dependency_has_its_line_and_every_line_its_dependency() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let declared: BTreeSet<String> = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name.to_owned()))
        .collect();
    let page = fs::read_to_string("audit/DEPENDENCIES.md").unwrap();
    let listed: BTreeSet<String> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| crate "))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| cell.split(','))
        .filter_map(|name| name.split_whitespace().next().map(str::to_owned))
        .collect();
    assert!(!declared.is_empty());
    assert_eq!(listed, declared);
}
