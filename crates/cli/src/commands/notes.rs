//! `tidegate notes`: release notes, the next version and their check, from git alone.
//!
//! Invariant: no server is asked and no command is run; a changelog is replaced whole or not at all. Not here: what is
//! read (`notes_source`), and what it comes to (`tidegate-notes`).

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;
use tidegate_notes::changelog::{self, Written};
use tidegate_notes::check::{Finding, Place, findings, message};
use tidegate_notes::entry::{day, grouped};
use tidegate_notes::next::{Asked, Changed, Next, next};
use tidegate_notes::section::Bump;
use tidegate_notes::version::is_channel;
use tidegate_notes::{Audience, Collected, Entry, Notes, Version, collect};

use super::notes_source::{Since, Source, SourceArgs};
use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render;

/// Write notes of what changed, from git alone
///
/// Tells what conventional commits and fragments (`notes.d/*.md`) changed since the last release that HEAD reaches. Needs
/// no server. The guide: docs/guides/release-notes.md.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    make: MakeArgs,
}

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    NextVersion(NextArgs),
    Check(CheckArgs),
}

#[derive(Debug, clap::Args)]
pub struct MakeArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Which version they are the notes of; `next` works it out [default: the version of the tag --to, else unreleased]
    #[arg(long, value_name = "VERSION")]
    release: Option<String>,
    /// Work out and tell a pre-release of this channel, like `rc`
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Only what these readers care for
    #[arg(long)]
    audience: Option<Readers>,
    /// Tell other changes too
    #[arg(long)]
    all: bool,
    /// How to write them; --json does the same as `json`
    #[arg(long, default_value = "markdown")]
    format: Format,
    /// Send them to the server, to be kept with that release; what people changed there stays
    #[arg(long, requires = "release", conflicts_with_all = ["write", "format", "audience", "all"])]
    keep: bool,
    /// Put them into this changelog, and keep what people wrote there
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Markdown,
    Json,
    Text,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Readers {
    Users,
    Operators,
    Support,
}

impl From<Readers> for Audience {
    fn from(readers: Readers) -> Self {
        match readers {
            Readers::Users => Self::Users,
            Readers::Operators => Self::Operators,
            Readers::Support => Self::Support,
        }
    }
}

/// Work out which version comes next
///
/// Prints the version alone; why goes to stderr.
#[derive(Debug, clap::Args)]
pub struct NextArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// A pre-release of this channel: `rc` gives 1.4.0-rc.1, rc.2 and so on
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// A patch of the release that this branch began at
    #[arg(long)]
    hotfix: bool,
    /// How far to go, whatever the changes say
    #[arg(long)]
    bump: Option<Far>,
    /// Print the tag instead: the version with what stands before it in this repository
    #[arg(long)]
    tag: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Far {
    Major,
    Minor,
    Patch,
}

impl From<Far> for Bump {
    fn from(far: Far) -> Self {
        match far {
            Far::Major => Self::Major,
            Far::Minor => Self::Minor,
            Far::Patch => Self::Patch,
        }
    }
}

/// Find commits and fragments that cannot be told
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Check one message instead, as a hook for commits does; `-` reads stdin
    #[arg(long, value_name = "FILE")]
    message: Option<PathBuf>,
    /// Also find entries in this changelog that wait for somebody to choose
    #[arg(long, value_name = "FILE")]
    changelog: Option<PathBuf>,
}

const MESSAGE_BYTES_MAX: u64 = 1 << 20;

pub fn run(args: &Args, context: &Context) -> Answer {
    match &args.verb {
        None => make(&args.make, context),
        Some(Verb::NextVersion(args)) => next_version(args, context),
        Some(Verb::Check(args)) => check(args, context),
    }
}

/// What is to be kept with which release; none where that was not asked for.
pub fn to_keep(args: &Args, context: &Context) -> Result<Option<(String, Vec<Entry>)>, Failure> {
    if args.verb.is_some() || !args.make.keep {
        return Ok(None);
    }
    let source = Source::open(&args.make.source)?;
    let Made { collected, version, since } = make_of(&args.make, &source)?;
    remark(&collected, &source, &since.remarks, context);
    Ok(version.map(|version| (version.to_string(), collected.entries)))
}

struct Made {
    collected: Collected,
    version: Option<Version>,
    since: Since,
}

