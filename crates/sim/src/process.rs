//! One control plane: a real engine on the shared store, and the loop that drives it.
//!
//! Invariant: as the server does, it claims what is due, gives each lease a turn of its own, renews the leases of turns
//! under way, and sends what waits in the outbox. Deliberately not here: when it dies (`executor`), is paused or starts
//! again (`disturbance`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tidegate_domain::moment::Moment;
use tidegate_engine::{Engine, Settings, Timeline, World, latest};
use tidegate_ports::{Agenda as _, Lease, Store};
use tidegate_store::memory::MemoryStore;

use crate::env::{Env, Process};
use crate::fact::{Control, Fact, ProcessId};
use crate::ports::Reach;
use crate::random::Random;
use crate::run::ready;
use crate::store::{Defects, Disk};
use crate::tester::FakeTester;

/// How long the driver sleeps when nobody calls it.
const NAP_MS: u64 = 1_000;
const RENEW_MS: u64 = 5_000;
/// How often the timeline is kept.
const KEEP_MS: u64 = 2_000;

/// Where control planes run: what survives them.
#[derive(Clone)]
pub struct Site {
    pub env: Env,
    pub memory: MemoryStore,
    pub defects: Defects,
    /// One process at a time opens the store, and raises the fence when it does.
    pub exclusive: bool,
    pub running: Arc<Mutex<BTreeMap<ProcessId, Arc<Engine>>>>,
    started: Arc<Mutex<(ProcessId, Random)>>,
}

impl Site {
    pub fn new(env: Env, exclusive: bool, defects: Defects, random: Random) -> Self {
        let (memory, running) = (MemoryStore::new(), Arc::default());
        Self { env, memory, defects, exclusive, running, started: Arc::new(Mutex::new((0, random))) }
    }

    /// Starts one more control plane; answers which.
    pub fn start(&self) -> ProcessId {
        let (process, mut random) = {
            let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
            started.0 += 1;
            (started.0, started.1.fork())
        };
        if self.exclusive {
            self.memory.restart();
        }
        let holder = format!("plane-{process}");
        let latest = ready(latest(&self.memory)).and_then(Result::ok).unwrap_or_default();
        let timeline = self.env.with(|inner| {
            inner.processes.insert(process, Process { alive: true, paused_until_ms: 0 });
            let now = inner.machine.reading(inner.now_ms);
            let timeline = match inner.machine.kept.take() {
                Some(kept) => kept.resume(now),
                None => Timeline::begin(now),
            };
            let timeline = if self.defects.forgets_time { timeline } else { timeline.not_before(latest) };
            inner.machine.kept = Some(timeline.clone());
            inner.facts.push(Fact::Control { process, what: Control::Started { holder: holder.clone() } });
            timeline
        });
        let limit = random.between(1, 8) as u32;
        let engine = Arc::new(self.engine(process, holder, random));
        self.engines(|running| running.insert(process, Arc::clone(&engine)));
        let env = self.env.clone();
        let clock = Clock { env: env.clone(), timeline };
        let driver =
            Driver { engine, env, process, clock, memory: self.memory.clone(), limit, turns: Arc::default() };
        self.env.spawn(Some(process), driver.clone().drive());
        self.env.spawn(Some(process), driver.renew());
        process
    }

    fn engine(&self, process: ProcessId, holder: String, random: Random) -> Engine {
        let disk: Arc<dyn Store> = Arc::new(Disk {
            env: self.env.clone(),
            by: process,
            memory: self.memory.clone(),
            defects: self.defects,
        });
        let reach = Arc::new(Reach { env: self.env.clone(), by: process });
        let world =
            World { target: reach.clone(), router: reach.clone(), metrics: reach.clone(), notifier: reach };
        let random = Mutex::new(random);
        let ids = move || random.lock().unwrap_or_else(PoisonError::into_inner).bits();
        let settings = Settings { holder, exclusive: self.exclusive, ids: Box::new(ids) };
        let tester = Arc::new(FakeTester::new(self, process));
        Engine::new(disk, world, settings).with_tester(tester)
    }

    pub fn engines<T>(&self, act: impl FnOnce(&mut BTreeMap<ProcessId, Arc<Engine>>) -> T) -> T {
        act(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A control plane that lives, by chance.
    pub fn any(&self, random: &mut Random) -> Option<(ProcessId, Arc<Engine>)> {
        let alive: Vec<(ProcessId, Arc<Engine>)> = self.engines(|running| {
            running.iter().map(|(process, engine)| (*process, Arc::clone(engine))).collect()
        });
        let alive: Vec<_> = self
            .env
            .with(|inner| alive.into_iter().filter(|(process, _)| inner.is_alive(*process)).collect());
        random.pick(&alive).cloned()
    }

    /// The time as a process on this machine tells it.
    pub fn moment(&self) -> Moment {
        now(&self.env)
    }
}

pub fn now(env: &Env) -> Moment {
    let kept = env.with(|inner| inner.machine.kept.clone());
    kept.map_or_else(Moment::default, |timeline| env.moment(&timeline))
}

#[derive(Clone)]
struct Clock {
    env: Env,
    timeline: Timeline,
}

#[derive(Clone)]
struct Driver {
    engine: Arc<Engine>,
    env: Env,
    process: ProcessId,
    clock: Clock,
    memory: MemoryStore,
    limit: u32,
    turns: Arc<Mutex<BTreeMap<String, Lease>>>,
}

impl Clock {
    fn now(&self) -> Moment {
        self.env.moment(&self.timeline)
    }
}

impl Driver {
    async fn drive(self) {
        loop {
            self.keep_time();
            if let Ok(leases) = self.engine.due(self.clock.now().steady, self.limit).await {
                for lease in leases {
                    self.env.spawn(Some(self.process), self.clone().turn(lease));
                }
            }
            // What fails stays in the outbox; the next round tries again.
            drop(self.engine.send_notices().await);
            let next = self.memory.next_due().await.ok().flatten();
            let now = self.clock.now().steady;
            let nap_ms = next.map_or(NAP_MS, |at| at.since_ms(now).clamp(1, NAP_MS));
            self.env.listen(nap_ms).await;
        }
    }

    /// A restart goes on from what stands on the disk, which is a little old, as it is for the server.
    fn keep_time(&self) {
        self.env.with(|inner| {
            if inner.now_ms - inner.machine.kept_ms < KEEP_MS {
                return;
            }
            inner.machine.kept_ms = inner.now_ms;
            let now = inner.machine.reading(inner.now_ms);
            inner.machine.kept = Some(self.clock.timeline.clone().resume(now));
        });
    }

    async fn turn(self, lease: Lease) {
        let key = lease.stream.to_string();
        self.turns(|turns| turns.insert(key.clone(), lease.clone()));
        let ended = self.engine.tick(&lease, &|| self.clock.now()).await;
        self.turns(|turns| turns.remove(&key));
        if let Err(fault) = ended {
            let what = Control::Faulted { stream: key, why: format!("{} ({})", fault.message, fault.code) };
            self.env.note(Fact::Control { process: self.process, what });
        }
    }

    async fn renew(self) {
        loop {
            self.env.pause(RENEW_MS).await;
            let leases: Vec<Lease> = self.turns(|turns| turns.values().cloned().collect());
            for lease in leases {
                let now = self.clock.now().steady;
                drop(self.engine.store().renew(&lease, now).await);
            }
        }
    }

    fn turns<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Lease>) -> T) -> T {
        act(&mut self.turns.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
