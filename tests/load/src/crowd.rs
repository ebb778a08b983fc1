//! Many connections, opened and then held: `idle`, `silent`, `drip`, `drip-body`, `stop-reading`.
//!
//! Says once when all are open, with what each costs the server, and once at the end what became of
//! them. Nothing is opened again: a connection that the server ends is the finding.

mod member;
mod report;

use crate::clock::{Clock, micros};
use crate::connection::{Connection, Gone};
use crate::counts::{Counts, more};
use crate::error::Failure;
use crate::histogram::Histogram;
use crate::options::{Mode, Options};
use crate::poller::{Poller, Ready};
use crate::process::usage;
use crate::request;
use crate::socket::Route;
use crate::tls;
use member::{Link, Member};
use std::io::{self, IsTerminal, Read};
use std::sync::Arc;
use std::time::Duration;

/// Opens and holds the connections, and prints both reports.
pub(crate) fn run(options: &Options, clock: Clock) -> Result<(), Failure> {
    let before = usage(&options.pids);
    let mut crowd = Crowd::new(options, clock)?;
    crowd.open_all()?;
    if crowd.tally.opened == 0 {
        let why = crowd.tally.counts.errors.keys().next().cloned().unwrap_or_default();
        return Err(Failure::Unreachable(why));
    }
    crowd.run_until(clock.now().saturating_add(SETTLE), false)?;
    report::opened(&crowd, before);
    let (began, at_hold) = (clock.now(), usage(&options.pids));
    match options.hold {
        Some(hold) => crowd.run_until(began.saturating_add(hold), false)?,
        None => crowd.run_until(Duration::MAX, true)?,
    }
    report::ended(&crowd, began, at_hold);
    Ok(())
}

struct Crowd<'a> {
    options: &'a Options,
    clock: Clock,
    poller: Poller,
    members: Vec<Member>,
    script: Script,
    began: Duration,
    next_tick: Duration,
    tally: Tally,
}

/// What members send once they are connected.
#[derive(Debug)]
struct Script {
    /// At once.
    first: Vec<u8>,
    /// Then, a byte at a time.
    slowly: Vec<u8>,
    /// Again and again, as fast as the socket takes it.
    flood: Vec<u8>,
}

impl Script {
    fn new(options: &Options) -> Self {
        let (path, method) = (&options.path, &options.method);
        let (mut first, mut slowly, mut flood) = (vec![], vec![], vec![]);
        match options.mode {
            Mode::Drip => slowly = request::endless_head(options),
            Mode::DripBody => {
                let length = request::Length::Known(1_000_000);
                first = request::head(options, "POST", path, Some(length));
            }
            Mode::StopReading => flood = request::head(options, method, path, None).repeat(16),
            _ => {}
        }
        Self { first, slowly, flood }
    }
}

#[derive(Debug)]
struct Tally {
    opened: u64,
    ended_by_server: u64,
    /// Milliseconds from a connection's making to its end by the server.
    lifetimes: Histogram,
    handshakes: Histogram,
    counts: Counts,
    sent: u64,
}

impl<'a> Crowd<'a> {
    fn new(options: &'a Options, clock: Clock) -> Result<Self, Failure> {
        Ok(Self {
            options,
            clock,
            poller: Poller::new()?,
            members: Vec::with_capacity(options.conns),
            script: Script::new(options),
            began: clock.now(),
            next_tick: Duration::ZERO,
            tally: Tally {
                opened: 0,
                ended_by_server: 0,
                lifetimes: Histogram::new(),
                handshakes: Histogram::new(),
                counts: Counts::default(),
                sent: 0,
            },
        })
    }

