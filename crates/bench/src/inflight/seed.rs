//! Makes the rollouts: in each slot a first version that stands, and a second at the first rung of its canary.
//!
//! Invariant: made by commands and ticks of the real engine, by a clock that is held within one second, so that all
//! later timers fall into one second too. Deliberately not here: what happens to them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tidegate_engine::{Command, Engine};
use tidegate_ports::Agenda as _;
use tokio::task::JoinSet;

use super::virtual_clock::Held;
use crate::drive::told;
use crate::scene::{self, Shape};
use crate::watched::Watched;

/// Slots in one environment, each with its own catalog: a catalog of thousands of components is another matter.
const GROUP: usize = 100;
const POLL: Duration = Duration::from_millis(2);

pub struct Seeding {
    pub engine: Arc<Engine>,
    pub store: Arc<Watched>,
    pub clock: Held,
    pub begin_ms: u64,
    pub rollouts: usize,
    pub shape: Shape,
}

impl Seeding {
    pub async fn run(&self) -> Result<()> {
        for group in 0..self.rollouts.div_ceil(GROUP) {
            let environment = format!("environment-{group}");
            let count = GROUP.min(self.rollouts - group * GROUP);
            let catalog = scene::catalog(&environment, count, &self.shape)?;
            scene::submit(&self.engine, Command::Apply(catalog), self.clock.now()).await?;
            for number in 1..=2 {
                self.release_all(&environment, count, number).await?;
                self.settle().await?;
            }
            let done = (group * GROUP + count) as u64;
            self.clock.forward_to(self.begin_ms + done * 1_000 / self.rollouts as u64);
        }
        Ok(())
    }

    async fn release_all(&self, environment: &str, count: usize, number: usize) -> Result<()> {
        let mut starting = JoinSet::new();
        for component in 0..count {
            let (engine, now, environment) =
                (Arc::clone(&self.engine), self.clock.now(), environment.to_owned());
            starting.spawn(async move {
                scene::release(&engine, (&environment, component), number, now).await.map(drop)
            });
        }
        while let Some(started) = starting.join_next().await {
            started??;
        }
        Ok(())
    }

    /// Until nothing is due and nothing is held.
    async fn settle(&self) -> Result<()> {
        loop {
            let due = self.store.next_due().await.map_err(told)?;
            let now = self.clock.now().steady;
            // What is held is due when its lease ends, much sooner than any timer of a rung.
            if due.is_none_or(|due| due > now) && self.store.idle() {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
    }
}
