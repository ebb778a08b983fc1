//! What becomes of uses.

use super::*;

#[test]
fn uses_are_written_once_a_minute_where_there_were_any_and_never_by_a_request() {
    let rig = Rig::new("uses");
    let keys = rig.load();
    let (text, id, _) = create(&keys, asked());
    let (_, unused, _) = create(&keys, asked());
    assert!(keys.flush(NOW).unwrap().is_none(), "nothing was used");
    for _ in 0..1_000 {
        let _ = keys.authenticate(&text, here(), NOW.plus(1)).unwrap();
    }
    assert!(rig.folder.read("api-key-use").unwrap().is_none());
    assert!(keys.flush(NOW.plus(59)).unwrap().is_none(), "not yet");
    let stamp = keys.flush(NOW.plus(60)).unwrap().unwrap();
    assert_eq!((&*stamp.name, stamp.generation), ("api-key-use", 1));
    assert!(keys.flush(NOW.plus(120)).unwrap().is_none(), "nothing was used since");
    let again = rig.load();
    let view = again.get(id, NOW).unwrap();
    assert_eq!(view.uses, 1_000);
    let last = view.last_use.unwrap();
    assert_eq!((last.at, last.network.to_string().as_str()), (NOW.plus(1), "192.0.2.0/24"));
    let view = again.get(unused, NOW).unwrap();
    assert_eq!((view.uses, view.last_use), (0, None));
    // They go on from there.
    let known = again.authenticate(&text, here(), NOW.plus(70)).unwrap().generation;
    again.still_holds(id, known, here(), NOW.plus(80)).unwrap();
    assert_eq!(again.get(id, NOW).unwrap().uses, 1_002);
    assert!(again.flush_at_end().unwrap().is_some());
    assert_eq!(rig.load().get(id, NOW).unwrap().last_use.unwrap().at, NOW.plus(80));
}

#[test]
fn a_refused_key_is_no_use_and_a_clock_set_back_holds_nothing_up() {
    let rig = Rig::new("unused");
    let keys = rig.load();
    let (text, id, _) = create(&keys, asked());
    assert_eq!(refused(&keys, &text, NOW.plus(90 * DAY)), ApiKeyError::Expired(id));
    assert!(keys.flush_at_end().unwrap().is_none());
    let _ = keys.authenticate(&text, here(), NOW).unwrap();
    assert!(keys.flush(NOW.plus(DAY)).unwrap().is_some());
    let _ = keys.authenticate(&text, here(), NOW).unwrap();
    assert!(keys.flush(NOW).unwrap().is_some(), "a day earlier");
}

#[test]
fn uses_survive_a_change_of_the_key_that_happens_meanwhile() {
    let rig = Rig::new("meanwhile");
    let keys = rig.load();
    let (text, id, _) = create(&keys, asked());
    let mut change = keys.change(NOW);
    let _ = keys.authenticate(&text, here(), NOW).unwrap();
    change.revoke(id, "uid:0").unwrap();
    let _ = keys.authenticate(&text, here(), NOW).unwrap();
    change.commit().unwrap();
    assert_eq!(keys.get(id, NOW).unwrap().uses, 2);
}

#[test]
fn a_key_in_use_that_is_older_than_it_should_be_is_due_until_it_is_replaced() {
    let rig = Rig::new("due");
    let keys = rig.load();
    let (_, id, _) = create(&keys, Asked { expires: NOW.plus(200 * DAY), ..asked() });
    create(&keys, Asked { expires: NOW.plus(80 * DAY), ..asked() });
    let due = |at| keys.due(at).iter().map(|view| view.record.id).collect::<Vec<_>>();
    assert_eq!(due(NOW.plus(90 * DAY - 1)), []);
    assert_eq!(due(NOW.plus(90 * DAY)), [id], "and not what has ended");
    let mut change = keys.change(NOW.plus(91 * DAY));
    let entropy = SystemEntropy::new();
    let _ = change.rotate(id, Duration::from_secs(60), manager(), &entropy).unwrap();
    change.commit().unwrap();
    assert_eq!(due(NOW.plus(91 * DAY)), []);
}
