//! The lines of the design's "Deciding" that need an engine, a world and time: scripts over the simulation, one or more a
//! line, by its number. Every checker watches each of them.
//!
//! Not here: lines that the domain answers alone (`tidegate-domain`, `tests/deciding.rs`).
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

use std::collections::BTreeMap;

use tidegate_analysis::{Metric, Parameters, Trigger};
use tidegate_domain::catalog::Catalog;
use tidegate_domain::component::{Artifact, ComponentSpec, Readiness, Source, Stop};
use tidegate_domain::environment::{EnvironmentSpec, Placement, RouteSpec};
use tidegate_domain::matching::Match;
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::pipeline::{OnFailure, PipelineSpec, Promotion, StageSpec};
use tidegate_domain::release::ReleaseKind;
use tidegate_domain::rollout::{Cause, Outcome, Phase, Rollout};
use tidegate_domain::strategy::{BlueGreen, Canary, CanaryStep, Climb, Recreate, Strategy};
use tidegate_domain::weight::Weight;
use tidegate_engine::NewRelease;
use tidegate_sim::people::{Act, Steering, Wish};
use tidegate_sim::scenario::{Disturbance, Scenario, Trouble};
use tidegate_sim::weather::Weather;
use tidegate_sim::world::target::Behaviour;
use tidegate_sim::{Options, Report, Sabotage, play};

fn version(text: &str) -> Version {
    Version::new(text).unwrap()
}

fn place(name: &str) -> EnvironmentName {
    name.parse().unwrap()
}

/// A stage, judged if it is, that takes releases by itself.
fn stage(name: &str, strategy: Strategy, analysis: Option<Parameters>) -> StageSpec {
    StageSpec {
        beside: Vec::new(),
        succeed: None,
        on_failure: OnFailure::GoOn,
        environment: place(name),
        strategy,
        analysis,
        analysis_off: false,
        scrape_interval_ms: 1_000,
        progress_deadline_seconds: 120,
        promotion: Promotion::Automatic,
        gates: Vec::new(),
    }
}

fn environment(name: &str, port: u16) -> EnvironmentSpec {
    let route = RouteSpec {
        listen: format!("127.0.0.1:{port}"),
        hosts: Vec::new(),
        path_prefix: "/".into(),
        strip_prefix: false,
        sticky: None,
        preview: None,
    };
    EnvironmentSpec {
        placements: BTreeMap::from([("api".parse().unwrap(), Placement::new(2, Some(route)))]),
        ..EnvironmentSpec::new(place(name))
    }
}

fn release(text: &str) -> NewRelease {
    let artifact = Artifact { version: version(text), source: Source::Command, digest: None };
    let components = BTreeMap::from([("api".parse().unwrap(), artifact)]);
    NewRelease {
        version: version(text),
        kind: ReleaseKind::Planned,
        components,
        notes: Vec::new(),
        commits: Vec::new(),
    }
}

fn act(seconds: u64, wish: Wish) -> Act {
    Act { at_ms: seconds * 1_000, wish, doubled: false }
}

fn deploy(seconds: u64, text: &str, strategy: Option<Strategy>) -> Act {
    let (release, environment) = (version(text), place("production"));
    act(seconds, Wish::Deploy { release, environment, strategy, supersede: false, independent: false })
}

fn steer(seconds: u64, how: Steering) -> Act {
    act(seconds, Wish::Steer { back: 0, how })
}

