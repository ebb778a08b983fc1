//! Panics as lines of the log.
//!
//! The standard library prints a panic's message as it is, over several lines. A message may hold what a stranger sent.

use std::any::Any;
use std::panic::{self, PanicHookInfo};
use std::thread;

/// Makes each panic of this process one line of the log, whatever becomes of the panic then.
///
/// To be called once [`super::install`] has succeeded; before that, panics would be lost.
pub fn log_panics() {
    panic::set_hook(Box::new(|info| log::error!(target: "panic", "{}", describe(info))));
}

/// The text of a panic's payload.
#[must_use]
pub fn panic_text(payload: &dyn Any) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "with a payload that is no text",
    }
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let text = panic_text(info.payload());
    let current = thread::current();
    let name = current.name().unwrap_or("without a name");
    let place = info.location().map_or_else(|| "?".to_owned(), ToString::to_string);
    format!("thread {name} panicked at {place}: {text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_panic_is_described_with_its_thread_its_place_and_its_text() {
        let (tell, told) = mpsc::channel();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // Other tests may panic meanwhile.
            if thread::current().name() == Some("panicking") {
                tell.send(describe(info)).unwrap();
            }
        }));
        let run = |body: fn()| {
            let _ = thread::Builder::new().name("panicking".into()).spawn(body).unwrap().join();
        };
        run(|| panic!("plain"));
        run(|| panic!("number {}", 7));
        run(|| panic::panic_any(7_u8));
        panic::set_hook(before);
        let lines: Vec<String> = told.try_iter().collect();
        assert!(lines[0].starts_with("thread panicking panicked at src/logger/panics.rs:"));
        assert!(lines[0].ends_with(": plain") && lines[1].ends_with(": number 7"));
        assert!(lines[2].ends_with(": with a payload that is no text"));
    }
}
