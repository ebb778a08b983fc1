//! How many descriptors the process may hold, and how many of them connections may take.
//!
//! Threat: a process out of descriptors cannot open its own log, reach Vault or accept who would tell it to stop.
//! Strangers therefore never get the last ones.

use std::{fmt, io};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that connections never take: the spool, the sinks, Vault, Postgres, the local sockets, files of state.
pub const RESERVE: u64 = 128;

/// The limit of descriptors, as it was found and as it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Descriptors {
    /// The soft limit at the start.
    pub found: u64,
    /// The soft limit now.
    pub now: u64,
    /// The hard limit, which only the service manager raises; none where there is no limit.
    pub hard: Option<u64>,
}

/// The descriptors do not suffice.
#[derive(Debug)]
pub enum LimitError {
    /// The soft limit cannot be raised.
    Raise(io::Error),
    /// What there is does not reach for the reserve and as many connections.
    TooFew {
        /// The limit.
        limit: u64,
        /// How many are needed.
        needed: u64,
    },
}

impl fmt::Display for LimitError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raise(error) => write!(out, "the limit of open files cannot be raised: {error}"),
            Self::TooFew { limit, needed } => write!(
                out,
                "{limit} open files are allowed and {needed} are needed; set LimitNOFILE={needed} in the unit, or lower \
                 server.max_connections"
            ),
        }
    }
}

impl std::error::Error for LimitError {}

/// Raises the soft limit to the hard one, but not above `most`; never lowers it.
///
/// `most` is there because tables are made as long as the limit, and some systems have a hard limit of a thousand million.
///
/// # Errors
///
/// [`LimitError::Raise`].
pub fn raise_descriptors(most: u64) -> Result<Descriptors, LimitError> {
    let limit = getrlimit(Resource::Nofile);
    let (found, now) = plan(limit, most);
    if now != found {
        let wanted = Rlimit { current: Some(now), maximum: limit.maximum };
        setrlimit(Resource::Nofile, wanted).map_err(|error| LimitError::Raise(error.into()))?;
    }
    Ok(Descriptors { found, now, hard: limit.maximum })
}

/// The soft limit that there is, and the one to set.
fn plan(limit: Rlimit, most: u64) -> (u64, u64) {
    let found = limit.current.unwrap_or(u64::MAX);
    let reachable = limit.maximum.unwrap_or(u64::MAX).min(most);
    (found, found.max(reachable))
}

impl Descriptors {
    /// How many connections may be open at once: what is left beside [`RESERVE`].
    #[must_use]
    pub const fn for_connections(&self) -> u64 {
        self.now.saturating_sub(RESERVE)
    }

    /// That `connections` and the reserve find room.
    ///
    /// # Errors
    ///
    /// [`LimitError::TooFew`].
    pub const fn suffice(&self, connections: u64) -> Result<(), LimitError> {
        if connections <= self.for_connections() {
            return Ok(());
        }
        Err(LimitError::TooFew { limit: self.now, needed: connections.saturating_add(RESERVE) })
    }
}

impl fmt::Display for Descriptors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "open files: {} allowed (found {}, ", self.now, self.found)?;
        match self.hard {
            Some(hard) => write!(out, "at most {hard})"),
            None => out.write_str("no upper limit)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn limit(current: Option<u64>, maximum: Option<u64>) -> Rlimit {
        Rlimit { current, maximum }
    }

    #[test]
    fn the_limit_is_raised_as_far_as_it_goes_and_never_lowered() {
        for (found, most, now) in [
            (limit(Some(1_024), Some(524_288)), 65_536, 65_536),
            (limit(Some(1_024), Some(4_096)), 65_536, 4_096),
            (limit(Some(1_024), None), 65_536, 65_536),
            (limit(Some(100_000), Some(524_288)), 65_536, 100_000),
            (limit(Some(4_096), Some(4_096)), 65_536, 4_096),
            (limit(None, None), 65_536, u64::MAX),
        ] {
            assert_eq!(plan(found, most).1, now, "{found:?}");
        }
    }

    #[test]
    fn what_is_said_is_what_the_kernel_holds() {
        let before = getrlimit(Resource::Nofile);
        let raised = raise_descriptors(before.current.unwrap()).unwrap();
        assert_eq!(raised.found, raised.now);
        let raised = raise_descriptors(65_536).unwrap();
        assert_eq!(Some(raised.now), getrlimit(Resource::Nofile).current);
        assert!(raised.now >= raised.found);
    }

    #[test]
    fn connections_never_get_the_last_descriptors() {
        let few = Descriptors { found: 0, now: RESERVE + 10, hard: Some(1_000) };
        assert_eq!(few.for_connections(), 10);
        assert!(few.suffice(10).is_ok());
        let refusal = few.suffice(11).unwrap_err();
        assert!(matches!(refusal, LimitError::TooFew { limit: 138, needed: 139 }));
        assert!(refusal.to_string().contains("LimitNOFILE=139"));
        let none = Descriptors { found: 0, now: 64, hard: None };
        assert_eq!(none.for_connections(), 0);
        assert_eq!(none.to_string(), "open files: 64 allowed (found 0, no upper limit)");
    }
}
