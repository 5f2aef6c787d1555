//! `tidegate apply`: makes the server follow a `tidegate.yaml`.
//!
//! Invariant: applying the same file twice changes nothing the second time. Not here: comparing (the server does).

use std::path::{Path, PathBuf};

use tidegate_api::{Applied, ApplyRequest};

use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;
use crate::render::piece::printable;

/// Say what a tidegate.yaml changes, and change it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file; `-` reads stdin
    #[arg(short, long, value_name = "FILE", default_value = "tidegate.yaml")]
    file: PathBuf,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// Only check the file: `offline` needs no server, `server` also compares with what is there
    #[arg(long, value_name = "WHERE", conflicts_with = "dry_run")]
    check: Option<Check>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Check {
    Offline,
    Server,
}

pub async fn run(args: Args, context: &Context) -> Answer {
    let (file_name, text) = read(&args.file)?;
    if args.check == Some(Check::Offline) {
        return check(&file_name, &text, context);
    }
    let dry_run = args.dry_run || args.check == Some(Check::Server);
    let request = ApplyRequest { file_name, text, dry_run };
    let connection = context.connect()?;
    let applied = connection.once(async |client, key| client.apply(&request, key).await).await?;
    context.out.show(&applied, said)?;
    Ok(Ending::Done)
}

fn said(applied: &Applied) -> String {
    if applied.changes.is_empty() {
        return "Nothing to change: everything stands as the file says.\n".to_owned();
    }
    let title = if applied.dry_run { "Would change" } else { "Changed" };
    let lines: Vec<String> =
        applied.changes.iter().map(|change| format!("  {}", printable(change))).collect();
    format!("{title}:\n{}\n", lines.join("\n"))
}

fn check(file_name: &str, text: &str, context: &Context) -> Answer {
    let manifest = tidegate_manifest::parse(file_name, text).map_err(|diagnostics| {
        let detail = diagnostics.to_string();
        Failure::refused("bad-configuration", detail)
            .help("correct the places above, then check again")
            .diagnosed(render::diagnostics::from_manifest(diagnostics))
    })?;
    let catalog = &manifest.catalog;
    let (components, environments) = (catalog.components.len(), catalog.environments.len());
    let found = serde_json::json!({
        "file": file_name, "project": manifest.project, "components": components, "environments": environments,
    });
    context.out.show(&found, |_| {
        format!(
            "{file_name} is good: {} and {}.\n",
            count(components, "component"),
            count(environments, "environment")
        )
    })?;
    Ok(Ending::Done)
}

fn count(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn read(file: &Path) -> Result<(String, String), Failure> {
    let name = if file.as_os_str() == "-" { "stdin".to_owned() } else { file.display().to_string() };
    let most = tidegate_manifest::FILE_BYTES_MAX as u64;
    let bytes = input::read(file, most).map_err(|error| unreadable(file, &error))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage("file-unreadable", format!("{name} is not text in UTF-8")).help("save it as UTF-8")
    })?;
    Ok((name, text))
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    let help = if error.kind() == std::io::ErrorKind::NotFound {
        "write one with `tidegate init`, or name another with --file"
    } else {
        "check the path and its rights"
    };
    Failure::usage("file-unreadable", format!("{} cannot be read", file.display()))
        .help(help)
        .caused_by(error)
}
