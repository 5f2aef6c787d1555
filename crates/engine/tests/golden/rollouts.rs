//! Rollouts: what is planned of them, what happens in them, and why they go back.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_analysis::Verdict;
use tidegate_domain::component::ComponentSpec;
use tidegate_domain::database::DatabaseSteps;
use tidegate_domain::gate::{GateRule, GateSpec, GateStatus};
use tidegate_domain::matching::Match;
use tidegate_domain::rollout::{
    Action, Cause, FlagPlan, Judgement, LegObservation, Plan, RolloutEvent, RouteObservation, Stage,
};
use tidegate_domain::smoke::{SmokeAsk, SmokePhase, SmokeResult, SmokeTest, SmokeVerdict};
use tidegate_domain::strategy::{
    Code, Flagged, Phased, Prometheus, Recreate, Ring, Rolling, Shadow, Strategy, Traffic,
};
use tidegate_domain::weight::Weight;

use super::samples::{
    ana, because, check, component, exposure, header, plan, production, rollout, seen, slot,
};

fn causes() -> Vec<Cause> {
    vec![
        Cause::Analysis { explanation: because() },
        Cause::Inconclusive { explanation: because() },
        Cause::Unready { component: "api".to_owned(), reason: because() },
        Cause::Deadline { stage: "moving traffic".to_owned(), seconds: 600 },
        Cause::Person { by: ana(), reason: because() },
        Cause::Aborted { by: ana(), reason: because() },
        Cause::Superseded { by: rollout() },
    ]
}

fn closed() -> GateStatus {
    GateStatus {
        since_ms: Some(1),
        opens_ms: Some(2),
        ..GateStatus::closed(&"freeze".parse().unwrap(), "freeze", because())
            .opened_by(ana(), "tidegate freeze list")
    }
}

fn smoke_result() -> SmokeResult {
    SmokeResult {
        verdict: SmokeVerdict::Passed,
        attempts: 2,
        took_ms: 40,
        expected: "GET /cart answers 2xx".to_owned(),
        seen: "200 OK".to_owned(),
        output_digest: "00ff".to_owned(),
    }
}

fn rollout_events() -> Vec<RolloutEvent> {
    let cause = || Cause::Person { by: ana(), reason: because() };
    let route = RouteObservation {
        traffic: Traffic::Candidate(Weight::from_percent(50)),
        as_set: true,
        candidate_in_flight: 3,
        stable_in_flight: 4,
    };
    let observation =
        LegObservation { leg: 0, candidate: seen(1), stable: seen(2), route: Some(route), others: 0 };
    let judgement = Judgement {
        verdict: Verdict::Pass,
        action: Action::Promote,
        allowed: Weight::from_percent(50),
        evidence: 0.25,
        explanation: because(),
    };
    vec![
        RolloutEvent::Started { id: rollout(), plan: plan(), by: ana(), waiting_for: vec![slot()] },
        RolloutEvent::SlotGained { slot: slot() },
        RolloutEvent::Began,
        RolloutEvent::StepEntered { leg: 0, step: 1 },
        RolloutEvent::StageEntered { leg: 0, stage: Stage::Raising },
        RolloutEvent::Seen { observation },
        RolloutEvent::Judged { leg: 0, judgement },
        RolloutEvent::SmokeTested {
            leg: 0,
            phase: SmokePhase::Before,
            test: "answers".parse().unwrap(),
            result: smoke_result(),
        },
        RolloutEvent::Confirmed { by: ana() },
        RolloutEvent::Held { by: ana(), reason: because() },
        RolloutEvent::Resumed { by: ana() },
        RolloutEvent::GatesClosed { gates: vec![closed()] },
        RolloutEvent::GatesOpened,
        RolloutEvent::Skipped { by: ana(), leg: 0, step: 2 },
        RolloutEvent::Promoted { by: ana() },
        RolloutEvent::LegPromoted { leg: 0 },
        RolloutEvent::PointOfNoReturn { leg: 0 },
        RolloutEvent::Returning { cause: cause() },
        RolloutEvent::Paced { over_seconds: 120 },
        RolloutEvent::ShareLowered { leg: 0, share: Weight::from_percent(45) },
        RolloutEvent::LegReturned { leg: 0 },
        RolloutEvent::FaultSeen { fault: "the target does not answer".to_owned() },
        RolloutEvent::Alarmed { reason: because() },
        RolloutEvent::Succeeded,
        RolloutEvent::RolledBack { cause: cause() },
        RolloutEvent::Cancelled { cause: cause() },
    ]
}

