//! Which rollouts were measured since somebody last looked.
//!
//! Invariant: whoever waits is told of each rollout once, however often it was measured meanwhile, so a slow reader waits
//! for no queue; what is kept is bounded. Deliberately not here: the measurements (the store has them).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tidegate_domain::id::RolloutId;
use tokio::sync::watch;

/// More rollouts than are under way at once; whoever did not look for so long misses that the oldest were measured.
const ROLLOUTS_MAX: usize = 4_096;

#[derive(Debug, Default)]
pub(crate) struct Measurements {
    newest: Mutex<Newest>,
    /// The number of the newest measurement.
    count: watch::Sender<u64>,
}

/// Of each rollout, the number of its newest measurement.
#[derive(Debug, Default)]
struct Newest {
    by_number: BTreeMap<u64, RolloutId>,
    by_rollout: BTreeMap<RolloutId, u64>,
    count: u64,
}

impl Newest {
    fn note(&mut self, rollout: RolloutId) -> u64 {
        self.count += 1;
        if let Some(before) = self.by_rollout.insert(rollout.clone(), self.count) {
            self.by_number.remove(&before);
        }
        self.by_number.insert(self.count, rollout);
        while self.by_number.len() > ROLLOUTS_MAX {
            let Some((_, oldest)) = self.by_number.pop_first() else { break };
            self.by_rollout.remove(&oldest);
        }
        self.count
    }
}

impl Measurements {
    pub fn note(&self, rollout: RolloutId) {
        let number = self.newest().note(rollout);
        // Two writers may come here in either order.
        self.count.send_modify(|newest| *newest = number.max(*newest));
    }

    /// For somebody who looks from now on.
    pub fn look(&self) -> Looking {
        Looking { count: self.count.subscribe(), seen: *self.count.borrow() }
    }

    fn newest(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far somebody has looked.
#[derive(Debug)]
pub(crate) struct Looking {
    count: watch::Receiver<u64>,
    seen: u64,
}

impl Looking {
    /// Ready once something was measured since they looked; never, once nothing is measured any more.
    pub async fn changed(&mut self) {
        if self.count.wait_for(|count| *count > self.seen).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Since they last looked, in the order of their newest measurements.
    pub fn take(&mut self, measured: &Measurements) -> Vec<RolloutId> {
        let newest = measured.newest();
        let found = newest.by_number.range(self.seen + 1..).map(|(_, rollout)| rollout.clone()).collect();
        self.seen = newest.count;
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> RolloutId {
        RolloutId::from_bits(number)
    }

    #[tokio::test]
    async fn however_often_it_was_measured_a_rollout_is_told_once() {
        let measured = Measurements::default();
        measured.note(id(9));
        let mut looking = measured.look();
        for _ in 0..1_000 {
            measured.note(id(1));
            measured.note(id(2));
        }
        measured.note(id(1));
        looking.changed().await;
        assert_eq!(looking.take(&measured), [id(2), id(1)], "what was before they looked is not told");
        assert_eq!(looking.take(&measured), []);
        measured.note(id(2));
        looking.changed().await;
        assert_eq!(looking.take(&measured), [id(2)]);
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_newest_stay() {
        let measured = Measurements::default();
        let mut looking = measured.look();
        let all = ROLLOUTS_MAX as u64 + 10;
        (0..all).for_each(|number| measured.note(id(number)));
        let found = looking.take(&measured);
        assert_eq!((found.len(), &found[0]), (ROLLOUTS_MAX, &id(10)));
        assert_eq!(measured.newest().by_rollout.len(), ROLLOUTS_MAX);
    }
}
