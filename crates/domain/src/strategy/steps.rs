//! A strategy compiled to rungs: each says how many instances, whose traffic, and when it may be left.
//!
//! Invariant: shares only grow; the last rung carries everything on a full-size candidate; stable keeps its full size
//! wherever the strategy routes by weight, so that the way back needs no waiting. Deliberately not here: time and
//! observation (`rollout`).

use serde::{Deserialize, Serialize};
use tidegate_analysis::Ladder;

use super::{BlueGreen, Canary, CanaryStep, Climb, Code, Exposure, Recreate, Rolling, Strategy};
use crate::matching::Match;
use crate::replicas::{resolve_fence_posts, rolling_plan};
use crate::weight::Weight;

/// One rung. On the way out the candidate is raised first, then traffic moves, then stable is lowered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub name: String,
    /// Candidate instances that must be ready before traffic moves.
    pub candidate: u32,
    /// Stable instances left once it has moved.
    pub stable: u32,
    pub traffic: Traffic,
    /// Requests that reach the candidate whatever the share.
    pub matches: Option<Match>,
    /// Copied to the candidate, never answered from it.
    pub mirror: Weight,
    /// Whether answers to copies are compared, body and all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compare_body: bool,
    /// Whom the rollout's flag is shown once this stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Exposure>,
    pub leave: Leave,
}

impl Step {
    /// What it gives the candidate: requests, or subjects of a flag.
    pub fn share(&self) -> Weight {
        self.exposure.as_ref().map_or(self.traffic.candidate(), |exposure| exposure.share)
    }

