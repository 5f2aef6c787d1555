//! The life of one instance: started, watched, started again when it ends, stopped when asked.
//!
//! Invariant: one task owns an instance from its first start until it is gone; nobody else starts, signals or records
//! it. Deliberately not here: how many there should be (`ensure`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidegate_domain::name::SecretName;
use tidegate_ports::{Fault, InstanceState, Revealed, StartedWith, variables_digest};
use tokio::sync::{oneshot, watch};
use tokio::time::sleep;

use super::cell::{Cell, Common, Shown, name};
use super::handle::{Ending, Handle};
use super::health::{FORGIVEN_AFTER, Health, back_off};
use super::launch::{Launch, start};
use super::layout::{self, Keep};
use super::ports::is_free;
use super::probe::{Failure, probe};
use super::proc::{Identity, random_id};
use super::record::{Plan, Record, now_ms};
use super::{logs, stopping};
use crate::outside::io_fault;

/// Other ports are tried this often in a row before a taken port counts as the version's own failure.
const PORT_TRIES_MAX: u32 = 5;
const ROTATE_EVERY: Duration = Duration::from_secs(5);

/// A process that runs, with what was remembered of it.
pub(crate) struct Running {
    pub(crate) handle: Handle,
    pub(crate) record: Record,
}

/// How the task finds its instance.
pub(crate) enum Begin {
    /// Not there yet; the outcome of the first start is reported.
    Start(oneshot::Sender<Result<(), Fault>>),
    Adopt(Box<Running>),
    /// It ended while nobody watched, or waited already.
    Wait(Duration, Box<Record>),
}

pub(crate) struct Actor {
    common: Arc<Common>,
    cell: Arc<Cell>,
    plan: watch::Receiver<Arc<Plan>>,
    /// Of its version.
    folder: PathBuf,
    ordinal: u32,
    restarts: u32,
    crashes_in_a_row: u32,
    port_tries: u32,
}

/// Why watching ended.
enum Over {
    Ended { ready_for: Option<Duration> },
    StopAsked,
}

enum Next {
    Run(Box<Running>),
    Start,
    Wait(Duration),
    Vanish,
}

impl Actor {
    /// What is known of the instance can be seen at once, before its task has run.
    pub(crate) fn new(
        common: Arc<Common>,
        plan: watch::Receiver<Arc<Plan>>,
        folder: PathBuf,
        (ordinal, begin): (u32, &Begin),
    ) -> (Self, Arc<Cell>) {
        let cell = Arc::new(Cell::new(name_in(&plan.borrow(), ordinal), ordinal));
        let mut actor = Self {
            common,
            cell: Arc::clone(&cell),
            plan,
            folder,
            ordinal,
            restarts: 0,
            crashes_in_a_row: 0,
            port_tries: 0,
        };
        actor.recall(begin);
        (actor, cell)
    }

    pub(crate) async fn run(mut self, begin: Begin) {
        let mut next = self.begin(begin).await;
        loop {
            next = match next {
                Next::Run(running) => self.live(*running).await,
                Next::Start => match self.launch().await {
                    Ok(running) => Next::Run(Box::new(running)),
                    Err(fault) => self.not_started(&fault),
                },
                Next::Wait(pause) => self.wait(pause).await,
                Next::Vanish => return self.vanish(),
            };
        }
    }

    async fn begin(&mut self, begin: Begin) -> Next {
        match begin {
            Begin::Start(report) => {
                let (next, outcome) = match self.launch().await {
                    Ok(running) => (Next::Run(Box::new(running)), Ok(())),
                    Err(fault) => {
                        self.vanish();
                        (Next::Vanish, Err(fault))
                    }
                };
                let _nobody_waits = report.send(outcome);
                next
            }
            Begin::Adopt(running) => Next::Run(running),
            Begin::Wait(pause, record) => {
                stopping::sweep(None, &record.launch, self.plan().kill_after()).await;
                Next::Wait(pause)
            }
        }
    }

    fn recall(&mut self, begin: &Begin) {
        let record = match begin {
            Begin::Start(_) => return,
            Begin::Adopt(running) => &running.record,
            Begin::Wait(_, record) => record,
        };
        self.restarts = record.restarts;
        self.crashes_in_a_row = record.crashes_in_a_row;
        match begin {
            Begin::Adopt(running) => {
                self.common.ports.hold(record.port);
                self.show_found(running);
            }
            Begin::Start(_) | Begin::Wait(..) => self.show(InstanceState::BackingOff, &record.reason, None),
        }
    }

    fn show_found(&self, running: &Running) {
        let state = if running.record.ready { InstanceState::Ready } else { InstanceState::Starting };
        self.show(state, "", Some(running));
    }

