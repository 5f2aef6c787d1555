//! What may be done to a plan, told in examples and as laws.

use proptest::prelude::*;
use serde_json::json;
use tidegate_plan::document::{ActivityState, FixRisk, Matrix, RiskState, ScopeItem, ScopeState, Severity};

use super::*;
use crate::id::RolloutId;
use crate::refusal::Refuse as _;

const NOW: u64 = 1_795_000_000_000;

fn version() -> Version {
    "2.1.0".parse().unwrap()
}

fn document() -> Plan {
    serde_json::from_value(json!({
        "title": "EduLibra 2.1", "zone": "Europe/Berlin",
        "scope": [
            { "id": "LIB-1", "title": "Lend to guests", "state": "in" },
            { "id": "LIB-2", "title": "A crash on return", "state": "done" },
        ],
        "roles": [
            { "id": "manager", "name": "Release Manager", "person": "ann", "decides": true },
            { "id": "qa", "name": "Quality", "person": "bob" },
            { "id": "support", "name": "Support" },
        ],
        "activities": [{ "id": "qa", "name": "Final QA" }],
        "readiness": [{ "id": "notes", "text": "Notes are written", "area": "release-candidate" }],
        "test_cases": [{ "id": "lend", "title": "Lend a book" }],
        "risks": [{
            "id": "data", "description": "Data is lost", "probability": 2, "impact": 5,
            "contingency": [{ "id": "restore", "text": "Restore the backup" }],
        }],
        "deployment": { "rollback": [{ "id": "back", "text": "Go back" }] },
        "meetings": [{ "id": "go", "kind": "go-no-go", "title": "Go or no-go" }],
        "actions": [{ "id": "alarms", "text": "Mute fewer alarms" }],
    }))
    .unwrap()
}

fn seen(of: &str) -> Seen {
    let text = format!("{of:0>64}");
    Seen::new(&text, &std::array::from_fn(|_| text.chars().rev().collect()))
}

fn ask(plan: Option<&ReleasePlan>, by: &str, command: PlanCommand) -> Result<Vec<PlanEvent>, PlanRefusal> {
    asks(plan, (by, true, "because"), command)
}

fn asks(
    plan: Option<&ReleasePlan>,
    (by, is_person, note): (&str, bool, &str),
    command: PlanCommand,
) -> Result<Vec<PlanEvent>, PlanRefusal> {
    decide(plan, &version(), command, &PlanAsking { by, is_person, at_ms: NOW, note })
}

fn fold(plan: Option<ReleasePlan>, events: &[PlanEvent]) -> Option<ReleasePlan> {
    events.iter().fold(plan, evolve)
}

fn after(plan: ReleasePlan, by: &str, command: PlanCommand) -> ReleasePlan {
    let events = ask(Some(&plan), by, command).unwrap();
    fold(Some(plan), &events).unwrap()
}

fn write(document: Plan) -> PlanCommand {
    PlanCommand::Write { document: Box::new(document) }
}

fn to(phase: Phase) -> PlanCommand {
    let candidate = (phase == Phase::Candidate)
        .then(|| Wanted { release: version(), artifacts: Some("artifacts".to_owned()) });
    PlanCommand::Move { to: phase, candidate, waiting: Vec::new() }
}

fn drafted() -> ReleasePlan {
    fold(None, &ask(None, "ann", write(document())).unwrap()).unwrap()
}

fn at(phase: Phase) -> ReleasePlan {
    let way = [Phase::Planned, Phase::Frozen, Phase::Candidate];
    way.into_iter()
        .take_while(|step| *step <= phase)
        .fold(drafted(), |plan, step| after(plan, "ann", to(step)))
}

fn call(choice: Choice) -> PlanCommand {
    PlanCommand::Call { choice, seen: seen("a"), now: seen("a") }
}

fn gone() -> ReleasePlan {
    after(at(Phase::Candidate), "ann", call(Choice::Go))
}

fn follow(what: What) -> PlanCommand {
    let (environment, rollout) = ("production".parse().unwrap(), RolloutId::from_bits(7));
    PlanCommand::Follow(Turn { release: version(), environment, rollout, what })
}

