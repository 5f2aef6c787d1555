//! `tidegate approve`, `reject`, `sign`, `withdraw` and `override`: what a person says at a gate.
//!
//! Invariant: it is said under the name that `--actor` or the environment gives, and about what would go out now. Not
//! here: whether it counts (the server).

use tidegate_api::{Choice, OverrideRequest, VoteRequest};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::{render, span};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release
    version: String,
    /// The environment that it would enter
    #[arg(long, value_name = "ENVIRONMENT")]
    to: String,
    /// The gate, where several are for people to sign
    #[arg(long, value_name = "NAME")]
    gate: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

/// Let a release through a freeze, or outside of its windows
#[derive(Debug, clap::Args)]
pub struct OverrideArgs {
    /// The release
    version: String,
    /// The environment that it would enter
    #[arg(long, value_name = "ENVIRONMENT")]
    to: String,
    /// The freeze that is meant, or `window` [default: whatever holds]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// How long it lets through: 90s, 2h, 3d [default: 8h]
    #[arg(long = "for", value_name = "LENGTH", value_parser = span::seconds)]
    seconds: Option<u64>,
}

pub async fn run(args: Args, choice: Choice, context: &Context) -> Answer {
    let Args { version, to, gate, reason } = args;
    let request = VoteRequest { release: version, gate, choice, reason };
    let connection = context.connect()?;
    let gates = connection.once(async |client, key| client.vote(&to, &request, key).await).await?;
    let out = &context.out;
    out.show(&gates, |gates| render::gate::list(gates, out.paint, out.terminal_columns))?;
    Ok(Ending::Done)
}

pub async fn let_through(args: OverrideArgs, context: &Context) -> Answer {
    let OverrideArgs { version, to, name, reason, seconds } = args;
    let request = OverrideRequest { release: version, name, reason, for_seconds: seconds };
    let connection = context.connect()?;
    let gates = connection.once(async |client, key| client.let_through(&to, &request, key).await).await?;
    let out = &context.out;
    out.show(&gates, |gates| render::gate::list(gates, out.paint, out.terminal_columns))?;
    Ok(Ending::Done)
}
