//! What happens to the machine and the world at its time: signals, clocks, reboots, drift; and control planes that
//! start again after they died.
//!
//! Invariant: a control plane that died always comes back.

use crate::env::Env;
use crate::fact::{Control, Fact, ProcessId};
use crate::process::Site;
use crate::random::Random;
use crate::scenario::{Disturbance, Trouble};

pub async fn disturb(site: Site, mut random: Random, disturbance: Disturbance) {
    site.env.pause(disturbance.at_ms).await;
    let env = site.env.clone();
    env.note(Fact::Weather(format!("{:?}", disturbance.what)));
    match disturbance.what {
        Trouble::Pause { ms } => pause(&site, &mut random, ms).await,
        Trouble::WallClock { by_ms } => env.with(|inner| inner.machine.wall_offset_ms += by_ms),
        Trouble::Reboot { down_ms, by_ms } => reboot(&env, down_ms, by_ms),
        Trouble::Drift => drift(&env),
        Trouble::Kill => {
            if let Some((process, _)) = site.any(&mut random) {
                env.with(|inner| inner.kill(process));
            }
        }
    }
}

async fn pause(site: &Site, random: &mut Random, ms: u64) {
    let Some((process, _)) = site.any(random) else { return };
    site.env.with(|inner| {
        let until_ms = inner.now_ms + ms;
        if let Some(known) = inner.processes.get_mut(&process) {
            known.paused_until_ms = known.paused_until_ms.max(until_ms);
        }
        inner.facts.push(Fact::Control { process, what: Control::Paused { ms } });
    });
    site.env.pause(ms).await;
    site.env.note(Fact::Control { process, what: Control::Continued });
}

/// The machine of the control planes goes down; they come back when it is up, and find other clocks.
fn reboot(env: &Env, down_ms: u64, by_ms: i64) {
    env.with(|inner| {
        let all: Vec<ProcessId> = inner.processes.keys().copied().collect();
        for process in all {
            inner.kill(process);
        }
        inner.machine.boot += 1;
        inner.machine.booted_ms = inner.now_ms;
        inner.machine.wall_offset_ms += by_ms;
        inner.machine.up_from_ms = inner.now_ms + down_ms;
    });
}

fn drift(env: &Env) {
    env.with(|inner| {
        inner.world.accrue(inner.now_ms);
        if let Some(slot) = inner.world.router.drift() {
            inner.facts.push(Fact::Drifted { slot });
        }
    });
}

/// One place for a control plane: whenever the one there dies, another starts after a while.
pub async fn tend(site: Site, mut random: Random) {
    loop {
        let process = site.start();
        while site.env.with(|inner| inner.is_alive(process)) {
            site.env.listen(60_000).await;
        }
        let wait_ms = site.env.with(|inner| {
            let up_in_ms = inner.machine.up_from_ms.saturating_sub(inner.now_ms);
            up_in_ms + random.between(10, 5_000)
        });
        site.env.pause(wait_ms).await;
    }
}