fn back(bad: bool) -> What {
    What::WentBack { reason: "orders were lost".to_owned(), bad }
}

fn code(refused: Result<Vec<PlanEvent>, PlanRefusal>) -> &'static str {
    refused.unwrap_err().code()
}

#[test]
fn a_plan_goes_from_draft_to_released() {
    let plan = at(Phase::Candidate);
    assert_eq!((plan.word(), plan.candidate_number()), ("candidate", 1));
    let plan = after(plan, "bob", PlanCommand::Vote { role: "qa".to_owned(), choice: Choice::Go });
    let plan = after(plan, "ann", call(Choice::Go));
    assert_eq!(plan.go().unwrap().said.by, "ann");
    let plan = after(plan, "tidegate", follow(What::Entered));
    assert_eq!(plan.phase, Phase::RollingOut);
    let plan = after(plan, "tidegate", follow(What::Arrived));
    assert_eq!((plan.phase, plan.is_over()), (Phase::Released, true));
    assert!(plan.go().is_some());
}

#[test]
fn a_rollout_outside_of_the_window_is_said_to_be() {
    // NOW is a day in 2026.
    let windowed = |from: &str, until: &str| {
        let mut plan = gone();
        let mut document = (*plan.document).clone();
        let window = json!({ "from": from, "until": until, "zone": "Europe/Berlin" });
        document.deployment.window = serde_json::from_value(window).unwrap();
        plan.document = std::sync::Arc::new(document);
        after(plan, "tidegate", follow(What::Entered)).moved.note
    };
    assert_eq!(windowed("2000-01-01T00:00:00", "2100-01-01T00:00:00"), "");
    let told = windowed("2099-01-01T05:00:00", "2099-01-01T06:00:00");
    assert_eq!(told, "before the window of its plan, 2099-01-01 05:00 to 2099-01-01 06:00 in Europe/Berlin");
    assert!(windowed("1999-01-01T05:00:00", "1999-01-01T06:00:00").starts_with("after the window"));
}

#[test]
fn an_item_of_the_scope_is_done_where_it_is_in() {
    let done = |item: &str, done: bool| PlanCommand::Mark(Mark::Scope { item: item.to_owned(), done });
    let plan = after(at(Phase::Frozen), "cid", done("LIB-1", true));
    assert_eq!(
        (plan.document.scope[0].state, plan.marks["scope/LIB-1"].by.as_str()),
        (ScopeState::Done, "cid")
    );
    let plan = after(plan, "cid", done("LIB-1", false));
    assert_eq!(plan.document.scope[0].state, ScopeState::In);
    let mut document = document();
    document.scope[0].state = ScopeState::Out;
    let out = after(drafted(), "ann", write(document));
    assert_eq!(code(ask(Some(&out), "cid", done("LIB-1", true))), "unknown-plan-member");
}

#[test]
fn a_document_that_does_not_fit_is_refused_with_its_place() {
    let mut cyclic = document();
    cyclic.activities.push(cyclic.activities[0].clone());
    cyclic.activities[1].id = "deploy".to_owned();
    cyclic.activities[1].after = vec!["qa".to_owned()];
    cyclic.activities[0].after = vec!["deploy".to_owned()];
    let refused = ask(None, "ann", write(cyclic)).unwrap_err();
    assert_eq!(refused.code(), "plan-unfit");
    assert!(refused.pointer().unwrap().starts_with("/activities"), "{refused}");
    let nowhere = Plan { zone: "Europe/Atlantis".to_owned(), ..document() };
    let refused = ask(None, "ann", write(nowhere)).unwrap_err();
    assert_eq!((refused.code(), refused.pointer()), ("plan-unfit", Some("/zone")));
    let long = Plan { overview: "x".repeat(DOCUMENT_BYTES_MAX), ..document() };
    assert_eq!(code(ask(None, "ann", write(long))), "plan-too-long");
}

