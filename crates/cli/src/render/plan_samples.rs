//! A plan and what there is to decide on, to render in tests.
//!
//! Invariant: no clock and no chance in them. Not here: anything used outside of tests.

use std::collections::BTreeMap;

use serde_json::json;
use tidegate_api::{
    Gate, Gates, GoNoGo, Plan, PlanCandidate, PlanCase, PlanChoice, PlanDecision, PlanFixRisk, PlanOpen,
    PlanOutcome, PlanPart, PlanPhase, PlanReadiness, PlanSaid, PlanSeverity, PlanStranger, PlanTriage,
    PlanVote,
};

use super::samples::STARTED_MS;

fn said(by: &str, note: &str) -> PlanSaid {
    let note = Some(note.to_owned()).filter(|note| !note.is_empty());
    PlanSaid { by: by.to_owned(), at_ms: STARTED_MS, note }
}

fn votes() -> Vec<PlanVote> {
    let manager = PlanVote {
        role: "release-manager".to_owned(),
        name: "Release Manager".to_owned(),
        person: Some("ann".to_owned()),
        decides: true,
        choice: None,
        said: None,
    };
    let qa = PlanVote {
        role: "qa".to_owned(),
        name: "Quality Assurance".to_owned(),
        person: Some("bob".to_owned()),
        decides: false,
        choice: Some(PlanChoice::Go),
        said: Some(said("bob", "all of it was run")),
    };
    vec![manager, qa]
}

pub fn plan() -> Plan {
    let triage = PlanTriage {
        decision: PlanDecision::FixNext,
        severity: Some(PlanSeverity::Major),
        fix_risk: Some(PlanFixRisk::High),
        late: true,
        said: said("ann", "too late for it"),
    };
    Plan {
        version: "2.1.0".to_owned(),
        edition: 12,
        state: "candidate".to_owned(),
        phase: PlanPhase::Candidate,
        steps: vec![PlanPhase::Frozen, PlanPhase::Candidate, PlanPhase::Cancelled],
        written: said("ann", ""),
        moved: said("ann", ""),
        held: None,
        candidate: Some(PlanCandidate { number: 1, release: "2.1.0-rc.1".to_owned() }),
        call: None,
        votes: votes(),
        marks: BTreeMap::new(),
        runs: BTreeMap::new(),
        runbook: Vec::new(),
        matrix: None,
        advice: None,
        triage: BTreeMap::from([("LIB-9".to_owned(), triage)]),
        document: json!({
            "title": "EduLibra 2.1", "overview": "Lending to guests.",
            "scope": [{ "id": "LIB-7", "title": "Lend without a card", "state": "in" }, { "id": "LIB-9", "title": "Nights are dark", "state": "new" }], "activities": [{}], "risks": [{}, {}, {}],
        }),
    }
}

pub fn go_no_go() -> GoNoGo {
    let plan = plan();
    let scan = Gate {
        name: "scan".to_owned(),
        kind: "evidence".to_owned(),
        open: false,
        why: "there is no report yet".to_owned(),
        since_ms: None,
        opens_ms: None,
        who: "whoever provides it".to_owned(),
        command: "tidegate evidence add FILE --for 2.1.0-rc.1".to_owned(),
        signing: None,
    };
    let notes = PlanOpen {
        what: "checklist".to_owned(),
        id: "notes".to_owned(),
        text: "Release notes are written".to_owned(),
        owner: Some("cleo".to_owned()),
        why: "it is not ticked".to_owned(),
    };
    let case = PlanCase {
        id: "lend".to_owned(),
        title: "Lend a book".to_owned(),
        assignee: Some("bob".to_owned()),
        acceptance: true,
        regression: false,
        outcome: Some(PlanOutcome::Passed),
        counts: true,
        said: Some(said("bob", "")),
    };
    GoNoGo {
        version: plan.version,
        state: plan.state,
        phase: plan.phase,
        candidate: plan.candidate,
        digest: format!("{}.{}", "0f1e2d3c".repeat(4), "00112233".repeat(4)),
        decider: Some("ann".to_owned()),
        call: None,
        goes: false,
        votes: plan.votes,
        gates: vec![Gates {
            release: "2.1.0-rc.1".to_owned(),
            environment: "production".to_owned(),
            open: false,
            digest: "0f".repeat(32),
            gates: vec![scan],
        }],
        readiness: PlanReadiness {
            ready: false,
            items: Vec::new(),
            cases: vec![case],
            areas: vec![PlanPart {
                name: "release-candidate".to_owned(),
                done: 1,
                total: 2,
                open: vec![notes],
            }],
            audiences: Vec::new(),
            untriaged: vec!["LIB-10".to_owned()],
            stopping: Vec::new(),
            unbound: Vec::new(),
            strangers: vec![PlanStranger { name: "ana".to_owned(), named_as: vec!["role qa".to_owned()] }],
        },
        risk_score: 37,
    }
}
