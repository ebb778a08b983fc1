//! A load client for HTTPS servers that demand client certificates.
//!
//! It loads ([`load`]), holds ([`crowd`]), checks the order of answers ([`pipeline`]) and streams
//! ([`batch`]). It runs on one thread, so that it can be kept on one core and the server on others,
//! and each mode prints what it saw as JSON on stdout. [`options::HELP`] tells the command line.

mod answer;
mod batch;
mod clock;
mod connection;
mod counts;
mod crowd;
mod error;
mod histogram;
mod load;
mod options;
mod pipeline;
mod poller;
mod process;
mod random;
mod request;
mod socket;
mod tls;

use clock::Clock;
use error::Failure;
use options::{Mode, Options};
use std::process::ExitCode;

fn main() -> ExitCode {
    let clock = Clock::new();
    match options::parse(lexopt::Parser::from_env()) {
        Ok(Some(options)) => run(&options, clock).unwrap_or_else(|failure| {
            eprintln!("trust-load: {failure}");
            failure.exit()
        }),
        Ok(None) => {
            println!("{}", options::HELP);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("trust-load: {failure}");
            failure.exit()
        }
    }
}

fn run(options: &Options, clock: Clock) -> Result<ExitCode, Failure> {
    socket::raise_limit();
    let good = match options.mode {
        Mode::Batch => batch::run(options, clock)?,
        Mode::Full | Mode::KeepAlive | Mode::Resume => load::run(options, clock).map(|()| true)?,
        Mode::Drip | Mode::DripBody | Mode::Idle | Mode::Silent | Mode::StopReading => {
            crowd::run(options, clock).map(|()| true)?
        }
        Mode::Pipeline => pipeline::run(options, clock)?,
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
