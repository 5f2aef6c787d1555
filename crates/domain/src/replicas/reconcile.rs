//! One step of a rolling update, each version on its own, with crashed replicas cleared away first.
//!
//! Invariant: the candidate is raised only into the room that surge leaves; stable is lowered only by replicas that
//! are not ready or that are ready beyond the least. Deliberately not here: weights (`counts.rs`) and the whole
//! sequence (`rolling.rs`).
//!
//! The semantics are those that Kubernetes documents for Deployments
//! (<https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy>).

use super::amount::FencePosts;
use super::counts::Group;

/// How one version takes over from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Stop the old, then start the new.
    Recreate,
    Rolling(FencePosts),
}

impl Pace {
    /// The most replicas that may be away while the component counts as available. A recreate promises nothing of
    /// the kind (its downtime is announced instead), so it allows none.
    pub fn unavailable_most(self, replicas: u32) -> u32 {
        match self {
            Self::Recreate => 0,
            Self::Rolling(posts) => posts.unavailable().min(replicas),
        }
    }

    /// The candidate raised as far as allowed; never lowered.
    pub fn raise_candidate(self, replicas: u32, candidate: u32, others: u32) -> u32 {
        match self {
            Self::Recreate => replicas,
            Self::Rolling(posts) => {
                let room = posts.replicas_most(replicas).saturating_sub(candidate.saturating_add(others));
                candidate + replicas.saturating_sub(candidate).min(room)
            }
        }
    }

    /// The candidate's next size: raised as far as allowed, or lowered when the component was made smaller.
    pub fn candidate_target(self, replicas: u32, candidate: u32, others: u32) -> u32 {
        if candidate > replicas { replicas } else { self.raise_candidate(replicas, candidate, others) }
    }
}

/// What a rolling step sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RollingView {
    pub replicas: u32,
    pub posts: FencePosts,
    pub stable: Group,
    pub candidate: Group,
}

impl RollingView {
    fn ready_least(&self) -> u32 {
        self.replicas - Pace::Rolling(self.posts).unavailable_most(self.replicas)
    }

    /// Stable's next size: first those that do not work anyway, then the ready ones beyond the least.
    pub fn stable_target(&self) -> u32 {
        let candidate_unready = self.candidate.wanted.saturating_sub(self.candidate.ready);
        let running = self.stable.wanted.saturating_add(self.candidate.wanted);
        let removable = running.saturating_sub(self.ready_least()).saturating_sub(candidate_unready);
        if removable == 0 {
            return self.stable.wanted;
        }
        let cleaned = self.stable.wanted - unready_to_remove(self.stable, removable);
        let ready = self.stable.ready.saturating_add(self.candidate.ready);
        lower_to_least(cleaned, ready, self.ready_least())
    }
}

/// How many replicas that are not ready to stop now.
pub fn unready_to_remove(group: Group, at_most: u32) -> u32 {
    group.wanted.saturating_sub(group.ready).min(at_most)
}

/// `count` lowered by what is ready beyond `ready_least`; `ready` counts all versions.
pub fn lower_to_least(count: u32, ready: u32, ready_least: u32) -> u32 {
    count.saturating_sub(ready.saturating_sub(ready_least))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lowering_stable_keeps_the_least_ready(
            replicas in 0u32..50, surge in 0u32..10, unavailable in 0u32..10,
            stable in (0u32..50, 0u32..50), candidate in (0u32..50, 0u32..50),
        ) {
            let group = |(wanted, ready): (u32, u32)| Group { wanted, ready: ready.min(wanted) };
            let posts = FencePosts::new(surge, unavailable);
            let view = RollingView { replicas, posts, stable: group(stable), candidate: group(candidate) };
            let target = view.stable_target();
            let before = view.stable.ready + view.candidate.ready;
            let after = view.stable.ready.min(target) + view.candidate.ready;
            prop_assert!(target <= view.stable.wanted);
            prop_assert!(after >= posts.ready_least(replicas).min(before));
        }

        #[test]
        fn raising_the_candidate_stays_within_the_surge(
            replicas in 0u32..50, candidate in 0u32..50, others in 0u32..50, surge in 0u32..10,
        ) {
            let posts = FencePosts::new(surge, 0);
            let target = Pace::Rolling(posts).candidate_target(replicas, candidate, others);
            prop_assert!(target <= replicas);
            prop_assert!(target <= candidate || target + others <= posts.replicas_most(replicas));
        }
    }

    #[test]
    fn crashed_stable_replicas_make_room_unless_the_candidate_is_not_up_either() {
        for (stable, candidate, expect) in [((10, 7), (0, 0), 8), ((8, 7), (2, 0), 8), ((8, 7), (2, 1), 7)] {
            let group = |(wanted, ready)| Group { wanted, ready };
            let posts = FencePosts::new(0, 2);
            let view =
                RollingView { replicas: 10, posts, stable: group(stable), candidate: group(candidate) };
            assert_eq!(view.stable_target(), expect, "{stable:?} {candidate:?}");
        }
    }
}
