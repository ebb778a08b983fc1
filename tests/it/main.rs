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

mod anchors;
mod check_config;
mod client_crl;
mod command_line;
mod common;
mod crl_fetch;
mod daemon;
mod encodings;
mod evasion;
mod explain_client;
mod families;
mod forged_key;
mod forgery;
mod fuzz_corpus;
mod listsigners;
mod masterlists;
mod openssl;
mod pins;
mod policy_cases;
mod questions;
mod real_data;
mod revocation;
mod rollover;
mod scopes;
mod secret_scanning;
mod serve;
mod snapshot;
mod trust_commands;