/// Fails to compile when an event comes without an example above; the number is how many there are.
fn count(event: &RolloutEvent) -> usize {
    match event {
        RolloutEvent::Started { .. }
        | RolloutEvent::SlotGained { .. }
        | RolloutEvent::Began
        | RolloutEvent::StepEntered { .. }
        | RolloutEvent::StageEntered { .. }
        | RolloutEvent::Seen { .. }
        | RolloutEvent::Judged { .. }
        | RolloutEvent::SmokeTested { .. }
        | RolloutEvent::Confirmed { .. }
        | RolloutEvent::Held { .. }
        | RolloutEvent::Resumed { .. }
        | RolloutEvent::GatesClosed { .. }
        | RolloutEvent::GatesOpened
        | RolloutEvent::Skipped { .. }
        | RolloutEvent::Promoted { .. }
        | RolloutEvent::LegPromoted { .. }
        | RolloutEvent::PointOfNoReturn { .. }
        | RolloutEvent::Returning { .. }
        | RolloutEvent::Paced { .. }
        | RolloutEvent::ShareLowered { .. }
        | RolloutEvent::LegReturned { .. }
        | RolloutEvent::FaultSeen { .. }
        | RolloutEvent::Alarmed { .. }
        | RolloutEvent::Succeeded
        | RolloutEvent::RolledBack { .. }
        | RolloutEvent::Cancelled { .. } => 26,
    }
}

#[test]
fn rings_and_shadows_keep_their_form() {
    let ring = |name: &str, reach| Ring {
        name: name.to_owned(),
        reach,
        soak_seconds: 3_600,
        confirm: true,
        judge: true,
    };
    let cookie = Match::Cookie { name: "ring".to_owned(), value: "beta".to_owned() };
    let rings = vec![
        ring("beta", tidegate_domain::strategy::Reach::Named(vec![header(), cookie.clone()])),
        ring("everybody", tidegate_domain::strategy::Reach::Share(Weight::ALL)),
    ];
    let phased = Phased { rings, soak_seconds: 60, keep_stable_seconds: 600 };
    let shadow = Shadow {
        mirror: Weight::from_percent(50),
        mirror_seconds: 600,
        compare_body: false,
        confirm: true,
        soak_seconds: 60,
        keep_stable_seconds: 0,
    };
    check("strategy.phased", &(Strategy::Phased(phased), Match::any([header(), cookie])));
    check("strategy.shadow", &Strategy::Shadow(shadow.clone()));
    check("strategy.shadow-compared", &Strategy::Shadow(Shadow { compare_body: true, ..shadow }));
    let soak = GateSpec::new("soak".parse().unwrap(), GateRule::Soak { seconds: 60 });
    check("gate.ring", &GateSpec { ring: Some("everybody".to_owned()), ..soak });
}

/// What a plan got with flags stands beside the earlier form, which is still read.
#[test]
fn a_rollout_that_shows_a_flag_keeps_its_form() {
    let rings = vec![
        Ring {
            name: "staff".to_owned(),
            reach: tidegate_domain::strategy::Reach::Named(exposure().named),
            soak_seconds: 60,
            confirm: true,
            judge: true,
        },
        Ring {
            name: "everybody".to_owned(),
            reach: tidegate_domain::strategy::Reach::Share(Weight::ALL),
            soak_seconds: 60,
            confirm: false,
            judge: false,
        },
    ];
    let code = Code::Rolling(Rolling::default());
    let (flag, variant) = ("checkout".parse().unwrap(), "on".to_owned());
    let flagged = Flagged { flag, variant, code, rings, soak_seconds: 60, prometheus: None };
    check("strategy.flag", &(Strategy::Flag(flagged.clone()), Code::Recreate(Recreate { soak_seconds: 1 })));
    let flags = vec![
        FlagPlan { key: flagged.flag.clone(), variant: Some("on".to_owned()), prometheus: None },
        FlagPlan { key: "banner".parse().unwrap(), variant: None, prometheus: None },
    ];
    let mut plan = Plan { flags, ..*plan() };
    plan.legs[0].steps = flagged.exposures(2);
    check("plan.flags", &plan);
    let token = Some("METRICS_TOKEN".parse().unwrap());
    let asked = Prometheus { token, ..Prometheus::new("https://p.example", "a_total", "b_total", "variant") };
    check("strategy.flag-prometheus", &Strategy::Flag(Flagged { prometheus: Some(asked), ..flagged }));
}

