//! A request to stop that nobody misses: not who waits, not who comes late, not who sleeps in the kernel.
//!
//! Invariant: once asked, always asked. The first reason stays; a later one is the consequence of the first.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A request to stop, shared by all its clones.
#[derive(Clone, Default)]
pub struct Shutdown(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Says the same as the reason, for loops that look at every turn.
    asked: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    reason: Option<Arc<str>>,
    hooks: Vec<Box<dyn FnOnce() + Send>>,
}

impl Shutdown {
    /// A request that nobody has made yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to stop. Only the first reason is kept; it goes to logs and records.
    pub fn ask(&self, reason: &str) {
        let hooks = {
            let mut state = self.state();
            if state.reason.is_some() {
                return;
            }
            state.reason = Some(reason.into());
            self.0.asked.store(true, Ordering::Release);
            std::mem::take(&mut state.hooks)
        };
        self.0.changed.notify_all();
        // Outside the lock, so that a hook may ask in its turn.
        for hook in hooks {
            hook();
        }
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::Acquire)
    }

    /// Why; none as long as nobody asked.
    #[must_use]
    pub fn reason(&self) -> Option<Arc<str>> {
        self.state().reason.clone()
    }

    /// Sleeps until a stop is asked for, at most `longest`; whether it is.
    #[must_use]
    pub fn wait(&self, longest: Duration) -> bool {
        let waited = self
            .0
            .changed
            .wait_timeout_while(self.state(), longest, |state| state.reason.is_none());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.reason.is_some()
    }

    /// Sleeps until a stop is asked for, and gives the reason.
    pub fn wait_for_reason(&self) -> Arc<str> {
        let mut state = self.state();
        loop {
            if let Some(reason) = &state.reason {
                return Arc::clone(reason);
            }
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Calls `hook` once a stop is asked for, at once where it already was.
    ///
    /// For a thread that sleeps in the kernel: the hook writes to what it polls. It runs in the thread that asks, so
    /// it must be short and must not block.
    pub fn on_ask(&self, hook: impl FnOnce() + Send + 'static) {
        {
            let mut state = self.state();
            if state.reason.is_none() {
                state.hooks.push(Box::new(hook));
                return;
            }
        }
        hook();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way through a change.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Shutdown").field("reason", &self.reason()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn whoever_waits_is_woken_and_whoever_comes_late_does_not_wait() {
        let stop = Shutdown::new();
        thread::scope(|scope| {
            let waiting: Vec<_> = (0..8).map(|_| scope.spawn(|| stop.wait(LONG))).collect();
            let reason = scope.spawn(|| stop.wait_for_reason());
            stop.ask("signal TERM");
            assert!(waiting.into_iter().all(|waiting| waiting.join().unwrap()));
            assert_eq!(&*reason.join().unwrap(), "signal TERM");
        });
        assert!(stop.wait(LONG) && stop.is_asked());
    }

    #[test]
    fn no_stop_is_missed_however_the_threads_meet() {
        for _ in 0..500 {
            let stop = Shutdown::new();
            thread::scope(|scope| {
                let waiting = scope.spawn(|| stop.wait(LONG));
                stop.ask("x");
                assert!(waiting.join().unwrap());
            });
        }
    }

    #[test]
    fn a_wait_ends_by_itself_and_says_that_nobody_asked() {
        let stop = Shutdown::new();
        assert!(!stop.wait(Duration::ZERO));
        assert!(!stop.wait(Duration::from_millis(5)));
        assert!(!stop.is_asked() && stop.reason().is_none());
    }

    #[test]
    fn the_longest_wait_there_is_does_not_overflow() {
        let stop = Shutdown::new();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| stop.wait(Duration::MAX));
            stop.ask("x");
            assert!(waiting.join().unwrap());
        });
    }

    #[test]
    fn the_first_reason_stays_because_the_others_follow_from_it() {
        let stop = Shutdown::new();
        stop.ask("worker-1 panicked");
        stop.clone().ask("recorder ended");
        assert_eq!(stop.reason().as_deref(), Some("worker-1 panicked"));
    }

    #[test]
    fn each_hook_runs_once_be_it_early_or_late() {
        let stop = Shutdown::new();
        let calls = Arc::new(AtomicUsize::new(0));
        let count = || {
            let calls = Arc::clone(&calls);
            move || {
                calls.fetch_add(1, Ordering::SeqCst);
            }
        };
        stop.on_ask(count());
        assert_eq!(calls.load(Ordering::SeqCst), 0);
        stop.ask("x");
        stop.ask("y");
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        stop.on_ask(count());
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_hook_may_ask_and_look_without_a_deadlock() {
        let (first, second) = (Shutdown::new(), Shutdown::new());
        let (again, other) = (first.clone(), second.clone());
        first.on_ask(move || {
            again.ask("again");
            other.ask(&again.reason().unwrap());
        });
        first.ask("first");
        assert_eq!(second.reason().as_deref(), Some("first"));
    }
}
