//! Why a sealed file cannot be had.

use std::fmt;
use std::path::PathBuf;

use super::{MOST, NAME, OwnershipError, StateError};
use crate::entropy::NoEntropy;

/// Why a sealed file cannot be written or read.
#[derive(Debug)]
pub enum SealedError {
    /// The cipher refuses.
    Cipher,
    /// It was changed, renamed, brought from another folder, or sealed under another key.
    DoesNotOpen(PathBuf),
    /// A nonce cannot be had.
    Entropy(NoEntropy),
    /// No name for a sealed file.
    Name(Box<str>),
    /// Something else than a sealed file.
    NotSealed(PathBuf),
    /// The folder or the file is not ours alone.
    Ownership(OwnershipError),
    /// It has been written as often as can be counted.
    Spent(Box<str>),
    /// The folder or the file cannot be read or written.
    State(StateError),
    /// The content is longer than 16 MiB.
    TooLong(Box<str>),
}

impl fmt::Display for SealedError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cipher => out.write_str("the cipher refuses to seal; nothing was written"),
            Self::DoesNotOpen(path) => write!(
                out,
                "{}: does not open: it was changed, renamed or brought from elsewhere, or the master key is another \
                 one; load the right key, or put a copy back from a backup",
                path.display()
            ),
            Self::Entropy(error) => write!(out, "{error}; nothing was sealed"),
            Self::Name(name) => write!(
                out,
                "{name:?} is no name of a sealed file: 1 to {NAME} characters of a-z, 0-9, '.' and '-', with no dot at \
                 the start; move what is not of the service elsewhere"
            ),
            Self::NotSealed(path) => write!(
                out,
                "{}: not a sealed file of format 1; put a copy back from a backup, or move it elsewhere",
                path.display()
            ),
            Self::Ownership(error) => write!(out, "{error}"),
            Self::Spent(name) => write!(
                out,
                "{name}: has no further generation, which no honest number of writes brings about; put a copy back from \
                 a backup"
            ),
            Self::State(error) => write!(out, "{error}"),
            Self::TooLong(name) => {
                write!(
                    out,
                    "{name}: more than {MOST} bytes are not sealed in one file; nothing was written"
                )
            }
        }
    }
}

impl std::error::Error for SealedError {}
