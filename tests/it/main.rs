//! The program and its library, from outside.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "tests"
)]

mod command_line;
mod fuzz_corpus;
mod openssl;
mod real_data;
mod trust_commands;
