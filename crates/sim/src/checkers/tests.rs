//! Checkers that read the log are shown to fail on logs that should never be, event by event.
//!
//! Invariant: each table row is one history; the same history without its last event passes.
#![allow(clippy::default_trait_access, clippy::maybe_infinite_iter)]

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::to_string;
use tidegate_domain::flag::{Definition, Edition, FlagEvent, Life, Said};
use tidegate_domain::id::{RolloutId, SlotId, StreamId};
use tidegate_domain::moment::{Moment, Steady};
use tidegate_domain::name::{EnvironmentName, Version};
use tidegate_domain::placed::Placed;
use tidegate_domain::release::{ReleaseEvent, ReleaseKind};
use tidegate_domain::rollout::{Cause, LegObservation, LegPlan, Plan, RolloutEvent, RolloutKind, Stage};
use tidegate_domain::slot::SlotEvent;
use tidegate_domain::strategy::{Exposure, Leave, Step, Traffic};
use tidegate_domain::weight::Weight;
use tidegate_ports::Entry;

use super::{Checker, Verdict, View};
use super::{barred, brief, flag_follows, held, in_order, journal, one_per_slot, one_stage, returns, timers};
use crate::fact::Fact;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::shadow::Shadow;
use crate::world::World;
use crate::world::metrics::FakeMetrics;
use crate::world::router::FakeRouter;
use crate::world::target::FakeTarget;

/// A log written by hand.
struct Book {
    shadow: Shadow,
    world: World,
    scenario: Scenario,
    versions: BTreeMap<StreamId, u64>,
    now_ms: u64,
}

const START_MS: u64 = crate::env::WALL_BEGINS_MS;

impl Book {
    fn new() -> Self {
        // A seed without a reboot, so that recorded time is true time.
        let scenario = (0..1_000).map(crate::scenario).find(|one| one.disturbances.is_empty()).unwrap();
        let world = World {
            target: FakeTarget::new(scenario.behaviours.clone(), Random::new(1), 0),
            router: FakeRouter::new(Random::new(2)),
            metrics: FakeMetrics::new(Random::new(3), 1.0, false),
            told: BTreeMap::new(),
        };
        Self { shadow: Shadow::default(), world, scenario, versions: BTreeMap::new(), now_ms: 0 }
    }

    /// One batch by one actor, shown to the checker.
    fn write<E: Serialize>(
        &mut self,
        checker: &mut dyn Checker,
        (stream, actor): (&StreamId, &str),
        events: &[E],
    ) -> Verdict {
        let at = Moment { wall_ms: START_MS, steady: Steady(START_MS + self.now_ms) };
        let mut entries = Vec::new();
        for event in events {
            let version = self.versions.entry(stream.clone()).or_default();
            *version += 1;
            entries.push(Entry {
                position: self.shadow.position() + entries.len() as u64 + 1,
                stream: stream.clone(),
                version: *version,
                kind: "kind".to_owned(),
                body: to_string(event).unwrap(),
                actor: actor.to_owned(),
                origin: None,
                at,
            });
        }
        let records = self.shadow.follow(entries, self.now_ms).unwrap();
        let view =
            View { now_ms: self.now_ms, shadow: &self.shadow, world: &self.world, scenario: &self.scenario };
        records.into_iter().try_for_each(|record| checker.see(&Fact::Recorded(record), &view))
    }
}

fn id(bits: u64) -> RolloutId {
    RolloutId::from_bits(bits)
}

fn version(text: &str) -> Version {
    Version::new(text).unwrap()
}

fn placed(book: &Book, name: &str, text: &str) -> Placed {
    let catalog = &book.scenario.catalog;
    let (_, spec) = catalog.components.iter().next().unwrap();
    let release = &book.scenario.releases[0];
    let (_, artifact) = release.components.iter().next().unwrap();
    let mut component = spec.clone();
    component.name = name.parse().unwrap();
    component.depends_on = if name == "web" { vec!["api".parse().unwrap()] } else { Vec::new() };
    let mut artifact = artifact.clone();
    artifact.version = version(text);
    Placed {
        component,
        artifact,
        variables: BTreeMap::new(),
        replicas: 2,
        route: None,
        secrets: BTreeMap::new(),
    }
}

