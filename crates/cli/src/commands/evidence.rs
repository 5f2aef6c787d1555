//! `tidegate evidence`: add reports, list them, waive findings.
//!
//! Invariant: a report is sent as it is; only the server reads it. Not here: deciding by it.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tidegate_api::{EvidenceList, EvidenceReport, WaiveRequest};
use tidegate_client::ReportPurpose;
use tidegate_evidence::{Format, Limits};

use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::{render, span};

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Add(AddArgs),
    List(ListArgs),
    Show(ShowArgs),
    File(FileArgs),
    Waive(WaiveArgs),
    /// List the formats that are read
    Formats,
}

/// Add a report to a release
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// The report, as its tool wrote it
    file: PathBuf,
    /// The release that it is about
    #[arg(long = "for", value_name = "RELEASE")]
    release: String,
    /// The artifact that it is about, where it does not say so itself [default: the only one]
    #[arg(long, value_name = "COMPONENT|DIGEST")]
    artifact: Option<String>,
    /// The kind of gate that it is for: end_to_end_tests
    #[arg(long, value_name = "KIND")]
    gate: Option<String>,
    /// What to call it; a later one of this name takes its place
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Instead of the format that its content shows
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

/// List the reports and waivers of a release
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// The release
    release: String,
}

/// Show a report with its findings, the worst first
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The release
    release: String,
    /// The beginning of its id, or its name where no other report has it
    report: String,
    /// At most so many findings
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=2000))]
    limit: u32,
}

/// Download the file of a report, where it is kept: of smoke tests
#[derive(Debug, clap::Args)]
pub struct FileArgs {
    /// The release
    release: String,
    /// The beginning of its id, or its name where no other report has it
    report: String,
    /// Where to write it; `-` writes to stdout
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Let a finding pass, with who, why, and an end
#[derive(Debug, clap::Args)]
#[command(override_usage = "tidegate evidence waive <RELEASE> <FINDING> --why <TEXT> --until <TIME>")]
pub struct WaiveArgs {
    /// The release
    release: String,
    /// The id of the finding, or `missing suites`
    finding: String,
    /// Why it may pass
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// Until when: 2026-12-31, 2026-12-31T18:00Z, or 30d from now
    #[arg(long, value_name = "TIME", value_parser = span::until)]
    until: u64,
}

#[derive(Serialize)]
pub struct KnownFormat {
    pub format: &'static str,
    pub made_by: &'static str,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let out = &context.out;
    match verb {
        Verb::Add(args) => add(args, context).await?,
        Verb::List(args) => {
            let list = context.connect()?.client.evidence(&args.release).await?;
            out.show(&list, |list| render::evidence::list(list, out.paint, out.terminal_columns))?;
        }
        Verb::Show(args) => {
            let client = context.connect()?.client;
            let id = find(&client.evidence(&args.release).await?, (&args.release, &args.report))?;
            let shown = client.evidence_report(&args.release, &id, Some(args.limit)).await?;
            out.show(&shown, |shown| render::evidence::shown(shown, out.paint, out.terminal_columns))?;
        }
        Verb::File(FileArgs { release, report, out: to }) => {
            let client = context.connect()?.client;
            let id = find(&client.evidence(&release).await?, (&release, &report))?;
            super::plan_cases::write(&to, &client.evidence_file(&release, &id).await?)?;
        }
        Verb::Waive(args) => {
            let WaiveArgs { release, finding, why, until } = args;
            let request = WaiveRequest { finding, why, until_ms: until };
            let connection = context.connect()?;
            let list =
                connection.once(async |client, key| client.waive(&release, &request, key).await).await?;
            out.show(&list, |list| render::evidence::list(list, out.paint, out.terminal_columns))?;
        }
        Verb::Formats => {
            let all =
                Format::ALL.map(|format| KnownFormat { format: format.name(), made_by: format.made_by() });
            out.show(&all.as_slice(), |all| render::evidence::formats(all, out.paint))?;
        }
    }
    Ok(Ending::Done)
}

/// The id of the one that is meant.
fn find(list: &EvidenceList, (release, report): (&str, &str)) -> Result<String, Failure> {
    let begins = |one: &&EvidenceReport| !report.is_empty() && one.id.starts_with(report);
    let by_id: Vec<_> = list.reports.iter().filter(begins).collect();
    let by_name = || list.reports.iter().filter(|one| one.name == report).collect();
    let found: Vec<_> = if by_id.is_empty() { by_name() } else { by_id };
    let help = format!("see their ids: `tidegate evidence list {release}`");
    match found.as_slice() {
        [one] => Ok(one.id.clone()),
        [] => {
            let detail = format!("{release} has no report `{}`", report.escape_debug());
            Err(Failure::refused("unknown-report", detail).help(help))
        }
        several => {
            let detail = format!("`{report}` are {} reports of {release}", several.len());
            Err(Failure::usage("which-report", detail).help(help))
        }
    }
}

async fn add(args: AddArgs, context: &Context) -> Result<(), Failure> {
    let AddArgs { file, release, artifact, gate, name, format } = args;
    let report = read(&file)?;
    let file_name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let purpose = ReportPurpose { name, file_name, gate, artifact, format };
    let connection = context.connect()?;
    let send = async |client: &tidegate_client::Client, key: &str| {
        client.add_evidence(&release, &purpose, report.clone(), key).await
    };
    let added = connection.once(send).await?;
    context.out.show(&added, |added| render::evidence::added(added, context.out.paint))
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |why| input::unreadable(file, &why);
    let (bytes, most) = (std::fs::metadata(file).map_err(unreadable)?.len(), Limits::default().bytes_max);
    if bytes > most as u64 {
        let detail = format!("{} has {bytes} bytes; the most is {most}", file.display());
        return Err(Failure::usage("report-too-big", detail)
            .help("let the tool leave out what does not decide (packages, passed rules, raw samples)"));
    }
    std::fs::read(file).map_err(unreadable)
}
