//! From one phase to the next, and the deadline of each.

use std::time::Duration;

use crate::api::Expired;
use crate::audit::Receipt;
use crate::server::exchange::{Next, Step};
use crate::server::refusal;
use crate::server::round::Round;
use crate::server::slots::SlotId;

use super::{Phase, Session, Turn};

/// Bytes that are read and forgotten after a connection's last answer, so that the client gets to read it.
const LINGER_BYTES: usize = 256 * 1024;

/// How long that goes on.
const LINGER: Duration = Duration::from_secs(2);

/// A body has one more deadline for each so many bytes that it may have.
const TEN_MIB: u64 = 10 * 1024 * 1024;

impl Session {
    pub(super) fn step(&mut self, round: &Round, step: Step) {
        let deadlines = &round.shared.settings.deadlines;
        self.partial = false;
        let (phase, after) = match step {
            Step::Body(upload) => {
                if upload.expects_continue() && self.channel.send_continue().is_err() {
                    return self.finish(round);
                }
                let tens = u32::try_from(upload.most() / TEN_MIB).unwrap_or(u32::MAX).max(1);
                (Phase::Body(upload), deadlines.body.saturating_mul(tens))
            }
            Step::Lines(stream) => {
                if stream.expects_continue() && self.channel.send_continue().is_err() {
                    return self.finish(round);
                }
                (Phase::Lines(stream), deadlines.body)
            }
            // The pool's own work has no deadline here: its queue is bounded, and so is what it is given.
            Step::Work(stream) => (Phase::Working(stream), deadlines.answer.saturating_mul(10)),
            Step::Park(parked) => {
                let until = parked.until;
                self.phase = Phase::Parked(parked);
                self.due = until;
                return;
            }
            Step::Record(unsealed, next, counted) => {
                (Phase::Recording(unsealed, next, counted), deadlines.answer)
            }
            Step::Close => return self.finish(round),
        };
        self.phase = phase;
        self.due = round.now.saturating_add(after);
    }

    /// The record is on disk: the answer may go.
    pub(in crate::server) fn receipt(&mut self, round: &Round, receipt: Receipt) -> bool {
        let Phase::Recording(unsealed, next, counted) =
            std::mem::replace(&mut self.phase, Phase::Head)
        else {
            return false;
        };
        let Ok(sealed) = unsealed.seal(receipt) else { return false };
        if let Some(counted) = counted {
            counted.count(&round.shared.services.metrics, round.now);
        }
        self.channel.send(sealed);
        self.phase = Phase::Sending(next);
        self.due = round.now.saturating_add(round.shared.settings.deadlines.answer);
        true
    }

    /// The answer is with the kernel.
    pub(super) fn sent(&mut self, round: &Round) {
        let deadlines = &round.shared.settings.deadlines;
        match std::mem::replace(&mut self.phase, Phase::Head) {
            Phase::Sending(Next::Lines(stream)) => {
                self.phase = Phase::Lines(stream);
                self.due = round.now.saturating_add(deadlines.body);
            }
            Phase::Sending(Next::Close) => self.finish(round),
            _ => {
                self.identity.forget();
                self.due = round.now.saturating_add(deadlines.idle);
            }
        }
    }

    /// Says goodbye, and lets the client read what is on its way to it.
    pub(super) fn finish(&mut self, round: &Round) {
        self.channel.finish();
        self.phase = Phase::Lingering(LINGER_BYTES);
        self.due = round.now.saturating_add(LINGER);
    }

    /// The deadline is over. What is then to be done.
    pub(in crate::server) fn overdue(&mut self, round: &mut Round, id: SlotId) -> Turn {
        let counters = &round.shared.counters;
        match &self.phase {
            Phase::Handshake => {
                counters.slow_handshake.one();
                refusal::failed_handshake(round);
            }
            Phase::Head if self.input.is_empty() => {
                // Nothing was asked, so nothing is owed.
                self.finish(round);
                return Turn::Wait;
            }
            Phase::Head | Phase::Body(_) | Phase::Lines(_) => {
                counters.slow_request.one();
                let step = self.exchange(round, id).too_slow();
                if matches!(&self.phase, Phase::Lines(stream) if stream.has_answered()) {
                    return Turn::Close;
                }
                self.step(round, step);
                return Turn::Wait;
            }
            Phase::Parked(_) => {
                self.ask_again(round, id, Expired::Yes);
                return Turn::Wait;
            }
            Phase::Sending(_) | Phase::Lingering(_) => counters.slow_answer.one(),
            Phase::Working(_) | Phase::Recording(..) => counters.unrecorded.one(),
        }
        Turn::Close
    }

    /// Ends the connection in good order where that can be done at once: the service stops.
    pub(in crate::server) fn stop(&mut self) {
        self.channel.finish();
    }
}