    /// Writes the intent, starts the process, writes what it became.
    async fn launch(&mut self) -> Result<Running, Fault> {
        let plan = self.plan();
        let port = self.common.ports.take()?;
        let record = Record {
            launch: random_id()?,
            process: None,
            boot: self.common.boot.clone(),
            port,
            digest: plan.artifact.digest.clone(),
            restarts: self.restarts,
            crashes_in_a_row: self.crashes_in_a_row,
            started_at_ms: now_ms(),
            ready: false,
            stopping: false,
            next_start_at_ms: None,
            reason: String::new(),
            started_with: None,
        };
        let started = self.start_process(plan, record).await;
        if started.is_err() {
            self.common.ports.give_back(port);
        }
        let running = started?;
        tracing::info!(instance = %self.name(), process = running.handle.identity.pid, port, "started");
        Ok(running)
    }

    async fn start_process(&self, plan: Arc<Plan>, mut record: Record) -> Result<Running, Fault> {
        let path = layout::record(&self.folder, self.ordinal);
        let log = layout::log(&self.folder, self.ordinal);
        let (owner, instance) = (self.common.owner.clone(), self.name());
        let secrets = self.reveal(&plan).await?;
        let revisions = secrets.iter().map(|(name, secret)| (name.clone(), secret.revision)).collect();
        let variables = variables_digest(&plan.component.variables, &plan.variables);
        record.started_with = Some(StartedWith { variables, secrets: revisions });
        let work = move || {
            layout::write_json(&path, &record, Keep::Process)
                .map_err(|error| io_fault(&format!("write {}", path.display()), error))?;
            let launch = Launch {
                plan: &plan,
                instance: &instance,
                port: record.port,
                owner: &owner,
                start: &record.launch,
                log: &log,
                secrets: &secrets,
            };
            let identity = start(&launch)?;
            record.process = Some(identity);
            keep_record(&path, &record);
            Ok((identity, record))
        };
        let (identity, record) = tokio::task::spawn_blocking(work).await.map_err(|error| {
            Fault::retry("start-interrupted", format!("starting was interrupted: {error}"))
        })??;
        let handle = Handle::open(identity).map_err(|error| io_fault("watch a process", error))?;
        let handle =
            handle.ok_or_else(|| Fault::retry("start-interrupted", "it was gone before it was watched"))?;
        Ok(Running { handle, record })
    }

    async fn reveal(&self, plan: &Plan) -> Result<BTreeMap<SecretName, Revealed>, Fault> {
        if plan.secrets.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.common.secrets.reveal(&plan.slot.environment, &plan.secrets).await
    }

    /// The start failed without a process, long after the caller of `ensure` went away.
    fn not_started(&mut self, fault: &Fault) -> Next {
        tracing::warn!(instance = %self.name(), code = fault.code, %fault, "could not be started");
        self.crashes_in_a_row = self.crashes_in_a_row.saturating_add(1);
        let pause = back_off(self.crashes_in_a_row);
        self.show(InstanceState::BackingOff, &format!("{fault}; tried again in {} s", pause.as_secs()), None);
        Next::Wait(pause)
    }

    async fn wait(&mut self, pause: Duration) -> Next {
        let mut stop = self.cell.stop_asked();
        tokio::select! {
            biased;
            () = asked(&mut stop) => Next::Vanish,
            () = sleep(pause) => Next::Start,
        }
    }

    async fn live(&mut self, mut running: Running) -> Next {
        match self.watch(&mut running).await {
            Over::StopAsked => {
                self.stop(running).await;
                Next::Vanish
            }
            Over::Ended { ready_for } => self.after_end(running, ready_for).await,
        }
    }

    /// Probes until the process ends or is to be stopped.
    async fn watch(&mut self, running: &mut Running) -> Over {
        let mut stop = self.cell.stop_asked();
        let min_ready_seconds = self.plan().component.readiness.min_ready_seconds;
        let mut health = Health::new(min_ready_seconds, running.record.ready, Instant::now());
        self.show_found(running);
        let mut rotated_at = Instant::now();
        loop {
            let readiness = self.plan().component.readiness.clone();
            let interval = Duration::from_millis(readiness.interval_ms.max(10));
            let port = running.record.port;
            // Both asked to stop and ended: it is not to be started again, so the stop wins.
            let outcome: Result<(), Failure> = tokio::select! {
                biased;
                () = asked(&mut stop) => return Over::StopAsked,
                () = running.handle.ended() => return Over::Ended { ready_for: since(health.ready_since) },
                outcome = probe(&readiness, port) => outcome,
            };
            let (state, reason) = health.note(outcome, Instant::now());
            self.note_ready(running, state == InstanceState::Ready);
            self.show(state, &reason, Some(running));
            if rotated_at.elapsed() >= ROTATE_EVERY {
                rotated_at = Instant::now();
                logs::rotate(layout::log(&self.folder, self.ordinal)).await;
            }
            let pause = health.next_probe(interval, Instant::now());
            tokio::select! {
                biased;
                () = asked(&mut stop) => return Over::StopAsked,
                () = running.handle.ended() => return Over::Ended { ready_for: since(health.ready_since) },
                () = sleep(pause) => {}
            }
        }
    }

    fn note_ready(&mut self, running: &mut Running, ready: bool) {
        if running.record.ready != ready {
            running.record.ready = ready;
            keep_record(&self.record_path(), &running.record);
        }
    }

