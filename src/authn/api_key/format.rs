//! What a key looks like: `tsk_<id>_<secret>_<check>`, each part of digits and letters (base62: `0-9A-Za-z`).
//!
//! - `id`: 12 characters of chance (71 bits). It names the key everywhere and is no secret.
//! - `secret`: as many characters of chance as hold the configured bytes of it: 43 for 32 bytes, 86 for 64. They are
//!   drawn as characters, so every text of them is a secret and none has two spellings.
//! - `check`: CRC-32 (the one of IEEE 802.3: polynomial 0xEDB88320 reflected, all ones before and after) of
//!   `tsk_<id>_<secret>`, as 6 digits of base62, most significant first. It finds every single wrong character, so
//!   that a slip is known without a look at the store, and a scanner of secrets can tell a key from chance. It keeps
//!   nobody out: who can guess a secret can compute it.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use zeroize::Zeroize;

use super::ApiKeyError;
use crate::entropy::{Entropy, NoEntropy};
use crate::secret::Secret;

/// What every key begins with.
pub const PREFIX: &str = "tsk_";

/// Characters of an id.
pub const ID: usize = 12;

/// Characters of a secret.
pub const SECRET: RangeInclusive<usize> = 43..=86;

/// Characters of a check sum: the fewest that hold 32 bits.
pub const CHECK: usize = 6;

/// The name of a key. Safe to write anywhere.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId([u8; ID]);

/// A key as it was shown: of the right form, and not slipped up in. Whether there is such a key is another question.
///
/// Wiped when dropped, and never printed.
#[derive(Debug)]
pub struct PresentedKey {
    id: KeyId,
    /// All of it.
    text: Secret<String>,
}

impl KeyId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        let id: [u8; ID] = text.as_bytes().try_into().map_err(|_| KeyIdError)?;
        if id.iter().all(u8::is_ascii_alphanumeric) { Ok(Self(id)) } else { Err(KeyIdError) }
    }
}

/// The text is no name of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyIdError;

impl fmt::Display for KeyIdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the id of a key is {ID} digits and letters")
    }
}

impl std::error::Error for KeyIdError {}

impl PresentedKey {
    /// The key that `text` is by its form: length, alphabet, parts and check sum, in this order.
    ///
    /// # Errors
    ///
    /// [`ApiKeyError::Length`], [`ApiKeyError::Alphabet`], [`ApiKeyError::Form`] and [`ApiKeyError::Check`].
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        if !LENGTH.contains(&text.len()) {
            return Err(ApiKeyError::Length);
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(ApiKeyError::Alphabet);
        }
        let (body, check) = text.rsplit_once('_').ok_or(ApiKeyError::Form)?;
        let (id, secret) = body
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .ok_or(ApiKeyError::Form)?;
        let id: KeyId = id.parse().map_err(|_| ApiKeyError::Form)?;
        let whole = SECRET.contains(&secret.len()) && !secret.contains('_');
        if !whole || check.len() != CHECK {
            return Err(ApiKeyError::Form);
        }
        if check.as_bytes() != check_of(body).as_slice() {
            return Err(ApiKeyError::Check);
        }
        Ok(Self { id, text: Secret::new(text.to_owned()) })
    }

    /// A new key, with at least `bytes` of chance in its secret; fewer than 32 are 32, more than 64 are 64.
    ///
    /// # Errors
    ///
    /// Where there is no entropy.
    pub fn make(bytes: u8, entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut id = [0; ID];
        draw(&mut id, entropy)?;
        let mut secret = vec![0; secret_length(bytes)];
        let drawn = draw(&mut secret, entropy);
        // As long as it will ever be: a text that grows leaves what it was behind.
        let mut text = String::with_capacity(*LENGTH.end());
        text.push_str(PREFIX);
        text.extend(id.iter().copied().map(char::from));
        text.push('_');
        text.extend(secret.iter().copied().map(char::from));
        secret.zeroize();
        let check = check_of(&text);
        text.push('_');
        text.extend(check.iter().copied().map(char::from));
        let key = Self { id: KeyId(id), text: Secret::new(text) };
        drawn.map(|()| key)
    }

    /// Which key it is meant to be.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// All of it, for the moment of its use.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }
}

/// Bytes of a whole key: prefix, id, `_`, secret, `_`, check sum.
const LENGTH: RangeInclusive<usize> = 67..=110;

/// Characters that hold `bytes` of chance: a character holds 5.9542 bits, of which 5.954 are counted on.
fn secret_length(bytes: u8) -> usize {
    let bits = usize::from(bytes.clamp(32, 64)).saturating_mul(8_000);
    bits.div_ceil(5_954)
}

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn digit(value: u32) -> u8 {
    let place = usize::try_from(value.rem_euclid(62)).unwrap_or_default();
    DIGITS.get(place).copied().unwrap_or(b'0')
}

