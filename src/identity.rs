//! The names by which callers, requests and records are known: parsed once, safe to write anywhere.

pub mod cidr;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::entropy::{Entropy, NoEntropy};

/// The name of a caller: 1 to 64 characters of `[a-z0-9.-]`, or [`ClientId::of_user`].
///
/// Code that holds one never checks it again, and it is safe to write to a log line as it is. Cheap to clone.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClientId(Arc<str>);

/// The name of a role: as a [`ClientId`] is made.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RoleName(Arc<str>);

/// The text is no name of a caller or a role.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NameError;

impl fmt::Display for NameError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name is 1 to 64 characters of a-z, 0-9, '.' and '-'")
    }
}

impl std::error::Error for NameError {}

fn name(text: &str) -> Result<Arc<str>, NameError> {
    let fits = (1..=64).contains(&text.len())
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-')
        });
    if fits { Ok(text.into()) } else { Err(NameError) }
}

impl FromStr for ClientId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        name(text).map(Self)
    }
}

impl FromStr for RoleName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        name(text).map(Self)
    }
}

impl ClientId {
    /// The user of this machine with this number: `uid:0`. No client of a policy is called so, since no name that is
    /// parsed has a colon.
    #[must_use]
    pub fn of_user(uid: u32) -> Self {
        Self(format!("uid:{uid}").into())
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RoleName {
    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A UUID of version 7 (RFC 9562 section 5.7): its first 48 bits are milliseconds, so that sorting sorts by time.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Uuid([u8; 16]);

/// Length of a UUID's text.
pub const UUID_TEXT: usize = 36;

impl Uuid {
    /// The UUID of `at`, with 74 bits from `entropy`.
    ///
    /// # Errors
    ///
    /// Where there is no entropy.
    pub fn new(at: Timestamp, entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes)?;
        let [_, _, m0, m1, m2, m3, m4, m5] =
            u64::try_from(at.micros().div_euclid(1_000)).unwrap_or_default().to_be_bytes();
        let [time @ .., v, _, variant, _, _, _, _, _, _, _] = &mut bytes;
        time.copy_from_slice(&[m0, m1, m2, m3, m4, m5]);
        *v = *v & 0x0F | 0x70;
        *variant = *variant & 0x3F | 0x80;
        Ok(Self(bytes))
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The text: 36 characters, in lower case.
    #[must_use]
    pub fn text(&self) -> [u8; UUID_TEXT] {
        let mut text = [b'-'; UUID_TEXT];
        let mut places = text.iter_mut();
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                places.next();
            }
            for nibble in [byte >> 4, byte & 0x0F] {
                if let (Some(place), Some(digit)) = (places.next(), DIGITS.get(usize::from(nibble)))
                {
                    *place = *digit;
                }
            }
        }
        text
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl fmt::Display for Uuid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for Uuid {
    type Err = UuidError;

    fn from_str(text: &str) -> Result<Self, UuidError> {
        let mut bytes = [0; 16];
        let mut digits =
            text.bytes().filter(|byte| *byte != b'-').map(|byte| char::from(byte).to_digit(16));
        for byte in &mut bytes {
            let (Some(Some(high)), Some(Some(low))) = (digits.next(), digits.next()) else {
                return Err(UuidError);
            };
            *byte = u8::try_from(high << 4 | low).map_err(|_| UuidError)?;
        }
        let uuid = Self(bytes);
        // One way to write it, so that one thing has one name.
        if uuid.text() == *text.as_bytes() { Ok(uuid) } else { Err(UuidError) }
    }
}

/// The text is no UUID in lower case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UuidError;

impl fmt::Display for UuidError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not a UUID as 0192f3a4-5b6c-7d8e-9f01-23456789abcd")
    }
}

impl std::error::Error for UuidError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn a_name_has_its_characters_and_its_length_and_no_line_end_to_forge_a_record_with() {
        for good in ["a", "border-post.7", &"x".repeat(64)] {
            assert_eq!(good.parse::<ClientId>().unwrap().as_str(), good);
        }
        for bad in ["", "A", "a b", "a\n", "ä", "a_b", "uid:0", &"x".repeat(65)] {
            assert_eq!(bad.parse::<ClientId>(), Err(NameError), "{bad:?}");
            assert_eq!(bad.parse::<RoleName>(), Err(NameError), "{bad:?}");
        }
    }

    #[test]
    fn a_uuid_has_its_time_version_and_variant_and_reads_back() {
        let at = Timestamp::from_micros(1_795_478_400_123_456);
        let uuid = Uuid::new(at, &SystemEntropy::new()).unwrap();
        let text = uuid.to_string();
        assert_eq!(
            u64::from_str_radix(&text.replace('-', "")[..12], 16).unwrap(),
            1_795_478_400_123
        );
        assert_eq!(&text[14..15], "7");
        assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"));
        assert_eq!(text.parse(), Ok(uuid));
    }

    #[test]
    fn a_uuid_is_written_in_one_way() {
        let text = "0192f3a4-5b6c-7d8e-9f01-23456789abcd";
        assert!(text.parse::<Uuid>().is_ok());
        for bad in
            [&text.to_uppercase(), &text.replace('-', ""), &format!("{text}0"), &text[1..], ""]
        {
            assert_eq!(bad.parse::<Uuid>(), Err(UuidError), "{bad}");
        }
    }
}
