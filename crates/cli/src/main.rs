//! `tidegate`: the command line.
//!
//! Invariant: one place reads arguments, one place prints a failure, and the exit code says how it ended. Deliberately
//! not here: any decision about releases (the server asks the domain).

mod arguments;
mod commands;
mod connect;
mod ending;
mod explanation;
mod failure;
mod output;
mod paint;
mod render;
mod span;
mod suggest;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Verb};
use commands::{Answer, Context};
use connect::Server;
use failure::Failure;
use output::Output;

fn main() -> ExitCode {
    let Arguments { everywhere, verb } = Arguments::parse();
    let context = Context {
        out: Output::new(everywhere.json, everywhere.no_color),
        server: Server { address: everywhere.server, actor: everywhere.actor },
    };
    match run(verb, &context) {
        Ok(ending) => ending.into(),
        Err(failure) => {
            context.out.failure(&failure);
            failure.ending().into()
        }
    }
}

fn run(verb: Verb, context: &Context) -> Answer {
    runtime()?.block_on(commands::run(verb, context))
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        Failure::fault("out-of-resources", "threads could not be started")
            .help("check the limits on processes and memory (`ulimit -a`)")
            .caused_by(&error)
    })
}
