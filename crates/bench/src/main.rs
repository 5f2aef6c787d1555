//! `tidegate-bench`: one subcommand for each thing that is measured, each side by side with what it is compared to.
//!
//! Invariant: both sides run in one run, in turn; what is printed was measured, with the load of the machine beside it.
//! Deliberately not here: passing or failing a build, and anything that the product needs.

mod arguments;
mod audit;
mod crowd;
mod drive;
mod floor;
mod gates;
mod gateway;
mod inflight;
mod machine;
mod measured;
mod measures;
mod paths;
mod people;
mod process;
mod reads;
mod result;
mod scene;
mod serving;
mod startup;
mod steps;
mod watched;
mod world;
mod wrk;
mod zero;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Benchmark};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            result::remark(&format!("tidegate-bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    // The data plane has threads and runtimes of its own.
    if let Benchmark::ServeGateway(args) = &arguments.benchmark {
        return gateway::serve(args);
    }
    if let Benchmark::ServeFloor(args) = &arguments.benchmark {
        return floor::serve(args);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.benchmark {
            Benchmark::Steps(args) => steps::run(&args).await,
            Benchmark::Gateway(args) => gateway::run(&args).await,
            Benchmark::Zero(args) => zero::run(&args).await,
            Benchmark::Inflight(args) => inflight::run(&args),
            Benchmark::Startup(args) => startup::run(&args),
            Benchmark::Crowd(args) => crowd::run(&args),
            Benchmark::Reads(args) => reads::run(&args),
            Benchmark::Audit(args) => audit::run(&args).await,
            Benchmark::Gates(args) => gates::run(&args).await,
            Benchmark::People(args) => people::run(&args).await,
            Benchmark::Measures(args) => measures::run(&args),
            Benchmark::Serving(args) => serving::run(&args).await,
            Benchmark::Summary { file } => result::summary(&file),
            Benchmark::ServeFixture => zero::fixture::serve().await,
            Benchmark::ServeInflight(args) => inflight::child::serve(&args).await,
            Benchmark::ServeGateway(_) | Benchmark::ServeFloor(_) => Ok(()),
        }
    })
}
