//! The server: connections in, sealed answers out.
//!
//! A connection's way: `listener` accepts it and deals it to a worker's `inbox`; the `worker` holds it in its `slots`
//! and advances its `session` over a `channel` of TLS; an `exchange` takes each request through `admission`, its
//! `handler` and `answer`, which hands over a record; the receipt of that record makes the answer `sealed`, and only
//! then can the channel send it.

mod admission;
mod answer;
mod blocking;
mod census;
mod channel;
mod counters;
mod exchange;
mod handler;
mod identity;
mod inbox;
mod listener;
pub mod local;
mod refusal;
mod render;
mod round;
pub mod sealed;
mod session;
pub mod settings;
mod shared;
mod slots;
mod stream;
mod upload;
mod worker;

pub use blocking::Pool;
pub use counters::{Counter, Counters};
pub use inbox::Inbox;
pub use listener::{Listener, Turned, bind};
pub use sealed::{Sealed, Unsealed};
pub use settings::{Deadlines, ServerSettings};
pub use shared::{Access, AccessInForce, Flag, Shared};
pub use worker::Worker;

use std::sync::Arc;

use rustix::io::Errno;

/// The workers, their inboxes, and the pool behind them, ready for their threads.
#[derive(Debug)]
pub struct Crew {
    /// One for each `worker-N` thread.
    pub workers: Vec<Worker>,
    /// One for each worker, in the order of their ports.
    pub inboxes: Vec<Arc<Inbox>>,
    /// What each `blocking-N` thread runs; cloned.
    pub pool: Pool,
}

impl Crew {
    /// As many as the settings say.
    ///
    /// # Errors
    ///
    /// Where the kernel gives no descriptors.
    pub fn new(shared: &Arc<Shared>, inboxes: Vec<Arc<Inbox>>) -> Result<Self, Errno> {
        let (jobs, pool) = blocking::queue(shared.settings.blocking_queue);
        let workers: Result<Vec<Worker>, Errno> = inboxes
            .iter()
            .zip(0_u16..)
            .map(|(inbox, port)| {
                Worker::new(Arc::clone(shared), Arc::clone(inbox), jobs.clone(), port)
            })
            .collect();
        Ok(Self { workers: workers?, inboxes, pool })
    }
}
