//! `tidegate audit search` and `export`: who did what, and the log as lines that can be checked without Tidegate.
//!
//! Invariant: an export that broke off ends with an error, and its first line says how far it should go. Not here:
//! checking one (`audit_exported`).

use futures_util::StreamExt as _;
use tidegate_client::SearchQuery;

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;
use crate::render::piece;
use crate::span;

/// Asked for at a time.
const PAGE: u32 = 500;

/// Write the log as JSON lines, each with everything that its hash is made of
///
/// `tidegate audit verify --export FILE` checks them anywhere. Without --after it is the whole log.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Only events after this position: to go on where an earlier export ends
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
    /// Only events up to this position
    #[arg(long, value_name = "POSITION")]
    until: Option<u64>,
}

/// Say how long from where somebody asked is remembered; without an option, show it
///
/// Events stay for ever, and so does what proves them: of a forgotten origin its hash is left.
#[derive(Debug, clap::Args)]
pub struct RetainArgs {
    /// Forget it after so many days, now and then each day
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: Option<u32>,
    /// Forget nothing from now on
    #[arg(long, conflicts_with = "days")]
    for_ever: bool,
}

/// Find who did what, newest first
#[derive(Debug, clap::Args)]
pub struct SearchArgs {
    /// What they did, and what was done about them
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// Of a release and its rollouts
    #[arg(long, value_name = "VERSION")]
    release: Option<String>,
    /// Of an environment
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// A kind of event, with `*` at its end for all that begin so: `rollout.*`
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Not older: `2h`, `7d`, `2026-11-01`, `2026-11-01T08:00Z`
    #[arg(long, value_name = "WHEN", value_parser = span::since)]
    since: Option<u64>,
    /// Older
    #[arg(long, value_name = "WHEN", value_parser = span::since)]
    until: Option<u64>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 100)]
    limit: u64,
}

pub async fn export(args: &ExportArgs, context: &Context) -> Answer {
    let client = context.connect()?.client;
    let mut lines = client.export_audit(args.after, args.until).await?;
    while let Some(line) = lines.next().await {
        context.out.line(line?)?;
    }
    Ok(Ending::Done)
}

pub async fn retain(args: &RetainArgs, context: &Context) -> Answer {
    let connection = context.connect()?;
    let state = match args.days.or(args.for_ever.then_some(0)) {
        Some(days) => connection.once(async |client, key| client.set_retention(days, key).await).await?,
        None => connection.client.retention().await?,
    };
    context.out.show(&state, render::health::retention)?;
    Ok(Ending::Done)
}

pub async fn search(args: SearchArgs, context: &Context) -> Answer {
    let client = context.connect()?.client;
    let SearchArgs { person, release, environment, kind, since, until, limit } = args;
    let mut query = SearchQuery {
        person,
        release,
        environment,
        kind,
        since_ms: since,
        until_ms: until,
        ..SearchQuery::default()
    };
    let mut left = limit;
    while left > 0 {
        query.limit = Some(u32::try_from(left).unwrap_or(PAGE).min(PAGE));
        let page = client.search_audit(&query).await?;
        for event in &page.items {
            if context.out.json {
                context.out.record(event)?;
            } else {
                let row = render::event::row(event, context.out.terminal_columns);
                context.out.text(&piece::text(&[row], context.out.paint))?;
            }
        }
        left = left.saturating_sub(page.items.len() as u64);
        query.before = page.next;
        if page.next.is_none() {
            break;
        }
    }
    Ok(Ending::Done)
}
