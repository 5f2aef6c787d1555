//! Laws that hold for every stream of samples, however broken.
//!
//! Invariant: each property is stated for arbitrary input, not for well-behaved rollouts. Not here: that
//! the verdicts are the right ones (`stories.rs`) or valid (`validity.rs`).
#![allow(clippy::float_cmp, clippy::unwrap_used)]

use proptest::prelude::*;
use tidegate_analysis::{
    Action, ArmCounters, Finding, Instance, Judge, NoData, Parameters, Reading, Sample, Schedule, Verdict,
};

const BOUNDS_MS: [f64; 4] = [10.0, 100.0, 500.0, 2_500.0];

/// What one instance serves between two samples.
#[derive(Debug, Clone, Copy)]
struct Served {
    requests: u16,
    error_percent: u8,
    slow_percent: u8,
}

#[derive(Debug, Clone)]
struct Step {
    advance_ms: i32,
    weight_basis_points: u16,
    stable: [Served; 2],
    candidate: [Served; 2],
    restart: Option<bool>,
    missing: Option<(bool, NoData)>,
    torn: bool,
    weight_changed: bool,
}

fn served() -> impl Strategy<Value = Served> {
    (prop_oneof![0..3_u16, 0..500_u16, any::<u16>()], 0..=100_u8, 0..=100_u8)
        .prop_map(|(requests, error_percent, slow_percent)| Served { requests, error_percent, slow_percent })
}

