//! Messages of the daemon for whoever tries it out: one line each, to standard error.

use std::io::Write;

use log::{Log, Metadata, Record};

use crate::cli::terminal::printable;

/// Writes to standard error.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToStderr;

impl Log for ToStderr {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let message = printable(&record.args().to_string());
        // Where stderr is gone, there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "{} {}: {message}", record.level(), record.target());
    }

    fn flush(&self) {}
}
