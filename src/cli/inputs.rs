//! The files that a command is given: read within bounds, folders opened up, and what cannot be read said so.
//!
//! Only regular files are read: a device in a folder must not hang or flood the program.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::trust::bundle::MAX_FILE_BYTES;

/// Files in all, and folders inside one another, that are opened.
const MAX_FILES: usize = 100_000;
const MAX_DEPTH: usize = 16;

/// A file that was read, or why it was not.
#[derive(Debug)]
pub struct Input {
    /// Its path as given, or as found in a folder that was given; `-` for standard input.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Result<Vec<u8>, String>,
}

/// The files that `paths` name, each folder by its files in the order of their names.
pub fn read(paths: impl IntoIterator<Item = impl AsRef<Path>>) -> impl Iterator<Item = Input> {
    let mut files = Vec::new();
    for path in paths {
        open_up(path.as_ref(), 0, &mut files);
    }
    files.into_iter().map(|(path, fault)| {
        let bytes = match fault {
            Some(fault) => Err(fault),
            None => read_file(&path),
        };
        Input { path, bytes }
    })
}

/// Adds `path`, or what is in it, with what keeps it from being read.
fn open_up(path: &Path, depth: usize, files: &mut Vec<(PathBuf, Option<String>)>) {
    let mut fault = |text: String| files.push((path.to_owned(), Some(text)));
    if path == Path::new("-") {
        return files.push((path.to_owned(), None));
    }
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(_) if fs::symlink_metadata(path).is_ok() => {
            return fault("a link that leads nowhere".to_owned());
        }
        Err(error) => return fault(error.to_string()),
    };
    if metadata.is_file() {
        return files.push((path.to_owned(), None));
    }
    if !metadata.is_dir() {
        return fault("neither a file nor a folder (a device, a pipe or a socket)".to_owned());
    }
    if depth >= MAX_DEPTH {
        return fault(format!("folders nested deeper than {MAX_DEPTH}"));
    }
    let mut entries: Vec<PathBuf> = match fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) => return fault(error.to_string()),
    };
    entries.sort_unstable();
    for entry in entries {
        if files.len() >= MAX_FILES {
            return files.push((path.to_owned(), Some(format!("more than {MAX_FILES} files"))));
        }
        open_up(&entry, depth.saturating_add(1), files);
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let most = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
    let limit = most.saturating_add(1);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    match read {
        Err(error) => Err(error.to_string()),
        Ok(length) if length > MAX_FILE_BYTES => Err(format!("larger than {MAX_FILE_BYTES} bytes")),
        Ok(_) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn devices_and_dangling_links_in_a_folder_are_named_and_the_rest_is_read() {
        let folder =
            std::env::temp_dir().join(format!("trust-service-inputs-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("b")).unwrap();
        fs::write(folder.join("a"), b"1").unwrap();
        fs::write(folder.join("b/c"), b"2").unwrap();
        symlink("/dev/zero", folder.join("device")).unwrap();
        symlink("nowhere", folder.join("dangling")).unwrap();
        let read: Vec<(String, bool)> = read([&folder])
            .map(|input| {
                let name = input.path.strip_prefix(&folder).unwrap().display().to_string();
                (name, input.bytes.is_ok())
            })
            .collect();
        let expected = [("a", true), ("b/c", true), ("dangling", false), ("device", false)];
        assert_eq!(read, expected.map(|(name, fine)| (name.to_owned(), fine)));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_that_holds_itself_ends() {
        let folder =
            std::env::temp_dir().join(format!("trust-service-loop-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        symlink(".", folder.join("self")).unwrap();
        let faults = read([&folder]).filter(|input| input.bytes.is_err()).count();
        assert_eq!(faults, 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
