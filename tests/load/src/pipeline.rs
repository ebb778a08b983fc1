//! Several requests at once, cut anywhere, whose answers must come whole and in order: `pipeline`.
//!
//! Each request asks for one of several paths, never for the same as the one before it, and each
//! path's answer holds a text of its own. So an answer that is lost, doubled or swapped shows.

mod lane;

use crate::answer::Answer;
use crate::clock::{Clock, micros};
use crate::counts::{self, Counts, more};
use crate::error::Failure;
use crate::histogram::Histogram;
use crate::options::Options;
use crate::poller::Poller;
use crate::random::Random;
use crate::request;
use crate::socket::Route;
use crate::tls;
use lane::Lane;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Runs until enough answers are in, and prints the report. False: an answer was lost, wrong or out
/// of order.
pub(crate) fn run(options: &Options, clock: Clock) -> Result<bool, Failure> {
    let Some(file) = &options.paths else {
        return Err(lexopt::Error::from("pipeline needs --paths").into());
    };
    let paths = request::paths(file)?;
    if paths.len() < 2 || paths.iter().any(|(_, holds)| holds.is_empty()) {
        return Err(Failure::Paths { path: file.clone() });
    }
    let questions = paths
        .into_iter()
        .map(|(path, holds)| Question {
            request: request::head(options, &options.method, &path, None),
            holds: holds.into_bytes(),
        })
        .collect();
    let mut pipeline = Pipeline {
        options,
        clock,
        route: Route { to: options.connect, sources: options.sources, small: false },
        config: Arc::new(tls::client(options)?),
        name: tls::server_name(options)?,
        poller: Poller::new()?,
        random: Random::new(options.seed),
        questions,
        lanes: (0..options.conns).map(|_| Lane::default()).collect(),
        sending: VecDeque::new(),
        findings: Findings::default(),
        latency: Histogram::new(),
    };
    pipeline.run()?;
    pipeline.report();
    Ok(pipeline.findings.is_clean() && pipeline.latency.count() >= options.answers)
}

struct Pipeline<'a> {
    options: &'a Options,
    clock: Clock,
    route: Route,
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    poller: Poller,
    random: Random,
    questions: Vec<Question>,
    lanes: Vec<Lane>,
    /// Lanes with something left to send: each sends one piece in its turn.
    sending: VecDeque<usize>,
    findings: Findings,
    latency: Histogram,
}

#[derive(Debug)]
struct Question {
    request: Vec<u8>,
    holds: Vec<u8>,
}

/// What must not happen, and how often it did.
#[derive(Clone, Debug, Default, Serialize)]
struct Findings {
    /// Asked, and the connection ended or the time-out passed first.
    lost: u64,
    /// The answer to another request that is still open on this connection.
    out_of_order: u64,
    /// An answer to nothing that was asked, or before its request was whole.
    wrong: u64,
    reopened: u64,
    #[serde(flatten)]
    counts: Counts,
}

impl Findings {
    fn is_clean(&self) -> bool {
        (self.lost, self.out_of_order, self.wrong) == (0, 0, 0)
    }
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    mode: &'a str,
    label: &'a str,
    connections: usize,
    seconds: f64,
    answers: u64,
    p50_us: u64,
    p99_us: u64,
    worst_us: u64,
    #[serde(flatten)]
    findings: &'a Findings,
}

