//! A million addresses at once.
#![expect(clippy::arithmetic_side_effects, reason = "a test")]

use super::*;

/// The settings as they are by default.
fn flooded() -> Limits {
    Limits::new(&LimitSettings::default(), [7; 16])
}

const SLOTS: usize = 4_370 * 15;
const BUCKETS: usize = 4_370;

#[test]
fn a_million_ipv4_addresses_take_no_memory_and_nothing_from_known_ones() {
    storm(|number| v4(number.wrapping_mul(2_654_435_761)), |known| v4(0xC000_0000 + known));
}

#[test]
fn a_million_ipv6_networks_take_no_memory_and_nothing_from_known_ones() {
    storm(
        |number| v6(0x2001_0000_0000_0000 | u64::from(number) << 16),
        |known| v6(0x2001_0db8_0000_0000 | u64::from(known)),
    );
}

/// A million strangers, each with a request and a failure, and then again, while a hundred known sources want 16 each
/// second, which is nearly all they may have.
fn storm(stranger: impl Fn(u32) -> IpAddr, known: impl Fn(u32) -> IpAddr) {
    let limits = flooded();
    let before = limits.memory_bytes();
    for number in 0..100 {
        limits.authenticated(known(number), START);
    }
    let (mut strangers, mut served) = (0, 0);
    for number in 0..1_000_000 {
        let now = START + Duration::from_micros(u64::from(number));
        strangers += count(&limits, stranger(number), 1, now);
        let _ = limits.failed(stranger(number), None, now);
        if number % 62_500 == 0 {
            for one in 0..100 {
                served += count(&limits, known(one), 1, now);
            }
        }
    }
    assert_eq!(served, 1_600, "known sources have their full rate");
    assert_eq!(limits.memory_bytes(), before);
    // The flood took a second: each slot and each shared cell gives its burst, and a second's rate, at the most.
    let most = (SLOTS + BUCKETS) * (100 + 17);
    assert!(strangers <= most);
    assert!(limits.crowded() > 0, "the tables were full");
    // From here on those who found no room have nothing left: a second flood at the same instant gets next to nothing.
    let now = START + Duration::from_secs(1);
    let some = (0..1_000_000).step_by(8);
    let again: usize = some.map(|number| count(&limits, stranger(number), 1, now)).sum();
    assert!(again < strangers / 16, "{again} of {strangers}");
    let all: usize = (0..100).map(|one| count(&limits, known(one), 200, now)).sum();
    assert_eq!(all, 100 * (100 - 16 + 16), "known sources have their full burst");
}

#[test]
fn what_finds_its_bucket_full_is_never_unlimited() {
    let limits =
        Limits::new(&LimitSettings { entries: 15.try_into().unwrap(), ..settings() }, [7; 16]);
    for address in 0..15 {
        assert_eq!(count(&limits, v4(address), 9, START), 5);
    }
    // One bucket, and it is full: all others have one quota together.
    let rest: usize = (15..10_000).map(|address| count(&limits, v4(address), 3, START)).sum();
    assert_eq!(rest, 5);
    let rest: usize = (15..10_000).map(|at| count(&limits, v4(at), 3, START + ms(2_000))).sum();
    assert_eq!(rest, 2);
    assert_eq!(limits.crowded(), 2 * 3 * 9_985);
    // Who was there before has what it had.
    assert_eq!(count(&limits, v4(3), 9, START + ms(2_000)), 2);
    // When what they used has come back, the slots are free for others.
    assert_eq!(count(&limits, v4(9_999), 9, START + ms(7_000)), 5);
    assert_eq!(count(&limits, v4(9_998), 9, START + ms(7_000)), 5);
}

#[test]
fn what_is_charged_to_a_full_bucket_is_charged_to_all_who_share_it() {
    let limits =
        Limits::new(&LimitSettings { entries: 15.try_into().unwrap(), ..settings() }, [7; 16]);
    for address in 0..15 {
        assert_eq!(count(&limits, v4(address), 9, START), 5);
    }
    let _ = limits.failed(v4(100), None, START);
    assert_eq!(count(&limits, v4(101), 9, START), 0);
}

#[test]
fn one_family_of_addresses_or_names_cannot_crowd_out_another() {
    let limits = limits();
    for number in 0..20_000_u32 {
        let _ = count(&limits, v4(number), 1, START);
        let _ = limits.user(&format!("user-{number}"), 1, START);
    }
    let crowded = limits.crowded();
    assert!(crowded > 0);
    for number in 0..20 {
        assert_eq!(count(&limits, v6(number << 16), 9, START), 5);
        assert!((0..5).all(|_| is_admitted(limits.api_key(&format!("k{number}"), 1, START, None))));
        assert!(
            (0..5).all(|_| is_admitted(limits.connection(v4(number.try_into().unwrap()), START)))
        );
    }
    assert_eq!(limits.crowded(), crowded);
}

#[test]
fn the_memory_is_what_the_settings_say() {
    let bytes = flooded().memory_bytes();
    assert!((170 * 65_536..190 * 65_536).contains(&bytes), "{bytes}");
    let most = LimitSettings { entries: 1_024.try_into().unwrap(), ..settings() };
    assert!(Limits::new(&most, [7; 16]).memory_bytes() < 256 * 1_024);
}

#[test]
fn another_seed_makes_other_neighbours() {
    // Addresses that fill one bucket under one seed are scattered under another.
    let crowd = |seed: u8, addresses: &[u32]| {
        let limits = Limits::new(&settings(), [seed; 16]);
        let found = addresses.iter().filter(|address| {
            let before = limits.crowded();
            let _ = limits.address(v4(**address), 5, START);
            limits.crowded() > before
        });
        found.copied().collect::<Vec<u32>>()
    };
    let all: Vec<u32> = (0..2_000).collect();
    let chosen: Vec<u32> = crowd(1, &all).into_iter().take(300).collect();
    assert_eq!(chosen.len(), 300);
    assert!(crowd(2, &chosen).len() < 30, "{}", crowd(2, &chosen).len());
}