fn make_of(args: &MakeArgs, source: &Source<'_>) -> Result<Made, Failure> {
    let asked = Asked { channel: channel(args.channel.as_deref())?, ..Asked::default() };
    let own = source.own_version();
    let with_prereleases = asked.channel.is_some() || own.as_ref().is_some_and(Version::is_prerelease);
    let since = source.since(with_prereleases, own.as_ref())?;
    let gathered = source.gather(&since)?;
    gathered.unbroken()?;
    let collected = collect(&gathered.changes, &gathered.fragments, &source.settings, source.component());
    let version = match args.release.as_deref() {
        Some("next") => Some(work_out(source, &asked)?.version),
        Some(text) => Some(version(text)?),
        None if asked.channel.is_some() => Some(work_out(source, &asked)?.version),
        None => own,
    };
    Ok(Made { collected, version, since })
}

fn make(args: &MakeArgs, context: &Context) -> Answer {
    let source = Source::open(&args.source)?;
    let Made { collected, version, since } = make_of(args, &source)?;
    let audience = args.audience.map(Audience::from);
    let (sections, hidden) = grouped(&collected.entries, &source.settings, audience, args.all);
    let notes = Notes {
        date: version.as_ref().map(|_| source.committed_at().map(day)).transpose()?,
        tag: version.as_ref().map(|version| source.tag(version)),
        version: version.map(|version| version.to_string()),
        component: source.component().map(str::to_owned),
        previous: since.name.clone(),
        audience,
        commits: collected.commits,
        hidden,
        sections,
    };
    remark(&collected, &source, &since.remarks, context);
    if let Some(file) = &args.write {
        return write(file, &notes, &source, context);
    }
    match if context.out.json { Format::Json } else { args.format } {
        Format::Json => context.out.document(&notes)?,
        Format::Markdown => {
            context.out.text(&tidegate_notes::render::markdown::notes(&notes, &source.settings))?;
        }
        Format::Text => context.out.text(&tidegate_notes::render::text::notes(&notes))?,
    }
    Ok(Ending::Done)
}

/// What was not told, so that nobody takes silence for nothing.
fn remark(collected: &Collected, source: &Source<'_>, remarks: &[String], context: &Context) {
    for remark in source.remarks.iter().chain(remarks) {
        context.out.remark(remark);
    }
    let unconventional = collected.unconventional.len();
    if unconventional > 0 {
        let commits = if unconventional == 1 { "commit is" } else { "commits are" };
        context.out.remark(format!(
            "{unconventional} {commits} no conventional commits and stand under other changes; `tidegate notes check` lists them"
        ));
    }
    for (kind, count) in &collected.unknown_types {
        context.out.remark(format!(
            "`{kind}` ({count}) is a type that no section is known for: name one under `types` in {}",
            tidegate_notes::settings::FILE
        ));
    }
}

fn write(file: &Path, notes: &Notes, source: &Source<'_>, context: &Context) -> Answer {
    let old = read_changelog(file)?;
    let written = changelog::write(&old, notes, &source.settings).map_err(|why| {
        Failure::refused("notes-section-foreign", format!("{}: {why}", file.display())).help(
            "put `<!-- tidegate:version …-->` behind that heading to hand it over, or take the section out",
        )
    })?;
    if written.text != old {
        replace(file, &written.text)?;
    }
    told(file, &written, notes, context)?;
    Ok(Ending::Done)
}

fn told(file: &Path, written: &Written, notes: &Notes, context: &Context) -> Result<(), Failure> {
    let value = json!({ "file": file.display().to_string(), "version": notes.version, "written": written });
    context.out.show(&value, |_| render::notes::written(file, written, notes))
}

fn read_changelog(file: &Path) -> Result<String, Failure> {
    match input::read(file, changelog::BYTES_MAX as u64) {
        Ok(bytes) if bytes.len() > changelog::BYTES_MAX => {
            let detail = format!("{} has more than {} bytes", file.display(), changelog::BYTES_MAX);
            Err(Failure::usage("file-unreadable", detail)
                .help("begin a new changelog, and keep the old one beside it"))
        }
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| {
            let detail = format!("{} is no text in UTF-8", file.display());
            Failure::usage("file-unreadable", detail).help("save it as UTF-8 first; it was not changed")
        }),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(why) => Err(input::unreadable(file, &why)),
    }
}

