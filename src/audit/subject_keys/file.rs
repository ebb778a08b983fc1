//! `subjects.keys`: entries of 128 bytes, only ever appended or overwritten with zeros.
//!
//! An entry never crosses a disk's sector, so it is there or not. The first one names nobody: it tells whether the
//! wrapping key is the one that the file was made under, before anything is concluded from entries that do not open.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::encoding;
use crate::entropy::Entropy;
use crate::secret::Key;

use super::error::SubjectKeyError;
use super::sealing::SubjectKey;
use super::{Epoch, SubjectDigest};

const NAME: &str = "subjects.keys";
const ENTRY: usize = 128;

/// How many entries at the end may be unreadable after a power loss: a group of keys that was never acknowledged.
const MAX_TORN: usize = 65_536;

/// One key as it stands in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    subject: SubjectDigest,
    epoch: Epoch,
    id: [u8; 16],
    nonce: [u8; NONCE_LEN],
    wrapped: [u8; 48],
}

impl Entry {
    pub(super) const fn subject(&self) -> SubjectDigest {
        self.subject
    }

    pub(super) const fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(super) fn key_id(&self) -> String {
        format!("{}:{}", self.epoch, encoding::hex(&self.id))
    }

    fn associated(&self) -> [u8; 36] {
        let mut bytes = [0; 36];
        let (subject, rest) = bytes.split_at_mut(16);
        let (epoch, id) = rest.split_at_mut(4);
        subject.copy_from_slice(&self.subject.0);
        epoch.copy_from_slice(&self.epoch.0.to_be_bytes());
        id.copy_from_slice(&self.id);
        bytes
    }

    fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        let parts = [&self.associated()[..], &self.nonce, &self.wrapped];
        for (place, byte) in bytes.iter_mut().zip(parts.iter().copied().flatten()) {
            *place = *byte;
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; ENTRY]) -> Option<Self> {
        let (subject, rest) = bytes.split_first_chunk()?;
        let (epoch, rest) = rest.split_first_chunk()?;
        let (id, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (wrapped, rest) = rest.split_first_chunk()?;
        let epoch = Epoch(u32::from_be_bytes(*epoch));
        let entry = Self {
            subject: SubjectDigest(*subject),
            epoch,
            id: *id,
            nonce: *nonce,
            wrapped: *wrapped,
        };
        rest.iter().all(|byte| *byte == 0).then_some(entry)
    }
}

/// The key that wraps the others.
pub(super) struct Wrapper(LessSafeKey);

impl Wrapper {
    pub(super) fn new(key: &Key) -> Result<Self, SubjectKeyError> {
        let key =
            UnboundKey::new(&AES_256_GCM, key.expose()).map_err(|_| SubjectKeyError::NotSealed)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// A new key, as an entry and ready for use.
    pub(super) fn make(
        &self,
        subject: SubjectDigest,
        epoch: Epoch,
        entropy: &dyn Entropy,
    ) -> Result<(Entry, SubjectKey), SubjectKeyError> {
        let mut entry =
            Entry { subject, epoch, id: [0; 16], nonce: [0; NONCE_LEN], wrapped: [0; 48] };
        entropy.fill(&mut entry.id)?;
        entropy.fill(&mut entry.nonce)?;
        let mut key = Zeroizing::new([0; 32]);
        entropy.fill(&mut *key)?;
        let ready = SubjectKey::new(&key, &entry.key_id())?;
        let nonce = Nonce::assume_unique_for_key(entry.nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(entry.associated()), &mut *key)
            .map_err(|_| SubjectKeyError::NotSealed)?;
        let (body, end) = entry.wrapped.split_at_mut(32);
        body.copy_from_slice(&*key);
        end.copy_from_slice(tag.as_ref());
        Ok((entry, ready))
    }

    pub(super) fn unwrap(&self, entry: &Entry) -> Result<SubjectKey, SubjectKeyError> {
        let mut wrapped = Zeroizing::new(entry.wrapped);
        let nonce = Nonce::assume_unique_for_key(entry.nonce);
        let opened = self.0.open_in_place(nonce, Aad::from(entry.associated()), &mut *wrapped);
        let key = opened.ok().and_then(|key| key.first_chunk::<32>());
        SubjectKey::new(key.ok_or(SubjectKeyError::NotSealed)?, &entry.key_id())
    }
}

/// The file, and what is on its way into it.
#[derive(Debug)]
pub(super) struct KeyFile {
    file: File,
    path: PathBuf,
    /// How many entries are durable, the first one with them.
    slots: u32,
    writing: Vec<u8>,
}

impl KeyFile {
    /// The file of `folder`, with its entries and where each stands.
    pub(super) fn open(
        folder: &Path,
        wrapper: &Wrapper,
        entropy: &dyn Entropy,
    ) -> Result<(Self, Vec<(u32, Entry)>), SubjectKeyError> {
        let path = folder.join(NAME);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true).mode(0o600);
        let opened = options.open(&path).and_then(|mut file| {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok((file, bytes))
        });
        let (file, bytes) = opened.map_err(|error| SubjectKeyError::Read(path.clone(), error))?;
        let mut this = Self { file, path, slots: 0, writing: Vec::new() };
        let (chunks, _torn) = bytes.as_chunks::<ENTRY>();
        match chunks.split_first() {
            None => {
                this.begin(folder, wrapper, entropy)?;
                Ok((this, Vec::new()))
            }
            Some((first, rest)) => {
                let first = Entry::from_bytes(first).filter(|entry| entry.subject == NOBODY);
                if first.is_none_or(|entry| wrapper.unwrap(&entry).is_err()) {
                    return Err(SubjectKeyError::WrongKey(this.path));
                }
                let entries = this.read(rest, wrapper)?;
                Ok((this, entries))
            }
        }
    }