/// One component, twice, behind one route; `1.0.0` is sound and there, `2.0.0` fails this share of its requests.
fn scene(stages: Vec<StageSpec>, error_share: f64, acts: Vec<Act>) -> Scenario {
    let component = ComponentSpec {
        name: "api".parse().unwrap(),
        run: vec!["./serve".into()],
        variables: BTreeMap::new(),
        readiness: Readiness::default(),
        stop: Stop { drain_seconds: 2, kill_after_seconds: 5 },
        depends_on: Vec::new(),
        smoke: Vec::new(),
        database: tidegate_domain::database::DatabaseSteps::default(),
    };
    let places = stages.iter().flat_map(StageSpec::environments);
    let environments = places.zip(8_000..).map(|(place, port)| environment(place.as_str(), port));
    let catalog = Catalog {
        project: "script".into(),
        components: BTreeMap::from([(component.name.clone(), component)]),
        environments: environments.collect(),
        pipeline: Some(PipelineSpec::new("main", stages)),
        teams: BTreeMap::new(),
        hotfix_pipeline: None,
        source: None,
    };
    let releases = vec![release("1.0.0"), release("2.0.0")];
    let behaviour = |error_share| Behaviour { error_share, ..Behaviour::default() };
    let behaviours = [("1.0.0", 0.0), ("2.0.0", error_share)];
    let behaviours =
        behaviours.map(|(text, share)| (("api".parse().unwrap(), version(text)), behaviour(share)));
    let first = [
        act(1, Wish::Apply(Box::new(catalog.clone()))),
        act(6, Wish::Create(Box::new(releases[0].clone()))),
        act(6, Wish::Create(Box::new(releases[1].clone()))),
        deploy(12, "1.0.0", None),
    ];
    Scenario {
        catalog,
        releases,
        behaviours: BTreeMap::from(behaviours),
        acts: first.into_iter().chain(acts).collect(),
        disturbances: Vec::new(),
        // Long enough for every script to come to its end before what people verified is made sound.
        weather: Weather { calm_from_ms: 400_000, delay_ms_max: 20, ..Weather::default() },
        requests_per_second: 200.0,
        latencies: false,
        harm: 0.0,
        replicas: false,
        deaths_per_mille: 0,
        deaths: 0,
    }
}

/// Every property holds; answers what came of it, with the story.
fn told(scenario: &Scenario) -> Report {
    let report = play(1, scenario.clone(), Options { story: true, ..Options::default() });
    assert_eq!(report.failure, None, "{}", report.story.join("\n"));
    report
}

/// The rollouts of `2.0.0` in production.
fn of_second(report: &Report) -> Vec<&Rollout> {
    let second = |rollout: &&Rollout| {
        rollout.plan.release == version("2.0.0") && rollout.plan.environment == place("production")
    };
    report.ends.iter().filter(second).collect()
}

fn only(report: &Report) -> &Rollout {
    let found = of_second(report);
    assert_eq!(found.len(), 1, "{}", report.story.join("\n"));
    found[0]
}

fn failed_by_analysis(rollout: &Rollout) -> &str {
    match &rollout.phase {
        Phase::Done(Outcome::RolledBack { cause: Cause::Analysis { explanation } }) => explanation,
        other => panic!("{other:?}"),
    }
}

fn succeeded(rollout: &Rollout) -> bool {
    rollout.phase == Phase::Done(Outcome::Succeeded)
}

/// Whether the router ever gave the second version a share.
fn second_had_traffic(report: &Report) -> bool {
    let lines = report.story.iter().filter(|line| line.contains("router production/api"));
    lines.flat_map(|line| line.split("2.0.0 ").skip(1)).any(|rest| !rest.starts_with("0 %"))
}

fn canary(steps: &[CanaryStep], soak_seconds: u64) -> Strategy {
    Strategy::Canary(Canary { climb: Climb::Steps(steps.to_vec()), soak_seconds, ..Canary::default() })
}

fn half_for(seconds: u64) -> Strategy {
    canary(&[CanaryStep::Shift(Weight::from_percent(50)), CanaryStep::Wait { seconds }], 10)
}

/// Evidence as good as never fires; only the trigger can.
fn by_trigger(duration_seconds: u64) -> Parameters {
    let trigger = Trigger { metric: Metric::ErrorRate, threshold: 0.2, duration_seconds };
    Parameters { alpha: 1e-9, block_nats_max: 0.1, ceilings: vec![trigger], ..Parameters::default() }
}

