//! One subject's key, ready for use.

use std::fmt;

use data_encoding::BASE64;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::entropy::{Entropy, NoEntropy};
use crate::identity::Uuid;

use super::super::event::{cut, text};
use super::error::SubjectKeyError;

/// A subject's key of one month, with the names that records know it and the subject by.
///
/// Nonces are random, so one key is good for 2^32 records (NIST SP 800-38D section 8.3).
pub struct SubjectKey {
    key: LessSafeKey,
    key_id: Box<str>,
    pseudonym: Box<str>,
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SubjectKey({})", self.key_id)
    }
}

impl SubjectKey {
    pub(super) fn new(key: &[u8; 32], key_id: &str) -> Result<Self, SubjectKeyError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| SubjectKeyError::NotSealed)?;
        Ok(Self { key: LessSafeKey::new(key), key_id: key_id.into(), pseudonym: Box::default() })
    }

    pub(super) fn with_pseudonym(mut self, pseudonym: &str) -> Self {
        self.pseudonym = pseudonym.into();
        self
    }

    /// The subject as records of this month have it: `2026-11:` and 32 hexadecimal digits.
    #[must_use]
    pub fn pseudonym(&self) -> &str {
        &self.pseudonym
    }

    /// The name of the key: `2026-11:` and 32 hexadecimal digits that say nothing of the subject.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Appends `"enc":{…}` with the values of `fields`, each cut to `cap` bytes, sealed for the record of this id.
    ///
    /// The ciphertext is nonce, encrypted JSON object and tag in base64; the record's id is the associated data, so
    /// that it cannot be moved to another record. `scratch` holds ciphertext afterwards.
    ///
    /// # Errors
    ///
    /// Where there is no nonce; `out` is then as it was.
    pub(in crate::audit) fn seal(
        &self,
        record_id: &Uuid,
        fields: &[(&str, &str)],
        cap: usize,
        entropy: &dyn Entropy,
        scratch: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), NoEntropy> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce)?;
        scratch.clear();
        scratch.extend_from_slice(&nonce);
        for (index, (name, value)) in fields.iter().enumerate() {
            scratch.push(if index == 0 { b'{' } else { b',' });
            text(scratch, name);
            scratch.push(b':');
            text(scratch, cut(value, cap));
        }
        scratch.extend_from_slice(if fields.is_empty() { b"{}" } else { b"}" });
        let plain = scratch.get_mut(NONCE_LEN..).unwrap_or_default();
        let aad = Aad::from(record_id.as_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let Ok(tag) = self.key.seal_in_place_separate_tag(nonce, aad, plain) else {
            // Above 64 GiB only, which no event has; what was to be sealed must not stay.
            scratch.fill(0);
            return Err(NoEntropy);
        };
        scratch.extend_from_slice(tag.as_ref());

        out.extend_from_slice(b"\"enc\":{\"key_id\":\"");
        out.extend_from_slice(self.key_id.as_bytes());
        out.extend_from_slice(b"\",\"fields\":[");
        for (index, (name, _)) in fields.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            text(out, name);
        }
        out.extend_from_slice(b"],\"ciphertext\":\"");
        let start = out.len();
        out.resize(start.saturating_add(BASE64.encode_len(scratch.len())), b'=');
        BASE64.encode_mut(scratch, out.get_mut(start..).unwrap_or_default());
        out.extend_from_slice(b"\"}");
        Ok(())
    }

    /// What [`Self::seal`] sealed.
    pub(super) fn open(
        &self,
        record_id: &Uuid,
        sealed: Vec<u8>,
    ) -> Result<Vec<u8>, SubjectKeyError> {
        let mut sealed = sealed;
        let (nonce, rest) =
            sealed.split_first_chunk_mut::<NONCE_LEN>().ok_or(SubjectKeyError::NotSealed)?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let aad = Aad::from(record_id.as_bytes());
        let plain = self.key.open_in_place(nonce, aad, rest);
        plain.map(|plain| plain.to_vec()).map_err(|_| SubjectKeyError::NotSealed)
    }
}
