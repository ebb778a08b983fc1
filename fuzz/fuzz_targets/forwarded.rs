#![no_main]

#[path = "../oracles.rs"]
#[allow(dead_code, reason = "each target uses one of the oracles")]
mod oracles;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::forwarded(bytes));
