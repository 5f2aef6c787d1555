//! The form in which each event stands in the log: one golden file for each kind and version.
//!
//! Invariant: a file here is added to, never edited: logs of every earlier Tidegate hold events in this form. An event
//! whose form has to change gets a new kind or version, and a file of its own. A missing file is written by
//! `TIDEGATE_GOLDEN=write cargo test -p tidegate-engine --test golden`; one that differs is never overwritten.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::needless_for_each)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_analysis::{
    CeilingMode, ErrorTolerance, LatencyTolerance, Metric, OnSourceDown, Parameters, Schedule, Trigger,
    Verdict,
};
use tidegate_calendar::{Kind, PeriodText, Reach};
use tidegate_domain::announcement::{
    AnnouncementEvent, AnnouncementId, Audience, Channel, ChannelKind, MailSecurity, MailSettings, Occasion,
    PageSettings, Plan as AnnouncementPlan, Reaches, SetupEvent, Template, Told, When,
};
use tidegate_domain::calendar::{CalendarEntry, CalendarEvent};
use tidegate_domain::catalog::{Catalog, CatalogEvent};
use tidegate_domain::component::{Artifact, ComponentSpec, Probe, Readiness, Source, Stop};
use tidegate_domain::environment::{EnvironmentSpec, Placement, RouteSpec, Sticky, TargetKind, Tier};
use tidegate_domain::flag::{
    Archived, Change, Definition, Edition, FlagEvent, FlagKind, Life, Proposal, Said,
};
use tidegate_domain::flag_keys::{FlagKeyKind, FlagKeysEvent, FlagSdkKey};
use tidegate_domain::gate::{
    ChangeType, Choice, GateAnswer, GateRule, GateSpec, GateStatus, Override, PlanRule, Reply, Vote,
    WebhookRule,
};
use tidegate_domain::groups::GroupsEvent;
use tidegate_domain::id::{IncidentId, RolloutId, SlotId};
use tidegate_domain::inbound::{Alert, Delivery, InboundEvent, InboundKind, OnAlert};
use tidegate_domain::incident::{About, IncidentEvent, Note};
use tidegate_domain::matching::Match;
use tidegate_domain::moment::Steady;
use tidegate_domain::name::{
    ChannelName, ComponentName, EnvironmentName, GateName, InboundName, PersonName, ScopeSourceName,
    SecretName, Version, WebhookName,
};
use tidegate_domain::person::{PersonEvent, PersonKind, Token, TokenId, TokenScope};
use tidegate_domain::pipeline::{OnFailure, PipelineSpec, Promotion, StageSpec};
use tidegate_domain::placed::Placed;
use tidegate_domain::plan_book::PlanBookEvent;
use tidegate_domain::projects::ProjectsEvent;
use tidegate_domain::release::{
    Commits, EvidenceRecord, KeptFile, NotesRecord, ReleaseCommit, ReleaseEvent, ReleaseKind,
};
use tidegate_domain::release_plan::{self, Mark, PlanEvent};
use tidegate_domain::replicas::Amount;
use tidegate_domain::retention::RetentionEvent;
use tidegate_domain::review::{Outcome, Overdue, Review, ReviewRule};
use tidegate_domain::rights::{Grant, Role};
use tidegate_domain::rollout::{
    Action, Cause, FlagPlan, Judgement, LegObservation, LegPlan, Plan, RolloutEvent, RolloutKind,
    RouteObservation, Stage, VersionObservation,
};
use tidegate_domain::scope_source::{
    Definition as ScopeDefinition, Pause, ScopeSourceEvent, SourceKind, Stop as ScopeStop, TokenPlace,
};
use tidegate_domain::secret::{SecretEvent, SecretRecord};
use tidegate_domain::slot::{Previous, SlotEvent, SlotSeen};
use tidegate_domain::smoke::{SmokeAsk, SmokePhase, SmokeResult, SmokeTest, SmokeVerdict};
use tidegate_domain::strategy::{
    BlueGreen, Canary, CanaryStep, Climb, Code, Exposure, Flagged, Judged, Leave, Phased, Prometheus,
    Recreate, Ring, Rolling, Shadow, Step, Strategy, Traffic, Who,
};
use tidegate_domain::webhook::{Webhook, WebhookEvent, WebhookFormat};
use tidegate_domain::weight::Weight;
use tidegate_evidence::Waiver;
use tidegate_plan::document::{ActivityState, Decision, FixRisk, Plan as Document, RiskState, Severity};
use tidegate_plan::tracked::{Rule, TrackedItem, TrackedKind, TrackedState};

