//! `tidegate scope`: where issues and pull requests are tracked, and what was read of them.
//!
//! Invariant: a token is named by the secret that holds it, and never given here. Not here: what goes into a plan (`plan`).

use std::path::PathBuf;

use tidegate_api::{ScopeRule, ScopeSourceKind, ScopeToken, SetScopeSourceRequest};

use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render::scope as render;

const RULES_BYTES_MAX: u64 = 1 << 20;
const TABLE_BYTES_MAX: u64 = 16 << 20;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Where issues and pull requests are tracked
    #[command(subcommand)]
    Source(SourceVerb),
    Import(ImportArgs),
    List(ListArgs),
}

#[derive(Debug, clap::Subcommand)]
pub enum SourceVerb {
    Add(Box<AddArgs>),
    /// List sources
    List,
    /// Show a source: how far it was read, and what it waits for
    Show(Named),
    /// Read what changed now, or go on after something was mended
    Refresh(Named),
    /// Forget a source and what was read of it
    Remove(Named),
}

#[derive(Debug, clap::Args)]
pub struct Named {
    /// Of the source
    name: String,
}

/// Set a source; it is read in the background from then on
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// Of the source
    name: String,
    #[arg(long)]
    kind: KindWord,
    /// `owner/repository` at GitHub, `group/project` at GitLab
    #[arg(long, value_name = "PATH")]
    project: Option<String>,
    /// Of the tracker's API, where it is not the public one
    #[arg(long, value_name = "URL")]
    base: Option<String>,
    /// Only what has this milestone
    #[arg(long, value_name = "TITLE")]
    milestone: Option<String>,
    /// Only what has this label, and every other one that is named
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
    /// The secret that holds the token, as ENVIRONMENT/NAME
    #[arg(long, value_name = "SECRET")]
    token: Option<String>,
    /// Minutes between looks; 0 to look only when somebody asks
    #[arg(long, value_name = "MINUTES")]
    every: Option<u32>,
    /// What labels and milestones mean: a list in JSON
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Refuse if it is no longer the edition that you saw
    #[arg(long, value_name = "NUMBER")]
    edition: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum KindWord {
    Github,
    Gitlab,
    /// Tables that people bring
    Csv,
}

/// Bring a table of issues: CSV with a line of headers
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// As GitHub, GitLab and Jira write it; `-` reads stdin
    file: PathBuf,
    /// A source of tables
    #[arg(long, value_name = "NAME")]
    source: String,
}

/// List the issues and pull requests of a source
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Of the source
    name: String,
    /// At most this many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 100)]
    limit: u32,
    /// Only what comes after this key
    #[arg(long, value_name = "KEY")]
    after: Option<String>,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let connection = context.connect()?;
    let (out, client) = (&context.out, &connection.client);
    match verb {
        Verb::Source(SourceVerb::Add(args)) => {
            let (name, edition) = (args.name.clone(), args.edition);
            let request = request(*args)?;
            let set = async |client: &tidegate_client::Client, key: &str| {
                client.set_scope_source(&name, (&request, edition), key).await
            };
            let made = connection.once(set).await?;
            out.show(&made, |made| render::source(made, out.paint))?;
        }
        Verb::Source(SourceVerb::List) => {
            let page = client.scope_sources().await?;
            out.show(&page, |page| render::sources(&page.items, out.paint, out.terminal_columns))?;
        }
        Verb::Source(SourceVerb::Show(Named { name })) => {
            let found = client.scope_source(&name).await?;
            out.show(&found, |found| render::source(found, out.paint))?;
        }
        Verb::Source(SourceVerb::Refresh(Named { name })) => {
            let asked =
                connection.once(async |client, key| client.refresh_scope_source(&name, key).await).await?;
            out.show(&asked, |asked| render::source(asked, out.paint))?;
        }
        Verb::Source(SourceVerb::Remove(Named { name })) => {
            let gone =
                connection.once(async |client, key| client.remove_scope_source(&name, key).await).await?;
            out.show(&gone, |_| format!("{name} is removed.\n"))?;
        }
        Verb::Import(ImportArgs { file, source }) => {
            let bytes = input::read(&file, TABLE_BYTES_MAX).map_err(|why| input::unreadable(&file, &why))?;
            let bring = async |client: &tidegate_client::Client, key: &str| {
                client.import_scope(&source, bytes.clone(), key).await
            };
            let read = connection.once(bring).await?;
            out.show(&read, |read| render::imported(read, out.paint))?;
        }
        Verb::List(ListArgs { name, limit, after }) => {
            let page = client.tracked_items(&name, (after.as_deref(), Some(limit))).await?;
            out.show(&page, |page| render::items(page, out.paint, out.terminal_columns))?;
        }
    }
    Ok(Ending::Done)
}

fn request(args: AddArgs) -> Result<SetScopeSourceRequest, Failure> {
    let AddArgs { name: _, edition: _, kind, project, base, milestone, labels, token, every, rules } = args;
    let token = token.map(|place| match place.split_once('/') {
        Some((environment, secret)) => {
            Ok(ScopeToken { environment: environment.to_owned(), secret: secret.to_owned() })
        }
        None => Err(Failure::usage("members-unfit", format!("`{place}` names no secret"))
            .help("write the environment and the name: --token production/GITHUB_TOKEN")),
    });
    let rules = match rules {
        None => Vec::new(),
        Some(file) => {
            let bytes = input::read(&file, RULES_BYTES_MAX).map_err(|why| input::unreadable(&file, &why))?;
            serde_json::from_slice::<Vec<ScopeRule>>(&bytes).map_err(|why| {
                Failure::usage("file-no-json", format!("{} is no list of rules: {why}", file.display()))
                    .help(r#"write it like [{"label": "area/pay*", "component": "pay"}]"#)
            })?
        }
    };
    let kind = match kind {
        KindWord::Github => ScopeSourceKind::Github,
        KindWord::Gitlab => ScopeSourceKind::Gitlab,
        KindWord::Csv => ScopeSourceKind::Csv,
    };
    Ok(SetScopeSourceRequest {
        kind,
        base,
        project,
        milestone,
        labels,
        token: token.transpose()?,
        rules,
        every_minutes: every,
    })
}
