//! Secret files of the state folder: unreadable without the master key, and dated, so that an old one does not pass.
//!
//! Threat: who can write to the disk. A file that is changed, renamed or taken from another folder does not open,
//! because name, folder and generation are authenticated with it. An old file put back does open; what betrays it is
//! its [`Stamp`], which the audit trail has recorded at each write and [`SealedFolder::compare`] looks at.
//!
//! Format: `TSSEAL1`, line end; generation, 8 octets, big-endian; nonce, 12 octets; AES-256-GCM of the content, and
//! its tag, 16 octets. Nonces are random: of 2^32 writes under one key, two share one with a probability of 2^-33.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::folder::{self, FolderLock, StateError};
use super::ownership::{OwnershipError, check_folder, read_secret};
use crate::entropy::Entropy;
use crate::secret::{Key, Secret};
use crate::trust::fingerprint::Fingerprint;

mod compare;
mod error;

pub use compare::PutBack;
pub use error::SealedError;

/// Most bytes of a file's content: 16 MiB.
const MOST: usize = 16 * 1_024 * 1_024;

/// Most bytes of a name.
const NAME: usize = 64;

const HEADER: &[u8; 8] = b"TSSEAL1\n";
const GENERATION: usize = 8;
const TAG: usize = 16;
const OVERHEAD: usize = HEADER.len() + GENERATION + NONCE_LEN + TAG;

/// What identifies one state of one file. It goes into the audit trail at each write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stamp {
    /// The file's name within its folder.
    pub name: Box<str>,
    /// One more at each write, from 1.
    pub generation: u64,
    /// SHA-256 over the file as it lies on the disk.
    pub sha256: Fingerprint,
}

/// A sealed file that was opened.
#[derive(Debug)]
pub struct Unsealed {
    /// What it holds.
    pub content: Secret<Vec<u8>>,
    /// Which state of which file it is.
    pub stamp: Stamp,
}

/// A folder of sealed files.
#[derive(Debug)]
pub struct SealedFolder {
    path: PathBuf,
    /// What of its path is authenticated: the part below the state folder, so that the state may move.
    scope: Box<str>,
    key: LessSafeKey,
    entropy: Arc<dyn Entropy>,
    /// The newest generation of each file that this process has seen; held while one is written.
    newest: Mutex<BTreeMap<Box<str>, u64>>,
    /// The files as this process left them.
    stamps: Mutex<BTreeMap<Box<str>, Stamp>>,
}

