//! One reconcile step of a canary: the replica counts to ask for next, from what runs now.
//!
//! Invariant: never more than `replicas + surge` in all by raising, never fewer ready than `replicas − unavailable`
//! by lowering; stable is raised before the candidate, and nothing is lowered while older versions still run. It
//! relies on a target that stops its unready replicas first. Deliberately not here: the sequence of steps
//! (`rolling.rs`).
//!
//! The semantics are those that Argo Rollouts documents for canaries with and without traffic routing
//! (<https://argo-rollouts.readthedocs.io/en/stable/features/canary/>).

use serde::{Deserialize, Serialize};

use super::amount::FencePosts;
use super::share::replicas_for_weight;
use crate::weight::Weight;

/// The replicas of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Group {
    /// How many were asked for.
    pub wanted: u32,
    /// How many are ready; may exceed `wanted` while some are still stopping.
    pub ready: u32,
}

impl Group {
    /// As many ready as wanted.
    pub fn settled(count: u32) -> Self {
        Self { wanted: count, ready: count }
    }
    /// The ready ones that will still be there when those stopping are gone.
    fn ready_to_stay(self) -> u32 {
        self.ready.min(self.wanted)
    }
}

/// What to run of each version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Counts {
    pub candidate: u32,
    pub stable: u32,
}

impl Counts {
    pub fn total(self) -> u64 {
        u64::from(self.candidate) + u64::from(self.stable)
    }
}

/// Who turns the weight into shares of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Division {
    /// Nobody: requests spread evenly, so the counts make the shares.
    ByReplicas,
    /// A router: stable stays whole beside the candidate.
    ByRouter {
        /// A size of the candidate that does not follow the weight.
        scale: Option<CandidateScale>,
        /// The fewest replicas of a candidate that takes traffic, if the component has as many.
        candidate_least: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateScale {
    Replicas(u32),
    /// Of the component's replicas, rounded up; may be more than 100.
    Percent(u32),
}

/// What becomes of the candidate's replicas when the rollout was aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterAbort {
    /// For a person to look at; a router sends them nothing.
    KeepCandidate,
    LowerCandidate,
}

/// Everything one step looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// What the component wants in all.
    pub replicas: u32,
    pub weight: Weight,
    pub posts: FencePosts,
    /// None for a first release, or when the candidate has become stable.
    pub stable: Option<Group>,
    pub candidate: Group,
    /// All versions before stable, together.
    pub older: Group,
    pub division: Division,
    /// The remaining steps are skipped: as if the weight were all.
    pub promote_full: bool,
    pub aborted: Option<AfterAbort>,
}

/// The counts to ask for next. Asked again once they are reached, it leads step by step to the counts of the weight.
pub fn next_counts(now: &Situation) -> Counts {
    match now.division {
        Division::ByReplicas => by_replicas(now),
        Division::ByRouter { scale, candidate_least } => by_router(now, scale, candidate_least),
    }
}

fn effective_weight(now: &Situation) -> Weight {
    match (now.promote_full || now.stable.is_none(), now.aborted) {
        (true, _) => Weight::ALL,
        (false, Some(_)) => Weight::NONE,
        (false, None) => now.weight,
    }
}

fn by_router(now: &Situation, scale: Option<CandidateScale>, candidate_least: u32) -> Counts {
    let stable = if now.stable.is_some() { now.replicas } else { 0 };
    let weight = effective_weight(now);
    let by_weight = match weight.replicas_needed(now.replicas) {
        0 => 0,
        needed => needed.max(candidate_least.min(now.replicas)),
    };
    let candidate = match (now.aborted, scale) {
        _ if now.promote_full || now.stable.is_none() => by_weight,
        (Some(AfterAbort::KeepCandidate), _) => now.candidate.wanted,
        (Some(AfterAbort::LowerCandidate), _) => 0,
        (None, Some(CandidateScale::Replicas(count))) => count,
        (None, Some(CandidateScale::Percent(percent))) => percent_of(percent, now.replicas),
        (None, None) => by_weight,
    };
    Counts { candidate, stable }
}

