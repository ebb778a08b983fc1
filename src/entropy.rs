//! Chance as an argument: identifiers, nonces and keys take it from here, so that a test can say what they are.

use std::fmt;
use std::sync::Mutex;

use ring::rand::{SecureRandom, SystemRandom};

/// A source of bytes that nobody can guess.
pub trait Entropy: Send + Sync + fmt::Debug {
    /// Fills `out`.
    ///
    /// # Errors
    ///
    /// Where the machine gives none; nothing that needs to be unguessable can then be made.
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The machine has no random bytes to give.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoEntropy;

impl fmt::Display for NoEntropy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the operating system gave no random bytes")
    }
}

impl std::error::Error for NoEntropy {}

/// The operating system's generator.
#[derive(Clone, Debug)]
pub struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// The generator.
    #[must_use]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        self.0.fill(out).map_err(|_| NoEntropy)
    }
}

/// Another source's bytes, drawn 2 KiB at a time: for identifiers and nonces on the request path, where a system
/// call each would cost more than the rest. Bytes are wiped as they are given out.
#[derive(Debug)]
pub struct Pool<E> {
    source: E,
    left: Mutex<Block>,
}

#[derive(Debug)]
struct Block {
    bytes: [u8; BLOCK],
    used: usize,
}

const BLOCK: usize = 2_048;

impl<E: Entropy> Pool<E> {
    /// A pool over `source`.
    pub const fn new(source: E) -> Self {
        Self { source, left: Mutex::new(Block { bytes: [0; BLOCK], used: BLOCK }) }
    }
}

impl<E: Entropy> Entropy for Pool<E> {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        if out.len() > BLOCK {
            return self.source.fill(out);
        }
        let mut block = self.left.lock().map_err(|_| NoEntropy)?;
        if BLOCK.saturating_sub(block.used) < out.len() {
            block.used = BLOCK;
            self.source.fill(&mut block.bytes)?;
            block.used = 0;
        }
        let end = block.used.saturating_add(out.len());
        let start = std::mem::replace(&mut block.used, end);
        let given = block.bytes.get_mut(start..end).ok_or(NoEntropy)?;
        out.copy_from_slice(given);
        given.fill(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Counts, so that a byte given twice shows.
    #[derive(Debug, Default)]
    struct Counting(AtomicU64);

    impl Entropy for Counting {
        fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
            for chunk in out.chunks_mut(8) {
                let next = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
                chunk.copy_from_slice(&next[..chunk.len()]);
            }
            Ok(())
        }
    }

    #[test]
    fn a_pool_gives_no_byte_twice() {
        let pool = Pool::new(Counting::default());
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1_000 {
            let mut eight = [0; 8];
            pool.fill(&mut eight).unwrap();
            assert!(seen.insert(eight));
        }
        let mut long = vec![0; BLOCK + 8];
        pool.fill(&mut long).unwrap();
        assert!(long.chunks(8).all(|eight| seen.insert(eight.try_into().unwrap())));
    }

    #[derive(Debug)]
    struct Dry;

    impl Entropy for Dry {
        fn fill(&self, _: &mut [u8]) -> Result<(), NoEntropy> {
            Err(NoEntropy)
        }
    }

    #[test]
    fn a_pool_over_a_dry_source_gives_nothing_rather_than_old_bytes() {
        let pool = Pool::new(Dry);
        assert_eq!(pool.fill(&mut [0; 16]), Err(NoEntropy));
        assert_eq!(pool.fill(&mut [0; 16]), Err(NoEntropy));
    }
}
