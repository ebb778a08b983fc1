//! The report of a load.

use super::Load;
use crate::clock::micros;
use crate::counts::{self, Counts, ratio, seconds};
use crate::process::{Usage, own_cpu, usage};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct Report<'a> {
    mode: &'a str,
    label: &'a str,
    connections: usize,
    rate: Option<u64>,
    seconds: f64,
    requests: u64,
    rps: u64,
    p50_us: u64,
    p90_us: u64,
    p99_us: u64,
    p999_us: u64,
    max_us: u64,
    handshake_p50_us: u64,
    handshake_p99_us: u64,
    /// At a fixed rate: due, and never sent.
    backlog: u64,
    #[serde(flatten)]
    counts: &'a Counts,
    client_cpu_percent: u64,
    /// Without `--pids`, or where one of them has ended: none.
    server: Option<Server>,
}

#[derive(Debug, Serialize)]
struct Server {
    cpu_percent: u64,
    us_per_request: f64,
    #[serde(flatten)]
    usage: Usage,
}

/// Prints what a load has counted.
pub(super) fn print(load: &Load<'_>) {
    let (options, tally) = (load.options, &load.tally);
    let elapsed_time = load.clock.now().saturating_sub(tally.began);
    let elapsed = micros(elapsed_time);
    let requests = tally.latency.count();
    let percent = |cpu: u64| cpu.saturating_mul(100).checked_div(elapsed).unwrap_or(0);
    let server = tally.server.zip(usage(&options.pids)).map(|(before, usage)| {
        let cpu = micros(usage.cpu.saturating_sub(before.cpu));
        Server { cpu_percent: percent(cpu), us_per_request: ratio(cpu, requests), usage }
    });
    counts::print(&Report {
        mode: options.mode.name(),
        label: &options.label,
        connections: options.conns,
        rate: options.rate,
        seconds: seconds(elapsed_time),
        requests,
        rps: requests.saturating_mul(1_000_000).checked_div(elapsed).unwrap_or(0),
        p50_us: tally.latency.quantile(500),
        p90_us: tally.latency.quantile(900),
        p99_us: tally.latency.quantile(990),
        p999_us: tally.latency.quantile(999),
        max_us: tally.latency.max(),
        handshake_p50_us: tally.handshakes.quantile(500),
        handshake_p99_us: tally.handshakes.quantile(990),
        backlog: load.backlog(),
        counts: &tally.counts,
        client_cpu_percent: percent(micros(own_cpu().saturating_sub(tally.own_cpu))),
        server,
    });
}
