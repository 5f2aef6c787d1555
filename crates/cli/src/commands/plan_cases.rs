//! `tidegate plan cases`, `plan file`: test cases from a file, and files of runs.
//!
//! Invariant: a file that stands is never written over. Not here: how a case went (`plan_acts`).

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use tidegate_api::{Plan, PlanCasesFormat, PlanFile};

use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

/// A byte more than the server takes, so that it says how long one may be.
const CASES_BYTES_MAX: u64 = (1 << 20) + 1;
const FILE_BYTES_MAX: u64 = (8 << 20) + 1;

/// Manual test cases
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Import(ImportArgs),
}

/// Bring test cases from a table or a list into a plan
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// Of the release that the plan is for
    version: String,
    /// CSV with a heading, or Markdown (`*.md`); `-` reads stdin
    file: PathBuf,
    /// What the file is, where its name does not say so
    #[arg(long, value_name = "FORMAT")]
    format: Option<FormatWord>,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FormatWord {
    Csv,
    Markdown,
}

/// Download a file of a run
#[derive(Debug, clap::Args)]
pub struct FileArgs {
    /// Of the release that the plan is for
    version: String,
    /// The beginning of its digest, or its name where no other file has it
    file: String,
    /// Where to write it; `-` writes to stdout
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    let Verb::Import(ImportArgs { version, file, format, dry_run }) = verb;
    let bytes = input::read(&file, CASES_BYTES_MAX).map_err(|why| input::unreadable(&file, &why))?;
    let is_markdown = || {
        let end = file.extension().unwrap_or_default();
        end.eq_ignore_ascii_case("md") || end.eq_ignore_ascii_case("markdown")
    };
    let format = match format {
        Some(FormatWord::Markdown) => PlanCasesFormat::Markdown,
        None if is_markdown() => PlanCasesFormat::Markdown,
        Some(FormatWord::Csv) | None => PlanCasesFormat::Csv,
    };
    let connection = context.connect()?;
    let send = connection.once(async |client, key| {
        client.import_plan_cases(&version, (format, dry_run), bytes.clone(), key).await
    });
    let imported = send.await?;
    context.out.show(&imported, |found| render::plan::cases(found, context.out.paint))?;
    Ok(Ending::Done)
}

/// Each under a key of its own, after the run they belong to.
pub async fn attach(
    (version, case): (&str, &str),
    files: &[(String, Vec<u8>)],
    context: &Context,
) -> Result<Option<Plan>, Failure> {
    let connection = context.connect()?;
    let mut plan = None;
    for (name, bytes) in files {
        let send = connection.once(async |client, key| {
            client.attach_to_plan_case((version, case), (name, bytes.clone()), key).await
        });
        plan = Some(send.await?);
    }
    Ok(plan)
}

/// Read before anything is said, so that a file that is missing leaves no half of it.
pub fn read(files: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let one = |file: &PathBuf| {
        let bytes = input::read(file, FILE_BYTES_MAX).map_err(|why| input::unreadable(file, &why))?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| {
            Failure::usage("plan-file-name", format!("{} is no file with a name", file.display()))
                .help("name a log or a picture")
        })?;
        Ok((name, bytes))
    };
    files.iter().map(one).collect()
}

pub async fn file(args: FileArgs, context: &Context) -> Answer {
    let FileArgs { version, file, out } = args;
    let client = context.connect()?.client;
    let plan = client.plan(&version).await?;
    let found = find(&plan, &file)?;
    let bytes = client.plan_file(&version, &found.digest).await?;
    write(&out, &bytes)?;
    context.out.remark(format!("{}: {} bytes, sha256 {}", found.name, found.bytes, found.digest));
    Ok(Ending::Done)
}

fn find(plan: &Plan, wanted: &str) -> Result<PlanFile, Failure> {
    let all = || plan.runs.values().flat_map(|run| &run.files);
    let mut found: Vec<&PlanFile> = all().filter(|file| file.digest.starts_with(wanted)).collect();
    if found.is_empty() {
        found = all().filter(|file| file.name == wanted).collect();
    }
    found.dedup_by(|one, other| one.digest == other.digest);
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let detail = format!("no run of {} has a file `{}`", plan.version, wanted.escape_debug());
            let known: Vec<&str> = all().map(|file| file.name.as_str()).take(20).collect();
            let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
            Err(Failure::refused("unknown-plan-file", detail).help(format!("of the last runs: {known}")))
        }
        several => {
            let detail = format!("`{}` are {} files", wanted.escape_debug(), several.len());
            let help = format!("name one by its digest: `tidegate plan show {} --json`", plan.version);
            Err(Failure::usage("which-file", detail).help(help))
        }
    }
}

pub fn write(out: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if out.as_os_str() == "-" {
        let mut stdout = std::io::stdout().lock();
        return stdout
            .write_all(bytes)
            .and_then(|()| stdout.flush())
            .map_err(|why| Failure::fault("file-unwritable", "stdout could not be written").caused_by(&why));
    }
    let written =
        File::options().write(true).create_new(true).open(out).and_then(|mut file| file.write_all(bytes));
    written.map_err(|why| {
        if why.kind() == ErrorKind::AlreadyExists {
            return Failure::refused("file-exists", format!("{} exists already", out.display()))
                .help("name a file that is not there yet: --out FILE");
        }
        Failure::fault("file-unwritable", format!("{} could not be written", out.display()))
            .help("check that its directory exists and may be written")
            .caused_by(&why)
    })
}