fn no_data() -> impl Strategy<Value = NoData> {
    prop_oneof![
        Just(NoData::NoTraffic),
        Just(NoData::NoSample),
        Just(NoData::NotANumber),
        Just(NoData::SourceUnreachable)
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let advance = prop_oneof![6 => Just(5_000), 3 => 1..20_000, 1 => -60_000..60_000, 1 => Just(0)];
    let weight = prop_oneof![Just(500_u16), Just(5_000), 0..=10_000_u16];
    let step = (
        (advance, weight, proptest::option::weighted(0.1, any::<bool>())),
        ([served(), served()], [served(), served()]),
        (proptest::option::weighted(0.1, (any::<bool>(), no_data())), any::<bool>(), any::<bool>()),
    );
    let step = step.prop_map(|(time, arms, odd)| Step {
        advance_ms: time.0,
        weight_basis_points: time.1,
        stable: arms.0,
        candidate: arms.1,
        restart: time.2,
        missing: odd.0,
        torn: odd.1 && odd.2,
        weight_changed: odd.1 && !odd.2,
    });
    proptest::collection::vec(step, 1..60)
}

#[derive(Default, Clone)]
struct World {
    at_ms: u64,
    stable: [ArmCounters; 2],
    candidate: [ArmCounters; 2],
}

impl World {
    fn step(&mut self, step: &Step) -> Sample {
        self.at_ms = self.at_ms.saturating_add_signed(step.advance_ms.into());
        if step.restart == Some(true) {
            self.candidate[0] = ArmCounters::default();
        }
        if step.restart == Some(false) {
            self.stable[1] = ArmCounters::default();
        }
        for (counters, served) in self.stable.iter_mut().zip(step.stable) {
            serve(counters, served);
        }
        for (counters, served) in self.candidate.iter_mut().zip(step.candidate) {
            serve(counters, served);
        }
        let mut sample = Sample {
            at_ms: self.at_ms,
            weight_basis_points: step.weight_basis_points,
            stable: reading(&self.stable),
            candidate: reading(&self.candidate),
        };
        if step.torn
            && let Reading::Counters(instances) = &mut sample.candidate
        {
            for counters in instances.values_mut() {
                counters.requests /= 2;
            }
        }
        match step.missing {
            Some((true, why)) => sample.candidate = Reading::Missing(why),
            Some((false, why)) => sample.stable = Reading::Missing(why),
            None => {}
        }
        sample
    }
}

fn serve(counters: &mut ArmCounters, served: Served) {
    let requests = u64::from(served.requests);
    let slow = requests * u64::from(served.slow_percent) / 100;
    counters.requests += requests;
    counters.errors += requests * u64::from(served.error_percent) / 100;
    counters.buckets.resize(BOUNDS_MS.len() + 1, 0);
    let by_edge = [requests - slow, requests - slow / 2, requests - slow / 10, requests, requests];
    for (bucket, more) in counters.buckets.iter_mut().zip(by_edge) {
        *bucket += more;
    }
}

fn reading(arm: &[ArmCounters; 2]) -> Reading {
    let named = |(counters, name): (&ArmCounters, &str)| (Instance::from(name), counters.clone());
    Reading::instances(arm.iter().zip(["one", "two"]).map(named))
}

fn judge(schedule: Option<Schedule>) -> Judge {
    let defaults = Parameters { min_duration_seconds: 60, timeout_seconds: 600, ..Parameters::default() };
    let parameters = Parameters { schedule: schedule.unwrap_or_default(), ..defaults };
    Judge::new(parameters, BOUNDS_MS.to_vec()).unwrap()
}

fn plan() -> Schedule {
    Schedule::Plan { weights_basis_points: vec![500, 2_500, 5_000] }
}

fn samples(steps: &[Step]) -> Vec<Sample> {
    let mut world = World::default();
    steps.iter().map(|step| world.step(step)).collect()
}

fn findings(mut judge: Judge, samples: &[Sample]) -> Vec<Finding> {
    samples.iter().map(|sample| judge.observe(sample)).collect()
}

fn assert_sound(finding: &Finding) {
    let evidence = &finding.evidence;
    let numbers = [evidence.harm, evidence.promotion, finding.numbers.requests_per_second];
    let channels = evidence.channels.iter().flat_map(|channel| {
        [channel.harm, channel.share_of_harm, channel.non_inferiority, channel.dispersion, channel.seconds]
    });
    for number in numbers.into_iter().chain(channels) {
        assert!(number.is_finite() && number >= 0.0, "{finding:?}");
    }
    assert!(evidence.harm <= 1e12 * 6.0, "{finding:?}");
    assert!(evidence.channels.iter().all(|channel| channel.dispersion >= 1.0), "{finding:?}");
    assert!(finding.weight_basis_points <= 10_000);
    assert!(!finding.explanation.contains("NaN") && !finding.explanation.contains("inf"), "{finding:?}");
    assert_eq!(finding.verdict, finding.action.verdict());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn findings_are_sound_and_a_final_answer_stays(steps in steps(), planned in any::<bool>()) {
        let mut judge = judge(planned.then(plan));
        let mut ended: Option<Action> = None;
        for (sample, step) in samples(&steps).iter().zip(&steps) {
            if step.weight_changed {
                judge.weight_changed(sample.at_ms.saturating_sub(1));
            }
            let finding = judge.observe(sample);
            assert_sound(&finding);
            prop_assert!(judge.prior_spent() <= 1.0);
            if let Some(ended) = ended {
                prop_assert_eq!(finding.action, ended);
            }
            ended = ended.or(finding.action.is_final().then_some(finding.action));
        }
    }

    #[test]
    fn no_data_is_never_a_pass(steps in steps(), planned in any::<bool>()) {
        let mut judge = judge(planned.then(plan));
        let mut ended = false;
        for sample in samples(&steps) {
            let missing = matches!(sample.stable, Reading::Missing(_))
                || matches!(sample.candidate, Reading::Missing(_));
            let finding = judge.observe(&sample);
            if missing && !ended && finding.action != Action::Promote {
                prop_assert_ne!(finding.verdict, Verdict::Pass);
            }
            ended |= finding.action.is_final();
        }
    }

    #[test]
    fn a_restart_between_any_two_samples_changes_nothing(
        steps in steps(),
        planned in any::<bool>(),
        restarts in proptest::collection::vec(any::<bool>(), 60),
    ) {
        let (mut lasting, mut restarted) = (judge(planned.then(plan)), judge(planned.then(plan)));
        for (sample, restart) in samples(&steps).iter().zip(restarts) {
            if restart {
                let text = serde_json::to_string(&restarted).unwrap();
                restarted = serde_json::from_str(&text).unwrap();
            }
            prop_assert_eq!(lasting.observe(sample), restarted.observe(sample));
            prop_assert_eq!(&lasting, &restarted);
        }
    }

    #[test]
    fn the_state_stays_small(steps in steps()) {
        let mut judge = judge(None);
        for sample in samples(&steps) {
            judge.observe(&sample);
        }
        let bytes = serde_json::to_string(&judge).unwrap().len();
        prop_assert!(bytes < 24 * 1024, "{bytes} bytes");
    }

    #[test]
    fn the_order_and_names_of_instances_do_not_matter(steps in steps()) {
        let renamed = |reading: &Reading| match reading {
            Reading::Counters(instances) => {
                let rename = |name: &Instance| Instance(format!("{}-z", name.0.chars().rev().collect::<String>()));
                let all = instances.iter().rev().map(|(name, counters)| (rename(name), counters.clone()));
                Reading::instances(all)
            }
            Reading::Missing(why) => Reading::Missing(*why),
        };
        let plain = samples(&steps);
        let other: Vec<Sample> = plain
            .iter()
            .map(|sample| Sample {
                stable: renamed(&sample.stable),
                candidate: renamed(&sample.candidate),
                ..sample.clone()
            })
            .collect();
        prop_assert_eq!(findings(judge(None), &plain), findings(judge(None), &other));
    }

    #[test]
    fn a_sample_that_comes_twice_counts_once(steps in steps()) {
        let once = samples(&steps);
        let (mut single, mut double) = (judge(None), judge(None));
        for sample in &once {
            let first = single.observe(sample);
            prop_assert_eq!(&first, &double.observe(sample));
            if sample.at_ms > 0 {
                prop_assert_eq!(first.evidence, double.observe(sample).evidence);
            }
            prop_assert_eq!(&single.history().len(), &double.history().len());
        }
    }

    #[test]
    fn the_origin_of_time_does_not_matter(steps in steps(), shift in 0..1_u64 << 40) {
        // Steps back past zero would be cut off differently; keep the clock away from it.
        let mut world = World { at_ms: 1 << 40, ..World::default() };
        let plain: Vec<Sample> = steps.iter().map(|step| world.step(step)).collect();
        let moved: Vec<Sample> =
            plain.iter().map(|sample| Sample { at_ms: sample.at_ms + shift, ..sample.clone() }).collect();
        prop_assert_eq!(findings(judge(None), &plain), findings(judge(None), &moved));
    }

    #[test]
    fn restarted_instances_lose_and_double_nothing(steps in steps()) {
        // The same traffic, once with counters that restart just after a sample, once without.
        let regular = steps.iter().map(|step| Step { torn: false, restart: None, ..step.clone() });
        let regular: Vec<Step> = regular.filter(|step| step.advance_ms > 0 && step.missing.is_none()).collect();
        let mut world = World::default();
        let plain: Vec<Sample> = regular.iter().map(|step| world.step(step)).collect();
        let mut world = World::default();
        let mut restarting = Vec::new();
        for (step, original) in regular.iter().zip(&steps) {
            // A restart shows only if fewer requests come after it than came before.
            let before = world.candidate[0].requests;
            if original.restart.is_some() && before > u64::from(step.candidate[0].requests) {
                world.candidate[0] = ArmCounters::default();
            }
            restarting.push(world.step(step));
        }
        prop_assert_eq!(findings(judge(None), &plain), findings(judge(None), &restarting));
    }
}
