//! Whole rollouts with regular traffic, told from the first sample to the answer.
//!
//! Invariant: the traffic is exact, not random, so every story has one ending. Not here: how often the
//! rule errs; that is measured by simulation and stands in `docs/concepts/analysis.md`.

#![allow(clippy::float_cmp, clippy::unwrap_used)]

use tidegate_analysis::{
    Action, ArmCounters, CeilingMode, Finding, HoldReason, InconclusiveReason, Judge, Metric, NoData,
    OnSourceDown, Parameters, Reading, RollbackReason, Sample, Schedule, Trigger, Verdict,
};

const BOUNDS_MS: [f64; 11] = [5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1e3, 2.5e3, 5e3, 1e4];
/// Shares of requests not slower than each edge.
const USUAL: [f64; 12] = [0.0, 0.0, 0.03, 0.22, 0.64, 0.97, 0.998, 1.0, 1.0, 1.0, 1.0, 1.0];
const SLOW_TAIL: [f64; 12] = [0.0, 0.0, 0.03, 0.22, 0.60, 0.90, 0.93, 0.96, 0.99, 1.0, 1.0, 1.0];

#[derive(Clone, Copy)]
struct Quality {
    error_rate: f64,
    buckets: [f64; 12],
}

const HEALTHY: Quality = Quality { error_rate: 0.001, buckets: USUAL };
const DOWN: Quality = Quality { error_rate: 1.0, buckets: USUAL };

/// Serves exact shares of requests; fractions are carried over.
#[derive(Default)]
struct Arm {
    requests: f64,
    errors: f64,
    buckets: [f64; 12],
}

impl Arm {
    fn serve(&mut self, requests: f64, quality: Quality) {
        self.requests += requests;
        self.errors += requests * quality.error_rate;
        for (sum, share) in self.buckets.iter_mut().zip(quality.buckets) {
            *sum += requests * share;
        }
    }

    fn counters(&self) -> ArmCounters {
        ArmCounters {
            requests: self.requests as u64,
            errors: self.errors as u64,
            buckets: self.buckets.iter().map(|count| *count as u64).collect(),
        }
    }
}

struct Story {
    requests_per_second: f64,
    scrape_ms: u64,
    parameters: Parameters,
    /// Quality of stable and candidate at a time in seconds.
    quality: fn(f64) -> (Quality, Quality),
    until_seconds: u64,
}

impl Default for Story {
    fn default() -> Self {
        Story {
            requests_per_second: 100.0,
            scrape_ms: 5_000,
            parameters: Parameters::default(),
            quality: |_| (HEALTHY, HEALTHY),
            until_seconds: 3_600,
        }
    }
}

struct Told {
    seconds: f64,
    finding: Finding,
    weights: Vec<u16>,
    actions: Vec<Action>,
}

impl Story {
    /// Until the judge's final answer; the weight it asks for is set at once. A plan's is fixed at 5 %.
    fn tell(&self) -> Told {
        let mut judge = Judge::new(self.parameters.clone(), BOUNDS_MS.to_vec()).unwrap();
        let planned = matches!(self.parameters.schedule, Schedule::Plan { .. });
        let (mut stable, mut candidate) = (Arm::default(), Arm::default());
        let (mut weight, mut at_ms) = (500, 0);
        let (mut weights, mut actions) = (Vec::new(), Vec::new());
        loop {
            let sample = Sample {
                at_ms,
                weight_basis_points: weight,
                stable: Reading::whole(stable.counters()),
                candidate: Reading::whole(candidate.counters()),
            };
            let finding = judge.observe(&sample);
            if !planned {
                weight = finding.weight_basis_points;
            }
            weights.push(weight);
            actions.push(finding.action);
            if finding.action.is_final() || at_ms >= self.until_seconds * 1_000 {
                return Told { seconds: at_ms as f64 / 1e3, finding, weights, actions };
            }
            let (of_stable, of_candidate) = (self.quality)(at_ms as f64 / 1e3);
            let requests = self.requests_per_second * self.scrape_ms as f64 / 1e3;
            let share = f64::from(weight) / 1e4;
            stable.serve(requests * (1.0 - share), of_stable);
            candidate.serve(requests * share, of_candidate);
            at_ms += self.scrape_ms;
        }
    }
}

