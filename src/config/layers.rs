//! The layers of a configuration, each laid over the one before: `security.yaml`, `security-ENVIRONMENT.yaml`,
//! `conf.d/*.yaml` in the order of their names, environment variables. Below all are the defaults of the sections.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::environment::Environment;
use super::fault::{Fault, Report};
use super::tree::{Node, Origin};
use super::{variables, yaml};

/// The layers of `folder` and `variables` as one tree. What cannot be read is a fault, and is left out.
pub(super) fn gather(
    folder: &Path,
    environment: Environment,
    variables: &BTreeMap<String, String>,
    report: &mut Report,
) -> Node {
    let mut tree = Node::empty();
    let overlay = format!("security-{environment}.yaml");
    for (name, required) in [("security.yaml", true), (overlay.as_str(), false)] {
        if let Some(node) = file(folder, name, required, environment, report) {
            tree.lay(node);
        }
    }
    for name in fragments(folder, report) {
        if let Some(node) = file(folder, &name, true, environment, report) {
            tree.lay(node);
        }
    }
    variables::lay(&mut tree, variables, report);
    tree
}

/// The names below `folder` of the files in `conf.d`, sorted.
fn fragments(folder: &Path, report: &mut Report) -> Vec<String> {
    let listed = match fs::read_dir(folder.join("conf.d")) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<String>>>(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    let mut names = listed.unwrap_or_else(|error| {
        let hint = "see that the service's user can read the folder";
        report.faults.push(Fault::new("", Origin::file("conf.d"), error.to_string(), hint));
        Vec::new()
    });
    // A name that begins with a dot is an editor's, or a secret mount's.
    names.retain(|name| {
        Path::new(name).extension().is_some_and(|end| end == "yaml") && !name.starts_with('.')
    });
    names.sort();
    names.iter().map(|name| format!("conf.d/{name}")).collect()
}

/// The tree in the file `name` of `folder`; none where it is not there, or cannot be taken.
pub(super) fn file(
    folder: &Path,
    name: &str,
    required: bool,
    environment: Environment,
    report: &mut Report,
) -> Option<Node> {
    let mut fault = |origin: Origin, rule: String, hint: &str| {
        report.faults.push(Fault::new("", origin, rule, hint));
    };
    let (bytes, mode) = match read(&folder.join(name)) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !required => return None,
        Err(error) => {
            let rule = format!("{}: {error}", folder.join(name).display());
            fault(Origin::file(name), rule, "put the file there, or name the folder with --config");
            return None;
        }
    };
    if mode & 0o002 != 0 && environment == Environment::Production {
        let rule = format!("everybody can change the file (mode {:04o})", mode & 0o7777);
        fault(Origin::file(name), rule, "chmod o-w it");
    }
    match yaml::parse(name, &bytes) {
        Ok(node) => Some(node),
        Err(error) => {
            fault(Origin::File { name: name.into(), place: error.place }, error.rule, "");
            None
        }
    }
}

fn read(path: &Path) -> io::Result<(Vec<u8>, u32)> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let most = u64::try_from(yaml::MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok((bytes, metadata.permissions().mode()))
}
