//! Shows how far long work has come, on one line that is drawn over itself.
//!
//! Workers count, one thread draws. The time since the work began is an argument: nothing here
//! asks a clock.

use super::{Style, printable};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// The progress of one piece of work: `label  done/total  percent  rate`.
///
/// Where the stream is no terminal, nothing is ever drawn, so a log file stays clean.
#[derive(Debug)]
pub struct Progress {
    label: String,
    total: usize,
    done: AtomicUsize,
    /// When the line may be drawn next, in milliseconds since the work began.
    next: AtomicU64,
    /// Columns of the stream; `None` where a line cannot be drawn over.
    width: Option<usize>,
}

impl Progress {
    /// Work of `total` items, to be drawn on the stream that `style` describes (stderr).
    #[must_use]
    pub fn new(label: &str, total: usize, style: &Style) -> Self {
        Self {
            label: printable(label),
            total,
            done: AtomicUsize::new(0),
            next: AtomicU64::new(0),
            width: style.width().filter(|_| style.can_redraw()),
        }
    }

    /// Counts `items` as done. Any thread may; it costs one atomic addition.
    pub fn bump(&self, items: usize) {
        self.done.fetch_add(items, Ordering::Relaxed);
    }

    /// How many items are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Draws the line, unless it was drawn less than 100 ms ago. `elapsed` is the time since the
    /// work began.
    ///
    /// # Errors
    ///
    /// Whatever `out` fails with; the work need not care.
    pub fn draw(&self, elapsed: Duration, out: &mut dyn Write) -> io::Result<()> {
        let Some(width) = self.width else {
            return Ok(());
        };
        let now = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let (due, after) = (self.next.load(Ordering::Relaxed), now.saturating_add(INTERVAL_MS));
        if now < due {
            return Ok(());
        }
        // Of two threads that both find the line due, one draws it.
        let mine = self.next.compare_exchange(due, after, Ordering::Relaxed, Ordering::Relaxed);
        if mine.is_err() {
            return Ok(());
        }
        // One column stays free: some terminals wrap as soon as the last is taken.
        let line = self.line(elapsed).chars().take(width.saturating_sub(1)).collect::<String>();
        write!(out, "\r{line}{ERASE_REST}")?;
        out.flush()
    }

    /// Takes the line away, for the result to stand in its place.
    ///
    /// # Errors
    ///
    /// Whatever `out` fails with.
    pub fn clear(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.width.is_none() || self.next.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        write!(out, "\r{ERASE_REST}")?;
        out.flush()
    }

    fn line(&self, elapsed: Duration) -> String {
        let (total, done) = (self.total, self.done());
        let mut parts = vec![self.label.clone(), format!("{done}/{total}")];
        let wide = |number: usize| u128::try_from(number).unwrap_or(u128::MAX);
        if let Some(percent) = wide(done).saturating_mul(100).checked_div(wide(total)) {
            parts.push(format!("{}%", percent.min(100)));
        }
        if let Some(rate) = wide(done).saturating_mul(1000).checked_div(elapsed.as_millis()) {
            parts.push(format!("{rate}/s"));
        }
        parts.join("  ")
    }
}

const INTERVAL_MS: u64 = 100;
const ERASE_REST: &str = "\u{1b}[K";

#[cfg(test)]
mod tests {
    use super::*;

    fn in_terminal(label: &str, total: usize) -> Progress {
        Progress::new(label, total, &Style::decide(true, |_| None))
    }

    fn drawn(progress: &Progress, millis: u64) -> String {
        let mut out = Vec::new();
        progress.draw(Duration::from_millis(millis), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn shows_label_count_percent_and_rate() {
        let progress = in_terminal("validating", 200);
        progress.bump(50);
        assert_eq!(drawn(&progress, 2000), "\rvalidating  50/200  25%  25/s\u{1b}[K");
    }

    #[test]
    fn draws_at_most_ten_times_a_second() {
        let progress = in_terminal("x", 10);
        assert_ne!(drawn(&progress, 5), "");
        assert_eq!(drawn(&progress, 104), "");
        assert_ne!(drawn(&progress, 105), "");
        let times = (106..=1105).filter(|millis| !drawn(&progress, *millis).is_empty()).count();
        assert_eq!(times, 10);
    }

    #[test]
    fn draws_nothing_where_a_line_cannot_be_drawn_over() {
        let progress = Progress::new("x", 10, &Style::plain());
        assert_eq!(drawn(&progress, 500), "");
        let mut out = Vec::new();
        progress.clear(&mut out).unwrap();
        assert!(out.is_empty());
        let dumb = Style::decide(true, |name| (name == "TERM").then(|| "dumb".into()));
        assert_eq!(drawn(&Progress::new("x", 10, &dumb), 500), "");
    }

    #[test]
    fn takes_the_line_away_only_if_it_was_drawn() {
        let progress = in_terminal("x", 10);
        let mut out = Vec::new();
        progress.clear(&mut out).unwrap();
        assert!(out.is_empty());
        drawn(&progress, 0);
        progress.clear(&mut out).unwrap();
        assert_eq!(out, b"\r\x1b[K");
    }

    #[test]
    fn leaves_percent_and_rate_out_where_they_mean_nothing() {
        assert_eq!(drawn(&in_terminal("x", 0), 0), "\rx  0/0\u{1b}[K");
    }

    #[test]
    fn never_claims_more_than_all() {
        let progress = in_terminal("x", usize::MAX);
        progress.bump(usize::MAX);
        assert!(drawn(&progress, 1).contains("  100%  "));
        let more = in_terminal("x", 2);
        more.bump(3);
        assert!(drawn(&more, 1000).contains("3/2  100%"));
    }

    #[test]
    fn fits_the_line_into_the_terminal() {
        let text = drawn(&in_terminal(&"long ".repeat(100), 1), 1);
        assert_eq!(text.trim_start_matches('\r').trim_end_matches("\u{1b}[K").chars().count(), 99);
    }

    #[test]
    fn counts_what_many_threads_do() {
        let progress = in_terminal("x", 4000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| progress.bump(1)));
            }
        });
        assert_eq!(progress.done(), 4000);
    }
}
