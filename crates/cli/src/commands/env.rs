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
    Diff(DiffArgs),
    Drift(DriftArgs),
}

/// Show one environment with every running instance
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Its name
    environment: String,
}

/// Show how two environments differ
///
/// Variables, secrets by fingerprint (never a value), tier, owner, protection, replicas and routes, the versions that stand
/// there, and the gates and the strategy of the pipeline; of what was inherited, where it was written.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// The one
    environment: String,
    /// The other
    with: String,
    /// Exit code 1 when they differ
    #[arg(long)]
    exit_code: bool,
}

/// Show how what runs differs from what was recorded
///
/// Instances, the gateway's route, artifacts on the disk, what instances were started with, and what was configured since; each
/// with how bad it is and what mends it.
#[derive(Debug, clap::Args)]
pub struct DriftArgs {
    /// Its name
    environment: String,
    /// Exit code 1 when anything differs
    #[arg(long)]
    exit_code: bool,
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
        Verb::Drift(args) => {
            let drift = client.environment_drift(&args.environment).await?;
            out.show(&drift, |drift| render::drift::text(drift, out.paint))?;
            if args.exit_code && !drift.drifts.is_empty() {
                return Ok(Ending::Refused);
            }
        }
        Verb::Diff(args) => {
            let diff = client.environment_diff(&args.environment, &args.with).await?;
            out.show(&diff, |diff| render::difference::text(diff, out.paint))?;
            if args.exit_code && !diff.differences.is_empty() {
                return Ok(Ending::Refused);
            }
        }
    }
    Ok(Ending::Done)
}
