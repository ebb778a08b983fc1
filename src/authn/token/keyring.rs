//! Our own keys, from prepared to gone.
//!
//! A key is published before it signs, so that whoever verifies our tokens has it by then; and is taken, and published,
//! after it has signed, until the last token that it signed has run out everywhere. In order: prepared, active,
//! retired, gone.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroize;

use crate::clock::UnixTime;
use crate::encoding;
use crate::secret::Secret;

use super::algorithm::Algorithm;
use super::issuer::KeySet;
use super::key::{KeyId, Public, VerifyingKey};
use super::keygen::{self, KeyError, Private};

/// Seconds for which others may keep our key set before they ask again.
pub const JWKS_MAX_AGE: i64 = 300;

/// Keys at once. Rotating faster than keys run out reaches it, and then waits.
const MOST: usize = 16;

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published; it will sign.
    Prepared,
    /// It signs.
    Active,
    /// It signs no more, and what it signed is taken.
    Retired,
}

/// A key that was made and is not in the ring yet.
#[derive(Debug)]
#[must_use]
pub struct PreparedKey {
    pub(super) algorithm: Algorithm,
    pub(super) private: Private,
    pub(super) public: Public,
}

/// One of our keys.
#[derive(Debug)]
struct OwnKey {
    id: KeyId,
    algorithm: Algorithm,
    state: KeyState,
    /// When it came into this state.
    since: UnixTime,
    generation: u64,
    private: Private,
    public: Public,
}

/// Our keys, oldest first.
#[derive(Debug, Default)]
pub(super) struct KeyRing {
    keys: Vec<OwnKey>,
    /// The number that the next key will have.
    next: u64,
}

/// Why the keys do not change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RotateError {
    /// There are as many keys as there may be; the oldest must run out first.
    Full,
    /// No key is prepared.
    NothingPrepared,
    /// The prepared key has not been published for long enough; it may sign from then on.
    TooSoon(UnixTime),
}

impl fmt::Display for RotateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => {
                write!(out, "{MOST} keys are kept already; wait until the oldest has run out")
            }
            Self::NothingPrepared => out.write_str("no key is prepared; wait until one is"),
            Self::TooSoon(at) => {
                write!(out, "others may not have the prepared key yet; it may sign from {at} on")
            }
        }
    }
}

impl std::error::Error for RotateError {}

impl PreparedKey {
    /// Makes a key. For RSA it can take seconds: not for a thread that answers requests.
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    pub fn make(
        algorithm: Algorithm,
        entropy: &dyn crate::entropy::Entropy,
    ) -> Result<Self, KeyError> {
        let private = keygen::generate(algorithm, entropy)?;
        let public = keygen::public(algorithm, &private)?;
        Ok(Self { algorithm, private, public })
    }
}

impl KeyRing {
    /// Takes a key in, published from `now` on. The very first signs at once: nobody waits for it.
    pub(super) fn prepare(
        &mut self,
        key: PreparedKey,
        now: UnixTime,
    ) -> Result<KeyId, RotateError> {
        if self.keys.len() >= MOST {
            return Err(RotateError::Full);
        }
        let state = if self.active().is_none() { KeyState::Active } else { KeyState::Prepared };
        let id = key.public.thumbprint();
        self.next = self.next.saturating_add(1);
        let PreparedKey { algorithm, private, public } = key;
        let generation = self.next;
        let own =
            OwnKey { id: id.clone(), algorithm, state, since: now, generation, private, public };
        self.keys.push(own);
        Ok(id)
    }

    /// The prepared key signs from now on, and the one that did is retired. Gives both names.
    pub(super) fn rotate(&mut self, now: UnixTime) -> Result<(KeyId, Option<KeyId>), RotateError> {
        let is = |state| move |key: &&mut OwnKey| key.state == state;
        let next = self.keys.iter_mut().find(is(KeyState::Prepared));
        let from = next.as_ref().ok_or(RotateError::NothingPrepared)?.since.plus(JWKS_MAX_AGE);
        if now < from {
            return Err(RotateError::TooSoon(from));
        }
        let mut retired = None;
        for key in self.keys.iter_mut().filter(|key| key.state == KeyState::Active) {
            (key.state, key.since) = (KeyState::Retired, now);
            retired = Some(key.id.clone());
        }
        let next = self
            .keys
            .iter_mut()
            .find(is(KeyState::Prepared))
            .ok_or(RotateError::NothingPrepared)?;
        (next.state, next.since) = (KeyState::Active, now);
        Ok((next.id.clone(), retired))
    }

