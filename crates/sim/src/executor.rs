//! Polls tasks one at a time, in an order that the seed decides; when none can go on, time jumps to the next that can.
//!
//! Invariant: single-threaded and without any clock or waker of its own; the same seed gives the same order. Killing a
//! process drops its tasks where they stand.

use std::task::{Context, Poll, Waker};

use crate::env::{Env, Owner, Task};
use crate::fact::ProcessId;
use crate::random::Random;

pub struct Executor {
    env: Env,
    random: Random,
    tasks: Vec<Waiting>,
    /// Of a thousand polls of a control plane, after how many it dies.
    deaths_per_mille: u64,
    deaths_left: u32,
}

struct Waiting {
    owner: Owner,
    task: Task,
    wake_ms: u64,
    listens: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Polled,
    /// Nothing is left to do before the time limit.
    Idle,
}

impl Executor {
    pub fn new(env: Env, random: Random, (deaths_per_mille, deaths_left): (u64, u32)) -> Self {
        Self { env, random, tasks: Vec::new(), deaths_per_mille, deaths_left }
    }

    pub fn calm(&mut self) {
        self.deaths_left = 0;
    }

    /// Polls one task; time passes only as far as needed, and never beyond `limit_ms`.
    pub fn turn(&mut self, limit_ms: u64) -> Turn {
        self.adopt();
        let ready = self.ready();
        let Some(index) = self.random.pick(&ready).copied() else {
            return if self.pass_time(limit_ms) { self.turn(limit_ms) } else { Turn::Idle };
        };
        self.poll(index);
        self.bury();
        Turn::Polled
    }

    fn adopt(&mut self) {
        let (spawned, now_ms, rung) = self.env.with(|inner| {
            (std::mem::take(&mut inner.spawned), inner.now_ms, std::mem::take(&mut inner.rung))
        });
        for (owner, task) in spawned {
            self.tasks.push(Waiting { owner, task, wake_ms: now_ms, listens: false });
        }
        if rung {
            for task in self.tasks.iter_mut().filter(|task| task.listens) {
                task.wake_ms = now_ms;
            }
        }
    }

    fn ready(&self) -> Vec<usize> {
        self.env.with(|inner| {
            let is_ready =
                |task: &Waiting| task.wake_ms <= inner.now_ms && inner.paused_until(task.owner).is_none();
            (0..self.tasks.len()).filter(|index| is_ready(&self.tasks[*index])).collect()
        })
    }

    fn pass_time(&mut self, limit_ms: u64) -> bool {
        self.env.with(|inner| {
            let due = |task: &Waiting| task.wake_ms.max(inner.paused_until(task.owner).unwrap_or(0));
            let next = self.tasks.iter().map(due).min().filter(|at| *at <= limit_ms);
            if let Some(next) = next {
                inner.now_ms = next.max(inner.now_ms);
            }
            next.is_some()
        })
    }

    fn poll(&mut self, index: usize) {
        self.env.with(|inner| inner.step += 1);
        let mut context = Context::from_waker(Waker::noop());
        let waiting = &mut self.tasks[index];
        let done = waiting.task.as_mut().poll(&mut context) == Poll::Ready(());
        (waiting.wake_ms, waiting.listens) = self.env.with(crate::env::Inner::take_wish);
        let owner = waiting.owner;
        if done {
            drop(self.tasks.swap_remove(index));
        }
        if let Some(process) = owner
            && self.deaths_left > 0
            && self.random.chance(self.deaths_per_mille)
        {
            self.deaths_left -= 1;
            self.env.with(|inner| inner.kill(process));
        }
    }

    /// Drops what belonged to the killed, wherever it stood; whoever waited for them looks again.
    fn bury(&mut self) {
        let killed: Vec<ProcessId> = self.env.with(|inner| std::mem::take(&mut inner.killed));
        if killed.is_empty() {
            return;
        }
        let dead = |owner: Owner| owner.is_some_and(|owner| killed.contains(&owner));
        // Dropping a task may drop what locks the environment, so it happens outside of any lock.
        self.tasks.retain(|task| !dead(task.owner));
        let now_ms = self.env.with(|inner| inner.now_ms);
        for task in &mut self.tasks {
            task.wake_ms = task.wake_ms.min(now_ms);
        }
    }
}
