//! The proof that what was submitted is on disk.

use crate::identity::Uuid;

/// Where the answer to a submission goes: which worker, which of its connections, and which use of that place.
///
/// A connection that is gone has another generation by now: its receipt is dropped, its record stays.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ticket {
    /// The worker, as an index into the ports that the recorder was given.
    pub port: u16,
    /// The worker's own name for the place.
    pub slot: u32,
    /// Which use of the place.
    pub generation: u32,
}

/// Proof that all records of one submission are in the spool and were synced. Only the recorder makes one, after the
/// sync, so an answer that takes a `Receipt` cannot leave before its record.
#[derive(Debug)]
#[must_use]
pub struct Receipt {
    ticket: Ticket,
    id: Uuid,
    first_seq: u64,
    records: u16,
}

impl Ticket {
    /// Of a record that nobody waits for.
    pub const NOBODY: Self = Self { port: u16::MAX, slot: u32::MAX, generation: 0 };
}

impl Receipt {
    pub(in crate::audit) const fn new(
        ticket: Ticket,
        id: Uuid,
        first_seq: u64,
        records: u16,
    ) -> Self {
        Self { ticket, id, first_seq, records }
    }

    /// Whose submission it was.
    #[must_use]
    pub const fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// The id of its first record, to be compared with that of the answer that it lets out.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        self.id
    }

    /// The number of its first record; the others follow without a gap.
    #[must_use]
    pub const fn first_seq(&self) -> u64 {
        self.first_seq
    }

    /// How many records it stands for.
    #[must_use]
    pub const fn records(&self) -> u16 {
        self.records
    }
}

/// What became of a submission.
#[derive(Debug)]
#[must_use]
pub enum Delivered {
    /// It is on disk.
    Receipt(Receipt),
    /// It is not known to be on disk: there can be no answer to it.
    Refused(Ticket),
}