fn plan(book: &Book, names: &[&str]) -> Box<Plan> {
    let share = |percent| Step {
        name: format!("{percent} %"),
        candidate: 2,
        stable: 2,
        traffic: Traffic::Candidate(Weight::from_percent(percent)),
        matches: None,
        mirror: Weight::NONE,
        compare_body: false,
        exposure: None,
        leave: Leave { dwell_seconds: 10, ..Leave::default() },
    };
    let leg = |name: &&str| LegPlan {
        candidate: placed(book, name, "2.0.0"),
        stable: Some(placed(book, name, "1.0.0")),
        steps: vec![share(50), share(100)],
        smoke: Vec::new(),
        database: tidegate_domain::database::DatabaseSteps::default(),
    };
    Box::new(Plan {
        release: version("2.0.0"),
        environment: "production".parse().unwrap(),
        kind: RolloutKind::Release,
        strategy: "canary".to_owned(),
        legs: names.iter().map(leg).collect(),
        analysis: None,
        scrape_interval_ms: 1_000,
        progress_deadline_seconds: 60,
        keep_stable_seconds: 0,
        gates: Vec::new(),
        flags: Vec::new(),
        digest: String::new(),
    })
}

fn begun(book: &Book, bits: u64, names: &[&str]) -> Vec<RolloutEvent> {
    let started = RolloutEvent::Started {
        id: id(bits),
        plan: plan(book, names),
        by: "ana".to_owned(),
        waiting_for: vec![],
    };
    vec![started, RolloutEvent::Began, RolloutEvent::StepEntered { leg: 0, step: 0 }]
}

fn stage(stage: Stage) -> RolloutEvent {
    RolloutEvent::StageEntered { leg: 0, stage }
}

fn returning() -> RolloutEvent {
    RolloutEvent::Returning { cause: Cause::Person { by: "ana".to_owned(), reason: String::new() } }
}

fn back() -> RolloutEvent {
    RolloutEvent::RolledBack { cause: Cause::Person { by: "ana".to_owned(), reason: String::new() } }
}

/// The last event breaks the property; everything before does not. Each event is a batch of its own.
fn check(checker: &mut dyn Checker, names: &[&str], events: &[RolloutEvent], words: &str) {
    let mut book = Book::new();
    let stream = StreamId::Rollout(id(1));
    let first = begun(&book, 1, names);
    for event in first.iter().chain(&events[..events.len() - 1]) {
        assert_eq!(book.write(checker, (&stream, "tidegate"), &[event]), Ok(()), "{event:?}");
        book.now_ms += 1;
    }
    let last = &events[events.len() - 1..];
    let failed = book.write(checker, (&stream, "tidegate"), last).unwrap_err();
    assert!(failed.contains(words), "{failed}");
}

#[test]
fn a_rollout_that_goes_on_after_it_went_back() {
    let enter = RolloutEvent::StepEntered { leg: 0, step: 1 };
    for last in [enter, RolloutEvent::Succeeded, returning()] {
        check(&mut returns::ReturnsAreFinal::default(), &["api"], &[returning(), last], "back");
    }
    check(&mut returns::ReturnsAreFinal::default(), &["api"], &[back()], "without going back");
}

#[test]
fn a_held_rollout_that_moves_and_one_let_go_by_automation() {
    let hold = RolloutEvent::Held { by: "ana".to_owned(), reason: String::new() };
    let (step, resumed) =
        (RolloutEvent::StepEntered { leg: 0, step: 1 }, RolloutEvent::Resumed { by: "tidegate".to_owned() });
    check(&mut held::Held::default(), &["api"], &[hold.clone(), step], "is held, then");
    check(&mut held::Held::default(), &["api"], &[hold.clone(), stage(Stage::Shifting)], "is held, then");
    check(&mut held::Held::default(), &["api"], &[hold, resumed], "by automation");
}

