use super::*;
use crate::audit::fixtures::{event, uuid};
use crate::audit::spool::tests::Scratch;
use crate::audit::subject_keys::AuditKeys;
use crate::audit::verify::verify;
use crate::clock::SystemClock;
use crate::entropy::SystemEntropy;
use crate::metrics::Shape;
use crate::secret::Secret;
use std::collections::HashMap;
use std::thread::Builder;

#[derive(Default)]
struct Inbox {
    got: Mutex<Vec<Delivered>>,
    there: Condvar,
}

impl Port for Inbox {
    fn deliver(&self, done: &mut Vec<Delivered>) {
        self.got.lock().unwrap().append(done);
        self.there.notify_all();
    }
}

fn uncounted() -> Arc<Metrics> {
    Arc::new(Metrics::new(&Shape::default()))
}

fn port(inbox: &Arc<Inbox>) -> Arc<dyn Port> {
    Arc::<Inbox>::clone(inbox)
}

fn thread(scratch: &Scratch, recorder: &Recorder, ports: Vec<Arc<dyn Port>>) -> Thread {
    let (spool, _) = scratch.open(4 * 1024 * 1024).unwrap();
    let keys =
        AuditKeys { key_encryption_key: Secret::new([1; 32]), pseudonym_key: Secret::new([2; 32]) };
    let keys = SubjectKeys::open(&scratch.0, &keys, &SystemEntropy::new()).unwrap();
    Thread {
        recorder: recorder.clone(),
        spool,
        keys: Arc::new(keys),
        ports,
        clock: Arc::new(SystemClock::new()),
        min_sync_gap: Duration::ZERO,
    }
}

/// Four workers hand over 300 rounds each, of one to eight submissions; every one gets its own receipt, in order.
#[test]
fn every_submission_gets_its_receipt_whatever_the_race() {
    let scratch = Scratch::new("race");
    let recorder = Recorder::new(uncounted());
    let inboxes: Vec<Arc<Inbox>> = (0..4).map(|_| Arc::default()).collect();
    let ports = inboxes.iter().map(port).collect();
    let body = thread(&scratch, &recorder, ports);
    let running = Builder::new().spawn(move || body.run(|| ())).unwrap();
    std::thread::scope(|scope| {
        for (port, inbox) in (0..).zip(&inboxes) {
            let recorder = &recorder;
            Builder::new()
                .spawn_scoped(scope, move || {
                    let mut sent = HashMap::new();
                    let mut batch = Batch::default();
                    for round in 0..300_u32 {
                        for slot in 0..=round % 8 {
                            let id = uuid();
                            let ticket = Ticket { port, slot, generation: round };
                            batch.push(ticket, &event(id, "r")).unwrap();
                            sent.insert(ticket, id);
                        }
                        recorder.submit(&mut batch).unwrap();
                        assert!(batch.is_empty());
                    }
                    let mut got = inbox.got.lock().unwrap();
                    while got.len() < sent.len() {
                        let (again, late) =
                            inbox.there.wait_timeout(got, Duration::from_secs(20)).unwrap();
                        assert!(!late.timed_out(), "{} of {}", again.len(), sent.len());
                        got = again;
                    }
                    let mut last = 0;
                    for delivered in got.iter() {
                        let Delivered::Receipt(receipt) = delivered else { panic!("refused") };
                        assert_eq!(sent.remove(&receipt.ticket()), Some(receipt.id()));
                        assert!(receipt.first_seq() > last, "out of order");
                        last = receipt.first_seq();
                    }
                    assert!(sent.is_empty());
                })
                .unwrap();
        }
    });
    recorder.close();
    assert_eq!(running.join().unwrap(), Ok(()));
    let (opened, handed_over) = (1, 4 * (0..300).map(|round| round % 8 + 1).sum::<u64>());
    assert_eq!(verify(&scratch.0).unwrap().records, opened + handed_over);
}

#[test]
fn closing_writes_and_delivers_what_was_taken_and_takes_no_more() {
    let scratch = Scratch::new("close");
    let recorder = Recorder::new(uncounted());
    let inbox: Arc<Inbox> = Arc::default();
    let body = thread(&scratch, &recorder, vec![port(&inbox)]);
    let mut batch = Batch::default();
    batch.push(Ticket { port: 0, slot: 0, generation: 0 }, &event(uuid(), "r")).unwrap();
    recorder.submit(&mut batch).unwrap();
    recorder.close();
    assert_eq!(body.run(|| ()), Ok(()));
    assert!(matches!(&inbox.got.lock().unwrap()[..], [Delivered::Receipt(_)]));
    batch.push(Ticket::NOBODY, &event(uuid(), "r")).unwrap();
    assert_eq!(recorder.submit(&mut batch), Err(AuditUnavailable));
    assert!(!batch.is_empty());
}

/// The key file is made unwritable under the recorder: no receipt, no new submissions, and once it can be written
/// again the very records that had no answer are in the chain.
#[test]
fn after_a_failed_write_nothing_is_acknowledged_until_it_is_written_again() {
    let scratch = Scratch::new("fail");
    let recorder = Recorder::new(uncounted());
    let inbox: Arc<Inbox> = Arc::default();
    let body = thread(&scratch, &recorder, vec![port(&inbox)]);
    // The first append needs a segment, and for that a folder that is there.
    let aside = scratch.0.with_extension("aside");
    std::fs::rename(&scratch.0, &aside).unwrap();
    let running = Builder::new().spawn(move || body.run(|| ())).unwrap();
    let ticket = Ticket { port: 0, slot: 3, generation: 1 };
    let id = uuid();
    let mut batch = Batch::default();
    batch.push(ticket, &event(id, "r")).unwrap();
    recorder.submit(&mut batch).unwrap();
    let got = inbox.got.lock().unwrap();
    let (got, late) =
        inbox.there.wait_timeout_while(got, Duration::from_secs(10), |got| got.is_empty()).unwrap();
    assert!(!late.timed_out());
    assert!(matches!(&got[..], [Delivered::Refused(refused)] if *refused == ticket));
    drop(got);
    assert!(!recorder.healthy());
    batch.push(ticket, &event(uuid(), "r")).unwrap();
    assert_eq!(recorder.submit(&mut batch), Err(AuditUnavailable));
    std::fs::rename(&aside, &scratch.0).unwrap();
    let clock = SystemClock::new();
    while !recorder.healthy() {
        assert!(clock.uptime() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(20));
    }
    let receipt = recorder.record(&event(uuid(), "r"), Prefixes::default()).unwrap();
    assert_eq!(receipt.first_seq(), 3);
    recorder.close();
    assert_eq!(running.join().unwrap(), Ok(()));
    assert!(crate::audit::verify::find(&scratch.0, id).unwrap().is_some());
}
