//! `tidegate plan`: bring plans in and out, look at them and at what follows from them.
//!
//! Invariant: a document is sent whole, as its file says. Not here: acts (`plan_acts`), and whether a document fits (the server).

use std::path::PathBuf;

use serde_json::Value;
use tidegate_api::{PlanFormat, WritePlanRequest};
use tidegate_client::WindowWish;

use super::{Answer, Context, input, plan_acts, plan_back, plan_book, plan_cases};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

/// More than any plan, so that the server says how long one may be.
const FILE_BYTES_MAX: u64 = 900 << 10;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    List(ListArgs),
    Show(OneArgs),
    Import(ImportArgs),
    Export(ExportArgs),
    Schedule(OneArgs),
    Capacity(CapacityArgs),
    Readiness(OneArgs),
    Risks(OneArgs),
    GoNoGo(GoNoGoArgs),
    Advice(AdviceArgs),
    Retrospective(plan_back::Args),
    #[command(flatten)]
    Book(plan_book::Verb),
    Untriaged(UntriagedArgs),
    Compare(CompareArgs),
    /// Bring manual test cases in from a file
    #[command(subcommand)]
    Cases(plan_cases::Verb),
    File(plan_cases::FileArgs),
    #[command(flatten)]
    Act(plan_acts::Verb),
}

/// List plans, newest change first
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// At most this many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    limit: u32,
}

/// Look at a plan
#[derive(Debug, clap::Args)]
pub struct OneArgs {
    /// Of the release that it is for
    version: String,
}

/// Show every gate, vote and open point, with the digest that the final call names
#[derive(Debug, clap::Args)]
pub struct GoNoGoArgs {
    /// Of the release that it is for
    version: String,
}

/// Write a plan from a file, whole, in the place of the one that stands
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// A plan in Markdown, or its document as JSON (`*.json`, or whatever begins with a brace); `-` reads stdin
    file: PathBuf,
    /// Of the release that it is for
    #[arg(long = "for", value_name = "VERSION")]
    version: String,
    /// Refuse if it is no longer the edition that you exported
    #[arg(long, value_name = "NUMBER")]
    edition: Option<u64>,
    /// Why it is changed; of a document
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Only say what would be understood; of Markdown
    #[arg(long)]
    dry_run: bool,
}

/// Write a plan out
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// Of the release that it is for
    version: String,
    /// As what
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    format: FormatWord,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FormatWord {
    /// The document, to be changed and imported again
    Json,
    /// To be read, changed and imported again
    Markdown,
    /// A page to print
    Html,
}

/// Show whether the people can do the work by a day
#[derive(Debug, clap::Args)]
pub struct CapacityArgs {
    /// Of the release that it is for
    version: String,
    /// The day that is wanted, such as 2026-12-01; the plan's readiness date where absent
    #[arg(long, value_name = "DAY")]
    on: Option<String>,
}

/// List what trackers have and the plan has not decided on
#[derive(Debug, clap::Args)]
pub struct UntriagedArgs {
    /// Of the release that it is for
    version: String,
    /// At most this many
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 100)]
    limit: u32,
    /// Only what comes after this key
    #[arg(long, value_name = "KEY")]
    after: Option<String>,
}

/// Compare what is in a release by its commits with what was planned
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// Of the release that the plan is for
    version: String,
    /// Whose commits are read, where it is not the candidate
    #[arg(long, value_name = "VERSION")]
    release: Option<String>,
}

/// Find the quietest windows to deploy in, outside of freezes and nights
#[derive(Debug, clap::Args)]
pub struct AdviceArgs {
    /// Traffic as CSV: `hour,count` for the 168 hours of a week, or `time,count`; `-` reads stdin
    traffic: PathBuf,
    /// Whose calendar keeps windows free
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// The plan whose people have to be awake
    #[arg(long = "for", value_name = "VERSION")]
    version: Option<String>,
    /// Whose clock the traffic follows; the plan's, or UTC
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// How long a window is
    #[arg(long, value_name = "COUNT")]
    minutes: Option<u32>,
    /// How far ahead to look
    #[arg(long, value_name = "COUNT")]
    days: Option<u32>,
    /// How many windows at most
    #[arg(short = 'n', long, value_name = "COUNT")]
    windows: Option<u32>,
}

const TRAFFIC_BYTES_MAX: u64 = 8 << 20;

