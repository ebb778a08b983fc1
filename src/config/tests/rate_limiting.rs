//! What limits can be set, and what is no limit.

use super::*;
use crate::limit::{LimitSettings, Quota};

fn quota(per_minute: u32, burst: u32) -> Quota {
    Quota::new(per_minute.try_into().unwrap(), burst.try_into().unwrap())
}

fn limits(yaml: &str) -> LimitSettings {
    Site::new(&format!("rate_limiting: {{{yaml}}}")).loaded().configuration.rate_limiting
}

#[test]
fn every_key_of_the_limits_has_its_effect() {
    let requests = Some(quota(60, 5));
    let default = LimitSettings::default();
    assert_eq!(
        limits("requests_per_minute: 60, burst_size: 5"),
        LimitSettings { address: requests, user: requests, api_key: requests, ..default.clone() }
    );
    let own = LimitSettings { connections: Some(quota(30, 3)), ..default.clone() };
    assert_eq!(limits("connections_per_minute: 30, connections_burst: 3"), own);
    let none = LimitSettings { connections: None, address: None, ..default.clone() };
    assert_eq!(limits("by_ip: false"), none);
    assert_eq!(limits("by_user: false"), LimitSettings { user: None, ..default.clone() });
    assert_eq!(limits("by_api_key: false"), LimitSettings { api_key: None, ..default });
    let other = limits(
        "failure_cost: 7, lockout_failures: 3, lockout_window_seconds: 60, lockout_seconds: 120, max_entries: 2048",
    );
    assert_eq!((other.failure_cost.get(), other.entries.get()), (7, 2_048));
    let lockout = other.lockout;
    assert_eq!((lockout.failures.get(), lockout.window.as_secs()), (3, 60));
    assert_eq!(lockout.length.as_secs(), 120);
}

#[test]
fn a_number_out_of_bounds_is_refused_and_the_bounds_are_not() {
    for (key, least, most) in [
        ("requests_per_minute", 1, 10_000_000),
        ("burst_size", 1, 1_000_000),
        ("connections_per_minute", 1, 10_000_000),
        ("connections_burst", 1, 1_000_000),
        ("failure_cost", 1, 10_000),
        ("lockout_failures", 1, 1_000),
        ("lockout_window_seconds", 1, 86_400),
        ("lockout_seconds", 1, 86_400),
        ("max_entries", 1_024, 1_048_576),
    ] {
        for good in [least, most] {
            let site = Site::new(&format!("rate_limiting: {{{key}: {good}}}"));
            assert!(site.faults().is_empty(), "{key}: {good}");
        }
        for bad in [least - 1, most + 1] {
            let site = Site::new(&format!("rate_limiting: {{{key}: {bad}}}"));
            let expected = format!("rate_limiting.{key}: {bad} is not within {least} to {most}");
            assert!(one_fault(&site).starts_with(&expected), "{}", one_fault(&site));
        }
    }
}

#[test]
fn a_burst_that_would_take_more_than_a_day_to_come_back_is_refused() {
    let site = |burst| {
        Site::new(&format!("rate_limiting: {{requests_per_minute: 10, burst_size: {burst}}}"))
    };
    assert!(site(14_400).faults().is_empty());
    let said = one_fault(&site(14_401));
    assert!(
        said.starts_with("rate_limiting.burst_size: 14401 at once") && said.contains("14400"),
        "{said}"
    );
}

#[test]
fn limits_that_count_by_nothing_are_refused_and_those_that_refuse_nobody_are_told() {
    let nothing = Site::new("rate_limiting: {by_ip: false, by_user: false, by_api_key: false}");
    assert!(one_fault(&nothing).starts_with("rate_limiting.by_ip: limits that count by nothing"));
    let shadow = Site::new("rate_limiting: {shadow: true}");
    assert!(shadow.warned_of().contains(&"rate_limiting.shadow".to_owned()));
    assert!(shadow.loaded().configuration.rate_limiting.shadow);
    assert!(!Site::new("").warned_of().contains(&"rate_limiting.shadow".to_owned()));
}
