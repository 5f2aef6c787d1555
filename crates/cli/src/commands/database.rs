//! `tidegate database`: migrations checked, rehearsed and run, with no server.
//!
//! Invariant: what would lock tables or break the running version is told before anything is run, and keeps it from running
//! until the team has said why it is meant; a password is neither an argument nor printed. Not here: what the rules are
//! (`tidegate-database`), and running (`tidegate-migrator`).

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tidegate_database::history::{next, pending, point_of_no_return};
use tidegate_database::lint::{Effect, lint};
use tidegate_database::{Dialect, Migration, Phase, Report, Set, Wanted};
use tidegate_migrator::postgres::Postgres;
use tidegate_migrator::sqlite::Sqlite;
use tidegate_migrator::{
    Address, Applied, Database, Kind, Limits, Order, Told, Trouble, rehearse, run as carry_out,
};

use super::{Answer, Context, input};
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render::database as render;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Check(CheckArgs),
    Status(StatusArgs),
    Rehearse(RehearseArgs),
    Expand(ExpandArgs),
    Contract(ContractArgs),
}

#[derive(Debug, clap::Args)]
pub struct FolderArgs {
    /// The folder with the migrations
    #[arg(long, value_name = "FOLDER", default_value = "migrations")]
    migrations: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct AddressArgs {
    /// sqlite:PATH or postgres://USER@HOST/NAME [env: TIDEGATE_DATABASE, where a password may stand]
    #[arg(long, value_name = "ADDRESS")]
    database: Option<String>,
    /// The file with the password, in its first line [else: the variable PGPASSWORD]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Who may vouch for the server besides the system's, in PEM, with sslmode=require
    #[arg(long, value_name = "FILE")]
    root_certificate: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct LimitArgs {
    /// How long to wait for locks that others hold
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    lock_limit: u32,
    /// How long one statement may take
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    statement_limit: u32,
}

impl LimitArgs {
    fn limits(&self) -> Limits {
        Limits {
            lock: Duration::from_secs(self.lock_limit.into()),
            statement: Duration::from_secs(self.statement_limit.into()),
        }
    }
}

/// Find what would lock tables or break the running version
///
/// With a database: what was not applied to it yet. Without one: every file, or those from a number on. The rules:
/// docs/reference/database-rules.md.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    address: AddressArgs,
    /// Whose SQL it is, where no database is given
    #[arg(long, value_name = "DIALECT", conflicts_with = "database")]
    dialect: Option<Spoken>,
    /// Only files from this number on
    #[arg(long, value_name = "NUMBER", conflicts_with = "database")]
    from: Option<u64>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Spoken {
    Postgres,
    Sqlite,
}

impl From<Spoken> for Dialect {
    fn from(spoken: Spoken) -> Self {
        match spoken {
            Spoken::Postgres => Self::Postgres,
            Spoken::Sqlite => Self::Sqlite,
        }
    }
}

/// Tell what was applied, what is pending, and whether there is a way back
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    address: AddressArgs,
    /// End with status 1 where a contraction is pending
    #[arg(long)]
    contracted: bool,
}

/// Run everything that is pending on a copy, and tell how long it takes
///
/// The copy is made from the database as it is, and is gone afterwards. PostgreSQL needs pg_dump, pg_restore and a user
/// that may create databases.
#[derive(Debug, clap::Args)]
pub struct RehearseArgs {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    address: AddressArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// Where the copy goes while it is needed [default: the system's place for temporary files]
    #[arg(long, value_name = "FOLDER")]
    space: Option<PathBuf>,
}

/// Run the pending migrations that only add, before the new version comes
#[derive(Debug, clap::Args)]
pub struct ExpandArgs {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    address: AddressArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// Write a backup into this folder first
    #[arg(long, value_name = "FOLDER")]
    backup: Option<PathBuf>,
    /// Bring a database that nothing uses yet all the way, contractions too; a file of SQLite is made
    #[arg(long)]
    new: bool,
}

/// Run the pending migrations that take away, when every instance is of the new version
///
/// From then on there is no way back to the version before.
#[derive(Debug, clap::Args)]
pub struct ContractArgs {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    address: AddressArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// Write a backup into this folder first
    #[arg(long, value_name = "FOLDER", required_unless_present = "no_backup")]
    backup: Option<PathBuf>,
    /// Do without a backup
    #[arg(long, conflicts_with = "backup")]
    no_backup: bool,
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let ending = match trouble.kind() {
            Kind::Usage => Ending::Usage,
            Kind::Refused => Ending::Refused,
            Kind::Fault => Ending::Fault,
        };
        Self::new(ending, trouble.code(), trouble.to_string()).help(trouble.help())
    }
}