async fn advice(args: AdviceArgs, context: &Context) -> Answer {
    let traffic = input::read(&args.traffic, TRAFFIC_BYTES_MAX)
        .map_err(|why| input::unreadable(&args.traffic, &why))?;
    let AdviceArgs { environment, version: plan, zone, minutes, days, windows, .. } = args;
    let wish = WindowWish { environment, plan, zone, minutes, days, windows };
    let advice = context.connect()?.client.advise_window(&wish, traffic, "").await?;
    context.out.show(&advice, |advice| {
        render::plan_chart::advice(advice, context.out.paint, context.out.columns())
    })?;
    Ok(Ending::Done)
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let (out, connection) = (&context.out, context.connect()?);
    let (client, paint) = (&connection.client, out.paint);
    match verb {
        Verb::Book(verb) => return plan_book::run(verb, context).await,
        Verb::Act(verb) => return plan_acts::run(verb, context).await,
        Verb::Cases(verb) => return plan_cases::run(verb, context).await,
        Verb::File(args) => return plan_cases::file(args, context).await,
        Verb::Advice(args) => return advice(args, context).await,
        Verb::Retrospective(args) => return plan_back::run(args, context).await,
        Verb::Import(args) => return import(args, context).await,
        Verb::Untriaged(args) => {
            let page =
                client.plan_untriaged(&args.version, (args.after.as_deref(), Some(args.limit))).await?;
            let version = &args.version;
            out.show(&page, |page| render::scope::untriaged((version, page), paint, out.terminal_columns))?;
        }
        Verb::Compare(args) => {
            let told = client.plan_comparison(&args.version, args.release.as_deref()).await?;
            out.show(&told, |told| render::scope::comparison(told, paint))?;
        }
        Verb::List(args) => {
            let page = client.plans(None, Some(args.limit)).await?;
            out.show(&page, |page| render::plan::list(&page.items, paint, out.terminal_columns))?;
        }
        Verb::Show(args) => {
            let plan = client.plan(&args.version).await?;
            out.show(&plan, |plan| render::plan::one(plan, paint, out.columns()))?;
        }
        Verb::Export(args) if args.format != FormatWord::Json => {
            let format =
                if args.format == FormatWord::Html { PlanFormat::Html } else { PlanFormat::Markdown };
            let text = client.export_plan(&args.version, format).await?;
            out.text(&String::from_utf8_lossy(&text))?;
        }
        Verb::Export(args) => {
            let plan = client.plan(&args.version).await?;
            out.document(&plan.document)?;
            out.remark(format!(
                "edition {}: bring changes back with `tidegate plan import FILE --for {} --edition {}`",
                plan.edition, plan.version, plan.edition
            ));
        }
        Verb::Schedule(args) => {
            let chart = client.plan_schedule(&args.version).await?;
            out.show(&chart, |chart| render::plan_chart::schedule(chart, paint, out.columns()))?;
        }
        Verb::Capacity(args) => {
            let capacity = client.plan_capacity(&args.version, args.on.as_deref()).await?;
            out.show(&capacity, |capacity| render::plan_chart::capacity(capacity, paint, out.columns()))?;
        }
        Verb::Readiness(args) => {
            let readiness = client.plan_readiness(&args.version).await?;
            out.show(&readiness, |ready| render::plan_decision::readiness(ready, paint, out.columns()))?;
        }
        Verb::Risks(args) => {
            let risk = client.plan_risk(&args.version).await?;
            out.show(&risk, |risk| render::plan_decision::risk(risk, paint))?;
        }
        Verb::GoNoGo(args) => {
            let found = client.go_no_go(&args.version).await?;
            out.show(&found, |found| render::plan_decision::go_no_go(found, paint, out.columns()))?;
        }
    }
    Ok(Ending::Done)
}

async fn import(args: ImportArgs, context: &Context) -> Answer {
    let bytes = input::read(&args.file, FILE_BYTES_MAX).map_err(|why| input::unreadable(&args.file, &why))?;
    let is_document = bytes.trim_ascii_start().first() == Some(&b'{')
        || args.file.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    if !is_document {
        return import_markdown(args, bytes, context).await;
    }
    let document: Value = serde_json::from_slice(&bytes).map_err(|why| {
        Failure::usage("file-no-json", format!("{} is no JSON: {why}", args.file.display()))
            .help("export a plan to see the form: `tidegate plan export VERSION`")
    })?;
    let request = WritePlanRequest { document, note: args.note };
    let connection = context.connect()?;
    let edition = args.edition;
    let send =
        connection.once(async |client, key| client.write_plan(&args.version, (&request, edition), key).await);
    let plan = send.await?;
    context.out.show(&plan, |plan| render::plan::one(plan, context.out.paint, context.out.columns()))?;
    Ok(Ending::Done)
}

/// With what was not understood, by line.
async fn import_markdown(args: ImportArgs, bytes: Vec<u8>, context: &Context) -> Answer {
    if args.edition.is_some() || args.note.is_some() {
        return Err(Failure::usage("members-unfit", "`--edition` and `--note` go with a document as JSON")
            .help("export it as JSON: `tidegate plan export VERSION`"));
    }
    let connection = context.connect()?;
    let sent = (bytes, args.dry_run);
    let send = connection
        .once(async |client, key| client.import_plan(&args.version, (sent.0.clone(), sent.1), key).await);
    let imported = send.await?;
    context
        .out
        .show(&imported, |found| render::plan::imported(found, context.out.paint, context.out.columns()))?;
    Ok(Ending::Done)
}
