//! The sign of life that a thread gives, and the watch over all of them.
//!
//! Threat: a thread that hangs. The process lives, one part of it does nothing, and nobody is told. A watchdog that
//! only proves that its own timer runs proves nothing; this one names the thread that has fallen silent.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;

/// One thread's sign of life, shared by its clones.
#[derive(Clone, Debug)]
pub struct Pulse {
    clock: Arc<dyn Clock>,
    /// Uptime of the last beat in milliseconds, or one of the marks below.
    last: Arc<AtomicU64>,
}

/// It waits without bound, rightly.
const IDLE: u64 = u64::MAX;
/// It has ended: the supervisor sees to that.
const ENDED: u64 = u64::MAX - 1;

impl Pulse {
    /// A pulse that beats now.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let pulse = Self { clock, last: Arc::new(AtomicU64::new(0)) };
        pulse.beat();
        pulse
    }

    /// Shows life. To be called at every turn of a loop, and between the steps of long work.
    pub fn beat(&self) {
        self.last.store(millis(self.clock.uptime()), Ordering::Relaxed);
    }

    /// Marks the thread as waiting without bound, until the guard is dropped.
    ///
    /// Only around the one call that waits for something to do (a queue, `epoll_wait`, `accept`): what hangs under
    /// the guard is not noticed.
    pub fn idle(&self) -> Idle<'_> {
        self.last.store(IDLE, Ordering::Relaxed);
        Idle(self)
    }

    pub(super) fn end(&self) {
        self.last.store(ENDED, Ordering::Relaxed);
    }

    /// How long ago it last beat; none while idle or ended.
    fn age(&self, now: u64) -> Option<Duration> {
        match self.last.load(Ordering::Relaxed) {
            IDLE | ENDED => None,
            // A beat may be younger than `now`.
            last => Some(Duration::from_millis(now.saturating_sub(last))),
        }
    }
}

fn millis(uptime: Duration) -> u64 {
    u64::try_from(uptime.as_millis()).unwrap_or(ENDED).min(ENDED.saturating_sub(1))
}

/// The thread waits; when this is dropped, it beats.
#[derive(Debug)]
#[must_use = "the thread counts as waiting only while this is held"]
pub struct Idle<'a>(&'a Pulse);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.beat();
    }
}

/// The pulses of all threads, shared by its clones.
#[derive(Clone, Debug)]
pub struct Watch {
    clock: Arc<dyn Clock>,
    all: Arc<Mutex<Vec<Watched>>>,
}

#[derive(Debug)]
struct Watched {
    name: Arc<str>,
    pulse: Pulse,
}

/// A thread that has not shown life for some time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Silent {
    /// Its name.
    pub name: Arc<str>,
    /// Time since it last beat, to the millisecond.
    pub since: Duration,
}

impl fmt::Display for Silent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "thread {} has shown no life for {} ms; a stack of it tells where it hangs: gdb -p PID",
            self.name,
            self.since.as_millis()
        )
    }
}

impl Watch {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, all: Arc::default() }
    }

    pub(super) fn add(&self, name: Arc<str>, pulse: Pulse) {
        let mut all = self.all();
        all.retain(|watched| watched.pulse.last.load(Ordering::Relaxed) != ENDED);
        all.push(Watched { name, pulse });
    }

    /// The thread whose last beat is the oldest, idle ones aside; none where all are idle.
    #[must_use]
    pub fn oldest_beat(&self) -> Option<Silent> {
        let now = millis(self.clock.uptime());
        self.all()
            .iter()
            .filter_map(|watched| {
                let since = watched.pulse.age(now)?;
                Some(Silent { name: Arc::clone(&watched.name), since })
            })
            .max_by_key(|silent| silent.since)
    }

    /// The thread that has been silent the longest, if that is longer than `bound`.
    ///
    /// The watchdog tells systemd that all is well only while there is none.
    #[must_use]
    pub fn silent(&self, bound: Duration) -> Option<Silent> {
        self.oldest_beat().filter(|silent| silent.since > bound)
    }

    fn all(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[derive(Debug, Default)]
    struct ManualClock(AtomicU64);

    impl ManualClock {
        fn advance(&self, millis: u64) {
            self.0.fetch_add(millis, Ordering::SeqCst);
        }
    }

    impl Clock for ManualClock {
        fn stamp(&self) -> Timestamp {
            Timestamp::from_micros(0)
        }

        fn uptime(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::SeqCst))
        }
    }

    fn two() -> (Arc<ManualClock>, Watch, Pulse, Pulse) {
        let clock = Arc::new(ManualClock::default());
        let watch = Watch::new(clock.clone());
        let (a, b) = (Pulse::new(clock.clone()), Pulse::new(clock.clone()));
        watch.add("a".into(), a.clone());
        watch.add("b".into(), b.clone());
        (clock, watch, a, b)
    }

    #[test]
    fn the_thread_that_fell_silent_is_named_beyond_the_bound_and_not_at_it() {
        let (clock, watch, a, _b) = two();
        clock.advance(1_000);
        a.beat();
        let bound = Duration::from_secs(1);
        assert_eq!(watch.silent(bound), None);
        clock.advance(1);
        let silent = watch.silent(bound).unwrap();
        assert_eq!((&*silent.name, silent.since), ("b", Duration::from_millis(1_001)));
        assert!(silent.to_string().starts_with("thread b has shown no life for 1001 ms"));
    }

    #[test]
    fn a_thread_that_waits_rightly_is_not_silent_and_has_beaten_when_it_wakes() {
        let (clock, watch, a, b) = two();
        let (idle_a, idle_b) = (a.idle(), b.idle());
        clock.advance(1_000_000);
        assert_eq!(watch.oldest_beat(), None);
        drop(idle_b);
        assert_eq!(watch.oldest_beat().unwrap().since, Duration::ZERO);
        clock.advance(7);
        assert_eq!(&*watch.oldest_beat().unwrap().name, "b");
        drop(idle_a);
    }

    #[test]
    fn a_thread_that_ended_is_the_supervisors_affair() {
        let (clock, watch, a, b) = two();
        a.end();
        clock.advance(5);
        b.beat();
        assert_eq!(&*watch.oldest_beat().unwrap().name, "b");
        watch.add("c".into(), b);
        assert_eq!(watch.all().len(), 2, "ended threads do not pile up");
    }
}