/// Fills `places` with characters, each as likely as the others: of a byte's 256 values the last 8 are drawn again.
fn draw(places: &mut [u8], entropy: &dyn Entropy) -> Result<(), NoEntropy> {
    let mut bytes = [0; 32];
    let mut left = places.iter_mut();
    let mut place = left.next();
    // An honest source is asked five times at most; one that gives the same byte for ever is none.
    for _ in 0..100 {
        if place.is_none() {
            break;
        }
        entropy.fill(&mut bytes)?;
        for byte in bytes.iter().filter(|byte| **byte < 248) {
            if let Some(own) = place {
                *own = digit(u32::from(*byte));
                place = left.next();
            } else {
                break;
            }
        }
    }
    bytes.zeroize();
    if place.is_none() { Ok(()) } else { Err(NoEntropy) }
}

/// The check sum of what stands before it.
fn check_of(body: &str) -> [u8; CHECK] {
    let mut rest = crc32(body.as_bytes());
    let mut check = [b'0'; CHECK];
    for place in check.iter_mut().rev() {
        *place = digit(rest);
        rest = rest.div_euclid(62);
    }
    check
}

/// CRC-32 of IEEE 802.3, a bit at a time: a hundred bytes are not worth a table.
fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let low = sum & 1;
            sum >>= 1;
            if low == 1 {
                sum ^= 0xEDB8_8320;
            }
        }
    }
    !sum
}

/// `body` with the check sum that belongs to it.
#[cfg(test)]
pub(super) fn with_check(body: &str) -> String {
    format!("{body}_{}", str::from_utf8(&check_of(body)).unwrap())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    fn made(bytes: u8) -> String {
        PresentedKey::make(bytes, &SystemEntropy::new()).unwrap().expose().to_owned()
    }

    fn refused(text: &str) -> ApiKeyError {
        PresentedKey::parse(text).unwrap_err()
    }

    #[test]
    fn the_check_sum_is_the_crc_32_that_other_programs_compute() {
        // The check value of the catalogue of CRCs, and Python's zlib.crc32 of the other two.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(b"tsk_"), 0xEE73_C0D7);
        assert_eq!(&check_of("123456789"), b"3jZRME");
    }

    #[test]
    fn a_key_that_was_made_reads_back_and_its_length_follows_from_its_bytes() {
        for (bytes, length) in [(0, 67), (32, 67), (33, 69), (48, 89), (64, 110), (255, 110)] {
            let text = made(bytes);
            let key = PresentedKey::parse(&text).unwrap();
            assert_eq!((key.expose(), text.len()), (text.as_str(), length), "{bytes}");
            assert_eq!(key.id().as_str(), &text[4..16]);
        }
        for bytes in 32..=64 {
            let bits = f64::from(u32::try_from(secret_length(bytes)).unwrap()) * 62_f64.log2();
            assert!(bits >= f64::from(bytes) * 8.0 && bits < f64::from(bytes) * 8.0 + 7.0);
        }
    }

    #[test]
    fn one_wrong_character_anywhere_is_found() {
        let text = made(32);
        for at in 0..text.len() {
            for other in "0Zz_é-".chars().filter(|other| !text[at..].starts_with(*other)) {
                let wrong = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                assert!(PresentedKey::parse(&wrong).is_err(), "{at}");
            }
        }
        let mut swapped = text.clone().into_bytes();
        swapped.swap(20, 21);
        if swapped != text.as_bytes() {
            assert_eq!(refused(str::from_utf8(&swapped).unwrap()), ApiKeyError::Check);
        }
    }

    #[test]
    fn each_fault_of_form_is_told_apart() {
        let text = made(32);
        for short in ["", "tsk_", &text[..66]] {
            assert_eq!(refused(short), ApiKeyError::Length);
        }
        assert_eq!(refused(&format!("{}{}", text, "0".repeat(44))), ApiKeyError::Length);
        assert_eq!(refused(&"a".repeat(1_000_000)), ApiKeyError::Length);
        for odd in ["-", " ", "\n", "+"] {
            assert_eq!(refused(&text.replacen(&text[20..21], odd, 1)), ApiKeyError::Alphabet);
        }
        assert_eq!(refused(&text.replacen("tsk_", "tsj_", 1)), ApiKeyError::Form);
        assert_eq!(refused(&text.replace('_', "0")), ApiKeyError::Form);
        let shifted = format!("{}{}_{}", &text[..16], &text[17..20], &text[20..]);
        assert_eq!(refused(&shifted), ApiKeyError::Form, "an id of another length");
        let parts = format!("{}_{}", &text[..30], &text[31..]);
        assert_eq!(refused(&parts), ApiKeyError::Form, "a secret in two parts");
        let last = if text.ends_with('0') { "1" } else { "0" };
        assert_eq!(refused(&format!("{}{last}", &text[..66])), ApiKeyError::Check);
    }

    #[test]
    fn a_key_does_not_show_in_debug_output() {
        let key = PresentedKey::make(32, &SystemEntropy::new()).unwrap();
        let text = format!("{key:?}");
        assert!(text.contains(key.id().as_str()) && !text.contains(&key.expose()[17..]), "{text}");
    }

    #[derive(Debug)]
    struct Stuck(u8);

    impl Entropy for Stuck {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
            out.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn bytes_that_would_make_some_characters_likelier_are_drawn_again() {
        assert_eq!(PresentedKey::make(32, &Stuck(248)).unwrap_err(), NoEntropy);
        assert!(PresentedKey::make(32, &Stuck(247)).unwrap().expose().contains("zzzz"));
    }
}