    async fn after_end(&mut self, running: Running, ready_for: Option<Duration>) -> Next {
        let lived = Duration::from_millis(now_ms().saturating_sub(running.record.started_at_ms));
        self.show(InstanceState::BackingOff, "ended by itself", None);
        // Reaped last: until then the kernel gives its id, and so the number of its group, to nobody else.
        stopping::sweep(Some(running.handle.identity), &running.record.launch, self.plan().kill_after())
            .await;
        let ending = running.handle.reap();
        let port = running.record.port;
        // Nothing of ours is left, so somebody else listens there, and whatever answered the probe was theirs.
        let taken = !is_free(port);
        self.common.ports.give_back(port);
        if taken && self.port_tries < PORT_TRIES_MAX {
            self.port_tries += 1;
            tracing::info!(instance = %self.name(), port, "its port was taken meanwhile; another one is tried");
            return Next::Start;
        }
        self.port_tries = 0;
        if ready_for.is_some_and(|ready_for| ready_for >= FORGIVEN_AFTER) {
            self.crashes_in_a_row = 0;
        }
        self.restarts = self.restarts.saturating_add(1);
        self.crashes_in_a_row = self.crashes_in_a_row.saturating_add(1);
        self.back_off(running.record, ending, lived).await
    }

    async fn back_off(&mut self, mut record: Record, ending: Ending, lived: Duration) -> Next {
        let pause = back_off(self.crashes_in_a_row);
        let mut reason = format!("{ending} after {:.1} s", lived.as_secs_f64());
        if let Some(line) = self.last_line().await {
            reason.extend(["; the last line of its log: `", &line, "`"]);
        }
        reason.extend(["; starts again ", &pause.as_secs().to_string(), " s after that"]);
        tracing::warn!(instance = %self.name(), restarts = self.restarts, %reason, "ended by itself");
        record.process = None;
        record.ready = false;
        record.restarts = self.restarts;
        record.crashes_in_a_row = self.crashes_in_a_row;
        record.next_start_at_ms = Some(now_ms() + pause.as_millis() as u64);
        record.reason.clone_from(&reason);
        keep_record(&self.record_path(), &record);
        self.show(InstanceState::BackingOff, &reason, None);
        Next::Wait(pause)
    }

    /// None where it cannot be said what in it is secret.
    async fn last_line(&self) -> Option<String> {
        let redactor = self.common.secrets.redactor(&self.plan().slot.environment).await.ok()?;
        logs::last_line(&layout::log(&self.folder, self.ordinal), &redactor)
    }

    async fn stop(&mut self, mut running: Running) {
        let kill_after = self.plan().kill_after();
        self.show(InstanceState::Stopping, "asked to end with SIGTERM", Some(&running));
        running.record.stopping = true;
        keep_record(&self.record_path(), &running.record);
        let killed = stopping::stop(&running.handle, &running.record.launch, kill_after).await;
        let ending = running.handle.reap();
        self.common.ports.give_back(running.record.port);
        tracing::info!(instance = %self.name(), killed, %ending, "stopped");
    }

    fn vanish(&self) {
        if let Err(error) = remove_if_there(&self.record_path()) {
            tracing::warn!(instance = %self.name(), %error, "its state file could not be removed");
        }
        self.cell.set_gone();
        self.common.changed.send_modify(|count| *count += 1);
    }

    fn show(&self, state: InstanceState, reason: &str, running: Option<&Running>) {
        let process = running.map(|running| (running.handle.identity.pid, running.record.port));
        let started_with = running.and_then(|running| running.record.started_with.clone());
        if self.cell.show(&Shown { state, reason, restarts: self.restarts, process, started_with }) {
            self.common.changed.send_modify(|count| *count += 1);
        }
    }

    fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plan.borrow())
    }
    fn name(&self) -> String {
        name_in(&self.plan.borrow(), self.ordinal)
    }
    fn record_path(&self) -> PathBuf {
        layout::record(&self.folder, self.ordinal)
    }
}

async fn asked(stop: &mut watch::Receiver<bool>) {
    // The sender lives in the cell that we hold, so there is an answer.
    let _asked = stop.wait_for(|asked| *asked).await;
}

fn name_in(plan: &Plan, ordinal: u32) -> String {
    name(&plan.slot, plan.version(), ordinal)
}

fn since(ready: Option<Instant>) -> Option<Duration> {
    ready.map(|since| since.elapsed())
}

/// Where the disk is full the process still runs and its mark still finds it; so this is said, not failed.
fn keep_record(path: &Path, record: &Record) {
    if let Err(error) = layout::write_json(path, record, Keep::Process) {
        tracing::warn!(path = %path.display(), %error, "an instance's state could not be written");
    }
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Whether the process named in a record is that one and runs.
pub(crate) fn still_runs(record: &Record, boot: &str) -> Option<Identity> {
    record.process.filter(|identity| record.boot == boot && identity.runs())
}