#[test]
fn only_the_named_person_votes_and_calls_and_no_program() {
    let plan = at(Phase::Candidate);
    let vote = |role: &str| PlanCommand::Vote { role: role.to_owned(), choice: Choice::Go };
    assert_eq!(code(ask(Some(&plan), "ann", vote("qa"))), "plan-vote-not-yours");
    assert_eq!(code(asks(Some(&plan), ("bob", false, ""), vote("qa"))), "plan-vote-not-yours");
    assert_eq!(code(ask(Some(&plan), "ann", vote("support"))), "plan-vote-not-yours");
    assert_eq!(code(ask(Some(&plan), "ann", vote("operations"))), "unknown-plan-member");
    assert_eq!(code(ask(Some(&plan), "bob", call(Choice::Go))), "plan-call-not-yours");
    assert_eq!(code(asks(Some(&plan), ("ann", false, ""), call(Choice::Go))), "plan-call-not-yours");
    assert_eq!(code(ask(Some(&plan), "ann", call(Choice::Withdrawn))), "plan-call-unclear");
    let planned = at(Phase::Planned);
    assert_eq!(code(ask(Some(&planned), "ann", call(Choice::Go))), "plan-without-candidate");
}

#[test]
fn a_call_on_what_is_no_longer_so_says_what_changed() {
    let plan = at(Phase::Candidate);
    let mut parts: [String; PARTS.len()] = std::array::from_fn(|index| format!("{index:0>64}"));
    let before = Seen::new(&"1".repeat(64), &parts);
    parts[6] = "f".repeat(64);
    let now = Seen::new(&"2".repeat(64), &parts);
    let stale = PlanCommand::Call { choice: Choice::Go, seen: before, now };
    let refused = ask(Some(&plan), "ann", stale).unwrap_err();
    assert_eq!(refused.code(), "plan-call-stale");
    assert_eq!(refused.to_string(), "since you looked at 2.1.0, the votes changed");
}

#[test]
fn going_against_a_no_takes_a_reason() {
    let plan = at(Phase::Candidate);
    let vote = PlanCommand::Vote { role: "qa".to_owned(), choice: Choice::NoGo };
    assert_eq!(code(asks(Some(&plan), ("bob", true, " "), vote.clone())), "reason-missing");
    let plan = after(plan, "bob", vote);
    assert_eq!(code(asks(Some(&plan), ("ann", true, ""), call(Choice::Go))), "reason-missing");
    assert_eq!(after(plan.clone(), "ann", call(Choice::Go)).phase, Phase::Go);
    let turned_down = after(plan, "ann", call(Choice::NoGo));
    assert_eq!((turned_down.phase, turned_down.go()), (Phase::Frozen, None));
    let again = after(turned_down, "ann", to(Phase::Candidate));
    assert_eq!((again.candidate_number(), again.votes.len()), (2, 0), "votes are about a candidate");
}

#[test]
fn what_is_frozen_changes_by_triage_only() {
    let plan = at(Phase::Frozen);
    let mut wider = document();
    wider.scope[0].state = ScopeState::Out;
    assert_eq!(code(ask(Some(&plan), "ann", write(wider))), "plan-frozen");
    let mut other = document();
    other.roles[0].person = Some("eve".to_owned());
    assert_eq!(code(ask(Some(&plan), "ann", write(other))), "plan-frozen");
    let mut filed = document();
    filed.scope.push(serde_json::from_value(json!({"id": "LIB-9", "title": "A leak"})).unwrap());
    let plan = after(plan, "ann", write(filed));
    assert_eq!(code(ask(Some(&plan), "ann", to(Phase::Candidate))), "plan-untriaged");
    let stop = PlanCommand::Triage { item: "LIB-9".to_owned(), judged: judged(Decision::StopRelease) };
    assert_eq!(code(asks(Some(&plan), ("ann", true, ""), stop.clone())), "reason-missing");
    let plan = after(plan, "ann", stop);
    assert!(plan.triage["LIB-9"].late);
    assert_eq!(code(ask(Some(&plan), "ann", to(Phase::Candidate))), "plan-stopped");
    let next = PlanCommand::Triage { item: "LIB-9".to_owned(), judged: judged(Decision::FixNext) };
    assert_eq!(after(after(plan, "ann", next), "ann", to(Phase::Candidate)).phase, Phase::Candidate);
}

