//! What one key is given.

use super::*;
use crate::limit::{Scope, Subject};

#[test]
fn the_burst_is_given_at_once_and_then_one_each_second_to_the_microsecond() {
    let limits = limits();
    for left in (0..5).rev() {
        let reading = admitted(limits.user("a", 1, START)).reading;
        assert_eq!((reading.remaining, reading.scope), (left, Scope::User));
        assert_eq!(reading.reset, Duration::from_secs(5 - u64::from(left)));
    }
    let refused = rejected(limits.user("a", 1, START));
    assert_eq!(refused.retry_after, ms(1_000));
    assert_eq!((refused.reading.remaining, refused.reading.reset), (0, ms(5_000)));
    let next = START + refused.retry_after;
    assert!(!is_admitted(limits.user("a", 1, next.saturating_sub(Duration::from_micros(1)))));
    assert!(is_admitted(limits.user("a", 1, next)));
    assert!(!is_admitted(limits.user("a", 1, next)));
}

#[test]
fn a_refusal_costs_nothing() {
    let limits = limits();
    assert_eq!(count(&limits, v4(1), 1_000, START), 5);
    assert_eq!(count(&limits, v4(1), 1_000, START + ms(5_000)), 5);
}

#[test]
fn each_scope_and_each_key_counts_for_itself() {
    let limits = limits();
    let address = v4(1);
    for _ in 0..5 {
        admitted(limits.connection(address, START));
        admitted(limits.address(address, 1, START));
        admitted(limits.user("same", 1, START));
        admitted(limits.api_key("same", 1, START, None));
    }
    assert_eq!(rejected(limits.connection(address, START)).reading.scope, Scope::Connection);
    assert_eq!(rejected(limits.address(address, 1, START)).reading.scope, Scope::Address);
    assert_eq!(rejected(limits.user("same", 1, START)).reading.scope, Scope::User);
    let refused = rejected(limits.api_key("same", 1, START, None));
    assert_eq!(refused.reading.scope, Scope::ApiKey);
    admitted(limits.connection(v4(2), START));
    admitted(limits.address(v4(2), 1, START));
    admitted(limits.user("other", 1, START));
    admitted(limits.api_key("other", 1, START, None));
    for scope in Scope::ALL {
        assert_eq!(limits.refused(scope), 1);
    }
}

#[test]
fn work_is_charged_by_its_cost() {
    let limits = limits();
    assert_eq!(admitted(limits.user("a", 3, START)).reading.remaining, 2);
    assert_eq!(rejected(limits.user("a", 3, START)).retry_after, ms(1_000));
    admitted(limits.user("a", 2, START));
}

#[test]
fn a_cost_of_nothing_is_not_free() {
    let limits = limits();
    for _ in 0..5 {
        admitted(limits.user("a", 0, START));
    }
    let _ = rejected(limits.user("a", 0, START));
}

#[test]
fn a_cost_above_the_burst_waits_for_the_whole_of_it_and_is_paid_in_full() {
    let limits = limits();
    admitted(limits.user("a", 1, START));
    assert_eq!(rejected(limits.user("a", 8, START)).retry_after, ms(1_000));
    admitted(limits.user("a", 8, START + ms(1_000)));
    // Eight seconds of it: three of debt, and one for the next request.
    assert_eq!(rejected(limits.user("a", 1, START + ms(1_000))).retry_after, ms(4_000));
    admitted(limits.user("a", 1, START + ms(5_000)));
}

#[test]
fn what_is_charged_afterwards_can_end_in_a_debt_of_a_minute_and_no_more() {
    let limits = limits();
    for subject in [Subject::User("a"), Subject::ApiKey("a", None), Subject::Address(v4(1))] {
        for _ in 0..10 {
            limits.charge(subject, u32::MAX, START);
        }
        let refused = rejected(limits.ask(subject, 1, START));
        assert_eq!(refused.retry_after, ms(61_000));
        assert_eq!(refused.reading.remaining, 0);
        assert!(is_admitted(limits.ask(subject, 1, START + ms(61_000))));
    }
}

#[test]
fn to_charge_nothing_changes_nothing() {
    let limits = limits();
    limits.charge(Subject::User("a"), 0, START);
    assert_eq!(admitted(limits.user("a", 1, START)).reading.remaining, 4);
}

#[test]
fn an_api_key_may_have_a_quota_of_its_own() {
    let limits = limits();
    let own = quota(600, 20);
    let left = admitted(limits.api_key("k", 1, START, Some(own)));
    assert_eq!((left.reading.quota, left.reading.remaining), (own, 19));
    let less = admitted(limits.api_key("l", 1, START, Some(quota(1, 1))));
    assert_eq!(less.reading.remaining, 0);
    assert_eq!(rejected(limits.api_key("l", 1, START, Some(quota(1, 1)))).retry_after, ms(60_000));
}

