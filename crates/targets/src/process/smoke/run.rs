//! A command that asks the instances, where the version runs.
//!
//! Invariant: it gets no secrets, but for what works on a database; at its deadline, and when nobody waits for it any more, it ends with all it started, also
//! with what left its process group; what a killed Tidegate left of it is found by its mark and ended at the next start.
//! Deliberately not here: a shell.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::ExposeSecret;
use tidegate_domain::name::SecretName;
use tidegate_domain::secret::Redactor;
use tidegate_domain::smoke::{SmokePhase, SmokeVerdict};
use tidegate_ports::{Revealed, SmokeQuestion};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Attempt, LOOK_EVERY, ProcessTarget, Tail, excerpt};
use crate::process::admission::Admission;
use crate::process::ensure::work_directory;
use crate::process::launch::{INHERITED, LAUNCH, OWNER, find_program};
use crate::process::proc::{Identity, random_id, stat};
use crate::process::{lock_of, stopping};

/// Children that hold its output open are not waited for longer than this once it has ended.
const LINGER: Duration = Duration::from_millis(500);

impl ProcessTarget {
    pub(super) async fn run_command(
        &self,
        question: &SmokeQuestion,
        command: &[String],
        (deadline, redactor): (Instant, &Redactor),
    ) -> Attempt {
        let (directory, secrets) = match self.ground(question, deadline).await {
            Ok(ground) => ground,
            Err(why) => return faulted(question, &why),
        };
        let mut addresses = self.ready_at(question);
        while question.with.is_none()
            && addresses.is_empty()
            && self.nobody_is_ready(question)
            && Instant::now() + LOOK_EVERY < deadline
        {
            sleep(LOOK_EVERY).await;
            addresses = self.ready_at(question);
        }
        let Ok(launch) = random_id() else { return faulted(question, "no random number could be had") };
        let mut variables = variables(question, &addresses, (&self.inner.common.owner, &launch));
        let revealed = secrets.iter().map(|(name, secret)| (name.as_str(), secret.value.expose_secret()));
        variables.extend(revealed.map(|(name, value)| (name.into(), value.into())));
        let Some((program, arguments)) = command.split_first() else {
            return faulted(question, "its command is empty");
        };
        let found = match find_program(program, &directory, variables.get(OsStr::new("PATH"))) {
            Ok(found) => found,
            Err(why) => return faulted(question, &format!("its program `{program}` {why}")),
        };
        let mut ready = Command::new(found);
        ready.args(arguments).env_clear().envs(&variables).current_dir(&directory).stdin(Stdio::null());
        match start(ready, launch) {
            Ok((running, output)) => wait(running, output, (deadline, redactor)).await.of(question.phase),
            Err(error) => faulted(question, &format!("its program `{program}` cannot start: {error}")),
        }
    }

    /// Where it runs, and the secrets that it gets.
    async fn ground(
        &self,
        question: &SmokeQuestion,
        deadline: Instant,
    ) -> Result<(PathBuf, BTreeMap<SecretName, Revealed>), String> {
        let inner = &self.inner;
        let Some(ground) = &question.with else {
            let slot = lock_of(&inner.slots).get(&question.slot).cloned();
            let directory = slot.and_then(|slot| slot.runs_from(&question.version));
            let there = directory.map(|directory| (directory, BTreeMap::new()));
            return there.ok_or_else(|| "its version does not run here".to_owned());
        };
        let directory = loop {
            match inner.admissions.admit(&ground.artifact).await.map_err(|fault| fault.to_string())? {
                Admission::Here(Some(directory)) => break directory,
                Admission::Here(None) => {
                    let folder = inner.layout.version(&question.slot, &question.version);
                    break work_directory(&folder).map_err(|fault| fault.to_string())?;
                }
                Admission::Pending if Instant::now() < deadline => {}
                Admission::Pending => return Err("its artifact was not unpacked in time".to_owned()),
            }
        };
        if ground.secrets.is_empty() {
            return Ok((directory, BTreeMap::new()));
        }
        let revealed = inner.common.secrets.reveal(&question.slot.environment, &ground.secrets).await;
        Ok((directory, revealed.map_err(|fault| fault.to_string())?))
    }

    /// They may be starting anew; a worker that is ready has no address, and is not waited for.
    fn nobody_is_ready(&self, question: &SmokeQuestion) -> bool {
        let slot = lock_of(&self.inner.slots).get(&question.slot).cloned();
        let observed = slot.and_then(|slot| slot.observe().remove(question.version.as_str()));
        observed.is_none_or(|observed| observed.ready().next().is_none())
    }
}

impl Attempt {
    /// Whether a database is contracted is answered with status 0 or 1; anything else is no answer.
    fn of(self, phase: SmokePhase) -> Self {
        let answers = self.verdict != SmokeVerdict::Failed || self.status == Some(1);
        let verdict =
            if phase == SmokePhase::Contracted && !answers { SmokeVerdict::Faulted } else { self.verdict };
        Self { verdict, ..self }
    }
}

