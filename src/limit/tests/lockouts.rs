//! Who is shut out, and for how long.

use super::*;
use crate::limit::LockoutSettings;

const A: Option<&str> = Some("alice");

/// Three failures within a minute shut out for ten.
fn strict() -> LimitSettings {
    let lockout = LockoutSettings {
        failures: 3.try_into().unwrap(),
        window: Duration::from_secs(60),
        length: Duration::from_secs(600),
    };
    LimitSettings { lockout, ..settings() }
}

fn strict_limits() -> Limits {
    Limits::new(&strict(), [7; 16])
}

#[track_caller]
fn lock(limits: &Limits, address: IpAddr, account: Option<&str>, now: Duration) {
    for _ in 0..2 {
        assert_eq!(limits.failed(address, account, now), None);
        assert_eq!(limits.locked(address, account, now), None);
    }
    let began = limits.failed(address, account, now).unwrap();
    assert_eq!(began.left, Duration::from_secs(600));
}

#[test]
fn the_last_failure_that_is_allowed_locks_until_a_fixed_end() {
    let limits = strict_limits();
    lock(&limits, v4(1), A, START);
    assert_eq!(limits.lockouts(START), 1);
    assert_eq!(limits.locked(v4(1), A, START).unwrap().left, Duration::from_secs(600));
    assert_eq!(limits.locked(v4(1), A, START + ms(599_999)).unwrap().left, ms(1));
    assert_eq!(limits.locked(v4(1), A, START + ms(600_000)), None);
    assert_eq!(limits.lockouts(START + ms(600_000)), 0);
}

#[test]
fn what_is_tried_during_a_lockout_does_not_move_its_end() {
    let limits = strict_limits();
    lock(&limits, v4(1), A, START);
    for second in 0..600 {
        let now = START + Duration::from_secs(second);
        assert_eq!(limits.failed(v4(1), A, now), None);
        let left = limits.locked(v4(1), A, now).unwrap().left;
        assert_eq!(left, Duration::from_secs(600 - second));
    }
    // After it, one has as many tries as at first.
    lock(&limits, v4(1), A, START + Duration::from_secs(600));
}

#[test]
fn a_stranger_cannot_lock_somebody_else_out_nor_a_source_out_of_other_accounts() {
    let limits = strict_limits();
    lock(&limits, v4(1), A, START);
    lock(&limits, v6(1), A, START);
    lock(&limits, v4(1), None, START);
    for (address, account) in [
        (v4(2), A),
        (v6(2), A),
        (v4(1), Some("bob")),
        (v4(1), Some("")),
        (v4(2), None),
        (v6(1), None),
    ] {
        assert_eq!(limits.locked(address, account, START), None, "{address} {account:?}");
    }
    assert_eq!(limits.locked(ip("::ffff:0.0.0.1"), A, START).map(|lock| lock.shadow), Some(false));
}

#[test]
fn failures_that_lie_a_window_apart_do_not_add_up() {
    let limits = strict_limits();
    for (at, locks) in
        [(0, false), (59_999, false), (60_000, false), (60_001, false), (119_999, true)]
    {
        assert_eq!(limits.failed(v4(1), A, START + ms(at)).is_some(), locks, "{at}");
    }
}

#[test]
fn a_failure_costs_its_address_ten_requests() {
    let limits =
        Limits::new(&LimitSettings { address: Some(quota(60, 15)), ..settings() }, [7; 16]);
    assert_eq!(limits.failed(v4(1), A, START), None);
    assert_eq!(count(&limits, v4(1), 99, START), 5);
    // The debt is bounded here as well.
    for _ in 0..1_000 {
        let _ = limits.failed(v4(1), A, START);
    }
    assert_eq!(rejected(limits.address(v4(1), 1, START)).retry_after, ms(61_000));
    assert_eq!(count(&limits, v4(2), 99, START), 15);
}

#[test]
fn in_shadow_mode_a_lockout_says_that_it_is_not_to_be_carried_out() {
    let limits = Limits::new(&LimitSettings { shadow: true, ..strict() }, [7; 16]);
    for _ in 0..2 {
        assert_eq!(limits.failed(v4(1), A, START), None);
    }
    assert!(limits.failed(v4(1), A, START).unwrap().shadow);
    assert!(limits.locked(v4(1), A, START).unwrap().shadow);
}

#[test]
fn where_limits_are_off_nobody_is_locked() {
    let limits = Limits::new(&LimitSettings { enabled: false, ..strict() }, [7; 16]);
    for _ in 0..9 {
        assert_eq!(limits.failed(v4(1), A, START), None);
    }
    limits.replace_settings(&strict());
    assert_eq!(limits.locked(v4(1), A, START), None);
}

#[test]
fn a_flood_of_made_up_accounts_frees_nobody_and_locks_nobody_else() {
    let limits = strict_limits();
    lock(&limits, v4(1), A, START);
    let before = limits.memory_bytes();
    for number in 0..50_000_u32 {
        let account = format!("account-{number}");
        for _ in 0..3 {
            let _ = limits.failed(v4(number % 100 + 50), Some(&account), START);
        }
    }
    assert!(limits.locked(v4(1), A, START).is_some(), "a lockout makes room for nothing");
    assert_eq!(limits.memory_bytes(), before);
    let slots = limits.lockouts(START);
    assert!((200..=270).contains(&slots), "all that there are: {slots}");
    for address in 10_000..20_000 {
        assert_eq!(limits.locked(v4(address), A, START), None);
    }
    // With its end there is room again.
    lock(&limits, v4(2), A, START + Duration::from_secs(600));
}

#[test]
fn the_time_of_a_lockout_holds_wherever_the_clock_stands() {
    let year = Duration::from_secs(365 * 86_400);
    for now in [Duration::ZERO, year, 40 * year, 1_000 * year] {
        let limits = strict_limits();
        lock(&limits, v4(1), A, now);
        assert!(limits.locked(v4(1), A, now + ms(599_999)).is_some());
        assert!(limits.locked(v4(1), A, now + ms(600_000)).is_none());
        assert!(limits.locked(v4(1), A, now + 10 * year).is_none());
    }
}

#[test]
fn one_failure_may_be_enough() {
    let mut settings = strict();
    settings.lockout.failures = 1.try_into().unwrap();
    let limits = Limits::new(&settings, [7; 16]);
    assert!(limits.failed(v4(1), A, START).is_some());
    assert!(limits.locked(v4(1), A, START).is_some());
    assert!(limits.failed(v4(1), A, START + ms(1)).is_none());
    assert!(limits.failed(v4(1), A, START + ms(600_000)).is_some());
}