#[test]
fn rollout_events_keep_their_form() {
    let events = rollout_events();
    events.iter().for_each(|event| check(event.kind(), event));
    let kinds: std::collections::BTreeSet<&str> = events.iter().map(RolloutEvent::kind).collect();
    assert_eq!(kinds.len(), count(&events[0]));
}

#[test]
fn every_cause_of_going_back_keeps_its_form() {
    check("rollout.causes", &causes());
    let (component, test) = ("api".to_owned(), "answers".parse().unwrap());
    let (phase, expected) = (SmokePhase::After, "GET /cart answers 2xx".to_owned());
    let seen = "500 Internal Server Error".to_owned();
    check("rollout.causes-smoke", &Cause::Smoke { component, test, phase, expected, seen, faulted: false });
}

/// Components and plans that have smoke tests stand beside the earlier form, which is still read.
#[test]
fn smoke_tests_keep_their_form() {
    let headers = BTreeMap::from([("content-type".to_owned(), "json".to_owned())]);
    let contains = Some("items".to_owned());
    let test = |name: &str, ask| SmokeTest {
        name: name.parse().unwrap(),
        ask,
        timeout_ms: 5_000,
        retries: 1,
        environments: BTreeSet::from([production()]),
    };
    let smoke = vec![
        test("answers", SmokeAsk::Http { path: "/cart".to_owned(), status: Some(200), contains, headers }),
        test("buys", SmokeAsk::Run { command: vec!["./smoke/buy".to_owned()] }),
    ];
    check("component.smoke", &ComponentSpec { smoke: smoke.clone(), ..component() });
    let mut plan = *plan();
    plan.legs[0].smoke = smoke;
    check("plan.smoke", &plan);
}

/// The same of what is run on databases.
#[test]
fn database_steps_keep_their_form() {
    let step = |name: &str| {
        Some(SmokeTest {
            name: name.parse().unwrap(),
            ask: SmokeAsk::Run { command: vec!["./migrate".to_owned(), name.to_owned()] },
            timeout_ms: 600_000,
            retries: 0,
            environments: BTreeSet::new(),
        })
    };
    let database =
        DatabaseSteps { expand: step("expand"), contracted: step("contracted"), contract: step("contract") };
    check("component.database", &ComponentSpec { database: database.clone(), ..component() });
    let mut plan = *plan();
    plan.legs[0].database = database;
    check("plan.database", &plan);
    let tested = |phase| RolloutEvent::SmokeTested {
        leg: 0,
        phase,
        test: "contract".parse().unwrap(),
        result: smoke_result(),
    };
    let phases = [SmokePhase::Expand, SmokePhase::Contracted, SmokePhase::Contract].map(tested);
    check("rollout.database-steps", &phases);
}

#[test]
fn every_stage_keeps_its_name() {
    use Stage::{
        Draining, Dwelling, Emptying, Lowering, Pending, Promoted, Raising, Removing, Restoring, Returned,
        Shifting, ShiftingBack,
    };
    let out = [Pending, Raising, Shifting, Draining, Lowering, Dwelling, Promoted];
    let back = [Restoring, ShiftingBack, Emptying, Removing, Returned];
    check("rollout.stages", &out.into_iter().chain(back).collect::<Vec<_>>());
}
