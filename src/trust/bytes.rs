//! A part of a shared buffer, so that thirty thousand certificates of a snapshot are not copied out of its file.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Immutable bytes: a range of a buffer that several values share.
#[derive(Clone)]
pub struct Bytes {
    buffer: Arc<[u8]>,
    range: Range<usize>,
}

impl Bytes {
    /// The bytes of `range` within these; none where it reaches outside.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Option<Self> {
        self.get(range.clone())?;
        let start = self.range.start.checked_add(range.start)?;
        let end = self.range.start.checked_add(range.end)?;
        Some(Self { buffer: Arc::clone(&self.buffer), range: start..end })
    }

    /// Where `part`, which is a slice of these bytes, stands within them; none where it is no such slice.
    #[must_use]
    pub fn range_of(&self, part: &[u8]) -> Option<Range<usize>> {
        let start = part.as_ptr().addr().checked_sub(self.as_ptr().addr())?;
        let range = start..start.checked_add(part.len())?;
        self.get(range.clone()).map(|_| range)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { buffer: bytes.into(), range }
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self { range: 0..bytes.len(), buffer: bytes.into() }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.get(self.range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Bytes({})", self.range.len())
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_stays_within_its_parent() {
        let all = Bytes::from(vec![1, 2, 3, 4, 5]);
        let middle = all.slice(1..4).unwrap();
        assert_eq!(&*middle, [2, 3, 4]);
        assert_eq!(&*middle.slice(1..3).unwrap(), [3, 4]);
        assert!(middle.slice(1..4).is_none());
        assert!(all.slice(0..6).is_none());
    }

    #[test]
    fn tells_where_a_part_stands_and_knows_no_other() {
        let all = Bytes::from(vec![1, 2, 3, 4, 5]);
        let middle = all.slice(1..4).unwrap();
        assert_eq!(all.range_of(&middle), Some(1..4));
        assert_eq!(middle.range_of(&middle[1..]), Some(1..3));
        assert_eq!(middle.range_of(&all), None);
    }
}
