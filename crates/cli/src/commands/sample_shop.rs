//! The processes of the sample: the shop's services and its visitors, as hidden verbs of this program.
//!
//! Invariant: they run as any service would, told by environment variables and stopped by SIGTERM. Not here: the shop (the
//! crate `shop`), what releases it (the server's `sample`).

use std::time::Duration;

use shop::Outcome;
use tokio::signal::unix::{SignalKind, signal};

use super::demo::visitors::{Book, Visitors};
use super::up::no_signals;
use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;

/// Run a service of the sample shop
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub struct ShopArgs {
    /// As the program `shop` takes them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Visit the sample shop until stopped
#[derive(Debug, clap::Args)]
pub struct VisitorsArgs {
    /// Where the shop answers [env: SHOP_URL]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Requests a second
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u32).range(1..=2000))]
    rate: u32,
}

const SAY_EVERY: Duration = Duration::from_secs(10);

pub async fn serve(args: ShopArgs) -> Answer {
    Ok(match shop::run(args.arguments.into_iter()).await {
        Outcome::Done => Ending::Done,
        Outcome::Failed => Ending::Fault,
        Outcome::Misused => Ending::Usage,
    })
}

pub async fn visit(args: VisitorsArgs, context: &Context) -> Answer {
    // Before anybody comes: a SIGTERM that comes at once is heard.
    let mut terminate = signal(SignalKind::terminate()).map_err(|why| no_signals(&why))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|why| no_signals(&why))?;
    let url = args.url.or_else(|| std::env::var("SHOP_URL").ok()).ok_or_else(nowhere)?;
    let visitors = Visitors::arrive(&url, args.rate).map_err(|why| {
        Failure::fault("http-client", "the visitors could not be sent on their way").caused_by(&why)
    })?;
    context.out.line(format!("{} requests a second at {}", args.rate, url))?;
    let mut beat = tokio::time::interval(SAY_EVERY);
    beat.tick().await;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = beat.tick() => context.out.line(visitors.read(said))?,
        }
    }
    visitors.leave().await;
    context.out.line(visitors.read(said))?;
    Ok(Ending::Done)
}

fn nowhere() -> Failure {
    Failure::usage("server-address-malformed", "it is not known where the shop answers")
        .help("pass --url http://127.0.0.1:PORT, or set SHOP_URL")
}

fn said(book: &Book) -> String {
    let versions = book.by_version.iter().map(|((service, version), tally)| {
        format!("{} {version}: {}, {} failed", service.word(), tally.requests, tally.failed)
    });
    let met = book.why.iter().map(|why| format!("not answered: {why}"));
    let all = [format!("{} requests, {} not answered by the shop", book.total, book.dropped)];
    all.into_iter().chain(versions).chain(met).collect::<Vec<_>>().join("; ")
}
