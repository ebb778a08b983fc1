//! The same work for many items, on all cores, with the answers in the order of the items.

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Items that a thread takes at once: enough to make the counter cheap, few enough to keep all cores busy.
const GRAIN: usize = 16;

/// Calls `work` for each item, on at most as many threads as there are cores.
///
/// A panic in `work` goes on in the caller when every thread has ended.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(items.len().div_ceil(GRAIN)).max(1);
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(chunk) = items.chunks(GRAIN).nth(at) else { return done };
            done.push((at, chunk.iter().map(&work).collect::<Vec<R>>()));
        }
    };
    let mut chunks: Vec<(usize, Vec<R>)> = thread::scope(|scope| {
        // Where no more threads are to be had, the work is done by those there are.
        let helpers: Vec<_> = (1..threads)
            .filter_map(|number| {
                thread::Builder::new()
                    .name(format!("parallel-{number}"))
                    .spawn_scoped(scope, take)
                    .ok()
            })
            .collect();
        let mut all = take();
        for helper in helpers {
            match helper.join() {
                Ok(done) => all.extend(done),
                Err(payload) => panic::resume_unwind(payload),
            }
        }
        all
    });
    chunks.sort_unstable_by_key(|(at, _)| *at);
    chunks.into_iter().flat_map(|(_, done)| done).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_items() {
        for count in [0, 1, GRAIN, GRAIN + 1, 10_000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled = map(&items, |item| item * 2);
            assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let items: Vec<usize> = (0..1_000).collect();
        let outcome = panic::catch_unwind(|| map(&items, |item| assert!(*item != 500)));
        assert!(outcome.is_err());
    }
}
