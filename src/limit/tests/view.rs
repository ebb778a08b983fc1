//! What an operator sees.

use super::*;
use crate::limit::{Scope, Subject};

#[test]
fn those_who_use_most_come_first_with_their_names() {
    let limits = limits();
    let _ = count(&limits, ip("192.0.2.1"), 2, START);
    let _ = count(&limits, ip("2001:db8:1:2::3"), 3, START);
    for _ in 0..4 {
        admitted(limits.user("border-post-7", 1, START));
    }
    limits.charge(Subject::ApiKey("k1", None), 10, START);
    let _ = rejected(limits.api_key("k1", 1, START, None));
    limits.authenticated(ip("198.51.100.1"), START);
    admitted(limits.connection(ip("198.51.100.1"), START));
    let seen: Vec<_> = limits
        .top(10, START)
        .into_iter()
        .map(|top| (top.scope, top.key, top.used, top.refused, top.known))
        .collect();
    let row =
        |scope, key: &str, used, refused, known| (scope, key.to_owned(), used, refused, known);
    assert_eq!(
        seen,
        [
            row(Scope::ApiKey, "k1", 200, 1, false),
            row(Scope::User, "border-post-7", 80, 0, false),
            row(Scope::Address, "2001:db8:1:2::/64", 60, 0, false),
            row(Scope::Address, "192.0.2.1", 40, 0, false),
            row(Scope::Connection, "198.51.100.1", 20, 0, true),
        ]
    );
    assert_eq!(limits.top(2, START).len(), 2);
    assert_eq!(limits.top(2, START)[0].key, "k1");
    assert!(limits.top(0, START).is_empty());
    assert!(limits.top(10, START + ms(60_000)).is_empty(), "what has come back is not shown");
}

#[test]
fn the_most_used_are_found_among_many() {
    let limits = limits();
    for number in 0..500 {
        let _ = limits.address(v4(number), 1 + number % 4, START);
    }
    let _ = limits.address(v4(999), 5, START);
    let top = limits.top(3, START);
    assert_eq!((top[0].key.as_str(), top[0].used), ("0.0.3.231", 100));
    assert_eq!((top[1].used, top[2].used, top.len()), (80, 80, 3));
    assert!(limits.top(usize::MAX, START).len() <= 1_000);
}

#[test]
fn a_key_is_measured_by_its_own_quota() {
    let limits = limits();
    for _ in 0..5 {
        admitted(limits.api_key("k", 1, START, Some(quota(60, 20))));
    }
    assert_eq!(limits.top(1, START)[0].used, 25);
    let none = Limits::new(&LimitSettings { api_key: None, ..settings() }, [7; 16]);
    admitted(none.api_key("k", 1, START, Some(quota(60, 20))));
    assert_eq!(none.top(1, START)[0].used, 5);
}

#[test]
fn names_of_up_to_64_bytes_are_shown_and_longer_ones_by_a_hash() {
    let limits = limits();
    for length in [1, 8, 63, 64, 65, 1_000] {
        let name = "n".repeat(length);
        admitted(limits.user(&name, 5, START));
        let _ = rejected(limits.user(&name, 1, START));
        let seen = limits.top(10, START);
        assert_eq!(seen.iter().any(|top| top.key == name), length <= 64, "{length}");
    }
    let hashes: Vec<_> =
        limits.top(10, START).into_iter().filter(|top| top.key.starts_with('#')).collect();
    assert!(hashes.len() == 2 && hashes.iter().all(|top| top.key.len() == 17), "{hashes:?}");
    assert_eq!(count_users(&limits), 6);
}

fn count_users(limits: &Limits) -> usize {
    limits.top(100, START).iter().filter(|top| top.scope == Scope::User).count()
}

#[test]
fn a_slot_that_changes_hands_shows_the_name_of_its_new_owner() {
    let limits =
        Limits::new(&LimitSettings { entries: 15.try_into().unwrap(), ..settings() }, [7; 16]);
    for number in 0..15_u64 {
        for key in 0..15 {
            admitted(limits.user(&format!("name-{number}-{key}"), 1, START + ms(number * 1_000)));
        }
        let seen = limits.top(100, START + ms(number * 1_000));
        let prefix = format!("name-{number}-");
        assert!(
            seen.len() == 15 && seen.iter().all(|top| top.key.starts_with(&prefix)),
            "{seen:?}"
        );
    }
}

#[test]
fn wider_networks_and_shared_cells_are_shown_as_what_they_are() {
    let limits = limits();
    let net = 0x2001_0db8_0000_0000;
    for host in 0..5 {
        let _ = count(&limits, v6(net + host), 1, START);
    }
    for host in 1..20 {
        let _ = count(&limits, v6(net + host * 256), 1, START);
    }
    let keys: Vec<String> = limits.top(100, START).into_iter().map(|top| top.key).collect();
    for key in ["2001:db8::/64", "2001:db8::/56", "2001:db8::/48"] {
        assert!(keys.contains(&key.to_owned()), "{key}: {keys:?}");
    }
    let small =
        Limits::new(&LimitSettings { entries: 15.try_into().unwrap(), ..settings() }, [7; 16]);
    for address in 0..20 {
        let _ = count(&small, v4(address), 1, START);
    }
    assert_eq!(small.top(1, START)[0].key, "*");
    assert_eq!(small.top(1, START)[0].used, 100);
}
