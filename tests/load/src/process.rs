//! What a process costs, as `/proc` tells it.

use serde::Serialize;
use std::fs;
use std::time::Duration;

/// Processes' use of the machine, summed up, at one moment.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Usage {
    #[serde(skip)]
    pub(crate) cpu: Duration,
    /// What `ps` shows; pages that processes share count once for each.
    pub(crate) rss_kib: u64,
    /// Shared pages count in proportion.
    pub(crate) pss_kib: u64,
    pub(crate) threads: u64,
}

/// Sums up `pids`; `None` where there are none, or one of them has ended.
pub(crate) fn usage(pids: &[u32]) -> Option<Usage> {
    let mut sum = pids.first().map(|_| Usage::default())?;
    for pid in pids {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        sum.cpu = sum.cpu.saturating_add(cpu(&stat)?);
        sum.rss_kib = sum.rss_kib.saturating_add(number(&status, "VmRSS:")?);
        sum.pss_kib = sum.pss_kib.saturating_add(number(&rollup, "Pss:").unwrap_or(0));
        sum.threads = sum.threads.saturating_add(number(&status, "Threads:")?);
    }
    Some(sum)
}

/// The CPU time this process has used.
pub(crate) fn own_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// User and system time: the 12th and 13th words behind the name, which may hold anything.
fn cpu(stat: &str) -> Option<Duration> {
    let (_, words) = stat.rsplit_once(')')?;
    let mut words = words.split_whitespace().skip(11);
    let ticks = words.next()?.parse::<u64>().ok()?.checked_add(words.next()?.parse().ok()?)?;
    let second = rustix::param::clock_ticks_per_second();
    let micros = ticks.saturating_mul(1_000_000).checked_div(second)?;
    Some(Duration::from_micros(micros))
}

fn number(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_brackets_does_not_shift_the_words() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 200 100 0 0 20 0 1";
        assert_eq!(cpu(stat), Some(Duration::from_secs(3)));
    }

    #[test]
    fn tells_of_a_living_process_and_not_of_none() {
        let own = usage(&[std::process::id()]).unwrap();
        assert!(own.rss_kib > 0 && own.pss_kib > 0 && own.threads > 0);
        assert!(usage(&[]).is_none());
        assert!(usage(&[u32::MAX]).is_none());
    }
}