fn judged(decision: Decision) -> Judged {
    Judged { decision: Some(decision), ..Judged::default() }
}

#[test]
fn the_teams_matrix_decides_by_severity_and_risk_where_nobody_says_what_is_done() {
    let mut own = document();
    let mut matrix = Matrix::default();
    matrix.major.low = Decision::StopRelease;
    own.triage = Some(matrix);
    let filed = |id: &str| -> ScopeItem {
        serde_json::from_value(json!({"id": id, "title": "A leak", "fix_risk": "low"})).unwrap()
    };
    own.scope.push(filed("LIB-9"));
    let plan = after(at(Phase::Planned), "ann", write(own));
    let triage = |severity, fix_risk| PlanCommand::Triage {
        item: "LIB-9".to_owned(),
        judged: Judged { decision: None, severity, fix_risk },
    };
    assert_eq!(code(ask(Some(&plan), "ann", triage(None, None))), "plan-triage-unclear");

    let major = triage(Some(Severity::Major), None);
    let quiet = PlanAsking { by: "ann", is_person: true, at_ms: NOW, note: "" };
    let events = decide(Some(&plan), &plan.version, major.clone(), &quiet).unwrap();
    let plan = fold(Some(plan), &events).unwrap();
    let item = plan.document.scope.iter().find(|item| item.id == "LIB-9").unwrap();
    assert_eq!((item.severity, item.fix_risk), (Some(Severity::Major), Some(FixRisk::Low)));
    assert_eq!((item.decision, item.state), (Some(Decision::StopRelease), ScopeState::In));
    let kept = &plan.triage["LIB-9"];
    assert_eq!((kept.severity, kept.fix_risk), (Some(Severity::Major), Some(FixRisk::Low)));
    assert_eq!(kept.said.note, "severity major and a fix of low risk: stop the release until it is fixed");

    // A person's word stands over the matrix, and what they say of the bug is kept.
    let other = PlanCommand::Triage {
        item: "LIB-9".to_owned(),
        judged: Judged { severity: Some(Severity::Trivial), ..judged(Decision::FixNow) },
    };
    let again = after(plan, "ann", other);
    assert_eq!(again.triage["LIB-9"].decision, Decision::FixNow);
    assert_eq!(again.triage["LIB-9"].severity, Some(Severity::Trivial));

    // After the freeze the same fix is riskier, and a reason is asked for.
    let frozen = after(again, "ann", to(Phase::Frozen));
    assert_eq!(code(asks(Some(&frozen), ("ann", true, ""), major.clone())), "reason-missing");
    assert_eq!(after(frozen, "ann", major).triage["LIB-9"].decision, Decision::FixNow);
}

#[test]
fn what_a_tracker_has_comes_in_or_stays_out_with_who_and_why() {
    let item = |id: &str| Box::new(serde_json::from_value(json!({"id": id, "title": "A leak"})).unwrap());
    let adopt = |id: &str, decision| PlanCommand::Adopt { item: item(id), judged: judged(decision) };
    let state = |plan: &ReleasePlan, id: &str| {
        plan.document.scope.iter().find(|known| known.id == id).map(|known| known.state)
    };
    let plan = after(at(Phase::Planned), "ann", adopt("acme/shop#1", Decision::FixNow));
    let plan = after(plan, "ann", adopt("acme/shop#2", Decision::FixNext));
    assert_eq!(state(&plan, "acme/shop#1"), Some(ScopeState::In));
    assert_eq!(state(&plan, "acme/shop#2"), Some(ScopeState::Out));
    assert_eq!(plan.triage["acme/shop#2"].said.by, "ann");
    assert_eq!((plan.frozen_ms, plan.triage["acme/shop#1"].late), (None, false));

    let frozen = after(plan, "ann", to(Phase::Frozen));
    assert_eq!(frozen.frozen_ms, Some(NOW));
    let late = adopt("acme/shop#3", Decision::FixNow);
    assert_eq!(code(asks(Some(&frozen), ("ann", true, ""), late.clone())), "reason-missing");
    let frozen = after(frozen, "ann", late);
    assert!(frozen.triage["acme/shop#3"].late);
    // Decided again, it stands there once.
    let again = after(frozen, "ann", adopt("acme/shop#3", Decision::KnownIssue));
    assert_eq!(again.document.scope.iter().filter(|known| known.id == "acme/shop#3").count(), 1);
    assert_eq!(state(&again, "acme/shop#3"), Some(ScopeState::Out));
    assert_eq!(after(again, "ann", to(Phase::Planned)).frozen_ms, None);
}

