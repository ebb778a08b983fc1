//! Why a subject's key cannot be had.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::entropy::NoEntropy;

/// Why a subject's key cannot be had, or what it sealed not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum SubjectKeyError {
    /// An entry of the file, amid others, cannot be unwrapped.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which entry, from 1.
        entry: u32,
    },
    /// The machine has no random bytes.
    Entropy(NoEntropy),
    /// The key was erased, or never was here.
    Erased,
    /// Not something sealed for this record under this key.
    NotSealed,
    /// The file cannot be read.
    Read(PathBuf, io::Error),
    /// The file was made under another wrapping key.
    WrongKey(PathBuf),
    /// The file cannot be written.
    Write(PathBuf, io::Error),
}

impl fmt::Display for SubjectKeyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { path, entry } => write!(
                out,
                "{}: entry {entry} is damaged; put a copy back from a backup",
                path.display()
            ),
            Self::Entropy(error) => write!(out, "no key for a subject: {error}"),
            Self::Erased => {
                out.write_str("the subject's key was erased: nobody can read this any more")
            }
            Self::NotSealed => {
                out.write_str("not sealed for this record: it was changed, or belongs to another")
            }
            Self::Read(path, error) => write!(out, "{}: cannot be read: {error}", path.display()),
            Self::WrongKey(path) => write!(
                out,
                "{}: made under another master key; start with the master key that belongs to this folder",
                path.display()
            ),
            Self::Write(path, error) => {
                write!(out, "{}: cannot be written: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for SubjectKeyError {}

impl From<NoEntropy> for SubjectKeyError {
    fn from(error: NoEntropy) -> Self {
        Self::Entropy(error)
    }
}
