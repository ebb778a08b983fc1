use super::*;
use crate::clock::Timestamp;
use crate::entropy::SystemEntropy;

fn body() -> String {
    let time = Timestamp::from_micros(1_795_478_400_000_000);
    let id = Uuid::new(time, &SystemEntropy::new()).unwrap();
    format!("\"id\":\"{id}\",\"time\":\"{time}\",\"type\":\"data.accessed\"")
}

fn lines(count: u64) -> Vec<Vec<u8>> {
    let boot = Uuid::new(Timestamp::from_micros(0), &SystemEntropy::new()).unwrap();
    let mut chain = Chain::new("post-7", &boot, FIRST_SEQ, RecordHash::NONE);
    (0..count)
        .map(|_| {
            let mut line = Vec::new();
            let batch = chain.next();
            chain.frame(body().as_bytes(), batch, &mut line);
            assert_eq!(line.pop(), Some(b'\n'));
            line
        })
        .collect()
}

#[test]
fn a_chain_reads_back_and_links() {
    let mut links = Links::from_the_first();
    for (seq, line) in (1..).zip(&lines(5)) {
        let record = Record::parse(line).unwrap();
        links.follow(&record).unwrap();
        assert_eq!(record.seq, seq);
        assert_eq!(record.json().unwrap()["instance"], "post-7");
    }
}

#[test]
fn no_byte_of_a_record_can_be_changed_unseen() {
    let all = lines(1);
    for at in 0..all[0].len() {
        let mut line = all[0].clone();
        line[at] ^= 1;
        assert!(Record::parse(&line).is_err(), "byte {at}");
    }
}

#[test]
fn a_record_that_is_left_out_put_in_or_exchanged_shows() {
    let all = lines(4);
    let follow = |order: &[usize]| {
        let mut links = Links::from_the_first();
        order.iter().try_for_each(|at| links.follow(&Record::parse(&all[*at]).unwrap()))
    };
    assert_eq!(follow(&[0, 1, 2, 3]), Ok(()));
    assert_eq!(follow(&[0, 2]), Err(Rule::Sequence { expected: 2, found: 3 }));
    assert_eq!(follow(&[0, 0]), Err(Rule::Sequence { expected: 2, found: 1 }));
    let other = lines(2);
    let mut links = Links::from_the_first();
    links.follow(&Record::parse(&all[0]).unwrap()).unwrap();
    assert_eq!(links.follow(&Record::parse(&other[1]).unwrap()), Err(Rule::Prev));
}

#[test]
fn a_line_with_a_right_hash_is_no_record_where_others_could_not_read_it() {
    let boot = Uuid::new(Timestamp::from_micros(0), &SystemEntropy::new()).unwrap();
    let framed = |more: &[u8]| {
        let mut chain = Chain::new("x", &boot, FIRST_SEQ, RecordHash::NONE);
        let mut line = Vec::new();
        chain.frame(&[body().as_bytes(), more].concat(), FIRST_SEQ, &mut line);
        line.pop();
        line
    };
    assert!(Record::parse(&framed(b",\"action\":\"x\"")).is_ok());
    for bad in [&b",\"action\":\"\xFF\""[..], b",\"action\":", b",\"seq\":9"] {
        assert_eq!(Record::parse(&framed(bad)).unwrap_err(), Rule::NotJson, "{bad:?}");
    }
}
