//! `tidegate promote`: brings a release into the next stage of the pipeline.
//!
//! Invariant: only what is verified in the stage before goes on (the server decides). Not here: letting a running
//! rollout skip its steps (`rollout promote`).

use tidegate_api::PromoteRequest;

use super::deploy::{Waiting, begun};
use super::{Answer, Context};
use crate::ci;

/// Bring a release into the next stage, if it is verified in the one before
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release
    version: String,
    /// The environment [default: the next stage]
    #[arg(long, value_name = "ENVIRONMENT")]
    to: Option<String>,
    /// Take over from a rollout in progress: it goes back to stable first
    #[arg(long)]
    supersede: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    build_server: ci::BuildServer,
}

pub async fn run(args: Args, context: &Context) -> Answer {
    let request = PromoteRequest { to: args.to.clone(), supersede: args.supersede };
    let connection = context.connect()?;
    let send =
        connection.once(async |client, key| client.promote_release(&args.version, &request, key).await);
    let to = args.to.as_deref().unwrap_or("the next stage");
    let what = format!("{} to {to}", args.version);
    let (answer, ids) = begun(send.await, &what, args.waiting, (&connection, context)).await;
    let subject = ci::Subject { release: &args.version, environment: args.to.as_deref(), rollouts: &ids };
    args.build_server.tell(answer, &subject, &connection.client, &context.out).await
}