#[test]
fn a_healthy_candidate_climbs_and_is_promoted_at_the_minimum_duration() {
    let told = Story::default().tell();
    assert_eq!(told.finding.action, Action::Promote, "{}", told.finding.explanation);
    assert_eq!(told.seconds, 900.0);
    assert_eq!(told.finding.weight_basis_points, 10_000);
    let mut climbed = told.weights.clone();
    climbed.dedup();
    assert_eq!(climbed, [100, 500, 1_000, 2_500, 5_000, 8_000, 10_000]);
    assert!(told.finding.evidence.promotion >= 20.0);
}

#[test]
fn five_percent_errors_are_rolled_back_with_reasons() {
    let bad = |_: f64| (HEALTHY, Quality { error_rate: 0.05, ..HEALTHY });
    let told = Story { quality: bad, ..Story::default() }.tell();
    assert_eq!(told.finding.verdict, Verdict::Fail);
    assert!(told.seconds <= 45.0, "{}", told.seconds);
    insta::assert_snapshot!(told.finding.explanation, @"errors 4.8 % against 0.084 %, evidence 483 : 1 after 25 s and 125 requests");
}

#[test]
fn a_slow_tail_is_rolled_back_after_the_grace_time() {
    let slow = |_: f64| (HEALTHY, Quality { buckets: SLOW_TAIL, ..HEALTHY });
    let told = Story { quality: slow, ..Story::default() }.tell();
    assert_eq!(told.finding.verdict, Verdict::Fail);
    assert!((120.0..=180.0).contains(&told.seconds), "{}", told.seconds);
    assert!(told.actions.contains(&Action::Hold { why: HoldReason::WarmUp }));
    assert!(told.weights.iter().all(|weight| *weight <= 2_500));
    insta::assert_snapshot!(told.finding.explanation, @"requests slower than 500 ms (near p99) 7 % against 0.22 %, evidence 2 811 : 1 after 20 s and 200 requests");
}

#[test]
fn a_cold_start_is_forgiven() {
    let cold = |at: f64| (HEALTHY, Quality { buckets: if at < 90.0 { SLOW_TAIL } else { USUAL }, ..HEALTHY });
    let told = Story { quality: cold, ..Story::default() }.tell();
    assert_eq!(told.finding.action, Action::Promote, "{}", told.finding.explanation);
}

#[test]
fn one_blip_does_not_roll_back() {
    let blip = |at: f64| (HEALTHY, if (30.0..35.0).contains(&at) { DOWN } else { HEALTHY });
    for scrape_ms in [250, 1_000, 5_000] {
        let told = Story { quality: blip, scrape_ms, ..Story::default() }.tell();
        assert_eq!(told.finding.action, Action::Promote, "{scrape_ms} {}", told.finding.explanation);
    }
}

#[test]
fn total_failure_is_seen_as_soon_as_it_is_no_blip() {
    let down = |at: f64| (HEALTHY, if at >= 300.0 { DOWN } else { HEALTHY });
    for (scrape_ms, within_seconds) in [(250, 16.0), (1_000, 16.0), (5_000, 20.0)] {
        let told = Story { quality: down, scrape_ms, ..Story::default() }.tell();
        assert_eq!(told.finding.verdict, Verdict::Fail);
        let after = told.seconds - 300.0;
        assert!((5.0..=within_seconds).contains(&after), "{scrape_ms} ms: {after} s");
    }
}

#[test]
fn shorter_blocks_react_within_a_second() {
    let parameters = Parameters { block_ms: 250, ..Parameters::default() };
    let down = |at: f64| (HEALTHY, if at >= 60.0 { DOWN } else { HEALTHY });
    let story =
        Story { quality: down, scrape_ms: 250, requests_per_second: 300.0, parameters, ..Story::default() };
    let told = story.tell();
    assert_eq!(told.finding.verdict, Verdict::Fail);
    assert!(told.seconds - 60.0 <= 1.0, "{}", told.seconds);
}

#[test]
fn a_shared_outage_blames_nobody() {
    let outage = |at: f64| if (150.0..240.0).contains(&at) { (DOWN, DOWN) } else { (HEALTHY, HEALTHY) };
    let told = Story { quality: outage, ..Story::default() }.tell();
    assert_eq!(told.finding.action, Action::Promote);
    assert!(told.actions.contains(&Action::Hold { why: HoldReason::SharedBreach { ceiling: 0 } }));

    let strict = Parameters { ceiling_mode: CeilingMode::Strict, ..Parameters::default() };
    let told = Story { quality: outage, parameters: strict, ..Story::default() }.tell();
    assert_eq!(told.finding.action, Action::Rollback { why: RollbackReason::Ceiling { ceiling: 0 } });

    let forever = |at: f64| if at >= 150.0 { (DOWN, DOWN) } else { (HEALTHY, HEALTHY) };
    let told = Story { quality: forever, ..Story::default() }.tell();
    let why = InconclusiveReason::SharedBreach { ceiling: 0 };
    assert_eq!(told.finding.action, Action::Inconclusive { why });
    assert_eq!(told.finding.weight_basis_points, 0);
    assert!((500.0..=520.0).contains(&told.seconds), "{}", told.seconds);
}

