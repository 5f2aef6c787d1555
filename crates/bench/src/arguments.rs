//! What can be typed.
//!
//! Invariant: every benchmark's knobs stand beside the code that runs it. Deliberately not here: running.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{
    audit, crowd, floor, gates, gateway, inflight, measures, people, reads, serving, startup, steps, zero,
};

/// Measures Tidegate side by side with what it is compared to. `make bench` runs all of it.
#[derive(Debug, Parser)]
#[command(name = "tidegate-bench", version, max_term_width = 80)]
pub struct Arguments {
    #[command(subcommand)]
    pub benchmark: Benchmark,
}

#[derive(Debug, Subcommand)]
pub enum Benchmark {
    /// Engine steps a second against a bare SQLite program, and one rollout's step against fdatasync
    Steps(steps::Args),
    /// The gateway against nginx and HAProxy
    Gateway(gateway::Args),
    /// From a fault to no traffic on the candidate, with the real server
    Zero(zero::Args),
    /// Ten thousand rollouts in flight: memory, ticks, timers, recovery from SIGKILL
    Inflight(inflight::Args),
    /// `tidegate up` to its first answer
    Startup(startup::Args),
    /// `tidegate audit verify` of a long log
    Audit(audit::Args),
    /// A release with fifty gates: how long asking them takes
    Gates(gates::Args),
    /// The server's health with ten thousand idle streams and a thousand slow clients
    Crowd(crowd::Args),
    /// Requests that read, by somebody whose rights are looked up
    Reads(reads::Args),
    /// Failed sign-ins of people who are there and who are not
    People(people::Args),
    /// The five measures over a million deployments: the first answer, and the answer after one more
    Measures(measures::Args),
    /// Flags over OFREP under load, and a kill switch on its way to two thousand clients
    Serving(serving::Args),
    /// The table of what was measured, from the file of results
    Summary { file: PathBuf },
    #[command(hide = true)]
    ServeFixture,
    #[command(hide = true)]
    ServeInflight(inflight::child::Args),
    #[command(hide = true)]
    ServeGateway(gateway::ServeArgs),
    #[command(hide = true)]
    ServeFloor(floor::Args),
}