fn percent_of(percent: u32, replicas: u32) -> u32 {
    let exact = u64::from(percent) * u64::from(replicas);
    u32::try_from(exact.div_ceil(100)).unwrap_or(u32::MAX)
}

fn by_replicas(now: &Situation) -> Counts {
    let goal = replicas_for_weight(now.replicas, effective_weight(now), now.posts.surge() > 0);
    let raised = raised_towards(now, goal);
    // Older versions go first; until they have gone, their replicas say nothing about what may be stopped here.
    if now.older.wanted > 0 { raised } else { lowered_towards(now, goal, raised) }
}

/// Raises stable, then the candidate, within what surge leaves.
fn raised_towards(now: &Situation, goal: Counts) -> Counts {
    let stable = now.stable.unwrap_or_default().wanted;
    let running = u64::from(stable) + u64::from(now.candidate.wanted) + u64::from(now.older.wanted);
    let mut room = u64::from(now.posts.replicas_most(now.replicas)).saturating_sub(running) as u32;
    let mut raise = |from: u32, goal: u32| {
        let step = goal.saturating_sub(from).min(room);
        room -= step;
        from + step
    };
    let stable = raise(stable, goal.stable);
    Counts { candidate: raise(now.candidate.wanted, goal.candidate), stable }
}

/// Lowers the side that shrinks. Its unready replicas are counted as if they were ready, because they are what is
/// stopped first; otherwise a stable version that crashes would keep its own replacement from starting.
fn lowered_towards(now: &Situation, goal: Counts, raised: Counts) -> Counts {
    let stable = now.stable.unwrap_or_default();
    let limits =
        Limits { most: now.posts.replicas_most(now.replicas), least: now.posts.ready_least(now.replicas) };
    if goal.candidate >= now.candidate.wanted {
        let shrinking = Side { group: stable, goal: goal.stable, raised: raised.stable };
        let staying = Side { group: now.candidate, goal: goal.candidate, raised: raised.candidate };
        let (stable, candidate) = limits.shrink(shrinking, staying);
        Counts { candidate, stable }
    } else {
        let shrinking = Side { group: now.candidate, goal: goal.candidate, raised: raised.candidate };
        let staying = Side { group: stable, goal: goal.stable, raised: raised.stable };
        let (candidate, stable) = limits.shrink(shrinking, staying);
        Counts { candidate, stable }
    }
}

/// The fence posts in replicas.
struct Limits {
    most: u32,
    least: u32,
}

/// One version during a step: what runs, where it is going, what raising made of it.
#[derive(Clone, Copy)]
struct Side {
    group: Group,
    goal: u32,
    raised: u32,
}

impl Limits {
    /// The counts of the shrinking and of the staying side.
    fn shrink(&self, shrinking: Side, staying: Side) -> (u32, u32) {
        let countable = shrinking.group.wanted.saturating_add(staying.group.ready_to_stay());
        let spare = countable.saturating_sub(self.least);
        if spare == 0 {
            return (shrinking.raised, staying.raised);
        }
        let wanted = shrinking.group.wanted;
        let shrunk = if wanted > shrinking.goal {
            wanted.saturating_sub(spare).max(shrinking.goal)
        } else {
            shrinking.raised
        };
        let shrinking_ready = shrinking.group.ready.min(shrunk);
        (shrunk, self.within(shrunk, shrinking_ready, &staying))
    }

