//! The files that there are, against the files that were recorded.

use std::collections::BTreeMap;
use std::fmt;

use super::Stamp;

/// A file that is not the one that was recorded last.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PutBack {
    /// The same generation with other bytes: written twice, or made up by who has the key.
    Changed {
        /// The file.
        name: Box<str>,
        /// Its generation.
        generation: u64,
    },
    /// It is gone.
    Missing {
        /// The file.
        name: Box<str>,
        /// The generation that was recorded.
        recorded: u64,
    },
    /// An old file in the place of a newer one.
    Older {
        /// The file.
        name: Box<str>,
        /// The generation that was recorded.
        recorded: u64,
        /// The generation that is there.
        found: u64,
    },
    /// Newer than what was recorded, or never recorded: the process was killed between write and record, or the
    /// record was cut off.
    Unrecorded {
        /// The file.
        name: Box<str>,
        /// The generation that was recorded, if any was.
        recorded: Option<u64>,
        /// The generation that is there.
        found: u64,
    },
}

impl fmt::Display for PutBack {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { name, generation } => write!(
                out,
                "{name}: generation {generation} is recorded with other bytes than are there; treat what it holds as \
                 tampered with"
            ),
            Self::Missing { name, recorded } => write!(
                out,
                "{name}: generation {recorded} is recorded and no file is there; put it back from a backup"
            ),
            Self::Older { name, recorded, found } => write!(
                out,
                "{name}: generation {found} was put in the place of generation {recorded}; put the newer one back from \
                 a backup, or treat what was revoked since as in use again"
            ),
            Self::Unrecorded { name, recorded: Some(recorded), found } => write!(
                out,
                "{name}: generation {found} is there and {recorded} is the last one recorded; look at what ended the \
                 last run"
            ),
            Self::Unrecorded { name, recorded: None, found } => write!(
                out,
                "{name}: generation {found} is there and none is recorded; look at what ended the last run"
            ),
        }
    }
}

/// The differences, sorted by name. Where `recorded` holds several stamps of one file, the last one counts.
pub(super) fn compare(found: &[Stamp], recorded: &[Stamp]) -> Vec<PutBack> {
    let by_name = |stamps: &[Stamp]| -> BTreeMap<Box<str>, Stamp> {
        stamps.iter().map(|stamp| (stamp.name.clone(), stamp.clone())).collect()
    };
    let (found, recorded) = (by_name(found), by_name(recorded));
    let mut names: Vec<&Box<str>> = found.keys().chain(recorded.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter_map(|name| difference(name, found.get(name), recorded.get(name)))
        .collect()
}

fn difference(name: &str, found: Option<&Stamp>, recorded: Option<&Stamp>) -> Option<PutBack> {
    let name = name.into();
    match (found, recorded) {
        (None, None) => None,
        (None, Some(recorded)) => Some(PutBack::Missing { name, recorded: recorded.generation }),
        (Some(found), None) => {
            Some(PutBack::Unrecorded { name, recorded: None, found: found.generation })
        }
        (Some(found), Some(recorded)) => {
            let (there, then) = (found.generation, recorded.generation);
            if there < then {
                Some(PutBack::Older { name, recorded: then, found: there })
            } else if there > then {
                Some(PutBack::Unrecorded { name, recorded: Some(then), found: there })
            } else if found.sha256 != recorded.sha256 {
                Some(PutBack::Changed { name, generation: there })
            } else {
                None
            }
        }
    }
}
