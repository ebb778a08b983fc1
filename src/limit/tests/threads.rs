//! Several threads at once.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

const THREADS: u64 = 4;

/// Runs `work` on each thread; it gets the thread's number.
fn on_threads(work: impl Fn(u64) + Sync) {
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(number));
        }
    });
}

#[test]
fn threads_together_get_exactly_the_burst_and_the_rate_of_a_key_that_is_there() {
    let limits =
        Limits::new(&LimitSettings { user: Some(quota(60_000, 1_000)), ..settings() }, [7; 16]);
    admitted(limits.user("a", 1, START));
    let (clock, given) = (AtomicU64::new(0), AtomicU64::new(1));
    on_threads(|_| {
        for _ in 0..50_000 {
            let now = START + Duration::from_micros(clock.fetch_add(10, Ordering::Relaxed));
            if is_admitted(limits.user("a", 1, now)) {
                given.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    // Two seconds went by, at a thousand each.
    let (given, most) = (given.into_inner(), 1_000 + 2_000);
    assert!(given <= most && given >= most - 10, "{given}");
}

#[test]
fn threads_with_one_new_key_get_one_request_more_for_each_of_them_at_the_most() {
    for round in 0..300 {
        let limits =
            Limits::new(&LimitSettings { entries: 15.try_into().unwrap(), ..settings() }, [7; 16]);
        let given = AtomicU64::new(0);
        on_threads(|_| {
            for _ in 0..20 {
                if is_admitted(limits.address(v4(round), 1, START)) {
                    given.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        let given = given.into_inner();
        assert!((5..5 + THREADS).contains(&given), "{given}");
    }
}

#[test]
fn keys_that_come_and_go_under_threads_get_no_more_than_is_said() {
    // Two buckets, and forty addresses that drive one another out each time what they used has come back.
    let limits =
        Limits::new(&LimitSettings { entries: 30.try_into().unwrap(), ..settings() }, [7; 16]);
    let (clock, given) = (AtomicU64::new(0), AtomicU64::new(0));
    on_threads(|number| {
        for step in 0..20_000_u64 {
            let now = START + Duration::from_micros(clock.fetch_add(500, Ordering::Relaxed));
            let address = u32::try_from((step * 7 + number) % 40).unwrap();
            if is_admitted(limits.address(v4(address), 1, now)) {
                given.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let seconds = clock.into_inner() / 1_000_000;
    let cells = 32;
    let most = cells * (5 + seconds);
    assert!(given.load(Ordering::Relaxed) <= most, "{given:?} of {most}");
}

#[test]
fn each_run_of_refusals_has_one_first_whatever_threads_there_are() {
    let limits = limits();
    assert_eq!(count(&limits, v4(1), 5, START), 5);
    let firsts = AtomicU64::new(0);
    on_threads(|_| {
        for _ in 0..1_000 {
            if rejected(limits.address(v4(1), 1, START)).first {
                firsts.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(firsts.into_inner(), 1);
    assert_eq!(admitted(limits.address(v4(1), 1, START + ms(5_000))).refused, 4_000);
}

#[test]
fn threads_that_fail_together_begin_one_lockout() {
    let mut settings = settings();
    settings.lockout.failures = 100.try_into().unwrap();
    let limits = Limits::new(&settings, [7; 16]);
    let _ = limits.failed(v4(1), None, START);
    let began = AtomicU64::new(0);
    on_threads(|_| {
        for _ in 0..100 {
            if limits.failed(v4(1), None, START).is_some() {
                began.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(began.into_inner(), 1);
}
