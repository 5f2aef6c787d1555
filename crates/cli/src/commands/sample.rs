//! `tidegate sample`: the sample shop on this server, ready to be released.
//!
//! Invariant: it is made where nothing is applied yet, and by the server: the interface in a browser asks the same. Not here:
//! what it is made of (the server), running it (`sample_shop`).

use super::{Answer, Context};
use crate::ending::Ending;
use crate::render;

/// Set up the sample shop: a configuration and three releases, to try everything with
///
/// Where nothing is applied yet. A shop of two services with its visitors, three environments, and the releases 1.0.0, 1.1.0
/// and 1.2.0, which fails 5 % of its requests. Everything of it is this program itself.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(Args {}: Args, context: &Context) -> Answer {
    let connection = context.connect()?;
    let made = connection.once(async |client, key| client.make_sample(key).await).await?;
    let out = &context.out;
    out.show(&made, |made| render::sample::made(made, out.paint))?;
    Ok(Ending::Done)
}
