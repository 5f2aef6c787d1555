//! `tidegate plan`: bring plans in and out, look at them and at what follows from them.
//!
//! Invariant: a document is sent whole, as its file says. Not here: acts (`plan_acts`), and whether a document fits (the server).

use std::path::PathBuf;

use serde_json::Value;
use tidegate_api::{Plan, PlanFormat, WritePlanRequest};
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

/// Write a plan from a file, whole
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// A plan in Markdown, or its document as JSON (`*.json`, or whatever begins with a brace); `-` reads stdin
    file: PathBuf,
    /// Of the release that it is for
    #[arg(long = "for", value_name = "VERSION")]
    version: String,
    /// In the place of the edition that you exported, if it still stands
    #[arg(long, value_name = "NUMBER")]
    edition: Option<u64>,
    /// In the place of whatever stands
    #[arg(long, conflicts_with = "edition")]
    replace: bool,
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
    /// As it was then, by `tidegate plan history`
    #[arg(long, value_name = "NUMBER")]
    edition: Option<u64>,
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
        Verb::Export(args) => export(args, context).await?,
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

async fn export(args: ExportArgs, context: &Context) -> Result<(), Failure> {
    let (out, connection) = (&context.out, context.connect()?);
    let client = &connection.client;
    let plan = client.plan(&args.version).await?;
    let format = match args.format {
        FormatWord::Markdown => PlanFormat::Markdown,
        FormatWord::Html => PlanFormat::Html,
        FormatWord::Json if args.edition.is_some() => PlanFormat::Json,
        FormatWord::Json => {
            out.document(&plan.document)?;
            bring_back(&plan, context);
            return Ok(());
        }
    };
    let text = client.export_plan(&args.version, (format, args.edition)).await?;
    out.text(&String::from_utf8_lossy(&text))?;
    if format != PlanFormat::Html {
        bring_back(&plan, context);
    }
    Ok(())
}

fn bring_back(plan: &Plan, context: &Context) {
    context.out.remark(format!(
        "edition {} stands: bring this in its place with `tidegate plan import FILE --for {} --edition {}`",
        plan.edition, plan.version, plan.edition
    ));
}

/// Nobody loses a plan by a file that was meant for another one.
async fn may_write(args: &ImportArgs, context: &Context) -> Result<(), Failure> {
    if args.replace || args.dry_run || args.edition.is_some() {
        return Ok(());
    }
    let stands = match context.connect()?.client.plan(&args.version).await {
        Ok(stands) => stands,
        Err(refusal) if refusal.code() == "unknown-plan" => return Ok(()),
        Err(refusal) => return Err(refusal.into()),
    };
    let detail = format!("{} has a plan, {:?} in edition {}", stands.version, title(&stands), stands.edition);
    Err(Failure::usage("plan-stands", detail).help(format!(
        "to write this in its place: `--edition {}`, or `--replace` for whatever stands; what it says now stays in its history",
        stands.edition
    )))
}

fn title(plan: &Plan) -> &str {
    plan.document.get("title").and_then(Value::as_str).unwrap_or_default()
}

async fn import(args: ImportArgs, context: &Context) -> Answer {
    let bytes = input::read(&args.file, FILE_BYTES_MAX).map_err(|why| input::unreadable(&args.file, &why))?;
    may_write(&args, context).await?;
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
    if args.note.is_some() {
        return Err(Failure::usage("members-unfit", "`--note` goes with a document as JSON")
            .help("export it as JSON: `tidegate plan export VERSION`"));
    }
    let connection = context.connect()?;
    let send = connection.once(async |client, key| {
        let sent = (bytes.clone(), args.dry_run, args.edition);
        client.import_plan(&args.version, sent, key).await
    });
    let imported = send.await?;
    context
        .out
        .show(&imported, |found| render::plan::imported(found, context.out.paint, context.out.columns()))?;
    Ok(Ending::Done)
}
