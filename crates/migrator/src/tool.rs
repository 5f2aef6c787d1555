//! PostgreSQL's own programs: found, run with the password in their environment, and heard out.
//!
//! Invariant: a password is never an argument; what a program complains of is in the trouble that follows.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio_postgres::config::Host;

use crate::Trouble;
use crate::server::Server;

/// Where distributions keep the programs of each version.
const HOMES: &[&str] = &["/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt"];
const COMPLAINT_CHARACTERS_MAX: usize = 2_000;
const PORT: u16 = 5432;
/// Variables by which they would go to another server, database or user than the connection that holds the lock.
const ELSEWHERE: &[&str] = &[
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGOPTIONS",
    "PGTARGETSESSIONATTRS",
    "PGLOADBALANCEHOSTS",
];

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
    server: &Server,
    database: &str,
    arguments: &[&str],
    failed: fn(String) -> Trouble,
) -> Result<(), Trouble> {
    let mut command = tokio::process::Command::new(find(name)?);
    command.args(arguments);
    reach(command.as_std_mut(), server, database);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let told = command.output().await.map_err(|why| failed(format!("{name}: {why}")))?;
    if told.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&told.stderr);
    Err(failed(format!("{name}: {}", said.trim().chars().take(COMPLAINT_CHARACTERS_MAX).collect::<String>())))
}

/// The server of the connection, and no other, whatever the environment says.
fn reach(command: &mut std::process::Command, server: &Server, database: &str) {
    server.secure(command);
    let config = &server.config;
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    // A bare name with a `=` in it would be read as an address.
    let quoted = database.replace('\\', "\\\\").replace('\'', "\\'");
    command.args(["--no-password", "--dbname", &format!("dbname='{quoted}'")]);
    match (config.get_hostaddrs().first(), config.get_hosts().first()) {
        (Some(address), _) => command.args(["--host", &address.to_string()]),
        (None, Some(Host::Tcp(host))) => command.args(["--host", host]),
        (None, Some(Host::Unix(path))) => command.arg("--host").arg(path),
        // Without one there was no connection.
        (None, None) => command,
    };
    let port = config.get_ports().first().copied().unwrap_or(PORT);
    command.args(["--port", &port.to_string()]);
    if let Some(user) = config.get_user() {
        command.args(["--username", user]);
    }
    if let Some(password) = config.get_password() {
        command.env("PGPASSWORD", String::from_utf8_lossy(password).as_ref());
    }
}

/// An empty file that nobody else may read, in place of what was there: a dump holds everything.
pub fn own(file: &Path) -> Result<(), String> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let _not_there = std::fs::remove_file(file);
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    made.map(|_| ()).map_err(|why| format!("{}: {why}", file.display()))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;
    use std::ffi::OsStr;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{ELSEWHERE, own, reach};

    #[test]
    fn a_program_goes_to_the_server_of_the_connection() {
        for (address, wanted) in [
            ("postgres://ann@db/shop", "--host db --port 5432 --username ann"),
            ("postgres://db:6000/shop", "--host db --port 6000"),
            ("postgres://ann@/shop?host=/run/pg&port=7000", "--host /run/pg --port 7000 --username ann"),
            ("postgres://db/shop?hostaddr=10.0.0.7", "--host 10.0.0.7 --port 5432"),
        ] {
            let mut command = std::process::Command::new("pg_dump");
            for name in ELSEWHERE {
                command.env(name, "elsewhere");
            }
            reach(&mut command, &crate::Server::new(address.parse().unwrap()), "a=b'c\\");
            let said: Vec<_> = command.get_args().map(|said| said.to_string_lossy()).collect();
            assert_eq!(said.join(" "), format!("--no-password --dbname dbname='a=b\\'c\\\\' {wanted}"));
            let environment: BTreeMap<_, _> = command.get_envs().collect();
            assert!(ELSEWHERE.iter().all(|name| environment.get(OsStr::new(name)) == Some(&None)));
        }
    }

    #[test]
    fn nobody_else_may_read_a_dump() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.part");
        std::fs::write(&file, "what a killed run left").unwrap();
        own(&file).unwrap();
        let about = std::fs::metadata(&file).unwrap();
        assert_eq!((about.permissions().mode() & 0o777, about.len()), (0o600, 0));
    }
}
