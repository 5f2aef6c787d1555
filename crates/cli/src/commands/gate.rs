//! `tidegate gate`: what stands between a release and an environment.
//!
//! Invariant: only looks; the same answer that a deployment would be refused with. Not here: opening one (`sign`,
//! `evidence`).

use tidegate_api::Gates;

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List the gates of an environment, open and closed
    List(Args),
    /// Say why a release may not enter: closed gates first, with who opens them
    Why(Args),
}

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release
    version: String,
    /// The environment that it would enter
    #[arg(long, value_name = "ENVIRONMENT")]
    to: String,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let (out, client) = (&context.out, context.connect()?.client);
    match verb {
        Verb::List(args) => {
            let gates = client.gates(&args.to, &args.version).await?;
            out.show(&gates, |gates| render::gate::list(gates, out.paint, out.terminal_columns))?;
        }
        Verb::Why(args) => {
            let gates = client.gates(&args.to, &args.version).await?;
            let closed_first = Gates { gates: closed_first(&gates), ..gates };
            out.show(&closed_first, |gates| render::gate::why(gates, out.paint, out.columns()))?;
        }
    }
    Ok(Ending::Done)
}

fn closed_first(gates: &Gates) -> Vec<tidegate_api::Gate> {
    let mut sorted = gates.gates.clone();
    sorted.sort_by_key(|gate| gate.open);
    sorted
}