/// Opens the database and does the same with it, whichever kind it is.
macro_rules! with {
    ($address:expr, $make:expr, $database:ident => $then:expr) => {
        match $address {
            Address::Sqlite(path) => {
                let mut $database = Sqlite::open(path, $make)?;
                $then
            }
            Address::Postgres(server) => {
                let mut $database = Postgres::connect(server).await?;
                $then
            }
        }
    };
}

pub async fn run(verb: Verb, context: &Context) -> Answer {
    match verb {
        Verb::Check(args) => check(&args, context).await,
        Verb::Status(args) => status(&args, context).await,
        Verb::Rehearse(args) => on_a_copy(&args, context).await,
        Verb::Expand(args) => {
            let wanted = if args.new { Wanted::New } else { Wanted::Phase(Phase::Expand) };
            let change = Change {
                folder: &args.folder,
                address: &args.address,
                limits: args.limits.limits(),
                backup: args.backup.as_deref(),
                wanted,
            };
            change.run(context).await
        }
        Verb::Contract(args) => {
            let change = Change {
                folder: &args.folder,
                address: &args.address,
                limits: args.limits.limits(),
                backup: args.backup.as_deref(),
                wanted: Wanted::Phase(Phase::Contract),
            };
            change.run(context).await
        }
    }
}

impl FolderArgs {
    fn read(&self) -> Result<Set, Failure> {
        let unreadable = |why: &std::io::Error| input::unreadable(&self.migrations, why);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.migrations).map_err(|why| unreadable(&why))? {
            let path = entry.map_err(|why| unreadable(&why))?.path();
            if path.extension().is_none_or(|ending| ending != "sql") {
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let most = tidegate_database::migration::FILE_BYTES_MAX as u64;
            let bytes = input::read(&path, most).map_err(|why| input::unreadable(&path, &why))?;
            files.push((name, bytes));
        }
        Ok(Set::of(files).map_err(Trouble::from)?)
    }
}

impl AddressArgs {
    fn address(&self) -> Result<Address, Failure> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (given, is_argument) = match &self.database {
            Some(given) => (given.clone(), true),
            None => (variable("TIDEGATE_DATABASE").ok_or_else(no_database)?, false),
        };
        let mut address: Address = given.parse()?;
        if let Some(file) = &self.root_certificate {
            address = address.with_authorities(file)?;
        }
        if is_argument && address.has_password() {
            let detail = "a password is in --database, where every process of this machine can read it";
            return Err(Failure::usage("database-password-shown", detail).help(
                "change that password; then give it in PGPASSWORD, --password-file or TIDEGATE_DATABASE",
            ));
        }
        let password = match &self.password_file {
            Some(file) => Some(first_line(file)?),
            None => variable("PGPASSWORD").filter(|_| !address.has_password()),
        };
        Ok(password.map_or(address.clone(), |password| address.with_password(&password)))
    }
}

fn no_database() -> Failure {
    Failure::usage("database-not-named", "no database is named")
        .help("give --database sqlite:PATH or postgres://USER@HOST/NAME, or set TIDEGATE_DATABASE")
}

const PASSWORD_BYTES_MAX: u64 = 4_096;

