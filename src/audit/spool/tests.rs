use super::*;
use crate::audit::verify::{VerifyError, verify};
use crate::clock::SystemClock;
use crate::entropy::SystemEntropy;
use std::fs;

pub(in crate::audit) struct Scratch(pub(in crate::audit) PathBuf);

impl Scratch {
    pub(in crate::audit) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ts-spool-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    pub(in crate::audit) fn open(
        &self,
        segment_bytes: u64,
    ) -> Result<(Spool, Option<Torn>), SpoolError> {
        let settings = AuditSettings { segment_bytes, ..AuditSettings::default() };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
        let boot = Uuid::new(clock.stamp(), &*entropy).unwrap();
        let listing: Listing = Arc::new(|| vec![stamp(7)]);
        Spool::open(&self.0, &settings, &boot, clock, entropy, listing)
    }

    fn segment(&self, first: u64) -> PathBuf {
        self.0.join(format!("{first:020}.log"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn stamp(generation: u64) -> Stamp {
    let sha256 = crate::trust::fingerprint::Fingerprint::of(&generation.to_be_bytes());
    Stamp { name: "trust".into(), generation, sha256 }
}

const SMALL: u64 = MIN_SEGMENT;

fn body(text: &str) -> Vec<u8> {
    let entropy = SystemEntropy::new();
    let time = SystemClock::new().stamp();
    let id = Uuid::new(time, &entropy).unwrap();
    format!("\"id\":\"{id}\",\"time\":\"{time}\",\"type\":\"data.accessed\",\"action\":\"{text}\"")
        .into_bytes()
}

fn append(spool: &mut Spool, bodies: &[Vec<u8>]) -> u64 {
    let size = bodies.iter().map(|body| body.len().saturating_add(512)).sum();
    spool.append(size, bodies.iter().map(Vec::as_slice)).unwrap()
}

#[test]
fn records_are_there_after_a_restart_and_go_on_from_there() {
    let scratch = Scratch::new("restart");
    let (mut spool, _) = scratch.open(SMALL).unwrap();
    assert_eq!(append(&mut spool, &[body("a"), body("b")]), 2);
    drop(spool);
    let (mut spool, torn) = scratch.open(SMALL).unwrap();
    assert_eq!((spool.next(), torn), (4, None));
    let age = SystemClock::new().wall().seconds() - spool.newest().unwrap().seconds();
    assert!((0..60).contains(&age), "{age}");
    assert_eq!(append(&mut spool, &[body("c")]), 4);
    let report = verify(&scratch.0).unwrap();
    assert_eq!((report.records, report.first_seq, report.last_seq), (4, Some(1), Some(4)));
}

#[test]
fn a_full_segment_is_followed_by_the_next_and_the_chain_goes_on() {
    let scratch = Scratch::new("roll");
    let (mut spool, _) = scratch.open(SMALL).unwrap();
    for _ in 0..400 {
        append(&mut spool, &[body(&"x".repeat(12_000))]);
    }
    let report = verify(&scratch.0).unwrap();
    assert!(report.segments > 2, "{report:?}");
    assert_eq!(report.records, 400 + report.segments);
    drop(spool);
    scratch.open(SMALL).unwrap();
}

#[test]
fn files_and_folder_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::new("modes");
    let (mut spool, _) = scratch.open(SMALL).unwrap();
    append(&mut spool, &[body("a")]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&scratch.0), mode(&scratch.segment(1))), (0o700, 0o600));
}

/// Whatever the last write left of itself (every eleventh cut is tried), all that was acknowledged before it is there.
#[test]
fn a_write_that_is_cut_short_is_repaired_and_noted() {
    let scratch = Scratch::new("torn");
    let (mut spool, _) = scratch.open(SMALL).unwrap();
    append(&mut spool, &[body("kept"), body("kept")]);
    let path = scratch.segment(1);
    let end = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let before = end(&fs::read(&path).unwrap());
    append(&mut spool, &[body("cut"), body("cut")]);
    drop(spool);
    let whole = fs::read(&path).unwrap();
    let after = end(&whole);
    for cut in (before..after).step_by(11) {
        let mut bytes = whole.clone();
        bytes[cut..after].fill(0);
        fs::write(&path, &bytes).unwrap();
        let (spool, torn) = scratch.open(SMALL).unwrap();
        let at_a_line = cut == before || whole[cut - 1] == b'\n';
        assert_eq!(torn.is_some(), !at_a_line, "cut at {cut}");
        assert!(spool.next() >= 4);
        drop(spool);
        let report = verify(&scratch.0).unwrap();
        assert!(report.last_seq >= Some(3), "cut at {cut}");
    }
    // A hole in the middle: the disk wrote the later page and not the earlier one.
    let mut bytes = whole.clone();
    bytes[before..before + 100].fill(0);
    fs::write(&path, &bytes).unwrap();
    let (_, torn) = scratch.open(SMALL).unwrap();
    let torn = torn.unwrap();
    assert_eq!(torn.offset, u64::try_from(before).unwrap());
    assert_eq!(fs::read(scratch.0.join(&torn.kept_as)).unwrap(), &bytes[before..after]);
    assert_eq!(verify(&scratch.0).unwrap().last_seq, Some(3));
}

/// The start refuses what no cut write looks like, and `verify` names it.
#[test]
fn a_changed_byte_is_damage_and_is_named() {
    let scratch = Scratch::new("damage");
    let (mut spool, _) = scratch.open(SMALL).unwrap();
    for _ in 0..4 {
        append(&mut spool, &[body("a")]);
    }
    drop(spool);
    let path = scratch.segment(1);
    let whole = fs::read(&path).unwrap();
    let starts: Vec<usize> = std::iter::once(0)
        .chain(whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1))
        .collect();
    for at in (0..starts[5]).step_by(13) {
        let mut bytes = whole.clone();
        bytes[at] ^= 2;
        fs::write(&path, &bytes).unwrap();
        let seq = u64::try_from(starts.iter().filter(|start| **start <= at).count()).unwrap();
        match verify(&scratch.0) {
            Err(VerifyError::Bad(bad)) => assert_eq!(bad.seq, seq, "byte {at}: {bad}"),
            other => panic!("byte {at}: {other:?}"),
        }
        if whole[at] != b'\n' {
            let opened = scratch.open(SMALL);
            assert!(matches!(opened, Err(SpoolError::Damaged { .. })), "byte {at}: {opened:?}");
        }
    }
}

