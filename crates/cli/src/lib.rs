//! The command line: `tidegate` runs it, and so does the Python package.
//!
//! Invariant: one place reads arguments, one place prints a failure, and the exit code says how it ended. Deliberately
//! not here: any decision about releases (the server asks the domain).

mod arguments;
mod ci;
mod commands;
mod connect;
mod credentials;
mod ending;
mod explanation;
mod failure;
mod output;
mod paint;
mod password;
mod prompt;
mod render;
mod span;
mod suggest;
mod telemetry;

use std::ffi::OsString;
use std::sync::Arc;

use clap::Parser;

use arguments::{Arguments, Verb};
use commands::{Answer, Context};
use connect::Server;
use ending::Ending;
use failure::Failure;
use output::Output;
use tidegate_server::Program;

/// Carries out one command line; `own` is how this build is run once more. Answers the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>, own: std::io::Result<Program>) -> u8 {
    let Arguments { everywhere, verb } = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // When nobody reads it, the exit code still tells.
            let _ = error.print();
            return error.exit_code().try_into().unwrap_or(Ending::Usage.code());
        }
    };
    let context = Context {
        out: Output::new(everywhere.json, everywhere.no_color),
        server: Server { address: everywhere.server, actor: everywhere.actor, project: everywhere.project },
        own: own.map_err(Arc::new),
    };
    match carry_out(verb, &context) {
        Ok(ending) => ending.code(),
        Err(failure) => {
            context.out.failure(&failure);
            failure.ending().code()
        }
    }
}

/// The page of a code, as `tidegate explain` prints it.
pub fn page(code: &str) -> Option<&'static str> {
    explanation::page(code)
}

/// Every code with the first sentence of its page.
pub fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    explanation::index()
}

fn carry_out(verb: Verb, context: &Context) -> Answer {
    runtime()?.block_on(commands::run(verb, context))
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Failure::fault("out-of-resources", "threads could not be started")
            .help("check the limits on processes and memory (`ulimit -a`)")
            .caused_by(&error)
    })
}
