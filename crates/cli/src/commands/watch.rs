//! Watching rollouts until they end: a live picture on a terminal, a line for each change when piped.
//!
//! Invariant: watching changes nothing, so whoever stops (Ctrl-C) stops only that; a server that is away for a while
//! is waited for. Not here: laying out the picture (`render::picture`) and the lines (`render::progress`).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{FutureExt, StreamExt};
use tidegate_api::{Rollout, RolloutState, Sample};
use tidegate_client::{Client, ClientError, EventsFrom, Followed};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Answer, Context};
use crate::connect::Connection;
use crate::ending::Ending;
use crate::failure::Failure;
use crate::render::number;
use screen::Screen;

mod screen;

/// Enough for the last seconds at the shortest scrape interval.
pub const SAMPLES: u32 = 60;
const LOOK_EVERY_LIVE: Duration = Duration::from_millis(500);
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A server that was killed is started again by somebody within this time, or we say that it is gone.
const AWAY_MAX: Duration = Duration::from_mins(1);
const FOREVER: Duration = Duration::from_hours(24 * 365);

#[derive(Debug, Clone, Copy)]
pub struct Watching {
    pub live: bool,
    pub timeout_seconds: Option<u64>,
    /// For a rollout that was there before: say so first where it has ended already.
    pub says_if_over: bool,
}

/// What is seen at one instant.
pub struct Look {
    pub rollout: Rollout,
    pub samples: Vec<Sample>,
    pub now_ms: u64,
}

pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

/// One after another; the worst ending counts.
pub async fn all(ids: &[String], watching: Watching, connection: &Connection, context: &Context) -> Answer {
    let deadline = Instant::now() + watching.timeout_seconds.map_or(FOREVER, Duration::from_secs);
    let mut ending = Ending::Done;
    for id in ids {
        let watcher = Watcher { client: &connection.client, id, deadline, context };
        match watcher.until_the_end(watching).await? {
            Some(RolloutState::Succeeded) => {}
            Some(_) => ending = Ending::Refused,
            None => return Ok(Ending::Interrupted),
        }
    }
    Ok(ending)
}

struct Watcher<'a> {
    client: &'a Client,
    id: &'a str,
    deadline: Instant,
    context: &'a Context,
}

/// Why it looks again, or does not.
enum Stirred {
    Again,
    /// The events have ended; from now on only the clock tells.
    Deaf,
    Interrupted,
    OutOfTime,
}

impl Watcher<'_> {
    /// None where a person interrupted the watching.
    async fn until_the_end(&self, watching: Watching) -> Result<Option<RolloutState>, Failure> {
        let first = self.look(true).await?;
        if watching.says_if_over && first.rollout.state.is_final() {
            self.context.out.remark(over(&first));
        }
        let mut screen = Screen::open(&first, watching.live, self.context);
        let from = EventsFrom { after: None, stream: Some(format!("rollout/{}", self.id)) };
        let mut events = Some(self.client.follow_events(&from));
        let mut seen = Ok(first);
        let mut away_since = None;
        loop {
            match seen {
                Ok(look) => {
                    away_since = None;
                    let state = look.rollout.state;
                    screen.show(look)?;
                    if state.is_final() {
                        screen.end()?;
                        return Ok(Some(state));
                    }
                }
                Err(error) => {
                    let since = *away_since.get_or_insert_with(Instant::now);
                    if !matches!(error, ClientError::Unreachable { .. }) || since.elapsed() > AWAY_MAX {
                        screen.leave();
                        return Err(error.into());
                    }
                    screen.away(&error);
                }
            }
            match self.stir(&mut events, screen.is_live()).await {
                Stirred::Again => {}
                Stirred::Deaf => events = None,
                Stirred::Interrupted => {
                    screen.leave();
                    self.context
                        .out
                        .remark(format!("{0} goes on; watch it: tidegate rollout watch {0}", self.id));
                    return Ok(None);
                }
                Stirred::OutOfTime => {
                    screen.leave();
                    return Err(self.out_of_time());
                }
            }
            seen = self.look(screen.is_live()).await;
        }
    }

    async fn look(&self, with_samples: bool) -> Result<Look, ClientError> {
        let rollout = self.client.rollout(self.id).await?;
        let samples =
            if with_samples { self.client.samples(self.id, Some(SAMPLES)).await?.items } else { Vec::new() };
        Ok(Look { rollout, samples, now_ms: now_ms() })
    }

    /// Until something happened, or enough time passed that the picture should move.
    async fn stir(
        &self,
        events: &mut Option<impl futures_util::Stream<Item = Followed> + Unpin>,
        live: bool,
    ) -> Stirred {
        let pause = if live { LOOK_EVERY_LIVE } else { LOOK_EVERY };
        let next = async {
            match events {
                Some(events) => events.next().await,
                None => std::future::pending().await,
            }
        };
        let said = tokio::select! {
            said = next => said,
            () = sleep(pause) => return Stirred::Again,
            _ = tokio::signal::ctrl_c() => return Stirred::Interrupted,
            () = sleep_until(self.deadline) => return Stirred::OutOfTime,
        };
        // What has happened since is seen by the same look.
        while let Some(events) = events
            && let Some(Some(Followed::Event(_))) = events.next().now_or_never()
        {}
        if matches!(said, None | Some(Followed::Refused(_))) { Stirred::Deaf } else { Stirred::Again }
    }

    fn out_of_time(&self) -> Failure {
        Failure::fault("still-under-way", format!("{} has not ended in the time given", self.id))
            .help(format!("it goes on; watch it: `tidegate rollout watch {}`", self.id))
    }
}

fn over(look: &Look) -> String {
    let Look { rollout, now_ms, .. } = look;
    let ago = number::duration(now_ms.saturating_sub(rollout.changed_ms));
    let (id, release, environment, at) =
        (&rollout.id, &rollout.release, &rollout.environment, number::time(rollout.changed_ms));
    format!(
        "{id} ({release} to {environment}) is not under way: it ended {ago} ago, at {at}. This is what is left of it:"
    )
}
