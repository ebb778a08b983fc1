//! The one key that all others of this machine come from.
//!
//! Each use has a key of its own, derived by HKDF-SHA256 (RFC 5869) from the master key and a label, so that none of
//! them tells anything of another or of the master key. The file lies outside the state folder: who carries the
//! folder away has no key to it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::Zeroize;

use super::ownership::{OwnershipError, read_secret};
use crate::encoding;
use crate::secret::{Key, Secret};

/// What a derived key is for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Label {
    /// Wraps the keys of the audit trail's subjects.
    AuditKek,
    /// Goes into the digests of API keys.
    Pepper,
    /// From it come the keys of the epochs' pseudonyms.
    Pseudonym,
    /// Seals local files.
    State,
}

impl Label {
    const fn text(self) -> &'static str {
        match self {
            Self::AuditKek => "audit-kek",
            Self::Pepper => "pepper",
            Self::Pseudonym => "pseudonym",
            Self::State => "state",
        }
    }
}

/// Why there is no master key.
#[derive(Debug)]
pub enum MasterKeyError {
    /// Its file lies in the state folder.
    Beside {
        /// The file, without links.
        key: PathBuf,
        /// The state folder, without links.
        state: PathBuf,
    },
    /// The file or the state folder is missing, or cannot be found.
    Find(PathBuf, io::Error),
    /// Neither 32 octets, nor 64 hexadecimal digits, nor base64 of 32 to 64 octets.
    Form,
    /// The file is not believed.
    Ownership(OwnershipError),
    /// A pattern or a text: guessable.
    Weak,
}

impl fmt::Display for MasterKeyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beside { key, state } => write!(
                out,
                "{}: the master key lies in the state folder {}, which it protects; move it elsewhere, or load it as a \
                 systemd credential",
                key.display(),
                state.display()
            ),
            Self::Find(path, error) => write!(out, "{}: cannot be found: {error}", path.display()),
            Self::Form => out.write_str(
                "the master key is neither 32 octets, nor 64 hexadecimal digits, nor base64 of 32 to 64 octets; make \
                 one: openssl rand -hex 32",
            ),
            Self::Ownership(error) => write!(out, "the master key: {error}"),
            Self::Weak => out.write_str(
                "the master key is a pattern or a text, which can be guessed; make one: openssl rand -hex 32",
            ),
        }
    }
}

impl std::error::Error for MasterKeyError {}

/// The master key.
#[derive(Debug)]
pub struct MasterKey(Secret<Vec<u8>>);

/// Octets of a key that is written as it is.
const RAW: usize = 32;
/// Most octets of a key, whatever it is written as.
const MOST: usize = 64;
/// Most bytes of a key's file: base64 of [`MOST`], and line ends.
const FILE: u64 = 256;
/// Among 32 random octets, 12 different ones or fewer come up once in 2^75.
const DIFFERENT: usize = 12;

impl MasterKey {
    /// The key that `written` holds: exactly 32 octets as they are, or a text, with or without line ends, of 64
    /// hexadecimal digits or of base64 with padding (RFC 4648 section 4) of 32 to 64 octets.
    ///
    /// What is all one octet, a sequence, of few different octets, or a text by itself is refused. A random key is
    /// taken for one of these less than once in 2^45.
    ///
    /// # Errors
    ///
    /// [`MasterKeyError::Form`] and [`MasterKeyError::Weak`].
    pub fn new(written: &Secret<Vec<u8>>) -> Result<Self, MasterKeyError> {
        let key = read(written.expose()).ok_or(MasterKeyError::Form)?;
        if is_guessable(key.expose()) { Err(MasterKeyError::Weak) } else { Ok(Self(key)) }
    }

    /// The key in the file at `path`, which must not lie in the folder `state`.
    ///
    /// The file is ours or root's, and closed to others. Links are followed before it is opened.
    ///
    /// # Errors
    ///
    /// Where it is missing, lies in the state folder, is open to others, or is no key.
    pub fn from_file(path: &Path, state: &Path) -> Result<Self, MasterKeyError> {
        let real = |path: &Path| {
            fs::canonicalize(path).map_err(|error| MasterKeyError::Find(path.to_owned(), error))
        };
        let key = real(path)?;
        match real(state) {
            Ok(state) if key.starts_with(&state) => {
                return Err(MasterKeyError::Beside { key, state });
            }
            // No file lies in a folder that is not there yet.
            Err(MasterKeyError::Find(_, error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        let written = read_secret(&key, FILE).map_err(MasterKeyError::Ownership)?;
        let written =
            written.ok_or_else(|| MasterKeyError::Find(key, io::ErrorKind::NotFound.into()))?;
        Self::new(&Secret::new(written))
    }

    /// The key for one use: HKDF-SHA256 with `info` being the label.
    #[must_use]
    pub fn derive(&self, label: Label) -> Key {
        let mut key = [0; 32];
        let info = [label.text().as_bytes()];
        let source = Salt::new(HKDF_SHA256, SALT).extract(self.0.expose());
        // It fails for lengths above 255 hashes alone; nobody must go on with a key of zeros.
        if source.expand(&info, Length).and_then(|derived| derived.fill(&mut key)).is_err() {
            std::process::abort();
        }
        let derived = Key::new(key);
        key.zeroize();
        derived
    }
}

const SALT: &[u8] = b"trust-service master key 1";

/// The length of a derived key.
struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

fn read(written: &[u8]) -> Option<Secret<Vec<u8>>> {
    if written.len() == RAW {
        return Some(Secret::new(written.to_vec()));
    }
    let text = std::str::from_utf8(written).ok()?.trim_end_matches(['\r', '\n']);
    if text.len() == 2 * RAW
        && let Some(key) = encoding::from_hex(text)
    {
        return Some(Secret::new(key));
    }
    let key = Secret::new(encoding::from_base64(text.as_bytes())?);
    (RAW..=MOST).contains(&key.expose().len()).then_some(key)
}

fn is_guessable(key: &[u8]) -> bool {
    let mut seen = [false; 256];
    for octet in key {
        if let Some(seen) = seen.get_mut(usize::from(*octet)) {
            *seen = true;
        }
    }
    let different = seen.into_iter().filter(|seen| *seen).count();
    let mut steps = key.windows(2).map(|pair| match pair {
        [before, after] => after.wrapping_sub(*before),
        _ => 0,
    });
    let first = steps.next();
    let is_sequence = steps.all(|step| Some(step) == first);
    let is_text = key.iter().all(|octet| octet.is_ascii_graphic() || octet.is_ascii_whitespace());
    different <= DIFFERENT || is_sequence || is_text
}

#[cfg(test)]
mod tests;
