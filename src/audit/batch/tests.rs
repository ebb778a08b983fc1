use super::*;
use crate::audit::fixtures::{event, uuid};

const TICKET: Ticket = Ticket { port: 0, slot: 7, generation: 1 };

fn bodies(batch: &Batch, most: usize) -> Vec<Vec<String>> {
    batch
        .groups(most)
        .map(|group| group.bodies().map(|body| String::from_utf8(body.to_vec()).unwrap()).collect())
        .collect()
}

#[test]
fn bodies_come_out_as_they_went_in_and_in_order() {
    let mut batch = Batch::default();
    for name in ["one", "two", "three"] {
        batch.push(TICKET, &event(uuid(), name)).unwrap();
    }
    let [all] = &bodies(&batch, usize::MAX)[..] else { panic!("more than one group") };
    for (body, name) in all.iter().zip(["one", "two", "three"]) {
        assert!(body.contains(&format!("\"resource\":\"{name}\"")), "{body}");
        assert!(serde_json::from_str::<serde_json::Value>(&format!("{{{body}}}")).is_ok());
    }
}

#[test]
fn a_submission_has_one_to_the_most_records() {
    let mut batch = Batch::default();
    assert_eq!(batch.begin(TICKET).finish(), Err(SubmissionError::Empty));
    let mut open = batch.begin(TICKET);
    for _ in 0..MAX_SUBMISSION {
        open.add(&event(uuid(), "x")).unwrap();
    }
    assert_eq!(open.add(&event(uuid(), "x")), Err(SubmissionError::Full));
    open.finish().unwrap();
    assert_eq!(batch.tickets().collect::<Vec<_>>(), [TICKET]);
}

#[test]
fn what_is_not_finished_leaves_nothing_behind() {
    let mut batch = Batch::default();
    batch.push(TICKET, &event(uuid(), "kept")).unwrap();
    let before = batch.size();
    let mut open = batch.begin(TICKET);
    open.add(&event(uuid(), "dropped")).unwrap();
    drop(open);
    assert_eq!((batch.size(), batch.tickets().count()), (before, 1));
}

#[test]
fn groups_never_part_a_submission_and_lose_none() {
    let mut batch = Batch::default();
    for _ in 0..10 {
        let mut open = batch.begin(TICKET);
        for _ in 0..3 {
            open.add(&event(uuid(), "x")).unwrap();
        }
        open.finish().unwrap();
    }
    let groups = bodies(&batch, 2_000);
    assert!(groups.len() > 1);
    assert!(groups.iter().all(|group| group.len() % 3 == 0));
    assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), 30);
}

#[test]
fn taking_empties_the_other_and_keeps_the_order() {
    let (mut all, mut more) = (Batch::default(), Batch::default());
    all.push(TICKET, &event(uuid(), "one")).unwrap();
    more.push(TICKET, &event(uuid(), "two")).unwrap();
    all.take(&mut more);
    assert!(more.is_empty());
    let [group] = &bodies(&all, usize::MAX)[..] else { panic!("more than one group") };
    assert!(group[0].contains("one") && group[1].contains("two"));
}
