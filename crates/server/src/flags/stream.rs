//! Changes of an environment's flags, as they happen: server-sent events as OFREP's event streams write them.
//!
//! Invariant: an event says that there is something new and never what; whoever comes back learns at once whether they
//! missed something; a stream ends when its key does. Deliberately not here: who may follow (`ofrep`).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde_json::{Value, json};
use tidegate_domain::flag_keys::FlagKeyKind;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep};

use super::{Key, Place, Serving, now_ms, seconds};

const RETRY: Duration = Duration::from_secs(2);
/// So that proxies keep the connection, and a key that ended is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Between an answer and the connection that it asks for, something may have changed: as long as this, it is said anew.
const MISSED_MS: u64 = 10_000;
/// A schedule further away than this is looked at again.
const LOOK: Duration = Duration::from_hours(1);

struct Following {
    serving: Arc<Serving>,
    key: Arc<Key>,
    changed: watch::Receiver<u64>,
    keys_changed: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    beat: Interval,
    /// What was told last: version, and what schedules had begun.
    told: Option<(u64, usize)>,
    first: bool,
    _permit: OwnedSemaphorePermit,
}

/// None where as many streams are open as are kept.
pub(crate) fn follow(serving: &Arc<Serving>, key: &Arc<Key>, last_id: Option<&str>) -> Option<Response> {
    let permit = Arc::clone(&serving.streams).try_acquire_owned().ok()?;
    let place = &key.place;
    let (changed, keys_changed) = (place.changed(), place.keys_changed());
    let mut beat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let following = Following {
        serving: Arc::clone(serving),
        key: Arc::clone(key),
        changed,
        keys_changed,
        stopping: serving.stopping.clone(),
        beat,
        told: known(place, last_id),
        first: true,
        _permit: permit,
    };
    Some(Sse::new(events(following)).into_response())
}

/// What the client has: by the id that it saw last, else what stands unless that is very new.
fn known(place: &Place, last_id: Option<&str>) -> Option<(u64, usize)> {
    let served = place.served();
    let now = now_ms();
    let stands = (served.version, served.turn(seconds(now)));
    match last_id {
        Some(id) => Some(stands).filter(|stands| id_of(*stands) == id),
        None => Some(stands).filter(|_| served.changed_ms.saturating_add(MISSED_MS) < now),
    }
}

fn id_of((version, turn): (u64, usize)) -> String {
    format!("{version}.{turn}")
}

fn events(following: Following) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(following, |mut following| async move {
        let event = following.next().await?;
        Some((Ok(event), following))
    })
}

impl Following {
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.first) {
            let begin = Event::default().retry(RETRY);
            return Some(match self.told {
                // Without data it is no message to the client, and the id is where it goes on.
                Some(told) => begin.id(id_of(told)),
                None => begin.comment("something changed"),
            });
        }
        loop {
            if *self.stopping.borrow() || !self.serving.keys().holds(&self.key) {
                return None;
            }
            if let Some(event) = self.news() {
                return Some(event);
            }
            let pause = self.until_turn();
            tokio::select! {
                _ = self.stopping.changed() => {}
                changed = self.changed.changed() => changed.ok()?,
                changed = self.keys_changed.changed() => {
                    changed.ok()?;
                    if self.key.kind == FlagKeyKind::Server && self.serving.keys().holds(&self.key) {
                        return Some(message(&json!({ "type": "keysChanged" })));
                    }
                }
                () = sleep(pause) => {}
                _ = self.beat.tick() => return Some(Event::default().comment("alive")),
            }
        }
    }

    fn news(&mut self) -> Option<Event> {
        let served = self.key.place.served();
        let stands = (served.version, served.turn(seconds(now_ms())));
        if self.told == Some(stands) {
            return None;
        }
        self.told = Some(stands);
        let id = id_of(stands);
        let data =
            json!({ "type": "refetchEvaluation", "etag": id, "lastModified": served.changed_ms / 1_000 });
        Some(message(&data).id(id))
    }

    fn until_turn(&self) -> Duration {
        let now = now_ms();
        let next = self.key.place.served().next_turn(seconds(now));
        let wait = next.map(|at| (at as u64).saturating_mul(1_000).saturating_sub(now));
        wait.map_or(LOOK, |wait| Duration::from_millis(wait.max(1)).min(LOOK))
    }
}

fn message(data: &Value) -> Event {
    Event::default().event("message").data(data.to_string())
}
