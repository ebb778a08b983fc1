//! Making, replacing and withdrawing.

use super::*;
use crate::entropy::{Entropy, NoEntropy};

fn rotate(keys: &ApiKeys, id: KeyId, grace: u64, now: UnixTime) -> Result<Made, ChangeError> {
    let mut change = keys.change(now);
    let grace = Duration::from_secs(grace);
    let made = change.rotate(id, grace, manager(), &SystemEntropy::new())?;
    change.commit().unwrap();
    Ok(made)
}

fn cannot(keys: &ApiKeys, asked: Asked, manager: Manager<'_>) -> ChangeError {
    keys.change(NOW).create(asked, manager, &SystemEntropy::new()).unwrap_err()
}

#[test]
fn nobody_makes_a_key_that_may_do_more_than_they() {
    let rig = Rig::new("held");
    let keys = rig.load();
    let held = [Permission::ApiKeyManage, Permission::TrustQuery].into_iter().collect();
    let small = Manager { name: "small", held };
    let more: Permissions = [Permission::TrustQuery, Permission::AuditRead].into_iter().collect();
    let missing = std::iter::once(Permission::AuditRead).collect();
    let wanted = Asked { permissions: more, ..asked() };
    assert_eq!(cannot(&keys, wanted.clone(), small), ChangeError::NotHeld(missing));
    assert_eq!(keys.list(NOW).len(), 0);
    // Nor do they come by one that somebody else made.
    let (_, id, _) = create(&keys, wanted);
    let mut change = keys.change(NOW);
    let rotated = change.rotate(id, Duration::ZERO, small, &SystemEntropy::new());
    assert_eq!(rotated.unwrap_err(), ChangeError::NotHeld(missing));
    drop(change);
    let mut change = keys.change(NOW);
    assert!(change.create(asked(), small, &SystemEntropy::new()).is_ok());
}

#[test]
fn a_key_permits_something_ends_and_names_few_networks() {
    let rig = Rig::new("asked");
    let keys = rig.load();
    let with = |change: &dyn Fn(&mut Asked)| {
        let mut asked = asked();
        change(&mut asked);
        cannot(&keys, asked, manager())
    };
    assert_eq!(
        with(&|asked| asked.permissions = Permissions::default()),
        ChangeError::NoPermissions
    );
    for at in [NOW, NOW.plus(-1), NOW.plus(365 * DAY + 1)] {
        assert_eq!(with(&|asked| asked.expires = at), ChangeError::Lifetime);
    }
    let networks = vec!["10.0.0.0/8".parse().unwrap(); 9];
    assert_eq!(with(&|asked| asked.networks.clone_from(&networks)), ChangeError::Networks);
    create(&keys, Asked { expires: NOW.plus(365 * DAY), ..asked() });
}

#[test]
fn what_is_not_committed_has_not_happened() {
    let rig = Rig::new("draft");
    let keys = rig.load();
    let mut change = keys.change(NOW);
    let made = change.create(asked(), manager(), &SystemEntropy::new()).unwrap();
    drop(change);
    let unknown = ApiKeyError::Unknown(made.key.id());
    assert_eq!(refused(&keys, made.key.expose(), NOW), unknown);
    assert!(rig.folder.read("api-keys").unwrap().is_none());
}

#[test]
fn a_key_that_was_replaced_is_taken_until_its_grace_is_over_and_the_new_one_is_like_it() {
    let rig = Rig::new("grace");
    let keys = rig.load();
    let networks = vec!["192.0.2.0/24".parse().unwrap()];
    let (old, id, _) = create(&keys, Asked { networks, ..asked() });
    assert!(keys.authenticate(&old, here(), NOW.plus(5)).is_ok());
    let later = NOW.plus(DAY);
    let made = rotate(&keys, id, 600, later).unwrap();
    let previous = made.previous.unwrap();
    assert_eq!(previous.record.state, KeyState::Rotating { until: later.plus(600) });
    assert_eq!(previous.last_use.map(|last| last.at), Some(NOW.plus(5)));
    let (before, after) = (&previous.record, &made.view.record);
    assert_eq!(
        (&after.name, &after.owner, after.permissions, &after.networks, after.limit),
        (&before.name, &before.owner, before.permissions, &before.networks, before.limit)
    );
    assert_eq!((after.created, after.expires), (later, later.plus(90 * DAY)));
    assert_eq!((before.successor, after.predecessor), (Some(after.id), Some(id)));
    for keys in [&keys, &rig.load()] {
        assert!(keys.authenticate(&old, here(), later.plus(599)).is_ok());
        assert_eq!(refused(keys, &old, later.plus(600)), ApiKeyError::Rotated(id));
        assert!(keys.authenticate(made.key.expose(), here(), later.plus(600)).is_ok());
    }
}

