//! `rate_limiting`: how much one caller may ask.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::reader::Section;
use crate::limit::{LimitSettings, LockoutSettings, Quota, quota};

pub(in crate::config) fn read(section: &mut Section<'_, '_>) -> LimitSettings {
    let default = LimitSettings::default();
    let enabled = section.flag("enabled", default.enabled);
    let shadow = section.flag("shadow", default.shadow);
    let requests = quota(section, ("requests_per_minute", 1_000), ("burst_size", 100));
    let connections = quota(section, ("connections_per_minute", 1_200), ("connections_burst", 300));
    let by_ip = section.flag("by_ip", true);
    let by_user = section.flag("by_user", true);
    let by_api_key = section.flag("by_api_key", true);
    let settings = LimitSettings {
        enabled,
        shadow,
        connections: by_ip.then_some(connections),
        address: by_ip.then_some(requests),
        user: by_user.then_some(requests),
        api_key: by_api_key.then_some(requests),
        failure_cost: number(section, "failure_cost", default.failure_cost, 1..=10_000),
        lockout: LockoutSettings {
            failures: number(section, "lockout_failures", default.lockout.failures, 1..=1_000),
            window: time(section, "lockout_window_seconds", default.lockout.window),
            length: time(section, "lockout_seconds", default.lockout.length),
        },
        entries: number(section, "max_entries", default.entries, ENTRIES),
    };
    if enabled && !(by_ip || by_user || by_api_key) {
        let rule = "limits that count by nothing limit nothing";
        section.fault("by_ip", rule, "set one of by_ip, by_user, by_api_key");
    }
    if enabled && shadow {
        let rule = "limits are counted, and nobody is refused";
        section.warn("shadow", rule, "set it to false once the counts are as they should be");
    }
    settings
}

/// So much a minute and so much at once.
fn quota(
    section: &mut Section<'_, '_>,
    (minute_key, per_minute): (&'static str, u32),
    (burst_key, burst): (&'static str, u32),
) -> Quota {
    let per_minute = section.number(minute_key, per_minute, 1..=10_000_000);
    let burst = section.number(burst_key, burst, 1..=1_000_000);
    let quota = Quota::new(at_least_one(per_minute), at_least_one(burst));
    if quota.burst().get() != burst {
        let rule = format!(
            "{burst} at once would take more than {} hours to come back at {per_minute} a minute",
            quota::LONGEST_WINDOW.as_secs() / 3_600
        );
        section.fault(burst_key, rule, format!("at most {}", quota.burst()));
    }
    quota
}

fn number(
    section: &mut Section<'_, '_>,
    key: &'static str,
    default: NonZeroU32,
    bounds: RangeInclusive<u32>,
) -> NonZeroU32 {
    at_least_one(section.number(key, default.get(), bounds))
}

fn time(section: &mut Section<'_, '_>, key: &'static str, default: Duration) -> Duration {
    Duration::from_secs(section.number(key, default.as_secs(), 1..=ONE_DAY))
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

const ONE_DAY: u64 = 86_400;
/// With fewer, the hosts of one small network would share cells already; the most take about 200 MiB.
const ENTRIES: RangeInclusive<u32> = 1_024..=1_048_576;