/// The version before is still kept at full size and comes again with a small share, at a moment when the other may be
/// down: more of it run than the share needs, and those that are too many stop.
#[test]
fn line_01_what_is_too_many_leaves_the_route_before_it_stops() {
    let keeps =
        Strategy::BlueGreen(BlueGreen { soak_seconds: 1, keep_stable_seconds: 600, ..BlueGreen::default() });
    for seed in 0..60 {
        let again = deploy(0, "1.0.0", Some(half_for(20)));
        let acts = vec![deploy(30, "2.0.0", None), Act { at_ms: 44_000 + seed * 100, ..again }];
        let mut scenario = scene(vec![stage("production", keeps.clone(), None)], 0.0, acts);
        let dies = Behaviour { dies_after_ms: Some(15_000), ..Behaviour::default() };
        scenario.behaviours.insert(("api".parse().unwrap(), version("2.0.0")), dies);
        let report = play(seed, scenario, Options { story: true, ..Options::default() });
        assert_eq!(report.failure, None, "seed {seed}: {}", report.story.join("\n"));
    }
}

#[test]
fn line_03_a_second_rollout_supersedes_the_first_back_to_stable() {
    let confirm = canary(&[CanaryStep::Shift(Weight::from_percent(10)), CanaryStep::Confirm], 5);
    let supersede = Wish::Deploy {
        release: version("3.0.0"),
        environment: place("production"),
        strategy: None,
        supersede: true,
        independent: false,
    };
    let acts = vec![
        act(6, Wish::Create(Box::new(release("3.0.0")))),
        deploy(30, "2.0.0", Some(confirm)),
        act(60, supersede),
    ];
    let stages = vec![stage("production", Strategy::Recreate(Recreate { soak_seconds: 2 }), None)];
    let mut scenario = scene(stages, 0.0, acts);
    scenario.behaviours.insert(("api".parse().unwrap(), version("3.0.0")), Behaviour::default());
    let report = told(&scenario);
    let ended = &only(&report).phase;
    assert!(
        matches!(ended, Phase::Done(Outcome::RolledBack { cause: Cause::Superseded { .. } })),
        "{ended:?}"
    );
    let third = report.ends.iter().find(|rollout| rollout.plan.release == version("3.0.0")).unwrap();
    assert!(succeeded(third));
    assert_eq!(
        third.plan.legs[0].stable.as_ref().unwrap().version(),
        &version("1.0.0"),
        "it starts from stable"
    );
}

#[test]
fn line_04_what_was_rolled_back_comes_again_only_when_a_person_allows_it() {
    let stages = || {
        let quick = Strategy::Recreate(Recreate { soak_seconds: 2 });
        let parameters = Parameters { block_ms: 1_000, ..Parameters::default() };
        vec![stage("staging", quick, None), stage("production", half_for(60), Some(parameters))]
    };
    let to_staging = |seconds, text: &str| {
        let (release, environment) = (version(text), place("staging"));
        let strategy = None;
        act(seconds, Wish::Deploy { release, environment, strategy, supersede: false, independent: false })
    };
    let acts = vec![to_staging(20, "1.0.0"), to_staging(60, "2.0.0")];
    let report = told(&scene(stages(), 0.5, acts.clone()));
    assert_eq!(of_second(&report).len(), 1, "automation brings it once");
    failed_by_analysis(only(&report));

    let allow = Wish::Allow { release: version("2.0.0"), environment: place("production") };
    let report = told(&scene(stages(), 0.5, [acts, vec![act(200, allow)]].concat()));
    let both = of_second(&report);
    assert_eq!(both.len(), 2, "and once more when it is allowed");
    for rollout in both {
        assert_eq!(rollout.started_by, "tidegate");
        failed_by_analysis(rollout);
    }
}

#[test]
fn line_04_weighted_on_request_also_after_it_had_succeeded() {
    let confirm = || canary(&[CanaryStep::Shift(Weight::from_percent(50)), CanaryStep::Confirm], 5);
    let soft = |seconds| steer(seconds, Steering::RollBackOver { seconds: 45 });
    let under_way = vec![deploy(30, "2.0.0", None), soft(60)];
    let after = vec![deploy(30, "2.0.0", None), steer(60, Steering::Promote), soft(120)];
    for (acts, shares, rollouts) in
        [(under_way, ["45 %", "25 %", "5 %"], 1), (after, ["90 %", "50 %", "10 %"], 2)]
    {
        let report = told(&scene(vec![stage("production", confirm(), None)], 0.0, acts));
        assert_eq!(of_second(&report).len(), rollouts);
        let lines: Vec<&String> =
            report.story.iter().filter(|line| line.contains("router production/api")).collect();
        for share in shares {
            assert!(lines.iter().any(|line| line.contains(&format!("2.0.0 {share}"))), "{share}: {lines:#?}");
        }
        assert!(lines.last().unwrap().contains("1.0.0 100 %"), "{lines:#?}");
    }
}

