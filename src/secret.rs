//! A value that must not be printed, compared byte by byte, or left in memory.
//!
//! Invariant: the only way to the inner value is [`Secret::expose`], so a review of every use of a secret is
//! `grep -rn 'expose('`. It has no `Clone`, `Display`, `PartialEq` or `Serialize`, and is wiped when dropped.

use std::fmt;

use zeroize::Zeroize;

/// A credential or a key.
pub struct Secret<T: Zeroize>(T);

/// A key of 256 bits.
pub type Key = Secret<[u8; 32]>;

impl<T: Zeroize> Secret<T> {
    /// Takes `value` into care. What it was copied from is the caller's to wipe.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the moment of its use.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret([redacted])")
    }
}

/// Whether two byte strings are the same, in a time that depends on their lengths alone.
#[must_use]
pub fn same(left: &[u8], right: &[u8]) -> bool {
    let differing = left.iter().zip(right).fold(0_u8, |bits, (a, b)| bits | (a ^ b));
    // The optimiser must not turn the fold into an early exit.
    left.len() == right.len() && std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_in_debug_output() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "printed only")]
        struct Holder {
            password: Secret<String>,
        }
        let text = format!("{:?}", Holder { password: Secret::new("hunter2".to_owned()) });
        assert_eq!(text, "Holder { password: Secret([redacted]) }");
    }

    #[test]
    fn compares_by_value() {
        assert!(same(b"", b"") && same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd") && !same(b"abc", b"ab") && !same(b"", b"a"));
    }
}