#[test]
fn without_grace_the_old_key_ends_at_once_and_no_grace_outlives_it() {
    let rig = Rig::new("no-grace");
    let keys = rig.load();
    let (old, id, _) = create(&keys, asked());
    let _ = rotate(&keys, id, 0, NOW).unwrap();
    assert_eq!(refused(&keys, &old, NOW), ApiKeyError::Rotated(id));
    let (_, id, _) = create(&keys, Asked { expires: NOW.plus(100), ..asked() });
    let made = rotate(&keys, id, 600, NOW).unwrap();
    let until = KeyState::Rotating { until: NOW.plus(100) };
    assert_eq!(made.previous.unwrap().record.state, until);
}

#[test]
fn only_a_key_in_use_is_replaced_and_only_once() {
    let rig = Rig::new("once");
    let keys = rig.load();
    let (_, id, _) = create(&keys, asked());
    let not = |standing| Some(ChangeError::NotInUse(standing));
    assert_eq!(rotate(&keys, id, u64::MAX, NOW).err(), Some(ChangeError::Grace));
    assert_eq!(rotate(&keys, id, 60, NOW.plus(90 * DAY)).err(), not(Standing::Expired));
    let _ = rotate(&keys, id, 60, NOW).unwrap();
    assert_eq!(rotate(&keys, id, 60, NOW).err(), not(Standing::Rotating));
    assert_eq!(rotate(&keys, id, 60, NOW.plus(60)).err(), not(Standing::Rotated));
    let unknown = "000000000000".parse().unwrap();
    assert_eq!(rotate(&keys, unknown, 60, NOW).err(), Some(ChangeError::Unknown));
}

#[test]
fn a_revoked_key_is_not_taken_and_what_was_remembered_of_it_does_not_hold() {
    let rig = Rig::new("revoked");
    let keys = rig.load();
    let (text, id, _) = create(&keys, asked());
    let (bystander, other, _) = create(&keys, asked());
    let known = keys.authenticate(&text, here(), NOW).unwrap().generation;
    let bystanders = keys.authenticate(&bystander, here(), NOW).unwrap().generation;
    assert_eq!(keys.still_holds(id, known, here(), NOW), Ok(()));
    let mut change = keys.change(NOW.plus(9));
    let view = change.revoke(id, "uid:0").unwrap().unwrap();
    assert_eq!(view.record.state, KeyState::Revoked { at: NOW.plus(9), by: "uid:0".into() });
    change.commit().unwrap();
    assert_eq!(refused(&keys, &text, NOW), ApiKeyError::Revoked(id));
    assert_eq!(refused(&rig.load(), &text, NOW), ApiKeyError::Revoked(id));
    assert_eq!(keys.still_holds(id, known, here(), NOW), Err(ApiKeyError::Revoked(id)));
    // The others' is not forgotten for it.
    assert_eq!(keys.still_holds(other, bystanders, here(), NOW), Ok(()));
    assert!(keys.change(NOW.plus(10)).revoke(id, "somebody").unwrap().is_none(), "once");
    assert_eq!(rotate(&keys, id, 0, NOW).err(), Some(ChangeError::NotInUse(Standing::Revoked)));
}

#[test]
fn what_was_remembered_holds_for_no_longer_than_the_key_and_not_from_before_it() {
    let rig = Rig::new("memo");
    let keys = rig.load();
    let (text, id, _) = create(&keys, asked());
    let known = keys.authenticate(&text, here(), NOW).unwrap().generation;
    let ends = NOW.plus(90 * DAY);
    assert_eq!(keys.still_holds(id, known, here(), ends), Err(ApiKeyError::Expired(id)));
    assert_eq!(keys.still_holds(id, known - 1, here(), NOW), Err(ApiKeyError::Stale(id)));
    assert_eq!(keys.still_holds(id, known + 1, here(), NOW), Err(ApiKeyError::Stale(id)));
    let _ = rotate(&keys, id, 60, NOW).unwrap();
    assert_eq!(keys.still_holds(id, known, here(), NOW), Err(ApiKeyError::Stale(id)));
    let again = keys.authenticate(&text, here(), NOW).unwrap().generation;
    assert_eq!(keys.still_holds(id, again, here(), NOW.plus(59)), Ok(()));
    let over = keys.still_holds(id, again, here(), NOW.plus(60));
    assert_eq!(over, Err(ApiKeyError::Rotated(id)));
}