    /// The part of all requests that both versions answer which the candidate does, copies among them: what the analysis
    /// weighs by.
    pub fn observed_share(&self) -> Weight {
        let live = self.traffic.candidate();
        if !live.is_none() || self.mirror.is_none() {
            return live;
        }
        let copied = u32::from(self.mirror.basis_points());
        Weight::from_ratio(copied, copied + u32::from(Weight::ALL.basis_points()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Traffic {
    /// Nobody answers (recreate, between the two versions).
    Offline,
    /// The candidate's share; stable has the rest.
    Candidate(Weight),
}

impl Traffic {
    pub fn candidate(self) -> Weight {
        match self {
            Self::Offline => Weight::NONE,
            Self::Candidate(weight) => weight,
        }
    }
}

/// When a rung may be left. All that is asked must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Leave {
    pub dwell_seconds: u64,
    /// A person resumes.
    pub confirm: bool,
    pub judged: Judged,
}

/// What the analysis must have said in this rung, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Judged {
    /// Nothing against it.
    #[default]
    NotAgainst,
    /// Pass.
    Pass,
    /// It allows the next rung's share.
    AllowsNext,
}

/// What a strategy is compiled for.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub replicas: u32,
    /// Whether there is a version to replace.
    pub has_stable: bool,
    /// Climbed where the analysis owns the shares.
    pub ladder: &'a Ladder,
}

pub fn steps(strategy: &Strategy, setting: &Setting<'_>) -> Vec<Step> {
    let replicas = setting.replicas;
    if !setting.has_stable {
        return vec![full("first", replicas, Leave::default())];
    }
    match strategy {
        Strategy::Recreate(knobs) => recreate(knobs, replicas),
        Strategy::Rolling(knobs) => rolling(knobs, replicas),
        Strategy::BlueGreen(knobs) => blue_green(knobs, replicas),
        Strategy::Canary(knobs) => canary(knobs, setting),
        Strategy::Phased(knobs) => knobs.steps(replicas),
        Strategy::Shadow(knobs) => knobs.steps(replicas),
        Strategy::Flag(knobs) => match &knobs.code {
            Code::Recreate(knobs) => recreate(knobs, replicas),
            Code::Rolling(knobs) => rolling(knobs, replicas),
        },
    }
}

fn dwell(dwell_seconds: u64) -> Leave {
    Leave { dwell_seconds, ..Leave::default() }
}

/// Everything on the candidate, stable gone.
pub(super) fn full(name: &str, replicas: u32, leave: Leave) -> Step {
    Step {
        name: name.to_owned(),
        candidate: replicas,
        stable: 0,
        traffic: Traffic::Candidate(Weight::ALL),
        matches: None,
        mirror: Weight::NONE,
        compare_body: false,
        exposure: None,
        leave,
    }
}

/// A share on the candidate, stable at full size beside it.
pub(super) fn share(weight: Weight, replicas: u32, leave: Leave) -> Step {
    Step {
        name: weight.to_string(),
        candidate: weight.replicas_needed(replicas),
        stable: replicas,
        traffic: Traffic::Candidate(weight),
        matches: None,
        mirror: Weight::NONE,
        compare_body: false,
        exposure: None,
        leave,
    }
}

fn recreate(knobs: &Recreate, replicas: u32) -> Vec<Step> {
    let down = Step {
        name: "stop".to_owned(),
        candidate: 0,
        stable: 0,
        traffic: Traffic::Offline,
        matches: None,
        mirror: Weight::NONE,
        compare_body: false,
        exposure: None,
        leave: Leave::default(),
    };
    vec![down, full("start", replicas, dwell(knobs.soak_seconds))]
}

fn rolling(knobs: &Rolling, replicas: u32) -> Vec<Step> {
    let posts = resolve_fence_posts(knobs.max_surge, knobs.max_unavailable, replicas);
    let batches = rolling_plan(replicas, posts);
    let last = batches.len();
    let step = |(index, batch): (usize, crate::replicas::Batch)| {
        let seconds = if index + 1 == last {
            knobs.soak_seconds.max(knobs.min_ready_seconds)
        } else {
            knobs.min_ready_seconds
        };
        Step {
            name: format!("batch {} of {last}", index + 1),
            candidate: batch.candidate,
            stable: batch.stable,
            traffic: if batch.is_downtime() {
                Traffic::Offline
            } else {
                Traffic::Candidate(Weight::from_ratio(batch.candidate, batch.candidate + batch.stable))
            },
            matches: None,
            mirror: Weight::NONE,
            compare_body: false,
            exposure: None,
            leave: dwell(seconds),
        }
    };
    batches.into_iter().enumerate().map(step).collect()
}

fn blue_green(knobs: &BlueGreen, replicas: u32) -> Vec<Step> {
    let leave =
        Leave { dwell_seconds: knobs.preview_seconds, confirm: knobs.confirm, judged: Judged::NotAgainst };
    let preview = Step {
        name: "preview".to_owned(),
        candidate: replicas,
        matches: knobs.preview.clone(),
        ..share(Weight::NONE, replicas, leave)
    };
    let switch = Step {
        name: "switch".to_owned(),
        candidate: replicas,
        ..share(Weight::ALL, replicas, dwell(knobs.soak_seconds))
    };
    vec![preview, switch]
}

fn canary(knobs: &Canary, setting: &Setting<'_>) -> Vec<Step> {
    let replicas = setting.replicas;
    let mut rungs = match &knobs.climb {
        Climb::Ramp { initial_traffic, increment, interval_seconds } => {
            ramp(*initial_traffic, *increment, dwell(*interval_seconds), replicas)
        }
        Climb::Analysis => climb(setting.ladder, replicas),
        Climb::Steps(list) => written(list, replicas),
    };
    if rungs.last().is_none_or(|step| !step.traffic.candidate().is_all()) {
        rungs.push(share(Weight::ALL, replicas, Leave::default()));
    }
    if let Some(last) = rungs.last_mut() {
        last.leave.dwell_seconds = last.leave.dwell_seconds.max(knobs.soak_seconds);
    }
    rungs
}

fn ramp(first: Weight, increment: Weight, leave: Leave, replicas: u32) -> Vec<Step> {
    let points = (first.basis_points()..10_000).step_by(usize::from(increment.basis_points().max(1)));
    points.filter_map(|at| Weight::from_basis_points(at).ok()).map(|at| share(at, replicas, leave)).collect()
}

/// The analysis' own rungs, its foot first and the share at which stable is kept comparable last. It keeps their clock,
/// too.
fn climb(ladder: &Ladder, replicas: u32) -> Vec<Step> {
    let leave = Leave { judged: Judged::AllowsNext, ..Leave::default() };
    let rungs = ladder.rungs.iter().map(|rung| rung.weight_basis_points);
    let points = std::iter::once(ladder.foot.weight_basis_points).chain(rungs);
    let points = points.chain([ladder.hold_back_basis_points]);
    points.filter_map(|at| Weight::from_basis_points(at).ok()).map(|at| share(at, replicas, leave)).collect()
}

/// Each written line opens a rung of its own, but a wait or a judgement joins the rung before it when that one asks
/// for nothing yet.
fn written(list: &[CanaryStep], replicas: u32) -> Vec<Step> {
    let mut rungs: Vec<Step> = Vec::new();
    for line in list {
        let before = rungs.last().cloned().unwrap_or_else(|| share(Weight::NONE, replicas, Leave::default()));
        let open = |leave| Step { leave, ..before.clone() };
        match line {
            CanaryStep::Shift(weight) => rungs.push(Step {
                matches: before.matches.clone(),
                mirror: before.mirror,
                compare_body: before.compare_body,
                ..share(*weight, replicas, Leave::default())
            }),
            CanaryStep::Match(matches) => rungs.push(Step {
                candidate: before.candidate.max(1),
                matches: matches.clone(),
                ..open(Leave::default())
            }),
            CanaryStep::Mirror(mirror) => {
                rungs.push(Step {
                    candidate: before.candidate.max(1),
                    mirror: *mirror,
                    ..open(Leave::default())
                });
            }
            CanaryStep::Wait { seconds } => ask(&mut rungs, &before, dwell(*seconds)),
            CanaryStep::Confirm => ask(&mut rungs, &before, Leave { confirm: true, ..Leave::default() }),
            CanaryStep::Judge => ask(&mut rungs, &before, Leave { judged: Judged::Pass, ..Leave::default() }),
        }
    }
    rungs
}

fn ask(rungs: &mut Vec<Step>, before: &Step, leave: Leave) {
    match rungs.last_mut() {
        Some(open) if open.leave == Leave::default() => open.leave = leave,
        Some(_) | None => rungs.push(Step { leave, ..before.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicas::Amount;
    use crate::strategy::{BadStrategy, Phased, Reach, Ring, Shadow};

    fn compiled(strategy: &Strategy, replicas: u32, has_stable: bool) -> Vec<Step> {
        steps(strategy, &Setting { replicas, has_stable, ladder: &Ladder::default() })
    }

    use proptest::prelude::{Just, Strategy as _, prop_assert, prop_assert_eq, prop_oneof, proptest};

    fn shares(strategy: &Strategy, replicas: u32) -> Vec<(u16, u32, u32)> {
        let rungs = compiled(strategy, replicas, true);
        rungs.iter().map(|s| (s.traffic.candidate().basis_points(), s.candidate, s.stable)).collect()
    }

    #[test]
    fn the_seeds_canary_starts_at_5_and_climbs_by_10() {
        let strategy = Strategy::Canary(Canary::default());
        let points: Vec<u16> = shares(&strategy, 4).iter().map(|s| s.0).collect();
        assert_eq!(points, [500, 1500, 2500, 3500, 4500, 5500, 6500, 7500, 8500, 9500, 10_000]);
    }

    #[test]
    fn written_steps_join_what_belongs_together() {
        let climb = Climb::Steps(vec![
            CanaryStep::Shift(Weight::from_percent(10)),
            CanaryStep::Wait { seconds: 30 },
            CanaryStep::Confirm,
            CanaryStep::Shift(Weight::from_percent(50)),
            CanaryStep::Judge,
        ]);
        let rungs = compiled(&Strategy::Canary(Canary { climb, ..Canary::default() }), 4, true);
        let told: Vec<_> = rungs
            .iter()
            .map(|s| (s.name.as_str(), s.leave.dwell_seconds, s.leave.confirm, s.leave.judged))
            .collect();
        assert_eq!(
            told,
            [
                ("10 %", 30, false, Judged::NotAgainst),
                ("10 %", 0, true, Judged::NotAgainst),
                ("50 %", 0, false, Judged::Pass),
                ("100 %", 60, false, Judged::NotAgainst),
            ]
        );
    }

    #[test]
    fn the_analysis_climbs_its_own_ladder() {
        let strategy = Strategy::Canary(Canary { climb: Climb::Analysis, ..Canary::default() });
        let points: Vec<u16> = shares(&strategy, 4).iter().map(|s| s.0).collect();
        assert_eq!(points, [100, 500, 1_000, 2_500, 5_000, 8_000, 10_000]);
    }

    #[test]
    fn without_a_stable_version_there_is_one_rung() {
        let rungs = compiled(&Strategy::Canary(Canary::default()), 3, false);
        assert_eq!(rungs.len(), 1);
        assert!(rungs[0].traffic.candidate().is_all());
    }

    /// Named rings where the share is 0; the last is everybody.
    fn phased(shares: Vec<(u16, u8)>) -> Phased {
        let mut shares: Vec<u16> =
            shares.into_iter().map(|(share, kind)| if kind == 0 { 0 } else { share }).collect();
        shares.push(10_000);
        let mut most = 0;
        let ring = |(index, share): (usize, u16)| {
            most = most.max(share);
            let reach = if share == 0 {
                Reach::Named(vec![Match::Header { name: "x-tenant".into(), value: index.to_string() }])
            } else {
                Reach::Share(Weight::from_basis_points(most).unwrap())
            };
            Ring { name: format!("ring {index}"), reach, soak_seconds: 1, confirm: false, judge: false }
        };
        let rings = shares.into_iter().enumerate().map(ring).collect();
        Phased { rings, ..Phased::default() }
    }

    #[test]
    fn a_store_takes_a_week() {
        let strategy = Strategy::Phased(Phased::default());
        strategy.validate().unwrap();
        let rungs = compiled(&strategy, 4, true);
        let told: Vec<_> = rungs.iter().map(|s| (s.name.as_str(), s.leave.dwell_seconds)).collect();
        let day = 86_400;
        assert_eq!(
            told,
            [
                ("1 %", day),
                ("2 %", day),
                ("5 %", day),
                ("10 %", day),
                ("20 %", day),
                ("50 %", day),
                ("100 %", 60)
            ]
        );
    }

    #[test]
    fn who_is_named_stays_in_every_later_ring() {
        let header = |value: &str| Match::Header { name: "x-tenant".into(), value: value.into() };
        let ring = |name: &str, reach| Ring {
            name: name.into(),
            reach,
            soak_seconds: 1,
            confirm: false,
            judge: false,
        };
        let rings = vec![
            ring("internal", Reach::Named(vec![header("ours")])),
            ring("beta", Reach::Named(vec![header("a"), header("b")])),
            ring("a tenth", Reach::Share(Weight::from_percent(10))),
            ring("everybody", Reach::Share(Weight::ALL)),
        ];
        let strategy = Strategy::Phased(Phased { rings, ..Phased::default() });
        strategy.validate().unwrap();
        let rungs = compiled(&strategy, 4, true);
        let all = Match::Any(vec![header("ours"), header("a"), header("b")]);
        let matches: Vec<_> = rungs.iter().map(|rung| rung.matches.clone()).collect();
        assert_eq!(matches, [Some(header("ours")), Some(all.clone()), Some(all), None]);
        // How many they are is not known, so the candidate is as large as stable.
        assert_eq!(rungs.iter().map(|rung| rung.candidate).collect::<Vec<_>>(), [4, 4, 4, 4]);
    }

    #[test]
    fn rings_that_cannot_be_are_refused() {
        let ring = |name: &str, percent| Ring {
            name: name.into(),
            reach: Reach::Share(Weight::from_percent(percent)),
            soak_seconds: 1,
            confirm: false,
            judge: false,
        };
        let check =
            |rings: Vec<Ring<Match>>| Strategy::Phased(Phased { rings, ..Phased::default() }).validate();
        assert_eq!(check(Vec::new()), Err(BadStrategy::NotEverybody));
        assert_eq!(check(vec![ring("a", 50)]), Err(BadStrategy::NotEverybody));
        assert!(matches!(check(vec![ring("a", 50), ring("a", 100)]), Err(BadStrategy::DoubleRing { .. })));
        assert!(matches!(check(vec![ring("a", 50), ring("b", 20)]), Err(BadStrategy::Shrinks { .. })));
        assert_eq!(check(vec![ring("a", 100)]), Ok(()));
    }

    #[test]
    fn a_shadow_is_answered_by_nobody_before_it_has_passed() {
        let strategy = Strategy::Shadow(Shadow::default());
        strategy.validate().unwrap();
        let rungs = compiled(&strategy, 3, true);
        assert_eq!(rungs.len(), 2);
        assert!(rungs[0].traffic.candidate().is_none() && rungs[0].mirror.is_all());
        assert_eq!((rungs[0].leave.judged, rungs[0].candidate), (Judged::Pass, 3));
        // Of all answers that are compared, half are copies'.
        assert_eq!(rungs[0].observed_share(), Weight::from_percent(50));
        assert!(Strategy::Shadow(Shadow { mirror: Weight::NONE, ..Shadow::default() }).validate().is_err());
    }

    fn any_strategy() -> impl proptest::strategy::Strategy<Value = Strategy> {
        let amount =
            || prop_oneof![(0u32..5).prop_map(Amount::Count), (0u32..=100).prop_map(Amount::Percent)];
        prop_oneof![
            (0u64..100).prop_map(|soak_seconds| Strategy::Recreate(Recreate { soak_seconds })),
            (amount(), amount()).prop_map(|(max_surge, max_unavailable)| {
                Strategy::Rolling(Rolling { max_surge, max_unavailable, ..Rolling::default() })
            }),
            Just(Strategy::BlueGreen(BlueGreen::default())),
            (1u16..10_000, 200u16..10_000).prop_map(|(first, more)| {
                let climb = Climb::Ramp {
                    initial_traffic: Weight::from_basis_points(first).unwrap(),
                    increment: Weight::from_basis_points(more).unwrap(),
                    interval_seconds: 1,
                };
                Strategy::Canary(Canary { climb, ..Canary::default() })
            }),
            Just(Strategy::Canary(Canary { climb: Climb::Analysis, ..Canary::default() })),
            Just(Strategy::Shadow(Shadow::default())),
            proptest::collection::vec((0u16..10_000, 0u8..3), 0..8)
                .prop_map(|rings| Strategy::Phased(phased(rings))),
        ]
    }

    proptest! {
        #[test]
        fn shares_only_grow_and_capacity_follows_traffic(strategy in any_strategy(), replicas in 1u32..20) {
            let rungs = compiled(&strategy, replicas, true);
            let mut before = Weight::NONE;
            for step in &rungs {
                let weight = step.traffic.candidate();
                prop_assert!(weight >= before);
                prop_assert!(weight.is_none() || step.candidate > 0);
                prop_assert!(weight.is_all() || step.stable > 0 || step.traffic == Traffic::Offline);
                before = weight;
            }
            let last = rungs.last().unwrap();
            prop_assert!(last.traffic.candidate().is_all());
            prop_assert_eq!(last.candidate, replicas);
        }

        #[test]
        fn a_canary_never_has_less_capacity_than_traffic(first in 1u16..10_000, more in 100u16..10_000, replicas in 1u32..50) {
            let climb = Climb::Ramp {
                initial_traffic: Weight::from_basis_points(first).unwrap(),
                increment: Weight::from_basis_points(more).unwrap(),
                interval_seconds: 1,
            };
            for step in compiled(&Strategy::Canary(Canary { climb, ..Canary::default() }), replicas, true) {
                prop_assert!(step.candidate >= step.traffic.candidate().replicas_needed(replicas));
                prop_assert_eq!(step.stable, replicas);
            }
        }
    }
}
