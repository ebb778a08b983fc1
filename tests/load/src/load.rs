//! Requests as fast as answers come, or at a fixed rate: `keepalive`, `full` and `resume`.
//!
//! At a fixed rate, latency counts from the moment a request was due, not from when a connection
//! was free to send it, so that a server that stalls is charged for all that waited.

mod report;
mod slot;

use crate::clock::{Clock, micros};
use crate::connection::Gone;
use crate::counts::{Counts, more};
use crate::error::Failure;
use crate::histogram::Histogram;
use crate::options::{Mode, Options};
use crate::poller::Poller;
use crate::process::{Usage, own_cpu, usage};
use crate::request::Requests;
use crate::socket::Route;
use crate::tls;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use slot::{Slot, Stage};
use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// Runs the load and prints its report.
pub(crate) fn run(options: &Options, clock: Clock) -> Result<(), Failure> {
    let mut load = Load::new(options, clock)?;
    load.run()?;
    report::print(&load);
    Ok(())
}

struct Load<'a> {
    options: &'a Options,
    clock: Clock,
    route: Route,
    name: ServerName<'static>,
    poller: Poller,
    requests: Requests,
    slots: Vec<Slot>,
    /// Connections with nothing to do, at a fixed rate.
    idle: VecDeque<usize>,
    /// Requests sent so far at a fixed rate.
    sent: u64,
    ack_log: Option<File>,
    tally: Tally,
}

/// What was counted since the warm-up ended.
#[derive(Debug)]
struct Tally {
    began: Duration,
    counts: Counts,
    latency: Histogram,
    handshakes: Histogram,
    own_cpu: Duration,
    server: Option<Usage>,
}

impl Tally {
    fn begin(now: Duration, pids: &[u32]) -> Self {
        Self {
            began: now,
            counts: Counts::default(),
            latency: Histogram::new(),
            handshakes: Histogram::new(),
            own_cpu: own_cpu(),
            server: usage(pids),
        }
    }
}

impl<'a> Load<'a> {
    fn new(options: &'a Options, clock: Clock) -> Result<Self, Failure> {
        let config = Arc::new(tls::client(options)?);
        let of_slot = |_| -> Arc<ClientConfig> {
            match options.mode {
                Mode::Resume => Arc::new(tls::resuming(&config)),
                _ => Arc::clone(&config),
            }
        };
        let ack_log = match &options.ack_log {
            Some(path) => Some(
                File::options()
                    .append(true)
                    .create(true)
                    .open(path)
                    .map_err(|error| Failure::File { path: path.clone(), error })?,
            ),
            None => None,
        };
        Ok(Self {
            options,
            clock,
            route: Route { to: options.connect, sources: options.sources, small: false },
            name: tls::server_name(options)?,
            poller: Poller::new()?,
            requests: Requests::new(options)?,
            slots: (0..options.conns).map(of_slot).map(Slot::new).collect(),
            idle: VecDeque::new(),
            sent: 0,
            ack_log,
            tally: Tally::begin(clock.now(), &options.pids),
        })
    }

    fn run(&mut self) -> Result<(), Failure> {
        let warm = self.clock.now().saturating_add(self.options.warmup);
        let end = warm.saturating_add(self.options.duration);
        let (mut warming, mut swept) = (true, Duration::ZERO);
        let mut ready = Vec::new();
        for number in 0..self.slots.len() {
            self.open(number);
        }
        loop {
            let now = self.clock.now();
            if warming && now >= warm {
                warming = false;
                self.tally = Tally::begin(now, &self.options.pids);
            }
            if now >= end {
                return Ok(());
            }
            if now.saturating_sub(swept) >= SWEEP {
                swept = now;
                self.sweep(now);
            }
            let next_due = self.send_due(now);
            let next = if warming { warm } else { end }.min(next_due);
            self.poller.wait(next.saturating_sub(now).min(SWEEP), &mut ready)?;
            for news in ready.drain(..) {
                self.turn(news.number);
            }
        }
    }

    /// Begins a slot's connection. If that fails, the next sweep tries again.
    fn open(&mut self, number: usize) {
        let now = self.clock.now();
        let Some(slot) = self.slots.get_mut(number) else { return };
        let opened = slot.open(self.route, number, &self.name, now).and_then(|connection| {
            self.poller.add(connection.socket(), number).map_err(Gone::from)
        });
        if let Err(gone) = opened {
            self.tally.counts.error(&gone);
            slot.give_up();
        }
    }

