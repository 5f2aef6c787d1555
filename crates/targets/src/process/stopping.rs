//! Ending a process with all it started: asked first, then killed.
//!
//! Invariant: it returns only when nothing of that start is alive, and it never signals anything else. Deliberately
//! not here: draining requests, which is over before anything is stopped.

use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, sleep, timeout_at};

use super::handle::{Handle, signal_once};
use super::proc::{Identity, members};

/// Between two looks at what is left of a group.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Answers whether SIGKILL was needed.
pub(crate) async fn stop(leader: &Handle, launch: &str, kill_after: Duration) -> bool {
    let deadline = Instant::now() + kill_after;
    say_failure(leader.identity, leader.signal(Signal::TERM));
    for identity in look(Some(leader.identity), launch).await {
        if identity != leader.identity {
            say_failure(identity, signal_once(identity, Signal::TERM));
        }
    }
    let in_time = timeout_at(deadline, leader.ended()).await.is_ok();
    if !in_time {
        say_failure(leader.identity, leader.signal(Signal::KILL));
    }
    let clean = end_rest(Some(leader.identity), launch, deadline).await;
    leader.ended().await;
    !(in_time && clean)
}

/// The leader has ended by itself: ends what it left behind. Without a leader only the mark counts.
pub(crate) async fn sweep(leader: Option<Identity>, launch: &str, kill_after: Duration) {
    let left = look(leader, launch).await;
    if left.is_empty() {
        return;
    }
    for identity in left {
        say_failure(identity, signal_once(identity, Signal::TERM));
    }
    end_rest(leader, launch, Instant::now() + kill_after).await;
}

/// Ends a start at once, with all of it.
pub(crate) async fn kill(leader: Identity, launch: &str) {
    end_rest(Some(leader), launch, Instant::now()).await;
}

/// Waits until nothing is left; kills after the deadline, again and again, as a group may grow while it dies. True if
/// no kill was needed. What even SIGKILL does not end (it waits in the kernel for a device) is waited for.
async fn end_rest(leader: Option<Identity>, launch: &str, deadline: Instant) -> bool {
    let mut clean = true;
    loop {
        let left = look(leader, launch).await;
        if left.is_empty() {
            return clean;
        }
        if Instant::now() >= deadline {
            clean = false;
            for identity in left {
                say_failure(identity, signal_once(identity, Signal::KILL));
            }
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Reading all of /proc takes some milliseconds: not on an async thread.
async fn look(leader: Option<Identity>, launch: &str) -> Vec<Identity> {
    let launch = launch.to_owned();
    tokio::task::spawn_blocking(move || members(leader, &launch)).await.unwrap_or_default()
}

fn say_failure(identity: Identity, outcome: std::io::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(process = identity.pid, %error, "could not be signalled");
    }
}