#[test]
fn a_step_that_is_left_early() {
    let events =
        [stage(Stage::Shifting), stage(Stage::Dwelling), RolloutEvent::StepEntered { leg: 0, step: 1 }];
    check(&mut timers::Timers, &["api"], &events, "left its step after 1 of 10000 ms");
    let cause = Cause::Deadline { stage: "moving traffic".to_owned(), seconds: 60 };
    let events = [stage(Stage::Shifting), RolloutEvent::Returning { cause }];
    check(&mut timers::Timers, &["api"], &events, "met its deadline after 1 of 60000 ms");
}

#[test]
fn an_event_recorded_before_its_time() {
    let mut book = Book::new();
    let (stream, events) = (StreamId::Rollout(id(1)), begun(&book, 1, &["api"]));
    let at = Moment { wall_ms: 0, steady: Steady(START_MS + 5) };
    let body = to_string(&events[0]).unwrap();
    let (kind, actor, origin) = (String::new(), "ana".to_owned(), None);
    let entry = Entry { position: 1, stream, version: 1, kind, body, actor, origin, at };
    let records = book.shadow.follow(vec![entry], 4).unwrap();
    let view = View { now_ms: 4, shadow: &book.shadow, world: &book.world, scenario: &book.scenario };
    assert!(timers::Timers.see(&Fact::Recorded(records[0].clone()), &view).is_err());
}

#[test]
fn two_stages_in_one_batch() {
    let mut book = Book::new();
    let (stream, mut checker) = (StreamId::Rollout(id(1)), one_stage::OneStage::default());
    let first = begun(&book, 1, &["api"]);
    assert_eq!(book.write(&mut checker, (&stream, "ana"), &first), Ok(()));
    let twice = [stage(Stage::Shifting), stage(Stage::Dwelling)];
    assert!(book.write(&mut checker, (&stream, "tidegate"), &twice).is_err());
}

#[test]
fn components_out_of_order() {
    let second = RolloutEvent::StepEntered { leg: 1, step: 0 };
    check(&mut in_order::InOrder, &["api", "web"], &[second], "before those it follows");
    check(&mut in_order::InOrder, &["api", "web"], &[RolloutEvent::Succeeded], "succeeded in part");
    check(&mut in_order::InOrder, &["api", "web"], &[returning(), back()], "rolled back in part");
    let first = RolloutEvent::LegReturned { leg: 0 };
    let promoted = RolloutEvent::LegPromoted { leg: 0 };
    let onward = RolloutEvent::StepEntered { leg: 1, step: 0 };
    check(
        &mut in_order::InOrder,
        &["api", "web"],
        &[promoted, onward, returning(), first],
        "before a later one",
    );
    let mut book = Book::new();
    let wrong = begun(&book, 1, &["web", "api"]);
    let failed = book.write(&mut in_order::InOrder, (&StreamId::Rollout(id(1)), "ana"), &wrong).unwrap_err();
    assert!(failed.contains("before what it depends on"), "{failed}");
}

#[test]
fn two_rollouts_in_one_slot() {
    let mut book = Book::new();
    let mut checker = one_per_slot::OnePerSlot::default();
    for (bits, expect) in [(1, true), (2, false)] {
        let events = begun(&book, bits, &["api"]);
        let written = book.write(&mut checker, (&StreamId::Rollout(id(bits)), "ana"), &events);
        assert_eq!(written.is_ok(), expect, "{written:?}");
    }
}