fn version(text: &str) -> Version {
    Version::new(text).unwrap()
}
fn api() -> ComponentName {
    "api".parse().unwrap()
}
fn production() -> EnvironmentName {
    "production".parse().unwrap()
}
fn slot() -> SlotId {
    SlotId { environment: production(), component: api() }
}
fn rollout() -> RolloutId {
    RolloutId::from_bits(0x1c2d_3e4f_5a6b_7c8d)
}
fn ana() -> String {
    "ana".to_owned()
}
fn name() -> PersonName {
    "ana".parse().unwrap()
}
fn because() -> String {
    "because".to_owned()
}

fn component() -> ComponentSpec {
    ComponentSpec {
        name: api(),
        run: vec!["./api".to_owned(), "--serve".to_owned()],
        variables: BTreeMap::from([("LEVEL".to_owned(), "info".to_owned())]),
        readiness: Readiness {
            probe: Probe::Http { path: "/healthz".to_owned() },
            interval_ms: 200,
            timeout_ms: 1_000,
            min_ready_seconds: 1,
        },
        stop: Stop { drain_seconds: 10, kill_after_seconds: 10 },
        depends_on: vec!["store".parse().unwrap()],
        smoke: Vec::new(),
    }
}

fn artifact(text: &str) -> Artifact {
    Artifact {
        version: version(text),
        source: Source::Archive("api.tar.zst".to_owned()),
        digest: Some("sha256:00".to_owned()),
    }
}

fn route() -> RouteSpec {
    RouteSpec {
        listen: "127.0.0.1:8080".to_owned(),
        hosts: vec!["shop.example".to_owned()],
        path_prefix: "/api".to_owned(),
        strip_prefix: true,
        sticky: Some(Sticky { cookie: "side".to_owned(), max_age_seconds: 60 }),
        preview: None,
    }
}

fn placed(text: &str) -> Placed {
    Placed {
        component: component(),
        artifact: artifact(text),
        variables: BTreeMap::from([("REGION".to_owned(), "north".to_owned())]),
        replicas: 2,
        route: Some(route()),
        secrets: BTreeMap::new(),
    }
}

/// Every knob by its name: defaults may change, the form may not.
fn parameters() -> Parameters {
    Parameters {
        alpha: 0.01,
        beta: 0.05,
        amber_evidence: 10.0,
        errors: ErrorTolerance {
            harm_ratio: 1.0,
            harm_points: 0.000_5,
            margin_points: 0.005,
            margin_ratio: 1.5,
        },
        latency: LatencyTolerance {
            harm_ratio: 1.05,
            harm_points: 0.002,
            margin_points_p50: 0.15,
            margin_points_p90: 0.05,
            margin_points_p99: 0.01,
        },
        min_duration_seconds: 900,
        timeout_seconds: 1_800,
        timeout_error_points: 0.05,
        hold_seconds_max: 600,
        warm_up_seconds: 60,
        grace_seconds: 120,
        warm_up_weight_basis_points: 1_000,
        block_ms: 5_000,
        block_nats_max: 2.0,
        ceilings: vec![Trigger { metric: Metric::ErrorRate, threshold: 0.05, duration_seconds: 60 }],
        ceiling_mode: CeilingMode::Attributed,
        shared_breach_seconds_max: 300,
        no_data_wait_seconds_max: 600,
        on_source_down: OnSourceDown::Hold,
        schedule: Schedule::Plan { weights_basis_points: vec![500, 10_000] },
    }
}

fn header() -> Match {
    Match::Header { name: "x-tester".to_owned(), value: "yes".to_owned() }
}

