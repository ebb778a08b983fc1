//! Holes that others had, each with the bytes that would show whether we have it too.
#![expect(clippy::unwrap_used, reason = "tests")]

mod chunks;
mod client_names;
mod connection;
mod encodings;
mod headers;
mod lengths;
mod lines;
mod sizes;
mod targets;

use trust_service::wire::error::WireError;
use trust_service::wire::head::{Head, parse};
use trust_service::wire::{Limits, Status};

/// The error that `bytes` are refused with.
fn refused(bytes: impl AsRef<[u8]>) -> WireError {
    parse(bytes.as_ref(), &Limits::default()).unwrap_err()
}

/// The error that a request with these header lines, each with its line end, is refused with.
fn refused_with(lines: &str) -> WireError {
    refused(format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n"))
}

/// The whole head that `bytes` are.
fn accepted(bytes: &[u8]) -> Head<'_> {
    parse(bytes, &Limits::default()).unwrap().unwrap().0
}

fn status(error: WireError) -> (Status, &'static str) {
    (error.status(), error.problem().name())
}