    /// The staying side gives up what lies above the surge, except ready replicas that are needed.
    fn within(&self, shrunk: u32, shrunk_ready: u32, staying: &Side) -> u32 {
        let above = shrunk.saturating_add(staying.raised).saturating_sub(self.most);
        let cut = staying.raised.saturating_sub(above);
        let missing = self.least.saturating_sub(shrunk_ready.saturating_add(staying.group.ready.min(cut)));
        let ready_cut_off = staying.group.ready.min(staying.raised).saturating_sub(cut);
        cut + missing.min(ready_cut_off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn groups() -> impl Strategy<Value = Group> {
        (0u32..40, 0u32..40).prop_map(|(wanted, ready)| Group { wanted, ready: ready.min(wanted) })
    }

    fn situations() -> impl Strategy<Value = Situation> {
        let sizes = (0u32..30, 0u16..=10_000, 0u32..10, 0u32..10);
        (sizes, groups(), groups()).prop_map(|((replicas, points, surge, unavailable), stable, candidate)| {
            Situation {
                replicas,
                weight: Weight::from_basis_points(points).unwrap(),
                posts: FencePosts::new(surge, unavailable),
                stable: Some(stable),
                candidate,
                older: Group::default(),
                division: Division::ByReplicas,
                promote_full: false,
                aborted: None,
            }
        })
    }

    /// What is ready when a target has stopped its unready replicas first and the new ones are not ready yet.
    fn ready_after(now: &Situation, next: Counts) -> u32 {
        now.stable.unwrap().ready.min(next.stable) + now.candidate.ready.min(next.candidate)
    }

    proptest! {
        #[test]
        fn a_step_keeps_inside_the_fence_posts(now in situations()) {
            let next = next_counts(&now);
            let ready = now.stable.unwrap().ready + now.candidate.ready;
            let running = u64::from(now.stable.unwrap().wanted + now.candidate.wanted);
            prop_assert!(ready_after(&now, next) >= now.posts.ready_least(now.replicas).min(ready), "{next:?}");
            prop_assert!(next.total() <= running.max(u64::from(now.posts.replicas_most(now.replicas))), "{next:?}");
        }

        #[test]
        fn steps_that_become_ready_lead_to_the_weight(start in situations()) {
            let goal = replicas_for_weight(start.replicas, start.weight, start.posts.surge() > 0);
            let mut now = start;
            for _ in 0..200 {
                let next = next_counts(&now);
                now.stable = Some(Group::settled(next.stable));
                now.candidate = Group::settled(next.candidate);
            }
            prop_assert_eq!(Counts { candidate: now.candidate.wanted, stable: now.stable.unwrap().wanted }, goal);
        }

        #[test]
        fn extreme_numbers_are_survived(replicas: u32, wanted: u32, ready: u32, surge: u32, points in 0u16..=10_000) {
            let group = Group { wanted, ready };
            let mut now = Situation {
                replicas,
                weight: Weight::from_basis_points(points).unwrap(),
                posts: FencePosts::new(surge, wanted),
                stable: Some(group),
                candidate: group,
                older: Group::default(),
                division: Division::ByReplicas,
                promote_full: false,
                aborted: None,
            };
            next_counts(&now);
            now.division = Division::ByRouter { scale: Some(CandidateScale::Percent(ready)), candidate_least: wanted };
            prop_assert_eq!(next_counts(&now).stable, replicas);
        }
    }

    #[test]
    fn a_first_release_goes_to_full_size() {
        let mut now = Situation {
            replicas: 4,
            weight: Weight::from_percent(5),
            posts: FencePosts::new(1, 0),
            stable: None,
            candidate: Group::default(),
            older: Group::default(),
            division: Division::ByReplicas,
            promote_full: false,
            aborted: None,
        };
        assert_eq!(next_counts(&now), Counts { candidate: 4, stable: 0 });
        now.division = Division::ByRouter { scale: Some(CandidateScale::Replicas(1)), candidate_least: 0 };
        assert_eq!(next_counts(&now), Counts { candidate: 4, stable: 0 });
    }

    #[test]
    fn an_abort_takes_the_candidate_away_by_steps() {
        let mut now = Situation {
            replicas: 4,
            weight: Weight::from_percent(50),
            posts: FencePosts::new(1, 0),
            stable: Some(Group::settled(2)),
            candidate: Group::settled(2),
            older: Group::default(),
            division: Division::ByReplicas,
            promote_full: false,
            aborted: Some(AfterAbort::LowerCandidate),
        };
        assert_eq!(next_counts(&now), Counts { candidate: 2, stable: 3 });
        now.stable = Some(Group::settled(3));
        assert_eq!(next_counts(&now), Counts { candidate: 1, stable: 3 });
    }
}
