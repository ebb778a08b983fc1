use super::*;
use crate::clock::SystemClock;
use std::sync::mpsc;
use std::thread;

const SOON: Duration = Duration::from_secs(20);

type Reports = Arc<Mutex<Vec<Ended>>>;

fn supervisor() -> (Supervisor, Reports) {
    let reports = Reports::default();
    let kept = Arc::clone(&reports);
    let report = move |ended: &Ended| kept.lock().unwrap().push(ended.clone());
    (Supervisor::new(Arc::new(SystemClock::new()), report), reports)
}

/// Ends when asked.
fn obedient() -> impl FnOnce(Life) + Send + 'static {
    |life| {
        life.stop.wait_for_reason();
    }
}

#[test]
fn a_thread_has_its_name_a_stop_and_a_pulse_and_ends_when_asked() {
    let (mut supervisor, reports) = supervisor();
    let group = supervisor.group();
    let (tell, told) = mpsc::channel();
    let body = move |life: Life| {
        tell.send(thread::current().name().unwrap().to_owned()).unwrap();
        let idle = life.pulse.idle();
        life.stop.wait_for_reason();
        drop(idle);
    };
    supervisor.spawn(group, "vault-renew-123", body).unwrap();
    assert_eq!(told.recv().unwrap(), "vault-renew-123");
    assert!(supervisor.stop(group, SOON).is_empty());
    let ended = Ended { name: "vault-renew-123".into(), how: How::Asked };
    assert_eq!(*reports.lock().unwrap(), [ended]);
    assert!(supervisor.failure().is_none() && !supervisor.stop_of_all().is_asked());
    assert_eq!(supervisor.watch().oldest_beat(), None);
}

#[test]
fn a_thread_that_returns_early_stops_the_service_and_fails_it() {
    let (mut supervisor, _) = supervisor();
    let group = supervisor.group();
    supervisor.spawn(group, "recorder", drop).unwrap();
    let reason = supervisor.stop_of_all().wait_for_reason();
    assert_eq!(&*reason, "thread recorder ended early");
    assert!(supervisor.stop(group, SOON).is_empty());
    assert_eq!(supervisor.failure().unwrap().how, How::Early);
}

#[test]
fn a_panic_stops_the_service_and_its_message_is_kept_in_one_line() {
    for text in ["lost\nERROR forged: line\u{1b}[2J", "plain"] {
        let (mut supervisor, reports) = supervisor();
        let (group, others) = (supervisor.group(), supervisor.group());
        supervisor.spawn(others, "other", obedient()).unwrap();
        supervisor.spawn(group, "worker-1", move |_| panic!("{text}")).unwrap();
        let reason = supervisor.stop_of_all().wait_for_reason();
        assert!(reason.starts_with("thread worker-1 panicked: ") && !reason.contains('\n'));
        assert!(supervisor.stop(group, SOON).is_empty());
        assert!(supervisor.stop(others, SOON).is_empty());
        let escaped = text.replace('\n', "\\n").replace('\u{1b}', "\\u{1b}");
        assert_eq!(supervisor.failure().unwrap().how, How::Panicked(escaped));
        assert_eq!(reports.lock().unwrap().len(), 2);
    }
}

#[test]
fn a_panic_after_the_stop_was_asked_is_a_failure_too() {
    let (mut supervisor, _) = supervisor();
    let group = supervisor.group();
    let body = |life: Life| {
        life.stop.wait_for_reason();
        std::panic::panic_any(7_u8);
    };
    supervisor.spawn(group, "recorder", body).unwrap();
    assert!(supervisor.stop(group, SOON).is_empty());
    let how = supervisor.failure().unwrap().how;
    assert_eq!(how, How::Panicked("with a payload that is no text".to_owned()));
}

#[test]
fn the_first_failure_is_the_one_that_is_told() {
    let (mut supervisor, _) = supervisor();
    let group = supervisor.group();
    supervisor.spawn(group, "first", drop).unwrap();
    supervisor.stop_of_all().wait_for_reason();
    supervisor.spawn(group, "second", |_| panic!("late")).unwrap();
    assert!(supervisor.stop(group, SOON).is_empty());
    assert_eq!(&*supervisor.failure().unwrap().name, "first");
    assert_eq!(supervisor.stop_of_all().reason().as_deref(), Some("thread first ended early"));
}

#[test]
fn a_report_that_panics_neither_hides_the_end_nor_blocks_the_stop() {
    let mut supervisor = Supervisor::new(Arc::new(SystemClock::new()), |_| panic!("no log"));
    let group = supervisor.group();
    supervisor.spawn(group, "worker-1", |_| panic!("lost")).unwrap();
    assert!(supervisor.stop(group, SOON).is_empty());
    assert_eq!(supervisor.failure().unwrap().how, How::Panicked("lost".to_owned()));
}