fn first_line(file: &Path) -> Result<String, Failure> {
    let bytes = input::read(file, PASSWORD_BYTES_MAX).map_err(|why| input::unreadable(file, &why))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

async fn check(args: &CheckArgs, context: &Context) -> Answer {
    let set = args.folder.read()?;
    let report = if let Some(dialect) = args.dialect {
        lint(&set, dialect.into(), |one| args.from.is_none_or(|from| one.number >= from))
    } else {
        let address = args.address.address()?;
        let history = with!(&address, false, database => database.history().await?);
        let pending = numbers(&pending(&set, &history).map_err(Trouble::from)?);
        lint(&set, address.dialect(), |one| pending.contains(&one.number))
    };
    context.out.show(&report, |report| render::report(report, context.out.paint))?;
    Ok(if report.is_refusing() { Ending::Refused } else { Ending::Done })
}

fn numbers(migrations: &[&Migration]) -> Vec<u64> {
    migrations.iter().map(|one| one.number).collect()
}

async fn status(args: &StatusArgs, context: &Context) -> Answer {
    let set = args.folder.read()?;
    let address = args.address.address()?;
    let history = with!(&address, false, database => database.history().await?);
    let pending = pending(&set, &history).map_err(Trouble::from)?;
    let contracts = pending.iter().any(|one| one.phase == Phase::Contract);
    let pending: Vec<_> = pending
        .into_iter()
        .map(|one| json!({"number": one.number, "name": one.name, "phase": one.phase, "file": one.file}))
        .collect();
    let value = json!({
        "database": address.to_string(),
        "applied": history,
        "pending": pending,
        "point_of_no_return": point_of_no_return(&history),
    });
    context.out.show(&value, |_| render::status(&address.to_string(), &set, &history))?;
    Ok(if args.contracted && contracts { Ending::Refused } else { Ending::Done })
}

async fn on_a_copy(args: &RehearseArgs, context: &Context) -> Answer {
    let set = args.folder.read()?;
    let address = args.address.address()?;
    let space = match &args.space {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    let space = space.map_err(|why| Trouble::Copy(why.to_string()))?;
    let by = by(context)?;
    let limits = args.limits.limits();
    let (rehearsed, report) = with!(&address, false, database => {
        let history = database.history().await?;
        let pending = numbers(&pending(&set, &history).map_err(Trouble::from)?);
        let report = lint(&set, address.dialect(), |one| pending.contains(&one.number));
        (rehearse(&mut database, &set, limits, &by, space.path()).await, report)
    });
    let rehearsed = rehearsed?;
    let value = json!({"rehearsed": rehearsed, "findings": report.findings});
    context.out.show(&value, |_| {
        let mut text = render::rehearsed(&rehearsed);
        text.push_str(&render::report(&report, context.out.paint));
        text
    })?;
    Ok(Ending::Done)
}

fn by(context: &Context) -> Result<String, Failure> {
    Ok(context.server.name()?.unwrap_or_else(|| "unknown".to_owned()))
}

struct Change<'a> {
    folder: &'a FolderArgs,
    address: &'a AddressArgs,
    limits: Limits,
    backup: Option<&'a Path>,
    wanted: Wanted,
}

impl Change<'_> {
    async fn run(&self, context: &Context) -> Answer {
        let set = self.folder.read()?;
        let address = self.address.address()?;
        let is_new = self.wanted == Wanted::New;
        with!(&address, is_new, database => self.run_on(&mut database, &set, context).await)
    }

    async fn run_on<D: Database>(&self, database: &mut D, set: &Set, context: &Context) -> Answer {
        let history = database.history().await?;
        // Whether it is new is asked under the lock, where what is in it cannot change.
        let is_new = self.wanted == Wanted::New;
        let wanted = if is_new { Wanted::NewGoesOn } else { self.wanted };
        let wanted = numbers(&next(set, &history, wanted).map_err(Trouble::from)?);
        let mut report = lint(set, D::DIALECT, |one| wanted.contains(&one.number));
        if is_new {
            // Nobody waits, and nothing runs that could break.
            report.findings.retain(|finding| finding.effect == Effect::Form);
        }
        if report.is_refusing() {
            return refuse(&report, context);
        }
        let by = by(context)?;
        let order = Order {
            wanted: self.wanted,
            limits: self.limits,
            by: &by,
            backup: self.backup,
            checked: &wanted,
        };
        let mut applied: Vec<Applied> = Vec::new();
        let mut backup: Option<PathBuf> = None;
        let outcome = carry_out(database, set, &order, |told| {
            if !context.out.json {
                // Whoever reads it may be gone; the run is not to be.
                let _gone = context.out.text(&render::told(told));
            }
            match told {
                Told::Backup(file) => backup = Some(file.to_owned()),
                Told::Applied(one) => applied.push(one.clone()),
            }
        })
        .await;
        let value = json!({"backup": backup, "applied": applied, "findings": report.findings});
        context.out.show(&value, |_| render::done(applied.len(), &report, context.out.paint))?;
        outcome?;
        Ok(Ending::Done)
    }
}

fn refuse(report: &Report, context: &Context) -> Answer {
    context.out.show(report, |report| render::report(report, context.out.paint))?;
    let count = report.findings.iter().filter(|finding| finding.is_refusing()).count();
    let findings = if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") };
    Err(Failure::refused("database-findings", format!("{findings}; nothing was run")).help(
        "change the files, or say why it is meant: `-- tidegate: allow RULE because REASON` before the statement",
    ))
}