fn strategies() -> Vec<Strategy> {
    let steps = vec![
        CanaryStep::Match(Some(header())),
        CanaryStep::Mirror(Weight::from_percent(10)),
        CanaryStep::Shift(Weight::from_percent(50)),
        CanaryStep::Wait { seconds: 30 },
        CanaryStep::Confirm,
        CanaryStep::Judge,
    ];
    let ramp = Climb::Ramp {
        initial_traffic: Weight::from_percent(5),
        increment: Weight::from_percent(10),
        interval_seconds: 60,
    };
    let canary = |climb| Strategy::Canary(Canary { climb, soak_seconds: 60, keep_stable_seconds: 0 });
    let (max_surge, max_unavailable) = (Amount::Count(1), Amount::Percent(25));
    vec![
        Strategy::Recreate(Recreate { soak_seconds: 10 }),
        Strategy::Rolling(Rolling { max_surge, max_unavailable, min_ready_seconds: 10, soak_seconds: 0 }),
        Strategy::BlueGreen(BlueGreen {
            preview: Some(header()),
            preview_seconds: 5,
            confirm: true,
            soak_seconds: 60,
            keep_stable_seconds: 600,
        }),
        canary(ramp),
        canary(Climb::Analysis),
        canary(Climb::Steps(steps)),
    ]
}

fn catalog() -> Catalog {
    let stage = |(index, strategy): (usize, Strategy)| StageSpec {
        beside: Vec::new(),
        succeed: None,
        on_failure: OnFailure::GoOn,
        environment: format!("stage-{index}").parse().unwrap(),
        strategy,
        analysis: (index == 0).then(parameters),
        analysis_off: false,
        scrape_interval_ms: 1_000,
        progress_deadline_seconds: 600,
        promotion: if index == 0 { Promotion::Manual } else { Promotion::Automatic },
        gates: Vec::new(),
    };
    Catalog {
        project: "shop".to_owned(),
        components: BTreeMap::from([(api(), component())]),
        environments: vec![EnvironmentSpec {
            target: TargetKind::Process,
            placements: BTreeMap::from([(api(), Placement::new(2, Some(route())))]),
            ..EnvironmentSpec::new(production())
        }],
        pipeline: Some(PipelineSpec::new("main", strategies().into_iter().enumerate().map(stage).collect())),
        teams: BTreeMap::new(),
        hotfix_pipeline: None,
        source: None,
    }
}

fn plan() -> Box<Plan> {
    let step = |traffic, judged, confirm| Step {
        name: "50 %".to_owned(),
        candidate: 1,
        stable: 2,
        traffic,
        matches: Some(header()),
        mirror: Weight::from_percent(1),
        compare_body: false,
        exposure: None,
        leave: Leave { dwell_seconds: 30, confirm, judged },
    };
    let leg = LegPlan {
        candidate: placed("2.0.0"),
        stable: Some(placed("1.0.0")),
        steps: vec![
            step(Traffic::Offline, Judged::NotAgainst, false),
            step(Traffic::Candidate(Weight::from_percent(50)), Judged::Pass, true),
            step(Traffic::Candidate(Weight::ALL), Judged::AllowsNext, false),
        ],
        smoke: Vec::new(),
    };
    Box::new(Plan {
        release: version("2.0.0"),
        environment: production(),
        kind: RolloutKind::Rollback { of: rollout() },
        strategy: "canary".to_owned(),
        legs: vec![leg],
        analysis: Some(parameters()),
        scrape_interval_ms: 1_000,
        progress_deadline_seconds: 600,
        keep_stable_seconds: 60,
        gates: Vec::new(),
        flags: Vec::new(),
        digest: String::new(),
    })
}

fn seen(ready: u32) -> VersionObservation {
    VersionObservation {
        ready: (0..ready).map(|index| format!("127.0.0.1:4{index:03}")).collect(),
        instances: 2,
        restarts: 1,
        reason: "exited with status 1".to_owned(),
    }
}

fn catalog_events() -> Vec<CatalogEvent> {
    vec![CatalogEvent::Applied { catalog: catalog(), changes: vec!["+ component api".to_owned()] }]
}