#[test]
fn a_candidate_is_a_release_of_this_plan() {
    let plan = at(Phase::Frozen);
    let wanted = |release: &str, artifacts: Option<&str>| PlanCommand::Move {
        to: Phase::Candidate,
        candidate: Some(Wanted {
            release: release.parse().unwrap(),
            artifacts: artifacts.map(str::to_owned),
        }),
        waiting: Vec::new(),
    };
    assert_eq!(code(ask(Some(&plan), "ann", wanted("2.1.0", None))), "plan-without-release");
    assert_eq!(code(ask(Some(&plan), "ann", wanted("2.2.0", Some("a")))), "plan-of-another-release");
    let plan = after(plan, "ann", wanted("2.1.0-rc.1", Some("a")));
    assert_eq!(plan.candidate.as_ref().unwrap().release.as_str(), "2.1.0-rc.1");
    let other = after(plan.clone(), "tidegate", follow(What::Entered));
    assert_eq!(other.phase, Phase::Candidate, "another release than the candidate moves nothing");
}

#[test]
fn a_hold_stays_until_a_person_ends_it() {
    let plan = after(gone(), "tidegate", follow(What::Entered));
    let held = after(plan, "bob", PlanCommand::Hold);
    let out = after(held, "tidegate", follow(What::Arrived));
    assert_eq!((out.word(), out.phase), ("on-hold", Phase::Released));
    assert_eq!(after(out, "ann", PlanCommand::Resume).word(), "released");
    let held = after(at(Phase::Candidate), "bob", PlanCommand::Hold);
    assert_eq!(code(ask(Some(&held), "ann", call(Choice::Go))), "plan-on-hold");
    assert_eq!(code(ask(Some(&held), "ann", to(Phase::Frozen))), "plan-on-hold");
    assert_eq!(
        after(held, "ann", to(Phase::Cancelled)).word(),
        "cancelled",
        "nobody can resume what is over"
    );
}

#[test]
fn what_went_back_is_frozen_and_held_where_it_was_bad() {
    let rolling = after(gone(), "tidegate", follow(What::Entered));
    let taken_back = after(rolling.clone(), "tidegate", follow(back(false)));
    assert_eq!((taken_back.word(), taken_back.go()), ("frozen", None));
    let bad = after(rolling, "tidegate", follow(back(true)));
    assert_eq!((bad.word(), bad.phase), ("on-hold", Phase::Frozen));
    assert_eq!(bad.hold.unwrap().note, "orders were lost");
    let released = after(gone(), "tidegate", follow(What::Arrived));
    assert_eq!(after(released, "tidegate", follow(back(true))).phase, Phase::Frozen);
    let unplanned = ask(None, "tidegate", follow(What::Entered)).unwrap();
    assert!(unplanned.is_empty(), "a release without a plan goes without one");
    let early = after(at(Phase::Planned), "tidegate", follow(What::Entered));
    assert_eq!((early.phase, early.moved.note.as_str()), (Phase::RollingOut, "without a go of its plan"));
}

