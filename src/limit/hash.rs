//! Where in a table a key belongs, in a way that nobody outside can foretell.
//!
//! Threat: callers that are chosen so that they all fall into the place of one victim. So places come from
//! `SipHash-2-4` (Aumasson and Bernstein, 2012) under a seed of chance, made anew at each start. The standard library
//! has it with keys of its own making only, and a test needs to say what the seed is.

use std::fmt;

use crate::secret::Secret;

/// The function under one seed.
pub(super) struct Keyed(Secret<[u64; 2]>);

/// What is hashed, so that equal bytes of two kinds do not meet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    V4,
    V6,
    V6Site,
    Principal,
    PairV4,
    PairV6,
    PairV4Nobody,
    PairV6Nobody,
}

impl Keyed {
    pub(super) fn new(seed: [u8; 16]) -> Self {
        let bits = u128::from_le_bytes(seed);
        let low = u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default();
        let high = u64::try_from(bits >> 64).unwrap_or_default();
        Self(Secret::new([low, high]))
    }

    /// The hash of the number of `kind`, then `number`, then `text`: all of them as one message, least byte first.
    pub(super) fn hash(&self, kind: Kind, number: u64, text: &[u8]) -> u64 {
        self.message([kind.number(), number], text)
    }

    fn message(&self, head: [u64; 2], text: &[u8]) -> u64 {
        let [low, high] = *self.0.expose();
        let mut state = [
            low ^ 0x736f_6d65_7073_6575,
            high ^ 0x646f_7261_6e64_6f6d,
            low ^ 0x6c79_6765_6e65_7261,
            high ^ 0x7465_6462_7974_6573,
        ];
        let [kind, number] = head;
        absorb(&mut state, kind);
        absorb(&mut state, number);
        let (words, rest) = text.as_chunks::<8>();
        for word in words {
            absorb(&mut state, u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        // The last byte of the last word is the message's length, of which only the low bits are kept.
        let [length, ..] = text.len().wrapping_add(16).to_le_bytes();
        let [.., end] = &mut last;
        *end = length;
        absorb(&mut state, u64::from_le_bytes(last));
        let [_, _, v2, _] = &mut state;
        *v2 ^= 0xFF;
        for _ in 0..4 {
            round(&mut state);
        }
        state.iter().fold(0, |all, word| all ^ word)
    }
}

impl Kind {
    const fn number(self) -> u64 {
        match self {
            Self::V4 => 1,
            Self::V6 => 2,
            Self::V6Site => 3,
            Self::Principal => 4,
            Self::PairV4 => 5,
            Self::PairV6 => 6,
            Self::PairV4Nobody => 7,
            Self::PairV6Nobody => 8,
        }
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Keyed([redacted])")
    }
}

fn absorb(state: &mut [u64; 4], word: u64) {
    let [_, _, _, v3] = state;
    *v3 ^= word;
    round(state);
    round(state);
    let [v0, ..] = state;
    *v0 ^= word;
}

fn round(state: &mut [u64; 4]) {
    let [mut v0, mut v1, mut v2, mut v3] = *state;
    v0 = v0.wrapping_add(v1);
    v2 = v2.wrapping_add(v3);
    v1 = v1.rotate_left(13) ^ v0;
    v3 = v3.rotate_left(16) ^ v2;
    v0 = v0.rotate_left(32).wrapping_add(v3);
    v2 = v2.wrapping_add(v1);
    v3 = v3.rotate_left(21) ^ v0;
    v1 = v1.rotate_left(17) ^ v2;
    v2 = v2.rotate_left(32);
    *state = [v0, v1, v2, v3];
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::Hasher;

    #[test]
    #[expect(
        deprecated,
        reason = "the standard library's SipHash-2-4 is what ours is compared with"
    )]
    fn it_is_siphash_2_4() {
        let seed: [u8; 16] = std::array::from_fn(|index| u8::try_from(index).unwrap());
        let text: Vec<u8> = (16..=255).collect();
        for length in 0..text.len() {
            let mut theirs =
                std::hash::SipHasher::new_with_keys(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908);
            theirs.write(&seed);
            theirs.write(&text[..length]);
            let head = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
            assert_eq!(Keyed::new(seed).message(head, &text[..length]), theirs.finish());
        }
    }

    #[test]
    fn another_seed_or_kind_puts_a_key_elsewhere() {
        let (one, other) = (Keyed::new([1; 16]), Keyed::new([2; 16]));
        assert_ne!(one.hash(Kind::V4, 7, b""), other.hash(Kind::V4, 7, b""));
        assert_ne!(one.hash(Kind::V4, 7, b""), one.hash(Kind::V6, 7, b""));
        assert_ne!(one.hash(Kind::PairV4, 7, b""), one.hash(Kind::PairV4Nobody, 7, b""));
    }

    #[test]
    fn the_seed_does_not_show() {
        assert_eq!(format!("{:?}", Keyed::new([7; 16])), "Keyed([redacted])");
    }
}
