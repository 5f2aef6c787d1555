//! A PostgreSQL of our own: made in a temporary folder, reached by a socket there, ended with the test.
//!
//! Invariant: it listens on no port, but where a test wants one. PostgreSQL does not run as root, so root runs it as nobody.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::wait;

pub const NOBODY: u32 = 65_534;

pub struct Cluster {
    folder: tempfile::TempDir,
    server: Child,
    port: u16,
}

fn program(name: &str) -> PathBuf {
    let mut homes: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    homes.sort_by_key(|home| {
        let version = home.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        version.and_then(|version| version.parse::<u32>().ok())
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = homes.into_iter().rev().chain(std::env::split_paths(&path)).map(|home| home.join(name));
    found.into_iter().find(|file| file.is_file()).unwrap_or_else(|| {
        panic!(
            "PostgreSQL is not installed ({name}): run scripts/postgres, or install the package postgresql"
        )
    })
}

fn own(name: &str, is_root: bool) -> Command {
    let mut command = Command::new(program(name));
    if is_root {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

impl Cluster {
    pub fn start() -> Self {
        Self::with(5432, |_| vec!["listen_addresses=".to_owned()])
    }

    /// What it is started with may depend on its folder of data, once that is made.
    pub fn with(port: u16, settings: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let is_root = rustix::process::geteuid().is_root();
        if is_root {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = folder.path().join("data");
        let made = own("initdb", is_root)
            .args(["--username=shop", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let settings = settings(&data);
        let settings = settings.iter().flat_map(|setting| ["-c", setting]);
        let server = own("postgres", is_root)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-p", &port.to_string(), "-c", "fsync=off", "-c", "autovacuum=off"])
            .args(settings)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let this = Self { folder, server, port };
        wait::until("PostgreSQL answers", || this.try_ask("postgres", "SELECT 1").is_ok());
        this
    }

    /// As the command takes it.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://shop@/{database}?host={}", self.folder.path().display())
    }

    pub fn create(&self, database: &str, sql: &str) -> String {
        self.ask("postgres", &format!("CREATE DATABASE {database}"));
        self.ask(database, sql);
        self.address(database)
    }

    /// What it answers, a line for each row.
    pub fn ask(&self, database: &str, sql: &str) -> String {
        self.try_ask(database, sql).unwrap_or_else(|why| panic!("{sql}: {why}"))
    }

    pub fn try_ask(&self, database: &str, sql: &str) -> Result<String, String> {
        let told = self.client(database).args(["-c", sql]).output().unwrap();
        let said = if told.status.success() { told.stdout } else { told.stderr };
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        if told.status.success() { Ok(said) } else { Err(said) }
    }

    /// A session that stays open: it runs what is written to it.
    pub fn client(&self, database: &str) -> Command {
        let mut command = Command::new(program("psql"));
        command
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "shop", "-d", database, "-h"])
            .arg(self.folder.path())
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::null());
        command
    }

    pub fn tool(name: &str) -> Command {
        Command::new(program(name))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT: it ends every session and itself.
        let id = i32::try_from(self.server.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            let _gone = rustix::process::kill_process(id, rustix::process::Signal::INT);
        }
        let _ended = self.server.wait();
    }
}