#[test]
fn line_08_a_trigger_fires_after_its_duration_however_short() {
    for (duration, scrape_ms) in
        [(1, 1_000), (2, 1_000), (3, 5_000), (7, 2_500), (10, 5_000), (15, 5_000), (60, 30_000)]
    {
        let mut judged = stage("production", half_for(200), Some(by_trigger(duration)));
        judged.scrape_interval_ms = scrape_ms;
        let report = told(&scene(vec![judged], 0.6, vec![deploy(30, "2.0.0", None)]));
        let why = failed_by_analysis(only(&report));
        assert!(why.contains("20 %"), "{duration} s by scrapes of {scrape_ms} ms: {why}");
    }
}

#[test]
fn line_08_a_trigger_holds_in_the_soak_after_promotion() {
    let switch = Strategy::BlueGreen(BlueGreen { soak_seconds: 60, ..BlueGreen::default() });
    let stages = vec![stage("production", switch, Some(by_trigger(5)))];
    let report = told(&scene(stages, 0.6, vec![deploy(30, "2.0.0", None)]));
    failed_by_analysis(only(&report));
    assert!(second_had_traffic(&report), "it was switched, and came back out of the soak");
}

#[test]
fn line_08_a_trigger_that_is_not_exceeded_does_not_fire() {
    let stages = vec![stage("production", half_for(30), Some(by_trigger(2)))];
    let report = told(&scene(stages, 0.0, vec![deploy(30, "2.0.0", None)]));
    assert!(succeeded(only(&report)));
}

fn previewed(preview_seconds: u64, confirm: bool) -> Strategy {
    let preview = Some(Match::Header { name: "x-preview".into(), value: "1".into() });
    Strategy::BlueGreen(BlueGreen {
        preview,
        preview_seconds,
        confirm,
        soak_seconds: 10,
        keep_stable_seconds: 0,
    })
}

#[test]
fn a_candidate_that_fails_in_its_preview_gets_no_live_traffic() {
    for confirm in [false, true] {
        let stages = vec![stage("production", previewed(90, confirm), Some(Parameters::default()))];
        let report = told(&scene(stages, 0.8, vec![deploy(30, "2.0.0", None)]));
        failed_by_analysis(only(&report));
        assert!(!second_had_traffic(&report), "{}", report.story.join("\n"));
    }
}

#[test]
fn a_sound_preview_and_one_that_nobody_visits_switch_when_their_time_is_over() {
    for requests_per_second in [200.0, 0.0] {
        let stages = vec![stage("production", previewed(90, false), Some(Parameters::default()))];
        let mut scenario = scene(stages, 0.0, vec![deploy(30, "2.0.0", None)]);
        scenario.requests_per_second = requests_per_second;
        let report = told(&scenario);
        assert!(succeeded(only(&report)), "{requests_per_second}: {}", report.story.join("\n"));
    }
}

#[test]
fn a_strategy_for_one_time_is_judged_unless_the_stage_says_off() {
    for off in [false, true] {
        let mut plain = stage("production", Strategy::Recreate(Recreate { soak_seconds: 2 }), None);
        plain.analysis_off = off;
        let report = told(&scene(vec![plain], 0.8, vec![deploy(30, "2.0.0", Some(half_for(60)))]));
        let rollout = only(&report);
        assert_eq!(rollout.plan.analysis.is_none(), off);
        if off {
            assert!(succeeded(rollout));
        } else {
            failed_by_analysis(rollout);
        }
    }
}

#[test]
fn line_11_a_command_sent_twice_happens_once() {
    let doubled = |act: Act| Act { doubled: true, ..act };
    let confirm = canary(&[CanaryStep::Shift(Weight::from_percent(10)), CanaryStep::Confirm], 20);
    let acts = vec![doubled(deploy(30, "2.0.0", None)), doubled(steer(60, Steering::Promote))];
    let report = told(&scene(vec![stage("production", confirm, None)], 0.0, acts));
    assert!(succeeded(only(&report)));
    let promoted = report.story.iter().filter(|line| line.contains("· Promoted { by")).count();
    assert_eq!(promoted, 1);
}

