//! `tidegate rollout`: look at rollouts, and act on them.
//!
//! Invariant: where the id is left out, it is never guessed between two. Not here: starting one (`deploy`).

use tidegate_api::{RollBackRequest, Rollout, RolloutState, RolloutsStarted};
use tidegate_client::{Client, RolloutsQuery};

use super::watch::{self, Watching};
use super::{Answer, Context};
use crate::connect::Connection;
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;
use crate::render::{picture, piece};

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    List(ListArgs),
    /// Show one rollout: steps, traffic, both versions side by side, evidence
    Show(OneArgs),
    /// Watch one until it has ended: a live picture, or a line for each change when piped
    Watch(WatchArgs),
    /// Show what its smoke tests were asked and answered, before traffic and again with all of it
    SmokeTests(SmokeTestsArgs),
    /// Stop before the next step until somebody resumes; the analysis goes on, and so does a rollback
    Hold(ReasonArgs),
    /// End a hold, or let a step go that waits for a person
    Resume(OneArgs),
    /// Skip the steps that are left; the analysis goes on watching
    Promote(OneArgs),
    /// Stop it and go back to stable; says nothing about the release
    Abort(ReasonArgs),
    /// Go back because the release is bad; automation does not bring it there again
    Rollback(RollbackArgs),
}

/// List rollouts, newest change first
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only in this environment
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Only in this state
    #[arg(long)]
    state: Option<State>,
    /// At most this many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    limit: u32,
}

#[derive(Debug, clap::Args)]
pub struct OneArgs {
    /// The rollout [default: the one that is under way]
    id: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct SmokeTestsArgs {
    /// The rollout [default: the one that is under way, else the newest]
    id: Option<String>,
    /// Show also what passing ones wrote
    #[arg(long)]
    output: bool,
}

#[derive(Debug, clap::Args)]
pub struct WatchArgs {
    /// The rollout [default: the one that is under way, else the newest, which has ended]
    id: Option<String>,
    /// Stop watching after this long (the rollout goes on); exit code 3
    #[arg(long, value_name = "SECONDS")]
    timeout_seconds: Option<u64>,
}

#[derive(Debug, clap::Args)]
pub struct ReasonArgs {
    /// The rollout [default: the one that is under way]
    id: Option<String>,
    /// Why; stands in the history
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

#[derive(Debug, clap::Args)]
pub struct RollbackArgs {
    #[command(flatten)]
    reason: ReasonArgs,
    /// Take the traffic back in ten even steps over this time instead of at once; a bad candidate still goes at once
    #[arg(long, value_name = "SECONDS")]
    over_seconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum State {
    Waiting,
    Advancing,
    Held,
    Returning,
    Succeeded,
    RolledBack,
    Cancelled,
}

impl From<State> for RolloutState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Advancing => Self::Advancing,
            State::Held => Self::Held,
            State::Returning => Self::Returning,
            State::Succeeded => Self::Succeeded,
            State::RolledBack => Self::RolledBack,
            State::Cancelled => Self::Cancelled,
        }
    }
}

/// Among so many newest ones the one under way is looked for.
const LOOKED_AT: u32 = 50;

/// What a person does to a rollout.
enum Act {
    Hold(String),
    Resume,
    Promote,
    Abort(String),
    RollBack(RollBackRequest),
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let connection = context.connect()?;
    let client = &connection.client;
    let (id, act) = match verb {
        Verb::List(args) => return list(args, client, context).await,
        Verb::Show(OneArgs { id }) => return show(&chosen(id, client, true).await?, client, context).await,
        Verb::SmokeTests(SmokeTestsArgs { id, output }) => {
            return smoke_tests(&chosen(id, client, true).await?, output, client, context).await;
        }
        Verb::Watch(WatchArgs { id, timeout_seconds }) => {
            let id = chosen(id, client, true).await?;
            let watching = Watching { live: true, timeout_seconds, says_if_over: true };
            return watch::all(&[id], watching, &connection, context).await;
        }
        Verb::Hold(ReasonArgs { id, reason }) => (id, Act::Hold(reason)),
        Verb::Resume(OneArgs { id }) => (id, Act::Resume),
        Verb::Promote(OneArgs { id }) => (id, Act::Promote),
        Verb::Abort(ReasonArgs { id, reason }) => (id, Act::Abort(reason)),
        Verb::Rollback(RollbackArgs { reason: ReasonArgs { id, reason }, over_seconds }) => {
            (id, Act::RollBack(RollBackRequest { reason: Some(reason), over_seconds }))
        }
    };
    // Also what has ended can be rolled back, so the newest is meant where none is under way.
    let id = chosen(id, client, matches!(act, Act::RollBack(_))).await?;
    carry_out(&act, &id, &connection, context).await
}

async fn carry_out(act: &Act, id: &str, connection: &Connection, context: &Context) -> Answer {
    let send = async |client: &Client, key: &str| match act {
        Act::Hold(reason) => client.hold(id, reason, key).await,
        Act::Resume => client.resume(id, key).await,
        Act::Promote => client.promote(id, key).await,
        Act::Abort(reason) => client.abort(id, reason, key).await,
        Act::RollBack(request) => client.roll_back(id, request, key).await,
    };
    let done = connection.once(send).await?;
    context.out.show(&done, |done| said(act, id, done))?;
    Ok(Ending::Done)
}

