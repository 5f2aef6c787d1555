//! `tidegate allow`: lifts the bar that a rollback left.
//!
//! Invariant: a person says so, and the history keeps who. Not here: bringing the release there again.

use super::{Answer, Context};
use crate::ending::Ending;

/// Let automation bring a release again to where it was rolled back
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release
    version: String,
    /// Where it was rolled back
    #[arg(long = "in", value_name = "ENVIRONMENT")]
    environment: String,
}

pub async fn run(args: Args, context: &Context) -> Answer {
    let Args { version, environment } = args;
    let connection = context.connect()?;
    let release =
        connection.once(async |client, key| client.allow_release(&version, &environment, key).await).await?;
    context.out.show(&release, |_| {
        format!(
            "{version} may come to {environment} again: `tidegate promote {version} --to {environment}`\n"
        )
    })?;
    Ok(Ending::Done)
}