fn release_events() -> Vec<ReleaseEvent> {
    let (environment, went) = (production(), rollout());
    let vote = Vote {
        gate: "sign-off".parse().unwrap(),
        person: name(),
        choice: Choice::Yes,
        reason: because(),
        digest: "00ff".to_owned(),
        at_ms: 1,
    };
    let pass = Override {
        name: "weekends".to_owned(),
        by: name(),
        reason: because(),
        digest: "00ff".to_owned(),
        at_ms: 1,
        until_ms: 2,
    };
    let evidence = EvidenceRecord {
        id: "ff00".to_owned(),
        format: "sarif".to_owned(),
        tool: "scanner".to_owned(),
        name: "scan.sarif".to_owned(),
        gate: Some("security_scan".to_owned()),
        artifact: Some("sha256:00".to_owned()),
        kept: "0f".to_owned(),
        findings: 3,
        at_ms: 1,
        file: None,
    };
    let waiver = Waiver { waives: "CVE-1".to_owned().into(), who: ana(), why: because(), expires_ms: 2 };
    vec![
        ReleaseEvent::Created {
            version: version("2.0.0"),
            kind: ReleaseKind::Hotfix,
            components: BTreeMap::from([(api(), artifact("2.0.0"))]),
            notes: vec!["Faster.".to_owned()],
            author: ana(),
        },
        ReleaseEvent::Entered { environment: environment.clone(), rollout: went.clone() },
        ReleaseEvent::Verified { environment: environment.clone(), rollout: went.clone() },
        ReleaseEvent::WentBack {
            environment: environment.clone(),
            rollout: went,
            reason: because(),
            barred: true,
        },
        ReleaseEvent::Allowed { environment: environment.clone() },
        ReleaseEvent::ChangeTyped { change: ChangeType::Emergency },
        ReleaseEvent::Voted { environment: environment.clone(), vote },
        ReleaseEvent::Overridden { environment, pass },
        ReleaseEvent::EvidenceAdded { evidence },
        ReleaseEvent::Waived { waiver },
        ReleaseEvent::ReviewOwed { environment: production(), rollout: rollout(), ended_ms: 1, due_ms: 2 },
        ReleaseEvent::Reviewed {
            rollout: rollout(),
            review: Review { by: name(), outcome: Outcome::Unjustified, note: because(), at_ms: 2 },
        },
        ReleaseEvent::GateAnswered {
            environment: production(),
            answer: answered(Reply::Said { open: true, reason: because() }),
        },
        ReleaseEvent::Completed { components: BTreeMap::from([(api(), artifact("2.0.0"))]) },
    ]
}

fn answered(reply: Reply) -> GateAnswer {
    GateAnswer { gate: "change".parse().unwrap(), digest: "00ff".to_owned(), reply, at_ms: 1 }
}

fn slot_events() -> Vec<SlotEvent> {
    let previous = Previous { placed: placed("1.0.0"), kept: 2, until: Steady(1_000) };
    vec![
        SlotEvent::Claimed { slot: slot(), rollout: rollout() },
        SlotEvent::Queued { rollout: rollout() },
        SlotEvent::Unqueued { rollout: rollout() },
        SlotEvent::Promoted {
            rollout: rollout(),
            stable: Box::new(placed("2.0.0")),
            previous: Some(Box::new(previous)),
        },
        SlotEvent::Returned { rollout: rollout() },
        SlotEvent::Adjusted { replicas: 3, route: Some(route()) },
        SlotEvent::Seen(SlotSeen {
            ready: vec!["127.0.0.1:4000".to_owned()],
            previous_instances: 2,
            leftover_instances: 1,
            routed: true,
            fault: "the router does not answer".to_owned(),
        }),
    ]
}

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
    let observation = LegObservation { leg: 0, candidate: seen(1), stable: seen(2), route: Some(route) };
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
        | RolloutEvent::Returning { .. }
        | RolloutEvent::Paced { .. }
        | RolloutEvent::ShareLowered { .. }
        | RolloutEvent::LegReturned { .. }
        | RolloutEvent::FaultSeen { .. }
        | RolloutEvent::Alarmed { .. }
        | RolloutEvent::Succeeded
        | RolloutEvent::RolledBack { .. }
        | RolloutEvent::Cancelled { .. } => 25,
    }
}

