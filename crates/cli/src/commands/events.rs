//! `tidegate events`: the history, and what happens next.
//!
//! Invariant: in the order of the log, nothing left out and nothing twice. Not here: proving it (`audit`).

use futures_util::StreamExt;
use tidegate_api::Event;
use tidegate_client::{Client, EventsFrom, EventsQuery, Followed};

use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;
use crate::render::piece;

/// Show what happened, oldest first
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only of one stream: `rollout/ID`, `release/VERSION`, `slot/ENVIRONMENT/COMPONENT`, `catalog`
    #[arg(long)]
    stream: Option<String>,
    /// Only events after this position
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
    /// At most this many [default: all]
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<u64>,
    /// Go on with new events as they come; without --after only those
    #[arg(short, long)]
    follow: bool,
}

/// Read at a time.
const PAGE: u32 = 500;

pub async fn run(args: Args, context: &Context) -> Answer {
    let client = context.connect()?.client;
    if args.follow { follow(args, &client, context).await } else { pages(args, &client, context).await }
}

async fn pages(args: Args, client: &Client, context: &Context) -> Answer {
    let mut left = args.limit.unwrap_or(u64::MAX);
    let mut query = EventsQuery { after: args.after, stream: args.stream, limit: None };
    while left > 0 {
        query.limit = Some(u32::try_from(left).unwrap_or(PAGE).min(PAGE));
        let page = client.events(&query).await?;
        page.items.iter().try_for_each(|event| say(event, context))?;
        left = left.saturating_sub(page.items.len() as u64);
        if page.next.is_none() {
            break;
        }
        query.after = page.next;
    }
    Ok(Ending::Done)
}

async fn follow(args: Args, client: &Client, context: &Context) -> Answer {
    let mut left = args.limit.unwrap_or(u64::MAX);
    let mut following = client.follow_events(&EventsFrom { after: args.after, stream: args.stream });
    let mut was_connected = false;
    while left > 0 {
        let said = tokio::select! {
            said = following.next() => said,
            _ = tokio::signal::ctrl_c() => return Ok(Ending::Interrupted),
        };
        match said {
            Some(Followed::Event(event)) => {
                say(&event, context)?;
                left -= 1;
            }
            Some(Followed::Connected) => was_connected = true,
            Some(Followed::Lost(error)) if !was_connected => return Err(error.into()),
            Some(Followed::Lost(error)) => context.out.remark(format!("{error}; trying again")),
            Some(Followed::Refused(error)) => return Err(error.into()),
            None => return Ok(Ending::Done),
        }
    }
    Ok(Ending::Done)
}

fn say(event: &Event, context: &Context) -> Result<(), Failure> {
    let out = &context.out;
    if out.json {
        return out.record(event);
    }
    out.text(&piece::text(&[render::event::row(event, out.terminal_columns)], out.paint))
}
