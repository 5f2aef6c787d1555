//! `tidegate deploy`: starts a rollout.
//!
//! Invariant: the answer comes once the rollout is durable; what follows is only watched. Not here: watching (`watch`).

use tidegate_api::{RolloutsStarted, StartRolloutRequest, StrategyName};

use super::watch::{self, Watching};
use super::{Answer, Context};
use crate::ci;
use crate::connect::Connection;
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

/// Start bringing a release into an environment
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release
    version: String,
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT")]
    to: String,
    /// Instead of the strategy of the pipeline's stage, with its defaults
    #[arg(long, value_name = "NAME")]
    strategy: Option<Strategy>,
    /// Take over from a rollout in progress: it goes back to stable first
    #[arg(long)]
    supersede: bool,
    /// One rollout for each component, instead of one for all or nothing
    #[arg(long)]
    independent: bool,
    /// Only say what would happen: the steps, the gates, and what would refuse it
    #[arg(long, conflicts_with_all = ["supersede", "independent", "wait", "watch"])]
    dry_run: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    build_server: ci::BuildServer,
}

/// Whether to stay until it has ended.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Waiting {
    /// Stay until it has ended, a line for each change
    #[arg(long)]
    wait: bool,
    /// Stay until it has ended, with a live picture
    #[arg(long, conflicts_with = "wait")]
    watch: bool,
    /// Stop waiting after this long (the rollout goes on); exit code 3
    #[arg(long, visible_alias = "timeout", value_name = "SECONDS")]
    timeout_seconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Strategy {
    Recreate,
    Rolling,
    BlueGreen,
    Canary,
    Phased,
    Shadow,
}

impl From<Strategy> for StrategyName {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Recreate => Self::Recreate,
            Strategy::Rolling => Self::Rolling,
            Strategy::BlueGreen => Self::BlueGreen,
            Strategy::Canary => Self::Canary,
            Strategy::Phased => Self::Phased,
            Strategy::Shadow => Self::Shadow,
        }
    }
}

pub async fn run(args: Args, context: &Context) -> Answer {
    let request = StartRolloutRequest {
        release: args.version.clone(),
        strategy: args.strategy.map(Into::into),
        supersede: args.supersede,
        independent: args.independent,
    };
    let connection = context.connect()?;
    if args.dry_run {
        let outline = connection.client.outline(&args.to, &args.version, request.strategy).await?;
        context.out.show(&outline, |outline| {
            render::outline::text(outline, context.out.paint, context.out.columns())
        })?;
        return Ok(if outline.refusal.is_none() { Ending::Done } else { Ending::Refused });
    }
    let send = connection.once(async |client, key| client.start_rollout(&args.to, &request, key).await);
    let what = format!("{} to {}", args.version, args.to);
    let (answer, ids) = begun(send.await, &what, args.waiting, (&connection, context)).await;
    let subject = ci::Subject { release: &args.version, environment: Some(&args.to), rollouts: &ids };
    args.build_server.tell(answer, &subject, &connection.client, &context.out).await
}

/// How it ended as far as it was followed, and what was started.
pub async fn begun(
    started: Result<RolloutsStarted, Failure>,
    what: &str,
    waiting: Waiting,
    (connection, context): (&Connection, &Context),
) -> (Answer, Vec<String>) {
    match started {
        Ok(started) => (follow(&started, what, waiting, (connection, context)).await, started.rollouts),
        Err(failure) => (Err(failure), Vec::new()),
    }
}

/// Says what was started, and stays where that was asked.
async fn follow(
    started: &RolloutsStarted,
    what: &str,
    waiting: Waiting,
    (connection, context): (&Connection, &Context),
) -> Answer {
    if !(waiting.wait || waiting.watch) {
        context.out.show(started, |started| {
            let line =
                |id: &String| format!("{id} started: {what}\n  watch it: tidegate rollout watch {id}\n");
            started.rollouts.iter().map(line).collect()
        })?;
        return Ok(Ending::Done);
    }
    let watching =
        Watching { live: waiting.watch, timeout_seconds: waiting.timeout_seconds, says_if_over: false };
    watch::all(&started.rollouts, watching, connection, context).await
}
