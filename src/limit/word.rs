//! The state of a slot: one 64-bit word, so that it changes whole or not at all.
//!
//! | bits | what |
//! |---|---|
//! | 63 to 54 | [`Tag`]: part of the key, so that who writes the state of a key cannot write another's |
//! | 53 | *young*: claimed, and the key is not written yet |
//! | 52 | *mark*: a run of refusals is on (rates), or locked (lockouts) |
//! | 51 to 0 | the body |
//!
//! A time in it counts around: 52 bits of microseconds are 142 years. What lies ahead of now by more than can be is
//! past, so no clock, however far it jumps, keeps anything alive for longer than its own longest time.

use std::time::Duration;

/// The body of a word.
pub(super) const BODY: u64 = (1 << 52) - 1;

/// Set while a run of refusals is on, or a lockout.
pub(super) const MARK: u64 = 1 << 52;

/// Set from the claim of a slot until its key stands in it.
pub(super) const YOUNG: u64 = 1 << 53;

/// What stays when the rest is written anew.
pub(super) const IDENTITY: u64 = TAG | YOUNG;

const TAG: u64 = !0 << 54;

/// What a slot's key is a key of, and eight bits of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tag(u64);

/// What a key is. The tag of a slot that was never used is of none of them, so it is no key's, not even that of 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Width {
    /// An IPv4 address, an IPv6 /64, or a hash.
    Whole,
    /// An IPv6 /56.
    Net56,
    /// An IPv6 /48.
    Net48,
}

impl Tag {
    pub(super) fn new(width: Width, key: u64) -> Self {
        let width = match width {
            Width::Whole => 1 << 62,
            Width::Net56 => 2 << 62,
            Width::Net48 => 3 << 62,
        };
        let part = key.to_le_bytes().iter().fold(0, |part, byte| part ^ byte);
        Self(width | u64::from(part) << 54)
    }

    /// The tag of a cell that several share, which is that of one that was never used.
    pub(super) const SHARED: Self = Self(0);

    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    pub(super) const fn is_of(self, word: u64) -> bool {
        word & TAG == self.0
    }
}

/// The width of the key in whose slot `word` stands.
pub(super) const fn width(word: u64) -> Width {
    match word >> 62 {
        0 | 1 => Width::Whole,
        2 => Width::Net56,
        _ => Width::Net48,
    }
}

/// `now` as it stands in a body, in microseconds.
pub(super) fn micros(now: Duration) -> u64 {
    u64::try_from(now.as_micros() & u128::from(BODY)).unwrap_or_default()
}

/// How far `at` lies ahead of `now`, both of `bits` bits; 0 where that is past, or more than `most`.
pub(super) const fn ahead(at: u64, now: u64, bits: u64, most: u64) -> u64 {
    let ahead = at.wrapping_sub(now) & bits;
    if ahead > most { 0 } else { ahead }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_past_or_too_far_ahead_is_not_ahead() {
        for now in [0, 5, BODY - 5, BODY] {
            let at = |offset: u64| now.wrapping_add(offset) & BODY;
            assert_eq!(ahead(at(0), now, BODY, 10), 0);
            assert_eq!(ahead(at(10), now, BODY, 10), 10);
            assert_eq!(ahead(at(11), now, BODY, 10), 0);
            assert_eq!(ahead(at(u64::MAX), now, BODY, 10), 0);
        }
    }

    #[test]
    fn every_time_has_its_place_in_a_body() {
        assert_eq!(micros(Duration::from_micros(7)), 7);
        assert_eq!(micros(Duration::from_micros(BODY)), BODY);
        assert_eq!(micros(Duration::from_micros(BODY + 1)), 0);
        assert!(micros(Duration::MAX) <= BODY);
    }

    #[test]
    fn a_tag_tells_widths_and_keys_apart() {
        let whole = Tag::new(Width::Whole, 0x0100);
        assert!(whole.is_of(whole.bits() | MARK | YOUNG | BODY));
        assert!(!whole.is_of(Tag::new(Width::Net56, 0x0100).bits()));
        assert!(!Tag::new(Width::Whole, 0).is_of(0), "a slot that was never used is nobody's");
        assert!(!whole.is_of(Tag::new(Width::Whole, 0x0200).bits()));
        for kind in [Width::Whole, Width::Net56, Width::Net48] {
            assert_eq!(width(Tag::new(kind, u64::MAX >> 3).bits() | BODY), kind);
        }
    }
}