impl SealedFolder {
    /// The sealed folder `scope` within the state folder `state`, made if it is missing, for its owner alone.
    ///
    /// `scope` is named as a file is. `key` is the one derived for [`super::Label::State`].
    ///
    /// # Errors
    ///
    /// Where it cannot be made, or is not ours alone.
    pub fn open(
        state: &Path,
        scope: &str,
        key: &Key,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, SealedError> {
        check_name(scope)?;
        let path = state.join(scope);
        folder::make_folder(&path).map_err(SealedError::State)?;
        check_folder(&path).map_err(SealedError::Ownership)?;
        let key = UnboundKey::new(&AES_256_GCM, key.expose()).map_err(|_| SealedError::Cipher)?;
        let key = LessSafeKey::new(key);
        Ok(Self {
            path,
            scope: scope.into(),
            key,
            entropy,
            newest: Mutex::default(),
            stamps: Mutex::default(),
        })
    }

    /// Seals `content` as the next generation of the file `name`, durably, or leaves what stood there.
    ///
    /// # Errors
    ///
    /// Where the file that stands there does not open: whoever tampered with it must not have it tidied away by the
    /// next write. Where there is no entropy, or it cannot be written.
    pub fn write(
        &self,
        _lock: &FolderLock,
        name: &str,
        content: &Secret<Vec<u8>>,
    ) -> Result<Stamp, SealedError> {
        check_name(name)?;
        if content.expose().len() > MOST {
            return Err(SealedError::TooLong(name.into()));
        }
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let on_disk = self.read_sealed(name)?.map_or(0, |file| file.stamp.generation);
        let before = on_disk.max(newest.get(name).copied().unwrap_or_default());
        let generation = before.checked_add(1).ok_or_else(|| SealedError::Spent(name.into()))?;
        let sealed = self.seal(name, generation, content)?;
        let sha256 = Fingerprint::of(&sealed);
        folder::replace_file(&self.path, name, &sealed).map_err(SealedError::State)?;
        newest.insert(name.into(), generation);
        let stamp = Stamp { name: name.into(), generation, sha256 };
        self.known().insert(name.into(), stamp.clone());
        Ok(stamp)
    }

    /// The file `name`, opened; none where there is no such file.
    ///
    /// # Errors
    ///
    /// Where it is not what was written there under this name and key, or is open to others.
    pub fn read(&self, name: &str) -> Result<Option<Unsealed>, SealedError> {
        check_name(name)?;
        self.read_sealed(name)
    }

    /// Removes the file `name`, durably; whether there was one. The audit trail must record that too.
    ///
    /// # Errors
    ///
    /// [`StateError::Write`].
    pub fn remove(&self, _lock: &FolderLock, name: &str) -> Result<bool, SealedError> {
        check_name(name)?;
        let path = self.path.join(name);
        let fault = |error| SealedError::State(StateError::Write(path.clone(), error));
        self.known().remove(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            removed => removed.map_err(fault)?,
        }
        fs::File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(fault)?;
        Ok(true)
    }

    /// The stamps of all files, sorted by name, each of them opened.
    ///
    /// # Errors
    ///
    /// Where one does not open, or something else lies in the folder.
    pub fn listing(&self) -> Result<Vec<Stamp>, SealedError> {
        let unread = |error| SealedError::State(StateError::Read(self.path.clone(), error));
        let mut stamps = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(unread)? {
            let name = entry.map_err(unread)?.file_name();
            let Some(name) = name.to_str() else {
                return Err(SealedError::Name(name.to_string_lossy().into()));
            };
            // What a killed process left beside its place.
            if name.starts_with('.') {
                continue;
            }
            // One that is gone by now is not there.
            if let Some(file) = self.read(name)? {
                stamps.push(file.stamp);
            }
        }
        stamps.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        *self.known() = stamps.iter().map(|one| (one.name.clone(), one.clone())).collect();
        Ok(stamps)
    }

    /// The files as the last listing found them and later writes left them, sorted by name; the disk is not asked.
    #[must_use]
    pub fn stamps(&self) -> Vec<Stamp> {
        self.known().values().cloned().collect()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Box<str>, Stamp>> {
        self.stamps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the files differ from what was `recorded` last of each: an empty answer is the good one.
    ///
    /// # Errors
    ///
    /// As [`Self::listing`].
    pub fn compare(&self, recorded: &[Stamp]) -> Result<Vec<PutBack>, SealedError> {
        Ok(compare::compare(&self.listing()?, recorded))
    }

    fn seal(
        &self,
        name: &str,
        generation: u64,
        content: &Secret<Vec<u8>>,
    ) -> Result<Vec<u8>, SealedError> {
        let mut nonce = [0; NONCE_LEN];
        self.entropy.fill(&mut nonce).map_err(SealedError::Entropy)?;
        let length = OVERHEAD.saturating_add(content.expose().len());
        let mut file = Vec::with_capacity(length);
        file.extend_from_slice(HEADER);
        file.extend_from_slice(&generation.to_be_bytes());
        file.extend_from_slice(&nonce);
        let start = file.len();
        // Within the buffer it is encrypted where it stands, so that no copy in clear is left.
        file.extend_from_slice(content.expose());
        let (_, body) = file.split_at_mut_checked(start).ok_or(SealedError::Cipher)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let associated = Aad::from(self.associated(name, generation));
        let tag = self.key.seal_in_place_separate_tag(nonce, associated, body);
        let tag = tag.map_err(|_| SealedError::Cipher)?;
        file.extend_from_slice(tag.as_ref());
        Ok(file)
    }

    fn read_sealed(&self, name: &str) -> Result<Option<Unsealed>, SealedError> {
        let path = self.path.join(name);
        let most = u64::try_from(OVERHEAD.saturating_add(MOST)).unwrap_or(u64::MAX);
        let Some(mut file) = read_secret(&path, most).map_err(SealedError::Ownership)? else {
            return Ok(None);
        };
        let sha256 = Fingerprint::of(&file);
        let Some((generation, nonce)) = parse(&file) else {
            return Err(SealedError::NotSealed(path));
        };
        let prefix = OVERHEAD.saturating_sub(TAG);
        let associated = Aad::from(self.associated(name, generation));
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = self.key.open_within(nonce, associated, &mut file, prefix..);
        let Ok(length) = opened.map(|content| content.len()) else {
            return Err(SealedError::DoesNotOpen(path));
        };
        // The content now stands at the start of the buffer, which is the one that will be wiped.
        file.truncate(length);
        let stamp = Stamp { name: name.into(), generation, sha256 };
        Ok(Some(Unsealed { content: Secret::new(file), stamp }))
    }

    /// What is authenticated beside the content. No name holds a zero octet, so no two cases have the same.
    fn associated(&self, name: &str, generation: u64) -> Vec<u8> {
        [HEADER.as_slice(), &generation.to_be_bytes(), self.scope.as_bytes(), &[0], name.as_bytes()]
            .concat()
    }
}

/// Generation and nonce of a sealed file, where it is long enough to be one.
fn parse(file: &[u8]) -> Option<(u64, [u8; NONCE_LEN])> {
    let rest = file.strip_prefix(HEADER)?;
    let (generation, rest) = rest.split_first_chunk::<GENERATION>()?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
    (rest.len() >= TAG).then_some((u64::from_be_bytes(*generation), *nonce))
}

/// A name is 1 to [`NAME`] characters of `[a-z0-9.-]` and does not begin with a dot: it stays in its folder.
fn check_name(name: &str) -> Result<(), SealedError> {
    let fits = (1..=NAME).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-')
        });
    if fits { Ok(()) } else { Err(SealedError::Name(name.into())) }
}

#[cfg(test)]
mod tests;
