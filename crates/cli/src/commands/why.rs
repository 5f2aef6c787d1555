//! `tidegate why`: why a release does not move, and what would move it.
//!
//! Invariant: only looks; ends well whatever it finds, so that a script reads the answer and not the exit code. Not here: the
//! gates alone (`gate`).

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;

/// Say why releases do not move, and what would move them
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The release [default: the newest ones]
    version: Option<String>,
    /// Only into this environment
    #[arg(long, value_name = "ENVIRONMENT")]
    to: Option<String>,
    /// Only where somebody has to act: held, a gate closed, a secret missing
    #[arg(long)]
    waiting: bool,
}

pub async fn run(args: Args, context: &Context) -> Answer {
    let (out, client) = (&context.out, context.connect()?.client);
    let page = client.why(args.version.as_deref(), args.to.as_deref(), args.waiting).await?;
    out.show(&page, |page| match page.items.as_slice() {
        [] if args.waiting => "Nothing waits for anybody.\n".to_owned(),
        items => render::why::list(items, out.paint, out.columns()),
    })?;
    Ok(Ending::Done)
}