/// Beside it first, so that a reader, or a full disk, meets the old file or the new one.
fn replace(file: &Path, text: &str) -> Result<(), Failure> {
    let unwritable = |why: &std::io::Error| {
        Failure::fault("file-unwritable", format!("{} could not be written", file.display()))
            .help("check that its directory exists and may be written")
            .caused_by(why)
    };
    // A link stays one: what it leads to is replaced.
    let target = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(directory).map_err(|why| unwritable(&why))?;
    new.write_all(text.as_bytes()).map_err(|why| unwritable(&why))?;
    let rights = std::fs::metadata(&target).map(|old| old.permissions());
    let rights = rights.unwrap_or_else(|_| std::os::unix::fs::PermissionsExt::from_mode(0o644));
    new.as_file().set_permissions(rights).map_err(|why| unwritable(&why))?;
    new.persist(&target).map_err(|why| unwritable(&why.error))?;
    Ok(())
}

fn channel(name: Option<&str>) -> Result<Option<String>, Failure> {
    match name {
        Some(name) if !is_channel(name) => {
            let detail = format!("`{name}` cannot name a channel");
            Err(Failure::usage("notes-channel-malformed", detail)
                .help("write one word of letters, digits and hyphens, like `rc` or `beta`"))
        }
        Some(name) => Ok(Some(name.to_owned())),
        None => Ok(None),
    }
}

fn version(text: &str) -> Result<Version, Failure> {
    text.strip_prefix('v').unwrap_or(text).parse().map_err(|why: tidegate_notes::version::NoVersion| {
        Failure::usage("version-malformed", why.to_string()).help("write three numbers with dots, or `next`")
    })
}

/// By all tags and what changed since the last release.
fn work_out(source: &Source<'_>, asked: &Asked) -> Result<Next, Failure> {
    let (released, since, last) = source.released(asked.channel.is_some())?;
    let gathered = source.gather(&since)?;
    gathered.unbroken()?;
    let settings = &source.settings;
    let collected = collect(&gathered.changes, &gathered.fragments, settings, source.component());
    let since_last = match last {
        Some(last) => {
            let gathered = source.gather(&last)?;
            let collected = collect(&gathered.changes, &gathered.fragments, settings, source.component());
            collected.commits + gathered.fragments.len()
        }
        None => collected.commits + gathered.fragments.len(),
    };
    let changed = Changed { bump: collected.bump, since_last };
    next(&released, changed, settings, asked)
        .map_err(|why| Failure::refused(why.code(), why.to_string()).help(why.help()))
}

fn next_version(args: &NextArgs, context: &Context) -> Answer {
    let channel = channel(args.channel.as_deref())?;
    let asked = Asked { bump: args.bump.map(Bump::from), channel, is_hotfix: args.hotfix };
    let source = Source::open(&args.source)?;
    let next = work_out(&source, &asked)?;
    for remark in source.remarks.iter().chain(&next.why).chain(&next.remarks) {
        context.out.remark(remark);
    }
    let tag = source.tag(&next.version);
    let shown = if args.tag { tag.clone() } else { next.version.to_string() };
    context.out.show(&json!({ "next": next, "tag": tag }), |_| format!("{shown}\n"))?;
    Ok(Ending::Done)
}

fn check(args: &CheckArgs, context: &Context) -> Answer {
    let (found, commits) = if let Some(file) = &args.message {
        let bytes = input::read(file, MESSAGE_BYTES_MAX).map_err(|why| input::unreadable(file, &why))?;
        (message(&String::from_utf8_lossy(&bytes)).err().into_iter().collect(), 1)
    } else {
        let source = Source::open(&args.source)?;
        let since = source.since(false, source.own_version().as_ref())?;
        let gathered = source.gather(&since)?;
        let collected = collect(&gathered.changes, &gathered.fragments, &source.settings, source.component());
        (findings(&collected, &gathered.broken), collected.commits)
    };
    let mut found: Vec<Finding> = found;
    if let Some(file) = &args.changelog {
        let waiting = changelog::waiting(&read_changelog(file)?);
        found.extend(waiting.into_iter().map(|conflict| Finding {
            at: Place::File { path: file.display().to_string(), line: conflict.line },
            message: format!("its source says by now: {}", conflict.source),
            help: "write the entry as it should be, and take out the comment below it".to_owned(),
        }));
    }
    context.out.show(&json!({ "findings": found, "commits": commits }), |_| {
        render::notes::findings(&found, commits, context.out.paint)
    })?;
    Ok(if found.is_empty() { Ending::Done } else { Ending::Refused })
}