#[test]
fn line_11_abort_and_promote_at_the_same_instant() {
    let confirm = || canary(&[CanaryStep::Shift(Weight::from_percent(10)), CanaryStep::Confirm], 20);
    let (mut aborted, mut promoted) = (0, 0);
    for seed in 0..40 {
        let acts = vec![
            deploy(30, "2.0.0", None),
            steer(60, if seed % 2 == 0 { Steering::Abort } else { Steering::Promote }),
            steer(60, if seed % 2 == 0 { Steering::Promote } else { Steering::Abort }),
        ];
        let scenario = scene(vec![stage("production", confirm(), None)], 0.0, acts);
        let report = play(seed, scenario, Options { story: true, ..Options::default() });
        assert_eq!(report.failure, None);
        let done =
            report.story.iter().filter(|line| line.contains("try 1 → Done") && line.contains("rol_")).count();
        let refused = report.story.iter().filter(|line| {
            line.contains("Refused(\"rollout-promoted\")") || line.contains("Refused(\"rollout-going-back\")")
        });
        assert_eq!(
            (done, refused.count()),
            (3, 1),
            "two deployments and one of the two: {}",
            report.story.join("\n")
        );
        if succeeded(only(&report)) {
            promoted += 1;
        } else {
            aborted += 1;
        }
    }
    assert!(aborted > 0 && promoted > 0, "both orders are seen: {aborted}, {promoted}");
}

#[test]
fn line_13_killed_again_and_again_it_goes_on() {
    let parameters = Parameters { block_ms: 1_000, ..Parameters::default() };
    for (error_share, live) in [(0.0, true), (0.6, false)] {
        for seed in 0..20 {
            let stages = vec![stage("production", half_for(40), Some(parameters.clone()))];
            let mut scenario = scene(stages, error_share, vec![deploy(30, "2.0.0", None)]);
            (scenario.deaths_per_mille, scenario.deaths) = (20, 30);
            scenario.disturbances = vec![
                Disturbance { at_ms: 45_000, what: Trouble::WallClock { by_ms: -3_600_000 } },
                Disturbance { at_ms: 50_000, what: Trouble::Kill },
                Disturbance { at_ms: 55_000, what: Trouble::Reboot { down_ms: 5_000, by_ms: -86_400_000 } },
            ];
            let report = play(seed, scenario, Options::default());
            assert_eq!(report.failure, None, "seed {seed}");
            assert_eq!(succeeded(only(&report)), live, "seed {seed}: {:?}", only(&report).phase);
        }
    }
}

/// The power goes in the middle of a rollout, and the wall clock comes back a day early.
fn power_cut(at_ms: u64) -> Scenario {
    let stages = vec![stage("production", half_for(40), None)];
    let mut scenario = scene(stages, 0.0, vec![deploy(30, "2.0.0", None)]);
    let what = Trouble::Reboot { down_ms: 1_000, by_ms: -86_400_000 };
    scenario.disturbances = vec![Disturbance { at_ms, what }];
    scenario
}

#[test]
fn line_13_after_a_power_cut_time_goes_on_from_the_newest_event() {
    let property = "a restart goes on from the latest time in the log";
    let mut noticed = 0;
    for seed in 0..20 {
        let at_ms = 30_500 + seed * 100;
        let report = play(seed, power_cut(at_ms), Options::default());
        assert_eq!(report.failure, None, "seed {seed}");
        assert!(succeeded(only(&report)), "seed {seed}");
        let forgets =
            Options { sabotage: Some(Sabotage::ForgetsTime), only: Some(property), ..Options::default() };
        noticed += u32::from(play(seed, power_cut(at_ms), forgets).failure.is_some());
    }
    assert!(noticed > 0, "whoever does not look at the log for the time is noticed");
}

