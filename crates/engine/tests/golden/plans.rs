//! Plans of releases, the team's book, and where scope comes from.

use tidegate_domain::gate::{GateRule, GateSpec, PlanRule};
use tidegate_domain::name::{ScopeSourceName, SecretName};
use tidegate_domain::plan_book::PlanBookEvent;
use tidegate_domain::release::{EvidenceRecord, KeptFile, ReleaseEvent};
use tidegate_domain::release_plan::{self, Mark, PlanEvent};
use tidegate_domain::scope_source::{
    Definition as ScopeDefinition, Pause, ScopeSourceEvent, SourceKind, Stop as ScopeStop, TokenPlace,
};
use tidegate_plan::document::{
    ActivityState, Decision, FixRisk, Kind as PlanKind, Matrix, Plan as Document, RiskState, Severity,
};
use tidegate_plan::tracked::{Rule, TrackedItem, TrackedKind, TrackedState};

use super::samples::{ana, because, check, production, rollout, version};

/// Every entry of a plan is a part of the form of its events.
fn plan_document() -> Document {
    serde_json::from_value(serde_json::json!({
        "title": "EduLibra 2.1", "kind": "planned", "template": { "name": "planned", "version": 2 },
        "zone": "Europe/Berlin", "overview": "Lending", "objectives": [{ "id": "guests", "text": "Guests lend" }],
        "freeze_on": "2026-11-25", "ready_on": "2026-12-01",
        "scope": [{
            "id": "LIB-1", "title": "Lend", "source": "github", "url": "https://example.com/1", "state": "in",
            "component": "api", "labels": ["new"], "severity": "major", "fix_risk": "low", "decision": "fix-now",
            "estimates": [{ "skill": "backend", "hours": 8 }], "priority": 3, "feature": true, "tests": ["unit"],
        }],
        "components": [{ "id": "api", "change": "a new route" }],
        "roles": [{
            "id": "manager", "name": "Release Manager", "responsibilities": "all", "person": "ana", "decides": true,
        }],
        "people": [{
            "id": "ana", "skills": ["backend"], "hours_per_week": 20, "zone": "UTC",
            "days_off": [{ "from": "2026-11-26", "until": "2026-11-27" }],
        }],
        "activities": [{
            "id": "qa", "name": "QA", "owner": "manager", "start": "2026-11-23", "end": "2026-11-24",
            "after": [], "state": "done", "done_on": "2026-11-24",
        }],
        "readiness": [{
            "id": "notes", "text": "Notes", "area": "release-candidate", "audience": "users", "owner": "ana", "done": true,
        }],
        "test_cases": [{
            "id": "lend", "title": "Lend", "steps": ["Lend a book"], "expected": "It is lent", "assignee": "ana",
            "regression": true, "acceptance": true, "feature": "LIB-1",
        }],
        "risks": [{
            "id": "data", "description": "Data is lost", "probability": 2, "impact": 5, "state": "open",
            "mitigation": "A backup", "bound": { "kind": "flag", "name": "lending" }, "trigger": "Rows are missing",
            "owner": "ana", "contingency": [{ "id": "restore", "text": "Restore", "command": "restore" }],
        }],
        "deployment": {
            "window": { "from": "2026-12-01T02:00:00", "until": "2026-12-01T04:00:00", "zone": "UTC" },
            "expected_downtime_seconds": 60, "strategy": "canary",
            "steps": [{ "id": "out", "text": "Out" }], "database_steps": [{ "id": "rows", "text": "Rows" }],
            "rollback": [{ "id": "back", "text": "Back" }], "contingency": [{ "id": "stop", "text": "Stop" }],
        },
        "audiences": [{ "id": "users", "name": "Users", "channels": ["mail"] }],
        "announcements": [{
            "id": "soon", "title": "Soon", "audience": "users", "channels": ["mail"], "template": "soon",
            "when": { "moment": "window-start", "minutes": -60 },
        }],
        "materials": [{
            "id": "guide", "title": "Guide", "kind": "training", "audience": "users", "owner": "ana",
            "location": "https://example.com/guide", "done": false,
        }],
        "meetings": [{
            "id": "go", "kind": "go-no-go", "title": "Go?", "at": "2026-11-30T10:00:00", "minutes": 30,
            "agenda": ["Votes"], "outcome": "Go",
        }],
        "afterwards": [{ "id": "watch", "text": "Watch", "area": "monitoring" }],
        "actions": [{
            "id": "alarms", "text": "Fewer alarms", "owner": "ana", "due": "2026-12-10", "from": "2.0.0", "done": true,
        }],
        "notes": [{ "heading": "Conclusion", "text": "All is well" }],
    }))
    .unwrap()
}