#[test]
fn marks_change_their_entries_and_say_who() {
    let done = Mark::Activity { activity: "qa".to_owned(), state: ActivityState::Done };
    let plan = after(at(Phase::Candidate), "bob", PlanCommand::Mark(done));
    let day = plan.document.activities[0].done_on.unwrap();
    assert_eq!((day.to_string().as_str(), plan.marks["activity/qa"].by.as_str()), ("2026-11-18", "bob"));
    let step =
        Mark::Step { risk: Some("data".to_owned()), step: "restore".to_owned(), state: StepState::Done };
    let plan = after(plan, "cleo", PlanCommand::Mark(step));
    let case = |outcome| PlanCommand::Mark(Mark::Case { case: "lend".to_owned(), outcome });
    let plan = after(plan, "bob", case(CaseOutcome::Passed));
    assert!(plan.has_passed("lend"));
    let rewritten = after(plan.clone(), "ann", write(Plan { overview: "new".to_owned(), ..document() }));
    assert!(!rewritten.marks.contains_key("activity/qa"), "it was written as open again");
    assert!(rewritten.marks.contains_key("step/data/restore") && rewritten.has_passed("lend"));
    let next = after(plan, "ann", to(Phase::Candidate));
    assert!(!next.has_passed("lend"), "a run is about the candidate that it was done on");
    let nowhere = Mark::Step { risk: None, step: "restore".to_owned(), state: StepState::Done };
    assert_eq!(code(ask(Some(&next), "ann", PlanCommand::Mark(nowhere))), "unknown-plan-member");
}

#[test]
fn what_was_decided_on_is_not_rewritten() {
    let other = || write(Plan { overview: "new".to_owned(), ..document() });
    assert_eq!(code(ask(Some(&gone()), "ann", other())), "plan-decided");
    assert!(ask(Some(&gone()), "ann", write(document())).unwrap().is_empty(), "the same again is no change");
    let released = after(gone(), "tidegate", follow(What::Arrived));
    assert_eq!(code(ask(Some(&released), "ann", other())), "plan-over");
    assert_eq!(code(asks(Some(&gone()), ("ann", true, ""), to(Phase::Frozen))), "reason-missing");
    assert_eq!(after(gone(), "ann", to(Phase::Frozen)).go(), None);
}

fn phase() -> impl Strategy<Value = Phase> {
    prop::sample::select(Phase::ALL.to_vec())
}

fn choice() -> impl Strategy<Value = Choice> {
    prop::sample::select(vec![Choice::Go, Choice::NoGo, Choice::Withdrawn])
}

fn mark() -> impl Strategy<Value = Mark> {
    prop::sample::select(vec![
        Mark::Activity { activity: "qa".to_owned(), state: ActivityState::UnderWay },
        Mark::Item { item: "notes".to_owned(), done: true },
        Mark::Case { case: "lend".to_owned(), outcome: CaseOutcome::Passed },
        Mark::Risk { risk: "data".to_owned(), state: RiskState::Occurred },
        Mark::Step { risk: None, step: "back".to_owned(), state: StepState::Started },
        Mark::Meeting { meeting: "go".to_owned() },
        Mark::Action { action: "alarms".to_owned(), done: true },
        Mark::Action { action: "nothing".to_owned(), done: true },
        Mark::Scope { item: "LIB-1".to_owned(), done: true },
    ])
}

fn command() -> impl Strategy<Value = PlanCommand> {
    let decision = prop::sample::select(vec![Decision::FixNow, Decision::FixNext, Decision::StopRelease]);
    let role = prop::sample::select(vec!["manager", "qa", "support"]);
    prop_oneof![
        4 => phase().prop_map(to),
        2 => (choice(), prop::sample::select(vec!["a", "b"]))
            .prop_map(|(choice, of)| PlanCommand::Call { choice, seen: seen("a"), now: seen(of) }),
        1 => (role, choice()).prop_map(|(role, choice)| PlanCommand::Vote { role: role.to_owned(), choice }),
        1 => prop::sample::select(vec![PlanCommand::Hold, PlanCommand::Resume]),
        1 => mark().prop_map(PlanCommand::Mark),
        1 => decision.prop_map(|decision| PlanCommand::Triage { item: "LIB-1".to_owned(), judged: judged(decision) }),
        1 => prop::sample::select(vec!["", "one", "two"])
            .prop_map(|text| write(Plan { overview: text.to_owned(), ..document() })),
        2 => prop::sample::select(vec![What::Entered, What::Arrived, back(true), back(false)])
            .prop_map(follow),
    ]
}