    /// How many slots are taken.
    pub(super) const fn slots(&self) -> u32 {
        self.slots
    }

    /// Takes over what is to be written next.
    pub(super) fn take(&mut self, entries: &mut Vec<Entry>) {
        for entry in entries.drain(..) {
            self.writing.extend_from_slice(&entry.to_bytes());
        }
    }

    /// Writes and syncs what was taken over. On an error it is kept, and written again in the same place.
    pub(super) fn flush(&mut self) -> Result<(), SubjectKeyError> {
        if self.writing.is_empty() {
            return Ok(());
        }
        let written = self
            .file
            .write_all_at(&self.writing, offset(self.slots))
            .and_then(|()| self.file.sync_data());
        written.map_err(|error| self.fault(error))?;
        let added = u32::try_from(self.writing.len() / ENTRY).unwrap_or(u32::MAX);
        self.slots = self.slots.saturating_add(added);
        self.writing.clear();
        Ok(())
    }

    /// Overwrites entries with zeros and syncs.
    pub(super) fn erase(&self, slots: &[u32]) -> Result<(), SubjectKeyError> {
        let erased = slots
            .iter()
            .try_for_each(|slot| self.file.write_all_at(&[0; ENTRY], offset(*slot)))
            .and_then(|()| self.file.sync_data());
        erased.map_err(|error| self.fault(error))
    }

    /// Writes the first entry of a new file.
    fn begin(
        &mut self,
        folder: &Path,
        wrapper: &Wrapper,
        entropy: &dyn Entropy,
    ) -> Result<(), SubjectKeyError> {
        let (entry, _) = wrapper.make(NOBODY, Epoch(0), entropy)?;
        self.writing.extend_from_slice(&entry.to_bytes());
        self.flush()?;
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| self.fault(error))
    }

    /// Reads the entries behind the first. Some at the very end that do not open are what a power loss left of a group
    /// that no record stands for yet: they are written over.
    fn read(
        &mut self,
        chunks: &[[u8; ENTRY]],
        wrapper: &Wrapper,
    ) -> Result<Vec<(u32, Entry)>, SubjectKeyError> {
        let mut entries = Vec::new();
        let mut first_bad = None;
        let mut torn = 0_usize;
        self.slots = 1;
        for (slot, chunk) in (1_u32..).zip(chunks) {
            if chunk.iter().all(|byte| *byte == 0) {
                continue;
            }
            let entry = Entry::from_bytes(chunk).filter(|entry| wrapper.unwrap(entry).is_ok());
            match (entry, first_bad) {
                (None, _) => {
                    first_bad = first_bad.or(Some(slot));
                    torn = torn.saturating_add(1);
                }
                (Some(_), Some(entry)) => {
                    return Err(SubjectKeyError::Damaged { path: self.path.clone(), entry });
                }
                (Some(entry), None) => {
                    entries.push((slot, entry));
                    self.slots = slot.saturating_add(1);
                }
            }
        }
        match first_bad {
            Some(entry) if torn > MAX_TORN => {
                Err(SubjectKeyError::Damaged { path: self.path.clone(), entry })
            }
            Some(_) => {
                let end = offset(self.slots);
                let cut = self.file.set_len(end).and_then(|()| self.file.sync_all());
                cut.map_err(|error| self.fault(error))?;
                Ok(entries)
            }
            None => Ok(entries),
        }
    }

    fn fault(&self, error: io::Error) -> SubjectKeyError {
        SubjectKeyError::Write(self.path.clone(), error)
    }
}

const NOBODY: SubjectDigest = SubjectDigest([0; 16]);

fn offset(slot: u32) -> u64 {
    u64::from(slot).saturating_mul(u64::try_from(ENTRY).unwrap_or(0))
}