#[test]
fn automation_that_ships_again_what_went_back() {
    let (release, environment) = (version("2.0.0"), "production".parse().unwrap());
    let enter = |environment| ReleaseEvent::Entered { environment, rollout: id(2) };
    let created = ReleaseEvent::Created {
        version: release.clone(),
        kind: ReleaseKind::Planned,
        components: BTreeMap::new(),
        notes: Vec::new(),
        author: "ana".to_owned(),
    };
    let went = ReleaseEvent::WentBack { environment, rollout: id(1), reason: String::new(), barred: true };
    let stream = StreamId::Release(release);
    for (actor, expect) in [("ana", true), ("tidegate", false)] {
        let mut book = Book::new();
        let history = [created.clone(), went.clone()];
        assert_eq!(book.write(&mut barred::Barred, (&stream, "tidegate"), &history), Ok(()));
        let again = [enter("production".parse().unwrap())];
        assert_eq!(book.write(&mut barred::Barred, (&stream, actor), &again).is_ok(), expect, "{actor}");
    }
}

#[test]
fn a_rollout_that_talks_without_end() {
    let mut book = Book::new();
    let (stream, mut checker) = (StreamId::Rollout(id(1)), brief::Brief::default());
    let first = begun(&book, 1, &["api"]);
    assert_eq!(book.write(&mut checker, (&stream, "ana"), &first), Ok(()));
    let seen = vec![RolloutEvent::Seen { observation: LegObservation::default() }; 1_000];
    assert_eq!(book.write(&mut checker, (&stream, "tidegate"), &seen), Ok(()));
    assert!(book.write(&mut checker, (&stream, "tidegate"), &seen[..1]).is_err());
}

#[test]
fn a_log_with_a_gap() {
    let slot = SlotId { environment: "production".parse().unwrap(), component: "api".parse().unwrap() };
    let stream = StreamId::Slot(slot);
    for (skipped, expect) in [(0, true), (1, false)] {
        let mut book = Book::new();
        let mut checker = journal::Journal::default();
        let event = [SlotEvent::Queued { rollout: id(1) }];
        assert_eq!(book.write(&mut checker, (&stream, "ana"), &event), Ok(()));
        *book.versions.get_mut(&stream).unwrap() += skipped;
        assert_eq!(book.write(&mut checker, (&stream, "ana"), &event).is_ok(), expect);
    }
}

#[test]
fn a_flag_that_is_shown_before_the_code_is_there_or_kept_on_the_way_back() {
    let (mut book, mut checker) = (Book::new(), flag_follows::FlagFollows);
    let (of_rollout, of_flag) = (StreamId::Rollout(id(1)), StreamId::Flag("f".parse().unwrap()));
    let environment = || "production".parse::<EnvironmentName>().unwrap();
    let edition = |number: u64, default: &str| {
        let given = serde_json::json!({
            "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": default,
        });
        let definition = Definition::compiled(&"f".parse().unwrap(), &given).unwrap();
        let said = Said { by: "ana".to_owned(), approved_by: None, at_ms: 1, reason: String::new() };
        Edition { number, definition, said }
    };
    let before = [
        FlagEvent::Created { key: "f".parse().unwrap(), life: Life::default() },
        FlagEvent::Configured { environment: environment(), edition: edition(1, "off") },
    ];
    assert_eq!(book.write(&mut checker, (&of_flag, "ana"), &before), Ok(()));
    let first = begun(&book, 1, &["api"]);
    assert_eq!(book.write(&mut checker, (&of_rollout, "ana"), &first), Ok(()));
    let claimed = FlagEvent::Claimed { environment: environment(), rollout: id(1), variant: "on".to_owned() };
    assert_eq!(book.write(&mut checker, (&of_flag, "ana"), &[claimed]), Ok(()));
    let exposure = Exposure { named: vec![], share: Weight::ALL };
    let (environment, rollout) = (environment(), id(1));
    let shown = FlagEvent::Shown { environment, rollout, exposure, edition: edition(2, "on") };
    let early = book.write(&mut checker, (&of_flag, "tidegate"), &[shown]).unwrap_err();
    assert!(early.contains("before all of the code"), "{early}");
    let kept = book.write(&mut checker, (&of_rollout, "tidegate"), &[returning()]).unwrap_err();
    assert!(kept.contains("not on its way out"), "{kept}");
}
