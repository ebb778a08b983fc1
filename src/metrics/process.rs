//! What the kernel knows of this process, from `/proc`; nothing where there is no such thing.

use std::fs;

use super::text::{Kind, Number, Page};

/// Ticks of a second in `/proc/self/stat`: `USER_HZ`, the same on every Linux that this is built for.
const TICK_MICROS: u64 = 10_000;

/// Readings of one moment; each is left out where it could not be had.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Process {
    /// Time on a processor, user and system, in microseconds.
    pub cpu_micros: Option<u64>,
    /// When it was started, in microseconds since the epoch.
    pub started_micros: Option<u64>,
    /// Threads.
    pub threads: Option<u64>,
    /// Memory in place, in bytes.
    pub resident_bytes: Option<u64>,
    /// Memory mapped, in bytes.
    pub virtual_bytes: Option<u64>,
    /// Descriptors in use.
    pub open_fds: Option<u64>,
    /// Descriptors that it may use.
    pub max_fds: Option<u64>,
}

impl Process {
    /// Reads `/proc/self` and `/proc/stat`: some tens of microseconds, more with many descriptors.
    #[must_use]
    pub fn read() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let fds = fs::read_dir("/proc/self/fd").ok().map(Iterator::count);
        Self {
            // The folder that is read is a descriptor too.
            open_fds: fds.and_then(|count| u64::try_from(count.saturating_sub(1)).ok()),
            ..Self::parse(
                &text("/proc/self/stat"),
                &text("/proc/self/status"),
                &text("/proc/self/limits"),
                &text("/proc/stat"),
            )
        }
    }

    fn parse(stat: &str, status: &str, limits: &str, machine: &str) -> Self {
        // The name, in parentheses, may hold anything: fields are counted from behind it, the state being the third.
        let fields: Vec<&str> =
            stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let field = |number: usize| fields.get(number.checked_sub(3)?)?.parse::<u64>().ok();
        let ticks = |ticks: u64| ticks.saturating_mul(TICK_MICROS);
        let after = |text: &str, start: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(start))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let kib = |start| after(status, start).map(|kib: u64| kib.saturating_mul(1_024));
        let booted = after(machine, "btime ").map(|at| at.saturating_mul(1_000_000));
        Self {
            cpu_micros: field(14)
                .zip(field(15))
                .map(|(user, system)| ticks(user.saturating_add(system))),
            started_micros: booted
                .zip(field(22))
                .map(|(booted, after)| booted.saturating_add(ticks(after))),
            threads: field(20),
            resident_bytes: kib("VmRSS:"),
            virtual_bytes: kib("VmSize:"),
            open_fds: None,
            max_fds: after(limits, "Max open files"),
        }
    }

    /// Writes what there is.
    pub(super) fn write(&self, page: &mut Page) {
        let gauges = [
            ("process_open_fds", "Descriptors in use.", self.open_fds),
            ("process_max_fds", "Descriptors that may be used.", self.max_fds),
            ("process_virtual_memory_bytes", "Memory mapped.", self.virtual_bytes),
            ("process_resident_memory_bytes", "Memory in place.", self.resident_bytes),
            ("process_threads", "Threads.", self.threads),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                page.family(name, help, Kind::Gauge);
                page.sample(name, &[], Number::Whole(value));
            }
        }
        let times = [
            (
                "process_cpu_seconds_total",
                "Time on a processor, user and system.",
                Kind::Counter,
                self.cpu_micros,
            ),
            (
                "process_start_time_seconds",
                "When the process was started.",
                Kind::Gauge,
                self.started_micros,
            ),
        ];
        for (name, help, kind, value) in times {
            if let Some(value) = value {
                page.family(name, help, kind);
                page.sample(name, &[], Number::Micros(value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes_whatever_the_program_is_called() {
        let stat = "7 (a) b 1 (x)) S 1 7 7 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 9 0 300 5 6";
        let process = Process::parse(
            stat,
            "Name:\tx\nVmSize:\t    2048 kB\nVmRSS:\t    1024 kB\n",
            "Limit                     Soft Limit           Hard Limit           Units\n\
             Max open files            1024                 524288               files\n",
            "cpu  1 2\nbtime 1795478400\n",
        );
        let expected = Process {
            cpu_micros: Some(2_000_000),
            started_micros: Some(1_795_478_403_000_000),
            threads: Some(9),
            resident_bytes: Some(1_048_576),
            virtual_bytes: Some(2_097_152),
            open_fds: None,
            max_fds: Some(1_024),
        };
        assert_eq!(process, expected);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        assert_eq!(Process::parse("", "VmRSS: x kB", "", "btime"), Process::default());
        let mut page = Page::default();
        Process::default().write(&mut page);
        assert!(page.into_bytes().is_empty());
    }

    #[test]
    fn this_very_process_has_readings() {
        let process = Process::read();
        assert!(process.resident_bytes.is_some_and(|bytes| bytes > 100_000), "{process:?}");
        assert!(process.open_fds.is_some_and(|count| count >= 3), "{process:?}");
        assert!(process.started_micros.is_some(), "{process:?}");
    }
}
