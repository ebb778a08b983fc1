//! Caps on connections, per address and in all, before any of them has cost more than its place here.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::source::Source;

/// Counts connections. An IPv6 address counts as its /64, since that is what one host is given.
#[derive(Debug)]
pub struct Connections {
    most: u32,
    most_per_address: u32,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: u32,
    by_source: HashMap<Source, u32>,
}

/// Which cap is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Full {
    /// That of all connections.
    All,
    /// That of this address.
    Address,
}

/// One connection's place, given back when dropped.
pub struct Place {
    of: Arc<Connections>,
    source: Source,
}

impl Connections {
    /// Caps: `most` in all, `most_per_address` from one address.
    #[must_use]
    pub fn new(most: u32, most_per_address: u32) -> Self {
        Self { most, most_per_address, counts: Mutex::default() }
    }

    /// A place for a connection from `address`.
    ///
    /// # Errors
    ///
    /// The cap that is reached.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, Full> {
        let source = Source::of(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= self.most {
            return Err(Full::All);
        }
        let own = counts.by_source.entry(source).or_default();
        if *own >= self.most_per_address {
            return Err(Full::Address);
        }
        *own = own.saturating_add(1);
        counts.all = counts.all.saturating_add(1);
        Ok(Place { of: Arc::clone(self), source })
    }

    /// How many places are taken.
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.of.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        if let Some(own) = counts.by_source.get_mut(&self.source) {
            *own = own.saturating_sub(1);
            // A source without connections costs nothing.
            if *own == 0 {
                counts.by_source.remove(&self.source);
            }
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Place").field("source", &self.source).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_hold_exactly_and_places_come_back() {
        let all = Arc::new(Connections::new(3, 2));
        let one = "192.0.2.1".parse().unwrap();
        let first = all.enter(one).unwrap();
        let _second = all.enter(one).unwrap();
        assert_eq!(all.enter(one).unwrap_err(), Full::Address);
        let _third = all.enter("192.0.2.2".parse().unwrap()).unwrap();
        assert_eq!(all.enter("192.0.2.3".parse().unwrap()).unwrap_err(), Full::All);
        drop(first);
        assert!(all.enter(one).is_ok());
        assert_eq!(all.taken(), 2);
    }

    #[test]
    fn addresses_of_one_host_count_together() {
        let all = Arc::new(Connections::new(10, 1));
        let _v6 = all.enter("2001:db8::1".parse().unwrap()).unwrap();
        assert_eq!(all.enter("2001:db8::ffff:1".parse().unwrap()).unwrap_err(), Full::Address);
        let _v4 = all.enter("192.0.2.1".parse().unwrap()).unwrap();
        assert_eq!(all.enter("::ffff:192.0.2.1".parse().unwrap()).unwrap_err(), Full::Address);
        assert!(all.enter("2001:db8:0:1::1".parse().unwrap()).is_ok());
    }

    #[test]
    fn nothing_is_kept_of_a_source_that_left() {
        let all = Arc::new(Connections::new(10, 1));
        for last in 0..=255 {
            drop(all.enter(IpAddr::from([192, 0, 2, last])).unwrap());
        }
        assert!(all.counts.lock().unwrap().by_source.is_empty());
    }
}