    /// Opens again what could not be opened, and gives up what has waited too long.
    fn sweep(&mut self, now: Duration) {
        for number in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(number) else { continue };
            if slot.is_closed() {
                self.open(number);
            } else if slot
                .waits_since()
                .is_some_and(|since| now.saturating_sub(since) > self.options.timeout)
            {
                self.tally.counts.error(&"timeout");
                self.idle.retain(|idle| *idle != number);
                slot.give_up();
                self.open(number);
            }
        }
    }

    /// At a fixed rate: gives the requests that are due to the connections that are free. Tells when
    /// there is more to do.
    fn send_due(&mut self, now: Duration) -> Duration {
        let Some(rate) = self.options.rate else { return Duration::MAX };
        loop {
            let due = due(self.sent, rate);
            if due > now {
                return due;
            }
            let Some(number) = self.idle.pop_front() else { return Duration::MAX };
            self.sent = self.sent.saturating_add(1);
            self.ask(number, due);
        }
    }

    /// Sends the next request on a connection; its latency counts from `since`.
    fn ask(&mut self, number: usize, since: Duration) {
        let Some(slot) = self.slots.get_mut(number) else { return };
        if let Err(gone) = slot.ask(self.requests.next(), since) {
            self.lose(number, &gone);
        }
    }

    /// Does what a connection's news asks for.
    fn turn(&mut self, number: usize) {
        let keeps = self.keeps();
        let Some(slot) = self.slots.get_mut(number) else { return };
        let mut end = slot.advance().err();
        let now = self.clock.now();
        if let Some(kind) = slot.handshake_done() {
            self.tally.counts.handshake(kind);
            self.tally.handshakes.record(micros(now.saturating_sub(slot.opened())));
            if self.options.rate.is_some() {
                self.idle.push_back(number);
            } else {
                // A connection for each request: its making is a part of the latency.
                let since = if keeps { now } else { slot.opened() };
                self.ask(number, since);
            }
            return self.after(number, end);
        }
        let Stage::Waiting { since } = slot.stage() else { return self.after(number, end) };
        match slot.answer() {
            Ok(Some(answer)) => {
                self.tally.latency.record(micros(now.saturating_sub(since)));
                self.tally.counts.answer(&answer);
                if let Some(file) = &mut self.ack_log {
                    let id = answer.audit_id.as_deref().unwrap_or("-");
                    if file.write_all(format!("{id} {}\n", answer.status).as_bytes()).is_err() {
                        self.tally.counts.error(&"ack-log: not written");
                    }
                }
                if answer.close || !keeps || end.is_some() {
                    slot.close();
                    self.open(number);
                    return;
                }
                if self.options.rate.is_some() {
                    self.idle.push_back(number);
                } else {
                    self.ask(number, now);
                }
            }
            Ok(None) => {}
            Err(error) => {
                self.tally.counts.error(&error);
                slot.give_up();
                self.open(number);
                end = None;
            }
        }
        self.after(number, end);
    }

    fn after(&mut self, number: usize, end: Option<Gone>) {
        if let Some(gone) = end {
            self.lose(number, &gone);
        }
    }

    /// A connection ended on its own. The next sweep opens it again: at once would be a busy loop
    /// where nothing listens.
    fn lose(&mut self, number: usize, gone: &Gone) {
        self.tally.counts.error(gone);
        self.idle.retain(|idle| *idle != number);
        if let Some(slot) = self.slots.get_mut(number) {
            slot.give_up();
        }
    }

    fn keeps(&self) -> bool {
        self.options.mode == Mode::KeepAlive
    }

    /// Requests that were due and never sent.
    fn backlog(&self) -> u64 {
        let Some(rate) = self.options.rate else { return 0 };
        let (mut backlog, now) = (0, self.clock.now());
        while due(self.sent.saturating_add(backlog), rate) < now && backlog < u64::MAX {
            more(&mut backlog);
        }
        backlog
    }
}

/// How often closed connections are opened again and waiting ones are looked at.
const SWEEP: Duration = Duration::from_millis(20);

/// When the `nth` request is due, at `rate` a second.
fn due(nth: u64, rate: u64) -> Duration {
    let nanos = u128::from(nth).saturating_mul(1_000_000_000).checked_div(u128::from(rate));
    Duration::from_nanos(nanos.and_then(|nanos| u64::try_from(nanos).ok()).unwrap_or(u64::MAX))
}