#[test]
fn a_full_store_takes_another_key_only_in_the_place_of_one_that_is_over() {
    let mut rig = Rig::new("full");
    rig.settings.max_keys = 3;
    let keys = rig.load();
    let made: Vec<KeyId> = (0..3).map(|_| create(&keys, asked()).1).collect();
    assert_eq!(cannot(&keys, asked(), manager()), ChangeError::Full);
    assert_eq!(rotate(&keys, made[0], 0, NOW).err(), Some(ChangeError::Full));
    for (at, id) in [(5, made[1]), (3, made[2])] {
        let mut change = keys.change(NOW.plus(at));
        change.revoke(id, "uid:0").unwrap();
        change.commit().unwrap();
    }
    let (_, new, _) = create(&keys, asked());
    let left: Vec<KeyId> = keys.list(NOW).iter().map(|view| view.record.id).collect();
    assert_eq!(left.len(), 3);
    assert!(!left.contains(&made[2]), "the one that was over first");
    assert!([made[0], made[1], new].iter().all(|id| left.contains(id)));
}

#[test]
fn as_many_keys_as_there_may_be_as_large_as_they_may_be_fit_into_one_file() {
    let rig = Rig::new("largest");
    let keys = rig.load();
    let longest = Asked {
        name: "\"".repeat(64).parse().unwrap(),
        owner: "o".repeat(64).parse().unwrap(),
        permissions: all(),
        networks: vec!["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff".parse().unwrap(); 8],
        ..asked()
    };
    let mut change = keys.change(NOW);
    let by = Manager { name: &"b".repeat(64), held: all() };
    let made = change.create(longest, by, &SystemEntropy::new()).unwrap();
    let record = KeyRecord {
        limit: Some(KeyLimit {
            requests_per_minute: u32::MAX.try_into().unwrap(),
            burst: u32::MAX.try_into().unwrap(),
        }),
        state: KeyState::Revoked { at: NOW, by: "b".repeat(64).into() },
        successor: Some(made.key.id()),
        predecessor: Some(made.key.id()),
        pepper: u32::MAX,
        ..(*made.view.record).clone()
    };
    let one = document::write_keys(std::iter::once(&record)).expose().len();
    assert!(one * settings::MOST_KEYS <= 16 * 1024 * 1024, "{one}");
}

#[test]
fn two_who_make_keys_at_once_both_have_one() {
    let rig = Rig::new("two");
    let keys = rig.load();
    let made: Vec<(String, KeyId, Stamp)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..5).map(|_| create(&keys, asked())).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let again = rig.load();
    assert_eq!(again.list(NOW).len(), 20);
    for (text, ..) in &made {
        assert!(again.authenticate(text, here(), NOW).is_ok());
    }
    let mut generations: Vec<u64> = made.iter().map(|(_, _, stamp)| stamp.generation).collect();
    generations.sort_unstable();
    assert_eq!(generations, (1..=20).collect::<Vec<u64>>());
}

/// A store whose disk is full.
#[derive(Debug)]
struct Broken;

impl KeyStore for Broken {
    fn load(&self, _: Document) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError> {
        Ok(None)
    }

    fn save(&self, document: Document, _: &Secret<Vec<u8>>) -> Result<Stamp, KeyStoreError> {
        Err(KeyStoreError::Damaged { document, what: "no room".to_owned() })
    }
}

#[test]
fn what_cannot_be_saved_is_not_in_force() {
    let peppers = Peppers::new(1, &Secret::new([7; 32]));
    let keys = ApiKeys::load(ApiKeySettings::default(), peppers, Box::new(Broken)).unwrap();
    let mut change = keys.change(NOW);
    let made = change.create(asked(), manager(), &SystemEntropy::new()).unwrap();
    assert!(change.commit().is_err());
    assert!(matches!(refused(&keys, made.key.expose(), NOW), ApiKeyError::Unknown(_)));
}

#[derive(Debug)]
struct Dry;

impl Entropy for Dry {
    fn fill(&self, _: &mut [u8]) -> Result<(), NoEntropy> {
        Err(NoEntropy)
    }
}

#[test]
fn without_chance_there_is_no_key() {
    let rig = Rig::new("dry");
    let keys = rig.load();
    let made = keys.change(NOW).create(asked(), manager(), &Dry);
    assert_eq!(made.unwrap_err(), ChangeError::Entropy);
}
