//! Starting one operating-system process.
//!
//! Invariant: it gets only the variables and secrets that were declared for it and four of ours; its output goes straight to its
//! file, so neither its life nor its log depends on this process. Deliberately not here: when to start it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use secrecy::ExposeSecret;
use tidegate_domain::name::SecretName;
use tidegate_ports::{Fault, Revealed};

use super::proc::{Identity, stat};
use super::record::Plan;
use crate::outside::io_fault;

/// Which target started it.
pub(crate) const OWNER: &str = "TIDEGATE_OWNER";
/// Which start it was.
pub(crate) const LAUNCH: &str = "TIDEGATE_LAUNCH";
pub(crate) const INHERITED: [&str; 4] = ["PATH", "HOME", "LANG", "TZ"];

pub(crate) struct Launch<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) instance: &'a str,
    pub(crate) port: u16,
    pub(crate) owner: &'a str,
    /// The name of this start.
    pub(crate) start: &'a str,
    pub(crate) log: &'a Path,
    pub(crate) secrets: &'a BTreeMap<SecretName, Revealed>,
}

pub(crate) fn start(launch: &Launch<'_>) -> Result<Identity, Fault> {
    let variables = variables(launch);
    let plan = launch.plan;
    let (program, arguments) =
        plan.component.run.split_first().ok_or_else(|| no_program(launch, "", "is empty"))?;
    let found = find_program(program, &plan.directory, variables.get(OsStr::new("PATH")))
        .map_err(|why| no_program(launch, program, why))?;
    let log = open_log(launch.log)?;
    let errors = log.try_clone().map_err(|error| io_fault("open the log", error))?;
    let child = Command::new(&found)
        .args(arguments)
        .env_clear()
        .envs(&variables)
        .current_dir(&plan.directory)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(|error| not_started(launch, &found, error))?;
    let pid = child.id();
    // Not reaped yet, so it is still on the kernel's table even if it has ended.
    let stat = stat(pid).map_err(|error| io_fault(&format!("read /proc/{pid}/stat"), error))?;
    Ok(Identity { pid, start_ticks: stat.start_ticks })
}

fn variables(launch: &Launch<'_>) -> BTreeMap<OsString, OsString> {
    let plan = launch.plan;
    let mut all: BTreeMap<OsString, OsString> =
        INHERITED.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?))).collect();
    let mut set = |name: &str, value: &str| all.insert(name.into(), value.into());
    for (name, value) in plan.component.variables.iter().chain(&plan.variables) {
        set(name, value);
    }
    for (name, secret) in launch.secrets {
        set(name.as_str(), secret.value.expose_secret());
    }
    set("PORT", &launch.port.to_string());
    set("TIDEGATE_ENVIRONMENT", plan.slot.environment.as_str());
    set("TIDEGATE_COMPONENT", plan.slot.component.as_str());
    set("TIDEGATE_VERSION", plan.version().as_str());
    set("TIDEGATE_INSTANCE", launch.instance);
    set(OWNER, launch.owner);
    set(LAUNCH, launch.start);
    all
}

/// A program with a `/` is looked up in the directory, else on the PATH the process will have.
pub(crate) fn find_program(
    program: &str,
    directory: &Path,
    path: Option<&OsString>,
) -> Result<PathBuf, &'static str> {
    if program.contains('/') {
        let found = directory.join(program);
        return runnable(&found).map(|()| found);
    }
    let mut verdict = Err("is not on the PATH");
    for folder in path.iter().flat_map(std::env::split_paths) {
        let found = folder.join(program);
        match runnable(&found) {
            Ok(()) => return Ok(found),
            Err(why) if why != NOT_THERE => verdict = Err(why),
            Err(_) => {}
        }
    }
    verdict
}

const NOT_THERE: &str = "is not there";

fn runnable(path: &Path) -> Result<(), &'static str> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err("is not a file"),
        Ok(metadata) if metadata.permissions().mode() & 0o111 == 0 => Err("is not executable (chmod +x)"),
        Ok(_) => Ok(()),
        Err(_) => Err(NOT_THERE),
    }
}

fn no_program(launch: &Launch<'_>, program: &str, why: &str) -> Fault {
    let plan = launch.plan;
    Fault::hold(
        "program-not-found",
        format!(
            "{} cannot start: its program `{program}` {why} (looked up from {})",
            launch.instance,
            plan.directory.display()
        ),
    )
    .with_help(format!(
        "correct `run` of component {} in tidegate.yaml, or put the program into its artifact, and release it again",
        plan.slot.component
    ))
}

fn not_started(launch: &Launch<'_>, program: &Path, error: io::Error) -> Fault {
    let name = program.display();
    // The file is there, so what is missing is what it names in its first line.
    if error.kind() == io::ErrorKind::NotFound {
        return no_program(launch, &name.to_string(), "needs an interpreter that is not there");
    }
    if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) {
        return no_program(
            launch,
            &name.to_string(),
            "is no program for this machine, and no script with a #! line",
        );
    }
    io_fault(&format!("start {name} for {}", launch.instance), error)
}

fn open_log(path: &Path) -> Result<File, Fault> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |error| io_fault(&format!("open the log {}", path.display()), error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    OpenOptions::new().create(true).append(true).mode(0o640).open(path).map_err(failed)
}
