//! Holds `src/` to the dependency directions of ARCHITECTURE.md.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "a test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules from the bottom up. A module may use those listed before its own line, never a neighbour
/// on it and never one listed after.
const LAYERS: &[&[&str]] = &[
    &["clock", "encoding", "entropy", "logger", "nearest"],
    &["secret"],
    &["identity", "metrics", "permission"],
    &["fetch", "limit", "runtime", "trust", "wire"],
    &["state"],
    &["tls"],
    &["vault"],
    &["database"],
    &["audit", "authn"],
    &["authz"],
    &["gate", "guard"],
    &["api"],
    &["server"],
    &["config"],
    &["demo"],
    &["app"],
    &["cli"],
];

#[test]
fn each_module_uses_only_the_layers_below_it() {
    let rank: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(rank, names)| names.iter().map(move |name| (*name, rank)))
        .collect();
    let mut breaches = Vec::new();
    for file in rust_files(Path::new("src")) {
        let module = module_of(&file);
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let Some(own) = rank.get(module.as_str()) else {
            breaches.push(format!("{}: not in LAYERS", file.display()));
            continue;
        };
        for used in crate_paths(&fs::read_to_string(&file).unwrap()) {
            if used != module && rank.get(used.as_str()).is_none_or(|r| r >= own) {
                breaches.push(format!("{}: uses crate::{used}", file.display()));
            }
        }
    }
    assert_eq!(breaches, Vec::<String>::new());
}

/// The first segment of every `crate::…` path, one per name in `crate::{…}`; `//` lines skipped.
fn crate_paths(source: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let ident = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => found.push(ident(rest)),
            Some(group) => {
                let mut depth = 0_usize;
                let mut start = 0;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => {
                            found.push(ident(&group[start..at]));
                            break;
                        }
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            found.push(ident(&group[start..at]));
                            start = at + 1;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn module_of(file: &Path) -> String {
    let first = file.strip_prefix("src").unwrap().iter().next().unwrap();
    first.to_str().unwrap().trim_end_matches(".rs").to_owned()
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