#[test]
fn groups_stop_in_the_order_they_are_told_to_and_workers_outlive_the_recorder() {
    let (mut supervisor, reports) = supervisor();
    let (accept, recorder, workers) = (supervisor.group(), supervisor.group(), supervisor.group());
    let drain = Shutdown::new();
    let (sealed, drained) = (mpsc::channel::<u32>(), mpsc::channel());
    let (to_recorder, records) = mpsc::channel::<u32>();
    supervisor.spawn(accept, "accept", obedient()).unwrap();
    let (asked, last_answers) = (drain.clone(), sealed.1);
    let worker = move |life: Life| {
        asked.wait_for_reason();
        to_recorder.send(7).unwrap();
        drained.0.send(()).unwrap();
        life.stop.wait_for_reason();
        assert_eq!(last_answers.recv().unwrap(), 7);
    };
    supervisor.spawn(workers, "worker-0", worker).unwrap();
    let recorder_body = move |life: Life| {
        life.stop.wait_for_reason();
        for record in records.try_iter() {
            sealed.0.send(record).unwrap();
        }
    };
    supervisor.spawn(recorder, "recorder", recorder_body).unwrap();

    assert!(supervisor.stop(accept, SOON).is_empty());
    drain.ask("accept has stopped");
    drained.1.recv().unwrap();
    assert!(supervisor.stop(recorder, SOON).is_empty());
    assert!(supervisor.stop(workers, SOON).is_empty());
    let names: Vec<String> =
        reports.lock().unwrap().iter().map(|ended| ended.name.to_string()).collect();
    assert_eq!(names, ["accept", "recorder", "worker-0"]);
    assert!(supervisor.failure().is_none());
}

#[test]
fn a_thread_that_does_not_end_is_named_when_the_time_is_up() {
    let (mut supervisor, _) = supervisor();
    let group = supervisor.group();
    let release = Shutdown::new();
    let held = release.clone();
    supervisor.spawn(group, "stuck", move |_| drop(held.wait_for_reason())).unwrap();
    supervisor.spawn(group, "willing", obedient()).unwrap();
    let late = supervisor.stop(group, Duration::from_millis(200));
    assert_eq!(late.iter().map(|name| &**name).collect::<Vec<_>>(), ["stuck"]);
    release.ask("the test is over");
}

#[test]
fn who_is_in_a_hurry_does_not_wait_for_the_deadline() {
    let (mut supervisor, _) = supervisor();
    let group = supervisor.group();
    let release = Shutdown::new();
    let held = release.clone();
    supervisor.spawn(group, "stuck", move |_| drop(held.wait_for_reason())).unwrap();
    let hurry = supervisor.hurry();
    thread::scope(|scope| {
        scope.spawn(|| hurry.ask("a second signal"));
        assert_eq!(supervisor.stop(group, Duration::from_secs(600)).len(), 1);
    });
    release.ask("the test is over");
}

#[test]
fn a_name_fits_the_kernel_is_plain_and_is_used_once() {
    let (mut supervisor, _) = supervisor();
    let group = supervisor.group();
    for bad in ["", "sixteen-letters-", "Upper", "a b", "a\0b", "ä"] {
        let refused = supervisor.spawn(group, bad, obedient());
        assert!(matches!(refused, Err(SpawnError::Name(_))), "{bad:?}");
    }
    supervisor.spawn(group, "fifteen-letters", obedient()).unwrap();
    let again = supervisor.spawn(group, "fifteen-letters", obedient());
    assert!(matches!(again, Err(SpawnError::Taken(_))));
    assert!(supervisor.stop(group, SOON).is_empty());
    let next = supervisor.group();
    supervisor.spawn(next, "fifteen-letters", obedient()).unwrap();
    assert!(supervisor.stop(next, SOON).is_empty());
}

#[test]
fn a_silent_thread_is_found_by_the_watch() {
    let (mut supervisor, _) = supervisor();
    let group = supervisor.group();
    supervisor.spawn(group, "hanging", obedient()).unwrap();
    thread::sleep(Duration::from_millis(20));
    let silent = supervisor.watch().silent(Duration::from_millis(10)).unwrap();
    assert_eq!(&*silent.name, "hanging");
    assert!(supervisor.stop(group, SOON).is_empty());
    assert_eq!(supervisor.watch().silent(Duration::ZERO), None);
}