#[test]
fn a_run_of_refusals_is_told_once_and_summed_up_at_its_end() {
    let limits = limits();
    assert_eq!(count(&limits, v4(1), 5, START), 5);
    assert!(rejected(limits.address(v4(1), 1, START)).first);
    for _ in 0..9 {
        assert!(!rejected(limits.address(v4(1), 1, START)).first);
    }
    // At its bound, one passes now and then; that is still the same run.
    assert_eq!(admitted(limits.address(v4(1), 1, START + ms(1_000))).refused, 0);
    assert!(!rejected(limits.address(v4(1), 1, START + ms(1_000))).first);
    // Half of the burst came back: the run is over.
    assert_eq!(admitted(limits.address(v4(1), 1, START + ms(3_499))).refused, 0);
    assert_eq!(admitted(limits.address(v4(1), 1, START + ms(4_500))).refused, 11);
    assert_eq!(admitted(limits.address(v4(1), 1, START + ms(4_500))).refused, 0);
    assert!(rejected(limits.address(v4(1), 1, START + ms(4_500))).first, "the next one begins");
    assert!(!rejected(limits.address(v4(1), 1, START + ms(4_500))).first);
}

#[test]
fn a_run_ends_for_a_key_that_has_one_at_once() {
    let limits = Limits::new(&LimitSettings { user: Some(quota(60, 1)), ..settings() }, [7; 16]);
    admitted(limits.user("a", 1, START));
    assert!(rejected(limits.user("a", 1, START)).first);
    assert_eq!(admitted(limits.user("a", 1, START + ms(1_000))).refused, 1);
    assert!(rejected(limits.user("a", 1, START + ms(1_000))).first);
}

#[test]
fn in_shadow_mode_all_is_counted_and_nothing_enforced() {
    let limits = Limits::new(&LimitSettings { shadow: true, ..settings() }, [7; 16]);
    assert_eq!(count(&limits, v4(1), 20, START), 5);
    let decision = limits.address(v4(1), 1, START);
    assert!(rejected(decision).shadow && !rejected(decision).first);
    assert_eq!((decision.enforced(), decision.reading()), (None, None));
    assert_eq!(limits.refused(Scope::Address), 16);
    limits.replace_settings(&settings());
    let decision = limits.address(v4(1), 1, START);
    assert!(!rejected(decision).shadow && decision.enforced().is_some());
    assert_eq!(decision.reading().map(|reading| reading.remaining), Some(0));
}

#[test]
fn what_is_switched_off_is_not_counted() {
    let off = Limits::new(&LimitSettings { enabled: false, ..settings() }, [7; 16]);
    for _ in 0..10 {
        assert_eq!(off.address(v4(1), 1, START), Decision::Uncounted);
        assert_eq!(off.api_key("k", 1, START, Some(quota(1, 1))), Decision::Uncounted);
    }
    let some = LimitSettings { user: None, api_key: None, ..settings() };
    let limits = Limits::new(&some, [7; 16]);
    assert_eq!(limits.user("a", 1, START), Decision::Uncounted);
    assert_eq!(limits.api_key("k", 1, START, None), Decision::Uncounted);
    // What a key itself was given holds in any case.
    admitted(limits.api_key("k", 1, START, Some(quota(1, 1))));
    let _ = rejected(limits.api_key("k", 1, START, Some(quota(1, 1))));
}

#[test]
fn other_settings_take_effect_and_what_was_used_stays_used() {
    let limits = limits();
    assert_eq!(count(&limits, v4(1), 5, START), 5);
    limits.replace_settings(&LimitSettings { address: Some(quota(60, 8)), ..settings() });
    assert_eq!(count(&limits, v4(1), 5, START), 3);
    limits.replace_settings(&LimitSettings { address: Some(quota(1, 1_440)), ..settings() });
    limits.charge(Subject::Address(v4(1)), 1_440, START);
    // A day of it is cut to what the smaller quota knows, and does not come back.
    limits.replace_settings(&settings());
    assert_eq!(rejected(limits.address(v4(1), 1, START)).retry_after, ms(61_000));
    assert!(is_admitted(limits.address(v4(1), 1, START + ms(61_000))));
}

#[test]
fn nothing_comes_back_while_time_stands_still_and_no_more_than_the_burst_however_far_it_jumps() {
    let limits = limits();
    let year = Duration::from_secs(365 * 86_400);
    for now in [Duration::ZERO, START, year, 60 * year, 150 * year, Duration::MAX] {
        assert_eq!(count(&limits, v4(1), 1_000, now), 5, "{now:?}");
        assert_eq!(count(&limits, v6(1), 1_000, now), 5, "{now:?}");
        // All is back in time, there too.
        let later = now.saturating_add(ms(5_000));
        if later < Duration::MAX {
            assert_eq!(count(&limits, v4(1), 1_000, later), 5, "{now:?}");
        }
    }
}

#[test]
fn a_thread_whose_clock_is_a_little_behind_gains_nothing() {
    let limits = limits();
    assert_eq!(count(&limits, v4(1), 5, START), 5);
    assert_eq!(count(&limits, v4(1), 5, START.saturating_sub(ms(3))), 0);
    assert_eq!(
        rejected(limits.address(v4(1), 1, START.saturating_sub(ms(3)))).retry_after,
        ms(1_003)
    );
}