impl Pipeline<'_> {
    fn run(&mut self) -> Result<(), Failure> {
        let (mut ready, mut swept) = (Vec::new(), Duration::ZERO);
        for number in 0..self.lanes.len() {
            self.open(number);
        }
        while self.latency.count() < self.options.answers {
            let now = self.clock.now();
            if now.saturating_sub(swept) >= SWEEP {
                swept = now;
                self.sweep(now);
                let failures = self.findings.lost.saturating_add(self.findings.reopened);
                if failures > self.options.answers.saturating_add(1_000) {
                    return Ok(()); // Nothing listens, or all is lost: the report says so.
                }
            }
            let timeout = if self.sending.is_empty() { SWEEP } else { Duration::ZERO };
            self.poller.wait(timeout, &mut ready)?;
            for news in ready.drain(..) {
                self.turn(news.number);
            }
            for _ in 0..self.sending.len() {
                let Some(number) = self.sending.pop_front() else { break };
                self.send_piece(number);
            }
        }
        Ok(())
    }

    fn open(&mut self, number: usize) {
        let Some(lane) = self.lanes.get_mut(number) else { return };
        let now = self.clock.now();
        let opened = lane.open(self.route, number, &self.config, &self.name, now);
        let watched = opened.and_then(|socket| Ok(self.poller.add(socket, number)?));
        if let Err(gone) = watched {
            self.findings.counts.error(&gone);
            self.fail(number);
        }
    }

    fn sweep(&mut self, now: Duration) {
        for number in 0..self.lanes.len() {
            let Some(lane) = self.lanes.get(number) else { continue };
            if lane.is_closed() {
                self.open(number);
            } else if lane.is_late(now, self.options.timeout) {
                self.findings.counts.error(&"timeout");
                self.fail(number);
            }
        }
    }

    /// Counts what a connection still owed, and leaves it to the next sweep.
    fn fail(&mut self, number: usize) {
        let Some(lane) = self.lanes.get_mut(number) else { return };
        self.findings.lost = self.findings.lost.saturating_add(lane.owed());
        more(&mut self.findings.reopened);
        lane.give_up();
    }

    fn turn(&mut self, number: usize) {
        let Some(lane) = self.lanes.get_mut(number) else { return };
        let end = lane.advance().err();
        if let Some(kind) = lane.handshake_done() {
            self.findings.counts.handshake(kind);
            self.ask(number);
        }
        if let Err(error) = self.answers(number) {
            self.findings.counts.error(&error);
            return self.fail(number);
        }
        if let Some(gone) = end {
            self.findings.counts.error(&gone);
            self.fail(number);
        }
    }

    /// Judges each whole answer, and asks again when all are in.
    fn answers(&mut self, number: usize) -> Result<(), crate::answer::AnswerError> {
        while let Some(lane) = self.lanes.get_mut(number) {
            let Some((answer, body)) = lane.answer()? else { return Ok(()) };
            let asked = lane.next_owed();
            self.judge(number, &answer, &body, asked);
            let lane = self.lanes.get_mut(number);
            if answer.close {
                if let Some(lane) = lane {
                    self.findings.lost = self.findings.lost.saturating_add(lane.owed());
                    lane.give_up();
                }
                return Ok(());
            }
            if lane.is_some_and(|lane| lane.owed() == 0 && lane.is_idle()) {
                self.ask(number);
            }
        }
        Ok(())
    }

    fn judge(&mut self, number: usize, answer: &Answer, body: &[u8], asked: Option<lane::Owed>) {
        self.findings.counts.answer(answer);
        let holds = |question: usize| {
            self.questions.get(question).is_some_and(|question| contains(body, &question.holds))
        };
        let now = self.clock.now();
        match asked {
            Some(lane::Owed { question, sent: Some(sent), .. }) if holds(question) => {
                self.latency.record(micros(now.saturating_sub(sent)));
            }
            _ => {
                let lane = self.lanes.get(number);
                let later = lane.is_some_and(|lane| lane.owed_questions().any(holds));
                more(if later {
                    &mut self.findings.out_of_order
                } else {
                    &mut self.findings.wrong
                });
            }
        }
    }

    /// Writes 1 to 8 requests, and cuts them.
    fn ask(&mut self, number: usize) {
        let Some(lane) = self.lanes.get_mut(number) else { return };
        let many = BATCHES.get(self.random.below(BATCHES.len())).copied().unwrap_or(1);
        for _ in 0..many {
            let mut question = self.random.below(self.questions.len());
            if lane.last_question() == Some(question) {
                question =
                    question.saturating_add(1).checked_rem(self.questions.len()).unwrap_or(0);
            }
            if let Some(asked) = self.questions.get(question) {
                lane.ask(question, &asked.request);
            }
        }
        lane.cut(&mut self.random);
        self.sending.push_back(number);
    }

    fn send_piece(&mut self, number: usize) {
        let Some(lane) = self.lanes.get_mut(number) else { return };
        match lane.send_piece(self.clock.now()) {
            Ok(true) => self.sending.push_back(number),
            Ok(false) => {}
            Err(gone) => {
                self.findings.counts.error(&gone);
                self.fail(number);
            }
        }
    }

    fn report(&self) {
        counts::print(&Report {
            mode: self.options.mode.name(),
            label: &self.options.label,
            connections: self.options.conns,
            seconds: counts::seconds(self.clock.now()),
            answers: self.latency.count(),
            p50_us: self.latency.quantile(500),
            p99_us: self.latency.quantile(990),
            worst_us: self.latency.max(),
            findings: &self.findings,
        });
    }
}

/// How many requests at a time; half of the time, one.
const BATCHES: [u8; 8] = [1, 1, 1, 1, 2, 3, 5, 8];
const SWEEP: Duration = Duration::from_millis(50);

fn contains(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}