fn said(act: &Act, id: &str, done: &RolloutsStarted) -> String {
    let watch = "watch it: tidegate rollout watch";
    match act {
        Act::Hold(_) => format!("{id} is held; go on with `tidegate rollout resume {id}`\n"),
        Act::Resume => format!("{id} goes on\n  {watch} {id}\n"),
        Act::Promote => format!("{id} skips the steps that are left\n  {watch} {id}\n"),
        Act::Abort(_) => format!("{id} goes back to stable\n  {watch} {id}\n"),
        Act::RollBack(_) => {
            let back = done.rollouts.first().map_or(id, String::as_str);
            let new = if back == id { String::new() } else { format!(" by way of {back}") };
            format!("{id} goes back{new}\n  {watch} {back}\n")
        }
    }
}

async fn list(args: ListArgs, client: &Client, context: &Context) -> Answer {
    let (state, limit) = (args.state.map(Into::into), Some(args.limit));
    let query = RolloutsQuery { environment: args.environment, state, before: None, limit };
    let page = client.rollouts(&query).await?;
    let out = &context.out;
    out.show(&page, |page| render::rollout::list(&page.items, out.paint, out.terminal_columns))?;
    Ok(Ending::Done)
}

async fn show(id: &str, client: &Client, context: &Context) -> Answer {
    let rollout = client.rollout(id).await?;
    if context.out.json {
        context.out.document(&rollout)?;
        return Ok(Ending::Done);
    }
    let samples = client.samples(id, Some(watch::SAMPLES)).await?;
    let mut rows = picture::rows(&rollout, &samples.items, watch::now_ms(), context.out.columns());
    for line in
        render::progress::ending(&rollout).iter().flat_map(|text| piece::wrapped(text, context.out.columns()))
    {
        rows.push(piece::Row::new().plain(line));
    }
    context.out.text(&piece::text(&rows, context.out.paint))?;
    Ok(Ending::Done)
}

async fn smoke_tests(id: &str, outputs: bool, client: &Client, context: &Context) -> Answer {
    let page = client.smoke_tests(id).await?;
    // Nobody may have named it, so it is said which it is.
    let rollout = client.rollout(id).await?;
    let (out, over) = (&context.out, rollout.state.is_final());
    out.show(&page, |page| {
        let head = format!("{id} {} to {}\n", rollout.release, rollout.environment);
        head + &render::smoke::text(&page.items, (outputs, over), out.paint)
    })?;
    Ok(Ending::Done)
}

/// The one that was named, else the only one under way; with `or_newest`, the newest where none is under way.
async fn chosen(id: Option<String>, client: &Client, or_newest: bool) -> Result<String, Failure> {
    if let Some(id) = id {
        return Ok(id);
    }
    let page = client.rollouts(&RolloutsQuery { limit: Some(LOOKED_AT), ..RolloutsQuery::default() }).await?;
    choose(&page.items, or_newest)
}

fn choose(rollouts: &[Rollout], or_newest: bool) -> Result<String, Failure> {
    let under_way: Vec<&Rollout> = rollouts.iter().filter(|rollout| !rollout.state.is_final()).collect();
    match (under_way.as_slice(), rollouts.first()) {
        ([only], _) => Ok(only.id.clone()),
        ([], Some(newest)) if or_newest => Ok(newest.id.clone()),
        ([], _) => Err(Failure::refused("no-rollout-under-way", "no rollout is under way")
            .help("start one with `tidegate deploy VERSION --to ENVIRONMENT`; `tidegate rollout list` shows the past")),
        (several, _) => {
            let names = several.iter().take(5).map(|one| format!("{} ({} to {})", one.id, one.release, one.environment));
            let names = names.collect::<Vec<_>>().join(", ");
            Err(Failure::usage("which-rollout", "several rollouts are under way").help(format!("name one: {names}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::rollout;

    #[test]
    fn an_id_that_is_left_out_is_never_guessed_between_two() {
        let with = |id: &str, state| Rollout { id: id.to_owned(), state, ..rollout() };
        let (a, b) = (with("a", RolloutState::Advancing), with("b", RolloutState::Held));
        let (c, d) = (with("c", RolloutState::Succeeded), with("d", RolloutState::RolledBack));
        let code = |result: Result<String, Failure>| match result {
            Ok(id) => id,
            Err(Failure::Said(saying)) => saying.code,
            Err(Failure::OutputClosed) => String::new(),
        };
        let table = [
            (vec![c.clone(), a.clone(), d.clone()], true, "a"),
            (vec![a, b], true, "which-rollout"),
            (vec![c.clone(), d.clone()], true, "c"),
            (vec![c, d], false, "no-rollout-under-way"),
            (vec![], true, "no-rollout-under-way"),
        ];
        for (rollouts, or_newest, expect) in table {
            assert_eq!(code(choose(&rollouts, or_newest)), expect);
        }
    }
}
