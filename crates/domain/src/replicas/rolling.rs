//! The batches of a rolling strategy: from all stable to all candidate.
//!
//! Invariant: in a batch the candidate is raised and becomes ready before stable is lowered; capacity never falls
//! below `replicas − unavailable`, the total never exceeds `replicas + surge`, and every batch gets further.
//! Deliberately not here: waiting until ready, and moving traffic in between.

use serde::{Deserialize, Serialize};

use super::amount::FencePosts;
use super::counts::{Division, Group, Situation, next_counts};
use crate::weight::Weight;

/// The most replicas a plan is made for; a plan has about as many batches as replicas.
pub const REPLICAS_MAX: u32 = 10_000;

/// The counts when a batch is done: first `candidate` is reached and ready, then stable is lowered to `stable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Batch {
    pub candidate: u32,
    pub stable: u32,
}

impl Batch {
    /// Where a rolling strategy starts.
    pub fn all_stable(replicas: u32) -> Self {
        Self { candidate: 0, stable: replicas }
    }
    pub fn is_last(self, replicas: u32) -> bool {
        self == Self { candidate: replicas, stable: 0 }
    }
    /// Nothing serves after this batch: a single replica without surge cannot be replaced otherwise.
    pub fn is_downtime(self) -> bool {
        self.candidate == 0 && self.stable == 0
    }
}

/// All batches from the start. Call it with at most `REPLICAS_MAX` replicas; more is refused where a component is
/// declared, and a bug here.
pub fn rolling_plan(replicas: u32, posts: FencePosts) -> Vec<Batch> {
    assert!(replicas <= REPLICAS_MAX, "a rolling plan for {replicas} replicas");
    let start = Batch::all_stable(replicas);
    std::iter::successors(next_batch(replicas, posts, start), |done| next_batch(replicas, posts, *done))
        .collect()
}

/// The batch after `done`, from any counts (also those of a rollout taken up again); none when all is done.
pub fn next_batch(replicas: u32, posts: FencePosts, done: Batch) -> Option<Batch> {
    if done.is_last(replicas) {
        return None;
    }
    let posts = serving(replicas, posts);
    let candidate = next_counts(&settled(replicas, posts, done)).candidate;
    let stable = next_counts(&settled(replicas, posts, Batch { candidate, ..done })).stable;
    Some(Batch { candidate, stable })
}

/// Without surge, an `unavailable` of all replicas would stop everything before anything new is ready. Two replicas
/// are enough to avoid that, so one stays.
fn serving(replicas: u32, posts: FencePosts) -> FencePosts {
    if posts.surge() == 0 && replicas >= 2 {
        FencePosts::new(0, posts.unavailable().min(replicas - 1))
    } else {
        posts
    }
}

fn settled(replicas: u32, posts: FencePosts, counts: Batch) -> Situation {
    Situation {
        replicas,
        weight: Weight::ALL,
        posts,
        stable: Some(Group::settled(counts.stable)),
        candidate: Group::settled(counts.candidate),
        older: Group::default(),
        division: Division::ByReplicas,
        promote_full: false,
        aborted: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan(replicas: u32, surge: u32, unavailable: u32) -> Vec<(u32, u32)> {
        let batches = rolling_plan(replicas, FencePosts::new(surge, unavailable));
        batches.into_iter().map(|batch| (batch.candidate, batch.stable)).collect()
    }

    #[test]
    fn plans_read_as_expected() {
        for (replicas, surge, unavailable, expect) in [
            (0, 1, 0, vec![]),
            (1, 1, 0, vec![(1, 0)]),
            (1, 0, 1, vec![(0, 0), (1, 0)]),
            (2, 0, 2, vec![(0, 1), (1, 0), (2, 0)]),
            (4, 1, 1, vec![(1, 2), (3, 0), (4, 0)]),
            (4, 1, 0, vec![(1, 3), (2, 2), (3, 1), (4, 0)]),
            (4, 0, 1, vec![(0, 3), (1, 2), (2, 1), (3, 0), (4, 0)]),
            (4, 4, 0, vec![(4, 0)]),
            (10, 3, 2, vec![(3, 5), (8, 0), (10, 0)]),
        ] {
            assert_eq!(plan(replicas, surge, unavailable), expect, "{replicas} +{surge} -{unavailable}");
        }
    }

    #[test]
    fn only_a_single_replica_without_surge_has_downtime() {
        for (replicas, surge, unavailable, downtime) in [(1, 0, 1, true), (1, 1, 1, false), (4, 0, 4, false)]
        {
            let batches = rolling_plan(replicas, FencePosts::new(surge, unavailable));
            assert_eq!(batches.iter().any(|batch| batch.is_downtime()), downtime, "{replicas}");
        }
    }

    proptest! {
        #[test]
        fn a_plan_keeps_the_promises_of_its_fence_posts(replicas in 0u32..120, surge in 0u32..130, unavailable in 0u32..130) {
            let posts = FencePosts::new(surge, unavailable);
            let batches = rolling_plan(replicas, posts);
            prop_assert!(batches.len() as u32 <= 2 * replicas + 2);
            let mut before = Batch::all_stable(replicas);
            for batch in &batches {
                prop_assert!(*batch != before, "each batch makes progress");
                prop_assert!(batch.candidate >= before.candidate && batch.stable <= before.stable);
                prop_assert!(batch.candidate + before.stable <= replicas + posts.surge(), "while raising");
                prop_assert!(batch.candidate + batch.stable >= posts.ready_least(replicas), "after lowering");
                before = *batch;
            }
            prop_assert!(before.is_last(replicas));
        }

        #[test]
        fn someone_always_serves_where_that_is_possible(replicas in 1u32..60, surge in 0u32..70, unavailable in 0u32..70) {
            let posts = FencePosts::new(surge, unavailable);
            let downtime = rolling_plan(replicas, posts).iter().any(|batch| batch.is_downtime());
            prop_assert_eq!(downtime, replicas == 1 && surge == 0);
        }

        #[test]
        fn a_plan_taken_up_anywhere_ends(replicas in 0u32..40, candidate in 0u32..60, stable in 0u32..60, surge in 0u32..9, unavailable in 0u32..9) {
            let posts = FencePosts::new(surge, unavailable);
            let mut counts = Batch { candidate, stable };
            let mut taken = 0;
            while let Some(batch) = next_batch(replicas, posts, counts) {
                prop_assert!(batch != counts, "{counts:?} leads nowhere");
                counts = batch;
                taken += 1;
                prop_assert!(taken <= 400);
            }
            prop_assert!(counts.is_last(replicas));
        }
    }
}
