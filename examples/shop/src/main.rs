//! The sample shop as a program of its own: `shop api` or `shop web`.
//!
//! Invariant: nothing is here but handing over (`shop::run`).

use std::process::ExitCode;

use shop::{Outcome, complain, run};

fn main() -> ExitCode {
    // One thread carries thousands of requests a second here, and ten replicas fit on a small machine.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(std::env::args().skip(1))),
        Err(error) => {
            complain(&format!("shop: {error}"));
            Outcome::Failed
        }
    };
    match outcome {
        Outcome::Done => ExitCode::SUCCESS,
        Outcome::Failed => ExitCode::FAILURE,
        // For arguments, environment and files that are not as they should be.
        Outcome::Misused => ExitCode::from(2),
    }
}
