//! The program: its arguments in, its exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    trust_service::cli::run::run(std::env::args_os()).into()
}
