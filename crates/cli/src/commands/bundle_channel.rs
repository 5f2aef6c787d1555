//! `tidegate bundle channel`: a folder that bundles are published through and had from (TUF).
//!
//! Invariant: who follows it names the root that they trust and a folder of their own where the newest state is kept. Not
//! here: what is refused (`tidegate-updates`), and the bundle's own signatures (`bundle verify`).

use std::path::PathBuf;

use jiff::Timestamp;
use tidegate_bundle::SecretKey;
use tidegate_updates::{Published, Refusal, begin, fetch, look, publish, until};

use super::bundle::read_key;
use super::{Answer, Context};
use crate::ending::Ending;
use crate::failure::Failure;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Begin(BeginArgs),
    Publish(PublishArgs),
    List(ListArgs),
    Fetch(FetchArgs),
}

/// Begin a channel
///
/// Prints the file that is its root: give that to whoever follows it, by a way that they trust.
#[derive(Debug, clap::Args)]
pub struct BeginArgs {
    /// The folder of the channel
    #[arg(value_name = "AT")]
    folder: PathBuf,
    /// The secret key that says which key publishes; keep it locked away
    #[arg(long, value_name = "KEY")]
    root_key: PathBuf,
    /// The secret key that publishes
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// How long the root counts
    #[arg(long, value_name = "DAYS", default_value = "365")]
    days: u32,
}

/// Publish a bundle, or sign anew what is there
#[derive(Debug, clap::Args)]
pub struct PublishArgs {
    /// The folder of the channel
    folder: PathBuf,
    /// The bundle; without one, what is there counts for longer
    bundle: Option<PathBuf>,
    /// The secret key that publishes
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// How long it counts: whoever sees nothing newer until then is told
    #[arg(long, value_name = "DAYS", default_value = "30")]
    days: u32,
}

#[derive(Debug, clap::Args)]
pub struct FollowArgs {
    /// The channel: its folder, or a file:// address
    #[arg(value_name = "AT")]
    channel: String,
    /// The root that you trust
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// A folder of your own that remembers the newest state; keep it
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
}

/// List what a channel names, the newest first
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    follow: FollowArgs,
}

/// Fetch a bundle from a channel
#[derive(Debug, clap::Args)]
pub struct FetchArgs {
    #[command(flatten)]
    follow: FollowArgs,
    /// Which one [default: the newest]
    #[arg(long, value_name = "NAME")]
    file: Option<String>,
    /// The folder that it goes into
    #[arg(long, short, value_name = "DIR", default_value = ".")]
    to: PathBuf,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let ending = if matches!(refusal, Refusal::Disk(..) | Refusal::Other(_)) {
            Ending::Fault
        } else if matches!(refusal, Refusal::Address(_)) {
            Ending::Usage
        } else {
            Ending::Refused
        };
        let failure = Self::new(ending, refusal.code(), refusal.to_string()).help(refusal.help());
        match std::error::Error::source(&refusal) {
            Some(cause) => failure.caused_by(cause),
            None => failure,
        }
    }
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    match verb {
        Verb::Begin(args) => {
            let keys = [&args.root_key, &args.key].map(|path| read_key(path, SecretKey::read));
            let [root, publisher] = keys;
            let made = begin(&args.folder, &root?, &publisher?, until(Timestamp::now(), args.days)).await?;
            let made = made.display().to_string();
            context.out.show(&serde_json::json!({ "root": made }), |_| format!("{made}\n"))?;
        }
        Verb::Publish(args) => {
            let key = read_key(&args.key, SecretKey::read)?;
            let expires = until(Timestamp::now(), args.days);
            let named = publish(&args.folder, &key, args.bundle.as_deref(), expires).await?;
            context.out.show(&named, |named| list(named))?;
        }
        Verb::List(ListArgs { follow }) => {
            let named = look(&follow.channel, &follow.root, &follow.state).await?;
            context.out.show(&named, |named| list(named))?;
        }
        Verb::Fetch(FetchArgs { follow, file, to }) => {
            let had = fetch(&follow.channel, &follow.root, &follow.state, file.as_deref(), &to).await?;
            let path = to.join(&had.file).display().to_string();
            context.out.show(&had, |_| format!("{path}\n"))?;
            context.out.remark(format!("next: tidegate bundle verify {path} --key FILE"));
        }
    }
    Ok(Ending::Done)
}

fn list(named: &[Published]) -> String {
    let line = |one: &Published| format!("{:>12}  {}", one.bytes, one.file);
    named.iter().map(line).chain([String::new()]).collect::<Vec<_>>().join("\n")
}
