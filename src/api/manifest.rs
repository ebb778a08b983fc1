//! The body of an import by the admin socket: one line of JSON that says which sources there are and how long each of
//! their files is, then the files, one behind the other.
//!
//! So a whole import is one request, and one change: all of its sources or none. The command line writes it.

use serde::{Deserialize, Serialize};

use crate::trust::fingerprint::Fingerprint;

/// The first line.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// In the order in which they are taken in.
    pub sources: Vec<Part>,
    /// Country signing CAs that are accepted above the signers of lists.
    pub accept_signers: Vec<Fingerprint>,
    /// Whether a list may replace one that was signed later.
    pub allow_older: bool,
}

/// One source.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// The bytes that each of its files has.
    pub files: Vec<usize>,
}

/// A whole body, taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Import<'a> {
    /// The first line.
    pub manifest: Manifest,
    /// The files of each source.
    pub files: Vec<Vec<&'a [u8]>>,
}

/// The body is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ManifestError;

/// The media type.
pub const IMPORT_TYPE: &str = "application/vnd.trust-service.import";

/// Bytes of the first line: a hundred thousand files have room in it.
const LONGEST: usize = 4 * 1024 * 1024;

impl Manifest {
    /// The first line, with its end.
    #[must_use]
    pub fn line(&self) -> Vec<u8> {
        // Strings and numbers only, so this cannot fail.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// The manifest at the front of `body`, and the files behind it.
    ///
    /// # Errors
    ///
    /// Where the line is none, or what follows is not as long as it says.
    pub fn read(body: &[u8]) -> Result<Import<'_>, ManifestError> {
        let end = body.iter().take(LONGEST).position(|byte| *byte == b'\n').ok_or(ManifestError)?;
        let (line, rest) = body.split_at_checked(end).ok_or(ManifestError)?;
        let manifest: Self = serde_json::from_slice(line).map_err(|_| ManifestError)?;
        let mut rest = rest.get(1..).unwrap_or_default();
        let mut all = Vec::with_capacity(manifest.sources.len());
        for source in &manifest.sources {
            let mut files = Vec::with_capacity(source.files.len());
            for length in &source.files {
                let (file, behind) = rest.split_at_checked(*length).ok_or(ManifestError)?;
                files.push(file);
                rest = behind;
            }
            all.push(files);
        }
        let is_whole = rest.is_empty() && all.iter().all(|files| !files.is_empty());
        let import = Import { manifest, files: all };
        if is_whole && !import.files.is_empty() { Ok(import) } else { Err(ManifestError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(files: &[&[usize]]) -> Manifest {
        let part = |lengths: &&[usize]| Part { name: "x".to_owned(), files: lengths.to_vec() };
        Manifest { sources: files.iter().map(part).collect(), ..Manifest::default() }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let manifest = manifest(&[&[2, 0], &[1]]);
        let body = [&manifest.line()[..], b"abc"].concat();
        let read = Manifest::read(&body).unwrap();
        assert_eq!(read.manifest, manifest);
        assert_eq!(read.files, [vec![&b"ab"[..], b""], vec![b"c"]]);
    }

    #[test]
    fn lengths_that_do_not_add_up_are_refused() {
        for (lengths, rest) in [
            (&[&[2][..]][..], &b"a"[..]),
            (&[&[2]], b"abc"),
            (&[&[usize::MAX, 2]], b"abc"),
            (&[&[]], b""),
            (&[], b""),
        ] {
            let body = [&manifest(lengths).line()[..], rest].concat();
            assert_eq!(Manifest::read(&body), Err(ManifestError), "{lengths:?}");
        }
        for body in [&b""[..], b"{}\n", b"{\"sources\":[]", b"\n"] {
            assert_eq!(Manifest::read(body), Err(ManifestError));
        }
    }
}