proptest! {
    /// Of every history: `Go` follows a call of the named person on what stands and nothing else leads there, only rollouts
    /// lead to `RollingOut` and `Released`, a hold ends by a person alone, and folding anew gives the state.
    #[test]
    fn a_history_holds_what_it_promises(
        steps in prop::collection::vec((prop::sample::select(vec!["ann", "bob", "tidegate"]), command()), 0..60)
    ) {
        let mut history = ask(None, "ann", write(document())).unwrap();
        let mut plan = fold(None, &history).unwrap();
        for (by, command) in steps {
            let follows = matches!(command, PlanCommand::Follow(_));
            let Ok(events) = asks(Some(&plan), (by, by != "tidegate", "because"), command) else { continue };
            for event in &events {
                let before = plan.clone();
                plan = evolve(Some(plan), event).unwrap();
                if plan.phase == Phase::Go && before.phase != Phase::Go {
                    let named = matches!(event, PlanEvent::Called { choice: Choice::Go, said, .. } if said.by == "ann");
                    prop_assert!(named && before.phase == Phase::Candidate, "{event:?}");
                    prop_assert!(plan.go().is_some());
                }
                if matches!(plan.phase, Phase::RollingOut | Phase::Released) && plan.phase != before.phase {
                    prop_assert!(follows, "{event:?}");
                }
                if before.hold.is_some() && plan.hold.is_none() {
                    let resumed = matches!(event, PlanEvent::Resumed { .. });
                    prop_assert!(resumed && !follows);
                }
                let goes = matches!(plan.phase, Phase::Go | Phase::RollingOut | Phase::Released);
                prop_assert!(goes || plan.go().is_none());
                history.push(event.clone());
            }
        }
        let anew = fold(None, &history);
        prop_assert_eq!(anew, Some(plan));
        for event in &history {
            let told = serde_json::to_string(event).unwrap();
            prop_assert_eq!(&serde_json::from_str::<PlanEvent>(&told).unwrap(), event);
        }
    }

    /// Digests differ where what was seen differs, and name the parts that do.
    #[test]
    fn what_changed_is_named(
        index in 0..PARTS.len(), one in "[0-9a-f]{64}", other in "[0-9a-f]{64}", part in "[0-9a-f]{64}"
    ) {
        prop_assume!(one[..32] != other[..32]);
        let parts: [String; PARTS.len()] = std::array::from_fn(|_| one.clone());
        let mut changed = parts.clone();
        changed[index] = part.clone();
        let (before, now) = (Seen::new(&one, &parts), Seen::new(&other, &changed));
        prop_assert!(before != now);
        let expect = if part[..4] == one[..4] { "what was seen" } else { PARTS[index] };
        prop_assert_eq!(before.changed(&now), vec![expect]);
        prop_assert_eq!(before.as_str().parse::<Seen>(), Ok(before.clone()));
    }
}

#[test]
fn a_date_is_revised_by_each_change_of_it_and_by_nothing_else() {
    let dated = |plan: &ReleasePlan, at: &str| {
        let mut document = (*plan.document).clone();
        document.meetings[0].at = Some(at.parse().unwrap());
        after(plan.clone(), "ann", write(document))
    };
    let revised = |plan: &ReleasePlan| plan.revisions.get("meeting/go").copied().unwrap_or(0);
    let plan = dated(&drafted(), "2026-12-01T10:00");
    let plan = after(plan, "ann", to(Phase::Planned));
    assert_eq!(revised(&plan), 0);
    let plan = dated(&plan, "2026-12-01T11:00");
    assert_eq!(revised(&plan), 1);
    assert_eq!(revised(&after(plan, "ann", to(Phase::Cancelled))), 2);
}