/// What was written once is read as the same event, and written the same way again.
fn check<E: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, event: &E) {
    let written = serde_json::to_string_pretty(event).unwrap() + "\n";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.v1.json"));
    if !path.exists() && std::env::var("TIDEGATE_GOLDEN").is_ok_and(|word| word == "write") {
        std::fs::write(&path, &written).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    assert_eq!(golden, written, "the form of {name} has changed");
    assert_eq!(serde_json::from_str::<E>(&golden).unwrap(), *event, "{name} reads back as another event");
}

#[test]
fn catalog_events_keep_their_form() {
    catalog_events().iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn release_events_keep_their_form() {
    release_events().iter().for_each(|event| check(event.kind(), event));
    let reply = Reply::Failed { code: "endpoint-too-slow".to_owned(), message: because() };
    let failed = ReleaseEvent::GateAnswered { environment: production(), answer: answered(reply) };
    check("release.gate-answered.failed", &failed);
}

#[test]
fn calendar_events_keep_their_form() {
    let period = PeriodText {
        from: "2026-11-27T18:00".to_owned(),
        until: None,
        lasts_seconds: Some(223_200),
        zone: "Europe/Berlin".to_owned(),
        rule: Some("FREQ=WEEKLY;BYDAY=FR".to_owned()),
        except: vec!["2026-12-25".to_owned()],
    };
    let reach = Reach { environments: vec!["production".to_owned()], ..Reach::default() };
    let entry =
        CalendarEntry { kind: Kind::Freeze, reason: because(), reach, period, feed: Some("team".to_owned()) };
    let name: GateName = "weekends".parse().unwrap();
    let set = CalendarEvent::Set { name: name.clone(), entry: Box::new(entry) };
    [set, CalendarEvent::Removed { name }].iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn inbound_events_keep_their_form() {
    let name = || "alerts".parse::<InboundName>().unwrap();
    let source =
        tidegate_domain::inbound::Source { kind: InboundKind::Alertmanager, on_alert: OnAlert::Hold };
    let alert = Alert {
        incident: "ab12/1".to_owned(),
        firing: true,
        environment: Some("production".to_owned()),
        component: Some("api".to_owned()),
        severity: Some("critical".to_owned()),
        group: None,
        at_ms: None,
    };
    let delivery = Delivery {
        id: "00ff".to_owned(),
        event: "firing".to_owned(),
        says: because(),
        alert: Some(alert),
        at_ms: 1,
    };
    let events = [
        InboundEvent::Added { name: name(), source },
        InboundEvent::Removed { name: name() },
        InboundEvent::SecretRotated { name: name(), at_ms: 1 },
        InboundEvent::Received { name: name(), delivery },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}

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
    check("plan.marks", &marks.to_vec());
    let file = release_plan::CaseFile { name: "shot.png".to_owned(), digest: "0f".repeat(32), bytes: 12 };
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
        ScopeSourceEvent::Told { item: Box::new(item), at_ms: 4 },
        ScopeSourceEvent::Removed { by, at_ms: 5 },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn incident_events_keep_their_form() {
    let about = About {
        title: because(),
        severity: Some("critical".to_owned()),
        environment: Some(production()),
        component: Some(api()),
        detected_ms: 1,
    };
    let events = [
        IncidentEvent::Opened { id: IncidentId::from_bits(7), about, by: ana() },
        IncidentEvent::Linked { rollout: rollout() },
        IncidentEvent::Unlinked { rollout: rollout() },
        IncidentEvent::Resolved { at_ms: 2 },
        IncidentEvent::Reopened,
        IncidentEvent::Noted { note: Note { by: ana(), at_ms: 2, text: because() } },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
    // What came with a group, and a time of its own.
    let alert = Alert {
        incident: "ab12/1".to_owned(),
        firing: true,
        environment: None,
        component: None,
        severity: None,
        group: Some("00ff".to_owned()),
        at_ms: Some(1),
    };
    check("inbound.received.grouped", &alert);
    let commit = ReleaseCommit {
        id: "a1b2".to_owned(),
        authored_ms: 1,
        pull_request: Some("#7".to_owned()),
        title: None,
        references: Vec::new(),
    };
    let listed =
        ReleaseEvent::CommitsListed { commits: Commits::checked(vec![commit], &version("2.0.0")).unwrap() };
    check(listed.kind(), &listed);
    let notes = NotesRecord { digest: "00ff".to_owned(), lines: 2, waiting: 1, renewed: true };
    let written = ReleaseEvent::NotesWritten { notes };
    check(written.kind(), &written);
    let teams = [(api(), "payments".parse().unwrap())].into();
    let applied =
        CatalogEvent::Applied { catalog: Catalog { teams, ..Catalog::default() }, changes: vec![because()] };
    check("catalog.teams", &applied);
}

#[test]
fn announcement_events_keep_their_form() {
    let words = || Template { subject: "{{ release }}".to_owned(), text: "It comes".to_owned() };
    let plan = |when| AnnouncementPlan {
        release: version("2.1.0"),
        occasion: Occasion::Schedule,
        audience: "users".parse().unwrap(),
        when,
        environment: Some(production()),
        starts_ms: Some(2),
        downtime_minutes: Some(5),
        note: because(),
        words: Some(words()),
        of_plan: None,
        channels: Vec::new(),
    };
    let rollout = When::reached(production(), Reaches::Step(2));
    let planned =
        |when| AnnouncementEvent::Planned { id: AnnouncementId::from_bits(7), plan: Box::new(plan(when)) };
    check("announcement.planned.at-a-time", &planned(When::At { ms: 1 }));
    let told =
        Told { at_ms: 3, subject: "2.1.0".to_owned(), text: "It comes".to_owned(), public: true, letters: 4 };
    let events = [
        planned(rollout),
        AnnouncementEvent::Told(told),
        AnnouncementEvent::Cancelled { reason: because(), withdrawn: false },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn the_setup_of_announcements_keeps_its_form() {
    let name = |text: &str| text.parse::<ChannelName>().unwrap();
    let mail = MailSettings {
        host: "mail.example".to_owned(),
        port: 587,
        security: MailSecurity::StartTls,
        from: "shop@example.org".to_owned(),
        from_name: Some("Shop".to_owned()),
        user: Some("shop".to_owned()),
    };
    let page = PageSettings {
        title: "News".to_owned(),
        mail: Some(name("mail")),
        url: Some("https://news.example".to_owned()),
    };
    let set = |text: &str, kind, host: &str| SetupEvent::ChannelSet {
        name: name(text),
        channel: Channel { kind, host: host.to_owned() },
    };
    check("announcements.channel-set.page", &set("news", ChannelKind::Page(page), ""));
    for kind in [ChannelKind::Slack, ChannelKind::Teams, ChannelKind::Webhook] {
        check(&format!("announcements.channel-set.{}", kind.word()), &set("room", kind, "hooks.example"));
    }
    let audience = Audience { channels: BTreeSet::from([name("mail"), name("news")]), addresses: 2 };
    let template = Template { subject: "{{ release }}".to_owned(), text: "It comes".to_owned() };
    let events = [
        set("mail", ChannelKind::Mail(mail), "mail.example"),
        SetupEvent::ChannelRemoved { name: name("mail") },
        SetupEvent::AudienceSet { name: "users".parse().unwrap(), audience },
        SetupEvent::AudienceRemoved { name: "users".parse().unwrap() },
        SetupEvent::TemplateSet { occasion: Occasion::Progress, template: Some(template) },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn flag_events_keep_their_form() {
    let key: tidegate_domain::name::FlagKey = "checkout/new".parse().unwrap();
    let given = serde_json::json!({
        "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off",
    });
    let definition = Definition::compiled(&key, &given).unwrap();
    let said = || Said { by: ana(), approved_by: Some("bob".to_owned()), at_ms: 1, reason: because() };
    let edition = || Edition { number: 2, definition: definition.clone(), said: said() };
    let life = || Life {
        kind: FlagKind::Operations,
        owner: "Team Shop".to_owned(),
        description: "The new checkout".to_owned(),
        remove_by_ms: Some(2),
        release: Some(version("2.0.0")),
    };
    let proposal = |change| Proposal {
        environment: production(),
        change,
        against: 1,
        said: Said { approved_by: None, ..said() },
    };
    let events = [
        FlagEvent::Created { key: key.clone(), life: life() },
        FlagEvent::Described { life: life() },
        FlagEvent::Configured { environment: production(), edition: edition() },
        FlagEvent::Switched { environment: production(), on: false, number: 3, said: said() },
        FlagEvent::Reverted { environment: production(), to: 1, edition: edition() },
        FlagEvent::Archived(Archived { by: ana(), at_ms: 1, reason: because() }),
        FlagEvent::Restored,
        FlagEvent::Claimed { environment: production(), rollout: rollout(), variant: "on".to_owned() },
        FlagEvent::Shown {
            environment: production(),
            rollout: rollout(),
            exposure: exposure(),
            edition: edition(),
        },
        FlagEvent::TakenBack { environment: production(), rollout: rollout(), edition: edition() },
        FlagEvent::Released { environment: production(), rollout: rollout() },
        FlagEvent::ChangeProposed {
            id: 1,
            proposal: proposal(Change::Configure { definition: definition.clone() }),
        },
        FlagEvent::ChangeApproved { id: 1, said: said() },
        FlagEvent::ChangeRejected { id: 1, said: said() },
        FlagEvent::ChangeWithdrawn { id: 1 },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
    check("flag.changes", &[Change::Switch { on: true }, Change::Revert { to: 1 }].map(proposal).to_vec());
}

#[test]
fn flag_key_events_keep_their_form() {
    let id = TokenId("7f".to_owned());
    let key = FlagSdkKey {
        project: "shop".parse().unwrap(),
        environment: production(),
        kind: FlagKeyKind::Server,
        label: "api".to_owned(),
        hash: "00ff".to_owned(),
        by: ana(),
        issued_ms: 1,
        expires_ms: Some(2),
        revoked: false,
    };
    let events = [FlagKeysEvent::Issued { id: id.clone(), key }, FlagKeysEvent::Revoked { id }];
    events.iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn webhook_events_keep_their_form() {
    let name = || "ci".parse::<WebhookName>().unwrap();
    let webhook = Webhook {
        host: "hooks.example".to_owned(),
        patterns: vec!["rollout.*".to_owned()],
        format: WebhookFormat::Cdevents,
        disabled: None,
    };
    let events = [
        WebhookEvent::Added { name: name(), webhook },
        WebhookEvent::Removed { name: name() },
        WebhookEvent::Enabled { name: name() },
        WebhookEvent::Disabled { name: name(), why: because() },
        WebhookEvent::SecretRotated { name: name() },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn person_events_keep_their_form() {
    let grant =
        Grant { role: Role::Approver, project: Some("shop".to_owned()), environment: Some(production()) };
    let token = Token {
        label: "ci".to_owned(),
        hash: "00ff".to_owned(),
        scope: TokenScope::Grants(vec![grant.clone()]),
        issued_ms: 1,
        expires_ms: 2,
        revoked: false,
    };
    let (issuer, subject, id) = ("https://id.example".to_owned(), "17".to_owned(), TokenId("7f".to_owned()));
    let events = [
        PersonEvent::Added {
            name: name(),
            kind: PersonKind::Person,
            display: ana(),
            grants: vec![grant.clone()],
        },
        PersonEvent::Granted { grants: vec![grant] },
        PersonEvent::GroupsSet { groups: ["ops".parse().unwrap()].into() },
        PersonEvent::Linked { issuer: issuer.clone(), subject: subject.clone() },
        PersonEvent::Unlinked { issuer, subject },
        PersonEvent::PasswordSet,
        PersonEvent::TokenIssued { id: id.clone(), token },
        PersonEvent::TokenRevoked { id },
        PersonEvent::Disabled { reason: because() },
        PersonEvent::Enabled,
        PersonEvent::SignedIn { how: "password".to_owned(), from: "127.0.0.1".to_owned() },
        PersonEvent::SessionsEnded,
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}

#[test]
fn group_events_keep_their_form() {
    let grant = Grant { role: Role::Viewer, project: None, environment: Some(production()) };
    let granted = GroupsEvent::Granted { group: "ops".parse().unwrap(), grants: vec![grant] };
    check(granted.kind(), &granted);
}

#[test]
fn project_events_keep_their_form() {
    let added = ProjectsEvent::Added { name: "bank".parse().unwrap() };
    check(added.kind(), &added);
}

#[test]
fn retention_events_keep_their_form() {
    let set = RetentionEvent::Set { origin_days: Some(90) };
    check(set.kind(), &set);
    let forgotten = RetentionEvent::OriginsForgotten { through: 300, origins: 12, before_ms: 1 };
    check(forgotten.kind(), &forgotten);
}

#[test]
fn secret_events_keep_their_form() {
    let (environment, name) = (production(), "DB_PASSWORD".parse::<SecretName>().unwrap());
    let record =
        SecretRecord { revision: 2, fingerprint: "00ff00ff00ff00ff00ff00ff".to_owned(), by: ana(), at_ms: 1 };
    let events = [
        SecretEvent::Set { environment: environment.clone(), name: name.clone(), record },
        SecretEvent::Removed { environment: environment.clone(), name: name.clone() },
        SecretEvent::Resealed { environment, name, fingerprint: "ff".to_owned() },
    ];
    events.iter().for_each(|event| check(event.kind(), event));
}

/// Several environments in a stage, how many of them have to succeed and what one that goes back means for the others, a way
/// of its own for hotfixes, and a gate that asks another system.
#[test]
fn pipelines_with_all_they_can_have_keep_their_form() {
    let beside = |place: &str| place.parse::<EnvironmentName>().unwrap();
    let asks = WebhookRule {
        url: "https://change.example/gate".to_owned(),
        secret: "CHANGE_KEY".parse().unwrap(),
        deadline_seconds: 10,
        holds_seconds: 300,
    };
    let stage = |on_failure| StageSpec {
        beside: vec![beside("eu"), beside("us")],
        succeed: Some(2),
        on_failure,
        gates: vec![GateSpec::new("change".parse().unwrap(), GateRule::Webhook(asks.clone()))],
        ..StageSpec::new(production(), Strategy::Recreate(Recreate { soak_seconds: 1 }))
    };
    let pipeline = |name: &str, on_failure| PipelineSpec {
        review: ReviewRule { within_seconds: 60, overdue: Overdue::Tells },
        ..PipelineSpec::new(name, vec![stage(on_failure)])
    };
    let catalog = Catalog {
        pipeline: Some(pipeline("main", OnFailure::GoBackAtOnce)),
        hotfix_pipeline: Some(pipeline("hotfix", OnFailure::GoBackWhenLost)),
        ..catalog()
    };
    check("catalog.pipelines", &(catalog.pipeline, catalog.hotfix_pipeline));
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

fn exposure() -> Exposure {
    let who = Who { attribute: "tenant".to_owned(), values: vec!["acme".to_owned()] };
    Exposure { named: vec![who], share: Weight::from_percent(5) }
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

/// What environments and placed versions got later stands beside the earlier form, which is still read.
#[test]
fn an_environment_with_all_it_can_have_keeps_its_form() {
    let name: SecretName = "DB_PASSWORD".parse().unwrap();
    let spec = EnvironmentSpec {
        placements: BTreeMap::from([(
            api(),
            Placement { secrets: BTreeSet::from([name.clone()]), ..Placement::new(2, None) },
        )]),
        tier: Some(Tier::Production),
        owner: Some("Team Shop".to_owned()),
        protected: true,
        secrets: BTreeSet::from([name.clone()]),
        origins: BTreeMap::from([("owner".to_owned(), "base".parse().unwrap())]),
        ..EnvironmentSpec::new(production())
    };
    check("catalog.environment", &spec);
    check("placed.with-secrets", &Placed { secrets: BTreeMap::from([(name, 3)]), ..placed("2.1.0") });
}

#[test]
fn slot_events_keep_their_form() {
    slot_events().iter().for_each(|event| check(event.kind(), event));
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

/// What an earlier form left out has a value that means the same.
#[test]
fn a_slot_seen_before_there_were_leftovers_is_read() {
    let before = r#"{"Seen":{"ready":[],"previous_instances":0,"routed":true,"fault":""}}"#;
    let event: SlotEvent = serde_json::from_str(before).unwrap();
    assert_eq!(event, SlotEvent::Seen(SlotSeen { routed: true, ..SlotSeen::default() }));
}
