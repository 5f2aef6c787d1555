//! Fixed views to render in tests.
//!
//! Invariant: no clock and no chance in them. Not here: anything used outside of tests.

use tidegate_api::{
    ArmCounters, ArmRates, Evidence, Judgement, JudgementAction, Leg, Next, Rollout, RolloutKind,
    RolloutState, Sample, Step, Verdict,
};

/// 2026-11-21 09:14:02 UTC
pub const STARTED_MS: u64 = 1_795_252_442_000;

pub fn sample(at_ms: u64, stable: ArmCounters, candidate: ArmCounters) -> Sample {
    Sample {
        at_ms,
        leg: 0,
        weight: 1_500,
        edges_ms: vec![5.0, 10.0, 25.0, 50.0],
        stable,
        candidate,
        rates: ArmRates::default(),
        verdict: Verdict::Inconclusive,
        evidence: Evidence { harm: 0.31, rollback_at: 100.0, promotion: 2.1, promotion_at: 20.0 },
        explanation: "no harm shown".to_owned(),
    }
}

pub fn step(basis_points: u16) -> Step {
    let name = super::number::share(basis_points);
    Step { name, weight: Some(basis_points), exposed: None, dwell_seconds: 15, confirm: false }
}

pub fn leg() -> Leg {
    Leg {
        component: "api".to_owned(),
        stable: Some("1.0.0".to_owned()),
        candidate: "2.1.0".to_owned(),
        step: 2,
        steps: 5,
        step_name: "15 %".to_owned(),
        stage: "watching".to_owned(),
        weight: Some(1_500),
        wanted_weight: 1_500,
        exposed: None,
        candidate_ready: 1,
        candidate_wanted: 1,
        stable_ready: 2,
        stable_wanted: 2,
        restarts: 0,
        reason: None,
        judgement: Some(Judgement {
            verdict: Verdict::Inconclusive,
            action: JudgementAction::Continue,
            evidence: 0.31,
            allowed_weight: 1_500,
            explanation: "no harm shown: errors 0.02 % against 0.01 %, at most 1.2 points worse, \
                          evidence of harm 0.31 : 1 after 31 s and 1 402 requests"
                .to_owned(),
        }),
        plan: [500, 1_500, 2_500, 5_000, 10_000].map(step).to_vec(),
    }
}

pub fn rollout() -> Rollout {
    Rollout {
        id: "rol_4f1e9c0a7b3d2e58".to_owned(),
        release: "2.1.0".to_owned(),
        environment: "production".to_owned(),
        kind: RolloutKind::Release,
        strategy: "canary".to_owned(),
        state: RolloutState::Advancing,
        cause: None,
        started_by: "ann".to_owned(),
        started_ms: STARTED_MS,
        changed_ms: STARTED_MS + 64_000,
        component: "api".to_owned(),
        legs: vec![leg()],
        hold: None,
        fault: None,
        alarmed: false,
        past_return: false,
        next: Some(Next { what: "25 % of api".to_owned(), in_ms: 9_000 }),
        flags: Vec::new(),
        smoke_tests: Vec::new(),
    }
}

/// Five seconds of a healthy canary at 300 requests a second.
pub fn samples() -> Vec<Sample> {
    let arm = |requests: u64, errors: u64| ArmCounters {
        requests,
        errors,
        buckets: vec![requests / 2, requests * 9 / 10, requests * 99 / 100, requests, requests],
    };
    let at =
        |second: u64| sample(STARTED_MS + second * 1_000, arm(second * 255, second / 4), arm(second * 45, 0));
    (0..=8).map(at).collect()
}