#[test]
fn a_missing_segment_is_named() {
    let scratch = Scratch::new("missing");
    let (mut spool, _) = scratch.open(SMALL).unwrap();
    for _ in 0..400 {
        append(&mut spool, &[body(&"x".repeat(12_000))]);
    }
    let segments = list(&scratch.0).unwrap();
    fs::remove_file(&segments[1].1).unwrap();
    match verify(&scratch.0) {
        Err(VerifyError::Bad(bad)) => {
            assert_eq!(bad.rule, Rule::MissingSegment { expected: segments[1].0 });
        }
        other => panic!("{other:?}"),
    }
    fs::remove_file(&segments[0].1).unwrap();
    let report = verify(&scratch.0).unwrap();
    assert_eq!(report.first_seq, Some(segments[2].0));
}

/// The thread that prepares and the one that takes are never at the same file: neither is a taken segment written out
/// in zeros, nor is one taken that is not ready.
#[test]
fn segments_are_prepared_and_taken_at_the_same_time() {
    let scratch = Scratch::new("prepare");
    let (mut spool, _) = scratch.open(SMALL).unwrap();
    let preparer = spool.preparer();
    let done = std::sync::atomic::AtomicBool::new(false);
    let large = "x".repeat(12_000);
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .spawn_scoped(scope, || {
                while !done.load(std::sync::atomic::Ordering::Acquire) {
                    preparer.prepare_next().unwrap();
                }
            })
            .unwrap();
        for _ in 0..60 {
            append(&mut spool, &vec![body(&large); 60]);
        }
        done.store(true, std::sync::atomic::Ordering::Release);
    });
    let segments = list(&scratch.0).unwrap().len();
    assert!(segments > 15, "{segments}");
    assert_eq!(verify(&scratch.0).unwrap().last_seq, Some(spool.next() - 1));
    // What ends a segment is a batch of many, and a restart goes on behind it.
    let next = spool.next();
    drop(spool);
    assert_eq!(scratch.open(SMALL).unwrap().0.next(), next);
}

/// The end of the trail says which generation of each sealed file there must be.
#[test]
fn a_restart_knows_what_was_recorded_last_of_each_sealed_file() {
    let scratch = Scratch::new("stamps");
    let record = |kind: EventType, stamps: &[Stamp]| {
        let entropy = SystemEntropy::new();
        let time = SystemClock::new().stamp();
        let details = [stamps::pair(stamps)];
        let id = Uuid::new(time, &entropy).unwrap();
        let event = Event { details: &details, ..Event::of(id, time, kind, "a", "r") };
        let (mut scratch, mut body) = (Vec::new(), Vec::new());
        event.write(Prefixes::default(), &mut scratch, &mut body).unwrap();
        body
    };
    let (mut spool, _) = scratch.open(SMALL).unwrap();
    append(&mut spool, &[body("a")]);
    drop(spool);
    let (mut spool, _) = scratch.open(SMALL).unwrap();
    assert_eq!(spool.recorded(), [stamp(7)], "the segment's opening");
    let other = Stamp { name: "other".into(), ..stamp(1) };
    append(&mut spool, &[record(EventType::CertImported, &[stamp(8)])]);
    append(&mut spool, &[record(EventType::CertImported, &[other.clone()])]);
    drop(spool);
    let (mut spool, _) = scratch.open(SMALL).unwrap();
    assert_eq!(spool.recorded(), [other, stamp(8)], "one change after the other");
    append(&mut spool, &[record(EventType::Startup, &[stamp(8)])]);
    drop(spool);
    assert_eq!(scratch.open(SMALL).unwrap().0.recorded(), [stamp(8)], "a start lists all");
}