#[test]
fn plan_events_keep_their_form() {
    let said = || release_plan::Said { by: ana(), at_ms: 1, note: because() };
    let seen: release_plan::Seen = format!("{}.{}", "0f".repeat(16), "1e".repeat(16)).parse().unwrap();
    let document = plan_document();
    assert!(
        tidegate_plan::document::check(&document).is_empty(),
        "{:?}",
        tidegate_plan::document::check(&document)
    );
    let candidate =
        release_plan::Candidate { number: 1, release: version("2.1.0-rc.1"), artifacts: "0f".repeat(32) };
    let marks = [
        Mark::Activity { activity: "qa".to_owned(), state: ActivityState::UnderWay },
        Mark::Item { item: "notes".to_owned(), done: true },
        Mark::Case { case: "lend".to_owned(), outcome: release_plan::CaseOutcome::Passed },
        Mark::Risk { risk: "data".to_owned(), state: RiskState::Occurred },
        Mark::Step {
            risk: Some("data".to_owned()),
            step: "restore".to_owned(),
            state: release_plan::StepState::Started,
        },
        Mark::Step { risk: None, step: "back".to_owned(), state: release_plan::StepState::Done },
        Mark::Meeting { meeting: "go".to_owned() },
        Mark::Action { action: "alarms".to_owned(), done: true },
    ];
    let words = serde_json::from_value(serde_json::json!({
        "summary": because(), "went_well": ["The way back"], "to_improve": ["Soak longer"],
        "actions": [{ "id": "soak", "text": "Soak a day", "owner": "ana", "due": "2027-01-15", "done": true }],
    }))
    .unwrap();
    let events = [
        PlanEvent::Written { version: version("2.1.0"), document: Box::new(document), said: said() },
        PlanEvent::Moved { to: release_plan::Phase::Candidate, candidate: Some(candidate), said: said() },
        PlanEvent::Followed {
            to: release_plan::Phase::RollingOut,
            rollout: rollout(),
            environment: production(),
            said: said(),
        },
        PlanEvent::Held { said: said() },
        PlanEvent::Resumed { said: said() },
        PlanEvent::Triaged {
            item: "LIB-1".to_owned(),
            decision: Decision::StopRelease,
            severity: None,
            fix_risk: None,
            late: true,
            said: said(),
        },
        PlanEvent::Adopted {
            item: Box::new(serde_json::from_str(r#"{"id": "LIB-9", "title": "A leak"}"#).unwrap()),
            said: said(),
        },
        PlanEvent::Marked { mark: marks[0].clone(), said: said() },
        PlanEvent::Voted { role: "manager".to_owned(), choice: release_plan::Choice::NoGo, said: said() },
        PlanEvent::Called { choice: release_plan::Choice::Go, candidate: 1, seen, said: said() },
        PlanEvent::LookedBack { words: Box::new(words), said: said() },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
    let judged = PlanEvent::Triaged {
        item: "LIB-1".to_owned(),
        decision: Decision::FixNext,
        severity: Some(Severity::Major),
        fix_risk: Some(FixRisk::High),
        late: false,
        said: said(),
    };
    check("plan.triaged.judged", &judged);
    let document = Document { triage: Some(Matrix::default()), ..Document::new("Shop", PlanKind::Planned) };
    check("plan.matrix", &document);
    check("plan.marks", &marks.to_vec());
    let file = release_plan::CaseFile { name: "shot.png".to_owned(), digest: "0f".repeat(32), bytes: 12 };
    check("plan.marks-of-scope", &vec![Mark::Scope { item: "LIB-7".to_owned(), done: true }]);
    check("plan.marks-with-files", &vec![Mark::File { case: "lend".to_owned(), file }]);
    let file = KeptFile { digest: "0f".repeat(32), bytes: 12, environment: production() };
    let evidence = EvidenceRecord {
        id: "ff00".to_owned(),
        format: "junit".to_owned(),
        tool: "tidegate".to_owned(),
        name: "smoke tests of api in production".to_owned(),
        gate: Some("smoke_tests".to_owned()),
        artifact: None,
        kept: "0f".to_owned(),
        findings: 0,
        at_ms: 1,
        file: Some(file),
    };
    check("release.evidence-with-a-file", &ReleaseEvent::EvidenceAdded { evidence });
    check("plan.phases", &release_plan::Phase::ALL.to_vec());
    let rules =
        [PlanRule::GoNoGo, PlanRule::ManualTests, PlanRule::Acceptance, PlanRule::RiskCeiling { most: 40 }];
    let gate = |rule: PlanRule| GateSpec::new(rule.kind().parse().unwrap(), GateRule::Plan(rule));
    check("plan.gates", &rules.map(gate).to_vec());
    let rules = [PlanRule::TestSet { set: "regression".to_owned() }, PlanRule::FeatureTests];
    check("plan.gates-of-tests", &rules.map(gate).to_vec());
}

#[test]
fn plan_book_events_keep_their_form() {
    let said = || release_plan::Said { by: ana(), at_ms: 1, note: because() };
    let template = serde_json::from_value(serde_json::json!({
        "name": "ours", "version": 2, "change": because(), "plan": plan_document(),
        "days": [{ "activity": "qa", "from": -7, "until": -3 }],
    }))
    .unwrap();
    let rotation = serde_json::from_value(serde_json::json!({
        "role": "release-manager", "people": ["ana", "ben"],
        "away": { "ben": [{ "from": "2026-12-24", "until": "2027-01-02" }] },
    }))
    .unwrap();
    let events = [
        PlanBookEvent::TemplateWritten { template: Box::new(template), said: said() },
        PlanBookEvent::TemplateRemoved { name: "ours".to_owned(), said: said() },
        PlanBookEvent::RotationWritten { rotation, said: said() },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn scope_source_events_keep_their_form() {
    let definition = ScopeDefinition {
        kind: SourceKind::Github,
        base: Some("https://ghe.example/api/v3".to_owned()),
        project: "acme/shop".to_owned(),
        milestone: Some("2.1.0".to_owned()),
        labels: vec!["bug".to_owned()],
        token: Some(TokenPlace {
            environment: production(),
            name: SecretName::new("TRACKER_TOKEN").unwrap(),
        }),
        rules: vec![Rule {
            label: Some("area/pay*".to_owned()),
            milestone: Some("v*".to_owned()),
            version: Some("*".to_owned()),
            kind: Some(TrackedKind::Bug),
            severity: Some(Severity::Critical),
            fix_risk: Some(FixRisk::High),
            skill: Some("backend".to_owned()),
            component: Some("api".to_owned()),
            feature: Some(true),
        }],
        every_minutes: 15,
    };
    let item = TrackedItem {
        key: "acme/shop#12".to_owned(),
        title: because(),
        url: Some("https://github.com/acme/shop/pull/12".to_owned()),
        kind: TrackedKind::Bug,
        state: TrackedState::Merged,
        labels: vec!["bug".to_owned()],
        milestone: Some("2.1.0".to_owned()),
        author: Some("ana".to_owned()),
        created_ms: Some(1),
        updated_ms: Some(2),
        closed_ms: Some(2),
        is_change: true,
        hours_hundredths: Some(150),
        closes: vec!["acme/shop#11".to_owned()],
        gone_ms: None,
    };
    let (by, cursor) = (ana(), "{}".to_owned());
    let pause = Pause { until_ms: 9, why: because() };
    let stop = ScopeStop { code: "scope-forbidden".to_owned(), why: because(), help: because(), at_ms: 3 };
    let name = ScopeSourceName::new("shop").unwrap();
    let events = [
        ScopeSourceEvent::Set { name, definition: Box::new(definition), by: by.clone(), at_ms: 1 },
        ScopeSourceEvent::Asked { by: by.clone(), at_ms: 2 },
        ScopeSourceEvent::Imported {
            gone: Vec::new(),
            items: vec![item.clone()],
            cursor: Some(cursor.clone()),
            whole: true,
            at_ms: 3,
        },
        ScopeSourceEvent::Paused { pause, cursor: cursor.clone() },
        ScopeSourceEvent::Stopped { stop, cursor },
        ScopeSourceEvent::Told { item: Box::new(item.clone()), at_ms: 4 },
        ScopeSourceEvent::Removed { by, at_ms: 5 },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
    let left = ScopeSourceEvent::Imported {
        gone: vec!["acme/shop#10".to_owned()],
        items: Vec::new(),
        cursor: None,
        whole: true,
        at_ms: 6,
    };
    check("scope-source.imported.gone", &left);
    let gone = TrackedItem { gone_ms: Some(6), ..item };
    check("scope-source.told.gone", &ScopeSourceEvent::Told { item: Box::new(gone), at_ms: 6 });
}
