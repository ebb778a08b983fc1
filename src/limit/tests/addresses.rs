//! Who counts as the same source, and who is known.

use super::*;
use crate::limit::addresses::{KNOWN_FOR, MOST_OF_48, MOST_OF_56};

#[test]
fn an_ipv4_address_in_ipv6_form_is_the_same_source() {
    let limits = limits();
    assert_eq!(count(&limits, ip("192.0.2.1"), 3, START), 3);
    assert_eq!(count(&limits, ip("::ffff:192.0.2.1"), 9, START), 2);
    assert_eq!(count(&limits, ip("::ffff:192.0.2.2"), 9, START), 5);
}

#[test]
fn all_of_an_ipv6_64_is_one_source() {
    let limits = limits();
    assert_eq!(count(&limits, ip("2001:db8::1"), 3, START), 3);
    assert_eq!(count(&limits, ip("2001:db8::ffff:ffff:ffff:ffff"), 9, START), 2);
    assert_eq!(count(&limits, ip("2001:db8:0:1::1"), 9, START), 5);
}

#[test]
fn the_addresses_of_all_zeros_and_all_ones_are_sources_like_others() {
    let limits = limits();
    for address in ["0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff::"] {
        assert_eq!(count(&limits, ip(address), 9, START), 5, "{address}");
        limits.authenticated(ip(address), START);
        assert_eq!(count(&limits, ip(address), 9, START), 0, "{address}");
    }
}

#[test]
fn the_64s_of_a_56_are_counted_together_once_many_of_them_are_live() {
    let limits = limits();
    let net = 0x2001_0db8_0000_0100;
    for host in 0..4 {
        assert_eq!(count(&limits, v6(net + host), 9, START), 5);
    }
    assert_eq!(MOST_OF_56, 4);
    let rest: usize = (4..256).map(|host| count(&limits, v6(net + host), 1, START)).sum();
    assert_eq!(rest, 5, "the rest of the /56 has one quota");
    assert_eq!(count(&limits, v6(net + 0x100), 9, START), 5, "its neighbour has its own");
    // Once the first have their quota back, there is room again.
    assert_eq!(count(&limits, v6(net + 77), 9, START + ms(5_000)), 5);
}

#[test]
fn a_56_gets_no_quota_of_its_own_where_its_48_has_all_of_them() {
    let limits = limits();
    let net = 0x2001_0db8_0007_0000;
    for host in [0, 1, 2, 3, 0x100, 0x101, 0x102, 0x103] {
        assert_eq!(count(&limits, v6(net + host), 9, START), 5);
    }
    let rest: usize = [4, 5, 0x104, 0x105, 0x200]
        .iter()
        .map(|host| count(&limits, v6(net + host), 2, START))
        .sum();
    assert_eq!(rest, 5);
}

#[test]
fn a_48_has_at_most_nine_quotas_however_its_addresses_are_chosen() {
    let limits = limits();
    let net = 0x2001_0db8_0007_0000;
    let (mut admitted, seconds) = (0, 20);
    for round in 0..seconds * 10 {
        let now = START + ms(round * 100);
        for host in 0..400 {
            // All over the /48, then all in one /56, then one after another.
            let spread = [host * 163, host % 256, round * 400 + host];
            for at in spread {
                admitted += count(&limits, v6(net + at % 65_536), 1, now);
            }
        }
    }
    let most = (MOST_OF_48 + 1) * (5 + usize::try_from(seconds).unwrap());
    assert!(admitted <= most, "{admitted} of {most}");
    assert!(admitted > most / 2, "but the quotas are given: {admitted} of {most}");
    assert_eq!(count(&limits, v6(net + 0x1_0000), 9, START), 5, "another /48 has its own");
}

#[test]
fn a_source_that_becomes_known_takes_along_what_it_used() {
    let limits = limits();
    for address in [v4(9), v6(0x2001_0db8_0000_0009)] {
        assert_eq!(count(&limits, address, 4, START), 4);
        limits.authenticated(address, START);
        assert_eq!(count(&limits, address, 9, START), 1);
        limits.authenticated(address, START);
        assert_eq!(count(&limits, address, 9, START), 0);
    }
}

#[test]
fn a_known_source_among_an_ipv6_crowd_has_its_own_quota() {
    let limits = limits();
    let net = 0x2001_0db8_0003_0000;
    limits.authenticated(v6(net), START);
    for host in 1..500 {
        let _ = count(&limits, v6(net + host), 9, START);
    }
    assert_eq!(count(&limits, v6(net), 9, START), 5);
    // The one that comes to be known in the crowd does not pay for the crowd.
    limits.authenticated(v6(net + 499), START);
    assert_eq!(count(&limits, v6(net + 499), 9, START), 5);
}

#[test]
fn a_source_is_known_for_a_day_after_it_last_authenticated() {
    let limits = limits();
    let known = |now| limits.top(10, now).first().is_some_and(|top| top.known);
    limits.authenticated(v4(1), START);
    for (now, expected) in [
        (START, true),
        (START + KNOWN_FOR.saturating_sub(ms(1_000)), true),
        (START + KNOWN_FOR, false),
    ] {
        let _ = count(&limits, v4(1), 1, now);
        assert_eq!(known(now), expected, "{now:?}");
    }
    limits.authenticated(v4(1), START + KNOWN_FOR);
    let _ = count(&limits, v4(1), 1, START + KNOWN_FOR + ms(10_000));
    assert!(known(START + KNOWN_FOR + ms(10_000)));
}

#[test]
fn known_sources_make_room_for_others_that_authenticate_and_only_when_long_gone() {
    let limits = limits();
    let known = |now| limits.top(1_000, now).iter().filter(|top| top.known).count();
    let (later, all) = (START + Duration::from_secs(601), 20_000..20_600);
    for address in 0..600 {
        limits.authenticated(v4(address), START);
    }
    let first: usize = (0..600).map(|address| count(&limits, v4(address), 1, START)).sum();
    let held = known(START);
    assert_eq!(first, 600);
    assert!((200..=270).contains(&held), "one slot in four is for known ones: {held}");
    for address in all.clone() {
        limits.authenticated(v4(address), START + ms(9_000));
    }
    let _: usize = all.clone().map(|at| count(&limits, v4(at), 1, START + ms(9_000))).sum();
    let others = known(START + ms(9_000));
    assert!(others <= 270 - held, "they find only what the first left free: {others}");
    for address in all.clone() {
        limits.authenticated(v4(address), later);
    }
    let _: usize = all.map(|at| count(&limits, v4(at), 1, later)).sum();
    assert!((200..=270).contains(&known(later)), "they took over: {}", known(later));
}
