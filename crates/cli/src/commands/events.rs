//! `tidegate events`: the history, and what happens next.
//!
//! Invariant: in the order of the log, nothing left out and nothing twice. Not here: proving it (`audit`).

use std::collections::VecDeque;

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
    #[arg(long, value_name = "POSITION", conflicts_with = "from_start")]
    after: Option<u64>,
    /// The newest COUNT; with --after or --from-start the first ones from there [default: all]
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<u64>,
    /// With -n: the oldest instead of the newest
    #[arg(long)]
    from_start: bool,
    /// Go on with new events as they come; what was comes first with -n, --after or --from-start
    #[arg(short, long)]
    follow: bool,
}

impl Args {
    /// Where reading begins, unless that is counted from the end.
    fn begin(&self) -> Option<u64> {
        self.after.or(self.from_start.then_some(0))
    }
}

/// Read at a time.
const PAGE: u32 = 500;

pub async fn run(args: Args, context: &Context) -> Answer {
    let client = context.connect()?.client;
    match (args.follow, args.begin(), args.limit) {
        (false, None, Some(count)) => {
            newest(&args, count, &client, context).await?;
            Ok(Ending::Done)
        }
        (false, begin, limit) => pages(args.stream, begin, limit, (&client, context)).await,
        (true, None, Some(count)) => {
            let after = newest(&args, count, &client, context).await?;
            follow((Some(after), args.stream), u64::MAX, (&client, context)).await
        }
        (true, begin, limit) => {
            follow((begin, args.stream), limit.unwrap_or(u64::MAX), (&client, context)).await
        }
    }
}

/// Says the last so many, and answers up to which position everything has been said.
async fn newest(args: &Args, count: u64, client: &Client, context: &Context) -> Result<u64, Failure> {
    let head = client.health().await?.position;
    // Positions have no gaps over the whole log; of one stream all are read, which is never long.
    let after = if args.stream.is_some() { 0 } else { head.saturating_sub(count) };
    let mut query = EventsQuery { after: Some(after), stream: args.stream.clone(), limit: Some(PAGE) };
    let mut kept: VecDeque<Event> = VecDeque::new();
    loop {
        let page = client.events(&query).await?;
        kept.extend(page.items);
        while kept.len() as u64 > count {
            kept.pop_front();
        }
        if page.next.is_none() {
            break;
        }
        query.after = page.next;
    }
    kept.iter().try_for_each(|event| say(event, context))?;
    Ok(kept.back().map_or(head, |event| event.position.max(head)))
}

async fn pages(
    stream: Option<String>,
    after: Option<u64>,
    limit: Option<u64>,
    (client, context): (&Client, &Context),
) -> Answer {
    let mut left = limit.unwrap_or(u64::MAX);
    let mut query = EventsQuery { after, stream, limit: None };
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

async fn follow(
    (after, stream): (Option<u64>, Option<String>),
    mut left: u64,
    (client, context): (&Client, &Context),
) -> Answer {
    let mut following = client.follow_events(&EventsFrom { after, stream });
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
