//! What connections came to, where no record tells it one by one.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Handshakes that ended well, full ones.
    pub full: Counter,
    /// Handshakes that ended well, resumed ones.
    pub resumed: Counter,
    /// Bytes that were no TLS, or broke it.
    pub not_tls: Counter,
    /// Certificates that did not verify.
    pub certificate: Counter,
    /// Connections that ended before their handshake did.
    pub cut: Counter,
    /// Connections whose handshake took too long.
    pub slow_handshake: Counter,
    /// Connections whose request took too long to come.
    pub slow_request: Counter,
    /// Connections whose client took too long to take an answer.
    pub slow_answer: Counter,
    /// Refusals above their source's budget, whose connection was closed unanswered.
    pub suppressed: Counter,
    /// Answers that were dropped because they could not be recorded.
    pub unrecorded: Counter,
}

/// One count.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The count.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
