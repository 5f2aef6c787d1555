//! What everything in one simulation shares: the time, the world, the clocks of the machine, the facts.
//!
//! Invariant: there is one thread and one owner; the lock is never held across an await. Time passes only when the
//! executor says so.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tidegate_domain::moment::Moment;
use tidegate_engine::{Reading, Timeline};

use crate::fact::{Control, Fact, ProcessId};
use crate::random::Random;
use crate::weather::Weather;
use crate::world::World;

pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Whose a task is: nobody's tasks are the world's own, and never die.
pub type Owner = Option<ProcessId>;

#[derive(Clone)]
pub struct Env {
    inner: Arc<Mutex<Inner>>,
}

pub struct Inner {
    pub now_ms: u64,
    /// Counts polls: a finer order than time.
    pub step: u64,
    pub world: World,
    pub weather: Weather,
    pub machine: Machine,
    pub random: Random,
    pub facts: Vec<Fact>,
    pub spawned: Vec<(Owner, Task)>,
    /// Something was written: whoever waits for work looks again.
    pub rung: bool,
    pub processes: BTreeMap<ProcessId, Process>,
    pub killed: Vec<ProcessId>,
    /// Late deliveries still on their way.
    pub under_way: usize,
    /// When the polled task wants to be polled again.
    wake_ms: Option<u64>,
    listens: bool,
}

/// One run of a control plane, as the machine sees it.
#[derive(Debug, Clone, Default)]
pub struct Process {
    pub alive: bool,
    /// Stopped by a signal until then.
    pub paused_until_ms: u64,
}

/// The clocks of the machine, and the timeline that was kept on its disk.
#[derive(Debug, Clone)]
pub struct Machine {
    pub boot: u32,
    pub booted_ms: u64,
    pub wall_offset_ms: i64,
    /// No process can start before.
    pub up_from_ms: u64,
    pub kept: Option<Timeline>,
    pub kept_ms: u64,
}

/// What the wall clock says when a simulation begins; recorded time begins there too.
pub const WALL_BEGINS_MS: u64 = 1_800_000_000_000;

impl Machine {
    pub fn reading(&self, now_ms: u64) -> Reading {
        Reading {
            boot: format!("boot-{}", self.boot),
            since_boot_ms: now_ms - self.booted_ms + 7_000,
            wall_ms: (WALL_BEGINS_MS + now_ms).saturating_add_signed(self.wall_offset_ms),
        }
    }
}

impl Env {
    pub fn new(world: World, weather: Weather, random: Random) -> Self {
        let machine =
            Machine { boot: 0, booted_ms: 0, wall_offset_ms: 0, up_from_ms: 0, kept: None, kept_ms: 0 };
        let inner = Inner {
            now_ms: 0,
            step: 0,
            world,
            weather,
            machine,
            random,
            facts: Vec::new(),
            spawned: Vec::new(),
            rung: false,
            processes: BTreeMap::new(),
            killed: Vec::new(),
            under_way: 0,
            wake_ms: None,
            listens: false,
        };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    pub fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives way once, and for this long: every call of a port begins so, and a crash can come at each.
    pub fn pause(&self, ms: u64) -> Pause {
        Pause { env: self.clone(), ms, until_ms: None, listens: false }
    }

    /// Waits for news, at most this long.
    pub fn listen(&self, ms: u64) -> Pause {
        Pause { env: self.clone(), ms, until_ms: None, listens: true }
    }

    pub fn spawn(&self, owner: Owner, task: impl Future<Output = ()> + Send + 'static) {
        self.with(|inner| inner.spawned.push((owner, Box::pin(task))));
    }

    pub fn moment(&self, timeline: &Timeline) -> Moment {
        self.with(|inner| timeline.at(&inner.machine.reading(inner.now_ms)))
    }

    pub fn note(&self, fact: Fact) {
        self.with(|inner| inner.facts.push(fact));
    }
}

impl Inner {
    pub fn is_alive(&self, process: ProcessId) -> bool {
        self.processes.get(&process).is_some_and(|process| process.alive)
    }

    /// When a paused process goes on; none when it runs.
    pub fn paused_until(&self, owner: Owner) -> Option<u64> {
        let process = self.processes.get(&owner?)?;
        (process.paused_until_ms > self.now_ms).then_some(process.paused_until_ms)
    }

    pub fn kill(&mut self, process: ProcessId) {
        if let Some(known) = self.processes.get_mut(&process).filter(|known| known.alive) {
            known.alive = false;
            self.killed.push(process);
            self.facts.push(Fact::Control { process, what: Control::Killed });
        }
    }

    /// The polled task wants to be polled again at this time.
    pub(crate) fn wish(&mut self, at_ms: u64) {
        self.wake_ms = Some(self.wake_ms.map_or(at_ms, |other| other.min(at_ms)));
    }

    /// What the task that was just polled waits for: a time, and whether news would do too.
    pub(crate) fn take_wish(&mut self) -> (u64, bool) {
        (self.wake_ms.take().unwrap_or(self.now_ms), std::mem::take(&mut self.listens))
    }
}

/// Ready some time later, and never when first polled.
pub struct Pause {
    env: Env,
    ms: u64,
    until_ms: Option<u64>,
    listens: bool,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.env.clone().with(|inner| {
            let first = this.until_ms.is_none();
            let until_ms = *this.until_ms.get_or_insert(inner.now_ms + this.ms);
            if !first && (inner.now_ms >= until_ms || this.listens) {
                return Poll::Ready(());
            }
            inner.wish(until_ms);
            inner.listens |= this.listens;
            Poll::Pending
        })
    }
}