    /// Drops keys that were retired `keep` seconds ago; their names.
    pub(super) fn drop_old(&mut self, keep: i64, now: UnixTime) -> Vec<KeyId> {
        let over = |key: &OwnKey| key.state == KeyState::Retired && now > key.since.plus(keep);
        let gone = self.keys.iter().filter(|key| over(key)).map(|key| key.id.clone()).collect();
        self.keys.retain(|key| !over(key));
        gone
    }

    /// Drops keys of algorithms that are not `allowed`; their names.
    pub(super) fn keep_only(&mut self, allowed: &[Algorithm]) -> Vec<KeyId> {
        let over = |key: &OwnKey| !allowed.contains(&key.algorithm);
        let gone = self.keys.iter().filter(|key| over(key)).map(|key| key.id.clone()).collect();
        self.keys.retain(|key| !over(key));
        gone
    }

    fn active(&self) -> Option<&OwnKey> {
        self.keys.iter().find(|key| key.state == KeyState::Active)
    }

    /// The key that signs.
    pub(super) fn signing(&self) -> Option<(&KeyId, Algorithm, &Private)> {
        self.active().map(|key| (&key.id, key.algorithm, &key.private))
    }

    /// Since when the active key signs; none where there is none.
    pub(super) fn active_since(&self) -> Option<(Algorithm, UnixTime)> {
        self.active().map(|key| (key.algorithm, key.since))
    }

    /// Since when a key is prepared, and for what.
    pub(super) fn prepared_since(&self) -> Option<(Algorithm, UnixTime)> {
        let prepared = self.keys.iter().find(|key| key.state == KeyState::Prepared);
        prepared.map(|key| (key.algorithm, key.since))
    }

    /// Every key, with its state and since when it is in it.
    pub(super) fn states(&self) -> Vec<(KeyId, Algorithm, KeyState, UnixTime)> {
        self.keys.iter().map(|key| (key.id.clone(), key.algorithm, key.state, key.since)).collect()
    }

    /// The public halves. A key that is prepared is among them, so that a restored clock or file takes no token away.
    pub(super) fn verifying(&self) -> KeySet {
        let one =
            |key: &OwnKey| VerifyingKey::new(key.id.clone(), key.public.clone(), key.generation);
        self.keys.iter().map(|key| (key.id.clone(), one(key).into())).collect()
    }

    /// The key set that is published (RFC 7517 section 5).
    pub(super) fn jwks(&self) -> Vec<u8> {
        let one = |key: &OwnKey| {
            let mut members: Value = serde_json::from_str(&key.public.json()).unwrap_or_default();
            if let Some(members) = members.as_object_mut() {
                members.insert("kid".to_owned(), json!(key.id.as_str()));
                members.insert("alg".to_owned(), json!(key.algorithm.as_str()));
                members.insert("use".to_owned(), json!("sig"));
            }
            members
        };
        json!({"keys": self.keys.iter().map(one).collect::<Vec<_>>()}).to_string().into_bytes()
    }
}

/// A key as it is kept.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    alg: String,
    state: KeyState,
    since: i64,
    generation: u64,
    private: String,
}

/// The ring as it is kept.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeptRing {
    v: u8,
    next: u64,
    keys: Vec<Kept>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.private.zeroize();
    }
}

impl KeyRing {
    /// What is to be sealed.
    pub(super) fn to_bytes(&self) -> Result<Secret<Vec<u8>>, KeyError> {
        let one = |key: &OwnKey| Kept {
            alg: key.algorithm.as_str().to_owned(),
            state: key.state,
            since: key.since.seconds(),
            generation: key.generation,
            private: encoding::base64(key.private.expose()),
        };
        let kept = KeptRing { v: 1, next: self.next, keys: self.keys.iter().map(one).collect() };
        // Room for all of it at once, so that growing leaves no copy behind.
        let room = kept.keys.iter().map(|key| key.private.len().saturating_add(256));
        let mut bytes = Vec::with_capacity(room.fold(256, usize::saturating_add));
        serde_json::to_writer(&mut bytes, &kept).map_err(|_| KeyError)?;
        Ok(Secret::new(bytes))
    }

    /// The ring that was sealed.
    ///
    /// # Errors
    ///
    /// Where it is of another version, or a key in it is none.
    pub(super) fn from_bytes(bytes: &Secret<Vec<u8>>) -> Result<Self, KeyError> {
        let kept: KeptRing = serde_json::from_slice(bytes.expose()).map_err(|_| KeyError)?;
        if kept.v != 1 || kept.keys.len() > MOST {
            return Err(KeyError);
        }
        let keys: Result<Vec<OwnKey>, KeyError> = kept.keys.iter().map(own).collect();
        Ok(Self { keys: keys?, next: kept.next })
    }
}

