//! Looks through text eight bytes at a time: most bytes of a head or of a record are plain, and cost next to nothing.

/// The high bit of each byte.
const HIGH: u64 = 0x8080_8080_8080_8080;

/// One in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The place of the first byte for which `is` holds. `may` says of eight bytes whether one of them might be such; it
/// may say so of others, too.
pub fn position(bytes: &[u8], may: impl Fn(u64) -> bool, is: impl Fn(u8) -> bool) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut before = 0_usize;
    for word in words {
        if may(u64::from_le_bytes(*word))
            && let Some(at) = word.iter().position(|byte| is(*byte))
        {
            return Some(before.saturating_add(at));
        }
        before = before.saturating_add(8);
    }
    rest.iter().position(|byte| is(*byte)).map(|at| before.saturating_add(at))
}

/// Whether one of eight bytes is below `limit`, from 1 to 0x80.
#[must_use]
pub const fn has_below(word: u64, limit: u64) -> bool {
    word.wrapping_sub(ONES.wrapping_mul(limit)) & !word & HIGH != 0
}

/// Whether one of eight bytes is `byte`.
#[must_use]
pub const fn has(word: u64, byte: u64) -> bool {
    has_below(word ^ ONES.wrapping_mul(byte), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_found_at_each_place_among_each_other() {
        let wanted = |byte: u8| byte < 0x20 || byte == b'"';
        let may = |word| has_below(word, 0x20) || has(word, 0x22);
        for length in 0..20_usize {
            for byte in 0..=u8::MAX {
                for filler in [0x21, 0x20, 0x7F, 0x80, 0xFF] {
                    for at in 0..length {
                        let mut bytes = vec![filler; length];
                        bytes[at] = byte;
                        let found = position(&bytes, may, wanted);
                        assert_eq!(found, wanted(byte).then_some(at), "{bytes:?}");
                    }
                }
            }
        }
        assert_eq!(position(b"12345678\n1234567\n", may, wanted), Some(8));
    }
}
