//! `tidegate release`: create, list, show, change.
//!
//! Invariant: what is created is named by content (the server works the digests out), so it never changes. Not here:
//! reading artifacts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tidegate_api::{ChangeType, CreateReleaseRequest, NewArtifact, Release, ReleaseKind, ReleaseOutcome};
use tidegate_client::ClientError;

use super::{Answer, Context, bundle_shelf, commits, release_notes};
use crate::connect::Connection;
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Create(CreateArgs),
    List(ListArgs),
    Show(ShowArgs),
    Change(ChangeArgs),
    Notes(release_notes::Args),
}

/// Make a release: a named, frozen set of component versions
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// For example 2.1.0
    #[arg(required_unless_present = "bundle")]
    version: Option<String>,
    /// Of a bundle: a file, which is uploaded, or the digest of one that was
    #[arg(long, value_name = "BUNDLE", conflicts_with_all = ["components", "commands"])]
    bundle: Option<String>,
    /// A component and its artifact: a directory, a .tar.gz or a .tar.zst; repeat for several
    #[arg(short, long = "component", value_name = "NAME=PATH", value_parser = assignment)]
    components: Vec<(String, PathBuf)>,
    /// A component that runs a program which is there already; repeat for several
    #[arg(long = "command", value_name = "NAME")]
    commands: Vec<String>,
    /// What is new; repeat for several lines
    #[arg(long = "note", value_name = "TEXT")]
    notes: Vec<String>,
    /// What is new, with when each commit was authored: `git log --format='%H %aI'`, or JSON; - reads stdin
    #[arg(long, value_name = "FILE")]
    commits: Option<PathBuf>,
    /// An urgent fix: it may take over from a rollout that waits for a person
    #[arg(long)]
    hotfix: bool,
}

/// List releases, newest change first
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// At most this many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    limit: u32,
}

/// Show one release: what it holds, and where it stands
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The release
    version: String,
}

/// Say how much consent a release needs
#[derive(Debug, clap::Args)]
pub struct ChangeArgs {
    /// The release
    version: String,
    /// What kind of change it is
    change: Change,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Change {
    /// Agreed once for all: needs no approval
    Standard,
    Normal,
    /// Cannot wait: fewer approvals, and a review afterwards
    Emergency,
}

fn assignment(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.to_owned(), path.into())),
        Some(_) | None => Err("write NAME=PATH, for example api=./build/api".to_owned()),
    }
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    match verb {
        Verb::Create(args) => create(args, context).await,
        Verb::List(args) => list(&args, context).await,
        Verb::Show(args) => show(&args, context).await,
        Verb::Change(args) => change(&args, context).await,
        Verb::Notes(args) => release_notes::run(&args, context).await,
    }
}

async fn create(args: CreateArgs, context: &Context) -> Answer {
    let connection = context.connect()?;
    let bundle = match &args.bundle {
        Some(given) => Some(bundled(given, &connection).await?),
        None => None,
    };
    let request = request(args, bundle)?;
    let release = connection.once(async |client, key| client.create_release(&request, key).await).await?;
    context.out.show(&release, |release| {
        format!(
            "Release {} is created.\n{}",
            release.version,
            render::release::one(release, context.out.paint, context.out.columns())
        )
    })?;
    Ok(Ending::Done)
}

/// The digest of a bundle that the server keeps, and its version.
async fn bundled(given: &str, connection: &Connection) -> Result<(String, String), Failure> {
    let bundle = if bundle_shelf::is_digest(given) {
        connection.client.bundle(given).await?.bundle
    } else {
        bundle_shelf::sent(connection, Path::new(given)).await?
    };
    Ok((bundle.digest, bundle.version))
}

fn request(args: CreateArgs, bundle: Option<(String, String)>) -> Result<CreateReleaseRequest, Failure> {
    let kind = if args.hotfix { ReleaseKind::Hotfix } else { ReleaseKind::Planned };
    let mut components = BTreeMap::new();
    let paths = args.components.into_iter().map(|(name, path)| {
        // The server is another process, with another working directory.
        let path = std::path::absolute(&path).unwrap_or(path).display().to_string();
        (name, NewArtifact { path: Some(path), ..NewArtifact::default() })
    });
    let commands =
        args.commands.into_iter().map(|name| (name, NewArtifact { command: true, ..NewArtifact::default() }));
    for (name, artifact) in paths.chain(commands) {
        if components.insert(name.clone(), artifact).is_some() {
            return Err(Failure::usage("component-twice", format!("the component `{name}` is named twice"))
                .help("name each component once, with --component or with --command"));
        }
    }
    let commits = args.commits.as_deref().map(commits::read).transpose()?.unwrap_or_default();
    let (bundle, own) = bundle.unzip();
    let version = args.version.or(own).unwrap_or_default();
    Ok(CreateReleaseRequest { version, kind, components, bundle, notes: args.notes, commits })
}

async fn list(args: &ListArgs, context: &Context) -> Answer {
    let page = context.connect()?.client.releases(None, Some(args.limit)).await?;
    context.out.show(&page, |page| {
        render::release::list(&page.items, context.out.paint, context.out.terminal_columns)
    })?;
    Ok(Ending::Done)
}

async fn show(args: &ShowArgs, context: &Context) -> Answer {
    let client = context.connect()?.client;
    let release = client.release(&args.version).await?;
    // A release can be read without its figures: by one who may not see them, or while they are still worked out.
    let (outcome, unknown) = match client.release_outcome(&args.version).await {
        Ok(outcome) => (Some(outcome), None),
        Err(ClientError::Problem(problem)) => {
            (None, Some(format!("How it went is not known: {}.\n", problem.detail)))
        }
        Err(other) => return Err(other.into()),
    };
    let shown = Shown { release, outcome };
    let (paint, columns) = (context.out.paint, context.out.columns());
    context.out.show(&shown, |Shown { release, outcome }| {
        let went = outcome.as_ref().map(|outcome| render::outcome::outcome(outcome, paint));
        format!("{}{}", render::release::one(release, paint, columns), went.or(unknown).unwrap_or_default())
    })?;
    Ok(Ending::Done)
}

/// A release, and how it went for its users.
#[derive(serde::Serialize)]
struct Shown {
    #[serde(flatten)]
    release: Release,
    outcome: Option<ReleaseOutcome>,
}

async fn change(args: &ChangeArgs, context: &Context) -> Answer {
    let change = match args.change {
        Change::Standard => ChangeType::Standard,
        Change::Normal => ChangeType::Normal,
        Change::Emergency => ChangeType::Emergency,
    };
    let connection = context.connect()?;
    let send = connection.once(async |client, key| client.set_change(&args.version, change, key).await);
    let release = send.await?;
    context
        .out
        .show(&release, |release| render::release::one(release, context.out.paint, context.out.columns()))?;
    Ok(Ending::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments() {
        assert_eq!(assignment("api=./build=2/api"), Ok(("api".to_owned(), PathBuf::from("./build=2/api"))));
        for bad in ["api", "=x", "api=", ""] {
            assert!(assignment(bad).is_err(), "{bad}");
        }
    }
}