fn own(kept: &Kept) -> Result<OwnKey, KeyError> {
    let algorithm = kept.alg.parse().map_err(|_| KeyError)?;
    let private =
        encoding::from_base64(kept.private.as_bytes()).map(Secret::new).ok_or(KeyError)?;
    let public = keygen::public(algorithm, &private)?;
    Ok(OwnKey {
        id: public.thumbprint(),
        algorithm,
        state: kept.state,
        since: UnixTime::from_seconds(kept.since),
        generation: kept.generation,
        private,
        public,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    const NOW: UnixTime = UnixTime::from_seconds(1_795_478_400);

    fn key() -> PreparedKey {
        PreparedKey::make(Algorithm::EdDsa, &SystemEntropy::new()).unwrap()
    }

    fn states(ring: &KeyRing) -> Vec<KeyState> {
        ring.states().into_iter().map(|(_, _, state, _)| state).collect()
    }

    #[test]
    fn the_first_key_signs_at_once_and_the_next_only_when_others_can_have_it() {
        let mut ring = KeyRing::default();
        assert_eq!(ring.rotate(NOW), Err(RotateError::NothingPrepared));
        let first = ring.prepare(key(), NOW).unwrap();
        assert_eq!(ring.signing().unwrap().0, &first);
        let second = ring.prepare(key(), NOW).unwrap();
        assert_eq!(states(&ring), [KeyState::Active, KeyState::Prepared]);
        let from = NOW.plus(JWKS_MAX_AGE);
        assert_eq!(ring.rotate(from.plus(-1)), Err(RotateError::TooSoon(from)));
        assert_eq!(ring.signing().unwrap().0, &first);
        assert_eq!(ring.rotate(from), Ok((second.clone(), Some(first))));
        assert_eq!(ring.signing().unwrap().0, &second);
        assert_eq!(states(&ring), [KeyState::Retired, KeyState::Active]);
    }

    #[test]
    fn a_prepared_key_is_published_and_a_retired_one_until_it_is_gone() {
        let mut ring = KeyRing::default();
        let first = ring.prepare(key(), NOW).unwrap();
        let second = ring.prepare(key(), NOW).unwrap();
        let published = |ring: &KeyRing, id: &KeyId| {
            let set: Value = serde_json::from_slice(&ring.jwks()).unwrap();
            set["keys"].as_array().unwrap().iter().any(|key| key["kid"] == id.as_str())
        };
        assert!(published(&ring, &first) && published(&ring, &second));
        let rotated = NOW.plus(JWKS_MAX_AGE);
        ring.rotate(rotated).unwrap();
        assert_eq!(ring.drop_old(1_000, rotated.plus(1_000)), []);
        assert!(published(&ring, &first) && ring.verifying().contains_key(&first));
        assert_eq!(ring.drop_old(1_000, rotated.plus(1_001)), std::slice::from_ref(&first));
        assert!(!published(&ring, &first) && !ring.verifying().contains_key(&first));
    }

    #[test]
    fn no_private_part_is_published_or_printed() {
        let mut ring = KeyRing::default();
        ring.prepare(key(), NOW).unwrap();
        let set: Value = serde_json::from_slice(&ring.jwks()).unwrap();
        let members: Vec<&String> = set["keys"][0].as_object().unwrap().keys().collect();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
        assert!(format!("{ring:?}").contains("Secret([redacted])"));
    }

    #[test]
    fn what_is_kept_is_read_back_and_anything_else_is_refused() {
        let mut ring = KeyRing::default();
        ring.prepare(key(), NOW).unwrap();
        ring.prepare(PreparedKey::make(Algorithm::Es256, &SystemEntropy::new()).unwrap(), NOW)
            .unwrap();
        let bytes = ring.to_bytes().unwrap();
        let again = KeyRing::from_bytes(&bytes).unwrap();
        assert_eq!(again.states(), ring.states());
        assert_eq!(again.to_bytes().unwrap().expose(), bytes.expose());
        let text = String::from_utf8(bytes.expose().clone()).unwrap();
        for (from, to) in [
            ("\"v\":1", "\"v\":2"),
            ("ES256", "RS256"),
            ("EdDSA", "none"),
            ("\"next\"", "\"more\""),
        ] {
            let other = Secret::new(text.replacen(from, to, 1).into_bytes());
            assert_eq!(KeyRing::from_bytes(&other).err(), Some(KeyError), "{from}");
        }
    }

    #[test]
    fn keys_are_bounded_and_those_of_other_algorithms_are_dropped() {
        let mut ring = KeyRing::default();
        for _ in 0..MOST {
            ring.prepare(key(), NOW).unwrap();
        }
        assert_eq!(ring.prepare(key(), NOW), Err(RotateError::Full));
        assert_eq!(ring.keep_only(&[Algorithm::EdDsa]), []);
        assert_eq!(ring.keep_only(&[Algorithm::Rs256]).len(), MOST);
        assert!(ring.signing().is_none());
    }
}