    /// Opens all, a bounded number at a time so that the server's backlog never overflows.
    fn open_all(&mut self) -> Result<(), Failure> {
        let config = Arc::new(tls::client(self.options)?);
        let name = tls::server_name(self.options)?;
        let route = Route {
            to: self.options.connect,
            sources: self.options.sources,
            small: self.options.mode == Mode::StopReading,
        };
        let mut progress = (0, self.clock.now());
        loop {
            let opening = self.members.iter().rev().take(WINDOW.saturating_mul(2));
            let mut opening = opening.filter(|member| member.is_opening()).count();
            while opening < WINDOW && self.members.len() < self.options.conns {
                let (number, now) = (self.members.len(), self.clock.now());
                let link = match self.options.mode {
                    Mode::Silent => route.begin(number).map(Link::Tcp).map_err(Gone::from),
                    _ => Connection::begin(route, number, Arc::clone(&config), name.clone())
                        .map(|connection| Link::Tls(Box::new(connection))),
                };
                let link = link.and_then(|link| {
                    self.poller.add(link.socket(), number)?;
                    Ok(link)
                });
                if let Err(gone) = &link {
                    self.tally.counts.error(gone);
                }
                self.members.push(Member::new(link.ok(), now));
                opening = opening.saturating_add(1);
            }
            self.poll(Duration::from_millis(20))?;
            let settled = self.members.iter().filter(|member| !member.is_opening()).count();
            let now = self.clock.now();
            if settled >= self.options.conns {
                return Ok(());
            }
            if settled > progress.0 {
                progress = (settled, now);
            } else if now.saturating_sub(progress.1) > self.options.timeout {
                self.tally.counts.error(&"timeout while opening");
                return Ok(());
            }
        }
    }

    /// Goes on until `end`, or until stdin closes where that is asked for.
    fn run_until(&mut self, end: Duration, watch_stdin: bool) -> Result<(), Failure> {
        let (mut stdin, mut scratch) = (io::stdin(), [0; 256]);
        let watched = watch_stdin && self.poller.add(&stdin, STDIN).is_ok();
        if watch_stdin && !watched && !stdin.is_terminal() {
            return Ok(()); // A file or /dev/null: it is at its end.
        }
        while self.clock.now() < end {
            let left = end.saturating_sub(self.clock.now());
            let stdin_spoke = self.poll(left.min(TICK))?;
            if watched && stdin_spoke && matches!(stdin.read(&mut scratch), Ok(0) | Err(_)) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Waits a moment, and serves who has news or something due. Tells whether stdin has news.
    fn poll(&mut self, timeout: Duration) -> Result<bool, Failure> {
        let (mut ready, mut stdin) = (Vec::new(), false);
        self.poller.wait(timeout, &mut ready)?;
        for news in ready {
            stdin |= news.number == STDIN;
            self.turn(news);
        }
        self.tick();
        Ok(stdin)
    }

    /// Sends what slow and deaf members have to send, if that is due.
    fn tick(&mut self) {
        let now = self.clock.now();
        if now < self.next_tick || !self.options.mode.keeps_sending() {
            return;
        }
        self.next_tick = now.saturating_add(TICK);
        for number in 0..self.members.len() {
            let Some(member) = self.members.get_mut(number) else { continue };
            let sent = match self.options.mode {
                Mode::StopReading => member.flood(&self.script.flood),
                _ => member.drip(&self.script.slowly, now, self.options.interval),
            };
            match sent {
                Ok(sent) => self.tally.sent = self.tally.sent.saturating_add(sent),
                Err(gone) => self.lose(number, &gone),
            }
        }
    }

    fn turn(&mut self, news: Ready) {
        let Some(member) = self.members.get_mut(news.number) else { return };
        let now = self.clock.now();
        let was_opening = member.is_opening();
        let deaf = self.options.mode == Mode::StopReading && !was_opening;
        let mut end = if deaf { None } else { member.advance(&mut self.tally.counts).err() };
        if deaf && news.hung_up {
            end = Some(Gone::Cut);
        }
        if end.is_none() && was_opening && member.finish_opening() {
            more(&mut self.tally.opened);
            self.tally.handshakes.record(micros(now.saturating_sub(member.opened())));
            if let Some(kind) = member.handshake_kind() {
                self.tally.counts.handshake(kind);
            }
            end = member.say(&self.script.first, now).err();
        }
        if let Some(gone) = end {
            self.lose(news.number, &gone);
        }
    }

    fn lose(&mut self, number: usize, gone: &Gone) {
        let now = self.clock.now();
        let Some(member) = self.members.get_mut(number).filter(|member| member.is_alive()) else {
            return;
        };
        if !member.is_opening() {
            more(&mut self.tally.ended_by_server);
            let lifetime = now.saturating_sub(member.opened());
            self.tally.lifetimes.record(micros(lifetime).checked_div(1_000).unwrap_or(0));
        }
        self.tally.counts.error(gone);
        member.drop_link();
    }
}

/// Handshakes at a time.
const WINDOW: usize = 64;
/// How long the server may take to put away the last handshake before its memory is read.
const SETTLE: Duration = Duration::from_secs(1);
/// How exactly bytes drip.
const TICK: Duration = Duration::from_millis(20);
const STDIN: usize = usize::MAX;
