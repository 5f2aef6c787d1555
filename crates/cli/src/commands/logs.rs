//! `tidegate logs`: what instances wrote.
//!
//! Invariant: a line is printed as it is when piped; on a terminal it cannot move the cursor. Not here: keeping logs.

use futures_util::StreamExt;
use tidegate_api::LogLine;
use tidegate_client::LogsQuery;

use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::paint::Tone;
use crate::render::piece::printable;

/// Show what the instances of a component wrote
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose logs
    #[arg(value_name = "ENVIRONMENT/COMPONENT", value_parser = place)]
    place: (String, String),
    /// Only of this version
    #[arg(long)]
    version: Option<String>,
    /// Only of this instance (0 is the first)
    #[arg(long, value_name = "ORDINAL")]
    instance: Option<u32>,
    /// The last lines of each instance
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 100)]
    lines: u32,
    /// Go on with new lines as they come
    #[arg(short, long)]
    follow: bool,
}

fn place(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((environment, component)) if !environment.is_empty() && !component.is_empty() => {
            Ok((environment.to_owned(), component.to_owned()))
        }
        Some(_) | None => Err("write ENVIRONMENT/COMPONENT, for example production/api".to_owned()),
    }
}

pub async fn run(args: Args, context: &Context) -> Answer {
    let (environment, component) = args.place;
    let (version, instance, lines) = (args.version, args.instance, Some(args.lines));
    let query = LogsQuery { environment, component, version, instance, lines };
    let client = context.connect()?.client;
    if !args.follow {
        let page = client.logs(&query).await?;
        if context.out.json {
            context.out.document(&page)?;
        } else {
            page.items.iter().try_for_each(|line| say(line, context))?;
        }
        return Ok(Ending::Done);
    }
    let mut following = client.follow_logs(&query).await?;
    loop {
        tokio::select! {
            line = following.next() => match line {
                Some(Ok(line)) if context.out.json => context.out.record(&line)?,
                Some(Ok(line)) => say(&line, context)?,
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(Ending::Done),
            },
            _ = tokio::signal::ctrl_c() => return Ok(Ending::Interrupted),
        }
    }
}

fn say(line: &LogLine, context: &Context) -> Result<(), Failure> {
    let instance = context.out.paint.apply(Tone::Quiet, &line.instance);
    let text = if context.out.terminal_columns.is_some() { printable(&line.text) } else { line.text.clone() };
    context.out.line(format!("{instance}  {text}"))
}
