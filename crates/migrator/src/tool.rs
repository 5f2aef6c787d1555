//! PostgreSQL's own programs: found, run with the password in their environment, and heard out.
//!
//! Invariant: a password is never an argument; what a program complains of is in the trouble that follows.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::Trouble;

/// Where distributions keep the programs of each version.
const HOMES: &[&str] = &["/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt"];
const COMPLAINT_CHARACTERS_MAX: usize = 2_000;

/// The first in PATH, or the newest that a distribution installed.
pub fn find(name: &'static str) -> Result<PathBuf, Trouble> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    let mut installed: Vec<PathBuf> = HOMES
        .iter()
        .filter_map(|home| std::fs::read_dir(home).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin").join(name)))
        .filter(|file| file.is_file())
        .collect();
    installed.sort();
    in_path.or_else(|| installed.pop()).ok_or(Trouble::ToolMissing(name))
}

/// Runs one of them on a database, to its end.
pub async fn run(
    name: &'static str,
    config: &Config,
    database: &str,
    arguments: &[&str],
    failed: fn(String) -> Trouble,
) -> Result<(), Trouble> {
    let mut command = tokio::process::Command::new(find(name)?);
    command.args(arguments).args(["--no-password", "--dbname", database]);
    if let Some(host) = config.get_hosts().first() {
        match host {
            Host::Tcp(host) => command.args(["--host", host]),
            Host::Unix(path) => command.arg("--host").arg(path),
        };
    }
    if let Some(port) = config.get_ports().first() {
        command.args(["--port", &port.to_string()]);
    }
    if let Some(user) = config.get_user() {
        command.args(["--username", user]);
    }
    if let Some(password) = config.get_password() {
        command.env("PGPASSWORD", String::from_utf8_lossy(password).as_ref());
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let told = command.output().await.map_err(|why| failed(format!("{name}: {why}")))?;
    if told.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&told.stderr);
    Err(failed(format!("{name}: {}", said.trim().chars().take(COMPLAINT_CHARACTERS_MAX).collect::<String>())))
}

/// A name in that folder, which is made where it is missing, that is not taken.
pub fn place(folder: &Path, stem: &str, ending: &str) -> Result<PathBuf, String> {
    std::fs::create_dir_all(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ");
    let file = folder.join(format!("{stem}-{now}.{ending}"));
    if file.exists() {
        return Err(format!("{} is there already", file.display()));
    }
    Ok(file)
}
