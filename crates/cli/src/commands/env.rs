//! `tidegate env`: what stands where.
//!
//! Invariant: only looks. Not here: changing what stands there (`deploy`).

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List environments and what stands in them
    List,
    Show(ShowArgs),
}

/// Show one environment with every running instance
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Its name
    environment: String,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let (out, client) = (&context.out, context.connect()?.client);
    match verb {
        Verb::List => {
            let page = client.environments().await?;
            out.show(&page, |page| render::environment::list(&page.items, out.paint, out.terminal_columns))?;
        }
        Verb::Show(args) => {
            let environment = client.environment(&args.environment).await?;
            out.show(&environment, |environment| render::environment::one(environment, out.paint))?;
        }
    }
    Ok(Ending::Done)
}