#[test]
fn a_ceiling_catches_what_comparison_tolerates() {
    // Stable is bad too, and the candidate is over the ceiling by itself: 1.6 times, allowed by the plan.
    let parameters = Parameters {
        errors: tidegate_analysis::ErrorTolerance { harm_ratio: 2.0, ..Default::default() },
        ..Parameters::default()
    };
    let both = |_: f64| (Quality { error_rate: 0.04, ..HEALTHY }, Quality { error_rate: 0.075, ..HEALTHY });
    let told = Story { quality: both, parameters, requests_per_second: 1_000.0, ..Story::default() }.tell();
    assert_eq!(told.finding.action, Action::Rollback { why: RollbackReason::Ceiling { ceiling: 0 } });
    insta::assert_snapshot!(told.finding.explanation, @"errors 7.5 % against 4 %, over the ceiling of 5 % for 60 s");
}

#[test]
fn a_latency_ceiling() {
    let ceiling = Trigger { metric: Metric::LatencyP99Ms, threshold: 1_500.0, duration_seconds: 30 };
    let parameters = Parameters {
        ceilings: vec![ceiling],
        warm_up_seconds: 600,
        grace_seconds: 600,
        ..Parameters::default()
    };
    let slow = |_: f64| (HEALTHY, Quality { buckets: SLOW_TAIL, ..HEALTHY });
    let told = Story { quality: slow, parameters, ..Story::default() }.tell();
    assert_eq!(told.finding.action, Action::Rollback { why: RollbackReason::Ceiling { ceiling: 0 } });
}

#[test]
fn a_persons_plan_is_told_when_a_step_may_be_left() {
    let schedule = Schedule::Plan { weights_basis_points: vec![500, 2_500, 5_000] };
    let parameters = Parameters { schedule, ..Parameters::default() };
    let told = Story { parameters: parameters.clone(), until_seconds: 300, ..Story::default() }.tell();
    assert_eq!(told.finding.action, Action::MayAdvance, "{}", told.finding.explanation);
    let first = told.actions.iter().position(|action| *action == Action::MayAdvance).unwrap();
    assert!((3..=20).contains(&first), "after {first} scrapes");

    let doubtful = |_: f64| (HEALTHY, Quality { error_rate: 0.05, ..HEALTHY });
    let told = Story { quality: doubtful, parameters, ..Story::default() }.tell();
    assert_eq!(told.finding.verdict, Verdict::Fail);
    assert!(!told.actions.contains(&Action::MayAdvance));
}

#[test]
fn no_traffic_holds_and_ends_inconclusive() {
    let told = Story { requests_per_second: 0.0, ..Story::default() }.tell();
    let why = InconclusiveReason::HeldTooLong;
    assert_eq!(told.finding.action, Action::Inconclusive { why });
    assert_eq!(told.seconds, 2_400.0);
    let needs_person = |action: &Action| {
        matches!(action, Action::Hold { why: HoldReason::NoData { needs_person: true, .. } })
    };
    // Ten minutes from when the share was there, which the third look is the first to be sure of.
    assert_eq!(told.actions.iter().position(needs_person), Some(122));
}

#[test]
fn a_source_that_is_down_holds_unless_the_plan_says_otherwise() {
    for (policy, verdict) in
        [(OnSourceDown::Hold, Verdict::Inconclusive), (OnSourceDown::Rollback, Verdict::Fail)]
    {
        let parameters = Parameters { on_source_down: policy, ..Parameters::default() };
        let mut judge = Judge::new(parameters, BOUNDS_MS.to_vec()).unwrap();
        let mut last = None;
        for tick in 0..=140 {
            let sample = Sample {
                at_ms: tick * 5_000,
                weight_basis_points: 500,
                stable: Reading::Missing(NoData::SourceUnreachable),
                candidate: Reading::Missing(NoData::SourceUnreachable),
            };
            last = Some(judge.observe(&sample));
        }
        assert_eq!(last.unwrap().verdict, verdict, "{policy:?}");
    }
}
