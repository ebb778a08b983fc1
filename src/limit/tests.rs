//! The limits as the server meets them.

mod addresses;
mod flood;
mod lockouts;
mod rates;
mod threads;
mod view;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::{Decision, Left, LimitSettings, Limits, Quota, Rejected};

const START: Duration = Duration::from_secs(1_000);

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

fn quota(per_minute: u32, burst: u32) -> Quota {
    Quota::new(per_minute.try_into().unwrap(), burst.try_into().unwrap())
}

/// One a second and five at once, of everything.
fn settings() -> LimitSettings {
    let each = Some(quota(60, 5));
    LimitSettings {
        connections: each,
        address: each,
        user: each,
        api_key: each,
        entries: 1_024.try_into().unwrap(),
        ..LimitSettings::default()
    }
}

fn limits() -> Limits {
    Limits::new(&settings(), [7; 16])
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn v4(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(number).into()
}

/// A host in the /64 of this number.
fn v6(prefix: u64) -> IpAddr {
    Ipv6Addr::from_bits(u128::from(prefix) << 64 | 1).into()
}

#[track_caller]
fn admitted(decision: Decision) -> Left {
    match decision {
        Decision::Admit(left) => left,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn rejected(decision: Decision) -> Rejected {
    match decision {
        Decision::Reject(rejected) => rejected,
        other => panic!("{other:?}"),
    }
}

fn is_admitted(decision: Decision) -> bool {
    matches!(decision, Decision::Admit(_))
}

/// How many of `tries` requests of `address` at `now` are admitted.
fn count(limits: &Limits, address: IpAddr, tries: u32, now: Duration) -> usize {
    (0..tries).filter(|_| is_admitted(limits.address(address, 1, now))).count()
}
