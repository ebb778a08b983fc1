//! The two reports of a crowd.

use super::Crowd;
use crate::clock::micros;
use crate::counts::{self, Counts, ratio, seconds};
use crate::process::{Usage, usage};
use serde::Serialize;
use std::time::Duration;

#[derive(Debug, Serialize)]
struct AtOpening<'a> {
    mode: &'a str,
    event: &'a str,
    label: &'a str,
    connections: usize,
    opened: u64,
    open: usize,
    seconds: f64,
    handshake_p50_us: u64,
    handshake_p99_us: u64,
    #[serde(flatten)]
    counts: &'a Counts,
    server: Option<Cost>,
}

/// What the server's memory grew by, since before the first connection.
#[derive(Debug, Serialize)]
struct Cost {
    before: Usage,
    after: Usage,
    rss_bytes_per_connection: u64,
    pss_bytes_per_connection: u64,
    cpu_us_per_connection: f64,
}

#[derive(Debug, Serialize)]
struct AtEnd<'a> {
    mode: &'a str,
    event: &'a str,
    label: &'a str,
    held_seconds: f64,
    open: usize,
    ended_by_server: u64,
    /// Of the connections that the server ended: how old they were.
    first_end_ms: u64,
    median_end_ms: u64,
    last_end_ms: u64,
    bytes_sent: u64,
    #[serde(flatten)]
    counts: &'a Counts,
    server: Option<Usage>,
    /// Since the connections were open.
    server_cpu_percent: Option<u64>,
}

/// Prints what opening has cost.
pub(super) fn opened(crowd: &Crowd<'_>, before: Option<Usage>) {
    let (options, tally) = (crowd.options, &crowd.tally);
    let elapsed = crowd.clock.now().saturating_sub(crowd.began).saturating_sub(super::SETTLE);
    let each = |kib: u64| kib.saturating_mul(1_024).checked_div(tally.opened).unwrap_or(0);
    let server = before.zip(usage(&options.pids)).map(|(before, after)| Cost {
        before,
        after,
        rss_bytes_per_connection: each(after.rss_kib.saturating_sub(before.rss_kib)),
        pss_bytes_per_connection: each(after.pss_kib.saturating_sub(before.pss_kib)),
        cpu_us_per_connection: ratio(micros(after.cpu.saturating_sub(before.cpu)), tally.opened),
    });
    counts::print(&AtOpening {
        mode: options.mode.name(),
        event: "opened",
        label: &options.label,
        connections: options.conns,
        opened: tally.opened,
        open: alive(crowd),
        seconds: seconds(elapsed),
        handshake_p50_us: tally.handshakes.quantile(500),
        handshake_p99_us: tally.handshakes.quantile(990),
        counts: &tally.counts,
        server,
    });
}

/// Prints what became of them.
pub(super) fn ended(crowd: &Crowd<'_>, began: Duration, at_hold: Option<Usage>) {
    let (options, tally) = (crowd.options, &crowd.tally);
    let held_for = crowd.clock.now().saturating_sub(began);
    let held = micros(held_for);
    let server = usage(&options.pids);
    let cpu = at_hold.zip(server).map(|(before, now)| micros(now.cpu.saturating_sub(before.cpu)));
    counts::print(&AtEnd {
        mode: options.mode.name(),
        event: "ended",
        label: &options.label,
        held_seconds: seconds(held_for),
        open: alive(crowd),
        ended_by_server: tally.ended_by_server,
        first_end_ms: tally.lifetimes.min(),
        median_end_ms: tally.lifetimes.quantile(500),
        last_end_ms: tally.lifetimes.max(),
        bytes_sent: tally.sent,
        counts: &tally.counts,
        server,
        server_cpu_percent: cpu.and_then(|cpu| cpu.saturating_mul(100).checked_div(held)),
    });
}

fn alive(crowd: &Crowd<'_>) -> usize {
    crowd.members.iter().filter(|member| member.is_alive() && !member.is_opening()).count()
}
