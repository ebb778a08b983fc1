//! An answer and the receipt of its record, which together are the only thing that can be sent.
//!
//! Invariant: a [`Sealed`] comes from [`Unsealed::seal`] alone, and that takes the receipt of the very record that
//! the answer was made with. An answer whose record failed can only be dropped.
//!
//! So an answer without its record does not compile, whether it is made by hand:
//!
//! ```compile_fail,E0451
//! let sealed = trust_service::server::Sealed { bytes: Vec::new(), sent: 0 };
//! ```
//!
//! or sealed with a receipt that nobody gave:
//!
//! ```compile_fail,E0451
//! use trust_service::audit::Receipt;
//! fn forged(another: Receipt) -> Receipt {
//!     Receipt { records: 1, ..another }
//! }
//! ```
//!
//! Nor does a permission that was not looked up, or a peer whose chain was not:
//!
//! ```compile_fail,E0451
//! let grant = trust_service::authz::Grant { client: None, permission: None, held: Default::default() };
//! ```
//!
//! ```compile_fail,E0451
//! use trust_service::tls::VerifiedPeer;
//! fn forged(another: VerifiedPeer) -> VerifiedPeer {
//!     VerifiedPeer { ..another }
//! }
//! ```

use crate::audit::Receipt;
use crate::identity::Uuid;

/// An answer that waits for its record.
#[derive(Debug)]
#[must_use]
pub struct Unsealed {
    record_id: Uuid,
    bytes: Vec<u8>,
}

/// An answer whose record is on disk.
#[derive(Debug)]
#[must_use]
pub struct Sealed {
    bytes: Vec<u8>,
    sent: usize,
}

/// The receipt is of another record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ForeignReceipt;

impl Unsealed {
    /// The answer `bytes`, recorded under `record_id`, or from there on where it has several records.
    pub fn new(record_id: Uuid, bytes: Vec<u8>) -> Self {
        Self { record_id, bytes }
    }

    /// The answer, ready to send.
    ///
    /// # Errors
    ///
    /// [`ForeignReceipt`].
    #[expect(clippy::needless_pass_by_value, reason = "a receipt is used up by its answer")]
    pub fn seal(self, receipt: Receipt) -> Result<Sealed, ForeignReceipt> {
        if receipt.id() == self.record_id {
            Ok(Sealed { bytes: self.bytes, sent: 0 })
        } else {
            Err(ForeignReceipt)
        }
    }
}

impl Sealed {
    /// What is still to be sent.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.sent..).unwrap_or_default()
    }

    /// Takes note that `count` more bytes are sent. Whether that was all.
    pub(super) fn advance(&mut self, count: usize) -> bool {
        self.sent = self.sent.saturating_add(count);
        self.rest().is_empty()
    }
}
