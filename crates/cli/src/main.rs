//! `tidegate`: the command line as a program of its own.
//!
//! Invariant: nothing is here but handing over (`tidegate_cli::run`).

use std::process::ExitCode;

use tidegate_server::Program;

fn main() -> ExitCode {
    tidegate_cli::run(std::env::args_os(), Program::this()).into()
}