/// Whoever asks has failed, which another attempt does not change.
fn faulted(question: &SmokeQuestion, why: &str) -> Attempt {
    let component = &question.slot.component;
    let what = if question.with.is_some() { "database" } else { "smoke" };
    let help = format!(
        "correct `{what}` of component {component} in tidegate.yaml, or put the program into its artifact, and release it again"
    );
    Attempt::new(SmokeVerdict::Faulted, format!("{why}; {help}"), Vec::new())
}

fn variables(
    question: &SmokeQuestion,
    addresses: &[String],
    (owner, launch): (&str, &str),
) -> BTreeMap<OsString, OsString> {
    let mut all: BTreeMap<OsString, OsString> =
        INHERITED.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?))).collect();
    let mut set = |name: &str, value: &str| all.insert(name.into(), value.into());
    for (name, value) in &question.variables {
        set(name, value);
    }
    set("TIDEGATE_ENVIRONMENT", question.slot.environment.as_str());
    set("TIDEGATE_COMPONENT", question.slot.component.as_str());
    set("TIDEGATE_VERSION", question.version.as_str());
    set("TIDEGATE_ADDRESS", addresses.first().map_or("", String::as_str));
    set("TIDEGATE_ADDRESSES", &addresses.join(" "));
    set("TIDEGATE_ROLLOUT", question.rollout.as_str());
    if question.phase.is_of_database() {
        set("TIDEGATE_DATABASE_STEP", question.phase.word());
    } else {
        set("TIDEGATE_SMOKE_TEST", question.test.name.as_str());
        set("TIDEGATE_SMOKE_PHASE", question.phase.word());
    }
    set(OWNER, owner);
    set(LAUNCH, launch);
    all
}

/// A command under way; dropped, all of it ends.
struct Running {
    child: Child,
    leader: Identity,
    launch: String,
    ended: bool,
}

/// Both outputs go into one pipe, so that their lines stand in the order in which they were written.
fn start(mut ready: Command, launch: String) -> io::Result<(Running, pipe::Receiver)> {
    let (reader, writer) = io::pipe()?;
    ready.stdout(writer.try_clone()?).stderr(writer).process_group(0);
    let child = ready.spawn()?;
    let pid = child.id().ok_or_else(|| io::Error::other("it has no process id"))?;
    let running = Running {
        child,
        leader: Identity { pid, start_ticks: stat(pid)?.start_ticks },
        launch,
        ended: false,
    };
    // What the command line holds of the pipe's other end goes here, so that the end of the output is seen.
    drop(ready);
    Ok((running, pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?))
}

async fn wait(
    mut running: Running,
    mut output: pipe::Receiver,
    (deadline, redactor): (Instant, &Redactor),
) -> Attempt {
    let (mut tail, mut buffer) = (Tail::default(), vec![0; 8 << 10]);
    let (mut status, mut open, mut until) = (None, true, deadline);
    while open || status.is_none() {
        tokio::select! {
            read = output.read(&mut buffer), if open => match read {
                Ok(0) | Err(_) => open = false,
                Ok(count) => tail.push(&buffer[..count], redactor),
            },
            ended = running.child.wait(), if status.is_none() => {
                status = Some(ended);
                until = until.min(Instant::now() + LINGER);
            }
            () = sleep_until(until) => break,
        }
    }
    running.end(status.is_some()).await;
    let output = tail.clean(redactor);
    let last = output.split(|byte| *byte == b'\n').rfind(|line| !line.trim_ascii().is_empty());
    let last = last.map(|line| format!(": {}", excerpt(line))).unwrap_or_default();
    match status {
        Some(Ok(status)) if status.success() => Attempt::new(SmokeVerdict::Passed, "exit status 0", output),
        Some(Ok(status)) => Attempt {
            status: status.code(),
            ..Attempt::new(SmokeVerdict::Failed, format!("{}{last}", ending(status)), output)
        },
        Some(Err(error)) => {
            Attempt::new(SmokeVerdict::Faulted, format!("its end was not seen: {error}"), output)
        }
        None => {
            let seen = format!("it had not ended at its deadline, and was killed{last}");
            Attempt::new(SmokeVerdict::Failed, seen, output)
        }
    }
}

fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "an unknown end".to_owned(),
    }
}

impl Running {
    /// All of it, and waits until nothing is left.
    async fn end(&mut self, reaped: bool) {
        self.ended = true;
        stopping::kill(self.leader, &self.launch).await;
        if !reaped {
            // Killed, so it ends at once.
            let _status = self.child.wait().await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // Not reaped yet, so the group's number is still its own.
        if let Some(group) = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
            let _gone = kill_process_group(group, Signal::KILL);
        }
        let (leader, launch) = (self.leader, std::mem::take(&mut self.launch));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { stopping::kill(leader, &launch).await });
        }
    }
}