#[test]
fn line_14_of_two_control_planes_one_drives() {
    for seed in 0..20 {
        let stages = vec![stage("production", half_for(40), None)];
        let mut scenario = scene(stages, 0.0, vec![deploy(30, "2.0.0", None)]);
        scenario.replicas = true;
        scenario.disturbances = [35_000, 50_000, 70_000]
            .map(|at_ms| Disturbance { at_ms, what: Trouble::Pause { ms: 40_000 } })
            .to_vec();
        let report = play(seed, scenario, Options { story: true, ..Options::default() });
        assert_eq!(report.failure, None, "seed {seed}");
        assert!(succeeded(only(&report)), "seed {seed}");
        let both = ["plane-1", "plane-2"].map(|plane| report.story.iter().any(|line| line.contains(plane)));
        assert_eq!(both, [true, true], "seed {seed}: both are there");
    }
}

/// Staging, then `eu` and `us` together, then `world`; the second release waits for a person in both of the two.
fn beside(on_failure: OnFailure, succeed: Option<u32>, acts: Vec<Act>) -> Report {
    let quick = || Strategy::Recreate(Recreate { soak_seconds: 2 });
    let confirm = canary(&[CanaryStep::Shift(Weight::from_percent(10)), CanaryStep::Confirm], 5);
    let two = StageSpec { beside: vec![place("us")], succeed, on_failure, ..stage("eu", confirm, None) };
    let stages = vec![stage("staging", quick(), None), two, stage("world", quick(), None)];
    let to_staging = |seconds, text: &str| {
        let (release, environment) = (version(text), place("staging"));
        let strategy = None;
        act(seconds, Wish::Deploy { release, environment, strategy, supersede: false, independent: false })
    };
    let mut scenario = scene(stages, 0.0, Vec::new());
    // There is no production here.
    scenario.acts.pop();
    scenario.acts.extend([to_staging(20, "1.0.0"), to_staging(80, "2.0.0")]);
    scenario.acts.extend(acts);
    told(&scenario)
}

/// The phases of `2.0.0` there.
fn in_places<'a>(report: &'a Report, places: &[&str]) -> Vec<&'a Phase> {
    let there = |rollout: &&Rollout| {
        let named = places.iter().any(|name| rollout.plan.environment == place(name));
        rollout.plan.release == version("2.0.0") && named
    };
    report.ends.iter().filter(there).map(|rollout| &rollout.phase).collect()
}

#[test]
fn a_stage_of_two_goes_back_together_where_it_says_so() {
    let report = beside(OnFailure::GoBackAtOnce, Some(1), vec![steer(160, Steering::Abort)]);
    let phases = in_places(&report, &["eu", "us"]);
    assert_eq!(phases.len(), 2, "{}", report.story.join("\n"));
    let back = |phase: &&&Phase| matches!(phase, Phase::Done(Outcome::RolledBack { .. }));
    assert_eq!(phases.iter().filter(back).count(), 2, "{phases:?}");
    let called = |phase: &&&Phase| format!("{phase:?}").contains("which stands in the same stage");
    assert_eq!(phases.iter().filter(called).count(), 1, "one by a person, the other by that: {phases:?}");
    assert!(in_places(&report, &["world"]).is_empty());
}

#[test]
fn one_of_two_is_enough_for_the_next_stage_where_it_says_so() {
    let promote = act(200, Wish::Steer { back: 1, how: Steering::Promote });
    let report = beside(OnFailure::GoOn, Some(1), vec![steer(160, Steering::Abort), promote]);
    let phases = in_places(&report, &["eu", "us"]);
    let succeeded = |phase: &&&Phase| **phase == &Phase::Done(Outcome::Succeeded);
    assert_eq!((phases.len(), phases.iter().filter(succeeded).count()), (2, 1), "{phases:?}");
    assert_eq!(in_places(&report, &["world"]), [&Phase::Done(Outcome::Succeeded)]);
}

#[test]
fn all_of_two_are_needed_where_nothing_else_is_said() {
    let promote = act(200, Wish::Steer { back: 1, how: Steering::Promote });
    let report = beside(OnFailure::GoOn, None, vec![steer(160, Steering::Abort), promote]);
    assert_eq!(in_places(&report, &["eu", "us"]).len(), 2);
    assert!(in_places(&report, &["world"]).is_empty(), "{}", report.story.join("\n"));
}
